// The exports of dolake.wasm: thin words around core/lake. wasm/abi/dolake.def describes each.

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/diag.h"
#include "core/lake/iceberg/commit.h"
#include "core/lake/iceberg/create_table.h"
#include "core/lake/iceberg/manifest.h"
#include "core/lake/iceberg/manifest_format.h"
#include "core/lake/iceberg/table_metadata.h"
#include "core/lake/ingest/compaction.h"
#include "core/lake/ingest/lake_table.h"
#include "core/lake/json/json.h"
#include "wasm/abi/dolake.gen.h"
#include "wasm/import_host.h"

namespace dosql::lake {
namespace {

// Told to the host by its address.
struct ResultBlock {
  uint32_t code = 0;
  uint32_t address = 0;
  uint32_t size = 0;
};

constexpr size_t kStoreBytes = 40 << 20;  // of the table's store, its page cache included
constexpr uint32_t kCacheBytes = 12 << 20;

// The table that this instance serves, once it was opened.
struct OpenTable {
  ImportHost host{FaultModel::kTurnAtomic};
  ByteBudget budget{kStoreBytes};
  std::unique_ptr<LakeStore> store;
  std::unique_ptr<LakeTable> table;
};

struct Module {
  std::string input;
  std::string answer;
  ResultBlock result;
  std::unique_ptr<OpenTable> open;
  std::unique_ptr<Compaction> compaction;
};
Module& TheModule() {
  // The one object of static storage: made at the first call, never destroyed.
  alignas(Module) static unsigned char bytes[sizeof(Module)];
  static bool made = false;
  if (!made) new (bytes) Module();
  made = true;
  return *reinterpret_cast<Module*>(bytes);
}

uint32_t Address(const void* p) { return static_cast<uint32_t>(reinterpret_cast<uintptr_t>(p)); }

using Parts = std::vector<std::string_view>;

bool ReadParts(std::string_view bytes, Parts* out) {
  while (!bytes.empty()) {
    if (bytes.size() < 4) return false;
    const uint32_t size = LoadLe<uint32_t>(bytes.data());
    bytes.remove_prefix(4);
    if (size > bytes.size()) return false;
    out->push_back(bytes.substr(0, size));
    bytes.remove_prefix(size);
  }
  return true;
}

void PutPart(std::string_view part, std::string* out) {
  char size[4];
  StoreLe<uint32_t>(size, static_cast<uint32_t>(part.size()));
  out->append(size, sizeof size);
  out->append(part);
}

bool ReadNumber(std::string_view text, int64_t* out) {
  if (text.empty() || text.size() > 15) return false;
  *out = 0;
  for (char c : text) {
    if (c < '0' || c > '9') return false;
    *out = *out * 10 + (c - '0');
  }
  return true;
}

std::string Uuid(std::string_view given) {
  if (!given.empty()) return std::string(given);
  uint8_t bytes[16];
  abi::lake::entropy(static_cast<int32_t>(Address(bytes)), sizeof bytes);
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  std::string text;
  for (int i = 0; i < 16; i++) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text.push_back('-');
    text.push_back("0123456789abcdef"[bytes[i] >> 4]);
    text.push_back("0123456789abcdef"[bytes[i] & 15]);
  }
  return text;
}

CommitError Misuse() { return {500, "InternalServerError", "a request of the wrong shape"}; }

CommitError ReadMetadata(std::string_view text, TableMetadata* out) {
  Diag diag;
  if (ParseTableMetadata(text, out, &diag).ok()) return {};
  return BadRequest(Words({"the table's metadata cannot be read: ", diag.message}));
}

CommitError DoCreateTable(const Parts& parts, std::string* out) {
  CreateTableInput input{parts[0], parts[1], {}, 0};
  if (!ReadNumber(parts[3], &input.now_ms)) return Misuse();
  std::string uuid = Uuid(parts[2]);
  input.uuid = uuid;
  CreateTableResult made;
  if (CommitError e = CreateTable(input, &made); !e.ok()) return e;
  PutPart(made.name, out);
  PutPart(made.stage_create ? "1" : "", out);
  PutPart(TableMetadataText(made.metadata), out);
  PutPart(made.metadata.location, out);
  return {};
}

CommitError DoApplyCommit(const Parts& parts, std::string* out) {
  TableMetadata base, next;
  CommitInput input;
  if (!ReadNumber(parts[4], &input.now_ms)) return Misuse();
  if (!parts[0].empty()) {
    if (CommitError e = ReadMetadata(parts[0], &base); !e.ok()) return e;
    input.base = &base;
  }
  std::string requirements, updates, uuid = Uuid(parts[3]);
  if (CommitError e = SplitCommitBody(parts[2], &requirements, &updates); !e.ok()) return e;
  input.base_location = parts[1];
  input.requirements = requirements;
  input.updates = updates;
  input.new_uuid = uuid;
  if (CommitError e = ApplyCommit(input, &next); !e.ok()) return e;
  PutPart(TableMetadataText(next), out);
  PutPart(next.location, out);
  return {};
}

CommitError DoParseRegister(const Parts& parts, std::string* out) {
  RegisterTableResult request;
  if (CommitError e = ParseRegisterTable(parts[0], &request); !e.ok()) return e;
  PutPart(request.name, out);
  PutPart(request.metadata_location, out);
  PutPart(request.overwrite ? "1" : "", out);
  return {};
}

CommitError DoCheckMetadata(const Parts& parts, std::string* out) {
  TableMetadata metadata;
  if (CommitError e = ReadMetadata(parts[0], &metadata); !e.ok()) return e;
  PutPart(metadata.table_uuid, out);
  PutPart(metadata.location, out);
  return {};
}

CommitError DoRefsOnly(const Parts& parts, std::string* out) {
  TableMetadata metadata;
  if (CommitError e = ReadMetadata(parts[0], &metadata); !e.ok()) return e;
  auto is_named = [&](const Snapshot& s) {
    return s.id == metadata.current_snapshot_id ||
           std::any_of(metadata.refs.begin(), metadata.refs.end(),
                       [&](const SnapshotRef& ref) { return ref.snapshot_id == s.id; });
  };
  auto& all = metadata.snapshots;
  all.erase(std::remove_if(all.begin(), all.end(), [&](const Snapshot& s) { return !is_named(s); }),
            all.end());
  PutPart(TableMetadataText(metadata), out);
  return {};
}

CommitError DoSplitTransaction(const Parts& parts, std::string* out) {
  Json body;
  Diag diag;
  if (!ParseJson(parts[0], &body, &diag).ok()) return BadRequest(diag.message);
  const Json::array_t* changes;
  if (!AsArray(Find(body, "table-changes"), &changes) || changes->empty())
    return BadRequest("the transaction has no table-changes");
  for (const Json& change : *changes) {
    const Json* identifier = Find(change, "identifier");
    if (identifier == nullptr) return BadRequest("a change of the transaction has no identifier");
    PutPart(DumpJson(*identifier), out);
    PutPart(DumpJson(change), out);
  }
  return {};
}

CommitError DoNewSnapshots(const Parts& parts, std::string* out) {
  TableMetadata before, after;
  if (CommitError e = ReadMetadata(parts[0], &before); !e.ok()) return e;
  if (CommitError e = ReadMetadata(parts[1], &after); !e.ok()) return e;
  for (const Snapshot& s : after.snapshots) {
    if (before.FindSnapshot(s.id) != nullptr) continue;
    PutPart(std::to_string(s.id), out);
    PutPart(s.manifest_list, out);
  }
  return {};
}

CommitError DoRemovingManifests(const Parts& parts, std::string* out) {
  std::vector<ManifestFile> manifests;
  if (!ReadManifestList(parts[0], &manifests).ok())
    return BadRequest("a snapshot's manifest list cannot be read");
  for (const ManifestFile& m : manifests)
    if (m.content == ManifestContent::kData && m.deleted_files != 0 &&
        std::to_string(m.added_snapshot_id) == parts[1])
      PutPart(m.path, out);
  return {};
}

CommitError DoRemovedFile(const Parts& parts, std::string* out) {
  ManifestReader reader;
  const std::vector<Field> fields;
  bool more = reader.Open(parts[0], ManifestFile(), &fields).ok();
  if (!more) return BadRequest("a snapshot's manifest cannot be read");
  for (ManifestEntry entry; more;) {
    if (!reader.Next(&more, &entry).ok()) return BadRequest("a snapshot's manifest cannot be read");
    const bool removed = more && !entry.live() && entry.snapshot_id &&
                         std::to_string(*entry.snapshot_id) == parts[1];
    if (!removed || entry.file.path.find(parts[2]) == std::string::npos) continue;
    PutPart(entry.file.path, out);
    return {};
  }
  PutPart("", out);
  return {};
}

CommitError DoNamedFiles(const Parts& parts, std::string* out) {
  AvroReader reader;
  bool more = false;
  Status s = reader.Open(parts[0]);
  while (s.ok()) {
    s = reader.Next(&more);
    if (!s.ok() || !more) break;
    const AvroNode* path = reader.Find(0, kManifestPath);
    const AvroNode* status = reader.Find(0, kEntryStatus);
    if (const AvroNode* file = reader.Find(0, kEntryDataFile))
      path = reader.Find(reader.IndexOf(file), kFilePath);
    if (path == nullptr) s = Code::kCorrupt;
    const bool removed =
        status != nullptr && status->i == static_cast<int64_t>(EntryStatus::kDeleted);
    if (path != nullptr && !removed) PutPart(path->bytes, out);
  }
  return s.ok() ? CommitError() : BadRequest("this is no manifest, and no list of them");
}

// ----------------------------------------------------------------------------------------- tables

CommitError Failed(Status s, const Diag& diag) {
  const std::string words = diag.message.empty() ? std::string(CodeName(s.code())) : diag.message;
  return {500, "InternalServerError", Words({"the lake's table: ", words})};
}

std::string_view ManifestListOf(const TableMetadata& metadata) {
  const Snapshot* current = metadata.FindSnapshot(metadata.current_snapshot_id);
  return current == nullptr ? std::string_view() : std::string_view(current->manifest_list);
}

// They may be most of the memory there is: not three times at once, and each goes when it is there.
void PutFiles(std::vector<OutputFile>* files, std::string* out) {
  size_t bytes = out->size();
  for (const OutputFile& file : *files) bytes += file.path.size() + file.bytes.size() + 8;
  out->reserve(bytes);
  for (OutputFile& file : *files) {
    PutPart(file.path, out);
    PutPart(file.bytes, out);
    std::string().swap(file.bytes);
  }
}

CommitError DoMetadataFacts(const Parts& parts, std::string* out) {
  TableMetadata metadata;
  if (CommitError e = ReadMetadata(parts[0], &metadata); !e.ok()) return e;
  const Bytes entropy = AsBytes(parts[1]);
  const bool has = entropy.size() == kFlushEntropyBytes &&
                   metadata.FindSnapshot(FlushSnapshotId(entropy)) != nullptr;
  PutPart(metadata.table_uuid, out);
  PutPart(metadata.location, out);
  PutPart(ManifestListOf(metadata), out);
  PutPart(has ? "1" : "", out);
  return {};
}

CommitError DoTableOpen(const Parts& parts, std::string* out) {
  auto& open = TheModule().open;
  open = std::make_unique<OpenTable>();
  Diag diag;
  Status s = LakeStore::Open(open->host.host(), &open->budget, kCacheBytes, &open->store);
  if (!s.ok()) return Failed(s, diag);
  open->table = std::make_unique<LakeTable>(parts[0], open->store.get());
  s = open->table->Open();
  if (!s.ok()) return Failed(s, diag);
  PutPart(open->table->made() ? "1" : "", out);
  return {};
}

LakeTable* TheTable() {
  return TheModule().open == nullptr ? nullptr : TheModule().open->table.get();
}

CommitError DoTableUse(const Parts& parts, std::string*) {
  if (TheTable() == nullptr) return Misuse();
  Diag diag;
  const Status s = TheTable()->Use({parts[0], parts[1], parts[2]}, &diag);
  return s.ok() ? CommitError() : Failed(s, diag);
}

CommitError DoTableTake(const Parts& parts, std::string* out) {
  if (TheTable() == nullptr) return Misuse();
  Diag diag;
  bool taken;
  const Bytes batch = AsBytes(parts[0]);
  const Status s = TheTable()->Take(batch, parts[1], &taken, &diag);
  const bool place = s.code() == Code::kMisuse || s.code() == Code::kStale;
  if (!s.ok() && !place) return Failed(s, diag);
  PutPart(s.ok() ? taken ? "taken" : "repeated" : s.code() == Code::kMisuse ? "gap" : "back", out);
  PutPart(TheTable()->TokenOf(batch), out);
  PutPart(diag.message, out);
  return {};
}

CommitError DoTableStatus(const Parts&, std::string* out) {
  if (TheTable() == nullptr) return Misuse();
  PutPart(TheTable()->pending() ? "1" : "", out);
  PutPart(std::to_string(TheTable()->pending_bytes()), out);
  PutPart(std::to_string(TheTable()->sources()), out);
  PutPart(std::to_string(TheTable()->misfits()), out);
  const TableLayout layout = TheTable()->Layout();
  PutPart(std::to_string(layout.spec_id), out);
  PutPart(std::to_string(layout.sort_order_id), out);
  PutPart(layout.write_properties, out);
  return {};
}

CommitError DoTableToMerge(const Parts&, std::string* out) {
  if (TheTable() == nullptr) return Misuse();
  for (const std::string& path : TheTable()->ToMerge()) PutPart(path, out);
  return {};
}

CommitError DoTableFlush(const Parts& parts, std::string* out) {
  FlushInput input{AsBytes(parts[0]), 0, parts[2], parts[3]};
  int64_t spec, order;
  if (TheTable() == nullptr || !ReadNumber(parts[1], &input.now_ms) ||
      !ReadNumber(parts[4], &spec) || !ReadNumber(parts[5], &order) ||
      !ReadParts(parts[7], &input.merge))
    return Misuse();
  input.write_properties = parts[6];
  input.spec_id = static_cast<int32_t>(spec);
  input.sort_order_id = static_cast<int32_t>(order);
  Diag diag;
  FlushOutput flush;
  const Status s = TheTable()->Flush(input, &flush, &diag);
  if (!s.ok()) return Failed(s, diag);
  PutPart(flush.commit, out);
  PutPart(std::to_string(flush.rows), out);
  PutPart(std::to_string(flush.deletes), out);
  PutFiles(&flush.files, out);
  return {};
}

CommitError DoTableCreate(const Parts& parts, std::string* out) {
  FlushInput input{{}, 0, parts[1], parts[2]};
  if (TheTable() == nullptr || !ReadNumber(parts[0], &input.now_ms)) return Misuse();
  std::string commit;
  const Status s = TheTable()->CreateOnly(input, &commit);
  if (!s.ok()) return Failed(s, Diag());
  PutPart(commit, out);
  return {};
}

CommitError DoTableRebase(const Parts& parts, std::string* out) {
  FlushInput input{AsBytes(parts[0]), 0, {}, {}};
  if (TheTable() == nullptr || input.entropy.size() != kFlushEntropyBytes ||
      !ReadNumber(parts[1], &input.now_ms))
    return Misuse();
  Diag diag;
  FlushOutput flush;
  const Status s = TheTable()->Rebase({parts[2], parts[3], parts[4]}, input, &flush, &diag);
  if (!s.ok()) return Failed(s, diag);
  PutPart(flush.commit, out);
  PutFiles(&flush.files, out);
  return {};
}

CommitError DoTableCommitted(const Parts& parts, std::string*) {
  if (TheTable() == nullptr) return Misuse();
  Diag diag;
  const Status s = TheTable()->Committed(parts[0], parts[1], &diag);
  return s.ok() ? CommitError() : Failed(s, diag);
}

CommitError DoTableToCompact(const Parts&, std::string* out) {
  if (TheTable() == nullptr) return Misuse();
  for (const std::string& path : TheTable()->ToCompact()) PutPart(path, out);
  return {};
}

CommitError DoTableCompacted(const Parts& parts, std::string*) {
  if (TheTable() == nullptr) return Misuse();
  Diag diag;
  const Status s = TheTable()->Compacted(parts[0], {parts[1], parts[2], parts[3]}, &diag);
  return s.ok() ? CommitError() : Failed(s, diag);
}

// ------------------------------------------------------------------------------------- compaction

void PutWanted(const FilePart& part, std::string* out) {
  PutPart(part.path, out);
  PutPart(std::to_string(part.from), out);
  PutPart(std::to_string(part.to), out);
}

CommitError DoCompactionBegin(const Parts& parts, std::string* out) {
  CompactionInput input;
  input.state = {parts[0], parts[1], parts[2]};
  input.entropy = AsBytes(parts[5]);
  if (!ReadParts(parts[3], &input.manifests) || !ReadParts(parts[4], &input.paths) ||
      !ReadNumber(parts[6], &input.now_ms))
    return Misuse();
  auto& compaction = TheModule().compaction;
  compaction = std::make_unique<Compaction>();
  const Status s = compaction->Begin(input);
  if (!s.ok()) return Failed(s, compaction->diag());
  PutWanted(compaction->wanted(), out);
  for (std::string_view path : compaction->Whole()) PutPart(path, out);
  return {};
}

CommitError DoCompactionTake(const Parts& parts, std::string* out) {
  Compaction* compaction = TheModule().compaction.get();
  if (compaction == nullptr) return Misuse();
  FilePiece piece;
  const Status s = compaction->Take(parts[0], &piece);
  if (!s.ok()) return Failed(s, compaction->diag());
  // Growing would take three times as much for a moment.
  out->reserve(piece.bytes.size() + (4 << 10));
  PutWanted(compaction->wanted(), out);
  PutPart(piece.path, out);
  PutPart(piece.bytes, out);
  PutPart(piece.ends ? "1" : "", out);
  return {};
}

CommitError DoCompactionFinish(const Parts&, std::string* out) {
  Compaction* compaction = TheModule().compaction.get();
  if (compaction == nullptr) return Misuse();
  CompactionOutput output;
  const Status s = compaction->Finish(&output);
  if (!s.ok()) return Failed(s, compaction->diag());
  PutPart(output.commit, out);
  PutPart(output.plan, out);
  PutFiles(&output.files, out);
  return {};
}

CommitError Run(int32_t operation, const Parts& parts, std::string* out) {
  using Operation = abi::lake::Operation;
  struct Entry {
    Operation operation;
    size_t parts;
    CommitError (*run)(const Parts&, std::string*);
  };
  static constexpr Entry kEntries[] = {
      {Operation::create_table, 4, DoCreateTable},
      {Operation::apply_commit, 5, DoApplyCommit},
      {Operation::parse_register, 1, DoParseRegister},
      {Operation::check_metadata, 1, DoCheckMetadata},
      {Operation::refs_only, 1, DoRefsOnly},
      {Operation::split_transaction, 1, DoSplitTransaction},
      {Operation::new_snapshots, 2, DoNewSnapshots},
      {Operation::removing_manifests, 2, DoRemovingManifests},
      {Operation::removed_file, 3, DoRemovedFile},
      {Operation::named_files, 1, DoNamedFiles},
      {Operation::metadata_facts, 2, DoMetadataFacts},
      {Operation::table_open, 1, DoTableOpen},
      {Operation::table_use, 3, DoTableUse},
      {Operation::table_take, 2, DoTableTake},
      {Operation::table_status, 0, DoTableStatus},
      {Operation::table_to_merge, 0, DoTableToMerge},
      {Operation::table_flush, 8, DoTableFlush},
      {Operation::table_create, 3, DoTableCreate},
      {Operation::table_rebase, 5, DoTableRebase},
      {Operation::table_committed, 2, DoTableCommitted},
      {Operation::table_to_compact, 0, DoTableToCompact},
      {Operation::table_compacted, 4, DoTableCompacted},
      {Operation::compaction_begin, 7, DoCompactionBegin},
      {Operation::compaction_take, 1, DoCompactionTake},
      {Operation::compaction_finish, 0, DoCompactionFinish},
  };
  for (const Entry& entry : kEntries) {
    if (static_cast<int32_t>(entry.operation) != operation) continue;
    return parts.size() == entry.parts ? entry.run(parts, out) : Misuse();
  }
  return {500, "InternalServerError", "no such operation"};
}

}  // namespace
}  // namespace dosql::lake

namespace dosql::abi::lake {

using dosql::lake::TheModule;

int32_t abi_version() { return kAbiVersion; }

int32_t input(int32_t size) {
  std::string& input = TheModule().input;
  // A region grown for one huge request is given back when the next one is small.
  // And the old one before a larger one is made.
  const auto wanted = static_cast<uint32_t>(size);
  if (input.capacity() < wanted || (input.capacity() > (1u << 20) && wanted < (64u << 10)))
    std::string().swap(input);
  input.resize(static_cast<uint32_t>(size));
  return static_cast<int32_t>(dosql::lake::Address(input.data()));
}

int32_t call(int32_t operation, int32_t size) {
  auto& module = TheModule();
  std::string().swap(module.answer);
  dosql::lake::Parts parts;
  dosql::lake::CommitError error = dosql::lake::Misuse();
  std::string_view request = module.input;
  if (dosql::lake::ReadParts(request.substr(0, static_cast<uint32_t>(size)), &parts))
    error = dosql::lake::Run(operation, parts, &module.answer);
  if (!error.ok()) module.answer = dosql::lake::CommitErrorText(error);
  module.result = {static_cast<uint32_t>(error.http_status),
                   dosql::lake::Address(module.answer.data()),
                   static_cast<uint32_t>(module.answer.size())};
  return static_cast<int32_t>(dosql::lake::Address(&module.result));
}

void trap_for_test() { std::abort(); }

}  // namespace dosql::abi::lake
