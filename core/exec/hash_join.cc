// Hash join: the build side is read whole into a hash table by its keys, equal ones in a chain;
// each probe row meets the rows of its chain. Without keys every row is in one chain: the cross
// product.

#include "core/exec/hash_table.h"
#include "core/exec/operator.h"
#include "core/type/affinity.h"
#include "core/vector/vector_builder.h"

namespace dosql {
namespace {

// A row of the build side; its values follow, 8 bytes on.
struct BuildRow {
  BuildRow* next;
};
// The payload of a key: its chain, in order of arrival.
struct Chain {
  BuildRow* first;
  BuildRow* last;
};

class HashJoin final : public Operator {
 public:
  HashJoin(ExecContext* context, const PlanNode& node, std::unique_ptr<Operator> input,
           std::unique_ptr<Operator> build)
      : context_(context),
        node_(node),
        input_(std::move(input)),
        build_(std::move(build)),
        eval_(context->eval),
        strings_(context->budget),
        rows_(context->budget) {
    eval_.function.arena = &strings_;
    static_assert(sizeof(BuildRow) <= 8);
  }

  Status Next(Chunk** chunk) override {
    *chunk = nullptr;
    if (!started_) DOSQL_TRY(Start());
    if (!built_) DOSQL_TRY(Build());
    if (table_.size() == 0) return Status::Ok();
    for (;;) {
      if (probe_ == nullptr || at_ == probe_->selection.count) {
        probe_ = nullptr;
        Chunk* in;
        DOSQL_TRY(input_->Next(&in));
        if (in == nullptr) return Status::Ok();
        DOSQL_TRY(context_->CheckDeadline());
        strings_.Reset();
        for (uint32_t i = 0; i < key_count(); i++)
          DOSQL_TRY(probe_exprs_[i].Eval(&eval_, *in, &key_vectors_[i]));
        probe_ = in;
        at_ = 0;
        chain_ = nullptr;
        entered_ = false;
      }
      uint32_t n = 0;
      DOSQL_TRY(Fill(&n));
      if (n == 0) continue;
      for (uint32_t c = 0; c < node_.width; c++) columns_[c] = builders_[c].Finish();
      chunk_ = {columns_, node_.width, n, {nullptr, n}};
      *chunk = &chunk_;
      return Status::Ok();
    }
  }

 private:
  uint32_t key_count() const { return node_.probe_keys.size; }
  uint32_t left_width() const { return node_.input->width; }
  uint32_t right_width() const { return node_.build->width; }

  Status Start() {
    Arena* a = context_->arena;
    probe_exprs_ = std::make_unique<ChunkExpr[]>(key_count());
    build_exprs_ = std::make_unique<ChunkExpr[]>(key_count());
    builders_ = std::make_unique<VectorBuilder[]>(node_.width);
    collations_ = a->NewArray<Collation>(key_count() + 1);
    key_vectors_ = a->NewArray<const Vector*>(key_count() + 1);
    key_ = a->NewArray<Value>(key_count() + 1);
    columns_ = a->NewArray<Vector>(node_.width);
    if (collations_ == nullptr || key_vectors_ == nullptr || key_ == nullptr || columns_ == nullptr)
      return context_->OutOfMemory();
    for (uint32_t i = 0; i < key_count(); i++) {
      probe_exprs_[i].Init(context_, node_.probe_keys[i].program);
      build_exprs_[i].Init(context_, node_.build_keys[i].program);
      collations_[i] = node_.key_rules[i].collation;
    }
    for (uint32_t c = 0; c < node_.width; c++) builders_[c].Init(a, kChunkRowsMax);
    table_.Init(&rows_, key_count(), collations_, sizeof(Chain));
    started_ = true;
    return Status::Ok();
  }

  // The key of a row under the comparison's affinity; false when a part is NULL: it equals nothing.
  Status Key(uint32_t row, bool* usable) {
    *usable = true;
    for (uint32_t i = 0; i < key_count(); i++) {
      key_[i] = key_vectors_[i]->Get(row);
      if (key_[i].is_null()) {
        *usable = false;
        return Status::Ok();
      }
      DOSQL_TRY(ApplyAffinity(node_.key_rules[i].affinity, &strings_, &key_[i]));
    }
    return Status::Ok();
  }

  Status Build() {
    for (;;) {
      Chunk* in;
      DOSQL_TRY(build_->Next(&in));
      if (in == nullptr) break;
      DOSQL_TRY(context_->CheckDeadline());
      strings_.Reset();
      for (uint32_t i = 0; i < key_count(); i++)
        DOSQL_TRY(build_exprs_[i].Eval(&eval_, *in, &key_vectors_[i]));
      for (uint32_t k = 0; k < in->selection.count; k++) {
        uint32_t row = in->selection[k];
        bool usable;
        DOSQL_TRY(Key(row, &usable));
        if (!usable) continue;
        auto* r = static_cast<BuildRow*>(rows_.Allocate(8 + right_width() * sizeof(Value)));
        if (r == nullptr) return context_->OutOfMemory();
        r->next = nullptr;
        for (uint32_t c = 0; c < right_width(); c++) {
          Value v = in->columns[c].Get(row);
          if (v.is_bytes() && v.size > 0) {
            Bytes b = rows_.Copy(v.bytes());
            if (b.data() == nullptr) return context_->OutOfMemory();
            v.data = b.data();
          }
          ValuesOf(r)[c] = v;
        }
        uint8_t* payload;
        bool added;
        if (!table_.FindOrAdd(key_, &payload, &added).ok()) return context_->OutOfMemory();
        Chain* chain = reinterpret_cast<Chain*>(payload);
        if (added)
          chain->first = r;
        else
          chain->last->next = r;
        chain->last = r;
      }
    }
    build_.reset();
    built_ = true;
    return Status::Ok();
  }

  static Value* ValuesOf(BuildRow* r) {
    return reinterpret_cast<Value*>(reinterpret_cast<uint8_t*>(r) + 8);
  }

  // Emits pairs until the chunk is full or the probe chunk is used up.
  Status Fill(uint32_t* n) {
    for (uint32_t c = 0; c < node_.width; c++) builders_[c].Restart();
    while (at_ < probe_->selection.count && *n < kChunkRowsMax) {
      uint32_t row = probe_->selection[at_];
      if (!entered_) {
        bool usable;
        DOSQL_TRY(Key(row, &usable));
        uint8_t* payload = usable ? table_.Find(key_) : nullptr;
        chain_ = payload == nullptr ? nullptr : reinterpret_cast<Chain*>(payload)->first;
        entered_ = true;
      }
      for (; chain_ != nullptr && *n < kChunkRowsMax; chain_ = chain_->next) {
        for (uint32_t c = 0; c < left_width(); c++)
          if (!builders_[c].Put(*n, probe_->columns[c].Get(row)).ok())
            return context_->OutOfMemory();
        for (uint32_t c = 0; c < right_width(); c++)
          if (!builders_[left_width() + c].Put(*n, ValuesOf(chain_)[c]).ok())
            return context_->OutOfMemory();
        ++*n;
      }
      if (chain_ == nullptr) {
        at_++;
        entered_ = false;
      }
    }
    return Status::Ok();
  }

  ExecContext* context_;
  const PlanNode& node_;
  std::unique_ptr<Operator> input_, build_;
  EvalContext eval_;
  Arena strings_;
  Arena rows_;
  std::unique_ptr<ChunkExpr[]> probe_exprs_, build_exprs_;
  std::unique_ptr<VectorBuilder[]> builders_;
  Collation* collations_ = nullptr;
  const Vector** key_vectors_ = nullptr;
  Value* key_ = nullptr;
  Vector* columns_ = nullptr;
  HashTable table_;
  Chunk chunk_;
  Chunk* probe_ = nullptr;  // the probe chunk in hand
  uint32_t at_ = 0;         // its selected row in hand
  BuildRow* chain_ = nullptr;
  bool entered_ = false;  // chain_ belongs to at_
  bool started_ = false, built_ = false;
};

}  // namespace

std::unique_ptr<Operator> MakeHashJoin(ExecContext* context, const PlanNode& node,
                                       std::unique_ptr<Operator> input,
                                       std::unique_ptr<Operator> build) {
  return std::make_unique<HashJoin>(context, node, std::move(input), std::move(build));
}

}  // namespace dosql
