#include "core/lake/ingest/merged_rows.h"

#include <algorithm>

#include "core/lake/iceberg/schema_json.h"
#include "core/lake/ingest/entry_codec.h"
#include "core/lake/ingest/row_order.h"
#include "core/lake/ingest/written_file.h"
#include "core/lake/parquet/parquet_reader.h"
#include "core/lake/parquet/value_reader.h"

namespace dosql::lake {
namespace {

constexpr size_t kGroupBytes = 16 << 20;  // of a row group's columns, about
constexpr uint32_t kDead = UINT32_MAX;

using Columns = std::vector<Column>;

void AppendRow(const Schema& schema, const Columns& from, uint32_t row, Columns* to) {
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

size_t BytesOf(const Columns& columns) {
  size_t bytes = size_t{columns[0].rows} * columns.size() * 9;
  for (const Column& c : columns) bytes += c.heap.size();
  return bytes;
}

class Merge {
 public:
  Merge(const Schema& schema, const ParquetOptions& options, const std::vector<MergeInput>& inputs,
        Diag* diag)
      : schema_(schema),
        inputs_(inputs),
        diag_(diag),
        writer_(&sink_, schema, options, {{"iceberg.schema", SchemaText(schema)}}) {}

  // As they stand: each file is read once.
  Status Append() {
    Columns rows(schema_.fields.size());
    DOSQL_TRY(Read([&](const Columns& columns, const std::vector<bool>& dead) {
      for (uint32_t r = 0; r < dead.size(); r++)
        if (!dead[r]) AppendRow(schema_, columns, r, &rows);
      const bool full = rows[0].rows >= kRowGroupRows || BytesOf(rows) >= kGroupBytes;
      return full ? Write(&rows) : Status::Ok();
    }));
    return Write(&rows);
  }

  // The files are read once for the order and once for each row group of the new file, so that no
  // more than a few row groups are in memory.
  Status Sort(const SortOrder& order) {
    RowOrder keys(schema_, PartitionSpec(), order);
    size_t bytes = 0;
    DOSQL_TRY(Read([&](const Columns& columns, const std::vector<bool>& dead) {
      bytes += BytesOf(columns);
      for (uint32_t r = 0; r < dead.size(); r++) {
        if (!dead[r]) keys.Add(columns, r);
        to_.push_back(dead[r] ? kDead : live_++);
      }
      return Status::Ok();
    }));
    const std::vector<uint32_t> sorted = keys.Sorted();
    std::vector<uint32_t> rank(live_);
    for (uint32_t i = 0; i < live_; i++) rank[sorted[i]] = i;
    for (uint32_t& to : to_)
      if (to != kDead) to = rank[to];
    const auto groups = static_cast<uint32_t>(bytes / kGroupBytes + live_ / kRowGroupRows + 1);
    const uint32_t size = live_ / groups + 1;
    for (uint32_t from = 0; from < live_; from += size)
      DOSQL_TRY(WriteRange(from, std::min(live_, from + size)));
    return Status::Ok();
  }

  Status Finish(MergedRows* out) {
    const bool sorted = !to_.empty();
    uint32_t row = 0, base = 0;
    for (const MergeInput& input : inputs_) {
      const std::vector<uint32_t>& dead = *input.dead;
      EntryWriter w;
      uint32_t before = 0;
      w.Number(sorted ? kSortedBase : base);
      w.Number(sorted ? static_cast<uint64_t>(input.rows) : dead.size());
      for (int64_t i = 0; sorted && i < input.rows; i++) {
        const uint32_t to = to_[row++];
        w.Number(to == kDead ? 0 : 1 + ZigZag(static_cast<int64_t>(to) - before));
        if (to != kDead) before = to;
      }
      for (size_t i = 0; !sorted && i < dead.size(); i++) {
        w.Number(dead[i] - before);
        before = dead[i];
      }
      base += static_cast<uint32_t>(input.rows) - static_cast<uint32_t>(dead.size());
      out->places.push_back(w.bytes());
    }
    if (base == 0) return Status::Ok();
    DOSQL_TRY(writer_.Finish(&out->summary));
    out->bytes = std::move(sink_.bytes);
    return Status::Ok();
  }

 private:
  // Calls each(columns, dead) for each row group of each file.
  template <typename Each>
  Status Read(Each each) {
    for (const MergeInput& input : inputs_) {
      ParquetReader reader;
      DOSQL_TRY(reader.Open(input.bytes, diag_));
      int64_t position = 0;
      size_t dead = 0;
      for (size_t g = 0; g < reader.groups(); g++) {
        Columns columns;
        DOSQL_TRY(reader.Read(g, schema_, &columns, diag_));
        std::vector<bool> gone(reader.rows_of(g));
        const int64_t end = position + static_cast<int64_t>(gone.size());
        for (; dead < input.dead->size() && (*input.dead)[dead] < end; dead++)
          gone[static_cast<size_t>((*input.dead)[dead] - position)] = true;
        position = end;
        DOSQL_TRY(each(columns, gone));
      }
      if (position != input.rows || dead != input.dead->size())
        return diag_->Set(Code::kCorrupt, Words({input.path, " has not the rows that it should"}));
    }
    return Status::Ok();
  }

  Status WriteRange(uint32_t from, uint32_t to) {
    Columns found(schema_.fields.size()), rows(schema_.fields.size());
    std::vector<uint32_t> at(to - from);  // where in `found` each row is
    size_t row = 0;
    DOSQL_TRY(Read([&](const Columns& columns, const std::vector<bool>& dead) {
      for (uint32_t r = 0; r < dead.size(); r++, row++) {
        if (to_[row] < from || to_[row] >= to) continue;
        at[to_[row] - from] = found[0].rows;
        AppendRow(schema_, columns, r, &found);
      }
      return Status::Ok();
    }));
    for (uint32_t r : at) AppendRow(schema_, found, r, &rows);
    return Write(&rows);
  }

  Status Write(Columns* rows) {
    const Columns group = std::move(*rows);
    *rows = Columns(schema_.fields.size());
    return writer_.WriteRows(group, group[0].rows);
  }

  const Schema& schema_;
  const std::vector<MergeInput>& inputs_;
  Diag* diag_;
  StringSink sink_;
  ParquetWriter writer_;
  uint32_t live_ = 0;
  std::vector<uint32_t> to_;  // of each row of all files: its new position; kDead
};

}  // namespace

Status MergeRows(const Schema& schema, const SortOrder& order, const ParquetOptions& options,
                 const std::vector<MergeInput>& inputs, MergedRows* out, Diag* diag) {
  Merge merge(schema, options, inputs, diag);
  DOSQL_TRY(order.fields.empty() ? merge.Append() : merge.Sort(order));
  return merge.Finish(out);
}

}  // namespace dosql::lake
