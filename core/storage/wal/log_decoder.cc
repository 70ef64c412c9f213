#include "core/storage/wal/log_decoder.h"

#include <cstdlib>
#include <cstring>

#include "core/base/varint.h"

namespace dosql {
namespace {

const uint8_t* GetBytes(const uint8_t* p, const uint8_t* end, Bytes* out) {
  uint64_t n;
  p = GetVarint(p, end, &n);
  if (!p) return nullptr;
#if !defined(DOSQL_PLANT_LOG_BUG)  // the planted bug that the log fuzzer must find
  if (n > static_cast<uint64_t>(end - p)) return nullptr;
#endif
  *out = {p, static_cast<size_t>(n)};
  return p + n;
}

}  // namespace

void LogDecoder::Reset() {
  std::free(carry_);
  budget_->Release(carry_capacity_);
  carry_ = nullptr;
  carry_size_ = carry_capacity_ = 0;
  left_ = 0;
  bad_ = false;
}

Status LogDecoder::Carry(Bytes bytes) {
  size_t need = carry_size_ + bytes.size();
  if (need > carry_capacity_) {
    DOSQL_TRY(budget_->Reserve(need - carry_capacity_));
    auto* bigger = static_cast<uint8_t*>(std::realloc(carry_, need));
    if (!bigger) {
      budget_->Release(need - carry_capacity_);
      return Code::kNoMemory;
    }
    carry_ = bigger;
    carry_capacity_ = need;
  }
  if (!bytes.empty()) std::memcpy(carry_ + carry_size_, bytes.data(), bytes.size());
  carry_size_ = need;
  return Status::Ok();
}

const uint8_t* LogDecoder::Step(const uint8_t* p, const uint8_t* end, bool* is_change,
                                LogChange* change) {
  if (left_ == 0) {
    *is_change = false;
    uint8_t op = *p++;
    uint64_t table;
    p = GetVarint(p, end, &table);
    if (!p || end - p < 4) return nullptr;
    uint32_t count = LoadLe<uint32_t>(p);
    if (op < static_cast<uint8_t>(LogOp::kInsert) || op > static_cast<uint8_t>(LogOp::kDdl) ||
        table > ~uint32_t{0} || count == 0) {
      bad_ = true;
      return nullptr;
    }
    op_ = static_cast<LogOp>(op);
    table_ = TableId(static_cast<uint32_t>(table));
    left_ = count;
    return p + 4;
  }
  *is_change = true;
  *change = {op_, table_, {}, {}, {}};
  p = GetBytes(p, end, &change->key);
  if (p && (op_ == LogOp::kUpdate || op_ == LogOp::kDelete)) p = GetBytes(p, end, &change->before);
  if (p && op_ != LogOp::kDelete) p = GetBytes(p, end, &change->after);
  if (p) left_--;
  return p;
}

Status LogDecoder::Decode(Bytes part, bool last, ReplaySink* sink) {
  const bool carried = carry_size_ != 0;
  if (carried) {
    DOSQL_TRY(Carry(part));
    part = {carry_, carry_size_};
  }
  const uint8_t* p = part.data();
  const uint8_t* end = p + part.size();
  while (p < end) {
    bool is_change;
    LogChange change;
    const uint8_t* next = Step(p, end, &is_change, &change);
    if (!next) break;
    if (is_change) DOSQL_TRY(sink->ApplyChange(change));
    p = next;
  }
  if (bad_ || (last && (p != end || left_ != 0))) return Code::kCorrupt;
  size_t rest = static_cast<size_t>(end - p);
  if (!carried) return rest == 0 ? Status::Ok() : Carry({p, rest});
  if (rest != 0) std::memmove(carry_, p, rest);
  carry_size_ = rest;
  return Status::Ok();
}

}  // namespace dosql
