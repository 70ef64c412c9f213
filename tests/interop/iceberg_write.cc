// iceberg_write: a table of several snapshots on local disk, or a listing of one.
//
//   iceberg_write write PLAN FOLDER   by the plan; prints "created METADATA" for the empty table
//   and
//                                     "snapshot ID METADATA" for each snapshot
//   iceberg_write list METADATA       the live files of the current snapshot:
//                                     "CONTENT SEQUENCE RECORDS DAY BUCKET PATH" ("-" for null)
//   iceberg_write copy METADATA OUT   the metadata, parsed and written again
//
//   plan     := line*; the files are there already
//   line     := "snapshot" OPERATION
//             | "data" | "deletes"  FILE RECORDS DAY NAME ID_MIN ID_MAX    (DAY or NAME "-": null)
//             | "remove" FILE
//             | "properties" KEY VALUE
#include <sys/stat.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "core/lake/iceberg/create_table.h"
#include "core/lake/iceberg/snapshot_builder.h"

namespace {

using namespace dosql;
using namespace dosql::lake;

[[noreturn]] void Die(const std::string& why) {
  std::fprintf(stderr, "iceberg_write: %s\n", why.c_str());
  std::exit(1);
}
void Check(Status s, const Diag& diag) {
  if (!s.ok()) Die(std::string(CodeName(s.code())) + ": " + diag.message);
}

std::string PathOf(const std::string& uri) {
  return uri.rfind("file://", 0) == 0 ? uri.substr(7) : uri;
}

std::string ReadFile(const std::string& uri) {
  std::FILE* f = std::fopen(PathOf(uri).c_str(), "rb");
  if (f == nullptr) Die("cannot read " + uri);
  std::string bytes;
  char buffer[65536];
  for (size_t n; (n = std::fread(buffer, 1, sizeof buffer, f)) > 0;) bytes.append(buffer, n);
  std::fclose(f);
  return bytes;
}
void WriteFile(const std::string& uri, const std::string& bytes) {
  std::FILE* f = std::fopen(PathOf(uri).c_str(), "wb");
  if (f == nullptr || std::fwrite(bytes.data(), 1, bytes.size(), f) != bytes.size())
    Die("cannot write " + uri);
  std::fclose(f);
}

TableMetadata InteropTable(const std::string& location) {
  Schema schema;
  schema.fields = {
      {1, "id", true, {.kind = TypeKind::kLong}, ""},
      {2, "day", false, {.kind = TypeKind::kDate}, ""},
      {3, "name", false, {.kind = TypeKind::kString}, "who"},
      {4, "price", false, {.kind = TypeKind::kDecimal, .precision = 20, .scale = 2}, ""},
      {5, "at", false, {.kind = TypeKind::kTimestampTz}, ""},
      {6, "score", false, {.kind = TypeKind::kDouble}, ""},
      {7, "flag", false, {.kind = TypeKind::kBoolean}, ""}};
  PartitionSpec spec;
  spec.fields = {{2, 1000, "day", ParseTransform("identity")},
                 {3, 1001, "name bucket", ParseTransform("bucket[4]")}};
  SortOrder order;
  order.id = 1;
  order.fields = {{1, ParseTransform("identity"), false, false}};
  return NewTable(schema, spec, order, location, "6f1d3c5e-0000-4000-8000-0123456789ab",
                  1700000000000);
}

std::vector<std::string> SplitWords(const std::string& line) {
  std::vector<std::string> out;
  for (size_t at = 0; at < line.size();) {
    size_t end = line.find(' ', at);
    if (end == std::string::npos) end = line.size();
    if (end > at) out.push_back(line.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

struct Writer {
  TableMetadata metadata;
  std::string location, metadata_location;
  int64_t snapshots = 0;
  SnapshotChange change;
  bool open = false;

  std::vector<ManifestFile> ParentList() {
    std::vector<ManifestFile> list;
    const Snapshot* s = metadata.FindSnapshot(metadata.current_snapshot_id);
    if (s != nullptr) Check(ReadManifestList(ReadFile(s->manifest_list), &list), {});
    return list;
  }

  // The manifests that hold a removed file.
  void LoadRewritten(const std::vector<ManifestFile>& list) {
    for (const ManifestFile& m : list) {
      LoadedManifest loaded{m, {}};
      bool holds = false;
      Diag diag;
      std::vector<Field> fields;
      Check(PartitionFields(metadata, *metadata.FindSpec(m.spec_id), &fields, &diag), diag);
      std::string bytes = ReadFile(m.path);
      ManifestReader reader;
      Check(reader.Open(bytes, m, &fields), {});
      for (bool more = true; more;) {
        ManifestEntry e;
        Check(reader.Next(&more, &e), {});
        if (!more) break;
        for (const std::string& path : change.removed_paths) holds = holds || path == e.file.path;
        loaded.entries.push_back(std::move(e));
      }
      if (holds) change.rewritten.push_back(std::move(loaded));
    }
  }

  void Commit() {
    if (!open) return;
    snapshots++;
    uint8_t entropy[16] = {};
    entropy[0] = static_cast<uint8_t>(snapshots);
    SnapshotNames names{SnapshotIdFrom(static_cast<uint64_t>(snapshots) * 0x9e3779b97f4a7c15),
                        UuidText(entropy), std::string(16, static_cast<char>('a' + snapshots))};
    std::vector<ManifestFile> parent = ParentList();
    LoadRewritten(parent);
    Diag diag;
    ManifestSet set;
    Check(WriteManifests(metadata, names, change, &set, &diag), diag);
    SnapshotTarget target;
    target.base = &metadata;
    target.base_location = metadata_location;
    if (metadata.current_snapshot_id != kNoSnapshot) target.parent_manifests = &parent;
    target.now_ms = 1700000000000 + snapshots * 60000;
    target.metadata_uuid = names.uuid;
    BuiltSnapshot built;
    Check(BuildSnapshot(set, names, target, &built, &diag), diag);
    for (const OutputFile& f : set.files) WriteFile(f.path, f.bytes);
    WriteFile(built.manifest_list.path, built.manifest_list.bytes);
    WriteFile(built.metadata_file.path, built.metadata_file.bytes);
    metadata = built.metadata;
    metadata_location = built.metadata_file.path;
    std::printf("snapshot %lld %s\n", static_cast<long long>(names.snapshot_id),
                PathOf(metadata_location).c_str());
    change = SnapshotChange();
    open = false;
  }

  void AddFile(const std::vector<std::string>& w) {
    DataFile file;
    bool data = w[0] == "data";
    file.content = data ? FileContent::kData : FileContent::kPositionDeletes;
    file.path = location + "/data/" + w[1];
    struct stat info;
    if (stat(PathOf(file.path).c_str(), &info) != 0) Die("no file " + file.path);
    file.size_bytes = info.st_size;
    file.record_count = std::atoll(w[2].c_str());
    Datum day = w[3] == "-" ? Datum() : Datum::Int(std::atoll(w[3].c_str()));
    Datum name = w[4] == "-" ? Datum() : Datum::Text(w[4]);
    file.partition = {
        day, ApplyTransform(ParseTransform("bucket[4]"), {.kind = TypeKind::kString}, name)};
    if (data) {
      const Type kLong{.kind = TypeKind::kLong};
      file.value_counts = {{1, file.record_count}};
      file.null_counts = {{1, 0}};
      file.lower_bounds = {{1, ""}};
      file.upper_bounds = {{1, ""}};
      EncodeSingleValue(kLong, Datum::Int(std::atoll(w[5].c_str())), &file.lower_bounds[0].second);
      EncodeSingleValue(kLong, Datum::Int(std::atoll(w[6].c_str())), &file.upper_bounds[0].second);
      file.sort_order_id = 1;
      file.split_offsets = {4};
    }
    change.added.push_back(std::move(file));
  }

  void Line(const std::vector<std::string>& w) {
    if (w[0] == "snapshot" && w.size() == 2) {
      Commit();
      open = true;
      for (Operation o :
           {Operation::kAppend, Operation::kReplace, Operation::kOverwrite, Operation::kDelete}) {
        if (OperationName(o) == w[1]) change.operation = o;
      }
    } else if ((w[0] == "data" || w[0] == "deletes") && w.size() == 7) {
      AddFile(w);
    } else if (w[0] == "remove" && w.size() == 2) {
      change.removed_paths.push_back(location + "/data/" + w[1]);
    } else if (w[0] == "properties" && w.size() == 3) {
      change.custom.emplace_back(w[1], w[2]);
    } else {
      Die("a line of the plan is not understood: " + w[0]);
    }
  }
};

void Write(const std::string& plan, const std::string& folder) {
  Writer writer;
  writer.location = "file://" + folder;
  writer.metadata = InteropTable(writer.location);
  writer.metadata_location =
      NextMetadataPath(writer.metadata, "", "00000000-0000-4000-8000-000000000000");
  WriteFile(writer.metadata_location, TableMetadataText(writer.metadata));
  std::printf("created %s\n", PathOf(writer.metadata_location).c_str());
  std::string text = ReadFile(plan);
  for (size_t at = 0; at < text.size();) {
    size_t end = text.find('\n', at);
    if (end == std::string::npos) end = text.size();
    std::vector<std::string> words = SplitWords(text.substr(at, end - at));
    if (!words.empty()) writer.Line(words);
    at = end + 1;
  }
  writer.Commit();
}

TableMetadata Parse(const std::string& path) {
  TableMetadata m;
  Diag diag;
  Check(ParseTableMetadata(ReadFile(path), &m, &diag), diag);
  return m;
}

std::string Text(const Datum& v) { return v.null ? "-" : std::to_string(v.i); }

void List(const std::string& path) {
  Writer reader;
  reader.metadata = Parse(path);
  for (const ManifestFile& m : reader.ParentList()) {
    Diag diag;
    std::vector<Field> fields;
    Check(PartitionFields(reader.metadata, *reader.metadata.FindSpec(m.spec_id), &fields, &diag),
          diag);
    std::string bytes = ReadFile(m.path);
    ManifestReader manifest;
    Check(manifest.Open(bytes, m, &fields), {});
    int64_t live = 0;
    for (bool more = true; more;) {
      ManifestEntry e;
      Check(manifest.Next(&more, &e), {});
      if (!more || !e.live()) continue;
      live++;
      std::printf("%d %lld %lld %s %s %s\n", static_cast<int>(e.file.content),
                  static_cast<long long>(*e.sequence_number),
                  static_cast<long long>(e.file.record_count), Text(e.file.partition[0]).c_str(),
                  Text(e.file.partition[1]).c_str(), e.file.path.c_str());
    }
    if (live != m.added_files + m.existing_files)
      Die("the list's counts are not those of " + m.path);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 4 && std::strcmp(argv[1], "write") == 0) {
    Write(argv[2], argv[3]);
  } else if (argc == 3 && std::strcmp(argv[1], "list") == 0) {
    List(argv[2]);
  } else if (argc == 4 && std::strcmp(argv[1], "copy") == 0) {
    WriteFile(argv[3], TableMetadataText(Parse(argv[2])));
  } else {
    Die("write PLAN FOLDER | list METADATA | copy METADATA OUT");
  }
  return 0;
}
