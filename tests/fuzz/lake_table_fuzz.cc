// Hostile batches, taken and flushed: a lake table takes them or refuses them, and whatever it took
// can be flushed, committed, and taken again after a crash.
//
// Input: steps. A batch is built of the input item by item; some are damaged, their sum made right
// again, and some are any bytes at all. Built with DOSQL_PLANT_BATCH_BUG, a length is not checked,
// and this finds it.
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/checksum.h"
#include "core/host/fixed_host.h"
#include "core/host/memory_store.h"
#include "core/lake/iceberg/commit.h"
#include "core/lake/ingest/lake_table.h"
#include "core/storage/cdc/change_batch_writer.h"
#include "core/type/row_codec.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/metadata_check.h"

using namespace dosql;
using namespace dosql::lake;

namespace {

constexpr char kUuid[] = "6f1d3c5e-0000-4000-8000-0123456789ab";
constexpr TableId kTable{7};
constexpr uint32_t kStepsMax = 24;

#define MUST(x) \
  if (!(x)) __builtin_trap()

struct Source {
  uint8_t id[16] = {};
  FollowPosition at{.incarnation = 100};
  uint32_t part = 0;
};

std::string_view Text(FuzzInput* in) {
  return dosql::AsText(in->TakeBytes(in->Take<uint8_t>() % 24));
}

void AddTable(FuzzInput* in, ChangeBatchWriter* w) {
  static constexpr std::string_view kNames[] = {"id", "a", "b", "c", "A", "_overflow", ""};
  static constexpr std::string_view kTypes[] = {
      "INTEGER",   "TEXT",          "REAL",    "BLOB",          "DATE",
      "TIMESTAMP", "DECIMAL(10,2)", "BOOLEAN", "DECIMAL(12,2)", ""};
  const uint8_t how = in->Take<uint8_t>();
  const uint32_t columns = how % 6;
  MUST(w->AddTable(how & 8 ? TableId(8) : kTable, how & 16 ? Text(in) : "t", (how & 32) != 0,
                   columns)
           .ok());
  for (uint32_t c = 0; c < columns; c++) {
    const uint8_t name = in->Take<uint8_t>(), type = in->Take<uint8_t>();
    MUST(w->AddColumn(name < 250 ? kNames[name % std::size(kNames)] : Text(in),
                      type < 250 ? kTypes[type % std::size(kTypes)] : Text(in), (name / 8) & 3,
                      type / 64)
             .ok());
  }
}

void AddChange(FuzzInput* in, ChangeBatchWriter* w) {
  const uint8_t how = in->Take<uint8_t>();
  uint8_t rowid[8] = {};
  rowid[0] = in->Take<uint8_t>() % 8;
  LogChange change{
      static_cast<LogOp>(1 + how % 3), how & 4 ? TableId(8) : kTable, Bytes(rowid, 8), {}, {}};
  if (how & 8) change.key = AsBytes(Text(in));
  std::vector<uint8_t> row;
  if (how & 16) {
    const Bytes raw = in->TakeBytes(in->Take<uint8_t>());
    row.assign(raw.begin(), raw.end());
  } else {
    std::vector<Value> values(how / 32);
    for (Value& v : values) {
      switch (in->Take<uint8_t>() % 6) {
        case 0: v = Value::Integer(in->Take<int8_t>()); break;
        case 1: v = Value::Integer(in->Take<int64_t>()); break;
        case 2: v = Value::Real(in->Take<double>()); break;
        case 3: v = Value::Text(Text(in)); break;
        case 4: v = Value::Blob(AsBytes(Text(in))); break;
        default: v = Value::Null();
      }
    }
    row.resize(EncodedRowSize(values.data(), static_cast<uint32_t>(values.size())));
    EncodeRow(values.data(), static_cast<uint32_t>(values.size()), row.data());
  }
  change.after = row;
  change.before = row;
  MUST(w->AddChange(change).ok());
}

// A batch that goes on where the source is, or says that it is elsewhere.
std::vector<uint8_t> NextBatch(FuzzInput* in, ChangeBatchWriter* w, Source* source) {
  const uint8_t how = in->Take<uint8_t>();
  FollowPosition from = source->at;
  if (how % 16 == 15) from.lsn.value += in->Take<uint16_t>();
  MUST(w->Begin(source->id, from).ok());
  FollowPosition to = from;
  to.lsn.value++;
  to.changes = 0;
  if ((how & 16) == 0) AddTable(in, w);
  for (uint32_t items = in->Take<uint8_t>() % 12; items > 0; items--) {
    switch (const uint8_t item = in->Take<uint8_t>(); item % 12) {
      case 0: AddTable(in, w); break;
      case 1: MUST(w->AddTransaction(to.lsn, in->Take<int64_t>()).ok()); break;
      case 2: MUST(w->AddGone(kTable).ok()); break;
      case 3: MUST(w->AddCopy(kTable, static_cast<CopyState>(1 + item / 12 % 3)).ok()); break;
      case 4: MUST(w->AddDdl(kTable, Text(in)).ok()); break;
      case 5:
        to.incarnation += 1 + item / 128;
        MUST(w->AddIncarnation(to.incarnation, from.incarnation,
                               item & 64 ? Lsn(from.lsn.value / 2) : from.lsn)
                 .ok());
        break;
      default: AddChange(in, w);
    }
  }
  const uint32_t part = how & 32 ? source->part + 1 : how & 64 ? 1 : source->part == 0 ? 1 : 0;
  const Bytes bytes = w->Finish(to, part, part > 0 ? to.lsn.value % 3 : 0);
  std::vector<uint8_t> batch(bytes.begin(), bytes.end());
  if (how & 128) {
    for (uint32_t n = in->Take<uint8_t>() % 4; n > 0; n--)
      Mutate(in, MutableBytes(batch).subspan(kBatchMagicAt));
    StoreLe<uint32_t>(batch.data() + kBatchSum, Checksum32(Bytes(batch).subspan(4)));
  }
  return batch;
}

std::vector<uint8_t> AnyBatch(FuzzInput* in) {
  const Bytes bytes = in->TakeBytes(in->Take<uint16_t>() % 1024);
  std::vector<uint8_t> batch(bytes.begin(), bytes.end());
  if (batch.size() < kBatchHeaderBytes) return batch;
  StoreLe<uint32_t>(batch.data() + kBatchMagicAt, kBatchMagic);
  StoreLe<uint32_t>(batch.data() + kBatchSum, Checksum32(Bytes(batch).subspan(4)));
  return batch;
}

// The object around a lake table: what it stores, its catalog.
class Lake {
 public:
  Lake() { Open(); }

  bool Push(const std::vector<uint8_t>& batch) {
    bool taken = false;
    Diag diag;
    const Status s = table_->Take(batch, "token", &taken, &diag);
    const bool place = s.code() == Code::kMisuse || s.code() == Code::kStale;
    if (!s.ok() && !place) Open();
    if (taken) batches_.push_back(batch);
    return s.ok() && taken;
  }

  void Flush(bool crashes) {
    if (!table_->pending()) return;
    Diag diag;
    uint8_t entropy[kFlushEntropyBytes];
    entropy_.Fill(entropy);
    const FlushInput input{entropy, 1000 + commits_, "file:///lake/t", kUuid};
    FlushOutput out;
    const Status s = table_->Flush(input, &out, &diag);
    if (s.code() == Code::kNoSuchObject) return;
    MUST(s.ok() && !out.commit.empty());
    std::string requirements, updates;
    MUST(SplitCommitBody(out.commit, &requirements, &updates).ok());
    TableMetadata next;
    const CommitError refused = ApplyCommit({catalog_ ? &*catalog_ : nullptr, "file:///m",
                                             requirements, updates, 1000 + commits_, kUuid},
                                            &next);
    if (!refused.ok()) std::fprintf(stderr, "%s\n", refused.message.c_str());
    MUST(refused.ok());
    MustHold(next);
    catalog_ = std::move(next);
    commits_++;
    for (OutputFile& f : out.files)
      if (f.path == catalog_->FindSnapshot(catalog_->current_snapshot_id)->manifest_list)
        list_ = std::move(f.bytes);
    if (crashes) {
      committed_ = true;
      Open();
      committed_ = false;
      MUST(table_->Flush(input, &out, &diag).ok() && out.commit.empty());
    }
    MUST(table_->Committed(TableMetadataText(*catalog_), "file:///m", &diag).ok());
    batches_.clear();
    MUST(SchemaText(table_->schema()) == catalog_->FindSchema(catalog_->current_schema_id)->json);
  }

  void Open() {
    table_.reset();
    store_.reset();
    MUST(LakeStore::Open({&pages_, &clock_, &entropy_}, &budget_, 256 << 10, &store_).ok());
    table_ = std::make_unique<LakeTable>("t", store_.get());
    MUST(table_->Open().ok());
    Diag diag;
    if (table_->made() || committed_)
      MUST(table_->Use({TableMetadataText(*catalog_), "file:///m", list_}, &diag).ok());
    for (const std::vector<uint8_t>& batch : batches_) {
      bool taken = false;
      const Status s = table_->Take(batch, "token", &taken, &diag);
      if (!s.ok())
        std::fprintf(stderr, "%d: %s\n", static_cast<int>(s.code()), diag.message.c_str());
      MUST(s.ok() && taken);
    }
  }

 private:
  FixedClock clock_;
  FixedEntropy entropy_{1};
  MemoryStore pages_{FaultModel::kTurnAtomic};
  ByteBudget budget_{64 << 20};
  std::unique_ptr<LakeStore> store_;
  std::unique_ptr<LakeTable> table_;
  std::vector<std::vector<uint8_t>> batches_;
  std::optional<TableMetadata> catalog_;
  std::string list_;
  bool committed_ = false;  // and not remembered yet
  int64_t commits_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  FuzzInput in(data, size);
  ByteBudget budget(16 << 20);
  ChangeBatchWriter writer(&budget);
  Lake lake;
  Source sources[2];
  sources[1].id[0] = 1;
  for (uint32_t step = 0; step < kStepsMax && !in.empty(); step++) {
    const uint8_t what = in.Take<uint8_t>();
    Source* source = &sources[what / 8 % 2];
    switch (what % 8) {
      case 0: lake.Flush(what & 128); break;
      case 1: lake.Open(); break;
      case 2: lake.Push(AnyBatch(&in)); break;
      default: {
        const std::vector<uint8_t> batch = NextBatch(&in, &writer, source);
        if (!lake.Push(batch)) break;
        ChangeBatchReader reader;
        MUST(reader.Open(batch).ok());
        source->at = reader.end();
        if (reader.part() > 0) source->part = reader.part();
      }
    }
  }
  lake.Flush(false);
  return 0;
}
