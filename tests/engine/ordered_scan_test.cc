// ORDER BY, LIMIT, min() and max() through the order of a tree, and reads of an index alone: the
// answers are those of a sort and of the table.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/engine/test_database.h"

namespace dosql {
namespace {

class OrderedScan : public testing::Test {
 protected:
  void SetUp() override {
    t.Text(
        "CREATE TABLE t(id INTEGER PRIMARY KEY, a, b TEXT COLLATE NOCASE, c INT NOT NULL, d REAL);"
        "CREATE INDEX t_ab ON t(a, b DESC); CREATE INDEX t_b ON t(b);"
        "CREATE UNIQUE INDEX t_d ON t(d); CREATE INDEX t_ca ON t(c DESC, a);"
        "CREATE TABLE w(x TEXT, y INT, z, PRIMARY KEY(x, y DESC)) WITHOUT ROWID;"
        "CREATE INDEX w_z ON w(z); CREATE TABLE u(k INTEGER PRIMARY KEY, c INT, v); BEGIN");
    for (int i = 1; i <= 4000; i++) {
      Value a = i % 7 == 0 ? Value::Null() : Value::Integer(i * 37 % 50);
      std::string b = std::string(1, static_cast<char>((i % 2 ? 'a' : 'A') + i * 13 % 20));
      Value d = i % 5 == 0 ? Value::Null() : Value::Real(i * 7919 % 4001 + 0.5);
      t.Text("INSERT INTO t VALUES(?, ?, ?, ?, ?)",
             {Value::Integer(i * 3), a, Value::Text(b), Value::Integer(i * 31 % 40), d});
      t.Text("INSERT INTO w VALUES(?, ?, ?)", {Value::Text(b), Value::Integer(i), a});
      if (i <= 40) t.Text("INSERT INTO u VALUES(?1, ?1 % 40, 'v' || ?1)", {Value::Integer(i)});
    }
    t.Text("COMMIT; ANALYZE");
  }
  // What EXPLAIN QUERY PLAN says, in one line.
  std::string Plan(const std::string& sql) {
    std::string words;
    for (const std::string& row : t.Run("EXPLAIN QUERY PLAN " + sql))
      words += row.substr(row.rfind('|') + 1) + ";";
    return words;
  }
  TestDatabase t;
};

TEST_F(OrderedScan, GivesWhatASortGives) {
  const char* const kWhere[] = {"",
                                "WHERE a = 12",
                                "WHERE a > 12 AND a <= 30",
                                "WHERE b = 'C'",
                                "WHERE c = 8 AND d > 5",
                                "WHERE id BETWEEN 300 AND 9000",
                                "WHERE a < 9 AND c <> 3",
                                "WHERE d < 700",
                                "WHERE c IN (1, 2, 3)"};
  const char* const kOrder[] = {"id",
                                "id DESC",
                                "a, b DESC, id",
                                "a DESC, b, id DESC",
                                "a, b, id",
                                "b, id",
                                "b DESC, id DESC",
                                "b COLLATE BINARY, id",
                                "d, id",
                                "d DESC, id",
                                "c DESC, a, id",
                                "c, a DESC, id DESC",
                                "a NULLS LAST, b DESC, id",
                                "d DESC NULLS FIRST, id",
                                "c, id",
                                "a, id DESC",
                                "d IS NULL, d, id"};
  const char* const kLimit[] = {"",
                                " LIMIT 1",
                                " LIMIT 7 OFFSET 3",
                                " LIMIT 300 OFFSET 100",
                                " LIMIT 0",
                                " LIMIT -1 OFFSET 2000"};
  int ordered = 0;
  for (const char* where : kWhere) {
    for (const char* order : kOrder) {
      // With + a column is an expression, which no tree is ordered by.
      std::string sorted = std::string("+") + order;
      for (size_t at = 0; (at = sorted.find(", ", at)) != std::string::npos; at += 3)
        sorted.insert(at + 2, "+");
      for (const char* limit : kLimit) {
        std::string from = std::string("SELECT id, a, b, c, d FROM t ") + where + " ORDER BY ";
        EXPECT_EQ(t.Text(from + order + limit), t.Text(from + sorted + limit))
            << from << order << limit;
        ordered += Plan(from + order + limit).find("SORT") == std::string::npos;
        EXPECT_NE(Plan(from + sorted + limit).find("SORT"), std::string::npos);
      }
    }
  }
  EXPECT_GT(ordered, 50);
}

TEST_F(OrderedScan, OfTablesWithoutRowid) {
  for (const char* order :
       {"x, y DESC", "x DESC, y", "z, x, y DESC", "z DESC, x DESC, y", "x, y"}) {
    std::string sorted = std::string("+") + order;
    for (size_t at = 0; (at = sorted.find(", ", at)) != std::string::npos; at += 3)
      sorted.insert(at + 2, "+");
    for (const char* where :
         {"", " WHERE z = 12", " WHERE x > 'c'", " WHERE x = 'D' AND y < 900"}) {
      std::string from = std::string("SELECT * FROM w") + where + " ORDER BY ";
      EXPECT_EQ(t.Text(from + order + " LIMIT 40"), t.Text(from + sorted + " LIMIT 40"))
          << from << order;
      EXPECT_EQ(t.Text(from + order), t.Text(from + sorted)) << from << order;
    }
  }
}

TEST_F(OrderedScan, OfTheFirstTableOfAJoin) {
  for (const char* join : {"t JOIN u ON u.k = t.c", "t LEFT JOIN u ON u.k = t.c AND u.v <> 'v7'",
                           "t JOIN u ON u.c = t.c + 1", "u RIGHT JOIN t ON u.k = t.c",
                           "t FULL JOIN u ON u.k = t.id"}) {
    for (const char* order : {"t.id DESC", "t.id", "t.d DESC, t.id DESC"}) {
      std::string from = std::string("SELECT t.id, t.d, u.k FROM ") + join + " ORDER BY ";
      std::string sorted = order[2] == 'd' ? "+t.d DESC, +t.id DESC" : std::string("+") + order;
      EXPECT_EQ(t.Text(from + order + ", u.k LIMIT 25"), t.Text(from + sorted + ", u.k LIMIT 25"));
      EXPECT_EQ(
          t.Text(std::string("SELECT t.d FROM ") + join + " ORDER BY " + order + " LIMIT 25"),
          t.Text(std::string("SELECT t.d FROM ") + join + " ORDER BY " + sorted + " LIMIT 25"));
    }
  }
  EXPECT_EQ(t.Text("SELECT DISTINCT c FROM t ORDER BY c DESC LIMIT 3"), "39\n38\n37");
}

TEST_F(OrderedScan, LeastAndGreatest) {
  for (const char* column : {"id", "a", "c", "d", "b COLLATE BINARY"}) {
    for (const char* f : {"min", "max"}) {
      for (const char* where :
           {"", " WHERE c = 8", " WHERE a = 12", " WHERE id < 0", " WHERE d > 100",
            " WHERE a IS NULL", " WHERE c > 30 AND id > 5000"}) {
        std::string head = std::string("SELECT ") + f + "(";
        EXPECT_EQ(t.Text(head + column + ") FROM t" + where),
                  t.Text(head + "+" + column + ") FROM t" + where))
            << head << column << where;
      }
    }
  }
  t.Text("CREATE TABLE n(x, y); CREATE INDEX n_x ON n(x); INSERT INTO n VALUES(NULL, 1)");
  EXPECT_EQ(t.Text("SELECT min(x), max(x) FROM n"), "NULL|NULL");
  EXPECT_EQ(t.Text("SELECT min(x), y FROM n"), "NULL|1");
  EXPECT_EQ(t.Text("SELECT max(x), y FROM n"), "NULL|1");
  t.Text("INSERT INTO n VALUES(5, 2), (9, 3)");
  EXPECT_EQ(t.Text("SELECT min(x), y FROM n"), "5|2");
  EXPECT_EQ(t.Text("SELECT max(x), y FROM n"), "9|3");
  EXPECT_EQ(t.Text("SELECT max(x), y FROM n WHERE x < 9"), "5|2");
  EXPECT_EQ(t.Text("SELECT min(x) FROM n HAVING count(*) > 2"), "5");
}

// Values of every type in columns of every affinity, read from an index alone and from the table.
TEST_F(OrderedScan, AnIndexThatHasAllColumns) {
  t.Text(
      "CREATE TABLE m(k INTEGER PRIMARY KEY, i INT, r REAL, n NUMERIC, s TEXT, o, c TEXT COLLATE "
      "NOCASE,"
      " far TEXT); CREATE INDEX m_i ON m(i, r DESC, n, s); CREATE INDEX m_s ON m(s DESC, o, i);"
      "CREATE INDEX m_c ON m(c, i);"
      "CREATE TABLE v(p INT, q TEXT, y REAL, far TEXT, PRIMARY KEY(q, p DESC)) WITHOUT ROWID;"
      "CREATE INDEX v_y ON v(y); CREATE UNIQUE INDEX v_yp ON v(y, p); BEGIN");
  const char* const kValues[] = {"NULL",
                                 "1",
                                 "1.0",
                                 "0",
                                 "-0.0",
                                 "0.0",
                                 "1.5",
                                 "-7",
                                 "'x'",
                                 "'1'",
                                 "'1e3'",
                                 "9007199254740993",
                                 "9223372036854775807",
                                 "-9223372036854775808",
                                 "-9223372036854775808.0",
                                 "9223372036854775807.0",
                                 "1e300",
                                 "x'00ff00'",
                                 "'a' || char(0) || 'b'",
                                 "''",
                                 "x''",
                                 "9007199254740992.0",
                                 "'Ab'",
                                 "'-9223372036854775808'",
                                 "4611686018427387905"};
  int count = 0;
  for (const char* a : kValues)
    for (const char* b : kValues) {
      std::string x = a, y = b;
      t.Text("INSERT INTO m(i, r, n, s, o, c) VALUES(" + x + "," + y + "," + y + "," + x + "," + y +
             "," + y + ")");
      t.Text("INSERT OR IGNORE INTO v VALUES(coalesce(" + x + ", 3), coalesce(" + y + ", 'n'), " +
             y + ", 'far')");
      count++;
    }
  t.Text("COMMIT");
  EXPECT_EQ(count, 625);
  const struct {
    const char *columns, *index, *rest;
    bool covering;
  } kCases[] = {
      {"k, i, r, n, s", "m INDEXED BY m_i", " WHERE i > -1e300 ORDER BY k", true},
      {"i, s, k", "m INDEXED BY m_s", " WHERE s >= '' ORDER BY k", true},
      {"k, r", "m INDEXED BY m_i", " WHERE i = 1 ORDER BY k", true},
      {"i, c", "m INDEXED BY m_c", " WHERE c = 'ab' ORDER BY k", false},
      {"i, k", "m INDEXED BY m_c", " WHERE i = 1 AND k > 0 ORDER BY k", true},
      {"o, k", "m INDEXED BY m_s", " WHERE s = 'x' ORDER BY k", false},
      {"s, far, k", "m INDEXED BY m_s", " WHERE s = 'x' ORDER BY k", false},
      {"y, p, q", "v INDEXED BY v_y", " WHERE y > -1e308 ORDER BY q, p", false},
      {"y, p, q", "v INDEXED BY v_yp", " WHERE y > -1e308 ORDER BY q, p", false},
      {"y, far, q, p", "v INDEXED BY v_y", " WHERE y > 1 ORDER BY q, p", false},
  };
  for (const auto& c : kCases) {
    std::string typed, columns = c.columns, table = c.index;
    for (size_t at = 0, end; at < columns.size(); at = end + 2) {
      end = std::min(columns.find(", ", at), columns.size());
      std::string name = columns.substr(at, end - at);
      typed += (typed.empty() ? "" : ", ") + ("quote(" + name + "), typeof(" + name + ")");
    }
    std::string indexed = "SELECT " + typed + " FROM " + table + c.rest;
    std::string plain = "SELECT " + typed + " FROM " + table.substr(0, 1) + " NOT INDEXED" + c.rest;
    EXPECT_EQ(t.Run(indexed), t.Run(plain)) << indexed;
    EXPECT_GT(t.Run(indexed).size(), 2u);
    EXPECT_EQ(Plan(indexed).find("COVERING") != std::string::npos, c.covering) << Plan(indexed);
  }
  EXPECT_EQ(t.Text("SELECT count(*) FROM m JOIN (SELECT 1 AS one) ON m.i = one"),
            t.Text("SELECT count(*) FROM m NOT INDEXED WHERE i = 1"));
}

}  // namespace
}  // namespace dosql
