#include "core/engine/table_statistics.h"

#include "core/storage/btree/cursor.h"
#include "core/type/compare.h"
#include "core/type/key_codec.h"
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

bool TableStatistics::ExceedsCache() const {
  return uint64_t{store_->pager().page_count()} * kPageBytes > cache_bytes_;
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

namespace {

// The part of a key that its first columns take.
Bytes KeyPrefix(Bytes key, const sql::List<IndexColumn>& columns, uint32_t n) {
  size_t size = 0;
  for (uint32_t c = 0; c < n; c++) size += KeyColumnBytes(key.subspan(size), columns[c].desc);
  return key.first(size);
}

// Leaves looked into, and seeks from value to value where a leaf has hardly more than one.
constexpr double kSamples[] = {0.1, 0.5, 0.9};
constexpr uint32_t kJumpsMax = 48;

}  // namespace

// Entries of a few leaves for each distinct value in them. Where values fill whole leaves, they are
// walked from one to the next instead, if they are few.
bool TableStatistics::Sample(const Table& table, const Index* index, uint32_t columns,
                             double* rows) const {
  PageId root = index != nullptr ? index->root : table.root;
  const sql::List<IndexColumn>& key_columns =
      index != nullptr ? index->columns : table.key_columns;
  BTree tree(&store_->pager(), root, KeyKind::kBytes);
  double entries;
  if (!tree.Estimate(&entries).ok() || entries < 1) return false;
  Arena arena(budget_);
  double seen = 0, distinct = 0;
  for (double at : kSamples) {
    Cursor cursor(tree, nullptr);
    LeafRun run;
    if (!cursor.SeekFraction(at).ok()) return false;
    if (!cursor.valid()) continue;
    if (!cursor.NextLeafRun(256, nullptr, &run).ok()) return false;
    Bytes before;
    for (uint32_t i = run.begin; i < run.end; i++) {
      Bytes key;
      if (!cursor.RunEntry(run, i, &arena, &key, nullptr).ok()) return false;
      Bytes prefix = KeyPrefix(key, key_columns, columns);
      if (i == run.begin || CompareBytes(prefix, before) != 0) distinct++;
      before = prefix;
      seen++;
    }
  }
  if (distinct == 0) return false;
  *rows = seen / distinct;
  if (distinct > 2 * 3 || entries < 2 * seen) return true;
  Cursor cursor(tree, nullptr);
  KeyBuffer next(&arena);
  if (!cursor.First().ok()) return true;
  uint32_t values = 0;
  for (; cursor.valid() && values < kJumpsMax; values++) {
    Bytes key;
    if (!cursor.BytesKey(&arena, &key).ok()) return true;
    next.Clear();
    if (!next.AppendBytes(KeyPrefix(key, key_columns, columns)).ok()) return true;
    if (!next.ToSuccessor()) {
      values++;
      break;
    }
    if (!cursor.Seek(SeekOp::kGe, Key::Of(next.bytes())).ok()) return true;
  }
  if (values > 0) *rows = entries / values;
  return true;
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
  } else if (!Sample(table, index, columns, &rows)) {
    rows = columns < kRowsPerKeyGuess - 1 ? kRowsPerKeyGuess + 1 - columns : 2;
  }
  return rows > all ? all : rows < 1 ? 1 : rows;
}

}  // namespace dosql
