#include "core/storage/wal/log_buffer.h"

#include <cstdlib>
#include <cstring>

#include "core/base/varint.h"

namespace dosql {

LogBuffer::~LogBuffer() {
  for (uint32_t i = 0; i < chunk_count_; i++) std::free(chunks_[i]);
  std::free(chunks_);
  budget_->Release(uint64_t{chunk_count_} * kChunkBytes + chunk_capacity_ * sizeof(uint8_t*));
}

uint64_t LogBuffer::BytesMax(const LogChange& change) {
  return 1 + 4 + 4 * kVarintBytesMax + uint64_t{change.key.size()} + change.before.size() +
         change.after.size();
}

Status LogBuffer::Reserve(uint64_t bytes) {
  while (size_ + bytes > uint64_t{chunk_count_} * kChunkBytes) {
    if (chunk_count_ == chunk_capacity_) {
      uint32_t capacity = chunk_capacity_ == 0 ? 16 : chunk_capacity_ * 2;
      DOSQL_TRY(budget_->Reserve((capacity - chunk_capacity_) * sizeof(uint8_t*)));
      auto* bigger = static_cast<uint8_t**>(std::realloc(chunks_, capacity * sizeof(uint8_t*)));
      if (!bigger) {
        budget_->Release((capacity - chunk_capacity_) * sizeof(uint8_t*));
        return Code::kNoMemory;
      }
      chunks_ = bigger;
      chunk_capacity_ = capacity;
    }
    DOSQL_TRY(budget_->Reserve(kChunkBytes));
    auto* chunk = static_cast<uint8_t*>(std::malloc(kChunkBytes));
    if (!chunk) {
      budget_->Release(kChunkBytes);
      return Code::kNoMemory;
    }
    chunks_[chunk_count_++] = chunk;
  }
  return Status::Ok();
}

void LogBuffer::PutAt(uint64_t at, const uint8_t* p, uint64_t n) {
  while (n > 0) {
    uint32_t offset = at % kChunkBytes;
    uint64_t part = kChunkBytes - offset < n ? kChunkBytes - offset : n;
    std::memcpy(chunks_[at / kChunkBytes] + offset, p, part);
    at += part;
    p += part;
    n -= part;
  }
}

void LogBuffer::Put(const uint8_t* p, uint64_t n) {
  PutAt(size_, p, n);
  size_ += n;
}

void LogBuffer::PutBytes(Bytes b) {
  uint8_t head[kVarintBytesMax];
  Put(head, static_cast<uint64_t>(PutVarint(head, b.size()) - head));
  Put(b.data(), b.size());
}

Status LogBuffer::Append(const LogChange& change) {
  DOSQL_TRY(Reserve(BytesMax(change)));
  if (run_count_ == 0 || run_op_ != change.op || run_table_ != change.table ||
      run_count_ == ~uint32_t{0}) {
    uint8_t head[1 + kVarintBytesMax];
    head[0] = static_cast<uint8_t>(change.op);
    Put(head, static_cast<uint64_t>(PutVarint(head + 1, change.table.value) - head));
    run_op_ = change.op;
    run_table_ = change.table;
    run_count_ = 0;
    run_count_at_ = size_;
    size_ += 4;
  }
  uint8_t count[4];
  StoreLe<uint32_t>(count, ++run_count_);
  PutAt(run_count_at_, count, 4);
  PutBytes(change.key);
  if (change.op == LogOp::kUpdate || change.op == LogOp::kDelete) PutBytes(change.before);
  if (change.op != LogOp::kDelete) PutBytes(change.after);
  return Status::Ok();
}

void LogBuffer::Truncate(uint64_t size) {
  DOSQL_ASSERT(size <= size_);
  size_ = size;
  run_count_ = 0;
  // One chunk stays: the next small transaction then takes no memory.
  uint64_t keep = (size + kChunkBytes - 1) / kChunkBytes;
  if (keep == 0) keep = 1;
  while (chunk_count_ > keep) {
    std::free(chunks_[--chunk_count_]);
    budget_->Release(kChunkBytes);
  }
}

void LogBuffer::CopyOut(uint64_t from, uint64_t n, uint8_t* out) const {
  DOSQL_ASSERT(from + n <= size_);
  while (n > 0) {
    uint32_t offset = from % kChunkBytes;
    uint64_t part = kChunkBytes - offset < n ? kChunkBytes - offset : n;
    std::memcpy(out, chunks_[from / kChunkBytes] + offset, part);
    from += part;
    out += part;
    n -= part;
  }
}

}  // namespace dosql
