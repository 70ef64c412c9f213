// Arena: memory that is given back all at once. Everything it hands out lives until Reset or the
// arena's end; destructors are not run, so only trivially destructible things may live in it.
// Every block is reserved in the ByteBudget first: Allocate returns nullptr when the budget is used
// up, and the caller turns that into Code::kNoMemory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <string_view>
#include <type_traits>
#include <utility>

#include "core/base/budget.h"
#include "core/base/bytes.h"

namespace dosql {

class Arena {
 public:
  explicit Arena(ByteBudget* budget) : budget_(budget) {}
  ~Arena() { Reset(); }
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // `size` bytes aligned to 8, uninitialised; nullptr when the budget is used up. size 0 is legal.
  void* Allocate(size_t size) {
    size = (size + 7) & ~size_t{7};
    if (size <= static_cast<size_t>(end_ - pos_)) {
      void* p = pos_;
      pos_ += size;
      return p;
    }
    return AllocateSlow(size);
  }

  template <typename T, typename... Args>
  T* New(Args&&... args) {
    static_assert(std::is_trivially_destructible_v<T>);
    static_assert(alignof(T) <= 8);
    void* p = Allocate(sizeof(T));
    return p ? new (p) T(std::forward<Args>(args)...) : nullptr;
  }

  // n value-initialised elements, or nullptr.
  template <typename T>
  T* NewArray(size_t n) {
    static_assert(std::is_trivially_destructible_v<T>);
    if (n > SIZE_MAX / 2 / sizeof(T)) return nullptr;
    void* p = Allocate(n * sizeof(T));
    if (!p) return nullptr;
    T* a = static_cast<T*>(p);
    for (size_t i = 0; i < n; i++) new (a + i) T();
    return a;
  }

  // A copy of `data`; the result's data() is nullptr when the budget is used up and data is not
  // empty.
  Bytes Copy(Bytes data);

  // Gives back what the newest allocation has behind `end`.
  void Trim(uint8_t* end) {
    const size_t over = static_cast<size_t>(reinterpret_cast<uintptr_t>(end) & 7);
    pos_ = over == 0 ? end : end + (8 - over);
  }

  // Gives every block back.
  void Reset();
  size_t size_bytes() const { return total_; }
  ByteBudget* budget() const { return budget_; }

 private:
  struct Block {
    Block* next;
    size_t size;
  };
  void* AllocateSlow(size_t size);
  void FreeBlock(Block* b);

  ByteBudget* budget_;
  Block* blocks_ = nullptr;  // newest first
  // Not nullptr, which would say that the budget is used up: an allocation of size 0 returns pos_.
  alignas(8) static constexpr uint8_t kEmpty[8] = {};
  uint8_t* pos_ = const_cast<uint8_t*>(kEmpty);
  uint8_t* end_ = pos_;
  size_t total_ = 0;
};

}  // namespace dosql
