// GatheredInput: the chunks of an operator, with small ones put together, for what works better on
// many rows at a time.
#pragma once

#include "core/exec/operator.h"
#include "core/vector/vector_builder.h"

namespace dosql {

class GatheredInput {
 public:
  // bulk: all rows will be asked for. Otherwise the first ones go on early. Without `gathers` all
  // chunks pass as they are.
  GatheredInput(ExecContext* context, std::unique_ptr<Operator> input, uint32_t width, bool bulk,
                bool gathers = true);

  // As Operator::Next.
  Status Next(Chunk** chunk);

 private:
  static constexpr uint32_t kEnough = kChunkRowsMax / 2;

  Status Add();

  ExecContext* context_;
  std::unique_ptr<Operator> input_;
  const uint32_t width_;
  const bool gathers_;
  uint32_t enough_;  // a chunk of so many rows is large enough, and what is gathered goes out
  Arena strings_;    // longer than a vector holds in place
  std::unique_ptr<VectorBuilder[]> builders_;
  Vector* vectors_ = nullptr;
  Chunk* in_ = nullptr;  // the input's chunk in hand: rows are added, or it is the next to pass
  uint32_t rows_ = 0;    // gathered
  bool given_ = false;   // and given: they are to be dropped
  bool over_ = false;
  Chunk chunk_;
};

}  // namespace dosql
