// The catalog's operations of dolake.wasm (wasm/abi/dolake.def) on requests of any bytes: REST
// bodies, metadata, manifests and lists. Each is answered or refused with a status and words.
//
// Input: u8 operation, then its parts, each a u16 size and its bytes; the last takes what is left.
// A part of size 0xffff is metadata, a list or a manifest of our own making.
#include "wasm/dolake.cc"

#include "core/lake/iceberg/snapshot_builder.h"
#include "tests/fuzz/fuzz_input.h"

using namespace dosql;
using namespace dosql::lake;

// The module's imports: the operations here use the one alone.
namespace dosql::abi::lake {
void entropy(int32_t, int32_t) {}
}  // namespace dosql::abi::lake

namespace dosql {
Status ImportHost::Get(RowKey, MutableBytes, uint32_t*) { return Code::kIo; }
Status ImportHost::GetPart(RowKey, uint32_t, MutableBytes) { return Code::kIo; }
Status ImportHost::Put(RowKey, Bytes) { return Code::kIo; }
Status ImportHost::PutIf(RowKey, Bytes, RowKey, Bytes) { return Code::kIo; }
Status ImportHost::Sync() { return Code::kIo; }
void ImportHost::ScheduleEndTurn() {}
void ImportHost::TrimLog(uint64_t) {}
int64_t ImportHost::NowMicros() { return 0; }
void ImportHost::Fill(MutableBytes) {}
}  // namespace dosql

namespace {

// What a table of one flush has.
struct Made {
  std::string metadata, list, manifest;
};

Made MakeTable() {
  Schema schema;
  schema.fields = {{1, "id", true, {.kind = TypeKind::kLong}, ""}};
  const TableMetadata base = NewTable(schema, {}, {}, "s3://b/t", "u", 1);
  DataFile file;
  file.path = "s3://b/t/data/dolake-1.parquet";
  file.record_count = 1;
  file.size_bytes = 100;
  SnapshotChange change;
  change.added.push_back(file);
  ManifestSet set;
  Diag diag;
  const SnapshotNames names{7, "uuid", std::string(16, 's')};
  if (!WriteManifests(base, names, change, &set, &diag).ok()) __builtin_trap();
  SnapshotTarget target;
  target.base = &base;
  target.now_ms = 2;
  target.attempt = 1;
  target.metadata_uuid = "m";
  BuiltSnapshot built;
  if (!BuildSnapshot(set, names, target, &built, &diag).ok()) __builtin_trap();
  return {built.metadata_file.bytes, built.manifest_list.bytes, set.files[0].bytes};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Made made = MakeTable();
  struct Shape {
    abi::lake::Operation operation;
    size_t parts;
    bool timed;  // the last part is a time
  };
  using Operation = abi::lake::Operation;
  static constexpr Shape kShapes[] = {
      {Operation::create_table, 4, true},    {Operation::apply_commit, 5, true},
      {Operation::parse_register, 1, false}, {Operation::check_metadata, 1, false},
      {Operation::refs_only, 1, false},      {Operation::split_transaction, 1, false},
      {Operation::new_snapshots, 2, false},  {Operation::removing_manifests, 2, false},
      {Operation::removed_file, 3, false},   {Operation::metadata_facts, 2, false},
      {Operation::named_files, 1, false},
  };
  FuzzInput in(data, size);
  const Shape& shape = kShapes[in.Take<uint8_t>() % std::size(kShapes)];
  std::vector<std::string> texts;
  const size_t given = shape.parts - shape.timed;
  for (size_t i = 0; i < given; i++) {
    const bool last = i + 1 == given;
    const uint16_t length = last && !in.empty() ? 0xfffe : in.Take<uint16_t>();
    if (length == 0xffff) {
      const uint8_t which = in.Take<uint8_t>() % 3;
      texts.push_back(which == 0 ? made.metadata : which == 1 ? made.list : made.manifest);
    } else {
      texts.emplace_back(dosql::AsText(in.TakeBytes(length)));
    }
  }
  if (shape.timed) texts.push_back("5");
  const Parts parts(texts.begin(), texts.end());
  std::string out;
  const CommitError error = Run(static_cast<int32_t>(shape.operation), parts, &out);
  if (!error.ok()) {
    if (error.http_status < 400 || error.type.empty() || error.message.empty()) __builtin_trap();
    Json body;
    Diag diag;
    if (!ParseJson(CommitErrorText(error), &body, &diag).ok()) __builtin_trap();
    return 0;
  }
  Parts answer;
  if (!ReadParts(out, &answer)) __builtin_trap();
  TableMetadata next;
  Diag diag;
  const size_t metadata = shape.operation == Operation::create_table ? 2 : 0;
  if ((shape.timed || shape.operation == Operation::refs_only) &&
      !ParseTableMetadata(answer[metadata], &next, &diag).ok())
    __builtin_trap();
  return 0;
}
