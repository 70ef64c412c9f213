#include "core/engine/table_statistics.h"

#include "core/storage/btree/cursor.h"
#include "core/type/compare.h"
#include "core/type/row_codec.h"

namespace dosql {

namespace {

// A table that is small today may not be so when the plan is used again.
constexpr double kRowsMin = 50;
// Without ANALYZE: rows that share a value of an index's first column, one fewer for each further
// column (SQLite's guess, too).
constexpr double kRowsPerKeyGuess = 10;

}  // namespace

void TableStatistics::ReadAnalyzed() const {
  read_ = true;
  const Table* stat = catalog_->FindTable("sqlite_stat1");
  if (stat == nullptr || stat->without_rowid || stat->columns.size < 3) return;
  Arena arena(budget_);
  Cursor cursor(BTree(&store_->pager(), stat->root, KeyKind::kInteger), nullptr);
  // Whatever cannot be read now is as if it were not there: the plan is a worse guess, no more.
  if (!cursor.First().ok()) return;
  while (cursor.valid()) {
    Bytes bytes;
    RowView row;
    if (!cursor.Payload(&arena, &bytes).ok() || !RowView::Open(bytes, &row).ok()) return;
    if (row.column_count() >= 3) {
      Value table = row.Get(0), index = row.Get(1), text = row.Get(2);
      if (table.type == ValueType::kText && text.type == ValueType::kText) {
        Analyzed a;
        a.table = table.text();
        if (index.type == ValueType::kText) a.index = index.text();
        double number = 0;
        bool digits = false;
        for (char c : std::string(text.text()) + " ") {
          if (c >= '0' && c <= '9') {
            number = number * 10 + (c - '0');
            digits = true;
          } else if (digits) {
            a.numbers.push_back(number);
            number = 0;
            digits = false;
          } else if (c != ' ') {
            break;
          }
        }
        if (!a.numbers.empty()) analyzed_.push_back(std::move(a));
      }
    }
    if (!cursor.Next().ok()) return;
  }
}

const TableStatistics::Analyzed* TableStatistics::Find(std::string_view table,
                                                       std::string_view index) const {
  if (!read_) ReadAnalyzed();
  for (const Analyzed& a : analyzed_)
    if (EqualsIgnoringCase(a.table, table) && (index.empty() || EqualsIgnoringCase(a.index, index)))
      return &a;
  return nullptr;
}

double TableStatistics::Rows(const Table& table) const {
  for (const Counted& c : counted_)
    if (c.root == table.root) return c.rows;
  double rows = kRowsGuess;
  KeyKind kind = table.without_rowid ? KeyKind::kBytes : KeyKind::kInteger;
  if (!BTree(&store_->pager(), table.root, kind).Estimate(&rows).ok()) rows = kRowsGuess;
  if (rows < kRowsMin) rows = kRowsMin;
  counted_.push_back({table.root, rows});
  return rows;
}

double TableStatistics::RowsPerKey(const Table& table, const Index* index, uint32_t columns) const {
  double all = Rows(table);
  uint32_t width = index != nullptr ? index->columns.size : table.key_columns.size;
  if ((index == nullptr || index->unique) && columns >= width) return 1;
  const Analyzed* a = Find(table.name, index != nullptr ? index->name : table.name);
  double rows;
  if (a != nullptr && a->numbers.size() > columns) {
    // The table may have grown since: as many times more for each key.
    double then = a->numbers[0] < 1 ? 1 : a->numbers[0];
    rows = a->numbers[columns] * (all > then ? all / then : 1);
  } else {
    rows = columns < kRowsPerKeyGuess - 1 ? kRowsPerKeyGuess + 1 - columns : 2;
  }
  return rows > all ? all : rows < 1 ? 1 : rows;
}

}  // namespace dosql
