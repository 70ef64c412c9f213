#include "core/host/fault_store.h"

#include <cstring>

namespace dosql {
namespace {

// splitmix64: small, and the same everywhere.
struct Random {
  uint64_t state;
  uint64_t Next() {
    uint64_t z = (state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  uint64_t Below(uint64_t n) { return Next() % n; }
};

constexpr size_t kSector = 512;

}  // namespace

FaultStore::Blob& FaultStore::Rows::At(RowKey key) {
  std::vector<Blob>& rows = kind[static_cast<uint32_t>(key.kind) - 1];
  if (key.number >= rows.size()) rows.resize(key.number + 1);
  return rows[key.number];
}

const FaultStore::Blob* FaultStore::Rows::Find(RowKey key) const {
  const std::vector<Blob>& rows = kind[static_cast<uint32_t>(key.kind) - 1];
  return key.number < rows.size() && rows[key.number] ? &rows[key.number] : nullptr;
}

Status FaultStore::Event(bool* last) {
  if (stopped_) return Code::kIo;
  *last = ++events_ == stop_at_;
  if (*last) stopped_ = true;
  return Status::Ok();
}

Status FaultStore::Get(RowKey key, MutableBytes out, uint32_t* size) {
  if (stopped_) return Code::kIo;
  const Blob* blob = now_.Find(key);
  if (!blob) return Code::kNotFound;
  const std::vector<uint8_t>& row = **blob;
  *size = static_cast<uint32_t>(row.size());
  size_t n = row.size() < out.size() ? row.size() : out.size();
  if (n != 0) std::memcpy(out.data(), row.data(), n);
  return Status::Ok();
}

Status FaultStore::GetPart(RowKey key, uint32_t from, MutableBytes out) {
  if (stopped_) return Code::kIo;
  const Blob* blob = now_.Find(key);
  if (!blob || (*blob)->size() < from + out.size()) return Code::kNotFound;
  std::memcpy(out.data(), (*blob)->data() + from, out.size());
  return Status::Ok();
}

Status FaultStore::Put(RowKey key, Bytes data) {
  if (data.size() > kRowBytesMax) return Code::kTooBig;
  bool last;
  DOSQL_TRY(Event(&last));
  const bool fails = ++puts_ == fail_at_;
  if (fails && model_ == FaultModel::kTurnAtomic) return Code::kIo;
  auto blob = std::make_shared<std::vector<uint8_t>>(data.begin(), data.end());
  pending_.push_back({key, blob});
  if (last || fails) return Code::kIo;
  now_.At(key) = std::move(blob);
  return Status::Ok();
}

Status FaultStore::PutIf(RowKey key, Bytes data, RowKey pred, Bytes pred_head) {
  if (stopped_) return Code::kIo;
  const Blob* blob = now_.Find(pred);
  if (!blob || (*blob)->size() < pred_head.size() ||
      std::memcmp((*blob)->data(), pred_head.data(), pred_head.size()) != 0) {
    return Code::kStale;
  }
  return Put(key, data);
}

Status FaultStore::Sync() {
  if (model_ == FaultModel::kTurnAtomic) return stopped_ ? Code::kIo : Code::kOk;
  bool last;
  DOSQL_TRY(Event(&last));
  if (last) return Code::kIo;
  if (ignore_sync_) return Status::Ok();
  for (Pending& p : pending_) durable_.At(p.key) = std::move(p.blob);
  pending_.clear();
  return Status::Ok();
}

void FaultStore::EndOfTurn() {
  if (stopped_) return;
  for (Pending& p : pending_) durable_.At(p.key) = std::move(p.blob);
  pending_.clear();
}

void FaultStore::RollbackTo(size_t mark) {
  // Each row goes back to its last put before the mark, or to what the turn began with.
  for (size_t i = mark; i < pending_.size(); i++) {
    RowKey key = pending_[i].key;
    const Blob* before = durable_.Find(key);
    for (size_t j = 0; j < mark; j++) {
      if (pending_[j].key == key) before = &pending_[j].blob;
    }
    now_.At(key) = before ? *before : nullptr;
  }
  pending_.resize(mark);
}

void FaultStore::Crash(uint64_t seed) {
  Random random{seed};
  if (model_ == FaultModel::kPosix) {
    for (size_t i = pending_.size(); i > 1; i--) {
      std::swap(pending_[i - 1], pending_[random.Below(i)]);
    }
    for (Pending& p : pending_) {
      Blob& row = durable_.At(p.key);
      switch (random.Below(3)) {
        case 0:
          break;  // lost
        case 1:
          row = p.blob;
          break;
        default: {  // torn: each sector for itself, or cut off
          auto torn = std::make_shared<std::vector<uint8_t>>(row ? *row : std::vector<uint8_t>());
          const std::vector<uint8_t>& wanted = *p.blob;
          size_t end = random.Below(2) ? wanted.size() : random.Below(wanted.size() + 1);
          if (torn->size() < end) torn->resize(end);
          for (size_t at = 0; at < end; at += kSector) {
            if (random.Below(4) == 0) continue;
            size_t n = end - at < kSector ? end - at : kSector;
            std::memcpy(torn->data() + at, wanted.data() + at, n);
          }
          row = torn;
        }
      }
    }
  }
  pending_.clear();
  now_ = durable_;
  stopped_ = end_turn_wanted_ = false;
  stop_at_ = fail_at_ = 0;
}

std::vector<uint8_t>* FaultStore::Edit(RowKey key) {
  const Blob* blob = durable_.Find(key);
  if (!blob) return nullptr;
  Blob copy = std::make_shared<std::vector<uint8_t>>(**blob);
  durable_.At(key) = now_.At(key) = copy;
  return copy.get();
}

void FaultStore::Erase(RowKey key) { durable_.At(key) = now_.At(key) = nullptr; }

}  // namespace dosql
