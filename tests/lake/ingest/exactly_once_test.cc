// Databases, a lake table, a bucket and a catalog, driven the way DoLakeTable and LakeSource drive
// them, with crashes between any two steps, batches that come twice or late, acknowledgements and
// commits that are lost, slots that are made anew, and other writers. In the end the lake has
// exactly the databases' rows, and what it says of itself agrees.
//
// LAKE_SIM_SEEDS says how many seeds (40); LAKE_SIM_SEED the first one.
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <optional>
#include <set>

#include "core/lake/iceberg/commit.h"
#include "core/lake/ingest/lake_table.h"
#include "tests/engine/test_database.h"

namespace dosql::lake {
namespace {

constexpr char kUuid[] = "6f1d3c5e-0000-4000-8000-0123456789ab";

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

// R2 and the catalog: what is committed and put stays.
struct World {
  std::map<std::string, std::string> bucket;
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
  std::string List() const {
    const Snapshot* s = table->FindSnapshot(table->current_snapshot_id);
    return s == nullptr ? std::string() : bucket.at(s->manifest_list);
  }
};

// The object: `pages`, `batches` and `intent` are durable, the rest goes with a crash.
class LakeObject {
 public:
  LakeObject(World* world, TestNumbers* dice) : world_(world), dice_(dice) {}

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
    Intent intent;
    for (uint8_t& b : intent.entropy) b = static_cast<uint8_t>((*dice_)(256));
    intent.through = last_;
    intent_ = intent;
    if (!Crashes()) Finish(intent);
  }

  bool Open() {
    if (table_ != nullptr) return true;
    EXPECT_TRUE(LakeStore::Open({&pages_, &clock_, &entropy_}, &budget_, 2 << 20, &store_).ok());
    table_ = std::make_unique<LakeTable>("t", store_.get());
    EXPECT_TRUE(table_->Open().ok());
    if (world_->table && (table_->made() || intent_)) Use();
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
  };

  bool Crashes() {
    if ((*dice_)(12) != 0) return false;
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
    const FlushInput input{intent.entropy, 1000 + world_->commits, "file:///lake/t", kUuid};
    FlushOutput out;
    EXPECT_TRUE(table_->Flush(input, &out, &diag_).ok()) << diag_.message;
    while (!out.commit.empty()) {
      if (!Put(out.files)) return false;
      if ((*dice_)(8) == 0) OtherCommit();
      if (Crashes()) return false;
      const bool took = world_->Commit(out.commit, 1000 + world_->commits);
      // The commit is there, but its answer is lost.
      if (Crashes()) return false;
      if (took) break;
      const std::string list = world_->List(), text = TableMetadataText(*world_->table);
      out = FlushOutput();
      EXPECT_TRUE(table_->Rebase({text, "m", list}, input, &out, &diag_).ok()) << diag_.message;
    }
    EXPECT_TRUE(table_->Committed(TableMetadataText(*world_->table), "m", &diag_).ok())
        << diag_.message;
    intent_.reset();
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
  TestClock clock_;
  TestEntropy entropy_;
  MemoryStore pages_{FaultModel::kTurnAtomic};
  ByteBudget budget_{64 << 20};
  std::map<uint64_t, Batch> batches_;
  std::optional<Intent> intent_;
  uint64_t last_ = 0;
  std::unique_ptr<LakeStore> store_;
  std::unique_ptr<LakeTable> table_;
  Diag diag_;
};

struct SourceDatabase {
  TestDatabase db;
  MemoryStore pages{FaultModel::kTurnAtomic};
  int64_t next_id = 1;
  std::vector<std::string> Run(const std::string& sql) {
    std::vector<std::string> rows = db.Run(sql);
    EXPECT_TRUE(rows.empty() || !rows.back().starts_with("error")) << sql << ": " << rows.back();
    return rows;
  }
};

class Simulation {
 public:
  explicit Simulation(uint64_t seed) : dice_(seed), lake_(&world_, &dice_), sources_(2) {
    for (size_t i = 0; i < sources_.size(); i++) {
      SourceDatabase& s = sources_[i];
      s.db.entropy.state = seed * 10 + i;
      s.db.pages = &s.pages;
      s.db.Open();
      s.Run(
          "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT); INSERT INTO t SELECT -value, 'old' "
          "FROM generate_series(1, 30)");
      s.Run(kCreateSlot);
    }
  }

  void Run(int steps) {
    for (int i = 0; i < steps; i++) {
      SourceDatabase& s = sources_[static_cast<size_t>(dice_(sources_.size()))];
      switch (dice_(10)) {
        default: Write(&s); break;
        case 5:
        case 6:
        case 7: PushOne(&s); break;
        case 8: lake_.Flush(); break;
        case 9:
          if (dice_(3) == 0) lake_.Crash();
          // What was sent long ago arrives.
          if (!sent_.empty() && dice_(2) == 0) {
            std::string at;
            lake_.Push(sent_[static_cast<size_t>(dice_(sent_.size()))], &at);
          }
          if (dice_(4) == 0) Restart(&s);
          if (dice_(12) == 0) Anew(&s);
          break;
      }
    }
    for (int quiet = 0; quiet < 2;) {
      bool more = false;
      for (SourceDatabase& s : sources_) more |= PushOne(&s);
      quiet = more ? 0 : quiet + 1;
    }
    while (!lake_.Open() || lake_.table().pending()) lake_.Flush();
    Check();
  }

 private:
  static constexpr char kCreateSlot[] = "CREATE REPLICATION SLOT lake FOR TABLE t WITH COPY";

  void Write(SourceDatabase* s) {
    const std::string id = std::to_string(dice_(40) - 30);
    switch (dice_(9)) {
      case 0: s->Run("DELETE FROM t WHERE id = " + id); break;
      case 1: s->Run("UPDATE t SET a = 'new' WHERE id = " + id); break;
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
        s->Run("SELECT hex(batch), hex(position) FROM replication_batch('lake', " + max + ")");
    if (rows.empty()) return false;
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

  void Check() {
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
  for (uint64_t seed = from; seed < from + n; seed++) {
    Simulation(seed).Run(120);
    ASSERT_FALSE(HasFailure()) << "LAKE_SIM_SEED=" << seed;
  }
}

}  // namespace
}  // namespace dosql::lake
