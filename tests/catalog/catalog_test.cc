#include "core/catalog/catalog.h"

#include <gtest/gtest.h>

#include "core/sql/parser.h"

namespace dosql {
namespace {

struct Defined {
  Defined() : budget(8 << 20), arena(&budget) {}
  // The message of a failure.
  std::string Define(const std::string& text) {
    kept.push_back(std::make_unique<std::string>(text));
    definition = TableDefinition();
    diag.Clear();
    uint32_t consumed;
    auto parsed = sql::ParseStatement(&arena, &diag, *kept.back(), &consumed);
    if (!parsed.ok()) return diag.message;
    Status s = DefineTable(&arena, &diag, *static_cast<sql::CreateTable*>(*parsed), &definition);
    return s.ok() ? "" : diag.message;
  }
  ByteBudget budget;
  Arena arena;
  Diag diag;
  TableDefinition definition;
  std::vector<std::unique_ptr<std::string>> kept;
};

TEST(DefineTable, ColumnsAndAffinities) {
  Defined d;
  ASSERT_EQ(d.Define("CREATE TABLE t(a INTEGER, b VARCHAR(10) COLLATE NOCASE NOT NULL, c REAL,"
                     " d DECIMAL(10,2), e BLOB, f, g TEXT DEFAULT 'x', h DEFAULT -5, i DEFAULT (1+1),"
                     " j BIGINT DEFAULT 1.5)"),
            "");
  const sql::List<Column>& c = d.definition.table.columns;
  ASSERT_EQ(c.size, 10u);
  const Affinity affinities[] = {Affinity::kInteger, Affinity::kText,    Affinity::kReal,
                                 Affinity::kNumeric, Affinity::kBlob,    Affinity::kBlob,
                                 Affinity::kText,    Affinity::kBlob,    Affinity::kBlob,
                                 Affinity::kInteger};
  for (uint32_t i = 0; i < c.size; i++) EXPECT_EQ(c[i].affinity, affinities[i]) << i;
  EXPECT_EQ(c[1].type, "VARCHAR(10)");
  EXPECT_EQ(c[1].collation, Collation::kNoCase);
  EXPECT_TRUE(c[1].not_null);
  EXPECT_EQ(c[6].default_value.text(), "x");
  EXPECT_EQ(c[7].default_value.i, -5);
  EXPECT_FALSE(c[8].default_is_literal);
  EXPECT_EQ(c[9].default_value.d, 1.5);
  EXPECT_EQ(d.definition.table.rowid_column, -1);
  EXPECT_EQ(d.definition.table.FindColumn("G"), 6);
  EXPECT_EQ(d.definition.table.FindColumn("z"), -1);
}

TEST(DefineTable, TheRowidsAlias) {
  Defined d;
  auto alias = [&](const std::string& columns) {
    EXPECT_EQ(d.Define("CREATE TABLE t(" + columns + ")"), "") << columns;
    return d.definition.table.rowid_column;
  };
  EXPECT_EQ(alias("id INTEGER PRIMARY KEY"), 0);
  EXPECT_EQ(alias("a, id integer primary key autoincrement"), 1);
  EXPECT_EQ(alias("a, id INTEGER, PRIMARY KEY(id)"), 1);
  EXPECT_EQ(alias("id INT PRIMARY KEY"), -1);
  EXPECT_EQ(alias("id INTEGER PRIMARY KEY DESC"), -1);
  EXPECT_EQ(alias("a INTEGER, b INTEGER, PRIMARY KEY(a, b)"), -1);
  EXPECT_EQ(d.Define("CREATE TABLE t(id INTEGER PRIMARY KEY) WITHOUT ROWID"), "");
  EXPECT_EQ(d.definition.table.rowid_column, -1);
  EXPECT_EQ(d.definition.table.key_columns.size, 1u);
  EXPECT_TRUE(d.definition.table.columns[0].not_null);
}

TEST(DefineTable, AutomaticIndexes) {
  Defined d;
  ASSERT_EQ(d.Define("CREATE TABLE t(a UNIQUE, b TEXT PRIMARY KEY, c, UNIQUE(c, a), UNIQUE(a))"),
            "");
  ASSERT_EQ(d.definition.automatic.size, 3u);
  EXPECT_EQ(d.definition.automatic[0].origin, IndexOrigin::kUnique);
  EXPECT_EQ(d.definition.automatic[1].origin, IndexOrigin::kPrimaryKey);
  EXPECT_EQ(d.definition.automatic[2].columns.size, 2u);
  // The same columns twice: one index, and it is the PRIMARY KEY's.
  ASSERT_EQ(d.Define("CREATE TABLE t(a UNIQUE, PRIMARY KEY(a))"), "");
  ASSERT_EQ(d.definition.automatic.size, 1u);
  EXPECT_EQ(d.definition.automatic[0].origin, IndexOrigin::kPrimaryKey);
}

TEST(DefineTable, RefusesInSqlitesWords) {
  Defined d;
  EXPECT_EQ(d.Define("CREATE TABLE t(a, A)"), "duplicate column name: A");
  EXPECT_EQ(d.Define("CREATE TABLE t(a PRIMARY KEY, b PRIMARY KEY)"),
            "table \"t\" has more than one primary key");
  EXPECT_EQ(d.Define("CREATE TABLE t(a) WITHOUT ROWID"), "PRIMARY KEY missing on table t");
  EXPECT_EQ(d.Define("CREATE TABLE t(a TEXT PRIMARY KEY AUTOINCREMENT)"),
            "AUTOINCREMENT is only allowed on an INTEGER PRIMARY KEY");
  EXPECT_EQ(d.Define("CREATE TABLE t(a COLLATE KLINGON)"), "no such collation sequence: KLINGON");
  EXPECT_EQ(d.Define("CREATE TABLE t(a, UNIQUE(b))"), "no such column: b");
}

TEST(Catalog, FindsByNameInAnyCase) {
  ByteBudget budget(8 << 20);
  Catalog catalog(&budget);
  Diag diag;
  ASSERT_TRUE(catalog.AddSystemTables().ok());
  ASSERT_TRUE(catalog
                  .Add({"table", "People", "People", PageId(5),
                        "CREATE TABLE People(id INTEGER PRIMARY KEY, name UNIQUE)", TableId(4)},
                       &diag)
                  .ok());
  ASSERT_TRUE(catalog
                  .Add({"index", "sqlite_autoindex_People_1", "People", PageId(6), "", TableId(5)},
                       &diag)
                  .ok());
  ASSERT_TRUE(catalog
                  .Add({"index", "by_name", "people", PageId(7),
                        "CREATE INDEX by_name ON People(name DESC)", TableId(9)},
                       &diag)
                  .ok());
  const Table* t = catalog.FindTable("pEOPLE");
  ASSERT_NE(t, nullptr);
  EXPECT_EQ(catalog.FindTable(TableId(4)), t);
  EXPECT_EQ(t->root, PageId(5));
  EXPECT_EQ(t->indexes.size, 2u);
  EXPECT_TRUE(catalog.FindIndex("BY_NAME")->columns[0].desc);
  EXPECT_EQ(catalog.next_id(), TableId(10));
  EXPECT_EQ(catalog.FindTable("sqlite_master"), catalog.FindTable("SQLITE_SCHEMA"));
  EXPECT_EQ(catalog.FindTable("by_name"), nullptr);
}

TEST(Catalog, RowsThatMakeNoSenseAreCorrupt) {
  ByteBudget budget(8 << 20);
  Catalog catalog(&budget);
  Diag diag;
  ASSERT_TRUE(catalog.AddSystemTables().ok());
  const SchemaRow rows[] = {
      {"view", "v", "v", PageId(2), "CREATE TABLE v(a)", TableId(2)},
      {"table", "t", "t", PageId(2), "CREATE INDEX t ON u(a)", TableId(2)},
      {"table", "t", "t", PageId(2), "", TableId(2)},
      {"index", "i", "nothing", PageId(2), "CREATE INDEX i ON nothing(a)", TableId(2)},
      {"index", "sqlite_autoindex_x_1", "sqlite_schema", PageId(2), "", TableId(2)},
      {"table", "t", "t", PageId(2), "CREATE TABLE t(a", TableId(0)},
  };
  for (const SchemaRow& row : rows) EXPECT_FALSE(catalog.Add(row, &diag).ok()) << row.name;
}

}  // namespace
}  // namespace dosql
