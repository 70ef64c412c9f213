// Damaged log rows: recovery gives a status, and what it hands on lies within the row. Checksums and
// the chain are made right again after the damage, unless the input says not to. Built with
// DOSQL_PLANT_LOG_BUG, a length is not checked, and this finds it.
//
// Input: u8 flags (4: the rest are a transaction's bytes for the decoder alone, in parts; 1: leave the
// checksums wrong, 2: a file's fault model), then mutations: u8 row
// (with its high bit: the row is dropped, doubled or cut), and as fuzz_input.h says.
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "core/base/checksum.h"
#include "core/host/fixed_host.h"
#include "core/host/memory_store.h"
#include "core/storage/btree/btree.h"
#include "core/storage/tx/store.h"
#include "core/storage/wal/log_decoder.h"
#include "core/storage/wal/log_format.h"
#include "tests/fuzz/fuzz_input.h"

namespace {

using namespace dosql;

// Reads every byte that it is handed, and does what it can with it.
struct Database final : ReplaySink {
  explicit Database(PageStore* pages) : host{pages, &clock, &entropy} {
    options.cache_bytes = 40 * kPageBytes;
    options.log_slots = 32;
    options.log_row_bytes = 600;
  }
  Status Open() {
    store.reset();
    bool is_new;
    DOSQL_TRY(Store::Open(host, &budget, options, &store, &is_new));
    if (is_new) DOSQL_TRY(BTree::Format(&store->pager(), PageId(1), KeyKind::kBytes));
    return store->Recover(this);
  }
  BTree Tree() { return BTree(&store->pager(), PageId(1), KeyKind::kBytes); }
  Status ApplyBegin(const LogCommit& c) override {
    sum = sum + c.lsn.value + static_cast<uint64_t>(c.time_micros) + c.schema_version;
    return Status::Ok();
  }
  Status ApplyChange(const LogChange& c) override {
    for (Bytes bytes : {c.key, c.before, c.after}) {
      for (uint8_t b : bytes) sum = sum * 31 + b;
    }
    if (c.op == LogOp::kDdl) return Status::Ok();
    if (c.op != LogOp::kDelete) return Tree().Put(Key::Of(c.key), c.after);
    Status s = Tree().Delete(Key::Of(c.key));
    return s.code() == Code::kNotFound ? Status::Ok() : s;
  }
  Status ApplyCommit(const LogCommit&) override { return Status::Ok(); }

  FixedClock clock{1};
  FixedEntropy entropy{1};
  ByteBudget budget{8u << 20};
  StoreOptions options;
  Host host;
  std::unique_ptr<Store> store;
  volatile uint64_t sum = 0;
};

struct Row {
  RowKey key;
  std::vector<uint8_t> bytes;
};

std::vector<Row> MakeRows(FaultModel model) {
  MemoryStore memory(model);
  Database db(&memory);
  bool ok = db.Open().ok();
  for (uint32_t i = 0; i < 14 && ok; i++) {
    ok = db.store->Begin().ok();
    for (uint32_t k = 0; k <= i % 5 && ok; k++) {
      std::string key = "key" + std::to_string(i * 3 + k), value(i % 6 == 4 ? 400 : 20, 'v');
      LogOp op = static_cast<LogOp>(1 + (i + k) % 4);
      ok = db.store->Log({op, TableId(i % 3), AsBytes(key), AsBytes(value), AsBytes(value)}).ok();
    }
    ok = ok && db.store->Commit().ok();
    if (i % 4 == 3) ok = ok && db.store->EndTurn().ok();
    if (i == 5) ok = ok && db.store->Checkpoint().ok();
  }
  ok = ok && db.store->Close().ok();
  if (!ok) std::abort();
  std::vector<Row> rows;
  memory.ForEach([&](RowKey key, const std::vector<uint8_t>& b) { rows.push_back({key, b}); });
  return rows;
}

// Rows in the order of their slots, each with the checksum of the one before.
void FixChain(MemoryStore* memory) {
  uint32_t pred_sum = 0;
  uint64_t pred_seq = 0;
  for (uint32_t slot = 0; slot < 32; slot++) {
    std::vector<uint8_t>* row = memory->Find({RowKind::kLog, slot});
    if (!row || row->size() < kLogHeaderBytes) continue;
    uint8_t* p = row->data();
    StoreLe(p + kLogBodyBytes, static_cast<uint32_t>(row->size() - kLogHeaderBytes));
    if (pred_seq != 0 && LoadLe<uint64_t>(p + kLogSeqAt) == pred_seq + 1) {
      StoreLe(p + kLogPredSum, pred_sum);
    }
    pred_sum = Checksum32(Bytes(*row).subspan(4));
    pred_seq = LoadLe<uint64_t>(p + kLogSeqAt);
    StoreLe(p, pred_sum);
  }
}

// Straight into the decoder, each part in memory of exactly its size.
void Decode(FuzzInput* in) {
  struct Reader final : ReplaySink {
    Status ApplyBegin(const LogCommit&) override { return Status::Ok(); }
    Status ApplyCommit(const LogCommit&) override { return Status::Ok(); }
    Status ApplyChange(const LogChange& c) override {
      for (Bytes bytes : {c.key, c.before, c.after}) {
        for (uint8_t b : bytes) sum = sum + b;
      }
      return Status::Ok();
    }
    volatile uint64_t sum = 0;
  } reader;
  ByteBudget budget(1 << 20);
  LogDecoder decoder(&budget);
  Status s;
  while (s.ok() && !in->empty()) {
    Bytes b = in->TakeBytes(in->Take<uint8_t>() + 1);
    auto* exact = static_cast<uint8_t*>(std::malloc(b.size()));
    if (!b.empty()) std::memcpy(exact, b.data(), b.size());
    s = decoder.Decode({exact, b.size()}, in->empty(), &reader);
    std::free(exact);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto& turn_rows = *new auto(MakeRows(FaultModel::kTurnAtomic));
  static const auto& file_rows = *new auto(MakeRows(FaultModel::kPosix));
  FuzzInput in(data, size);
  const uint8_t flags = in.Take<uint8_t>();
  if (flags & 4) {
    Decode(&in);
    return 0;
  }
  const FaultModel model = flags & 2 ? FaultModel::kPosix : FaultModel::kTurnAtomic;
  MemoryStore memory(model);
  std::vector<uint32_t> slots;
  for (const Row& row : model == FaultModel::kPosix ? file_rows : turn_rows) {
    if (!memory.Put(row.key, row.bytes).ok()) std::abort();
    if (row.key.kind == RowKind::kLog) slots.push_back(row.key.number);
  }
  for (int n = 0; n < 32 && !in.empty(); n++) {
    uint8_t what = in.Take<uint8_t>();
    RowKey key = {RowKind::kLog, slots[(what & 0x7f) % slots.size()]};
    std::vector<uint8_t>* row = memory.Find(key);
    if (!row) continue;
    if (what & 0x80) {
      uint8_t how = in.Take<uint8_t>();
      if (how < 32) {
        memory.Erase(key);
      } else if (how < 64) {
        if (!memory.Put({RowKind::kLog, in.Take<uint8_t>() % 32u},
                        std::vector<uint8_t>(*row)).ok()) {
          std::abort();
        }
      } else {
        row->resize(in.Take<uint16_t>() % 2048);
      }
    } else {
      Mutate(&in, *row);
    }
  }
  if (!(flags & 1)) FixChain(&memory);
  Database db(&memory);
  if (db.Open().ok()) {
    uint64_t lsn = db.store->last_lsn().value;
    // What was recovered can be gone on with, and comes back.
    uint8_t key[] = {'n', 'e', 'w'};
    Status s = db.store->Log({LogOp::kInsert, TableId(1), key, {}, key});
    if (s.ok()) s = db.Tree().Put(Key::Of(key), key);
    if (s.ok()) s = db.store->Commit();
    if (s.ok() && db.store->Close().ok()) {
      Status again = db.Open();
      // A row behind the recovered end may have been reached by the new one: then it is a gap.
      if (again.ok() && db.store->last_lsn().value < lsn + 1) std::abort();
    }
  }
  return 0;
}
