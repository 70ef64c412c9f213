#include "core/exec/join_table.h"

#include <utility>

#include "core/type/affinity.h"

namespace dosql {

Status JoinTable::Init() {
  Arena* a = context_->arena;
  probe_exprs_ = std::make_unique<ChunkExpr[]>(key_count());
  build_exprs_ = std::make_unique<ChunkExpr[]>(key_count());
  collations_ = a->NewArray<Collation>(key_count() + 1);
  key_vectors_ = a->NewArray<const Vector*>(key_count() + 1);
  key_ = a->NewArray<Value>(key_count() + 1);
  if (collations_ == nullptr || key_vectors_ == nullptr || key_ == nullptr)
    return context_->OutOfMemory();
  for (uint32_t i = 0; i < key_count(); i++) {
    const Program *of_input = node_.probe_keys[i].program, *other = node_.build_keys[i].program;
    if (side_ == Side::kInput) std::swap(of_input, other);
    probe_exprs_[i].Init(context_, of_input);
    build_exprs_[i].Init(context_, other);
    collations_[i] = node_.key_rules[i].collation;
  }
  table_.Init(&rows_, key_count(), collations_, sizeof(Chain));
  return Status::Ok();
}

Status JoinTable::Keys(const Chunk& chunk, ChunkExpr* exprs) {
  DOSQL_TRY(context_->CheckDeadline());
  strings_.Reset();
  for (uint32_t i = 0; i < key_count(); i++)
    DOSQL_TRY(exprs[i].Eval(&eval_, chunk, &key_vectors_[i]));
  return Status::Ok();
}

// The key of a row under the comparison's affinity; not usable when a part is NULL: it equals
// nothing.
Status JoinTable::Key(uint32_t row, bool* usable) {
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

Status JoinTable::Add(const Chunk& chunk, uint32_t row, bool keep_all) {
  bool usable;
  DOSQL_TRY(Key(row, &usable));
  if (!usable && !keep_all) return Status::Ok();
  uint32_t width = side_ == Side::kBuild ? node_.build->width : node_.input->width;
  auto* r = static_cast<Row*>(rows_.Allocate(sizeof(Row) + width * sizeof(Value)));
  if (r == nullptr) return context_->OutOfMemory();
  *r = Row();
  (last_ == nullptr ? first_ : last_->follows) = r;
  last_ = r;
  for (uint32_t c = 0; c < width; c++) {
    Value v = chunk.columns[c].Get(row);
    if (v.is_bytes() && v.size > 0) {
      Bytes b = rows_.Copy(v.bytes());
      if (b.data() == nullptr) return context_->OutOfMemory();
      v.data = b.data();
    }
    r->values()[c] = v;
  }
  if (!usable) return Status::Ok();
  uint8_t* payload;
  bool added;
  if (!table_.FindOrAdd(key_, &payload, &added).ok()) return context_->OutOfMemory();
  Chain* chain = reinterpret_cast<Chain*>(payload);
  if (added)
    chain->first = r;
  else
    chain->last->next = r;
  chain->last = r;
  return Status::Ok();
}

Status JoinTable::Build(Operator* build, bool keep_all) {
  for (;;) {
    Chunk* in;
    DOSQL_TRY(build->Next(&in));
    if (in == nullptr) return Status::Ok();
    DOSQL_TRY(Keys(*in, build_exprs_.get()));
    for (uint32_t k = 0; k < in->selection.count; k++)
      DOSQL_TRY(Add(*in, in->selection[k], keep_all));
  }
}

Status JoinTable::Find(uint32_t row, Row** chain) {
  *chain = nullptr;
  bool usable;
  DOSQL_TRY(Key(row, &usable));
  if (!usable || table_.size() == 0) return Status::Ok();
  uint8_t* payload = table_.Find(key_);
  if (payload != nullptr) *chain = reinterpret_cast<Chain*>(payload)->first;
  return Status::Ok();
}

}  // namespace dosql
