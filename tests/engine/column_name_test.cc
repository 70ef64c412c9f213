// The names of results, as SQLite gives them.

#include <gtest/gtest.h>

#include "tests/engine/script.h"

namespace dosql {
namespace {

class ColumnName : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* sql :
         {"CREATE TABLE t(Id INTEGER PRIMARY KEY, a TEXT COLLATE NOCASE)",
          "INSERT INTO t VALUES(1,'x'),(2,'X')", "CREATE TABLE n(b)",
          "CREATE VIEW v AS SELECT rowid, A FROM t", "CREATE VIEW twice(x,x) AS SELECT 1,2"})
      EXPECT_EQ(t_.Text(sql), "");
  }
  // With commas between.
  std::string Names(std::string_view sql) {
    Statement* s = nullptr;
    uint32_t consumed = 0;
    EXPECT_TRUE(t_.db->Prepare(sql, &s, &consumed).ok()) << sql << ": " << t_.db->diag().message;
    if (s == nullptr) return "";
    std::string out;
    for (uint32_t i = 0; i < s->column_count(); i++)
      out += std::string(i > 0 ? "," : "") + std::string(s->column_name(i));
    t_.db->Finalize(s);
    return out;
  }
  TestDatabase t_;
};

TEST_F(ColumnName, IsTheDeclaredOne) {
  EXPECT_EQ(Names("SELECT id, A, rowid, oid, t._ROWID_, (ID) FROM t"), "Id,a,Id,Id,Id,Id");
  EXPECT_EQ(Names("SELECT oid, _rowid_, OID, B FROM n"), "rowid,rowid,rowid,b");
  EXPECT_EQ(Names("SELECT ID AS x, +ID FROM t"), "x,+ID");
  EXPECT_EQ(Names("SELECT x.ROWID FROM t x UNION SELECT 1"), "Id");
  EXPECT_EQ(Names("INSERT INTO t VALUES(9,9) RETURNING rowid, A, A AS A"), "Id,a,A");
  EXPECT_EQ(Names("WITH c(p,Q) AS (SELECT 1,2) SELECT P,q FROM c"), "p,Q");
}

TEST_F(ColumnName, OfQueriesInFromIsAsWritten) {
  EXPECT_EQ(Names("SELECT rowid FROM (SELECT rowid FROM t)"), "rowid");
  EXPECT_EQ(Names("SELECT ID FROM (SELECT id FROM t)"), "id");
  EXPECT_EQ(Names("SELECT ID, a FROM v"), "Id,a");
  EXPECT_EQ(t_.Text("SELECT rowid FROM v"), "error: no such column: rowid");
}

TEST_F(ColumnName, IsMadeUnique) {
  EXPECT_EQ(Names("WITH c(p,p) AS (SELECT 1,2) SELECT * FROM c"), "p,p:1");
  EXPECT_EQ(Names("SELECT * FROM twice"), "x,x:1");
  EXPECT_EQ(t_.Text("SELECT x FROM twice"), "1");
  EXPECT_EQ(t_.Text("SELECT name FROM pragma_table_info('twice')"), "x\nx:1");
  EXPECT_EQ(t_.Text("CREATE TABLE c AS SELECT rowid, * FROM t"), "");
  EXPECT_EQ(t_.Text("SELECT sql FROM sqlite_schema WHERE name = 'c'"),
            "CREATE TABLE c(Id INT,\"Id:1\" INT,a TEXT)");
}

}  // namespace
}  // namespace dosql
