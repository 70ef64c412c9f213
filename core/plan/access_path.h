// Choice of the way into one table. Internal to core/plan.
#pragma once

#include <vector>

#include "core/plan/plan.h"

namespace dosql {

// A conjunct with what it depends on.
struct Conjunct {
  BoundExpr* expr = nullptr;
  uint64_t sources = 0;  // bit per source
  bool placed = false;
  bool implied = false;  // by another one: it need not be tested, but may be used
};

// An access before its programs exist: the same fields as expressions.
struct AccessChoice {
  const Index* index = nullptr;
  std::vector<BoundExpr*> equal;
  BoundExpr *low = nullptr, *high = nullptr;
  bool low_inclusive = false, high_inclusive = false;
  bool one_row = false;
  bool covering = false;     // the index tells all that is needed of the table
  std::vector<size_t> used;  // positions of the conjuncts it makes true by itself
  double rows = 0;           // estimate of the rows found each time
  double cost = 0;           // in rows read from the table's own tree
  bool uses_outer = false;   // a value depends on a source of `known`
  bool impossible = false;   // INDEXED BY names a partial index that leaves rows out
  // An IN list of fixed values: the value of one column in `equal` is a column of kListSource.
  const BoundExpr* in_list = nullptr;
};

class Statistics;

// How often each column of a source, and then its rowid, is read; UINT8_MAX: always.
using Reads = std::vector<uint8_t>;

// Takes the columns of source `s` in a conjunct, which an access makes true by itself, off the
// reads.
void TakeReads(const BoundExpr& e, uint32_t s, Reads* reads);

// Whether the keys of an index tell all columns that are read.
bool Covers(const Table& table, const Index& index, const Reads& reads);
// Whether they tell the column at that position.
bool TellsColumn(const Table& table, const IndexColumn& column);

// The cheapest way into a table, source `s`, when the sources in `known` have values. With
// in_lists, an IN list may be walked to enter an index. `statistics` may be nullptr.
AccessChoice ChooseAccess(const BoundSource& source, uint32_t s, uint64_t known,
                          const std::vector<Conjunct>& conjuncts, const Statistics* statistics,
                          bool in_lists, const Reads& reads);

// The way in by one tree: an index, or the table's own (nullptr).
AccessChoice ReadAccess(const BoundSource& source, uint32_t s,
                        const std::vector<Conjunct>& conjuncts, const Statistics* statistics,
                        const Index* index, const Reads& reads);

// Bits of the sources an expression reads.
uint64_t SourcesOf(const BoundExpr& e);

}  // namespace dosql
