// Index entries: the bytes of one row's entry in one secondary index.
//
//   key      memcmp key of the indexed columns (type/key_codec.h), in the index's order. Unless the
//            index is unique and no column is NULL, the row's locator follows, so that keys never
//            repeat: two NULLs are not equal.
//   payload  the locator where the key does not end in it; empty where it does
//
// The locator names the row in the table's own tree: for a rowid table 8 bytes as PutRowid writes
// them, for a WITHOUT ROWID table its PRIMARY KEY's memcmp key followed by that key's length in two
// bytes, little-endian (a key read from the end of an index key needs its start).
//
// A partial index has no entry for a row that its WHERE does not pass.
#pragma once

#include "core/catalog/schema.h"
#include "core/table/table_programs.h"
#include "core/type/key_codec.h"

namespace dosql {

// The locator in an entry, without the length of a WITHOUT ROWID key. kCorrupt.
Status EntryLocator(const Index& index, Bytes key, Bytes payload, Bytes* locator);

inline int64_t LocatorRowid(Bytes locator) { return DecodeRowid(locator); }

enum class EntryKind : uint8_t {
  kNone,    // the index is partial and leaves the row out
  kUnique,  // the key stands without locator, which is then the payload
  kPlain,   // the key ends in the locator
};

// The most bytes that PutEntry may take; its other arguments as there.
size_t EntryBytesMax(const Index& index, const Value* values, Bytes locator);

// Writes the entry of a row in an index without programs: the key and behind it the payload.
// Returns the key's end; the payload, if any, is the locator.
uint8_t* PutEntry(const Index& index, const Value* values, Bytes locator, uint8_t* out,
                  EntryKind* kind);

// Appends the entry's key for a row. `values` are the table's columns after affinity (the rowid
// alias already filled in), and where the index has programs the rowid after them; `locator` as
// above, with the length for WITHOUT ROWID tables. `programs` may be nullptr when the index has
// neither expressions nor a WHERE; `eval` is used for them only. Errors as the expressions give
// them.
Status BuildEntryKey(const Index& index, const IndexPrograms* programs, EvalContext* eval,
                     const Value* values, Bytes locator, KeyBuffer* key, EntryKind* kind);

}  // namespace dosql
