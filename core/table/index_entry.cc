#include "core/table/index_entry.h"

#include "core/expr/eval_row.h"

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

size_t EntryBytesMax(const Index& index, const Value* values, Bytes locator) {
  size_t size = locator.size();
  for (const IndexColumn& c : index.columns) size += KeyBytesMax(values[c.column]);
  return size;
}

uint8_t* PutEntry(const Index& index, const Value* values, Bytes locator, uint8_t* out,
                  EntryKind* kind) {
  bool unique = index.unique;
  for (const IndexColumn& c : index.columns) {
    const Value& v = values[c.column];
    if (v.is_null()) unique = false;
    out = PutKey(out, v, c.collation, c.desc);
  }
  CopyShort(out, locator.data(), locator.size());
  *kind = unique ? EntryKind::kUnique : EntryKind::kPlain;
  return unique ? out : out + locator.size();
}

Status BuildEntryKey(const Index& index, const IndexPrograms* programs, EvalContext* eval,
                     const Value* values, Bytes locator, KeyBuffer* key, EntryKind* kind) {
  *kind = EntryKind::kNone;
  if (programs == nullptr) {
    uint8_t* out;
    DOSQL_TRY(key->Reserve(EntryBytesMax(index, values, locator), &out));
    key->SetEnd(PutEntry(index, values, locator, out, kind));
    return Status::Ok();
  }
  if (programs->where != nullptr) {
    bool pass;
    DOSQL_TRY(EvalRowFilter(*programs->where, eval, values, &pass));
    if (!pass) return Status::Ok();
  }
  const bool computed = programs->columns.size != 0;
  bool unique = index.unique;
  for (uint32_t i = 0; i < index.columns.size; i++) {
    const IndexColumn& c = index.columns[i];
    Value v;
    if (computed && programs->columns[i] != nullptr) {
      DOSQL_TRY(EvalRow(*programs->columns[i], eval, values, &v));
    } else {
      v = values[c.column];
    }
    if (v.is_null()) unique = false;
    DOSQL_TRY(key->Append(v, c.collation, c.desc));
  }
  *kind = unique ? EntryKind::kUnique : EntryKind::kPlain;
  return unique ? Status::Ok() : key->AppendBytes(locator);
}

}  // namespace dosql
