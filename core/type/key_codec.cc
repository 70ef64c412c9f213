#include "core/type/key_codec.h"

#include "core/type/compare.h"

namespace dosql {
namespace {

constexpr uint8_t kNullClass = 0x05, kNumberClass = 0x10, kTextClass = 0x20, kBlobClass = 0x30;
constexpr uint64_t kSignBit = uint64_t{1} << 63;
constexpr double kExactLimit = 9007199254740992.0;  // 2^53: from here on integers have gaps

uint8_t* PutNumber(uint8_t* out, const Value& v) {
  *out++ = kNumberClass;
  double d = v.type == ValueType::kInteger ? static_cast<double>(v.i) : v.d;
  if (d == 0) d = 0.0;  // -0.0 too
  uint64_t bits = LoadLe<uint64_t>(&d);
  StoreBe64(out, bits & kSignBit ? ~bits : bits | kSignBit);
  out += 8;
  if (d >= kExactLimit || d <= -kExactLimit) {
    // An integer is within 512 of its nearest double. 2^63, which no integer reaches, wraps round
    // to INT64_MIN and the difference comes out right.
    int32_t residual = 0;
    if (v.type == ValueType::kInteger) {
      uint64_t whole =
          d >= 9223372036854775808.0 ? kSignBit : static_cast<uint64_t>(static_cast<int64_t>(d));
      residual = static_cast<int32_t>(static_cast<int64_t>(static_cast<uint64_t>(v.i) - whole));
    }
    StoreBe16(out, static_cast<uint16_t>(0x8000 + residual));
    out += 2;
  }
  return out;
}

uint8_t* PutBytes(uint8_t* out, Bytes data, bool fold) {
  bool hidden = false;  // NOCASE sees only the size of what stands behind a NUL
  for (uint8_t c : data) {
    if (hidden) c = 0;
    *out++ = fold ? FoldAscii(c) : c;
    if (c == 0) {
      *out++ = 0xff;
      hidden = fold;
    }
  }
  *out++ = 0;
  *out++ = 0;
  return out;
}

}  // namespace

uint8_t* PutKey(uint8_t* out, const Value& v, Collation collation, bool desc) {
  uint8_t* start = out;
  switch (v.type) {
    case ValueType::kNull: *out++ = kNullClass; break;
    case ValueType::kInteger:
    case ValueType::kReal: out = PutNumber(out, v); break;
    case ValueType::kText: {
      Bytes data = v.bytes();
      if (collation == Collation::kRtrim) {
        while (!data.empty() && data.back() == ' ') data = data.first(data.size() - 1);
      }
      *out++ = kTextClass;
      out = PutBytes(out, data, collation == Collation::kNoCase);
      break;
    }
    case ValueType::kBlob:
      *out++ = kBlobClass;
      out = PutBytes(out, v.bytes(), false);
      break;
  }
  if (desc) {
    for (uint8_t* p = start; p < out; p++) *p = static_cast<uint8_t>(~*p);
  }
  return out;
}

Status KeyBuffer::AppendBytes(Bytes raw) {
  DOSQL_TRY(Grow(raw.size()));
  if (!raw.empty()) std::memcpy(data_ + size_, raw.data(), raw.size());
  size_ += raw.size();
  return Status::Ok();
}

size_t KeyColumnBytes(Bytes key, bool desc) {
  if (key.empty()) return 0;
  const uint8_t flip = desc ? 0xff : 0;
  size_t size = 1;
  switch (key[0] ^ flip) {
    case 0x05: break;
    case 0x10: {
      size = 9;
      if (key.size() < 9) break;
      double number;
      uint64_t bits = LoadBe64(key.data() + 1) ^ (desc ? ~uint64_t{0} : 0);
      bits = bits >> 63 ? bits ^ (uint64_t{1} << 63) : ~bits;
      std::memcpy(&number, &bits, sizeof number);
      if (number >= 9007199254740992.0 || number <= -9007199254740992.0) size = 11;
      break;
    }
    default:  // ends with 00 00; a 00 inside is 00 FF
      while (size + 1 < key.size() && ((key[size] ^ flip) != 0 || (key[size + 1] ^ flip) != 0))
        size += (key[size] ^ flip) == 0 ? 2 : 1;
      size += 2;
      break;
  }
  return size < key.size() ? size : key.size();
}

bool TakeKeyColumn(Bytes* key, bool desc, bool integers, Arena* arena, Value* out) {
  const size_t size = KeyColumnBytes(*key, desc);
  if (size == 0) return false;
  const uint8_t* p = key->data();
  const uint8_t flip = desc ? 0xff : 0;
  *key = key->subspan(size);
  *out = Value();
  switch (p[0] ^ flip) {
    case kNullClass: return true;
    case kNumberClass: {
      if (size < 9) return false;
      uint64_t bits = LoadBe64(p + 1) ^ (desc ? ~uint64_t{0} : 0);
      bits = bits & kSignBit ? bits ^ kSignBit : ~bits;
      double d;
      std::memcpy(&d, &bits, sizeof d);
      if (integers && (d >= kExactLimit || d <= -kExactLimit)) return false;
      if (!integers && d == 0) return false;  // or -0.0
      if (integers && d == static_cast<double>(static_cast<int64_t>(d)))
        *out = Value::Integer(static_cast<int64_t>(d));
      else
        *out = Value::Real(d);
      return true;
    }
    case kTextClass:
    case kBlobClass: {
      if (size < 3) return false;
      uint8_t* bytes = static_cast<uint8_t*>(arena->Allocate(size));
      out->type = (p[0] ^ flip) == kTextClass ? ValueType::kText : ValueType::kBlob;
      out->data = bytes;
      if (bytes == nullptr) return true;
      uint32_t n = 0;
      for (size_t i = 1; i + 2 < size; i++) {
        bytes[n++] = p[i] ^ flip;
        if ((p[i] ^ flip) == 0) i++;  // 00 FF
      }
      out->size = n;
      return true;
    }
    default: return false;
  }
}

bool KeyBuffer::ToSuccessor() {
  while (size_ > 0 && data_[size_ - 1] == 0xff) size_--;
  if (size_ == 0) return false;
  data_[size_ - 1]++;
  return true;
}

Status KeyBuffer::GrowSlow(size_t more) {
  size_t want = capacity_ * 2 > size_ + more ? capacity_ * 2 : size_ + more;
  uint8_t* data = static_cast<uint8_t*>(arena_->Allocate(want));
  if (data == nullptr) return Code::kNoMemory;
  std::memcpy(data, data_, size_);
  data_ = data;
  capacity_ = want;
  return Status::Ok();
}

}  // namespace dosql
