#include "core/lake/ingest/merged_rows.h"

#include <algorithm>

#include "core/lake/iceberg/schema_json.h"
#include "core/lake/ingest/entry_codec.h"
#include "core/lake/ingest/row_order.h"
#include "core/lake/ingest/written_file.h"
#include "core/lake/parquet/value_reader.h"

namespace dosql::lake {
namespace {

constexpr uint32_t kDead = UINT32_MAX;
constexpr int64_t kEndBytes = 64 << 10;  // footers are mostly shorter
constexpr uint32_t kCheckedRows = 64;

void AppendRow(const Schema& schema, const std::vector<Column>& from, uint32_t row,
               std::vector<Column>* to) {
  for (size_t f = 0; f < from.size(); f++) {
    const Slot slot = SlotOf(schema.fields[f].type);
    const Column& in = from[f];
    Column& out = (*to)[f];
    out.rows++;
    out.valid.push_back(!in.IsNull(row));
    if (slot == Slot::kInts) out.ints.push_back(in.ints[row]);
    if (slot == Slot::kDoubles) out.doubles.push_back(in.doubles[row]);
    if (slot == Slot::kHeap) {
      out.heap += in.Text(row);
      out.ends.push_back(static_cast<uint32_t>(out.heap.size()));
    }
  }
}

}  // namespace

MergedRows::MergedRows(const Schema& schema, const SortOrder& order, const ParquetOptions& options,
                       ByteSink* sink, Diag* diag)
    : schema_(schema),
      order_(order),
      options_(options),
      diag_(diag),
      writer_(sink, schema, options, {{"iceberg.schema", SchemaText(schema)}}),
      rows_(schema.fields.size()) {}

Status MergedRows::Odd(const MergeInput& input) const {
  return diag_->Set(Code::kCorrupt, Words({input.path, " has not the rows that it should"}));
}

void MergedRows::Begin(const MergeInput& input, int64_t whole) {
  inputs_.push_back(input);
  to_ = input.AllDead() ? 0 : input.bytes;
  from_ = sorts() || to_ <= whole ? 0 : std::max<int64_t>(0, to_ - std::min(kEndBytes, whole));
  open_ = false;
  if (sorts()) kept_.emplace_back();
}

bool MergedRows::Wants(int64_t* from, int64_t* to) const {
  *from = from_;
  *to = to_;
  return from_ < to_;
}

Status MergedRows::Take(std::string_view bytes) {
  const MergeInput& input = inputs_.back();
  const bool whole = to_ - from_ == input.bytes;
  if (static_cast<int64_t>(bytes.size()) != to_ - from_) return Odd(input);
  if (sorts()) {
    kept_.back() = bytes;
    to_ = 0;
    return Status::Ok();
  }
  const auto append = [&](Columns* columns, const std::vector<bool>& gone) {
    return Append(columns, gone);
  };
  ParquetReader& reader = cursor_.reader;
  if (!open_) {
    int64_t wanted;
    DOSQL_TRY(reader.OpenEnd(bytes, input.bytes, &wanted, diag_));
    from_ = input.bytes - wanted;
    if (wanted > static_cast<int64_t>(bytes.size())) return Status::Ok();
    open_ = true;
    cursor_.group = cursor_.dead = 0;
    cursor_.position = 0;
  } else {
    reader.Hold(bytes, from_);
    DOSQL_TRY(ReadGroup(input, &cursor_, append));
  }
  while (whole && cursor_.group < reader.groups()) DOSQL_TRY(ReadGroup(input, &cursor_, append));
  from_ = to_ = 0;
  if (cursor_.group < reader.groups()) {
    reader.PlaceOf(cursor_.group, &from_, &to_);
    return from_ < to_ ? Status::Ok() : Odd(input);
  }
  return cursor_.position == input.rows && cursor_.dead == input.dead->size() ? Status::Ok()
                                                                              : Odd(input);
}

template <typename Each>
Status MergedRows::ReadGroup(const MergeInput& input, Cursor* c, Each each) {
  Columns columns;
  DOSQL_TRY(c->reader.Read(c->group, schema_, &columns, diag_));
  std::vector<bool> gone(c->reader.rows_of(c->group++));
  const int64_t end = c->position + static_cast<int64_t>(gone.size());
  const std::vector<uint32_t>& dead = *input.dead;
  for (; c->dead < dead.size() && dead[c->dead] < end; c->dead++)
    gone[static_cast<size_t>(dead[c->dead] - c->position)] = true;
  c->position = end;
  return each(&columns, gone);
}

template <typename Each>
Status MergedRows::ReadAll(Each each) {
  for (size_t i = 0; i < inputs_.size(); i++) {
    if (inputs_[i].AllDead()) continue;
    Cursor c;
    DOSQL_TRY(c.reader.Open(kept_[i], diag_));
    while (c.group < c.reader.groups()) DOSQL_TRY(ReadGroup(inputs_[i], &c, each));
    if (c.position != inputs_[i].rows || c.dead != inputs_[i].dead->size()) return Odd(inputs_[i]);
  }
  return Status::Ok();
}

bool MergedRows::Holds(uint32_t rows, size_t bytes) const {
  return rows <= options_.group_rows && bytes <= options_.group_bytes;
}

// No more is in memory than two row groups, and when the next one is read, one and a half: what is
// half a group is written, and a group that is one already is not copied where all of it lives.
Status MergedRows::Append(Columns* from, const std::vector<bool>& gone) {
  const auto live = static_cast<uint32_t>(std::count(gone.begin(), gone.end(), false));
  const size_t bytes = BytesOf(*from);
  if (!Holds(rows_[0].rows + live, BytesOf(rows_) + bytes)) DOSQL_TRY(Write(&rows_));
  if (rows_[0].rows == 0 && live == gone.size() && Holds(live, bytes)) {
    rows_ = std::move(*from);
  } else {
    for (size_t f = 0; f < from->size(); f++)
      rows_[f].heap.reserve(
          std::min<size_t>(rows_[f].heap.size() + (*from)[f].heap.size(), options_.group_bytes));
    for (uint32_t r = 0; r < gone.size(); r++) {
      if (gone[r]) continue;
      AppendRow(schema_, *from, r, &rows_);
      const uint32_t n = rows_[0].rows;
      if (n >= options_.group_rows ||
          (n % kCheckedRows == 0 && BytesOf(rows_) >= options_.group_bytes))
        DOSQL_TRY(Write(&rows_));
    }
  }
  *from = Columns();
  return Holds(rows_[0].rows * 2, BytesOf(rows_) * 2) ? Status::Ok() : Write(&rows_);
}

// The files are read once for the order and once for each row group of the new file, so that no
// more than a few row groups are in memory.
Status MergedRows::Sort() {
  RowOrder keys(schema_, PartitionSpec(), order_);
  size_t bytes = 0;
  DOSQL_TRY(ReadAll([&](Columns* columns, const std::vector<bool>& gone) {
    bytes += BytesOf(*columns);
    for (uint32_t r = 0; r < gone.size(); r++) {
      if (!gone[r]) keys.Add(*columns, r);
      rank_.push_back(gone[r] ? kDead : live_++);
    }
    return Status::Ok();
  }));
  const std::vector<uint32_t> sorted = keys.Sorted();
  std::vector<uint32_t> rank(live_);
  for (uint32_t i = 0; i < live_; i++) rank[sorted[i]] = i;
  for (uint32_t& to : rank_)
    if (to != kDead) to = rank[to];
  const auto groups =
      static_cast<uint32_t>(bytes / options_.group_bytes + live_ / options_.group_rows + 1);
  const uint32_t size = live_ / groups + 1;
  for (uint32_t from = 0; from < live_; from += size)
    DOSQL_TRY(WriteRange(from, std::min(live_, from + size)));
  return Status::Ok();
}

Status MergedRows::WriteRange(uint32_t from, uint32_t to) {
  Columns found(schema_.fields.size()), rows(schema_.fields.size());
  std::vector<uint32_t> at(to - from);  // where in `found` each row is
  size_t row = 0;
  DOSQL_TRY(ReadAll([&](Columns* columns, const std::vector<bool>& gone) {
    for (uint32_t r = 0; r < gone.size(); r++, row++) {
      if (rank_[row] < from || rank_[row] >= to) continue;
      at[rank_[row] - from] = found[0].rows;
      AppendRow(schema_, *columns, r, &found);
    }
    return Status::Ok();
  }));
  for (uint32_t r : at) AppendRow(schema_, found, r, &rows);
  return Write(&rows);
}

Status MergedRows::Write(Columns* rows) {
  const Columns group = std::move(*rows);
  *rows = Columns(schema_.fields.size());
  return group[0].rows == 0 ? Status::Ok() : writer_.WriteRows(group, group[0].rows);
}

// `row` is the number of its first row among all that were sorted.
std::string MergedRows::PlacesOf(const MergeInput& input, size_t row, uint32_t base) const {
  EntryWriter w;
  const std::vector<uint32_t>& dead = *input.dead;
  uint32_t before = 0;
  if (input.AllDead()) {
    w.Number(kSortedBase);
    w.Number(0);
  } else if (sorts()) {
    w.Number(kSortedBase);
    w.Number(static_cast<uint64_t>(input.rows));
    for (const size_t end = row + static_cast<size_t>(input.rows); row < end; row++) {
      const uint32_t to = rank_[row];
      w.Number(to == kDead ? 0 : 1 + ZigZag(static_cast<int64_t>(to) - before));
      if (to != kDead) before = to;
    }
  } else {
    w.Number(base);
    w.Number(dead.size());
    for (uint32_t position : dead) {
      w.Number(position - before);
      before = position;
    }
  }
  return w.bytes();
}

Status MergedRows::Finish(FileSummary* summary, std::vector<std::string>* places) {
  DOSQL_TRY(sorts() ? Sort() : Write(&rows_));
  size_t row = 0;
  uint32_t base = 0;
  for (const MergeInput& input : inputs_) {
    places->push_back(PlacesOf(input, row, base));
    if (!input.AllDead()) row += static_cast<size_t>(input.rows);
    base += static_cast<uint32_t>(input.rows) - static_cast<uint32_t>(input.dead->size());
  }
  return base == 0 ? Status::Ok() : writer_.Finish(summary);
}

}  // namespace dosql::lake
