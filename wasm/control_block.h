// ControlBlock: the fixed words through which the module answers its host, read by TypeScript as
// Uint32/Float64 views (bindings/sql/control.ts mirrors the offsets). Little-endian, 8-aligned.
#pragma once

#include <cstddef>
#include <cstdint>

namespace dosql {

struct ControlBlock {
  uint32_t code = 0;            //  0  error code of the last call (core/base/error_codes.def)
  uint32_t frame = 0;           //  4  address of the result frame, 0 none; lives until the next call
  uint32_t frame_bytes = 0;     //  8
  uint32_t frame_rows = 0;      // 12
  uint32_t columns = 0;         // 16  of the last run/describe
  uint32_t names = 0;           // 20  column names, NUL-separated (describe)
  uint32_t names_bytes = 0;     // 24
  uint32_t consumed = 0;        // 28  bytes of SQL that prepare read
  uint32_t message = 0;         // 32  error text, UTF-8
  uint32_t message_bytes = 0;   // 36
  uint32_t hint = 0;            // 40
  uint32_t hint_bytes = 0;      // 44
  uint32_t token = 0;           // 48
  uint32_t token_bytes = 0;     // 52
  uint32_t error_offset = 0;    // 56  byte offset in the SQL text, 0xffffffff none
  uint32_t error_line = 0;      // 60  1-based, 0 none
  uint32_t error_column = 0;    // 64
  uint32_t in_transaction = 0;  // 68  1 while BEGIN or SAVEPOINT is open
  uint32_t params = 0;          // 72  parameters of the last prepared statement
  uint32_t flags = 0;           // 76  of the last prepared statement: bit 0 reads only, bit 1 returns rows, bit 2 ends or begins a transaction
  double changes = 0;           // 80  rows changed by the last INSERT, UPDATE or DELETE
  double last_rowid_low = 0;    // 88  last_insert_rowid: exact in the i64 below; here rounded
  int64_t last_rowid = 0;       // 96
  double rows_read = 0;         // 104 rows (and index entries) the last statement read
  double rows_written = 0;      // 112 rows and index entries the last statement wrote
  double total_changes = 0;     // 120
  double storage_rows_put = 0;  // 128 billed rows put since open
  double last_lsn = 0;          // 136
};
static_assert(offsetof(ControlBlock, changes) == 80 && offsetof(ControlBlock, last_rowid) == 96);
static_assert(sizeof(ControlBlock) == 144);

}  // namespace dosql
