// The rule from a column's declared SQLite type to its Iceberg type, and which values fit it.
//
//   BOOL, BOOLEAN                  boolean      0, 1
//   DATE                           date         text 'YYYY-MM-DD'
//   DATETIME, TIMESTAMP            timestamp    text 'YYYY-MM-DD[ T]HH:MM[:SS[.ffffff]][Z]'
//   DECIMAL(p,s), NUMERIC(p,s)     decimal      numbers of at most s decimals and p digits; p to 38
//   else by SQLite's affinity (datatype3.html, 3.1):
//     INTEGER                      long         INTEGER
//     REAL, NUMERIC                double       REAL, and INTEGER to 2^53
//     TEXT, and no type at all     string       TEXT that is UTF-8; INTEGER and REAL as their text
//     BLOB                         binary       BLOB
//
// A REAL is the shortest decimal that reads back as it (0.1 is 0.1); in decimals to 18 digits only
// where it is less than 2^53 in units of the last place, so that no other of them is meant.
//
// SQLite stores any value in any column. One that does not fit is null in its column and stands as
// it is in the overflow column.
#pragma once

#include <string_view>

#include "core/lake/schema/column.h"
#include "core/lake/schema/type.h"
#include "core/type/value.h"

namespace dosql::lake {

Type LakeTypeOf(std::string_view declared_type);

// Appends the value to the column, a null where it is NULL or does not fit: false only then.
bool AppendValue(const Type& type, const Value& value, Column* column);
void AppendNull(const Type& type, Column* column);
void AppendText(std::string_view text, Column* column);

bool IsUtf8(std::string_view s);

}  // namespace dosql::lake
