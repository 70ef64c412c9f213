// Golden plans: what EXPLAIN QUERY PLAN says of statements over tables whose sizes are known.
#include <gtest/gtest.h>

#include "tests/engine/test_database.h"

namespace dosql {
namespace {

// The rows of EXPLAIN QUERY PLAN (id|parent|0|detail) as an indented tree.
std::string Plan(TestDatabase* t, const std::string& sql) {
  std::string tree;
  std::vector<int> depth(1, -1);
  for (const std::string& row : t->Run("EXPLAIN QUERY PLAN " + sql)) {
    size_t parent_at = row.find('|');
    if (parent_at == std::string::npos) return row;
    size_t detail_at = row.find('|', row.find('|', parent_at + 1) + 1) + 1;
    size_t parent = static_cast<size_t>(std::stoi(row.substr(parent_at + 1)));
    depth.push_back(depth.at(parent) + 1);
    tree += std::string(static_cast<size_t>(depth.back()) * 2, ' ') + row.substr(detail_at) + "\n";
  }
  return tree;
}

TEST(Plan, ReadsAsItIsCarriedOut) {
  TestDatabase t;
  // a: 5,000 rows, 50 for each x. b: as many, two for each a_id.
  t.Text("CREATE TABLE a(id INTEGER PRIMARY KEY, x INT, y TEXT); CREATE INDEX a_x ON a(x, y)");
  t.Text("CREATE TABLE b(id INTEGER PRIMARY KEY, a_id INT, z TEXT); CREATE INDEX b_a ON b(a_id)");
  t.Text("CREATE TABLE w(k TEXT PRIMARY KEY, v) WITHOUT ROWID");
  t.Text("CREATE VIEW va AS SELECT x, count(*) AS n FROM a GROUP BY x; BEGIN");
  for (int i = 0; i < 5000; i++) {
    t.Text("INSERT INTO a VALUES(?1, ?1 % 100, 'y' || ?1)", {Value::Integer(i)});
    t.Text("INSERT INTO b VALUES(?1, ?1 / 2, 'z')", {Value::Integer(i)});
  }
  t.Text("COMMIT");
  const struct {
    const char* sql;
    const char* plan;
  } kPlans[] = {
      {"SELECT * FROM a WHERE id = 5",
       "SEARCH a USING INTEGER PRIMARY KEY (rowid=?)\n"},
      {"SELECT * FROM a WHERE x = 5 AND y > 'y'",
       "SEARCH a USING COVERING INDEX a_x (x=? AND y>?)\n"},
      {"SELECT * FROM a WHERE id IN (1, 2, 3) ORDER BY y",
       "SORT\n"
       "  JOIN BY LOOKUP\n"
       "    LIST OF VALUES\n"
       "    SEARCH a USING INTEGER PRIMARY KEY (rowid=?)\n"},
      {"SELECT * FROM a ORDER BY id",
       "SCAN a\n"},
      {"SELECT * FROM a JOIN b ON b.a_id = a.id WHERE a.x = 7",
       "JOIN BY LOOKUP\n"
       "  SEARCH a USING COVERING INDEX a_x (x=?)\n"
       "  SEARCH b USING INDEX b_a (a_id=?)\n"},
      {"SELECT * FROM b JOIN w ON b.z = w.v",
       "HASH JOIN\n"
       "  SCAN b\n"
       "  SCAN w\n"},
      {"SELECT * FROM a LEFT JOIN b ON b.a_id = a.id WHERE b.z = 'z'",
       "HASH JOIN\n"
       "  SCAN a\n"
       "  FILTER\n"
       "    SCAN b\n"},
      {"SELECT * FROM a LEFT JOIN b ON b.a_id = a.id AND b.z = 'q' WHERE a.x = 3",
       "LEFT JOIN BY LOOKUP\n"
       "  SEARCH a USING COVERING INDEX a_x (x=?)\n"
       "  SEARCH b USING INDEX b_a (a_id=?)\n"},
      {"SELECT * FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.a_id = a.id) AND x = 4",
       "SEMI JOIN BY LOOKUP\n"
       "  SEARCH a USING COVERING INDEX a_x (x=?)\n"
       "  SEARCH b USING COVERING INDEX b_a (a_id=?)\n"},
      {"SELECT * FROM b WHERE NOT EXISTS (SELECT 1 FROM a WHERE a.y = b.z AND a.x > 5)",
       "HASH ANTI JOIN\n"
       "  SCAN b\n"
       "  FILTER\n"
       "    SCAN a\n"},
      {"SELECT * FROM a WHERE id IN (SELECT a_id FROM b WHERE a_id = 5)",
       "JOIN BY LOOKUP\n"
       "  SET OF VALUES\n"
       "    SEARCH b USING COVERING INDEX b_a (a_id=?)\n"
       "  SEARCH a USING INTEGER PRIMARY KEY (rowid=?)\n"},
      {"DELETE FROM a WHERE id IN (SELECT a_id FROM b WHERE a_id = 5)",
       "JOIN BY LOOKUP\n"
       "  SET OF VALUES\n"
       "    SEARCH b USING COVERING INDEX b_a (a_id=?)\n"
       "  SEARCH a USING INTEGER PRIMARY KEY (rowid=?)\n"},
      {"SELECT * FROM a WHERE x IN (SELECT a_id FROM b GROUP BY a_id)",
       "HASH JOIN\n"
       "  SCAN a\n"
       "  SET OF VALUES\n"
       "    SORT\n"
       "      GROUP BY HASH\n"
       "        SCAN b\n"},
      {"SELECT x, count(*) FROM a GROUP BY x HAVING count(*) > 1 ORDER BY 2 LIMIT 3",
       "LIMIT\n"
       "  SORT, KEEP FIRST\n"
       "    SORT\n"
       "      FILTER\n"
       "        GROUP BY HASH\n"
       "          SCAN a\n"},
      {"SELECT x FROM a UNION SELECT a_id FROM b",
       "SORT\n"
       "  DISTINCT\n"
       "    UNION ALL\n"
       "      SCAN b\n"
       "      SCAN a\n"},
      // Used twice, run once.
      {"SELECT x FROM va WHERE n = (SELECT max(n) FROM va)",
       "FILTER\n"
       "  SHARED ROWS\n"
       "    SORT\n"
       "      GROUP BY HASH\n"
       "        SCAN a\n"
       "  SCALAR SUBQUERY\n"
       "    AGGREGATE\n"
       "      SHARED ROWS\n"
       "        SORT\n"
       "          GROUP BY HASH\n"
       "            SCAN a\n"},
      // The values that the set is asked about go into its query.
      {"SELECT * FROM b WHERE id IN (1, 2) AND a_id IN (SELECT id FROM a WHERE id > (SELECT sum(id) FROM b AS c WHERE c.a_id = a.id))",
       "HASH JOIN\n"
       "  JOIN BY LOOKUP\n"
       "    LIST OF VALUES\n"
       "    SEARCH b USING INTEGER PRIMARY KEY (rowid=?)\n"
       "  SET OF VALUES\n"
       "    FILTER\n"
       "      GROUP BY HASH\n"
       "        LEFT JOIN BY LOOKUP\n"
       "          JOIN BY LOOKUP\n"
       "            SET OF VALUES\n"
       "              JOIN BY LOOKUP\n"
       "                LIST OF VALUES\n"
       "                SEARCH b USING INTEGER PRIMARY KEY (rowid=?)\n"
       "            SEARCH a USING INTEGER PRIMARY KEY (rowid=?)\n"
       "          SEARCH b USING COVERING INDEX b_a (a_id=?)\n"},
      {"SELECT * FROM va WHERE n > 2",
       "FILTER\n"
       "  SORT\n"
       "    GROUP BY HASH\n"
       "      SCAN a\n"},
      {"SELECT * FROM a, b WHERE (a.id = b.a_id AND a.x = 1) OR (a.id = b.a_id AND a.x = 2)",
       "FILTER\n"
       "  JOIN BY LOOKUP\n"
       "    FILTER\n"
       "      SCAN a\n"
       "    SEARCH b USING INDEX b_a (a_id=?)\n"},
      {"SELECT * FROM w WHERE k = 'q'",
       "SEARCH w USING PRIMARY KEY (k=?)\n"},
      {"UPDATE a SET y = 'q' WHERE x = 9",
       "SEARCH a USING INDEX a_x (x=?)\n"},
      {"SELECT 1 WHERE 0",
       "FILTER ONCE\n"
       "  CONSTANT ROW\n"},
  };
  for (const auto& [sql, plan] : kPlans) EXPECT_EQ(Plan(&t, sql), plan) << sql;
}

}  // namespace
}  // namespace dosql
