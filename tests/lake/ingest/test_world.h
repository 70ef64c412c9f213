// A bucket and a catalog for the simulation, and what others do to the table there.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/lake/iceberg/commit.h"
#include "core/lake/iceberg/manifest_list.h"
#include "core/lake/iceberg/schema_json.h"
#include "core/lake/ingest/row_columns.h"
#include "core/lake/json/json.h"
#include "tests/engine/test_database.h"

namespace dosql::lake {

inline constexpr char kUuid[] = "6f1d3c5e-0000-4000-8000-0123456789ab";

// R2 and the catalog: what is committed and put stays.
struct World {
  std::map<std::string, std::string> bucket;
  std::map<std::string, std::string> uploads;  // by the key: parts of what is no file yet
  std::optional<TableMetadata> table;
  int commits = 0;

  // A commit as the catalog applies it; false: refused.
  bool Commit(const std::string& body, int64_t now) {
    std::string requirements, updates;
    EXPECT_TRUE(SplitCommitBody(body, &requirements, &updates).ok());
    TableMetadata next;
    const TableMetadata* base = table ? &*table : nullptr;
    const std::string file = "file:///m/" + std::to_string(commits);
    if (!ApplyCommit({base, file, requirements, updates, now, kUuid}, &next).ok()) return false;
    table = std::move(next);
    commits++;
    return true;
  }
  // As a client of the catalog does it: another default spec, or sort order.
  void ChangeLayout(TestNumbers& dice) {
    if (!table) return;
    Schema schema;
    Diag diag;
    ASSERT_TRUE(
        ParseSchema(table->FindSchema(table->current_schema_id)->json, &schema, &diag).ok());
    static const std::vector<const char*> kOfId = {"bucket[3]", "truncate[10]", "identity", "void"},
                                          kOfText = {"bucket[2]", "truncate[2]", "identity"};
    const bool sorts = dice(2) == 0;
    Json fields = Json::array();
    for (const Field& f : schema.fields) {
      if (f.name == kOverflowColumn || dice(3) == 0) continue;
      const auto& names = f.type.kind == TypeKind::kLong ? kOfId : kOfText;
      const std::string name = names[static_cast<size_t>(dice(names.size()))];
      if (sorts && name == "void") continue;
      Json field = {{"source-id", f.id}, {"transform", name}};
      if (sorts) {
        field["direction"] = dice(2) == 0 ? "asc" : "desc";
        field["null-order"] = dice(2) == 0 ? "nulls-first" : "nulls-last";
      } else {
        field["name"] = f.name + "_" + name;
      }
      fields.push_back(field);
      if (dice(2) == 0) std::swap(fields.front(), fields.back());
    }
    Json updates = Json::array();
    // Files that are written again must be the same ones.
    static const char* const kCodecs[] = {"zstd", "snappy", "uncompressed"};
    updates.push_back({{"action", "set-properties"},
                       {"updates", {{"write.parquet.compression-codec", kCodecs[dice(3)]}}}});
    if (sorts) {
      updates.push_back(
          {{"action", "add-sort-order"}, {"sort-order", {{"order-id", 1}, {"fields", fields}}}});
      updates.push_back({{"action", "set-default-sort-order"}, {"sort-order-id", -1}});
    } else {
      updates.push_back({{"action", "add-spec"}, {"spec", {{"spec-id", 1}, {"fields", fields}}}});
      updates.push_back({{"action", "set-default-spec"}, {"spec-id", -1}});
    }
    EXPECT_TRUE(
        Commit(DumpJson({{"requirements", Json::array()}, {"updates", updates}}), 1000 + commits))
        << DumpJson(updates);
    layouts++;
  }
  int layouts = 0;
  // How large files and their row groups are: also files that are written again must be as they
  // were.
  void ChangeSizes(TestNumbers& dice) {
    if (!table) return;
    const Json sizes = {{"write.target-file-size-bytes", std::to_string(1000 + dice(8000))},
                        {"write.parquet.row-group-limit", std::to_string(1 + dice(20))},
                        {"write.parquet.row-group-size-bytes", std::to_string(100 + dice(5000))}};
    const Json updates = Json::array({{{"action", "set-properties"}, {"updates", sizes}}});
    EXPECT_TRUE(
        Commit(DumpJson({{"requirements", Json::array()}, {"updates", updates}}), 1000 + commits));
  }
  // A commit that was sent long ago and comes only now.
  std::string late;
  void Late(int64_t now) {
    const std::string body = std::exchange(late, {});
    if (!body.empty()) Commit(body, now);
  }
  std::vector<std::string_view> Manifests() const {
    std::vector<ManifestFile> list;
    EXPECT_TRUE(ReadManifestList(List(), &list).ok());
    std::vector<std::string_view> out;
    for (const ManifestFile& m : list) out.push_back(bucket.at(m.path));
    return out;
  }
  std::string List() const {
    const Snapshot* s = table->FindSnapshot(table->current_snapshot_id);
    return s == nullptr ? std::string() : bucket.at(s->manifest_list);
  }
};

}  // namespace dosql::lake
