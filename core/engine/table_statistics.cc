#include "core/engine/table_statistics.h"

#include <iterator>

#include "core/expr/eval_row.h"
#include "core/storage/btree/cursor.h"
#include "core/table/index_entry.h"
#include "core/type/affinity.h"
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

double TableStatistics::CachePages() const {
  double pages = cache_bytes_ / kPageBytes;
  return store_->pager().page_count() > pages ? pages : 0;
}

// Half of what the page cache leaves, so that two of them, or what they are filled from, fit.
double TableStatistics::OperatorBytes() const {
  return (static_cast<double>(budget_->limit()) - cache_bytes_) / 2;
}

const TableStatistics::Counted& TableStatistics::Count(PageId root, KeyKind kind) const {
  for (const Counted& c : counted_)
    if (c.root == root) return c;
  Counted c{root, kRowsGuess, kRowsGuess / 100};
  double rows, leaves;
  if (BTree(&store_->pager(), root, kind).Estimate(&rows, &leaves).ok()) c = {root, rows, leaves};
  if (c.rows < kRowsMin) c.rows = kRowsMin;
  counted_.push_back(c);
  return counted_.back();
}

double TableStatistics::Rows(const Table& table) const {
  return Count(table.root, table.without_rowid ? KeyKind::kBytes : KeyKind::kInteger).rows;
}

double TableStatistics::Leaves(const Table& table, const Index* index) const {
  if (index != nullptr) return Count(index->root, KeyKind::kBytes).leaves;
  return Count(table.root, table.without_rowid ? KeyKind::kBytes : KeyKind::kInteger).leaves;
}

// How far through the tree the first key with that value (after: past all with it) is.
bool TableStatistics::Position(const Table& table, const Index* index, const Value& v, bool after,
                               double* at) const {
  Arena arena(budget_);
  Value value = v;
  if (index == nullptr && !table.without_rowid) {
    if (!ApplyAffinity(Affinity::kInteger, &arena, &value).ok()) return false;
    if (value.type != ValueType::kInteger) return false;
    Cursor cursor(BTree(&store_->pager(), table.root, KeyKind::kInteger), nullptr);
    return cursor.Seek(after ? SeekOp::kGt : SeekOp::kGe, Key::Integer(value.i)).ok() &&
           cursor.Fraction(at).ok();
  }
  const IndexColumn& c = (index != nullptr ? index->columns : table.key_columns)[0];
  KeyBuffer key(&arena);
  if (c.expr != nullptr || !ApplyAffinity(table.columns[c.column].affinity, &arena, &value).ok() ||
      !key.Append(value, c.collation, c.desc).ok())
    return false;
  *at = 1;
  if (after != c.desc && !key.ToSuccessor()) return true;
  Cursor cursor(
      BTree(&store_->pager(), index != nullptr ? index->root : table.root, KeyKind::kBytes),
      nullptr);
  if (!cursor.Seek(SeekOp::kGe, Key::Of(key.bytes())).ok() || !cursor.Fraction(at).ok())
    return false;
  if (c.desc) *at = 1 - *at;
  return true;
}

const TableStatistics::Rowset* TableStatistics::SampleRows(const Table& table) const {
  for (const Rowset& r : rowsets_)
    if (r.root == table.root) return &r;
  constexpr double kPlaces[] = {0.05, 0.25, 0.45, 0.65, 0.85};
  constexpr uint32_t kRowsMax = 48;         // of a leaf
  constexpr size_t kBytesEnough = 1 << 18;  // the budget is for the statement, which comes after
  const uint32_t width = table.columns.size + 1;
  const size_t before = arena_.size_bytes();
  Rowset set{table.root, {}};
  const bool rowids = !table.without_rowid;
  BTree tree(&store_->pager(), table.root, rowids ? KeyKind::kInteger : KeyKind::kBytes);
  double entries, leaves;
  if (!tree.Estimate(&entries, &leaves).ok()) return nullptr;
  for (double place : kPlaces) {
    Cursor cursor(tree, nullptr);
    LeafRun run;
    if (!cursor.SeekFraction(place).ok()) return nullptr;
    if (!cursor.valid()) continue;
    if (!cursor.NextLeafRun(kRowsMax, nullptr, &run).ok()) return nullptr;
    for (uint32_t i = run.begin; i < run.end; i++) {
      if (arena_.size_bytes() - before > kBytesEnough) break;
      Bytes payload;
      RowView row;
      if (!cursor.RunEntry(run, i, &arena_, nullptr, &payload).ok()) return nullptr;
      payload = arena_.Copy(payload);
      Value* values = arena_.NewArray<Value>(width);
      if (payload.data() == nullptr || values == nullptr || !RowView::Open(payload, &row).ok())
        return nullptr;
      for (uint32_t c = 0; c < table.columns.size; c++)
        values[c] = row.GetOr(c, table.columns[c].default_value);
      if (rowids) values[table.columns.size] = Value::Integer(run.IntegerKey(i));
      if (table.rowid_column >= 0) values[table.rowid_column] = values[table.columns.size];
      set.rows.push_back(values);
    }
    if (leaves == 1) break;
  }
  rowsets_.push_back(std::move(set));
  return &rowsets_.back();
}

double TableStatistics::Share(const Table& table, const BoundExpr* const* conditions,
                              size_t n) const {
  const Rowset* set = SampleRows(table);
  if (set == nullptr || set->rows.empty()) return -1;
  Arena programs(budget_), scratch(budget_);
  Diag diag;  // whatever it says the query would say, if it came to that
  EvalContext eval;
  eval.function.arena = &scratch;
  eval.function.diag = &diag;
  std::vector<const Value*> passing(set->rows.begin(), set->rows.end());
  for (size_t i = 0; i < n; i++) {
    const Program* program;
    if (!CompileTableExpr(&programs, *conditions[i], &program).ok()) return -1;
    size_t kept = 0;
    for (const Value* row : passing) {
      bool pass;
      scratch.Reset();
      if (!EvalRowFilter(*program, &eval, row, &pass).ok()) return -1;
      if (pass) passing[kept++] = row;
    }
    passing.resize(kept);
  }
  return (static_cast<double>(passing.size()) + 0.5) / (static_cast<double>(set->rows.size()) + 1);
}

double TableStatistics::RangeShare(const Table& table, const Index* index, const Value* low,
                                   const Value* high) const {
  double from = 0, to = 1;
  if (low != nullptr && !Position(table, index, *low, false, &from)) return -1;
  if (high != nullptr && !Position(table, index, *high, true, &to)) return -1;
  return to > from ? to - from : 0;
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

bool TableStatistics::IsClustered(const Table& table, const Index& index) const {
  if (table.without_rowid) return false;
  // Rows of the table among which the neighbours in the index may be scattered, for each of them.
  constexpr double kScatter = 8;
  BTree tree(&store_->pager(), index.root, KeyKind::kBytes);
  Arena arena(budget_);
  for (double at : kSamples) {
    Cursor cursor(tree, nullptr);
    LeafRun run;
    if (!cursor.SeekFraction(at).ok() || !cursor.valid()) return false;
    if (!cursor.NextLeafRun(256, nullptr, &run).ok()) return false;
    double low = 0, high = 0;
    for (uint32_t i = run.begin; i < run.end; i++) {
      Bytes key, payload, locator;
      if (!cursor.RunEntry(run, i, &arena, &key, &payload).ok() ||
          !EntryLocator(index, key, payload, &locator).ok())
        return false;
      const double rowid = static_cast<double>(LocatorRowid(locator));
      if (i == run.begin || rowid < low) low = rowid;
      if (i == run.begin || rowid > high) high = rowid;
    }
    if (high - low > kScatter * run.size()) return false;
  }
  return true;
}

// Entries of a few leaves for each distinct value in them. Where values fill whole leaves, they are
// walked from one to the next instead, if they are few.
bool TableStatistics::Sample(const Table& table, const Index* index, uint32_t columns,
                             double* rows) const {
  PageId root = index != nullptr ? index->root : table.root;
  const sql::List<IndexColumn>& key_columns = index != nullptr ? index->columns : table.key_columns;
  BTree tree(&store_->pager(), root, KeyKind::kBytes);
  double entries, leaves;
  if (!tree.Estimate(&entries, &leaves).ok() || entries < 1) return false;
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
