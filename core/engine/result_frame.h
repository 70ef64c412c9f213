// ResultFrame: writes rows into the bytes that frame_format.h describes. One buffer per database,
// used again for every frame.
#pragma once

#include <cstdlib>

#include "core/base/budget.h"
#include "core/base/status.h"
#include "core/engine/frame_format.h"
#include "core/vector/vector.h"

namespace dosql {

class ResultFrame {
 public:
  explicit ResultFrame(ByteBudget* budget) : budget_(budget) {}
  ~ResultFrame() { Free(); }
  ResultFrame(const ResultFrame&) = delete;
  ResultFrame& operator=(const ResultFrame&) = delete;

  // Selected rows [first, first + *count) of the chunk's first `width` columns; of long rows fewer,
  // which *count then says. kNoMemory.
  Status WriteChunk(const Chunk& chunk, uint32_t width, uint32_t first, uint32_t* count);
  // One row.
  Status WriteRow(const Value* values, uint32_t width);

  void SetMore() { StoreLe<uint16_t>(data_ + 6, LoadLe<uint16_t>(data_ + 6) | kFrameMore); }
  void Clear() { size_ = 0; }
  Bytes bytes() const { return {data_, size_}; }

 private:
  Status Reserve(size_t bytes);
  void Free();
  void WriteHeader(uint32_t width, uint32_t rows, size_t heap, bool ascii);

  ByteBudget* budget_;
  uint8_t* data_ = nullptr;
  size_t capacity_ = 0;
  size_t size_ = 0;
};

}  // namespace dosql
