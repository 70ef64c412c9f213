#include "core/storage/btree/overflow.h"

#include <algorithm>

#include "core/storage/btree/page_format.h"

namespace dosql {

using namespace btree_format;

namespace {
// Chains up to this long are read within the caller's operation.
constexpr uint32_t kPagesPerOperation = 16;
}  // namespace

Status ChainReader::Next(Bytes* chunk) {
  DOSQL_ASSERT(left_ > 0);
  Release();
  if (++pages_ % kPagesPerOperation == 0) pager_->BeginOperation();
  const uint8_t* data;
  DOSQL_TRY(pager_->ReadAt(version_, next_, &data));
  uint32_t used = std::min(left_, kOverflowCapacity);
  if (data[kMagicAt] != kMagic || data[kKindAt] != kOverflowKind ||
      LoadLe<uint16_t>(data + kOverflowUsedAt) != used) {
    return Code::kCorrupt;
  }
  PageId following(LoadLe<uint32_t>(data + kOverflowNextAt));
  if (bool(following) != (left_ > used)) return Code::kCorrupt;
  token_ = pager_->PinFrame(data);
  pinned_ = true;
  page_ = next_;
  next_ = following;
  left_ -= used;
  *chunk = {data + kOverflowHeaderBytes, used};
  return Status::Ok();
}

namespace {
Status NewOverflowPage(Pager* pager, Bytes data, PageId next, PageId* id) {
  uint8_t* page;
  DOSQL_TRY(pager->Allocate(id, &page));
  page[kMagicAt] = kMagic;
  page[kKindAt] = kOverflowKind;
  StoreLe<uint16_t>(page + kOverflowUsedAt, static_cast<uint16_t>(data.size()));
  StoreLe<uint32_t>(page + kOverflowNextAt, next.value);
  std::memcpy(page + kOverflowHeaderBytes, data.data(), data.size());
  return Status::Ok();
}
}  // namespace

Status WriteChain(Pager* pager, Bytes data, PageId* first) {
  // From the last page back, so that each page knows the next one when it is written.
  PageId next;
  uint32_t length = 0;
  size_t at = (data.size() - 1) / kOverflowCapacity * kOverflowCapacity;
  for (;;) {
    if (length > 0) pager->BeginOperation();
    PageId id;
    Bytes part = data.subspan(at, std::min<size_t>(data.size() - at, kOverflowCapacity));
    if (Status s = NewOverflowPage(pager, part, next, &id); !s.ok()) {
      FreeChain(pager, {next, length}).Ignore();  // the first failure is the one to tell
      return s;
    }
    next = id;
    length += static_cast<uint32_t>(part.size());
    if (at == 0) break;
    at -= kOverflowCapacity;
  }
  *first = next;
  return Status::Ok();
}

Status ReadChain(Pager* pager, const Version* version, Chain chain, MutableBytes out) {
  DOSQL_ASSERT(out.size() <= chain.length);
  ChainReader reader(pager, version, chain);
  for (size_t at = 0; at < out.size();) {
    Bytes chunk;
    DOSQL_TRY(reader.Next(&chunk));
    size_t n = std::min(chunk.size(), out.size() - at);
    std::memcpy(out.data() + at, chunk.data(), n);
    at += n;
  }
  return Status::Ok();
}

Status ReadChainOf(const uint8_t* page, Pager* pager, const Version* version, Chain chain,
                   MutableBytes out) {
  const uint32_t token = pager->PinFrame(page);
  pager->BeginOperation();
  const Status s = ReadChain(pager, version, chain, out);
  pager->UnpinFrame(token);
  return s;
}

Status TouchChain(Pager* pager, Chain chain) {
  ChainReader reader(pager, nullptr, chain);
  while (reader.remaining() > 0) {
    Bytes chunk;
    DOSQL_TRY(reader.Next(&chunk));
  }
  return Status::Ok();
}

Status FreeChain(Pager* pager, Chain chain) {
  for (uint32_t pages = 1; chain.length > 0; pages++) {
    PageId id = chain.first;
    {
      ChainReader reader(pager, nullptr, chain);
      Bytes chunk;
      DOSQL_TRY(reader.Next(&chunk));
      chain.length = reader.remaining();
      if (chain.length > 0) {
        chain.first = PageId(LoadLe<uint32_t>(chunk.data() - kOverflowHeaderBytes + kOverflowNextAt));
      }
    }
    DOSQL_TRY(pager->Free(id));
    if (pages % kPagesPerOperation == 0) pager->BeginOperation();
  }
  return Status::Ok();
}

Status CopyChain(Pager* pager, Chain from, uint32_t length, PageId* first) {
  DOSQL_ASSERT(length > 0 && length <= from.length);
  ChainReader reader(pager, nullptr, from);
  PageId last;
  while (length > 0) {
    Bytes chunk;
    DOSQL_TRY(reader.Next(&chunk));
    chunk = chunk.first(std::min<size_t>(chunk.size(), length));
    PageId id;
    DOSQL_TRY(NewOverflowPage(pager, chunk, PageId(), &id));
    if (last) {
      uint8_t* page;
      DOSQL_TRY(pager->Write(last, &page));
      StoreLe<uint32_t>(page + kOverflowNextAt, id.value);
    } else {
      *first = id;
    }
    last = id;
    length -= static_cast<uint32_t>(chunk.size());
  }
  return Status::Ok();
}

Status CompareWithChain(Pager* pager, const Version* version, Bytes a, Chain b, int* order) {
  ChainReader reader(pager, version, b);
  while (reader.remaining() > 0) {
    if (a.empty()) {
      *order = -1;
      return Status::Ok();
    }
    Bytes chunk;
    DOSQL_TRY(reader.Next(&chunk));
    size_t n = std::min(a.size(), chunk.size());
    *order = CompareBytes(a.first(n), chunk);
    if (*order != 0) return Status::Ok();
    a = a.subspan(n);
  }
  *order = a.empty() ? 0 : 1;
  return Status::Ok();
}

Status CommonChainBytes(Pager* pager, Chain a, Chain b, uint32_t* common) {
  ChainReader left(pager, nullptr, a), right(pager, nullptr, b);
  *common = 0;
  while (left.remaining() > 0 && right.remaining() > 0) {
    Bytes x, y;
    DOSQL_TRY(left.Next(&x));
    DOSQL_TRY(right.Next(&y));
    size_t n = std::min(x.size(), y.size()), i = 0;
    while (i < n && x[i] == y[i]) i++;
    *common += static_cast<uint32_t>(i);
    if (i < n) break;
  }
  return Status::Ok();
}

}  // namespace dosql
