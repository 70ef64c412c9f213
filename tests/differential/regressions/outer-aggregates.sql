CREATE TABLE t(a, b);
INSERT INTO t VALUES (1, 2), (3, NULL), (NULL, 5), (1, 7);
CREATE TABLE u(x, y);
INSERT INTO u VALUES (1, 10), (2, 20), (3, 30);
SELECT (SELECT sum(t.a)), (SELECT max(t.a) FROM u WHERE x = 2) FROM t;
SELECT t.a, (SELECT sum(u.x) + sum(t.b) FROM u) FROM t GROUP BY t.a;
SELECT (SELECT (SELECT sum(t.a + u.x)) FROM u) FROM t;
