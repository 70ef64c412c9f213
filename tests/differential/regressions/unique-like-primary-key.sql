CREATE TABLE t2 (a TEXT UNIQUE, PRIMARY KEY (a)) WITHOUT ROWID;
SELECT type, name, tbl_name FROM sqlite_schema;
