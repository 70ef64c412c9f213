// The exports of dolake.wasm: thin words around core/lake. wasm/abi/dolake.def describes each.

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/diag.h"
#include "core/lake/iceberg/commit.h"
#include "core/lake/iceberg/create_table.h"
#include "core/lake/iceberg/table_metadata.h"
#include "core/lake/json/json.h"
#include "wasm/abi/dolake.gen.h"

namespace dosql::lake {
namespace {

// Told to the host by its address.
struct ResultBlock {
  uint32_t code = 0;
  uint32_t address = 0;
  uint32_t size = 0;
};

struct Module {
  std::string input;
  std::string answer;
  ResultBlock result;
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
  if (input.capacity() > (1u << 20) && size < (64 << 10)) std::string().swap(input);
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
