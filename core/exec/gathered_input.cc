#include "core/exec/gathered_input.h"

namespace dosql {

GatheredInput::GatheredInput(ExecContext* context, std::unique_ptr<Operator> input, uint32_t width,
                             bool bulk, bool gathers)
    : context_(context),
      input_(std::move(input)),
      width_(width),
      gathers_(gathers),
      enough_(bulk ? kEnough : kEnough / 64),
      strings_(context->budget) {}

// Copies the rows of the chunk in hand; there is room for them.
Status GatheredInput::Add() {
  if (builders_ == nullptr) {
    builders_ = std::make_unique<VectorBuilder[]>(width_);
    vectors_ = context_->arena->NewArray<Vector>(width_);
    if (vectors_ == nullptr) return context_->OutOfMemory();
    for (uint32_t c = 0; c < width_; c++) builders_[c].Init(context_->arena, kChunkRowsMax);
  }
  if (rows_ == 0) {
    strings_.Reset();
    for (uint32_t c = 0; c < width_; c++) builders_[c].Restart();
  }
  const Selection& selection = in_->selection;
  for (uint32_t c = 0; c < width_; c++) {
    for (uint32_t k = 0; k < selection.count; k++) {
      Value v = in_->columns[c].Get(selection[k]);
      if (v.is_bytes() && v.size > StringRef::kInlineMax) {
        Bytes copy = strings_.Copy(v.bytes());
        if (copy.data() == nullptr) return context_->OutOfMemory();
        v.data = copy.data();
      }
      if (!builders_[c].Put(rows_ + k, v).ok()) return context_->OutOfMemory();
    }
  }
  rows_ += selection.count;
  return Status::Ok();
}

Status GatheredInput::Next(Chunk** chunk) {
  *chunk = nullptr;
  if (!gathers_) return input_->Next(chunk);
  if (given_) {
    rows_ = 0;
    given_ = false;
    if (enough_ < kEnough) enough_ *= 4;
  }
  for (;;) {
    if (in_ == nullptr && !over_) {
      DOSQL_TRY(input_->Next(&in_));
      over_ = in_ == nullptr;
    }
    if (rows_ == 0 && (over_ || in_->selection.count >= enough_)) {
      *chunk = in_;
      in_ = nullptr;
      return Status::Ok();
    }
    if (over_ || rows_ >= enough_ || rows_ + in_->selection.count > kChunkRowsMax) break;
    DOSQL_TRY(Add());
    in_ = nullptr;
  }
  for (uint32_t c = 0; c < width_; c++) vectors_[c] = builders_[c].Finish();
  chunk_ = {vectors_, width_, rows_, {nullptr, rows_}};
  given_ = true;
  *chunk = &chunk_;
  return Status::Ok();
}

}  // namespace dosql
