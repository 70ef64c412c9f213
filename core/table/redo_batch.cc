#include "core/table/redo_batch.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "core/table/index_entry.h"
#include "core/type/row_codec.h"

namespace dosql {
namespace {

constexpr uint32_t kFirstCapacity = 64;

// Merges neighbouring runs until there is one. Stable, and linear for what is sorted already, as
// rowids often are. The answer is in `a` or in `b`.
TreeChange* MergeRuns(TreeChange* a, TreeChange* b, uint32_t n) {
  for (;;) {
    uint32_t runs = 0;
    for (uint32_t i = 0; i < n; runs++) {
      auto run_end = [=](uint32_t at) {
        while (++at < n && CompareChanges(a[at - 1], a[at]) <= 0) continue;
        return at;
      };
      const uint32_t middle = run_end(i), end = middle < n ? run_end(middle) : n;
      if (middle == n && i == 0) return a;
      TreeChange* out = b + i;
      uint32_t j = middle;
      while (i < middle && j < end) *out++ = CompareChanges(a[i], a[j]) <= 0 ? a[i++] : a[j++];
      out = std::copy(a + i, a + middle, out);
      std::copy(a + j, a + end, out);
      i = end;
    }
    std::swap(a, b);
    if (runs <= 1) return a;
  }
}

// Keys of an index have much in common at their front: what tells them apart begins behind that.
void OrderBehindPrefix(TreeChange* changes, uint32_t n) {
  const TreeChange& first = changes[0];
  size_t common = first.key_size;
  // Mostly their first eight bytes tell how much.
  uint64_t differ = 0;
  uint32_t i = 0;
  for (; i < n && changes[i].key_size >= sizeof differ; i++) {
    differ |= LoadLe<uint64_t>(changes[i].key) ^ LoadLe<uint64_t>(first.key);
  }
  if (i == n && differ != 0) {
    common = static_cast<size_t>(std::countr_zero(differ)) / 8;
  } else {
    for (i = 1; i < n && common > 0; i++) {
      const TreeChange& c = changes[i];
      common = std::min<size_t>(common, c.key_size);
      if (std::memcmp(first.key, c.key, common) == 0) continue;
      size_t same = 0;
      while (first.key[same] == c.key[same]) same++;
      common = same;
    }
  }
  for (i = 0; i < n; i++) {
    changes[i].order = TreeChange::OrderOf(changes[i].key_bytes().subspan(common));
  }
}

constexpr uint32_t kRadixMin = 256;  // below it counting does not pay
constexpr uint32_t kRadixBits = 3;   // so many more than n has, and few keys are still alike
constexpr uint32_t kDigitBits = 11;  // what is counted at once: 8 KB of the stack

// Sorts, stable. The answer is in `a` or in `b`.
TreeChange* SortChanges(TreeChange* a, TreeChange* b, uint32_t n, KeyKind kind) {
  if (kind == KeyKind::kBytes) OrderBehindPrefix(a, n);
  uint32_t sorted = 1;
  while (sorted < n && CompareChanges(a[sorted - 1], a[sorted]) <= 0) sorted++;
  if (sorted >= n) return a;
  if (n < kRadixMin) return MergeRuns(a, b, n);
  // By the highest bits that differ, as one number, from its lowest digits on; then each group that
  // is left.
  uint64_t differ = 0;
  for (uint32_t i = 1; i < n; i++) differ |= static_cast<uint64_t>(a[i].order ^ a[0].order);
  const uint32_t top = static_cast<uint32_t>(std::bit_width(differ));
  uint32_t rest = top;
  for (uint32_t bits = std::bit_width(n) + kRadixBits; rest > 0 && bits > 0;) {
    bits -= differ >> --rest & 1;
  }
  const uint32_t passes = (top - rest + kDigitBits - 1) / kDigitBits;
  const uint32_t width = passes > 0 ? (top - rest + passes - 1) / passes : 0;
  const uint32_t digits = 1u << width;
  for (uint32_t pass = 0; pass < passes; pass++) {
    const uint32_t shift = rest + pass * width;
    if ((differ >> shift & (digits - 1)) == 0) continue;
    // The sign is the highest bit.
    const uint64_t flip = uint64_t{1} << 63;
    auto digit = [=](const TreeChange& c) {
      return (static_cast<uint64_t>(c.order) ^ flip) >> shift & (digits - 1);
    };
    uint32_t starts[1u << kDigitBits], sum = 0;
    std::fill_n(starts, digits, 0);
    for (uint32_t i = 0; i < n; i++) starts[digit(a[i])]++;
    for (uint32_t d = 0; d < digits; d++) sum += std::exchange(starts[d], sum);
    for (uint32_t i = 0; i < n; i++) b[starts[digit(a[i])]++] = a[i];
    std::swap(a, b);
  }
  for (uint32_t i = 0; i < n;) {
    uint32_t end = i + 1;
    while (end < n && (a[end].order >> rest) == (a[i].order >> rest)) end++;
    if (end - i > 1) {
      const TreeChange* group = MergeRuns(a + i, b + i, end - i);
      if (group != a + i) std::copy(group, group + (end - i), a + i);
    }
    i = end;
  }
  return a;
}

// Leaves one change of each key: what all of them together do. kCorrupt when they cannot follow
// each other.
Status NetChanges(TreeChange* changes, uint32_t* count) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < *count;) {
    if (i + 1 == *count || changes[i].order != changes[i + 1].order ||
        CompareChanges(changes[i], changes[i + 1]) != 0) {  // mostly
      if (n != i) changes[n] = changes[i];
      n++;
      i++;
      continue;
    }
    const bool was_there = changes[i].kind != TreeChange::kInsert;
    TreeChange last = changes[i];
    bool there = last.kind != TreeChange::kDelete;
    while (++i < *count && last.order == changes[i].order &&
           CompareChanges(last, changes[i]) == 0) {
      if (there == (changes[i].kind == TreeChange::kInsert)) return Code::kCorrupt;
      last = changes[i];
      there = last.kind != TreeChange::kDelete;
    }
    if (!was_there && !there) continue;
    last.kind = !there      ? TreeChange::kDelete
                : was_there ? TreeChange::kReplace
                            : TreeChange::kInsert;
    changes[n++] = last;
  }
  *count = n;
  return Status::Ok();
}

}  // namespace

void RedoBatch::Clear() {
  tables_.clear();
  std::free(changes_);
  std::free(sorted_);
  changes_ = sorted_ = nullptr;
  count_ = changes_capacity_ = sorted_capacity_ = 0;
  budget_->Release(array_bytes_);
  array_bytes_ = bytes_ = row_count_ = 0;
  scratch_.Reset();
  entries_.Reset();
}

Status RedoBatch::Grow(TreeChange** array, uint32_t* capacity, uint32_t to) {
  if (*capacity >= to) return Status::Ok();
  const size_t more = (to - *capacity) * sizeof(TreeChange);
  DOSQL_TRY(budget_->Reserve(more));
  auto* bigger = static_cast<TreeChange*>(std::realloc(*array, to * sizeof(TreeChange)));
  if (bigger == nullptr) {
    budget_->Release(more);
    return Code::kNoMemory;
  }
  *array = bigger;
  *capacity = to;
  array_bytes_ += more;
  return Status::Ok();
}

// -------------------------------------------------------------------------------- taking rows

Status RedoBatch::Find(const Table& table, TableRows** out) {
  for (const auto& t : tables_) {
    if (t->table != &table) continue;
    *out = t.get();
    return Status::Ok();
  }
  auto t = std::make_unique<TableRows>(budget_);
  t->id = table.id;
  t->table = &table;
  const KeyKind kind = table.without_rowid ? KeyKind::kBytes : KeyKind::kInteger;
  Pager* pager = &context_->store->pager();
  t->trees.emplace_back(BTree(pager, table.root, kind));
  for (const Index* index : table.indexes)
    t->trees.emplace_back(BTree(pager, index->root, KeyKind::kBytes));
  tables_.push_back(std::move(t));
  *out = tables_.back().get();
  return Status::Ok();
}

Status RedoBatch::Add(const Table& table, const LogChange& change) {
  if (change.op != LogOp::kInsert && change.op != LogOp::kUpdate && change.op != LogOp::kDelete)
    return Code::kCorrupt;
  const size_t size = change.key.size() + change.before.size() + change.after.size();
  if (bytes_ + size > bytes_max_) DOSQL_TRY(Flush());
  // What is large goes without a copy.
  const bool copy = size <= bytes_max_ / 4;
  if (!copy) DOSQL_TRY(Flush());
  TableRows* t;
  DOSQL_TRY(Find(table, &t));
  Status s = Take(t, change, copy);
  if (s.code() == Code::kNoMemory) {
    DOSQL_TRY(Flush());
    DOSQL_TRY(Find(table, &t));
    s = Take(t, change, copy);
  }
  DOSQL_TRY(s);
  return copy ? Status::Ok() : Flush();
}

Status RedoBatch::Take(TableRows* t, const LogChange& change, bool copy) {
  const Table& table = *t->table;
  if (table.without_rowid ? change.key.size() > UINT16_MAX : change.key.size() != 8)
    return Code::kCorrupt;
  RowView row;
  if (change.op != LogOp::kInsert) DOSQL_TRY(RowView::Open(change.before, &row));
  if (change.op != LogOp::kDelete) DOSQL_TRY(RowView::Open(change.after, &row));
  const Bytes parts[] = {change.key, change.before, change.after};
  const size_t size = change.key.size() + change.before.size() + change.after.size();
  const size_t bytes = sizeof(Row) + (copy ? size : sizeof parts);
  auto* own = static_cast<Row*>(t->arena.Allocate(bytes));
  if (own == nullptr) return Code::kNoMemory;
  *own = {nullptr,
          row_count_++,
          change.op,
          copy,
          static_cast<uint32_t>(change.key.size()),
          static_cast<uint32_t>(change.before.size()),
          static_cast<uint32_t>(change.after.size())};
  auto* to = reinterpret_cast<uint8_t*>(own + 1);
  if (copy) {
    for (Bytes part : parts) {
      CopyShort(to, part.data(), part.size());
      to += part.size();
    }
    bytes_ += bytes;
  } else {
    std::memcpy(to, parts, sizeof parts);
  }
  (t->last != nullptr ? t->last->next : t->first) = own;
  t->last = own;
  t->count++;
  return Status::Ok();
}

LogChange RedoBatch::ChangeOf(const TableRows& t, const Row& row) {
  auto* at = reinterpret_cast<const uint8_t*>(&row + 1);
  Bytes parts[3];
  if (row.copied) {
    const Bytes key{at, row.key_size}, before{at + row.key_size, row.before_size};
    return {row.op, t.id, key, before, {before.data() + before.size(), row.after_size}};
  }
  std::memcpy(parts, at, sizeof parts);
  return {row.op, t.id, parts[0], parts[1], parts[2]};
}

// ---------------------------------------------------------------------------------- applying them

// What one row's change comes to in tree i of its table.
Status RedoBatch::Collect(TableRows* t, uint32_t i, const LogChange& change) {
  const Table& table = *t->table;
  const bool has_before = change.op != LogOp::kInsert, has_after = change.op != LogOp::kDelete;
  if (i == 0) {
    return Push(!has_before ? TreeChange::kInsert
                : has_after ? TreeChange::kReplace
                            : TreeChange::kDelete,
                table.without_rowid ? Key::Of(change.key)
                                    : Key::Integer(LoadLe<int64_t>(change.key.data())),
                has_after ? change.after : Bytes());
  }
  const uint32_t index = i - 1;
  if (has_before && has_after && SameEntry(*t, index, change)) return Status::Ok();
  if (scratch_.size_bytes() > (64u << 10)) scratch_.Reset();
  uint8_t rowid[kRowidKeyBytes];
  Bytes locator(rowid, sizeof rowid);
  if (!table.without_rowid) {
    PutRowid(rowid, LoadLe<int64_t>(change.key.data()));
  } else {
    const size_t size = change.key.size();
    auto* bytes = static_cast<uint8_t*>(scratch_.Allocate(size + 2));
    if (bytes == nullptr) return Code::kNoMemory;
    if (size > 0) std::memcpy(bytes, change.key.data(), size);
    StoreLe<uint16_t>(bytes + size, static_cast<uint16_t>(size));
    locator = {bytes, size + 2};
  }
  Entry was, is;
  if (has_before) DOSQL_TRY(BuildEntry(t, index, change, change.before, locator, &was));
  if (has_after) DOSQL_TRY(BuildEntry(t, index, change, change.after, locator, &is));
  if (was.kind == is.kind && CompareBytes(was.key, is.key) == 0) return Status::Ok();
  if (was.kind != EntryKind::kNone) DOSQL_TRY(Push(TreeChange::kDelete, Key::Of(was.key), {}));
  if (is.kind == EntryKind::kNone) return Status::Ok();
  return Push(TreeChange::kInsert, Key::Of(is.key), is.payload);
}

bool RedoBatch::SameEntry(const TableRows& t, uint32_t i, const LogChange& change) {
  if (t.programs != nullptr && t.programs->ForIndex(i) != nullptr) return false;
  const RowView before(change.before), after(change.after);
  for (const IndexColumn& c : t.table->indexes[i]->columns) {
    if (c.expr != nullptr || c.column >= before.column_count() || c.column >= after.column_count())
      return false;
    // Equal values have equal bytes.
    const RowView::Cell a = before.GetCell(c.column), b = after.GetCell(c.column);
    if (a.tag != b.tag || CompareBytes({a.data, a.size}, {b.data, b.size}) != 0) return false;
  }
  return true;
}

Status RedoBatch::BuildEntry(TableRows* t, uint32_t i, const LogChange& change, Bytes row,
                             Bytes locator, Entry* out) {
  const Table& table = *t->table;
  const Index& index = *table.indexes[i];
  const IndexPrograms* programs = t->programs != nullptr ? t->programs->ForIndex(i) : nullptr;
  const RowView view(row);
  const Value rowid =
      table.without_rowid ? Value::Null() : Value::Integer(LoadLe<int64_t>(change.key.data()));
  Value* const values = t->values.data();
  auto read = [&](uint32_t c) {
    values[c] = static_cast<int32_t>(c) == table.rowid_column
                    ? rowid
                    : view.GetOr(c, table.columns[c].default_value);
  };
  if (programs == nullptr) {
    for (const IndexColumn& c : index.columns) read(c.column);
    auto* to = static_cast<uint8_t*>(entries_.Allocate(EntryBytesMax(index, values, locator)));
    if (to == nullptr) return Code::kNoMemory;
    uint8_t* end = PutEntry(index, values, locator, to, &out->kind);
    out->key = {to, static_cast<size_t>(end - to)};
    if (out->kind == EntryKind::kUnique) {
      out->payload = {end, locator.size()};
      end += locator.size();
    }
    entries_.Trim(end);
    return Status::Ok();
  }
  // Expressions may read any column.
  for (uint32_t c = 0; c < table.columns.size; c++) read(c);
  values[table.columns.size] = rowid;
  EvalContext eval;
  eval.function = context_->function;
  eval.function.arena = &scratch_;
  KeyBuffer key(&scratch_);
  DOSQL_TRY(BuildEntryKey(index, programs, &eval, values, locator, &key, &out->kind));
  if (out->kind == EntryKind::kUnique) {
    out->payload = entries_.Copy(locator);
    if (out->payload.data() == nullptr) return Code::kNoMemory;
  }
  out->key = entries_.Copy(key.bytes());
  return out->key.data() != nullptr || key.size() == 0 ? Status::Ok() : Status(Code::kNoMemory);
}

Status RedoBatch::Push(TreeChange::Kind kind, const Key& key, Bytes payload) {
  if (count_ == changes_capacity_) {
    const uint32_t to = std::max(kFirstCapacity, changes_capacity_ * 2);
    DOSQL_TRY(Grow(&sorted_, &sorted_capacity_, to));
    DOSQL_TRY(Grow(&changes_, &changes_capacity_, to));
  }
  changes_[count_++] = {key.integer,
                        key.bytes.data(),
                        payload.data(),
                        static_cast<uint32_t>(key.bytes.size()),
                        static_cast<uint32_t>(payload.size()),
                        kind};
  return Status::Ok();
}

Status RedoBatch::Bind(TableRows* t) {
  if (t->bound) return Status::Ok();
  DOSQL_ASSERT(t->table != nullptr);
  t->values.resize(t->table->columns.size + 1);
  t->programs = nullptr;
  if (context_->programs != nullptr) DOSQL_TRY(context_->programs->Find(*t->table, &t->programs));
  t->bound = true;
  return Status::Ok();
}

Status RedoBatch::Apply(TableRows* t, uint32_t i) {
  DOSQL_TRY(Bind(t));
  Tree* tree = &t->trees[i];
  // Mostly a row comes to one change. Where there is not the memory, they grow as far as there is.
  const uint32_t about = t->count + t->count / 16;
  if (Grow(&sorted_, &sorted_capacity_, about).ok())
    Grow(&changes_, &changes_capacity_, about).Ignore();
  for (const Row* row = t->first; row != nullptr;) {
    count_ = 0;
    entries_.Reset();
    const Row* const first = row;
    for (; row != nullptr; row = row->next) {
      const uint32_t kept = count_;
      const Status s = Collect(t, i, ChangeOf(*t, *row));
      if (s.ok()) continue;
      if (s.code() != Code::kNoMemory || row == first) return s;
      count_ = kept;
      break;
    }
    if (count_ == 0) continue;
    TreeChange* sorted = SortChanges(changes_, sorted_, count_, tree->tree.kind());
    DOSQL_TRY(NetChanges(sorted, &count_));
    DOSQL_TRY(tree->tree.Apply(sorted, count_));
  }
  entries_.Reset();
  return Status::Ok();
}

Status RedoBatch::Redo(TableRows* t, uint32_t i, uint32_t end) {
  Store* store = context_->store;
  for (; i < end; i++) {
    Tree* tree = &t->trees[i];
    if (tree->settled) continue;
    if (held_ != nullptr && held_->map != store->pager().map()) {
      interrupted_ = true;
      return Code::kBlocked;
    }
    const Store::RedoPoint begin = store->BeginRedo();
    DOSQL_TRY(store->EndRedo(begin, Apply(t, i), &tree->below));
    tree->settled = true;
  }
  return Status::Ok();
}

bool RedoBatch::ClearIfDone() {
  for (const auto& t : tables_)
    for (const Tree& tree : t->trees)
      if (!tree.settled || tree.below > 0) return false;
  Clear();
  return true;
}

void RedoBatch::RolledBackTo(uint32_t id, uint32_t rows) {
  for (const auto& t : tables_) {
    for (Tree& tree : t->trees)
      if (tree.below > id) tree.settled = false;
    if (t->last == nullptr || t->last->number < rows) continue;
    t->last = nullptr;
    t->count = 0;
    Row** next = &t->first;
    for (; (*next)->number < rows; next = &t->last->next) {
      t->last = *next;
      t->count++;
    }
    *next = nullptr;
  }
  row_count_ = std::min(row_count_, rows);
}

bool RedoBatch::Released(uint32_t marks) {
  for (const auto& t : tables_)
    for (Tree& tree : t->trees) tree.below = std::min(tree.below, marks);
  return ClearIfDone();
}

void RedoBatch::SetCatalog(const Catalog& catalog) {
  for (const auto& t : tables_) {
    t->table = catalog.FindTable(t->id);
    t->bound = false;
  }
}

const RedoBatch::Tree* RedoBatch::FindTree(PageId root, TableRows** table, uint32_t* i) const {
  for (const auto& t : tables_) {
    for (*i = 0; *i < t->trees.size(); ++*i) {
      *table = t.get();
      if (t->trees[*i].tree.root() == root) return &t->trees[*i];
    }
  }
  return nullptr;
}

bool RedoBatch::IsBehind(PageId root) const {
  TableRows* t;
  uint32_t i;
  const Tree* tree = FindTree(root, &t, &i);
  return tree != nullptr && !tree->settled;
}

Status RedoBatch::Settle(PageId root) {
  TableRows* t;
  uint32_t i;
  const Tree* tree = FindTree(root, &t, &i);
  if (tree == nullptr || tree->settled) return Status::Ok();
  DOSQL_TRY(Redo(t, i, i + 1));
  if (ClearIfDone()) context_->store->RedoIsDone();
  return Status::Ok();
}

Status RedoBatch::Append(const Table& table, const LogChange& change) {
  for (const auto& t : tables_) {
    if (t->table != &table) continue;
    bool behind = false;
    for (const Tree& tree : t->trees) behind = behind || !tree.settled;
    if (!behind) break;
    const size_t size = change.key.size() + change.before.size() + change.after.size();
    if (size > bytes_max_ / 4 || bytes_ + size > bytes_max_) return Flush();
    const Status s = Take(t.get(), change, true);
    return s.code() == Code::kNoMemory ? Flush() : s;
  }
  return Status::Ok();
}

Status RedoBatch::Flush() {
  if (tables_.empty()) return Status::Ok();
  for (const auto& t : tables_) DOSQL_TRY(Redo(t.get(), 0, static_cast<uint32_t>(t->trees.size())));
  if (ClearIfDone()) context_->store->RedoIsDone();
  return Status::Ok();
}

}  // namespace dosql
