// What a compiled statement tells of its parameters and columns.

#include <gtest/gtest.h>

#include "tests/engine/test_database.h"

namespace dosql {
namespace {

Statement* Prepare(TestDatabase* t, std::string_view sql) {
  Statement* s = nullptr;
  uint32_t consumed = 0;
  EXPECT_TRUE(t->db->Prepare(sql, &s, &consumed).ok()) << t->db->diag().message;
  return s;
}

// The texts of a list, with | for the NUL behind each.
std::string Bars(std::string text) {
  for (char& c : text)
    if (c == '\0') c = '|';
  return text;
}

std::string Params(TestDatabase* t, std::string_view sql) {
  Statement* s = Prepare(t, sql);
  std::string out;
  s->AppendParamNames(&out);
  t->db->Finalize(s);
  return Bars(out);
}

std::string Origins(TestDatabase* t, std::string_view sql) {
  Statement* s = Prepare(t, sql);
  std::string out;
  s->AppendOrigins(&out);
  t->db->Finalize(s);
  return Bars(out);
}

TEST(Describe, ParametersByNameAndNumber) {
  TestDatabase t;
  EXPECT_EQ(Params(&t, "SELECT 1"), "");
  EXPECT_EQ(Params(&t, "SELECT ?, :a, ?, @b, $c, :a"), "|:a||@b|$c|");
  EXPECT_EQ(Params(&t, "SELECT ?3, ?1, :x"), "?1||?3|:x|");
}

TEST(Describe, WhereColumnsComeFrom) {
  TestDatabase t;
  t.Text("CREATE TABLE t(id INTEGER PRIMARY KEY, name VARCHAR(9), x); CREATE TABLE u(y REAL)");
  EXPECT_EQ(Origins(&t, "SELECT * FROM t"), "t|id|INTEGER|t|name|VARCHAR(9)|t|x||");
  EXPECT_EQ(Origins(&t, "SELECT a.rowid, u.rowid, y AS z, y + 1 FROM t AS a, u"),
            "t|id|INTEGER|u|rowid|INTEGER|u|y|REAL||||");
  EXPECT_EQ(Origins(&t, "SELECT q.n, m FROM (SELECT name AS n, max(x) AS m FROM t) AS q"),
            "t|name|VARCHAR(9)||||");
  EXPECT_EQ(Origins(&t, "SELECT y FROM u UNION SELECT id FROM t"), "u|y|REAL|");
  EXPECT_EQ(Origins(&t, "SELECT (SELECT y FROM u), count(*) FROM t GROUP BY name"), "||||||");
}

TEST(Describe, AStatementOfAnOlderSchema) {
  TestDatabase t;
  t.Text("CREATE TABLE t(first_of_its_kind_and_long_enough INTEGER)");
  Statement* s = Prepare(&t, "SELECT * FROM t");
  t.Text("DROP TABLE t; CREATE TABLE other(z)");
  std::string out;
  s->AppendOrigins(&out);
  EXPECT_EQ(out, "");
  EXPECT_EQ(s->column_name(0), "first_of_its_kind_and_long_enough");
  t.db->Finalize(s);
}

}  // namespace
}  // namespace dosql
