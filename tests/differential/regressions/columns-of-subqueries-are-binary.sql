-- A column of a subquery or view without a collation compares by BINARY, before a later column's.
CREATE TABLE t (c TEXT COLLATE NOCASE);
INSERT INTO t VALUES ('Ab'), ('ab');
CREATE VIEW v AS SELECT 'ab' AS m0;
SELECT m0 = c FROM v, t;
SELECT m0 FROM v UNION ALL SELECT c FROM t UNION SELECT 1;
SELECT x FROM (SELECT upper(c) AS x FROM t) UNION SELECT c FROM t;
WITH q(m) AS (SELECT 1) SELECT m FROM q UNION SELECT c FROM t;
