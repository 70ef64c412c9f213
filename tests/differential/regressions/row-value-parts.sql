CREATE TABLE t(a, b);
INSERT INTO t VALUES (1, 2), (3, NULL), (NULL, 5), (1, 7);
SELECT (1, 1) IS (0, abs(-9223372036854775807 - 1)), (1, 1) <> (0, abs(-9223372036854775807 - 1));
SELECT (1, 1) < (NULL, abs(-9223372036854775807 - 1)), (1, 1) >= (0, abs(-9223372036854775807 - 1));
SELECT (1, 5) BETWEEN (2, abs(-9223372036854775807 - 1)) AND (3, 0);
SELECT a, b, (a, 1, b) < (1, abs(1), 5), (a, b) IS (1, abs(2)), (a, b) BETWEEN (1, abs(2)) AND (3, abs(1)) FROM t;
