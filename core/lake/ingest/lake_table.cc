#include "core/lake/ingest/lake_table.h"

#include <algorithm>
#include <cstring>

#include "core/lake/iceberg/create_table.h"
#include "core/lake/iceberg/metadata_update.h"
#include "core/lake/iceberg/schema_json.h"
#include "core/lake/ingest/hex_text.h"
#include "core/lake/ingest/type_mapping.h"
#include "core/lake/parquet/parquet_writer.h"
#include "core/type/compare.h"

namespace dosql::lake {
namespace {

constexpr uint32_t kRowGroupRows = 122880;
constexpr uint32_t kBoundCharacters = 16;  // of texts in manifests, as Iceberg's default

struct StringSink final : ByteSink {
  std::string bytes;
  Status Append(std::string_view b) override {
    bytes.append(b);
    return Status::Ok();
  }
};

Field NamedField(int32_t id, std::string_view name, Type type) {
  Field f;
  f.id = id;
  f.name = name;
  f.type = std::move(type);
  return f;
}

// What a manifest says of a file that the Parquet writer made.
DataFile FactsOf(const FileSummary& summary, FileContent content, std::string path) {
  DataFile file;
  file.content = content;
  file.path = std::move(path);
  file.record_count = summary.rows;
  file.size_bytes = summary.bytes;
  file.split_offsets = summary.row_group_offsets;
  std::vector<const LeafSummary*> leaves;
  for (const LeafSummary& leaf : summary.leaves) leaves.push_back(&leaf);
  std::sort(leaves.begin(), leaves.end(), [](const LeafSummary* a, const LeafSummary* b) {
    return a->leaf.field_id < b->leaf.field_id;
  });
  for (const LeafSummary* each : leaves) {
    const LeafSummary& leaf = *each;
    const int32_t id = leaf.leaf.field_id;
    const Type& type = leaf.leaf.type;
    file.column_sizes.push_back({id, leaf.stored_bytes});
    file.value_counts.push_back({id, leaf.entries});
    file.null_counts.push_back({id, leaf.nulls});
    const bool real = type.kind == TypeKind::kFloat || type.kind == TypeKind::kDouble;
    if (real) file.nan_counts.push_back({id, leaf.bounds.nans});
    if (!leaf.bounds.any) continue;
    Datum low{false, leaf.bounds.low, leaf.bounds.low_real, leaf.bounds.low_bytes};
    Datum high{false, leaf.bounds.high, leaf.bounds.high_real, leaf.bounds.high_bytes};
    std::string bytes;
    // Paths of deletes are matched whole.
    const uint32_t cut = content == FileContent::kData ? kBoundCharacters : ~uint32_t{0};
    TruncateLowerBound(type, cut, &low);
    EncodeSingleValue(type, low, &bytes);
    file.lower_bounds.push_back({id, bytes});
    if (!TruncateUpperBound(type, cut, &high)) continue;
    bytes.clear();
    EncodeSingleValue(type, high, &bytes);
    file.upper_bounds.push_back({id, bytes});
  }
  return file;
}

}  // namespace

LakeTable::Source* LakeTable::FindSource(const uint8_t* id) {
  const std::string_view name(reinterpret_cast<const char*>(id), 16);
  for (Source& s : sources_)
    if (s.id == name) return &s;
  sources_.emplace_back();
  sources_.back().id = name;
  return &sources_.back();
}

// Where a batch begins must be where the source's last one ended.
Status LakeTable::CheckPlace(const ChangeBatchReader& reader, const std::vector<Fork>& forks,
                             const Source& source, bool* repeated, Diag* diag) const {
  *repeated = false;
  if (source.layout < 0 && source.at.lsn.value == 0)
    return Status::Ok();  // nothing of it was taken yet
  const FollowPosition from = reader.begin(), to = reader.end();
  // Taken before: it ends in a history that the lake has, at or before the lake's place there.
  *repeated = to.incarnation == source.at.incarnation && to.Compare(source.at) <= 0;
  for (const Fork& past : source.past)
    *repeated |= to.incarnation == past.parent && to.lsn <= past.lsn;
  if (*repeated) return Status::Ok();
  bool went_back = from.incarnation != source.at.incarnation;
  for (const Fork& f : forks)
    went_back |= f.parent == source.at.incarnation && f.lsn < source.at.lsn;
  if (went_back)
    return diag->Set(Code::kStale, "the source was put back to before what the lake has of it");
  if (from.Compare(source.at) == 0) return Status::Ok();
  return diag->Set(Code::kMisuse,
                   "the batch does not begin where the last one of its source ended");
}

Status LakeTable::Change(SchemaChange change, int32_t* field_id, Diag* diag) {
  Schema next;
  DOSQL_TRY(EvolveByChange(schema_, &change, &last_column_id_, &next, diag));
  *field_id = change.field_id;
  // The overflow column stays the last.
  for (size_t i = 0; i + 1 < next.fields.size(); i++)
    if (next.fields[i].name == kOverflowColumn)
      std::rotate(next.fields.begin() + static_cast<int64_t>(i),
                  next.fields.begin() + static_cast<int64_t>(i) + 1, next.fields.end());
  schema_ = std::move(next);
  schema_changed_ = true;
  return Status::Ok();
}

Status LakeTable::TakeColumns(Source* source, const BatchItemView& item, Diag* diag) {
  RowLayout layout;
  const RowLayout* before =
      source->layout >= 0 && source->table == static_cast<int32_t>(item.table.value)
          ? &layouts_[static_cast<size_t>(source->layout)]
          : nullptr;
  source->table = static_cast<int32_t>(item.table.value);
  const bool first = schema_.fields.empty();
  if (first)
    schema_.fields.push_back(
        NamedField(++last_column_id_, kOverflowColumn, Type{TypeKind::kString, 0, 0, {}}));
  auto find = [&](std::string_view name) {
    for (const Field& f : schema_.fields)
      if (EqualsIgnoringCase(f.name, name) && f.name != kOverflowColumn) return &f;
    return static_cast<const Field*>(nullptr);
  };
  auto find_id = [&](int32_t id) {
    for (const Field& f : schema_.fields)
      if (f.id == id) return &f;
    return static_cast<const Field*>(nullptr);
  };
  // A rename leaves all other columns where they are.
  uint32_t differ = 0;
  const bool same_count = before != nullptr && before->cells.size() == item.columns.size();
  for (size_t c = 0; same_count && c < item.columns.size(); c++)
    differ += before->cells[c].name != item.columns[c].name;
  for (size_t c = 0; c < item.columns.size(); c++) {
    const BatchColumn& column = item.columns[c];
    const Type type =
        column.flags & kColumnIsRowid ? Type{TypeKind::kLong, 0, 0, {}} : LakeTypeOf(column.type);
    RowLayout::Cell cell{0, (column.flags & kColumnIsRowid) != 0, std::string(column.name)};
    // By the source's own last columns first: another source may have renamed the lake's since.
    const Field* field = nullptr;
    for (size_t b = 0; before != nullptr && field == nullptr && b < before->cells.size(); b++)
      if (before->cells[b].name == column.name) field = find_id(before->cells[b].field_id);
    if (field == nullptr) field = find(column.name);
    SchemaChange change;
    if (field == nullptr && same_count && differ == 1 && before->cells[c].name != column.name) {
      const Field* old = find_id(before->cells[c].field_id);
      if (old == nullptr) return Code::kCorrupt;
      change.name = old->name;
      change.kind = ChangeKind::kRename;
      change.new_name = column.name;
      DOSQL_TRY(Change(change, &cell.field_id, diag));
    } else if (field == nullptr) {
      change.kind = ChangeKind::kAdd;
      change.name = column.name;
      change.type = type;
      DOSQL_TRY(Change(change, &cell.field_id, diag));
    } else if (field->type == type || CanWiden(type, field->type)) {
      cell.field_id = field->id;
    } else {
      change.kind = CanWiden(field->type, type) ? ChangeKind::kWiden : ChangeKind::kReplace;
      change.name = field->name;
      change.type = type;
      DOSQL_TRY(Change(change, &cell.field_id, diag));
    }
    layout.cells.push_back(std::move(cell));
  }
  // Every batch says the columns again.
  if (before != nullptr && *before == layout) return Status::Ok();
  source->layout = static_cast<int32_t>(layouts_.size());
  layouts_.push_back(std::move(layout));
  // What no source has any more goes; ids are not given again.
  for (size_t f = 0; f + 1 < schema_.fields.size();) {
    bool used = false;
    for (const Source& s : sources_)
      for (size_t c = 0; s.layout >= 0 && c < layouts_[static_cast<size_t>(s.layout)].cells.size();
           c++)
        used |= layouts_[static_cast<size_t>(s.layout)].cells[c].field_id == schema_.fields[f].id;
    if (used) {
      f++;
      continue;
    }
    SchemaChange drop;
    int32_t id;
    drop.kind = ChangeKind::kDrop;
    drop.name = schema_.fields[f].name;
    DOSQL_TRY(Change(drop, &id, diag));
  }
  return Status::Ok();
}

Status LakeTable::TakeChange(Source* source, const LogChange& change) {
  if (source->layout < 0) return Code::kCorrupt;
  const std::string key = source->id + std::string(dosql::AsText(change.key));
  if (change.op == LogOp::kDelete) {
    buffer_.Delete(key);
  } else {
    buffer_.Put(key, change.op == LogOp::kInsert, static_cast<uint32_t>(source->layout),
                dosql::AsText(change.after));
  }
  return Status::Ok();
}

Status LakeTable::Take(Bytes batch, bool* taken, Diag* diag) {
  *taken = false;
  ChangeBatchReader reader;
  DOSQL_TRY(reader.Open(batch));
  // All of it is read once before anything is kept.
  BatchItemView item;
  std::vector<Fork> forks;
  ChangeBatchReader check = reader;
  for (bool done = false;;) {
    DOSQL_TRY(check.Next(&item, &done));
    if (done) break;
    if (item.kind == BatchItem::kIncarnation) forks.push_back({item.parent, item.lsn});
  }
  Source* source = FindSource(reader.database_id());
  bool repeated;
  DOSQL_TRY(CheckPlace(reader, forks, *source, &repeated, diag));
  if (repeated) return Status::Ok();
  std::vector<Fork>& past = source->past;
  past.insert(past.end(), forks.begin(), forks.end());
  if (past.size() > kPastMax) past.erase(past.begin(), past.end() - kPastMax);
  for (bool done = false;;) {
    DOSQL_TRY(reader.Next(&item, &done));
    if (done) break;
    if (item.kind == BatchItem::kTable) {
      if (EqualsIgnoringCase(item.text, name_)) {
        DOSQL_TRY(TakeColumns(source, item, diag));
      } else if (source->table == static_cast<int32_t>(item.table.value)) {
        source->table = -1;  // it has another name now
      }
    } else if (item.kind == BatchItem::kChange &&
               source->table == static_cast<int32_t>(item.table.value)) {
      DOSQL_TRY(TakeChange(source, item.change));
    }
  }
  source->at = reader.end();
  source->moved = moved_ = *taken = true;
  return Status::Ok();
}

Status LakeTable::WriteData(const std::string& prefix, SnapshotChange* change, FlushOutput* out) {
  std::vector<RowPlace> dead;
  const uint32_t file = static_cast<uint32_t>(data_files_.size());
  StringSink sink;
  ParquetWriter writer(&sink, schema_, {}, {{"iceberg.schema", SchemaText(schema_)}});
  RowColumns columns(schema_);
  uint32_t position = 0;
  for (const PendingRow& row : buffer_.rows()) {
    // An insert too may find a row: the source was copied before its stream began.
    RowPlace place;
    bool found;
    DOSQL_TRY(index_->Find(row.key, &place, &found));
    if (found) dead.push_back(place);
    if (!row.live) {
      if (found) DOSQL_TRY(index_->Erase(row.key));
      continue;
    }
    DOSQL_TRY(columns.Add(layouts_[row.layout], row.key, AsBytes(row.row)));
    DOSQL_TRY(index_->Put(row.key, {file, position++}));
    if (columns.rows() < kRowGroupRows) continue;
    DOSQL_TRY(writer.WriteRows(columns.columns(), columns.rows()));
    columns.Clear();
  }
  misfits_ += columns.misfits();
  if (position > 0) {
    DOSQL_TRY(writer.WriteRows(columns.columns(), columns.rows()));
    FileSummary summary;
    DOSQL_TRY(writer.Finish(&summary));
    data_files_.push_back(prefix + "-00000.parquet");
    change->added.push_back(FactsOf(summary, FileContent::kData, data_files_.back()));
    out->files.push_back({data_files_.back(), std::move(sink.bytes)});
  }
  out->rows = position;
  out->deletes = static_cast<int64_t>(dead.size());
  return dead.empty() ? Status::Ok() : WriteDeletes(prefix, std::move(dead), change, out);
}

// Sorted by path and position, as the spec asks.
Status LakeTable::WriteDeletes(const std::string& prefix, std::vector<RowPlace> places,
                               SnapshotChange* change, FlushOutput* out) {
  std::sort(places.begin(), places.end(), [&](const RowPlace& a, const RowPlace& b) {
    if (a.file != b.file) return data_files_[a.file] < data_files_[b.file];
    return a.position < b.position;
  });
  std::vector<Column> columns(2);
  for (const RowPlace& place : places) {
    columns[0].heap += data_files_[place.file];
    columns[0].ends.push_back(static_cast<uint32_t>(columns[0].heap.size()));
    columns[1].ints.push_back(place.position);
  }
  columns[0].rows = columns[1].rows = static_cast<uint32_t>(places.size());
  const Schema schema = PositionDeleteSchema();
  StringSink sink;
  ParquetWriter writer(&sink, schema);
  DOSQL_TRY(writer.WriteRows(columns, columns[0].rows));
  FileSummary summary;
  DOSQL_TRY(writer.Finish(&summary));
  const std::string path = prefix + "-00001-deletes.parquet";
  change->added.push_back(FactsOf(summary, FileContent::kPositionDeletes, path));
  if (places.front().file == places.back().file)
    change->added.back().referenced_data_file = data_files_[places.front().file];
  out->files.push_back({path, std::move(sink.bytes)});
  return Status::Ok();
}

Status LakeTable::Flush(const FlushInput& input, FlushOutput* out, Diag* diag) {
  if (schema_.fields.empty())
    return diag->Set(Code::kNoSuchObject, Words({"no source has told the columns of ", name_}));
  if (input.entropy.size() != kFlushEntropyBytes) return Code::kMisuse;
  const uint8_t* random = input.entropy.data();
  SnapshotNames names{SnapshotIdFrom(LoadLe<uint64_t>(random)), UuidText({random + 8, 16}),
                      std::string(dosql::AsText({random + 24, 16}))};
  *out = FlushOutput();
  if (metadata_.table_uuid.empty()) {
    metadata_ = NewTable(schema_, PartitionSpec(), SortOrder(), location_, uuid_, input.now_ms);
    schema_changed_ = false;
  } else if (schema_changed_) {
    schema_.id = metadata_.schemas.back().id + 1;
    metadata_.schemas.push_back({schema_.id, SchemaText(schema_)});
    metadata_.current_schema_id = schema_.id;
    schema_changed_ = false;
  }
  metadata_.last_column_id = std::max(metadata_.last_column_id, last_column_id_);
  SnapshotChange change;
  DOSQL_TRY(WriteData(location_ + "/data/" + UuidText({random + 40, 16}), &change, out));
  change.operation = out->deletes == 0 ? Operation::kAppend
                     : out->rows == 0  ? Operation::kDelete
                                       : Operation::kOverwrite;
  for (Source& s : sources_) {
    if (!s.moved) continue;
    change.custom.push_back(
        {"dolake.source." + HexText(s.id), std::to_string(s.at.incarnation) + ":" +
                                               std::to_string(s.at.lsn.value) + ":" +
                                               std::to_string(s.at.changes)});
    s.moved = false;
  }
  ManifestSet set;
  DOSQL_TRY(WriteManifests(metadata_, names, change, &set, diag));
  SnapshotTarget target;
  target.base = &metadata_;
  target.base_location = metadata_path_;
  if (metadata_.current_snapshot_id != kNoSnapshot) target.parent_manifests = &manifests_;
  target.now_ms = input.now_ms;
  target.metadata_uuid = UuidText({random + 56, 16});
  BuiltSnapshot built;
  DOSQL_TRY(BuildSnapshot(set, names, target, &built, diag));
  for (OutputFile& f : set.files) out->files.push_back(std::move(f));
  DOSQL_TRY(ReadManifestList(built.manifest_list.bytes, &manifests_));
  out->snapshot_id = built.snapshot.id;
  out->metadata_path = metadata_path_ = built.metadata_file.path;
  out->files.push_back(std::move(built.manifest_list));
  out->files.push_back(std::move(built.metadata_file));
  metadata_ = std::move(built.metadata);
  buffer_.Clear();
  moved_ = false;
  return Status::Ok();
}

}  // namespace dosql::lake
