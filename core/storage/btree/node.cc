#include "core/storage/btree/node.h"

#include <algorithm>

#include "core/base/varint.h"

namespace dosql {

using namespace btree_format;

namespace {

uint32_t SlotBytes(KeyKind kind, int level) {
  if (kind == KeyKind::kBytes) return kBytesSlot;
  return level == 0 ? kIntegerLeafSlot : kIntegerInnerSlot;
}

// The first four bytes as a number that orders like the bytes.
uint32_t Head(const uint8_t* p, size_t size) {
  if (size >= 4) return LoadBe32(p);
  uint32_t head = 0;
  for (size_t i = 0; i < 4; i++) head = head << 8 | (i < size ? p[i] : 0);
  return head;
}

}  // namespace

uint8_t* BTreeCell::CopyLocalKey(uint32_t from, uint8_t* to) const {
  if (from < prefix.size()) {
    std::memcpy(to, prefix.data() + from, prefix.size() - from);
    to += prefix.size() - from;
    from = 0;
  } else {
    from -= static_cast<uint32_t>(prefix.size());
  }
  size_t n = suffix.size() - from;
  if (n > 0) std::memcpy(to, suffix.data() + from, n);
  return to + n;
}

const uint8_t* ParsePayload(const uint8_t* p, const uint8_t* end, PayloadRef* out) {
  uint64_t size;
  p = GetVarint(p, end, &size);
  if (p == nullptr) return nullptr;
  size_t left = static_cast<size_t>(end - p);
  if (size <= kPayloadLocalMax) {
#if !defined(DOSQL_PLANT_PAGE_BUG)  // the planted bug that the page fuzzer must find
    if (size > left) return nullptr;
#endif
    out->local = {p, static_cast<size_t>(size)};
    out->chain = {};
    return p + size;
  }
  if (size > kPayloadBytesMax || left < kPayloadLocalMin + 4) return nullptr;
  out->local = {p, kPayloadLocalMin};
  p += kPayloadLocalMin;
  out->chain = {PageId(LoadLe<uint32_t>(p)), static_cast<uint32_t>(size) - kPayloadLocalMin};
  return p + 4;
}

uint32_t CommonLocalKey(const BTreeCell& a, const BTreeCell& b) {
  uint32_t n = std::min(a.local_key_size(), b.local_key_size()), i = 0;
  while (i < n && a.local_key_at(i) == b.local_key_at(i)) i++;
  return i;
}

Status BTreeNode::Open(PageId id, const uint8_t* data, PageId tree, KeyKind kind, int level) {
  id_ = id;
  data_ = data;
  kind_ = kind;
  level_ = data[kLevelAt];
  count_ = LoadLe<uint16_t>(data + kCountAt);
  prefix_ = LoadLe<uint16_t>(data + kPrefixAt);
  slot_bytes_ = SlotBytes(kind, level_);
  uint32_t low = heap();
  if (data[kMagicAt] != kMagic || data[kKindAt] != static_cast<uint8_t>(kind) ||
      LoadLe<uint32_t>(data + kTreeAt) != tree.value || level_ > kLevelMax ||
      (level >= 0 && level_ != level) || prefix_ > kKeyLocalMax || low > kPageBytes - prefix_ ||
      kHeaderBytes + count_ * slot_bytes_ > low || free_bytes() > kPageCapacity ||
      (prefix_ > 0 && kind == KeyKind::kInteger)) {
    return Code::kCorrupt;
  }
  return Status::Ok();
}

Status BTreeNode::Child(uint32_t i, PageId* child) const {
  DOSQL_ASSERT(i <= count_ && !leaf());
  if (i == count_) {
    *child = right_child();
  } else if (kind_ == KeyKind::kInteger) {
    *child = PageId(LoadLe<uint32_t>(Slot(i)));
  } else {
    BTreeCell cell;
    DOSQL_TRY(CellAt(i, &cell));
    *child = cell.child;
  }
  return Status::Ok();
}

Status BTreeNode::CellAt(uint32_t i, BTreeCell* cell) const {
  DOSQL_ASSERT(i < count_);
  const uint8_t* slot = Slot(i);
  const uint8_t* end = data_ + kPageBytes - prefix_;
  *cell = BTreeCell();
  if (kind_ == KeyKind::kInteger && !leaf()) {
    cell->child = PageId(LoadLe<uint32_t>(slot));
    cell->integer = IntegerAt(i);
    return Status::Ok();
  }
  uint32_t at = LoadLe<uint16_t>(slot);
  if (at < kHeaderBytes || at >= kPageBytes) return Code::kCorrupt;
  const uint8_t* p = data_ + at;
  if (kind_ == KeyKind::kInteger) {
    cell->integer = IntegerAt(i);
  } else {
    uint32_t size = LoadLe<uint16_t>(slot + 2);
    cell->long_key = (size & kLongKeyBit) != 0;
    size &= ~uint32_t{kLongKeyBit};
    uint32_t fixed = size + (cell->long_key ? kLongKeyBytes : 0) + (leaf() ? 1 : 4);
    if (p > end || fixed > static_cast<size_t>(end - p) || size + prefix_ > kKeyLocalMax ||
        (cell->long_key && size + prefix_ != kKeyLocalMax)) {
      return Code::kCorrupt;
    }
    cell->prefix = prefix();
    cell->suffix = {p, size};
    p += size;
  }
  const uint8_t* tail = p;
  if (cell->long_key) {
    uint32_t rest = LoadLe<uint32_t>(p);
    if (rest == 0 || rest > kKeyBytesMax) return Code::kCorrupt;
    p += kLongKeyBytes;
  }
  if (leaf()) {
    PayloadRef payload;
    p = p < end ? ParsePayload(p, end, &payload) : nullptr;
    if (p == nullptr) return Code::kCorrupt;
  } else {
    cell->child = PageId(LoadLe<uint32_t>(p));
  }
  cell->tail = {tail, static_cast<size_t>(p - tail)};
  return Status::Ok();
}

Status BTreeNode::PayloadAt(uint32_t i, PayloadRef* out) const {
  DOSQL_ASSERT(i < count_ && leaf());
  const uint8_t* slot = Slot(i);
  uint32_t at = LoadLe<uint16_t>(slot);
  if (kind_ == KeyKind::kBytes) {
    uint32_t size = LoadLe<uint16_t>(slot + 2);
    at += (size & (kLongKeyBit - 1)) + ((size & kLongKeyBit) != 0 ? kLongKeyBytes : 0);
  }
  if (at >= kPageBytes) return Code::kCorrupt;
  return ParsePayload(data_ + at, data_ + kPageBytes, out) != nullptr ? Status::Ok()
                                                                      : Code::kCorrupt;
}

uint32_t BTreeNode::SearchIntegers(int64_t key) const {
  if (count_ == 0) return 0;
  const uint8_t* keys = Slot(0) + (leaf() ? 2 : 4);
  const uint32_t stride = slot_bytes_;
  auto at = [=](uint32_t i) { return LoadLe<int64_t>(keys + i * stride); };
  // Where the key would be if the keys were spread evenly: exact for rowids without gaps, near for
  // most others. From there on outwards in doubling steps, then halving.
  const int64_t first = at(0), last = at(count_ - 1);
  if (key <= first) return 0;
  if (key >= last) return count_ - (key == last);
  const double part =
      static_cast<double>(static_cast<uint64_t>(key) - static_cast<uint64_t>(first)) /
      static_cast<double>(static_cast<uint64_t>(last) - static_cast<uint64_t>(first));
  uint32_t guess = std::min(static_cast<uint32_t>(part * (count_ - 1) + 0.5), count_ - 1);
  uint32_t low, high;  // at(low) < key <= at(high)
  if (at(guess) < key) {
    low = guess;
    for (uint32_t step = 1;; step *= 2) {
      high = std::min(guess + step, count_ - 1);
      if (at(high) >= key) break;
      low = high;
    }
  } else {
    high = guess;
    for (uint32_t step = 1;; step *= 2) {
      low = guess - std::min(guess, step);
      if (at(low) < key) break;
      high = low;
    }
  }
  while (high - low > 1) {
    uint32_t mid = (low + high) / 2;
    (at(mid) < key ? low : high) = mid;
  }
  return high;
}

Status BTreeNode::CompareAt(Pager* pager, const Version* version, uint32_t i, Bytes key,
                            int* order) const {
  const uint8_t* slot = Slot(i);
  uint32_t at = LoadLe<uint16_t>(slot), size = LoadLe<uint16_t>(slot + 2);
  bool long_key = (size & kLongKeyBit) != 0;
  size &= ~uint32_t{kLongKeyBit};
  if (at + size + (long_key ? kLongKeyBytes : 0) > kPageBytes ||
      (long_key && size + prefix_ != kKeyLocalMax)) {
    return Code::kCorrupt;
  }
  Bytes suffix(data_ + at, size);
  Bytes rest = key.subspan(prefix_);
  if (!long_key) {
    *order = CompareBytes(rest, suffix);
    return Status::Ok();
  }
  *order = CompareBytes(rest.first(std::min<size_t>(rest.size(), size)), suffix);
  if (*order != 0) return Status::Ok();
  // The local parts tie: the rest of the key against the chain. The reader may start operations.
  Chain chain{PageId(LoadLe<uint32_t>(data_ + at + size + 4)), LoadLe<uint32_t>(data_ + at + size)};
  uint32_t pin = pager->PinFrame(data_);
  Status s = CompareWithChain(pager, version, rest.subspan(size), chain, order);
  pager->UnpinFrame(pin);
  return s;
}

Status BTreeNode::LowerBound(Pager* pager, const Version* version, const Key& key, uint32_t* slot,
                             bool* exact, uint32_t from) const {
  if (kind_ == KeyKind::kInteger) {
    uint32_t i = SearchIntegers(key.integer);
    *slot = i;
    *exact = i < count_ && IntegerAt(i) == key.integer;
    return Status::Ok();
  }
  *exact = false;
  if (prefix_ > 0) {
    int order =
        CompareBytes(key.bytes.first(std::min<size_t>(prefix_, key.bytes.size())), prefix());
    if (order != 0) {
      *slot = order < 0 ? 0 : count_;
      return Status::Ok();
    }
  }
  return LowerBoundBehindPrefix(pager, version, key.bytes, slot, exact, from);
}

Status BTreeNode::LowerBoundBehindPrefix(Pager* pager, const Version* version, Bytes key,
                                         uint32_t* slot, bool* exact, uint32_t from) const {
  *exact = false;
  uint32_t low = from, high = count_;
  // Heads are of local parts: a long key's is cut where its cells' are.
  uint32_t head = Head(key.data() + prefix_, std::min<size_t>(key.size(), kKeyLocalMax) - prefix_);
  // By doubling steps until one is too far, if there is a place to begin; then by halves.
  for (uint32_t step = from > 0 ? 1 : high; low < high;) {
    uint32_t mid = low + std::min(step - 1, (high - low) / 2);
    uint32_t other = LoadLe<uint32_t>(Slot(mid) + 4);
    int order = head < other ? -1 : 1;
    if (head == other) {
      DOSQL_TRY(CompareAt(pager, version, mid, key, &order));
      if (order == 0) {
        *exact = true;
        low = mid;
        break;
      }
    }
    if (order > 0) {
      low = mid + 1;
      step = std::min(step * 2, count_);
    } else {
      high = mid;
      step = count_;
    }
  }
  *slot = low;
  return Status::Ok();
}

// --- changing --------------------------------------------------------------------------------

void BTreeNode::SetCount(uint32_t count) {
  count_ = count;
  SetHeader16(kCountAt, count);
}

void BTreeNode::Format(PageId id, uint8_t* data, PageId tree, KeyKind kind, int level,
                       const BTreeCell* prefix_of, uint32_t prefix) {
  id_ = id;
  data_ = data;
  kind_ = kind;
  level_ = static_cast<uint8_t>(level);
  prefix_ = prefix;
  slot_bytes_ = SlotBytes(kind, level);
  std::memset(data, 0, kHeaderBytes);
  data[kMagicAt] = kMagic;
  data[kKindAt] = static_cast<uint8_t>(kind);
  data[kLevelAt] = level_;
  StoreLe<uint32_t>(data + kTreeAt, tree.value);
  SetCount(0);
  SetHeader16(kPrefixAt, prefix);
  SetHeader16(kHeapAt, kPageBytes - prefix);
  SetHeader16(kFreeAt, kPageCapacity - prefix);
  for (uint32_t i = 0; i < prefix; i++) {
    data[kPageBytes - prefix + i] = prefix_of->local_key_at(i);
  }
}

Status BTreeNode::SetChild(uint32_t i, PageId child) {
  DOSQL_ASSERT(i <= count_ && !leaf());
  uint8_t* at = writable() + kRightAt;
  if (i < count_) {
    at = const_cast<uint8_t*>(Slot(i));
    if (kind_ == KeyKind::kBytes) {
      BTreeCell cell;
      DOSQL_TRY(CellAt(i, &cell));
      at = const_cast<uint8_t*>(cell.tail.data() + cell.tail.size());
    }
  }
  StoreLe<uint32_t>(at, child.value);
  return Status::Ok();
}

uint32_t BTreeNode::CellBytes(const BTreeCell& cell, uint32_t prefix) const {
  if (kind_ == KeyKind::kInteger) {
    return slot_bytes_ + static_cast<uint32_t>(leaf() ? cell.tail.size() : 0);
  }
  return slot_bytes_ + cell.local_key_size() - prefix + static_cast<uint32_t>(cell.tail.size()) +
         (leaf() ? 0 : 4);
}

bool BTreeNode::Insert(uint32_t slot, const BTreeCell& cell) {
  DOSQL_ASSERT(slot <= count_);
  const bool bytes = kind_ == KeyKind::kBytes;
  if (bytes && prefix_ > 0) {
    if (cell.local_key_size() < prefix_) return false;
    const size_t n = std::min<size_t>(prefix_, cell.prefix.size());
    if (CompareBytes(prefix().first(n), cell.prefix.first(n)) != 0 ||
        CompareBytes(prefix().subspan(n), cell.suffix.first(prefix_ - n)) != 0) {
      return false;
    }
  }
  uint32_t size = CellBytes(cell, prefix_), body = size - slot_bytes_;
  uint32_t low = heap();
  if (size > low - (kHeaderBytes + count_ * slot_bytes_)) return false;

  uint8_t* s = const_cast<uint8_t*>(Slot(slot));
  std::memmove(s + slot_bytes_, s, (count_ - slot) * slot_bytes_);
  low -= body;
  uint8_t* p = writable() + low;
  if (bytes) {
    uint8_t* q = cell.CopyLocalKey(prefix_, p);
    uint32_t suffix = static_cast<uint32_t>(q - p);
    StoreLe<uint16_t>(s, static_cast<uint16_t>(low));
    StoreLe<uint16_t>(s + 2, static_cast<uint16_t>(suffix | (cell.long_key ? kLongKeyBit : 0)));
    StoreLe<uint32_t>(s + 4, Head(p, suffix));
    p = q;
  } else if (leaf()) {
    StoreLe<uint16_t>(s, static_cast<uint16_t>(low));
    StoreLe<int64_t>(s + 2, cell.integer);
  } else {
    StoreLe<uint32_t>(s, cell.child.value);
    StoreLe<int64_t>(s + 4, cell.integer);
  }
  if (body > 0 && !cell.tail.empty()) std::memcpy(p, cell.tail.data(), cell.tail.size());
  if (bytes && !leaf()) StoreLe<uint32_t>(p + cell.tail.size(), cell.child.value);
  SetHeader16(kHeapAt, low);
  SetHeader16(kFreeAt, free_bytes() - size);
  SetCount(count_ + 1);
  return true;
}

bool BTreeNode::AppendFrom(const BTreeNode& from, uint32_t slot, uint32_t size) {
  DOSQL_ASSERT(leaf() && slot < from.count_);
  const uint8_t* other = from.Slot(slot);
  const uint8_t* cell = from.data_ + LoadLe<uint16_t>(other);
  uint8_t* s = const_cast<uint8_t*>(Slot(count_));
  const uint32_t gap = heap() - (kHeaderBytes + count_ * slot_bytes_);
  if (size - prefix_ > gap) return false;
  const uint32_t body = size - prefix_ - slot_bytes_, low = heap() - body;
  uint8_t* p = writable() + low;
  if (kind_ == KeyKind::kBytes) {
    const uint32_t key = from.prefix_ + LoadLe<uint16_t>(other + 2);
    if (key < prefix_) return false;
    // What the other page's prefix has and this one's has not, or the other way round.
    const uint32_t more = from.prefix_ > prefix_ ? from.prefix_ - prefix_ : 0;
    const uint32_t less = prefix_ > from.prefix_ ? prefix_ - from.prefix_ : 0;
    CopyShort(p, from.data_ + kPageBytes - more, more);
    CopyShort(p + more, cell + less, body - more);
    StoreLe<uint16_t>(s + 2, static_cast<uint16_t>(key - prefix_));
    StoreLe<uint32_t>(s + 4, Head(p, key - prefix_));
  } else {
    CopyShort(p, cell, body);
    std::memcpy(s + 2, other + 2, sizeof(int64_t));
  }
  StoreLe<uint16_t>(s, static_cast<uint16_t>(low));
  SetHeader16(kHeapAt, low);
  SetHeader16(kFreeAt, gap - (size - prefix_));
  SetCount(count_ + 1);
  return true;
}

bool BTreeNode::Append(const Key& key, Bytes payload, uint32_t size) {
  DOSQL_ASSERT(leaf());
  uint8_t* s = const_cast<uint8_t*>(Slot(count_));
  const uint32_t gap = heap() - (kHeaderBytes + count_ * slot_bytes_);
  if (size - prefix_ > gap) return false;
  const uint32_t low = heap() - (size - prefix_ - slot_bytes_);
  uint8_t* p = writable() + low;
  if (kind_ == KeyKind::kBytes) {
    if (key.bytes.size() < prefix_) return false;
    const uint32_t suffix = static_cast<uint32_t>(key.bytes.size()) - prefix_;
    CopyShort(p, key.bytes.data() + prefix_, suffix);
    StoreLe<uint16_t>(s + 2, static_cast<uint16_t>(suffix));
    StoreLe<uint32_t>(s + 4, Head(p, suffix));
    p += suffix;
  } else {
    StoreLe<int64_t>(s + 2, key.integer);
  }
  p = PutVarint(p, payload.size());
  CopyShort(p, payload.data(), payload.size());
  StoreLe<uint16_t>(s, static_cast<uint16_t>(low));
  SetHeader16(kHeapAt, low);
  SetHeader16(kFreeAt, gap - (size - prefix_));
  SetCount(count_ + 1);
  return true;
}

void BTreeNode::CloseHole(uint32_t at, uint32_t size) {
  const uint32_t low = heap();
  SetHeader16(kFreeAt, free_bytes() + size);
  if (at < low) return;  // not in the heap: the page is corrupt
  uint8_t* page = writable();
  std::memmove(page + low + size, page + low, at - low);
  for (uint32_t i = 0; i < count_; i++) {
    // Always stored: whether a cell lies below is anybody's guess.
    const uint32_t cell = LoadLe<uint16_t>(Slot(i));
    StoreLe<uint16_t>(page + (Slot(i) - data_),
                      static_cast<uint16_t>(cell + (cell < at ? size : 0)));
  }
  SetHeader16(kHeapAt, low + size);
}

Status BTreeNode::Remove(uint32_t slot) {
  BTreeCell cell;
  DOSQL_TRY(CellAt(slot, &cell));
  const uint32_t body = CellBytes(cell, prefix_) - slot_bytes_;
  uint8_t* s = const_cast<uint8_t*>(Slot(slot));
  const uint32_t at = LoadLe<uint16_t>(s);
  std::memmove(s, s + slot_bytes_, (count_ - slot - 1) * slot_bytes_);
  SetHeader16(kFreeAt, free_bytes() + slot_bytes_);
  SetCount(count_ - 1);
  if (body > 0) CloseHole(at, body);
  return Status::Ok();
}

bool BTreeNode::ReplaceTail(const BTreeCell& old, Bytes tail) {
  const size_t rest = old.tail.size() - tail.size();
  if (tail.size() > old.tail.size()) return false;
  uint8_t* to = const_cast<uint8_t*>(old.tail.data());
  std::memcpy(to, tail.data(), tail.size());
  if (rest > 0) {
    CloseHole(static_cast<uint32_t>(to + tail.size() - data_), static_cast<uint32_t>(rest));
  }
  return true;
}

}  // namespace dosql
