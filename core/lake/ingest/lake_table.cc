#include "core/lake/ingest/lake_table.h"

#include <algorithm>
#include <cstring>

#include "core/lake/iceberg/create_table.h"
#include "core/lake/iceberg/metadata_json.h"
#include "core/lake/iceberg/schema_json.h"
#include "core/lake/ingest/hex_text.h"
#include "core/lake/ingest/merged_rows.h"
#include "core/lake/ingest/type_mapping.h"
#include "core/lake/ingest/write_options.h"
#include "core/lake/ingest/written_file.h"
#include "core/type/compare.h"

namespace dosql::lake {
namespace {

// The snapshots of a table that flushes every few seconds would fill its metadata: past the one
// number, all but the newest of the other go, and those that a branch or tag names.
constexpr size_t kSnapshotsMax = 500;
constexpr size_t kSnapshotsKept = 400;
constexpr size_t kFormerNames = 256;
// What a source's own column of kOverflowColumn's name is called.
constexpr std::string_view kSourcesOverflow = "_overflow_";

Field NamedField(int32_t id, std::string_view name, Type type) {
  Field f;
  f.id = id;
  f.name = name;
  f.type = std::move(type);
  return f;
}

Json CurrentSchema() { return {{"action", "set-current-schema"}, {"schema-id", -1}}; }

// Decimals of more than 18 digits were doubles once. A table that has one so keeps it: in another
// column its rows would have nulls.
bool WasDouble(const RowLayout& before, std::string_view name, const Field& field,
               const Type& type) {
  if (type.kind != TypeKind::kDecimal || type.precision <= 18 ||
      field.type.kind != TypeKind::kDouble)
    return false;
  return std::any_of(before.cells.begin(), before.cells.end(), [&](const RowLayout::Cell& cell) {
    return cell.name == name && cell.field_id == field.id;
  });
}

}  // namespace

Status LakeTable::Open() {
  DOSQL_TRY(LoadState(store_, &state_));
  DOSQL_TRY(LoadSources(store_, &sources_));
  DOSQL_TRY(LoadLayouts(store_, &layouts_));
  DOSQL_TRY(files_.Open());
  saved_layouts_ = layouts_.size();
  for (const Source& s : sources_)
    if (s.layout >= static_cast<int64_t>(layouts_.size())) return Code::kCorrupt;
  return Status::Ok();
}

Status LakeTable::Use(const CatalogState& state, Diag* diag) {
  DOSQL_TRY(ParseTableMetadata(state.metadata, &metadata_, diag));
  // Made by a flush that was not remembered here.
  if (!made()) {
    state_.uuid = metadata_.table_uuid;
    state_.location = metadata_.location;
  }
  if (metadata_.table_uuid != state_.uuid)
    return diag->Set(Code::kStale, "the lake's table was replaced by another of its name");
  const TableSchema* schema = metadata_.FindSchema(metadata_.current_schema_id);
  if (schema == nullptr) return Code::kCorrupt;
  DOSQL_TRY(ParseSchema(schema->json, &schema_, diag));
  last_column_id_ = metadata_.last_column_id;
  metadata_path_ = state.path;
  manifests_.clear();
  if (state.manifest_list.empty()) return Status::Ok();
  return ReadManifestList(state.manifest_list, &manifests_);
}

uint32_t LakeTable::FindSource(const uint8_t* id) const {
  const std::string_view name(reinterpret_cast<const char*>(id), 16);
  uint32_t i = 0;
  while (i < sources_.size() && sources_[i].id != name) i++;
  return i;
}

std::string_view LakeTable::TokenOf(Bytes batch) const {
  ChangeBatchReader reader;
  if (!reader.Open(batch).ok()) return {};
  const uint32_t i = FindSource(reader.database_id());
  return i < sources_.size() ? std::string_view(sources_[i].token) : std::string_view();
}

// Where a batch begins must be where the source's last one ended. The first part of a copy tells
// all anew, so it may begin anywhere.
Status LakeTable::CheckPlace(const ChangeBatchReader& reader,
                             const std::vector<Source::Fork>& forks, const Source& source,
                             bool* repeated, Diag* diag) const {
  const FollowPosition from = reader.begin(), to = reader.end();
  const uint32_t part = reader.part();
  // Taken before: it ends in a history that the lake has, at or before the lake's place there.
  *repeated = to.incarnation == source.at.incarnation && to.Compare(source.at) <= 0;
  for (const Source::Fork& past : source.past)
    *repeated |= to.incarnation == past.parent && !to.Passed(past.lsn);
  *repeated &= part <= source.part;
  // Of two copies the later counts. The earlier was given up, and may be from an opening of the
  // database that is over and that the lake has not heard of.
  if (part == 1 && reader.copy_time() != source.copy_time)
    *repeated = reader.copy_time() < source.copy_time;
  if (*repeated || part == 1) return Status::Ok();
  bool went_back = from.incarnation != source.at.incarnation;
  for (const Source::Fork& f : forks)
    went_back |= f.parent == source.at.incarnation && source.at.Passed(f.lsn);
  if (went_back)
    return diag->Set(Code::kStale, "the source was put back to before what the lake has of it");
  if (from.Compare(source.at) == 0 && (part == 0 || part == source.part + 1)) return Status::Ok();
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

const Field* LakeTable::FindField(int32_t id) const {
  for (const Field& f : schema_.fields)
    if (f.id == id) return &f;
  return nullptr;
}

const Field* LakeTable::FieldOf(const Source& source, const BatchItemView& item,
                                std::string_view name, const RowLayout& taken) const {
  const std::vector<int32_t>& past = source.past_fields;
  auto has = [](const RowLayout& layout, int32_t id) {
    return std::any_of(layout.cells.begin(), layout.cells.end(),
                       [&](const RowLayout::Cell& cell) { return cell.field_id == id; });
  };
  auto free = [&](int32_t id) {
    return !has(taken, id) && std::find(past.begin(), past.end(), id) == past.end();
  };
  const RowLayout* before =
      source.layout < 0 ? nullptr : &layouts_[static_cast<size_t>(source.layout)];
  // By the source's own last columns first: another source may have renamed the lake's since.
  if (before != nullptr)
    for (const RowLayout::Cell& cell : before->cells)
      if (cell.name == name && FindField(cell.field_id) != nullptr && free(cell.field_id))
        return FindField(cell.field_id);
  for (const Field& f : schema_.fields)
    if (EqualsIgnoringCase(f.name, name) && f.name != kOverflowColumn && free(f.id)) return &f;
  // Or another source was quicker to rename it.
  for (size_t i = state_.former_names.size(); i-- > 0;) {
    const auto& [former, id] = state_.former_names[i];
    const Field* field = FindField(id);
    if (field == nullptr || !EqualsIgnoringCase(former, name) || !free(id) ||
        (before != nullptr && has(*before, id)))
      continue;
    bool named = false;
    for (const BatchColumn& c : item.columns) named |= EqualsIgnoringCase(c.name, field->name);
    if (!named) return field;
  }
  return nullptr;
}

Status LakeTable::Rename(int32_t id, std::string name, Diag* diag) {
  std::vector<std::pair<std::string, int32_t>>& former = state_.former_names;
  SchemaChange change;
  change.kind = ChangeKind::kRename;
  change.name = FindField(id)->name;
  change.new_name = std::move(name);
  former.emplace_back(change.name, id);
  if (former.size() > kFormerNames) former.erase(former.begin());
  return Change(change, &id, diag);
}

Status LakeTable::TakeColumns(Source* source, BatchItemView item, Diag* diag) {
  for (BatchColumn& column : item.columns) {
    // The schema's JSON could not say it.
    if (!IsUtf8(column.name)) return Code::kCorrupt;
    if (EqualsIgnoringCase(column.name, kOverflowColumn)) column.name = kSourcesOverflow;
  }
  RowLayout layout;
  const RowLayout* before =
      source->layout >= 0 && source->table == static_cast<int32_t>(item.table.value)
          ? &layouts_[static_cast<size_t>(source->layout)]
          : nullptr;
  source->table = static_cast<int32_t>(item.table.value);
  if (schema_.fields.empty())
    schema_.fields.push_back(
        NamedField(++last_column_id_, kOverflowColumn, Type{TypeKind::kString, 0, 0, {}}));
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
    const Field* field = FieldOf(*source, item, column.name, layout);
    SchemaChange change;
    // Another type is another column; where files are laid out by the old one, that stays.
    if (field != nullptr && IsLaidOut(field->id) && field->type != type &&
        !CanWiden(type, field->type) && !CanWiden(field->type, type))
      field = nullptr;
    if (field == nullptr) {
      // The name may be that of a field which other sources still have.
      for (const Field& f : schema_.fields) {
        if (!EqualsIgnoringCase(f.name, column.name)) continue;
        DOSQL_TRY(Rename(f.id, Words({f.name, "_", std::to_string(f.id)}), diag));
        break;
      }
    }
    if (field == nullptr && same_count && differ == 1 && before->cells[c].name != column.name &&
        FindField(before->cells[c].field_id) != nullptr) {
      cell.field_id = before->cells[c].field_id;
      DOSQL_TRY(Rename(cell.field_id, std::string(column.name), diag));
    } else if (field == nullptr) {
      change.kind = ChangeKind::kAdd;
      change.name = column.name;
      change.type = type;
      DOSQL_TRY(Change(change, &cell.field_id, diag));
    } else if (field->type == type || CanWiden(type, field->type) ||
               (before != nullptr && WasDouble(*before, column.name, *field, type))) {
      cell.field_id = field->id;
    } else {
      change.kind = CanWiden(field->type, type) ? ChangeKind::kWiden : ChangeKind::kReplace;
      change.name = field->name;
      change.type = type;
      DOSQL_TRY(Change(change, &cell.field_id, diag));
    }
    layout.cells.push_back(std::move(cell));
  }
  // Every batch says the columns again, and many sources have the same.
  if (before != nullptr && *before == layout) return Status::Ok();
  if (source->layout >= 0) {
    for (const RowLayout::Cell& old : layouts_[static_cast<size_t>(source->layout)].cells) {
      bool kept = false;
      for (const RowLayout::Cell& cell : layout.cells) kept |= cell.field_id == old.field_id;
      if (!kept) source->past_fields.push_back(old.field_id);
    }
  }
  size_t number = 0;
  while (number < layouts_.size() && !(layouts_[number] == layout)) number++;
  source->layout = static_cast<int32_t>(number);
  if (number == layouts_.size()) layouts_.push_back(std::move(layout));
  return DropUnused(diag);
}

bool LakeTable::IsLaidOut(int32_t field_id) const {
  const auto names = [&](const auto& f) { return f.source_id == field_id; };
  for (const PartitionSpec& spec : metadata_.specs)
    if (std::any_of(spec.fields.begin(), spec.fields.end(), names)) return true;
  const SortOrder* order = metadata_.FindSortOrder(metadata_.default_sort_order_id);
  return order != nullptr && std::any_of(order->fields.begin(), order->fields.end(), names);
}

// What no source has any more goes; ids are not given again. What files are laid out by stays:
// readers look up its type.
Status LakeTable::DropUnused(Diag* diag) {
  std::vector<bool> in_use(layouts_.size());
  for (const Source& s : sources_)
    if (s.layout >= 0) in_use[static_cast<size_t>(s.layout)] = true;
  for (size_t f = 0; f + 1 < schema_.fields.size();) {
    bool used = IsLaidOut(schema_.fields[f].id);
    for (size_t l = 0; l < layouts_.size() && !used; l++)
      for (const RowLayout::Cell& cell : layouts_[l].cells)
        used |= in_use[l] && cell.field_id == schema_.fields[f].id;
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

Status LakeTable::TakeChange(uint32_t source, const LogChange& change) {
  if (sources_[source].layout < 0) return Code::kCorrupt;
  const auto layout = static_cast<uint32_t>(sources_[source].layout);
  const std::string key = SourcePrefix(source) + std::string(dosql::AsText(change.key));
  if (change.op == LogOp::kDelete) {
    buffer_.Delete(key);
  } else {
    // What a flush could not write must not be taken.
    DOSQL_TRY(RowColumns::Check(layouts_[layout], change.key, change.after));
    buffer_.Put(key, change.op == LogOp::kInsert, layout, dosql::AsText(change.after));
  }
  return Status::Ok();
}

void LakeTable::Reset(uint32_t source) {
  buffer_.DropSource(SourcePrefix(source));
  if (std::find(resets_.begin(), resets_.end(), source) == resets_.end()) resets_.push_back(source);
}

Status LakeTable::TakeItem(uint32_t number, const BatchItemView& item, Diag* diag) {
  Source* source = &sources_[number];
  const bool ours = source->table == static_cast<int32_t>(item.table.value);
  switch (item.kind) {
    case BatchItem::kTable:
      if (EqualsIgnoringCase(item.text, name_)) return TakeColumns(source, item, diag);
      if (ours) source->table = -1;  // it has another name now
      break;
    case BatchItem::kChange: return ours ? TakeChange(number, item.change) : Status::Ok();
    case BatchItem::kCopy:
      if (ours && item.copy == CopyState::kBegins) Reset(number);
      break;
    case BatchItem::kGone:
      if (ours) Reset(number);
      if (ours) source->table = -1;
      break;
    default: break;
  }
  return Status::Ok();
}

Status LakeTable::Take(Bytes batch, std::string_view token, bool* taken, Diag* diag) {
  *taken = false;
  ChangeBatchReader reader;
  DOSQL_TRY(reader.Open(batch));
  // All of it is read once before anything is kept.
  BatchItemView item;
  std::vector<Source::Fork> forks;
  ChangeBatchReader check = reader;
  for (bool done = false;;) {
    DOSQL_TRY(check.Next(&item, &done));
    if (done) break;
    if (item.kind == BatchItem::kIncarnation) forks.push_back({item.parent, item.lsn});
    if (item.kind == BatchItem::kChange && item.change.after.size() > kRowBytesMax)
      return diag->Set(Code::kTooBig,
                       Words({"a row of ", name_, " has ", std::to_string(item.change.after.size()),
                              " bytes, and the lake takes 4 MB at most"}));
  }
  const uint32_t number = FindSource(reader.database_id());
  if (number < sources_.size()) {
    bool repeated;
    DOSQL_TRY(CheckPlace(reader, forks, sources_[number], &repeated, diag));
    if (repeated) return Status::Ok();
  } else if (reader.part() != 1) {
    return diag->Set(Code::kMisuse, "the source is unknown here: it begins with its copy");
  } else {
    sources_.emplace_back().id.assign(reinterpret_cast<const char*>(reader.database_id()), 16);
  }
  for (bool done = false;;) {
    DOSQL_TRY(reader.Next(&item, &done));
    if (done) break;
    DOSQL_TRY(TakeItem(number, item, diag));
  }
  Source& source = sources_[number];
  // A copy that begins elsewhere leaves the incarnation where the source was: what still comes from
  // there is late.
  const uint64_t left = source.at.incarnation;
  if (reader.part() == 1 && left != 0 && left != reader.end().incarnation)
    source.past.push_back({left, Lsn(~uint64_t{0})});
  source.past.insert(source.past.end(), forks.begin(), forks.end());
  if (source.past.size() > kPastMax)
    source.past.erase(source.past.begin(), source.past.end() - kPastMax);
  source.at = reader.end();
  if (reader.part() > 0) {
    source.part = reader.part();
    source.copy_time = reader.copy_time();
  }
  source.token = token;
  source.moved = *taken = true;
  return Status::Ok();
}

Status LakeTable::Save() {
  DOSQL_TRY(SaveState(store_, state_));
  for (; saved_layouts_ < layouts_.size(); saved_layouts_++)
    DOSQL_TRY(SaveLayout(store_, static_cast<uint32_t>(saved_layouts_), layouts_[saved_layouts_]));
  for (uint32_t i = 0; i < sources_.size(); i++) {
    if (!sources_[i].moved) continue;
    DOSQL_TRY(SaveSource(store_, i, sources_[i]));
    sources_[i].moved = false;
  }
  return Status::Ok();
}

Status LakeTable::Flush(const FlushInput& input, FlushOutput* out, Diag* diag) {
  if (flushing_) return Code::kTransaction;
  if (schema_.fields.empty())
    return diag->Set(Code::kNoSuchObject, Words({"no source has told the columns of ", name_}));
  if (input.entropy.size() != kFlushEntropyBytes) return Code::kMisuse;
  DOSQL_TRY(store_->Begin());
  flushing_ = true;
  names_ = FlushNames(input.entropy, metadata_.current_snapshot_id);
  *out = FlushOutput();
  const Snapshot* forgotten = metadata_.FindSnapshot(names_.snapshot_id);
  if (forgotten != nullptr) DOSQL_TRY(Adopt(*forgotten, diag));
  base_ = metadata_;
  new_schema_ = made() && schema_changed_;
  if (!made()) {
    state_.uuid = input.uuid;
    state_.location = input.location;
    base_ =
        NewTable(schema_, PartitionSpec(), SortOrder(), input.location, input.uuid, input.now_ms);
  } else if (schema_changed_) {
    // As the catalog numbers it: one that was there before has its number.
    bool known = false;
    for (const TableSchema& s : base_.schemas) {
      schema_.id = s.id;
      known = SchemaText(schema_) == s.json;
      if (known) break;
    }
    if (!known) {
      schema_.id = 0;
      for (const TableSchema& s : base_.schemas) schema_.id = std::max(schema_.id, s.id + 1);
      base_.schemas.push_back({schema_.id, SchemaText(schema_)});
    }
    base_.current_schema_id = schema_.id;
  }
  schema_changed_ = false;
  base_.last_column_id = std::max(base_.last_column_id, last_column_id_);
  SnapshotChange change;
  DOSQL_TRY(WriteData(input, &change, out, diag));
  change.operation = out->deletes == 0 ? Operation::kAppend
                     : out->rows == 0  ? Operation::kDelete
                                       : Operation::kOverwrite;
  for (const Source& s : sources_) {
    if (!s.moved) continue;
    change.custom.push_back(
        {"dolake.source." + HexText(s.id), std::to_string(s.at.incarnation) + ":" +
                                               std::to_string(s.at.lsn.value) + ":" +
                                               std::to_string(s.at.changes)});
  }
  DOSQL_TRY(Merge(input, &change, diag));
  DOSQL_TRY(WriteManifests(base_, names_, change, &set_, diag));
  for (const OutputFile& f : set_.files) out->files.push_back(f);
  DOSQL_TRY(Save());
  buffer_.Clear();
  resets_.clear();
  attempt_ = 0;
  if (forgotten == nullptr) return Build(input, 1, out, diag);
  // It was committed, and forgotten here.
  out->snapshot_id = names_.snapshot_id;
  out->files.clear();
  next_manifests_ = manifests_;
  return Status::Ok();
}

Status LakeTable::Build(const FlushInput& input, uint32_t attempt, FlushOutput* out, Diag* diag) {
  attempt_ = attempt;
  SnapshotTarget target;
  target.base = &base_;
  target.base_location = metadata_path_;
  if (base_.current_snapshot_id != kNoSnapshot) target.parent_manifests = &manifests_;
  target.now_ms = input.now_ms;
  target.attempt = attempt;
  target.metadata_uuid = FlushMetadataUuid(input.entropy);
  BuiltSnapshot built;
  DOSQL_TRY(BuildSnapshot(set_, names_, target, &built, diag));
  DOSQL_TRY(ReadManifestList(built.manifest_list.bytes, &next_manifests_));
  out->snapshot_id = built.snapshot.id;
  out->commit = CommitText(built.snapshot);
  out->files.push_back(std::move(built.manifest_list));
  out->metadata = std::move(built.metadata_file);
  return Status::Ok();
}

Json LakeTable::Expired() const {
  Json ids = Json::array();
  const std::vector<Snapshot>& all = base_.snapshots;
  if (all.size() < kSnapshotsMax) return ids;
  for (size_t i = 0; i + kSnapshotsKept < all.size(); i++) {
    const bool named = std::any_of(base_.refs.begin(), base_.refs.end(), [&](const SnapshotRef& r) {
      return r.snapshot_id == all[i].id;
    });
    if (!named && all[i].id != base_.current_snapshot_id) ids.push_back(all[i].id);
  }
  return ids;
}

Json LakeTable::AddSchema() const {
  return {{"action", "add-schema"},
          {"schema", SchemaToJson(schema_)},
          {"last-column-id", base_.last_column_id}};
}

// What makes the table as `base_` says.
void LakeTable::Create(Json* requirements, Json* updates) const {
  requirements->push_back({{"type", "assert-create"}});
  updates->push_back({{"action", "assign-uuid"}, {"uuid", base_.table_uuid}});
  updates->push_back({{"action", "upgrade-format-version"}, {"format-version", 2}});
  updates->push_back({{"action", "set-location"}, {"location", base_.location}});
  updates->push_back(AddSchema());
  updates->push_back(CurrentSchema());
  updates->push_back({{"action", "add-spec"}, {"spec", SpecToJson(base_.specs.front())}});
  updates->push_back({{"action", "set-default-spec"}, {"spec-id", -1}});
  updates->push_back(
      {{"action", "add-sort-order"}, {"sort-order", SortOrderToJson(base_.sort_orders.front())}});
  updates->push_back({{"action", "set-default-sort-order"}, {"sort-order-id", -1}});
}

Status LakeTable::CreateOnly(const FlushInput& input, std::string* commit) {
  if (made() || flushing_ || schema_.fields.empty()) return Code::kMisuse;
  base_ = NewTable(schema_, PartitionSpec(), SortOrder(), input.location, input.uuid, input.now_ms);
  Json requirements = Json::array(), updates = Json::array();
  Create(&requirements, &updates);
  *commit = DumpJson({{"requirements", requirements}, {"updates", updates}});
  return Status::Ok();
}

// What core/lake/iceberg/commit.h takes.
std::string LakeTable::CommitText(const Snapshot& snapshot) const {
  const bool creates = metadata_.table_uuid.empty();
  Json requirements = Json::array(), updates = Json::array();
  if (creates) {
    Create(&requirements, &updates);
  } else {
    requirements.push_back({{"type", "assert-table-uuid"}, {"uuid", base_.table_uuid}});
    Json parent;
    if (snapshot.parent_id != kNoSnapshot) parent = snapshot.parent_id;
    requirements.push_back(
        {{"type", "assert-ref-snapshot-id"}, {"ref", "main"}, {"snapshot-id", parent}});
    if (new_schema_) {
      // Which columns must stay depends on them.
      requirements.push_back(
          {{"type", "assert-default-spec-id"}, {"default-spec-id", base_.default_spec_id}});
      requirements.push_back({{"type", "assert-default-sort-order-id"},
                              {"default-sort-order-id", base_.default_sort_order_id}});
      updates.push_back(AddSchema());
      updates.push_back(CurrentSchema());
    }
  }
  if (Json ids = Expired(); !ids.empty())
    updates.push_back({{"action", "remove-snapshots"}, {"snapshot-ids", std::move(ids)}});
  updates.push_back({{"action", "add-snapshot"}, {"snapshot", SnapshotToJson(snapshot)}});
  updates.push_back({{"action", "set-snapshot-ref"},
                     {"ref-name", "main"},
                     {"type", "branch"},
                     {"snapshot-id", snapshot.id}});
  return DumpJson({{"requirements", requirements}, {"updates", updates}});
}

Status LakeTable::Rebase(const CatalogState& state, const FlushInput& input, FlushOutput* out,
                         Diag* diag) {
  if (!flushing_ || metadata_.table_uuid.empty()) return Code::kMisuse;
  TableMetadata theirs;
  std::vector<ManifestFile> manifests;
  DOSQL_TRY(ParseTableMetadata(state.metadata, &theirs, diag));
  if (!state.manifest_list.empty()) DOSQL_TRY(ReadManifestList(state.manifest_list, &manifests));
  DOSQL_TRY(
      CheckRebase(set_, metadata_, theirs, manifests, "main", RebaseRule::kDeletesStand, diag));
  if (new_schema_ &&
      (theirs.specs != metadata_.specs || theirs.default_spec_id != metadata_.default_spec_id ||
       theirs.default_sort_order_id != metadata_.default_sort_order_id))
    return diag->Set(Code::kStale, "the table's partition spec or sort order changed");
  // The new schema goes on top of theirs.
  std::vector<TableSchema> schemas = std::move(base_.schemas);
  const int32_t current = base_.current_schema_id, last = base_.last_column_id;
  metadata_ = theirs;
  base_ = std::move(theirs);
  base_.schemas = std::move(schemas);
  base_.current_schema_id = current;
  base_.last_column_id = std::max(base_.last_column_id, last);
  metadata_path_ = state.path;
  manifests_ = std::move(manifests);
  *out = FlushOutput();
  return Build(input, attempt_ + 1, out, diag);
}

Status LakeTable::Committed(std::string_view metadata, std::string_view path, Diag* diag) {
  if (!flushing_) return Code::kMisuse;
  TableMetadata next;
  DOSQL_TRY(ParseTableMetadata(metadata, &next, diag));
  if (next.FindSnapshot(set_.snapshot_id) == nullptr) return Code::kMisuse;
  DOSQL_TRY(store_->Commit());
  metadata_ = std::move(next);
  metadata_path_ = path;
  manifests_ = std::move(next_manifests_);
  flushing_ = false;
  return Status::Ok();
}

std::vector<std::string> LakeTable::ToCompact() const {
  const SortOrder* order = metadata_.FindSortOrder(metadata_.default_sort_order_id);
  const bool sorts = order != nullptr && !order->fields.empty();
  return files_.ToCompact(TargetFileBytes(metadata_.properties), sorts);
}

Status LakeTable::Compacted(std::string_view plan, const CatalogState& state, Diag* diag) {
  if (flushing_) return Code::kTransaction;
  TableMetadata next;
  std::vector<ManifestFile> manifests;
  DOSQL_TRY(ParseTableMetadata(state.metadata, &next, diag));
  DOSQL_TRY(ReadManifestList(state.manifest_list, &manifests));
  if (next.current_schema_id != metadata_.current_schema_id)
    return diag->Set(Code::kStale, "the table's schema changed");
  DOSQL_TRY(store_->Begin());
  // What batches since the last flush have changed is not to be kept yet.
  TableState saved;
  DOSQL_TRY(LoadState(store_, &saved));
  DOSQL_TRY(files_.Apply(plan, &saved.files));
  DOSQL_TRY(SaveState(store_, saved));
  DOSQL_TRY(store_->Commit());
  state_.files = saved.files;
  metadata_ = std::move(next);
  metadata_path_ = state.path;
  manifests_ = std::move(manifests);
  return Status::Ok();
}

}  // namespace dosql::lake
