// PageStore: the hot storage of one database, as the engine sees it: rows of bytes under small keys.
//
// Four kinds of row. A Durable Object keeps them in one private table (bindings/storage), a file
// keeps them at fixed places (bindings/node), tests keep them in memory and lose them on purpose
// (memory_store.h, fault_store.h). One Put is one billed row.
//
// Two fault models. kTurnAtomic: all puts of one turn become durable together or not at all, and a
// surrounding transaction of the host may roll all of them back. kPosix: each put since the last
// Sync may be lost, torn or reordered on its own; Sync makes all earlier puts durable.
#pragma once

#include <cstdint>

#include "core/base/bytes.h"
#include "core/base/status.h"

namespace dosql {

enum class RowKind : uint8_t {
  kSuper = 1,   // number 0 or 1, written alternately; at most 4 KB
  kLog = 2,     // number = ring slot, 0 to 4095; at most kRowBytesMax
  kExtent = 3,  // number = extent; up to kExtentBytes
};

struct RowKey {
  RowKind kind;
  uint32_t number;
  bool operator==(const RowKey&) const = default;
};

enum class FaultModel : uint8_t { kTurnAtomic, kPosix };

inline constexpr uint32_t kExtentBytes = 128 << 10;
inline constexpr uint32_t kRowBytesMax = 1900 << 10;  // below the platform's 2 MB for key and value
inline constexpr uint32_t kLogSlots = 4096;

class PageStore {
 public:
  virtual FaultModel fault_model() const = 0;

  // Whether Get may return kBlocked. Where it cannot, single-row statements need no savepoint.
  virtual bool may_block() const { return false; }

  // Reads a row into `out`: `*size` is the row's whole size, of which at most out.size() bytes are
  // written. kNotFound: no such row. kBlocked: the bytes are not at hand; the store has noted the
  // key, the host fetches it and the caller tries again. kIo.
  virtual Status Get(RowKey key, MutableBytes out, uint32_t* size) = 0;

  // Reads out.size() bytes of a row, from byte `from` on: cheaper than Get where the host copies rows.
  // kNotFound: there is no such row, or it ends before. kBlocked, kIo.
  virtual Status GetPart(RowKey key, uint32_t from, MutableBytes out) = 0;

  // Replaces a row. kTooBig above kRowBytesMax, kIo. On failure nothing was written in this turn's
  // model (kTurnAtomic), or anything may have been (kPosix).
  virtual Status Put(RowKey key, Bytes data) = 0;

  // Put, if the row `pred` exists and begins with `pred_head`; else kStale and nothing is written.
  virtual Status PutIf(RowKey key, Bytes data, RowKey pred, Bytes pred_head) = 0;

  // kPosix: returns once all earlier puts are durable. kTurnAtomic: does nothing.
  virtual Status Sync() = 0;

  // kTurnAtomic: asks the host to call the log's EndTurn once the running turn ends, before its
  // puts become durable. Called at most once a turn. kPosix: never called.
  virtual void ScheduleEndTurn() = 0;

  // All log rows written before row `seq` (a LogSeq, not a slot) are no longer needed. A hint: a
  // ring does nothing, a log file may be truncated when everything in it is older.
  virtual void TrimLog(uint64_t seq) = 0;

 protected:
  ~PageStore() = default;
};

}  // namespace dosql
