// Databases, a lake table, a bucket and a catalog, driven the way DoLakeTable and LakeSource drive
// them, with crashes between any two steps, batches that come twice or late, acknowledgements and
// commits that are lost, slots that are made anew, databases that are put back in time, compactions
// whose files are uploaded in parts, other writers, and, for every other seed, partition specs and
// sort orders that change. In the end the lake has exactly the databases' rows, where its specs and
// orders say, and what it says of itself agrees.
//
// LAKE_SIM_SEEDS says how many seeds (40); LAKE_SIM_SEED the first one.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <map>
#include <optional>
#include <set>

#include "core/lake/iceberg/commit.h"
#include "core/lake/iceberg/schema_json.h"
#include "core/lake/ingest/compaction.h"
#include "core/lake/ingest/lake_table.h"
#include "core/lake/ingest/partition_tuple.h"
#include "core/lake/json/json.h"
#include "core/lake/parquet/parquet_reader.h"
#include "tests/lake/ingest/test_world.h"

namespace dosql::lake {
namespace {

struct Batch {
  std::vector<uint8_t> bytes;
  std::string position;
};

std::string FromHex(std::string_view hex) {
  std::string out;
  for (size_t i = 0; i + 1 < hex.size(); i += 2)
    out.push_back(static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  return out;
}
std::string ToHex(std::string_view bytes) {
  std::string out;
  char two[3];
  for (char c : bytes) {
    std::snprintf(two, sizeof two, "%02x", static_cast<uint8_t>(c));
    out += two;
  }
  return out;
}

// The object: `pages`, `batches`, `intent`, `plan` and `uploads` are durable, the rest goes with a
// crash.
class LakeObject {
 public:
  static constexpr size_t kPartBytes = 300;  // of a file that is uploaded
  LakeObject(World* world, TestNumbers* dice, bool layouts)
      : world_(world), dice_(dice), layouts_(layouts) {}

  // The answer's outcome; "crash": nobody knows.
  std::string Push(const Batch& batch, std::string* position) {
    if (!Open()) return "crash";
    bool taken = false;
    const Status s = table_->Take(batch.bytes, batch.position, &taken, &diag_);
    *position = table_->TokenOf(batch.bytes);
    if (s.code() == Code::kMisuse) return "gap";
    if (s.code() == Code::kStale) return "back";
    EXPECT_TRUE(s.ok()) << CodeName(s.code()) << " " << diag_.message;
    if (!taken) return "repeated";
    batches_[++last_] = batch;
    // Stored, but the answer is lost.
    return Crashes() ? "crash" : "taken";
  }

  void Flush() {
    if (!Open() || !table_->pending()) return;
    // Laid out from the beginning.
    if (layouts_ && !world_->table && (*dice_)(2) == 0) {
      std::string commit;
      ASSERT_TRUE(table_->CreateOnly({{}, 1000, "file:///lake/t", kUuid}, &commit).ok());
      ASSERT_TRUE(world_->Commit(commit, 1000));
      world_->ChangeLayout(*dice_);
      Crash();
      if (!Open()) return;
    }
    Intent intent;
    for (uint8_t& b : intent.entropy) b = static_cast<uint8_t>((*dice_)(256));
    intent.through = last_;
    intent.layout = table_->Layout();
    intent_ = intent;
    if (!Crashes()) Finish(intent);
  }

  // As DoLakeTable does it. `compacted` counts those that were committed.
  void Compact() {
    if (!Open() || !world_->table) return;
    const std::vector<std::string> paths = table_->ToCompact();
    if (paths.empty()) return;
    // One at a time: the last one may be committed still.
    if (plan_) return;
    AbortUploads();
    Plan plan;
    for (uint8_t& b : plan.entropy) b = static_cast<uint8_t>((*dice_)(256));
    CompactionInput input;
    const std::string metadata = TableMetadataText(*world_->table), list = world_->List();
    input.state = {metadata, "m", list};
    input.manifests = world_->Manifests();
    input.paths.assign(paths.begin(), paths.end());
    input.entropy = plan.entropy;
    input.now_ms = 1000 + world_->commits;
    if ((*dice_)(2) == 0) input.whole_bytes = 100;  // larger files are read in parts
    Compaction compaction;
    ASSERT_TRUE(compaction.Begin(input).ok()) << compaction.diag().message;
    std::map<std::string, std::string> made;  // less what was uploaded
    while (!compaction.wanted().path.empty()) {
      const FilePart part = compaction.wanted();
      FilePiece piece;
      const auto size = static_cast<size_t>(part.to - part.from);
      ASSERT_TRUE(compaction
                      .Take(world_->bucket.at(std::string(part.path))
                                .substr(static_cast<size_t>(part.from), size),
                            &piece)
                      .ok())
          << compaction.diag().message;
      if (piece.path.empty()) continue;
      std::string& rest = made[piece.path];
      for (rest += piece.bytes; rest.size() >= kPartBytes; rest.erase(0, kPartBytes)) {
        uploads_.insert(piece.path);
        world_->uploads[piece.path] += rest.substr(0, kPartBytes);
        if (Crashes()) return;
      }
    }
    CompactionOutput out;
    ASSERT_TRUE(compaction.Finish(&out).ok()) << compaction.diag().message;
    plan.bytes = out.plan;
    plan_ = plan;
    if (Crashes()) return;
    for (auto& [path, rest] : made) {
      uploaded += uploads_.contains(path);
      world_->bucket[path] = world_->uploads[path] + rest;
      world_->uploads.erase(path);
      if (Crashes()) return;
    }
    if (!Put(out.files)) return;
    if ((*dice_)(8) == 0) OtherCommit();
    if ((*dice_)(8) == 0) {
      world_->late = out.commit;
      return Crash();
    }
    const bool took = world_->Commit(out.commit, 1000 + world_->commits);
    compacted += took;
    if (Crashes()) return;
    if (took) {
      const std::string now = TableMetadataText(*world_->table), list_now = world_->List();
      ASSERT_TRUE(table_->Compacted(plan.bytes, {now, "m", list_now}, &diag_).ok())
          << diag_.message;
    }
    Forget();
  }
  int compacted = 0, uploaded = 0;
  bool calm = false;  // it crashes no more

  // What a compaction that is no more has left.
  void AbortUploads() {
    if (plan_) return;
    for (const std::string& path : uploads_) world_->uploads.erase(path);
    uploads_.clear();
  }

  bool Open() {
    if (table_ != nullptr) return true;
    EXPECT_TRUE(LakeStore::Open({&pages_, &clock_, &entropy_}, &budget_, 2 << 20, &store_).ok());
    table_ = std::make_unique<LakeTable>("t", store_.get());
    EXPECT_TRUE(table_->Open().ok());
    if (world_->table) Use();
    if (plan_ && world_->table->FindSnapshot(FlushSnapshotId(plan_->entropy)) != nullptr) {
      const std::string now = TableMetadataText(*world_->table), list = world_->List();
      EXPECT_TRUE(table_->Compacted(plan_->bytes, {now, "m", list}, &diag_).ok()) << diag_.message;
      Forget();
    }
    uint64_t from = 0;
    if (intent_) {
      const Intent intent = *intent_;
      Replay(0, intent.through);
      if (!Finish(intent)) return false;
      from = intent.through;
    }
    Replay(from, last_);
    return true;
  }

  bool plans() const { return plan_.has_value(); }
  LakeTable& table() { return *table_; }
  LakeStore& store() { return *store_; }
  void Crash() {
    table_.reset();
    store_.reset();
  }

 private:
  struct Intent {
    uint8_t entropy[kFlushEntropyBytes] = {};
    uint64_t through = 0;
    TableLayout layout;
  };

  struct Plan {
    uint8_t entropy[kFlushEntropyBytes] = {};
    std::string bytes;
  };

  void Forget() {
    plan_.reset();
    AbortUploads();
  }

  bool Crashes() {
    if (calm || (*dice_)(12) != 0) return false;
    Crash();
    return true;
  }

  void Use() {
    const std::string list = world_->List();
    ASSERT_TRUE(table_->Use({TableMetadataText(*world_->table), "m", list}, &diag_).ok())
        << diag_.message;
  }

  void Replay(uint64_t after, uint64_t through) {
    for (auto& [seq, batch] : batches_) {
      if (seq <= after || seq > through) continue;
      bool taken = false;
      EXPECT_TRUE(table_->Take(batch.bytes, batch.position, &taken, &diag_).ok() && taken)
          << diag_.message;
    }
  }

  bool Put(const std::vector<OutputFile>& files) {
    for (const OutputFile& f : files) {
      if (Crashes()) return false;
      auto [it, fresh] = world_->bucket.try_emplace(f.path, f.bytes);
      if (!fresh) it->second = f.bytes;
    }
    return true;
  }

  // False after a crash.
  bool Finish(const Intent& intent) {
    FlushInput input{intent.entropy, 1000 + world_->commits, "file:///lake/t", kUuid};
    input.spec_id = intent.layout.spec_id;
    input.sort_order_id = intent.layout.sort_order_id;
    input.write_properties = intent.layout.write_properties;
    FlushOutput out;
    EXPECT_TRUE(table_->Flush(input, &out, &diag_).ok()) << diag_.message;
    while (!out.commit.empty()) {
      if (!Put(out.files)) return false;
      if ((*dice_)(8) == 0) OtherCommit();
      if (layouts_ && (*dice_)(8) == 0) world_->ChangeLayout(*dice_);
      if ((*dice_)(2) == 0) world_->Late(1000 + world_->commits);
      if (Crashes()) return false;
      const bool took = world_->Commit(out.commit, 1000 + world_->commits);
      // The commit is there, but its answer is lost.
      if (Crashes()) return false;
      if (took) break;
      if (plan_ && world_->table->FindSnapshot(FlushSnapshotId(plan_->entropy)) != nullptr) {
        Crash();
        return false;
      }
      const std::string list = world_->List(), text = TableMetadataText(*world_->table);
      out = FlushOutput();
      const Status rebased = table_->Rebase({text, "m", list}, input, &out, &diag_);
      if (layouts_ && rebased.code() == Code::kStale) {
        Crash();
        return false;
      }
      EXPECT_TRUE(rebased.ok()) << diag_.message;
    }
    EXPECT_TRUE(table_->Committed(TableMetadataText(*world_->table), "m", &diag_).ok())
        << diag_.message;
    intent_.reset();
    Forget();  // its base is not the table's any more
    batches_.erase(batches_.begin(), batches_.upper_bound(intent.through));
    return true;
  }

  // Another engine's snapshot: the same manifests once more.
  void OtherCommit() {
    if (!world_->table || world_->table->current_snapshot_id == kNoSnapshot) return;
    TableMetadata& m = *world_->table;
    Snapshot s = *m.FindSnapshot(m.current_snapshot_id);
    s.parent_id = s.id;
    s.id = 1 + (*dice_)(1u << 30);
    s.sequence_number = ++m.last_sequence_number;
    m.snapshots.push_back(s);
    m.current_snapshot_id = s.id;
    for (SnapshotRef& r : m.refs) r.snapshot_id = s.id;
    world_->commits++;
  }

  World* world_;
  TestNumbers* dice_;
  const bool layouts_;
  TestClock clock_;
  TestEntropy entropy_;
  MemoryStore pages_{FaultModel::kTurnAtomic};
  ByteBudget budget_{64 << 20};
  std::map<uint64_t, Batch> batches_;
  std::optional<Intent> intent_;
  std::optional<Plan> plan_;
  std::set<std::string> uploads_;  // of data files, begun and not known to be done
  uint64_t last_ = 0;
  std::unique_ptr<LakeStore> store_;
  std::unique_ptr<LakeTable> table_;
  Diag diag_;
};

struct SourceDatabase {
  TestDatabase db;
  std::unique_ptr<MemoryStore> pages = std::make_unique<MemoryStore>(FaultModel::kTurnAtomic);
  std::unique_ptr<MemoryStore> saved;  // as they were once
  int64_t next_id = 1;
  std::vector<std::string> Run(const std::string& sql) {
    std::vector<std::string> rows = db.Run(sql);
    EXPECT_TRUE(rows.empty() || !rows.back().starts_with("error")) << sql << ": " << rows.back();
    return rows;
  }
};

class Simulation {
 public:
  explicit Simulation(uint64_t seed)
      : dice_(seed), layouts_(seed % 2 == 1), lake_(&world_, &dice_, layouts_), sources_(2) {
    for (size_t i = 0; i < sources_.size(); i++) {
      SourceDatabase& s = sources_[i];
      s.db.entropy.state = seed * 10 + i;
      s.db.pages = s.pages.get();
      s.db.Open();
      s.Run(
          "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT); INSERT INTO t SELECT -value, 'old' "
          "FROM generate_series(1, 30)");
      s.Run(kCreateSlot);
    }
  }

  int compacted = 0, layouts = 0, uploaded = 0, put_back = 0;

  void Run(int steps) {
    for (int i = 0; i < steps; i++) {
      if (layouts_ && dice_(20) == 0) {
        world_.ChangeLayout(dice_);
        // The table hears of it at once, or with its next commit.
        if (dice_(2) == 0) lake_.Crash();
      }
      if (dice_(30) == 0) {
        world_.ChangeSizes(dice_);
        if (dice_(2) == 0) lake_.Crash();
      }
      SourceDatabase& s = sources_[static_cast<size_t>(dice_(sources_.size()))];
      switch (dice_(10)) {
        default: Write(&s); break;
        case 5:
        case 6:
        case 7: PushOne(&s); break;
        case 8:
          lake_.Flush();
          if (dice_(2) == 0) lake_.Compact();
          break;
        case 9:
          if (dice_(3) == 0) lake_.Crash();
          // What was sent long ago arrives.
          if (!sent_.empty() && dice_(2) == 0) {
            std::string at;
            lake_.Push(sent_[static_cast<size_t>(dice_(sent_.size()))], &at);
          }
          if (dice_(4) == 0) Restart(&s);
          if (dice_(12) == 0) Anew(&s);
          if (dice_(6) == 0) Remember(&s);
          if (dice_(12) == 0) PutBack(&s);
          if (dice_(3) == 0) world_.Late(1000 + world_.commits);
          break;
      }
    }
    // They come together, and soon: sources and lake must not answer each other for ever.
    int rounds = 0;
    // A flush of very many files seldom gets through all of them.
    const auto tries = [&] { lake_.calm = ++rounds > 200; };
    for (int quiet = 0; quiet < 2; tries()) {
      ASSERT_LT(rounds, 1000);
      bool more = false;
      for (SourceDatabase& s : sources_) more |= PushOne(&s);
      quiet = more ? 0 : quiet + 1;
    }
    for (; !lake_.Open() || lake_.table().pending(); tries()) lake_.Flush();
    Check();
    compacted = lake_.compacted;
    uploaded = lake_.uploaded;
    layouts = world_.layouts;
  }

 private:
  static constexpr char kCreateSlot[] = "CREATE REPLICATION SLOT lake FOR TABLE t WITH COPY";

  void Write(SourceDatabase* s) {
    const std::string id = std::to_string(dice_(40) - 30);
    switch (dice_(9)) {
      case 0: s->Run("DELETE FROM t WHERE id = " + id); break;
      case 1:
        s->Run("UPDATE t SET a = " + std::string(layouts_ && dice_(3) == 0 ? "NULL" : "'new'") +
               " WHERE id = " + id);
        break;
      case 2: s->Run("UPDATE OR REPLACE t SET id = id + 1 WHERE id = " + id); break;
      case 3:
        s->Run("BEGIN; INSERT INTO t (a) VALUES ('lost'); DELETE FROM t WHERE id < 0; ROLLBACK");
        break;
      case 4:
        if (dice_(20) == 0)
          s->Run(
              "BEGIN; CREATE TABLE n (id INTEGER PRIMARY KEY, a TEXT); INSERT INTO n SELECT id, a "
              "FROM t WHERE id % 3 <> 0; DROP TABLE t; ALTER TABLE n RENAME TO t; COMMIT");
        break;
      default:
        s->Run("INSERT OR REPLACE INTO t VALUES (" + std::to_string(s->next_id++) + ", 'row')");
    }
  }

  void Restart(SourceDatabase* s) {
    ASSERT_TRUE(s->db.db->EndTurn().ok());
    s->db.Open();
    ASSERT_TRUE(s->db.status.ok());
  }

  void Remember(SourceDatabase* s) {
    ASSERT_TRUE(s->db.db->EndTurn().ok());
    s->saved = std::make_unique<MemoryStore>(FaultModel::kTurnAtomic);
    ASSERT_TRUE(CopyRows(s->pages.get(), s->saved.get()).ok());
  }

  // The object is restored to an earlier time.
  void PutBack(SourceDatabase* s) {
    if (s->saved == nullptr) return;
    s->db.db.reset();
    s->pages = std::make_unique<MemoryStore>(FaultModel::kTurnAtomic);
    ASSERT_TRUE(CopyRows(s->saved.get(), s->pages.get()).ok());
    s->db.pages = s->pages.get();
    s->db.Open();
    ASSERT_TRUE(s->db.status.ok());
    // Its next change tells of it.
    s->Run("INSERT OR REPLACE INTO t VALUES (0, 'back')");
    put_back++;
  }

  void Anew(SourceDatabase* s) {
    s->Run("DROP REPLICATION SLOT lake");
    s->Run(kCreateSlot);
  }

  void Advance(SourceDatabase* s, const std::string& position, bool* moved) {
    const std::vector<std::string> said =
        s->db.Run("ALTER REPLICATION SLOT lake ADVANCE TO x'" + ToHex(position) + "'");
    *moved = said.empty();
  }

  // As LakeSource does it. False: there is nothing to push.
  bool PushOne(SourceDatabase* s) {
    const std::string max = std::to_string(dice_(3) == 0 ? 1 + dice_(300) : 100000);
    const std::vector<std::string> rows =
        s->db.Run("SELECT hex(batch), hex(position) FROM replication_batch('lake', " + max + ")");
    if (rows.empty()) return false;
    // The lake named a place in a history that is no more.
    if (rows[0].starts_with("error: replication slot lake is lost")) {
      Anew(s);
      return true;
    }
    const size_t bar = rows[0].find('|');
    const std::string bytes = FromHex(std::string_view(rows[0]).substr(0, bar));
    sent_.push_back({{bytes.begin(), bytes.end()}, FromHex(rows[0].substr(bar + 1))});
    std::string at;
    const std::string outcome = lake_.Push(sent_.back(), &at);
    if (dice_(10) == 0 || outcome == "crash") return true;  // the answer is lost
    bool moved = false;
    if (outcome == "taken" || outcome == "repeated" || (outcome == "gap" && !at.empty()))
      Advance(s, at, &moved);
    if (outcome == "gap" && gaps_++ < 3 && moved) return true;
    gaps_ = 0;
    if (outcome == "gap" || outcome == "back" || !moved) Anew(s);
    return true;
  }

  // The rows of the current snapshot, as a reader finds them.
  std::multiset<std::string> LakeRows() {
    std::multiset<std::string> rows;
    Schema schema;
    Diag diag;
    const TableMetadata& m = *world_.table;
    EXPECT_TRUE(ParseSchema(m.FindSchema(m.current_schema_id)->json, &schema, &diag).ok());
    std::erase_if(schema.fields, [](const Field& f) { return f.name == kOverflowColumn; });
    std::vector<ManifestFile> list;
    EXPECT_TRUE(ReadManifestList(world_.List(), &list).ok());
    std::vector<ManifestEntry> data;
    // To the sequence number: of a path, a position, and the partition of the delete file.
    std::map<std::tuple<std::string, int64_t, std::string>, int64_t> deleted;
    const auto partition = [](const DataFile& file) {
      return std::to_string(file.spec_id) + ":" + PackTuple(file.partition);
    };
    const auto read = [&](const std::string& path, const Schema& of, auto row) {
      ParquetReader reader;
      EXPECT_TRUE(reader.Open(world_.bucket.at(path), &diag).ok()) << diag.message;
      int64_t position = 0;
      for (size_t g = 0; g < reader.groups(); g++) {
        std::vector<Column> columns;
        EXPECT_TRUE(reader.Read(g, of, &columns, &diag).ok()) << diag.message;
        for (uint32_t r = 0; r < reader.rows_of(g); r++) row(columns, r, position++);
      }
    };
    for (const ManifestFile& manifest : list) {
      LoadedManifest loaded;
      loaded.manifest = manifest;
      EXPECT_TRUE(LoadManifest(m, world_.bucket.at(manifest.path), &loaded, &diag).ok())
          << diag.message;
      CheckSummaries(loaded);
      for (const ManifestEntry& entry : loaded.entries) {
        if (!entry.live()) continue;
        // Also of a file that was put again after the commit was sent.
        EXPECT_EQ(entry.file.size_bytes,
                  static_cast<int64_t>(world_.bucket.at(entry.file.path).size()));
        if (entry.file.content == FileContent::kData) {
          data.push_back(entry);
          continue;
        }
        read(entry.file.path, PositionDeleteSchema(),
             [&](const std::vector<Column>& c, uint32_t r, int64_t) {
               int64_t& to =
                   deleted[{std::string(c[0].Text(r)), c[1].ints[r], partition(entry.file)}];
               to = std::max(to, *entry.sequence_number);
             });
      }
    }
    for (const ManifestEntry& entry : data) {
      std::vector<Datum> before;
      read(entry.file.path, schema, [&](const std::vector<Column>& c, uint32_t r, int64_t at) {
        std::vector<Datum> row;
        for (size_t f = 0; f < c.size(); f++)
          row.push_back(DatumAt(schema.fields[f].type, c[f], r));
        CheckLayout(schema, entry.file, row, before);
        before = row;
        const auto it = deleted.find({entry.file.path, at, partition(entry.file)});
        if (it == deleted.end() || it->second < *entry.sequence_number)
          rows.insert(std::to_string(c[0].ints[r]) + "|" + std::string(c[1].Text(r)));
      });
    }
    return rows;
  }

  // The row is where the file's spec and sort order say.
  void CheckLayout(const Schema& schema, const DataFile& file, const std::vector<Datum>& row,
                   const std::vector<Datum>& before) {
    const auto value = [&](const std::vector<Datum>& of, int32_t source, const Transform& t,
                           Type* type) {
      for (size_t f = 0; f < of.size(); f++) {
        if (schema.fields[f].id != source) continue;
        EXPECT_TRUE(TransformType(t, schema.fields[f].type, type).ok());
        return ApplyTransform(t, schema.fields[f].type, of[f]);
      }
      return Datum();
    };
    const PartitionSpec& spec = *world_.table->FindSpec(file.spec_id);
    ASSERT_EQ(file.partition.size(), spec.fields.size());
    Type type;
    for (size_t i = 0; i < spec.fields.size(); i++)
      EXPECT_EQ(value(row, spec.fields[i].source_id, spec.fields[i].transform, &type),
                file.partition[i]);
    if (!file.sort_order_id || before.empty()) return;
    for (const SortField& f : world_.table->FindSortOrder(*file.sort_order_id)->fields) {
      const Datum a = value(before, f.source_id, f.transform, &type),
                  b = value(row, f.source_id, f.transform, &type);
      int order = 0;
      if (a.null || b.null) {
        order = a.null == b.null ? 0 : a.null == f.nulls_last ? 1 : -1;
      } else {
        order = CompareSingleValues(type, a, b) * (f.descending ? -1 : 1);
      }
      EXPECT_LE(order, 0);
      if (order != 0) break;
    }
  }

  // What the manifest list says of the partitions in a manifest.
  void CheckSummaries(const LoadedManifest& loaded) {
    Diag diag;
    std::vector<Field> fields;
    const PartitionSpec& spec = *world_.table->FindSpec(loaded.manifest.spec_id);
    ASSERT_TRUE(PartitionFields(*world_.table, spec, &fields, &diag).ok());
    ASSERT_EQ(loaded.manifest.partitions.size(), fields.size());
    for (size_t i = 0; i < fields.size(); i++) {
      const FieldSummary& summary = loaded.manifest.partitions[i];
      bool null = false;
      std::vector<Datum> values;
      for (const ManifestEntry& e : loaded.entries) {
        const Datum& v = e.file.partition[i];
        null |= v.null;
        if (!v.null) values.push_back(v);
      }
      std::sort(values.begin(), values.end(), [&](const Datum& a, const Datum& b) {
        return CompareSingleValues(fields[i].type, a, b) < 0;
      });
      EXPECT_EQ(summary.contains_null, null);
      ASSERT_EQ(summary.has_bounds, !values.empty());
      if (values.empty()) continue;
      std::string low, high;
      EncodeSingleValue(fields[i].type, values.front(), &low);
      EncodeSingleValue(fields[i].type, values.back(), &high);
      EXPECT_EQ(summary.lower, low);
      EXPECT_EQ(summary.upper, high);
    }
  }

  void Check() {
    // Nothing is left of compactions that were given up.
    lake_.AbortUploads();
    EXPECT_TRUE(world_.uploads.empty() || lake_.plans());
    std::multiset<std::string> all;
    for (SourceDatabase& s : sources_)
      for (const std::string& row : s.Run("SELECT id, ifnull(a, '') FROM t")) all.insert(row);
    const std::multiset<std::string> found_rows = LakeRows();
    std::vector<std::string> lost, odd;
    std::set_difference(all.begin(), all.end(), found_rows.begin(), found_rows.end(),
                        std::back_inserter(lost));
    std::set_difference(found_rows.begin(), found_rows.end(), all.begin(), all.end(),
                        std::back_inserter(odd));
    EXPECT_EQ(lost, std::vector<std::string>());
    EXPECT_EQ(odd, std::vector<std::string>());
    uint64_t rows = 0;
    for (size_t i = 0; i < sources_.size(); i++) {
      std::set<int64_t> wanted, found;
      for (const std::string& id : sources_[i].Run("SELECT id FROM t"))
        wanted.insert(std::stoll(id));
      rows += wanted.size();
      // Sources are numbered as they came to the lake.
      for (uint32_t number = 0; number < sources_.size(); number++) {
        std::vector<LakeSource> known;
        ASSERT_TRUE(LoadSources(&lake_.store(), &known).ok());
        ASSERT_EQ(known.size(), sources_.size());
        const uint8_t* id = sources_[i].db.db->store().database_id();
        if (known[number].id != std::string(reinterpret_cast<const char*>(id), 16)) continue;
        std::vector<LakeStore::Entry> entries;
        ASSERT_TRUE(lake_.store().Scan("k" + SourcePrefix(number), {}, 1 << 20, &entries).ok());
        for (const auto& [key, value] : entries)
          found.insert(static_cast<int64_t>(LoadBe64(key.data() + key.size() - 8)));
      }
      EXPECT_EQ(found, wanted);
    }
    const Snapshot* s = world_.table->FindSnapshot(world_.table->current_snapshot_id);
    auto total = [&](const char* key) {
      const std::string* v = FindProperty(s->summary, key);
      return v == nullptr ? uint64_t{0} : std::strtoull(v->c_str(), nullptr, 10);
    };
    EXPECT_EQ(total("total-records") - total("total-position-deletes"), rows);
    // No snapshot twice.
    std::set<int64_t> ids;
    for (const Snapshot& each : world_.table->snapshots) EXPECT_TRUE(ids.insert(each.id).second);
  }

  TestNumbers dice_;
  const bool layouts_;
  World world_;
  LakeObject lake_;
  std::vector<SourceDatabase> sources_;
  std::vector<Batch> sent_;
  int gaps_ = 0;
};

TEST(ExactlyOnce, WhateverIsLostOrComesTwice) {
  const char* seeds = std::getenv("LAKE_SIM_SEEDS");
  const char* first = std::getenv("LAKE_SIM_SEED");
  const uint64_t from = first != nullptr ? std::strtoull(first, nullptr, 10) : 1;
  const uint64_t n = seeds != nullptr ? std::strtoull(seeds, nullptr, 10) : 40;
  int compacted = 0, layouts = 0, uploaded = 0, put_back = 0;
  for (uint64_t seed = from; seed < from + n; seed++) {
    Simulation simulation(seed);
    simulation.Run(seed % 4 == 0 ? 400 : 120);
    ASSERT_FALSE(HasFailure()) << "LAKE_SIM_SEED=" << seed;
    compacted += simulation.compacted;
    layouts += simulation.layouts;
    uploaded += simulation.uploaded;
    put_back += simulation.put_back;
  }
  EXPECT_GT(layouts, n < 20 ? 0 : static_cast<int>(n));
  EXPECT_GT(compacted, n < 20 ? 0 : static_cast<int>(n));
  EXPECT_GT(uploaded, n < 20 ? 0 : static_cast<int>(n));
  EXPECT_GE(put_back, n < 20 ? 0 : static_cast<int>(n / 2));
}

}  // namespace
}  // namespace dosql::lake
