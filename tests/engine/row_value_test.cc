#include <gtest/gtest.h>

#include "tests/engine/script.h"

// Row values are compared part by part, as far as SQLite does. Every answer is SQLite's own.

namespace dosql {
namespace {

TEST(RowValue, LaterPartsWhereEarlierOnesTie) {
  Play({
      {"CREATE TABLE t(a, b)", ""},
      {"INSERT INTO t VALUES(1,2),(3,NULL),(NULL,5),(1,7)", ""},
      {"SELECT (1,1) IS (0, abs(-9223372036854775807-1))", "0"},
      {"SELECT (1,1) = (0, abs(-9223372036854775807-1)), (1,1) <> (0, "
       "abs(-9223372036854775807-1)), (1,1) IS NOT (0, abs(-9223372036854775807-1))",
       "0|1|1"},
      {"SELECT (1,1) = (NULL, abs(-9223372036854775807-1))", "error: integer overflow"},
      {"SELECT (1,1) < (NULL, abs(-9223372036854775807-1)), (1,1) < (0, "
       "abs(-9223372036854775807-1)), (1,1) >= (0, abs(-9223372036854775807-1))",
       "NULL|0|1"},
      {"SELECT (1,1) < (1, abs(-9223372036854775807-1))", "error: integer overflow"},
      {"SELECT a, b, (a, 1, b) < (1, abs(1), 5), (a, b) >= (1, abs(2)), (a, b) IS (1, abs(2)), "
       "(a,b) <> (1, abs(7)), (a, b) = (abs(1), 7) FROM t",
       "1|2|1|1|1|1|0\n3|NULL|0|1|0|1|0\nNULL|5|NULL|NULL|0|1|0\n1|7|0|1|0|0|1"},
      {"SELECT (1, abs(-9223372036854775807-1)) BETWEEN (2, 0) AND (3, 0)",
       "error: integer overflow"},
      {"SELECT (1, 5) BETWEEN (2, abs(-9223372036854775807-1)) AND (3, 0)", "0"},
      {"SELECT (1, 5) BETWEEN (2, 0) AND (1, abs(-9223372036854775807-1))",
       "error: integer overflow"},
      {"SELECT 1 WHERE (1, 5) BETWEEN (2, 0) AND (1, abs(-9223372036854775807-1))", ""},
      {"SELECT a, b, (a, b) BETWEEN (1, abs(2)) AND (3, abs(1)), (a, b) NOT BETWEEN (1, abs(2)) "
       "AND (1, abs(6)) FROM t",
       "1|2|1|0\n3|NULL|NULL|1\nNULL|5|NULL|NULL\n1|7|1|1"},
      {"SELECT a FROM t WHERE (a, b) BETWEEN (1, abs(2)) AND (3, abs(1)) ORDER BY a, b", "1\n1"},
      {"SELECT (1,1) IN ((0, abs(-9223372036854775807-1)))", "error: integer overflow"},
  });
}

}  // namespace
}  // namespace dosql
