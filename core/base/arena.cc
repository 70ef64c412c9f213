#include "core/base/arena.h"

#include <cstdlib>

namespace dosql {
namespace {
constexpr size_t kFirstBlockBytes = 4 << 10;
constexpr size_t kBlockBytesMax = 64 << 10;
}  // namespace

void* Arena::AllocateSlow(size_t size) {
  // Blocks double from 4 KB to 64 KB; a larger request gets a block of its own.
  size_t want = kFirstBlockBytes;
  if (blocks_ != nullptr)
    want = blocks_->size * 2 < kBlockBytesMax ? blocks_->size * 2 : kBlockBytesMax;
  if (size > SIZE_MAX / 4) return nullptr;
  if (want < size + sizeof(Block)) want = size + sizeof(Block);
  if (!budget_->Reserve(want).ok()) {
    want = size + sizeof(Block);
    if (!budget_->Reserve(want).ok()) return nullptr;
  }
  Block* b = static_cast<Block*>(std::malloc(want));
  if (b == nullptr) {
    budget_->Release(want);
    return nullptr;
  }
  b->size = want;
  b->next = blocks_;
  blocks_ = b;
  total_ += want;
  uint8_t* p = reinterpret_cast<uint8_t*>(b + 1);
  pos_ = p + size;
  end_ = reinterpret_cast<uint8_t*>(b) + want;
  return p;
}

void Arena::FreeBlock(Block* b) {
  total_ -= b->size;
  budget_->Release(b->size);
  std::free(b);
}

Bytes Arena::Copy(Bytes data) {
  void* p = Allocate(data.size());
  if (p == nullptr) return {};
  if (!data.empty()) std::memcpy(p, data.data(), data.size());
  return {static_cast<const uint8_t*>(p), data.size()};
}

void Arena::Reset() {
  while (blocks_ != nullptr) {
    Block* b = blocks_;
    blocks_ = b->next;
    FreeBlock(b);
  }
  pos_ = end_ = const_cast<uint8_t*>(kEmpty);
}

}  // namespace dosql
