// JoinTable: the rows of one side of a join, found by their keys. Rows with equal keys are in a
// chain in order of arrival; without keys all rows are in one chain.
#pragma once

#include "core/exec/hash_table.h"
#include "core/exec/operator.h"

namespace dosql {

class JoinTable {
 public:
  // A row; its values follow.
  struct Row {
    Row* next;       // of its chain
    Row* follows;    // of all rows, in order of arrival
    uint64_t taken;  // for the caller: a probe row was its partner
    Value* values() { return reinterpret_cast<Value*>(this + 1); }
  };

  enum class Side : uint8_t { kBuild, kInput };

  // Of a kHashJoin or kSemiJoin; `side` says which rows are in it.
  JoinTable(ExecContext* context, const PlanNode& node, Side side = Side::kBuild)
      : context_(context),
        node_(node),
        side_(side),
        eval_(context->eval),
        strings_(context->budget),
        rows_(context->budget) {
    eval_.function.arena = &strings_;
  }

  Status Init();

  // Takes all rows of `build`, or the rest of them after kBlocked. keep_all: rows whose keys are
  // NULL too, which no probe row finds.
  Status Build(Operator* build, bool keep_all);

  // Takes a chunk of the probe side in hand. Its keys live until the next call.
  Status StartProbe(const Chunk& chunk) { return Keys(chunk, probe_exprs_.get()); }
  // The chain that a row of that chunk meets; nullptr: none.
  Status Find(uint32_t row, Row** chain);

  // All rows in order of arrival, by `follows`.
  Row* first() const { return first_; }
  bool has_keys() const { return table_.size() > 0; }

 private:
  // The payload of a key: its chain.
  struct Chain {
    Row* first;
    Row* last;
  };
  uint32_t key_count() const { return node_.probe_keys.size; }
  Status Keys(const Chunk& chunk, ChunkExpr* exprs);
  Status Key(uint32_t row, bool* usable);
  Status Add(const Chunk& chunk, uint32_t row, bool keep_all);

  ExecContext* context_;
  const PlanNode& node_;
  const Side side_;
  EvalContext eval_;
  Arena strings_;
  Arena rows_;
  std::unique_ptr<ChunkExpr[]> probe_exprs_, build_exprs_;
  Collation* collations_ = nullptr;
  const Vector** key_vectors_ = nullptr;
  Value* key_ = nullptr;
  HashTable table_;
  Row *first_ = nullptr, *last_ = nullptr;
};

}  // namespace dosql
