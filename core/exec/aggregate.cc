// GROUP BY and aggregates: a hash table of groups, one block of states each; kernels step a whole
// chunk at once. Without keys there is one group, and kernels take the chunk's selection directly.

#include "core/exec/hash_table.h"
#include "core/exec/operator.h"
#include "core/exec/row_sorter.h"
#include "core/exec/scan_kernel.h"

namespace dosql {
namespace {

class Aggregate final : public Operator {
 public:
  Aggregate(ExecContext* context, const PlanNode& node, std::unique_ptr<Operator> input)
      : context_(context),
        node_(node),
        input_(std::move(input)),
        eval_(context->eval),
        strings_(context->budget),
        states_arena_(context->budget) {
    eval_.function.arena = &strings_;
  }

  Status Next(Chunk** chunk) override {
    *chunk = nullptr;
    if (!consumed_) DOSQL_TRY(Consume());
    return Emit(chunk);
  }

 private:
  uint32_t key_count() const { return node_.keys.size; }
  uint32_t aggregate_count() const { return node_.aggregates.size; }

  Status Start() {
    started_ = true;
    uint32_t n = aggregate_count();
    keys_ = std::make_unique<ChunkExpr[]>(key_count());
    args_ = std::make_unique<ChunkExpr[]>(n);
    args2_ = std::make_unique<ChunkExpr[]>(n);
    filters_ = std::make_unique<ChunkExpr[]>(n);
    sets_ = std::make_unique<HashTable[]>(n);
    Arena* a = context_->arena;
    collations_ = a->NewArray<Collation>(key_count() + 2);
    key_vectors_ = a->NewArray<const Vector*>(key_count() + 1);
    key_row_ = a->NewArray<Value>(key_count() + 1);
    group_of_ = a->NewArray<uint8_t*>(kChunkRowsMax);
    set_collations_ = a->NewArray<Collation>(2 * n + 1);
    state_of_ = a->NewArray<uint32_t>(n + 1);
    if (collations_ == nullptr || key_vectors_ == nullptr || key_row_ == nullptr ||
        group_of_ == nullptr || set_collations_ == nullptr || state_of_ == nullptr)
      return context_->OutOfMemory();
    for (uint32_t i = 0; i < key_count(); i++) {
      keys_[i].Init(context_, node_.keys[i].program);
      collations_[i] = node_.keys[i].expr->collation;
    }
    for (uint32_t i = 0; i < n; i++) {
      const PlanAggregate& p = node_.aggregates[i];
      args_[i].Init(context_, p.args.size > 0 ? p.args[0].program : nullptr);
      args2_[i].Init(context_, p.args.size > 1 ? p.args[1].program : nullptr);
      filters_[i].Init(context_, p.filter.program);
      if (p.sort.size > 0) StartOrdered(i);
      state_of_[i] = i;
      for (uint32_t j = 0; j < i; j++)
        if (SharesState(p, node_.aggregates[j])) state_of_[i] = state_of_[j];
      // DISTINCT: one set per aggregate, of (group, value).
      set_collations_[2 * i + 1] = p.collation;
      if (TellsApart(p)) sets_[i].Init(&states_arena_, 2, set_collations_ + 2 * i, 0);
    }
    uint32_t state_bytes = n * static_cast<uint32_t>(sizeof(AggregateState));
    bare_offset_ = state_bytes;
    if (bare_count() > 0) {
      bare_ = std::make_unique<ChunkExpr[]>(bare_count());
      for (uint32_t i = 0; i < bare_count(); i++) bare_[i].Init(context_, node_.bare[i].program);
      bare_vectors_ = a->NewArray<const Vector*>(bare_count());
      if (bare_vectors_ == nullptr) return context_->OutOfMemory();
      state_bytes += static_cast<uint32_t>(sizeof(BareRow) + bare_count() * sizeof(Value));
    }
    groups_.Init(&states_arena_, key_count(), collations_, state_bytes);
    if (key_count() == 0) {
      bool added;
      if (!groups_.FindOrAdd(key_row_, &only_, &added).ok()) return context_->OutOfMemory();
    }
    return Status::Ok();
  }

  // Whether DISTINCT is seen to row by row.
  static bool TellsApart(const PlanAggregate& p) { return p.distinct && !p.last_of_equal; }

  // sum, total and avg of the same rows differ only in what they make of their state.
  static bool SharesState(const PlanAggregate& a, const PlanAggregate& b) {
    auto sums = [](const PlanAggregate& p) {
      AggregateKind k = p.function->kind;
      return !p.distinct && p.filter.program == nullptr && p.sort.size == 0 &&
             (k == AggregateKind::kSum || k == AggregateKind::kTotal || k == AggregateKind::kAvg);
    };
    return sums(a) && sums(b) && SameExpr(*a.args[0].expr, *b.args[0].expr);
  }

  Status Consume() {
    if (!started_) DOSQL_TRY(Start());
    for (;;) {
      Chunk* in;
      DOSQL_TRY(input_->Next(&in));
      if (in == nullptr) break;
      DOSQL_TRY(context_->CheckDeadline());
      strings_.Reset();
      if (key_count() > 0) DOSQL_TRY(FindGroups(*in));
      if (bare_count() > 0) DOSQL_TRY(FirstRows(*in));
      for (uint32_t i = 0; i < aggregate_count(); i++)
        if (state_of_[i] == i) DOSQL_TRY(Accumulate(*in, i));
    }
    for (std::unique_ptr<Ordered>& o : ordered_) {
      DOSQL_TRY(StepInOrder(o.get()));
      o.reset();
    }
    consumed_ = true;
    return Status::Ok();
  }

  Status FindGroups(const Chunk& in) {
    for (uint32_t i = 0; i < key_count(); i++)
      DOSQL_TRY(keys_[i].Eval(&eval_, in, &key_vectors_[i]));
    const Selection& s = in.selection;
    const Vector& key = *key_vectors_[0];
    // TEXT and BLOB are never equal, so a cache serves one of them.
    bool cached =
        key_count() == 1 && !key.is_constant &&
        (key.type == VectorType::kI64 ||
         (key.type == VectorType::kBytes && !key.is_blob && collations_[0] == Collation::kBinary));
    if (cached && cache_ == nullptr) cache_ = std::make_unique<GroupCache>();
    bool added;
    for (uint32_t k = 0; k < s.count; k++) {
      if (cached) {
        k = cache_->Find(key, s, k, group_of_);
        if (k == s.count) break;
      }
      uint32_t row = s[k];
      for (uint32_t i = 0; i < key_count(); i++) key_row_[i] = key_vectors_[i]->Get(row);
      if (!groups_.FindOrAdd(key_row_, &group_of_[k], &added).ok()) return context_->OutOfMemory();
      if (cached) cache_->Add(key, row, groups_.KeysOf(group_of_[k])[0], group_of_[k]);
    }
    return Status::Ok();
  }

  // --- columns outside keys and aggregates ---------------------------------------------------
  uint32_t bare_count() const { return node_.bare.size; }

  // After the states of a group: whether it has its row yet, then the row's values.
  struct BareRow {
    uint64_t set;
    Value* values() { return reinterpret_cast<Value*>(this + 1); }
  };
  BareRow* BareOf(uint8_t* group) const { return reinterpret_cast<BareRow*>(group + bare_offset_); }

  Status FirstRows(const Chunk& in) {
    for (uint32_t i = 0; i < bare_count(); i++)
      DOSQL_TRY(bare_[i].Eval(&eval_, in, &bare_vectors_[i]));
    for (uint32_t k = 0; k < in.selection.count; k++) {
      uint8_t* group = key_count() == 0 ? only_ : group_of_[k];
      if (!BareOf(group)->set) DOSQL_TRY(TakeRow(group, in.selection[k]));
    }
    return Status::Ok();
  }

  Status TakeRow(uint8_t* group, uint32_t row) {
    BareRow* bare = BareOf(group);
    for (uint32_t i = 0; i < bare_count(); i++) {
      Value v = bare_vectors_[i]->Get(row);
      Value& kept = bare->values()[i];
      if (v.is_bytes() && v.size > 0) {
        // A group that takes many rows uses its bytes again where they are enough.
        uint8_t* to = kept.is_bytes() && kept.size >= v.size
                          ? const_cast<uint8_t*>(kept.data)
                          : static_cast<uint8_t*>(states_arena_.Allocate(v.size));
        if (to == nullptr) return context_->OutOfMemory();
        std::memmove(to, v.data, v.size);
        v.data = to;
      }
      kept = v;
    }
    bare->set = 1;
    return Status::Ok();
  }

  Status Accumulate(const Chunk& in, uint32_t i) {
    const PlanAggregate& p = node_.aggregates[i];
    uint32_t offset = i * static_cast<uint32_t>(sizeof(AggregateState));
    FunctionContext f = eval_.function;
    f.arena = &states_arena_;
    f.collation = p.collation;
    Chunk rows = in;
    bool picks = bare_count() > 0 && node_.bare_by == static_cast<int32_t>(i);
    if (p.filter.program != nullptr || p.distinct || p.args.size > 1 || p.sort.size > 0 || picks)
      return AccumulateSome(in, i, &f);
    const Vector* arg = nullptr;
    if (p.args.size > 0) DOSQL_TRY(args_[i].Eval(&eval_, rows, &arg));
    if (key_count() == 0)
      return AggregateChunk(p.function->kind, &f, reinterpret_cast<AggregateState*>(only_ + offset),
                            arg, in.selection);
    return AggregateGrouped(p.function->kind, &f, group_of_, offset, arg, in.selection);
  }

  // --- f(x ORDER BY y) ----------------------------------------------------------------------
  // The rows of one such aggregate: group, arguments, what they are ordered by.
  struct Ordered {
    Ordered(ExecContext* context, uint32_t i, const PlanAggregate& p)
        : aggregate(i),
          exprs(new ChunkExpr[p.order.size]),
          vectors(new const Vector*[p.order.size]),
          rows(context, 1 + p.args.size, p.sort) {}
    const uint32_t aggregate;
    std::unique_ptr<ChunkExpr[]> exprs;
    std::unique_ptr<const Vector*[]> vectors;
    RowSorter rows;
  };

  void StartOrdered(uint32_t i) {
    const PlanAggregate& p = node_.aggregates[i];
    ordered_.push_back(std::make_unique<Ordered>(context_, i, p));
    for (uint32_t t = 0; t < p.order.size; t++)
      ordered_.back()->exprs[t].Init(context_, p.order[t].program);
  }

  Status StepInOrder(Ordered* o) {
    const PlanAggregate& p = node_.aggregates[o->aggregate];
    FunctionContext f = eval_.function;
    f.arena = &states_arena_;
    f.collation = p.collation;
    DOSQL_TRY(o->rows.Sort());
    for (size_t i = 0; i < o->rows.size(); i++) {
      if (i % kChunkRowsMax == 0) DOSQL_TRY(context_->CheckDeadline());
      if (p.last_of_equal && i + 1 < o->rows.size() && o->rows.SameKey(i, i + 1)) continue;
      const Value* row = o->rows.row(i);
      auto* state =
          reinterpret_cast<AggregateState*>(static_cast<uintptr_t>(row[0].i)) + o->aggregate;
      DOSQL_TRY(AggregateStep(p.function->kind, &f, state, row + 1, p.args.size));
    }
    return Status::Ok();
  }

  // FILTER, DISTINCT, ORDER BY and second arguments: row by row.
  Status AccumulateSome(const Chunk& in, uint32_t i, FunctionContext* f) {
    const PlanAggregate& p = node_.aggregates[i];
    uint32_t offset = i * static_cast<uint32_t>(sizeof(AggregateState));
    Chunk rows = in;
    if (p.filter.program != nullptr) DOSQL_TRY(filters_[i].Filter(&eval_, &rows));
    const Vector* arg = nullptr;
    if (p.args.size > 0) DOSQL_TRY(args_[i].Eval(&eval_, rows, &arg));
    const Vector* arg2 = nullptr;
    if (p.args.size > 1) DOSQL_TRY(args2_[i].Eval(&eval_, rows, &arg2));
    Ordered* ordered = nullptr;
    for (const std::unique_ptr<Ordered>& o : ordered_)
      if (o->aggregate == i) ordered = o.get();
    for (uint32_t t = 0; t < p.order.size; t++)
      DOSQL_TRY(ordered->exprs[t].Eval(&eval_, rows, &ordered->vectors[t]));
    uint32_t k = 0;  // of the unfiltered selection, which group_of_ follows
    for (uint32_t j = 0; j < rows.selection.count; j++) {
      uint32_t row = rows.selection[j];
      while (in.selection[k] != row) k++;
      uint8_t* group = key_count() == 0 ? only_ : group_of_[k];
      Value v = arg == nullptr ? Value::Null() : arg->Get(row);
      Value args[kAggregateArgsMax] = {v, arg2 == nullptr ? Value::Null() : arg2->Get(row)};
      if (TellsApart(p)) {
        if (v.is_null()) continue;
        Value pair[2] = {Value::Integer(static_cast<int64_t>(reinterpret_cast<uintptr_t>(group))),
                         v};
        uint8_t* unused;
        bool added;
        if (!sets_[i].FindOrAdd(pair, &unused, &added).ok()) return context_->OutOfMemory();
        if (!added) continue;
      }
      if (ordered != nullptr) {
        Value* next = ordered->rows.next();
        *next++ = Value::Integer(static_cast<int64_t>(reinterpret_cast<uintptr_t>(group)));
        for (uint32_t c = 0; c < p.args.size; c++) *next++ = args[c];
        for (uint32_t t = 0; t < p.order.size; t++) *next++ = ordered->vectors[t]->Get(row);
        DOSQL_TRY(ordered->rows.Add());
        continue;
      }
      auto* state = reinterpret_cast<AggregateState*>(group + offset);
      if (bare_count() > 0 && node_.bare_by == static_cast<int32_t>(i) &&
          AggregatePicks(p.function->kind, *state, v, p.collation))
        DOSQL_TRY(TakeRow(group, row));
      DOSQL_TRY(AggregateStep(p.function->kind, f, state, args, arg2 == nullptr ? 1 : 2));
    }
    return Status::Ok();
  }

  Status Emit(Chunk** chunk) {
    uint32_t left = groups_.size() - emitted_;
    if (left == 0) return Status::Ok();
    uint32_t n = left < kChunkRowsMax ? left : kChunkRowsMax;
    if (columns_ == nullptr || n > capacity_) {
      capacity_ = n;
      columns_ = context_->arena->NewArray<Vector>(node_.width);
      for (uint32_t c = 0; columns_ != nullptr && c < node_.width; c++) {
        columns_[c].tagged = context_->arena->NewArray<Value>(capacity_);
        if (columns_[c].tagged == nullptr) columns_ = nullptr;
      }
      if (columns_ == nullptr) return context_->OutOfMemory();
    }
    for (uint32_t r = 0; r < n; r++) {
      const Value* keys = groups_.keys(emitted_ + r);
      uint8_t* states = groups_.payload(emitted_ + r);
      for (uint32_t i = 0; i < key_count(); i++) columns_[i].tagged[r] = keys[i];
      for (uint32_t i = 0; i < bare_count(); i++)
        columns_[key_count() + aggregate_count() + i].tagged[r] = BareOf(states)->values()[i];
      for (uint32_t i = 0; i < aggregate_count(); i++) {
        const PlanAggregate& p = node_.aggregates[i];
        FunctionContext f = eval_.function;
        f.arena = &states_arena_;
        f.collation = p.collation;
        const auto* state =
            reinterpret_cast<const AggregateState*>(states + state_of_[i] * sizeof(AggregateState));
        DOSQL_TRY(
            AggregateFinal(p.function->kind, &f, *state, &columns_[key_count() + i].tagged[r]));
      }
    }
    emitted_ += n;
    chunk_ = {columns_, node_.width, n, {nullptr, n}};
    *chunk = &chunk_;
    return Status::Ok();
  }

  ExecContext* context_;
  const PlanNode& node_;
  std::unique_ptr<Operator> input_;
  EvalContext eval_;
  Arena strings_;
  Arena states_arena_;
  std::unique_ptr<ChunkExpr[]> keys_, args_, args2_, filters_;
  std::unique_ptr<HashTable[]> sets_;
  std::vector<std::unique_ptr<Ordered>> ordered_;
  HashTable groups_;
  std::unique_ptr<GroupCache> cache_;
  std::unique_ptr<ChunkExpr[]> bare_;
  const Vector** bare_vectors_ = nullptr;
  uint32_t bare_offset_ = 0;
  Collation* collations_ = nullptr;
  Collation* set_collations_ = nullptr;
  uint32_t* state_of_ = nullptr;  // which aggregate's state each one reads: mostly its own
  const Vector** key_vectors_ = nullptr;
  Value* key_row_ = nullptr;
  uint8_t** group_of_ = nullptr;  // per selected row
  uint8_t* only_ = nullptr;       // the group of a query without keys
  Vector* columns_ = nullptr;
  uint32_t capacity_ = 0;
  uint32_t emitted_ = 0;
  Chunk chunk_;
  bool started_ = false, consumed_ = false;
};

// DISTINCT: passes on the rows that are new.
class Distinct final : public Operator {
 public:
  Distinct(ExecContext* context, const PlanNode& node, std::unique_ptr<Operator> input)
      : context_(context), node_(node), input_(std::move(input)), rows_arena_(context->budget) {}

  Status Next(Chunk** chunk) override {
    if (row_ == nullptr) {
      Collation* collations = context_->arena->NewArray<Collation>(node_.width);
      row_ = context_->arena->NewArray<Value>(node_.width);
      selected_ = context_->arena->NewArray<uint16_t>(kChunkRowsMax);
      if (collations == nullptr || row_ == nullptr || selected_ == nullptr)
        return context_->OutOfMemory();
      for (uint32_t i = 0; i < node_.width; i++) collations[i] = node_.sort[i].collation;
      seen_.Init(&rows_arena_, node_.width, collations, 0);
    }
    for (;;) {
      DOSQL_TRY(input_->Next(chunk));
      if (*chunk == nullptr) return Status::Ok();
      Selection& s = (*chunk)->selection;
      uint32_t kept = 0;
      for (uint32_t k = 0; k < s.count; k++) {
        for (uint32_t c = 0; c < node_.width; c++) row_[c] = (*chunk)->columns[c].Get(s[k]);
        uint8_t* unused;
        bool added;
        if (!seen_.FindOrAdd(row_, &unused, &added).ok()) return context_->OutOfMemory();
        if (added) selected_[kept++] = static_cast<uint16_t>(s[k]);
      }
      s = {selected_, kept};
      if (kept > 0) return Status::Ok();
    }
  }

 private:
  ExecContext* context_;
  const PlanNode& node_;
  std::unique_ptr<Operator> input_;
  Arena rows_arena_;
  HashTable seen_;
  Value* row_ = nullptr;
  uint16_t* selected_ = nullptr;
};

}  // namespace

std::unique_ptr<Operator> MakeAggregate(ExecContext* context, const PlanNode& node,
                                        std::unique_ptr<Operator> input) {
  return std::make_unique<Aggregate>(context, node, std::move(input));
}
std::unique_ptr<Operator> MakeDistinct(ExecContext* context, const PlanNode& node,
                                       std::unique_ptr<Operator> input) {
  return std::make_unique<Distinct>(context, node, std::move(input));
}

}  // namespace dosql
