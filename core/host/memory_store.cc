#include "core/host/memory_store.h"

#include <cstring>

namespace dosql {

MemoryStore::~MemoryStore() {
  if (!budget_) return;
  ForEach([&](RowKey, const std::vector<uint8_t>& bytes) { budget_->Release(bytes.size()); });
}

std::vector<uint8_t>* MemoryStore::Find(RowKey key) {
  std::vector<Row>& rows = rows_[static_cast<uint32_t>(key.kind) - 1];
  return key.number < rows.size() && rows[key.number].exists ? &rows[key.number].bytes : nullptr;
}

void MemoryStore::Erase(RowKey key) {
  std::vector<uint8_t>* row = Find(key);
  if (!row) return;
  if (budget_) budget_->Release(row->size());
  rows_[static_cast<uint32_t>(key.kind) - 1][key.number] = Row();
}

Status MemoryStore::Get(RowKey key, MutableBytes out, uint32_t* size) {
  const std::vector<uint8_t>* row = Find(key);
  if (!row) return Code::kNotFound;
  *size = static_cast<uint32_t>(row->size());
  size_t n = row->size() < out.size() ? row->size() : out.size();
  if (n != 0) std::memcpy(out.data(), row->data(), n);
  return Status::Ok();
}

Status MemoryStore::GetPart(RowKey key, uint32_t from, MutableBytes out) {
  const std::vector<uint8_t>* row = Find(key);
  if (!row || row->size() < from + out.size()) return Code::kNotFound;
  std::memcpy(out.data(), row->data() + from, out.size());
  return Status::Ok();
}

Status MemoryStore::Put(RowKey key, Bytes data) {
  if (data.size() > kRowBytesMax) return Code::kTooBig;
  std::vector<Row>& rows = rows_[static_cast<uint32_t>(key.kind) - 1];
  size_t old = key.number < rows.size() ? rows[key.number].bytes.size() : 0;
  if (budget_ && data.size() > old) DOSQL_TRY(budget_->Reserve(data.size() - old));
  if (budget_ && data.size() < old) budget_->Release(old - data.size());
  if (key.number >= rows.size()) rows.resize(key.number + 1);
  rows[key.number].exists = true;
  rows[key.number].bytes.assign(data.begin(), data.end());
  return Status::Ok();
}

Status MemoryStore::PutIf(RowKey key, Bytes data, RowKey pred, Bytes pred_head) {
  const std::vector<uint8_t>* row = Find(pred);
  if (!row || row->size() < pred_head.size() ||
      std::memcmp(row->data(), pred_head.data(), pred_head.size()) != 0) {
    return Code::kStale;
  }
  return Put(key, data);
}

}  // namespace dosql
