#include "core/table/index_entry.h"

namespace dosql {

Status EntryLocator(const Index& index, Bytes key, Bytes payload, Bytes* locator) {
  Bytes in = payload.empty() ? key : payload;
  if (!index.table->without_rowid) {
    if (in.size() < kRowidKeyBytes) return Code::kCorrupt;
    *locator = in.last(kRowidKeyBytes);
    return Status::Ok();
  }
  if (in.size() < 2) return Code::kCorrupt;
  size_t size = LoadLe<uint16_t>(in.data() + in.size() - 2);
  if (size + 2 > in.size()) return Code::kCorrupt;
  *locator = in.subspan(in.size() - 2 - size, size);
  return Status::Ok();
}

Status BuildEntryKey(const Index& index, const Value* values, Bytes locator, KeyBuffer* key,
                     bool* unique_key) {
  *unique_key = index.unique;
  for (const IndexColumn& c : index.columns) {
    const Value& v = values[c.column];
    if (v.is_null()) *unique_key = false;
    DOSQL_TRY(key->Append(v, c.collation, c.desc));
  }
  return *unique_key ? Status::Ok() : key->AppendBytes(locator);
}

}  // namespace dosql
