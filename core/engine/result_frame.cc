#include "core/engine/result_frame.h"

namespace dosql {
namespace {

constexpr int64_t kExactIntegers = int64_t{1} << 53;

// Those that JavaScript calls safe: 2^53 itself reads back as a real when it is bound again.
bool FitsDouble(int64_t v) { return v < kExactIntegers && v > -kExactIntegers; }
size_t Pad8(size_t n) { return (n + 7) & ~size_t{7}; }

CellKind KindOf(const Value& v) {
  switch (v.type) {
    case ValueType::kInteger: return FitsDouble(v.i) ? CellKind::kInt53 : CellKind::kInt64;
    case ValueType::kReal: return CellKind::kReal;
    case ValueType::kText: return CellKind::kText;
    case ValueType::kBlob: return CellKind::kBlob;
    default: return CellKind::kNull;
  }
}

// Copies text and says whether all of it is below 0x80.
bool CopyText(uint8_t* to, const uint8_t* from, size_t n) {
  uint64_t high = 0;
  if (n >= 8) {
    for (size_t i = 0; i + 8 <= n; i += 8) {
      uint64_t w = LoadLe<uint64_t>(from + i);
      StoreLe(to + i, w);
      high |= w;
    }
    // The last 8 bytes, some of them again.
    uint64_t w = LoadLe<uint64_t>(from + n - 8);
    StoreLe(to + n - 8, w);
    high |= w;
  } else if (n >= 4) {
    uint32_t a = LoadLe<uint32_t>(from), b = LoadLe<uint32_t>(from + n - 4);
    StoreLe(to, a);
    StoreLe(to + n - 4, b);
    high = a | b;
  } else {
    for (size_t i = 0; i < n; i++) {
      to[i] = from[i];
      high |= from[i];
    }
  }
  return (high & 0x8080808080808080u) == 0;
}

// What a first pass over a column finds.
struct ColumnShape {
  CellKind kind = CellKind::kNull;
  size_t text_bytes = 0, blob_bytes = 0;

  void Add(CellKind cell) {
    if (cell == kind || kind == CellKind::kMixed) return;
    // An integer column with some large value is INT64 whole; any other mixture is MIXED, and so is
    // a column with a NULL among values.
    bool integers = (cell == CellKind::kInt53 || cell == CellKind::kInt64) &&
                    (kind == CellKind::kInt53 || kind == CellKind::kInt64);
    kind = integers ? CellKind::kInt64 : CellKind::kMixed;
  }
};

// Where texts and blobs go while cells are written.
struct Heap {
  uint8_t* base;
  uint32_t text_at, blob_at;
  bool ascii = true;

  void Put(bool blob, Bytes b, uint8_t* cell) {
    uint32_t& at = blob ? blob_at : text_at;
    StoreLe<uint32_t>(cell, at);
    if (blob) {
      if (!b.empty()) std::memcpy(base + at, b.data(), b.size());
    } else {
      ascii &= CopyText(base + at, b.data(), b.size());
    }
    at += static_cast<uint32_t>(b.size());
    StoreLe<uint32_t>(cell + 4, at);
  }
};

void PutCell(const Value& v, CellKind kind, Heap* heap, uint8_t* cell) {
  switch (kind) {
    case CellKind::kInt53: StoreLe<double>(cell, static_cast<double>(v.i)); break;
    case CellKind::kInt64: StoreLe<int64_t>(cell, v.i); break;
    case CellKind::kReal: StoreLe<double>(cell, v.d); break;
    case CellKind::kText:
    case CellKind::kBlob: heap->Put(kind == CellKind::kBlob, v.bytes(), cell); break;
    default: StoreLe<uint64_t>(cell, 0);
  }
}

struct Rows {
  const Chunk& chunk;
  uint32_t first, count;
  uint32_t operator[](uint32_t k) const { return chunk.selection[first + k]; }
};

bool HasNulls(const Vector& v, const Rows& rows) {
  if (v.nulls == nullptr) return false;
  for (uint32_t k = 0; k < rows.count; k++)
    if (v.nulls[v.At(rows[k])] != 0) return true;
  return false;
}

ColumnShape Shape(const Vector& v, const Rows& rows) {
  ColumnShape s;
  uint32_t n = rows.count;
  if (v.type == VectorType::kTagged || HasNulls(v, rows)) {
    for (uint32_t k = 0; k < n; k++) {
      Value value = v.Get(rows[k]);
      CellKind cell = KindOf(value);
      if (k == 0)
        s.kind = cell;
      else
        s.Add(cell);
      if (cell == CellKind::kText) s.text_bytes += value.size;
      if (cell == CellKind::kBlob) s.blob_bytes += value.size;
    }
    return s;
  }
  switch (v.type) {
    case VectorType::kI64: {
      s.kind = CellKind::kInt53;
      for (uint32_t k = 0; k < n; k++)
        if (!FitsDouble(v.i64[v.At(rows[k])])) s.kind = CellKind::kInt64;
      break;
    }
    case VectorType::kF64: s.kind = CellKind::kReal; break;
    default: {
      size_t bytes = 0;
      for (uint32_t k = 0; k < n; k++) bytes += v.bytes[v.At(rows[k])].size;
      s.kind = v.is_blob ? CellKind::kBlob : CellKind::kText;
      (v.is_blob ? s.blob_bytes : s.text_bytes) = bytes;
    }
  }
  return s;
}

uint8_t* PutColumn(const Vector& v, const Rows& rows, CellKind kind, Heap* heap, uint8_t* out) {
  uint32_t n = rows.count;
  if (kind == CellKind::kNull) return out;
  if (kind == CellKind::kMixed) {
    uint8_t* cells = out + Pad8(n);
    std::memset(out + (n & ~7u), 0, Pad8(n) - (n & ~7u));
    for (uint32_t k = 0; k < n; k++) {
      Value value = v.Get(rows[k]);
      CellKind cell = KindOf(value);
      out[k] = static_cast<uint8_t>(cell);
      PutCell(value, cell, heap, cells + k * 8);
    }
    return cells + size_t{n} * 8;
  }
  if (v.type == VectorType::kBytes) {
    for (uint32_t k = 0; k < n; k++)
      heap->Put(v.is_blob, v.bytes[v.At(rows[k])].bytes(), out + k * 8);
  } else if (v.type == VectorType::kI64 && kind == CellKind::kInt53) {
    for (uint32_t k = 0; k < n; k++)
      StoreLe<double>(out + k * 8, static_cast<double>(v.i64[v.At(rows[k])]));
  } else {
    for (uint32_t k = 0; k < n; k++) PutCell(v.Get(rows[k]), kind, heap, out + k * 8);
  }
  return out + size_t{n} * 8;
}

}  // namespace

void ResultFrame::Free() {
  std::free(data_);
  budget_->Release(capacity_);
  data_ = nullptr;
  capacity_ = size_ = 0;
}

Status ResultFrame::Reserve(size_t bytes) {
  // A buffer grown for one large frame is not kept for small ones.
  if (bytes <= capacity_ && !(capacity_ > (1u << 20) && bytes < (64u << 10))) return Status::Ok();
  Free();
  size_t capacity = 4096;
  while (capacity < bytes) capacity *= 2;
  if (bytes > (1u << 20)) capacity = Pad8(bytes);
  DOSQL_TRY(budget_->Reserve(capacity));
  data_ = static_cast<uint8_t*>(std::malloc(capacity));
  if (data_ == nullptr) {
    budget_->Release(capacity);
    return Code::kNoMemory;
  }
  capacity_ = capacity;
  return Status::Ok();
}

void ResultFrame::WriteHeader(uint32_t width, uint32_t rows, size_t heap, bool ascii) {
  StoreLe<uint32_t>(data_, static_cast<uint32_t>(size_));
  StoreLe<uint16_t>(data_ + 4, static_cast<uint16_t>(width));
  StoreLe<uint16_t>(data_ + 6, ascii ? kFrameAscii : 0);
  StoreLe<uint32_t>(data_ + 8, rows);
  StoreLe<uint32_t>(data_ + 12, static_cast<uint32_t>(heap));
}

// A frame's texts and blobs, unless one row has more.
constexpr size_t kHeapBytesAimed = 2u << 20;

Status ResultFrame::WriteChunk(const Chunk& chunk, uint32_t width, uint32_t first,
                               uint32_t* row_count) {
  size_ = 0;
  uint32_t count = *row_count;
  size_t kinds = Pad8(width), cells, text, blob;
  // The kinds are needed twice; a frame has room for them where they will stand.
  DOSQL_TRY(Reserve(kFrameHeaderBytes + kinds));
  for (;;) {
    cells = text = blob = 0;
    for (uint32_t c = 0; c < width; c++) {
      ColumnShape s = Shape(chunk.columns[c], {chunk, first, count});
      data_[kFrameHeaderBytes + c] = static_cast<uint8_t>(s.kind);
      if (s.kind == CellKind::kMixed) cells += Pad8(count);
      if (s.kind != CellKind::kNull) cells += size_t{count} * 8;
      text += s.text_bytes;
      blob += s.blob_bytes;
    }
    // Beside the chunk's own memory the frame's must stay small.
    if (text + blob <= kHeapBytesAimed || count == 1) break;
    count = (count + 1) / 2;
  }
  *row_count = count;
  Rows rows{chunk, first, count};
  size_t heap_at = kFrameHeaderBytes + kinds + cells;
  if (heap_at + text + blob > UINT32_MAX / 2) return Code::kTooBig;
  if (heap_at + text + blob > capacity_) {
    // Kinds are copied over by hand, since Reserve does not keep contents.
    uint8_t saved[64];
    uint8_t* keep = width <= sizeof saved ? saved : static_cast<uint8_t*>(std::malloc(width));
    if (keep == nullptr) return Code::kNoMemory;
    std::memcpy(keep, data_ + kFrameHeaderBytes, width);
    Status s = Reserve(heap_at + text + blob);
    if (s.ok()) std::memcpy(data_ + kFrameHeaderBytes, keep, width);
    if (keep != saved) std::free(keep);
    DOSQL_TRY(s);
  }
  std::memset(data_ + kFrameHeaderBytes + width, 0, kinds - width);
  size_ = heap_at + text + blob;
  Heap heap{data_ + heap_at, 0, static_cast<uint32_t>(text)};
  uint8_t* out = data_ + kFrameHeaderBytes + kinds;
  for (uint32_t c = 0; c < width; c++)
    out = PutColumn(chunk.columns[c], rows, static_cast<CellKind>(data_[kFrameHeaderBytes + c]),
                    &heap, out);
  WriteHeader(width, count, heap_at, heap.ascii);
  return Status::Ok();
}

Status ResultFrame::WriteRow(const Value* values, uint32_t width) {
  size_t kinds = Pad8(width), text = 0, blob = 0;
  for (uint32_t c = 0; c < width; c++) {
    if (values[c].type == ValueType::kText) text += values[c].size;
    if (values[c].type == ValueType::kBlob) blob += values[c].size;
  }
  size_t bound = kFrameHeaderBytes + kinds + size_t{width} * 8 + text + blob;
  if (bound > UINT32_MAX / 2) return Code::kTooBig;
  DOSQL_TRY(Reserve(bound));
  size_t cells = 0;
  for (uint32_t c = 0; c < width; c++) cells += values[c].is_null() ? 0 : 8;
  size_t heap_at = kFrameHeaderBytes + kinds + cells;
  Heap heap{data_ + heap_at, 0, static_cast<uint32_t>(text)};
  uint8_t* out = data_ + kFrameHeaderBytes + kinds;
  StoreLe<uint64_t>(data_ + kFrameHeaderBytes + kinds - 8 * (width > 0), 0);
  for (uint32_t c = 0; c < width; c++) {
    CellKind kind = KindOf(values[c]);
    data_[kFrameHeaderBytes + c] = static_cast<uint8_t>(kind);
    if (kind == CellKind::kNull) continue;
    PutCell(values[c], kind, &heap, out);
    out += 8;
  }
  size_ = heap_at + text + blob;
  WriteHeader(width, 1, heap_at, heap.ascii);
  return Status::Ok();
}

}  // namespace dosql
