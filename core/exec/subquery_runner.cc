#include "core/exec/subquery_runner.h"

#include "core/type/affinity.h"
#include "core/type/compare.h"

namespace dosql {

namespace {

// Answers kept for one query at a time; past that they are all forgotten.
constexpr uint32_t kAnswersMax = 10000;

// The answer of one run. Scalars: `width` values follow. IN: the set of rows.
struct Answer {
  bool any = false;         // there was a row
  bool has_null = false;    // IN: a row with a NULL in it
  HashTable* set = nullptr;
};

Value* ValuesOf(uint8_t* answer) { return reinterpret_cast<Value*>(answer + sizeof(Answer)); }
Answer* AnswerOf(uint8_t* answer) { return reinterpret_cast<Answer*>(answer); }
static_assert(sizeof(Answer) % alignof(Value) == 0);

}  // namespace

struct StatementSubqueries::State {
  explicit State(ExecContext* outer, const Subquery& s)
      : subquery(s), memory(outer->budget), scratch(outer->budget), context(*outer) {}

  const Subquery& subquery;
  Arena memory;         // answers, keys, operands of the running query
  Arena scratch;        // of one run
  ExecContext context;  // with an arena of its own, and outer values
  HashTable answers;    // by outer values, then their classes
  Value* key = nullptr;
  Collation* collations = nullptr;
  // A run that was blocked half-way, and for which arguments.
  std::unique_ptr<Operator> root;
  Value* outer = nullptr;
  std::vector<Value> operand;
  std::vector<std::unique_ptr<HashTable>> sets;
  uint32_t runs = 0;
};

StatementSubqueries::StatementSubqueries(ExecContext* context) : context_(context) {}
StatementSubqueries::~StatementSubqueries() = default;

Status StatementSubqueries::Find(const Subquery& subquery, State** out) {
  if (states_.size() <= subquery.number) states_.resize(subquery.number + 1);
  std::unique_ptr<State>& slot = states_[subquery.number];
  if (slot == nullptr) {
    slot = std::make_unique<State>(context_, subquery);
    State& s = *slot;
    uint32_t n = subquery.outer_count;
    // Keys compare bytes and numbers by value: the class of each is a key part of its own, so that
    // 1 and 1.0 are told apart.
    uint32_t keys = n == 0 ? 0 : n + 1;
    s.key = s.memory.NewArray<Value>(keys + 1);
    s.outer = s.memory.NewArray<Value>(n + 1);
    s.collations = s.memory.NewArray<Collation>(keys + 1);
    if (s.key == nullptr || s.outer == nullptr || s.collations == nullptr)
      return context_->OutOfMemory();
    uint32_t values = subquery.use == SubqueryUse::kScalar ? subquery.width : 0;
    s.answers.Init(&s.memory, keys, s.collations,
                   static_cast<uint32_t>(sizeof(Answer) + values * sizeof(Value)));
    s.operand.resize(subquery.operand_count);
    s.context.arena = &s.scratch;
    s.context.eval.subqueries = this;
  }
  *out = slot.get();
  return Status::Ok();
}

Status StatementSubqueries::FindAnswer(State* s, const Value* outer, uint8_t** answer,
                                       bool* known) {
  uint32_t n = s->subquery.outer_count;
  if (s->answers.size() >= kAnswersMax || (!s->subquery.pure && n > 0 && s->answers.size() > 0)) {
    // Forgetting frees the memory; the tables start anew.
    uint32_t keys = n == 0 ? 0 : n + 1;
    s->sets.clear();
    s->memory.Reset();
    s->key = s->memory.NewArray<Value>(keys + 1);
    s->outer = s->memory.NewArray<Value>(n + 1);
    s->collations = s->memory.NewArray<Collation>(keys + 1);
    if (s->key == nullptr || s->outer == nullptr || s->collations == nullptr)
      return context_->OutOfMemory();
    uint32_t values = s->subquery.use == SubqueryUse::kScalar ? s->subquery.width : 0;
    s->answers = HashTable();
    s->answers.Init(&s->memory, keys, s->collations,
                    static_cast<uint32_t>(sizeof(Answer) + values * sizeof(Value)));
    s->root.reset();
  }
  int64_t classes = 0;
  for (uint32_t i = 0; i < n; i++) {
    s->key[i] = outer[i];
    classes = classes * 5 + static_cast<int64_t>(outer[i].type);
  }
  if (n > 0) s->key[n] = Value::Integer(classes);
  bool added;
  if (!s->answers.FindOrAdd(s->key, answer, &added).ok()) return context_->OutOfMemory();
  if (added) new (*answer) Answer();
  *known = !added && AnswerOf(*answer)->set != reinterpret_cast<HashTable*>(1);
  return Status::Ok();
}

// Keeps what the query is for of one chunk of its rows.
Status StatementSubqueries::Consume(State* s, const Chunk& chunk, uint8_t* answer, bool* enough) {
  if (chunk.selection.count == 0) return Status::Ok();
  AnswerOf(answer)->any = true;
  *enough = s->subquery.use != SubqueryUse::kIn;
  if (s->subquery.use == SubqueryUse::kExists) return Status::Ok();
  if (s->subquery.use == SubqueryUse::kScalar) {
    for (uint32_t c = 0; c < s->subquery.width; c++) {
      Value v = chunk.columns[c].Get(chunk.selection[0]);
      if (v.is_bytes() && v.size > 0) {
        Bytes copy = s->memory.Copy(v.bytes());
        if (copy.data() == nullptr) return context_->OutOfMemory();
        v.data = copy.data();
      }
      ValuesOf(answer)[c] = v;
    }
    return Status::Ok();
  }
  HashTable* set = s->sets.back().get();
  Value row[kRowValueMax];
  for (uint32_t k = 0; k < chunk.selection.count; k++) {
    bool null = false;
    for (uint32_t c = 0; c < s->subquery.width; c++) {
      row[c] = chunk.columns[c].Get(chunk.selection[k]);
      null = null || row[c].is_null();
      if (!ApplyAffinity(s->subquery.rules[c].affinity, &s->scratch, &row[c]).ok())
        return context_->OutOfMemory();
    }
    AnswerOf(answer)->has_null = AnswerOf(answer)->has_null || null;
    uint8_t* payload;
    bool added;
    if (!set->FindOrAdd(row, &payload, &added).ok()) return context_->OutOfMemory();
  }
  return Status::Ok();
}

Status StatementSubqueries::Run(State* s, const Value* outer, uint8_t* answer) {
  const Subquery& q = s->subquery;
  bool resumes = s->root != nullptr;
  for (uint32_t i = 0; i < q.outer_count && resumes; i++)
    resumes = s->outer[i].type == outer[i].type &&
              CompareValues(s->outer[i], outer[i], Collation::kBinary) == 0;
  if (!resumes) {
    s->root.reset();
    s->scratch.Reset();
    for (uint32_t i = 0; i < q.outer_count; i++) {
      s->outer[i] = outer[i];
      if (!outer[i].is_bytes() || outer[i].size == 0) continue;
      Bytes copy = s->scratch.Copy(outer[i].bytes());
      if (copy.data() == nullptr) return context_->OutOfMemory();
      s->outer[i].data = copy.data();
    }
    s->context.version = context_->version;
    s->context.eval.outer = s->outer;
    s->context.eval.function.arena = &s->scratch;
    DOSQL_TRY(MakeOperator(&s->context, *q.plan->root, &s->root));
    if (q.use == SubqueryUse::kIn) {
      Collation* collations = s->memory.NewArray<Collation>(q.width);
      if (collations == nullptr) return context_->OutOfMemory();
      for (uint32_t c = 0; c < q.width; c++) collations[c] = q.rules[c].collation;
      s->sets.push_back(std::make_unique<HashTable>());
      s->sets.back()->Init(&s->memory, q.width, collations, 0);
    }
  }
  bool enough = false;
  Status status;
  while (!enough) {
    Chunk* chunk;
    status = s->root->Next(&chunk);
    if (!status.ok() || chunk == nullptr) break;
    status = Consume(s, *chunk, answer, &enough);
    if (!status.ok()) break;
    status = context_->CheckDeadline();
    if (!status.ok()) break;
  }
  context_->rows_read += s->context.rows_read;
  s->context.rows_read = 0;
  if (status.code() == Code::kBlocked) return status;
  s->root.reset();
  DOSQL_TRY(status);
  AnswerOf(answer)->set = q.use == SubqueryUse::kIn ? s->sets.back().get() : nullptr;
  return Status::Ok();
}

// (x, y) IN set: 1, 0, or NULL when only a NULL keeps it from being known.
Status StatementSubqueries::ProbeIn(State* s, const Value* operands, const uint8_t* answer,
                                    Arena* arena, Value* out) {
  const Answer& a = *reinterpret_cast<const Answer*>(answer);
  const Subquery& q = s->subquery;
  *out = Value::Integer(0);
  if (!a.any) return Status::Ok();
  bool null = false;
  for (uint32_t c = 0; c < q.width; c++) {
    s->operand[c] = operands[c];
    null = null || operands[c].is_null();
    if (!ApplyAffinity(q.rules[c].affinity, arena, &s->operand[c]).ok())
      return context_->OutOfMemory();
  }
  if (!null && a.set->Find(s->operand.data()) != nullptr) {
    *out = Value::Integer(1);
    return Status::Ok();
  }
  if (!null && !a.has_null) return Status::Ok();
  if (q.width == 1) {
    *out = Value::Null();
    return Status::Ok();
  }
  // A row of several columns is not equal where any two known parts differ.
  for (uint32_t i = 0; i < a.set->size(); i++) {
    const Value* row = a.set->keys(i);
    bool differs = false;
    for (uint32_t c = 0; c < q.width && !differs; c++)
      differs = !row[c].is_null() && !s->operand[c].is_null() &&
                CompareValues(row[c], s->operand[c], q.rules[c].collation) != 0;
    if (!differs) {
      *out = Value::Null();
      return Status::Ok();
    }
  }
  return Status::Ok();
}

Status StatementSubqueries::Evaluate(const Subquery& subquery, const Value* args, uint32_t column,
                                     Arena* arena, Value* out) {
  State* s;
  DOSQL_TRY(Find(subquery, &s));
  const Value* outer = args + subquery.operand_count;
  uint8_t* answer;
  bool known;
  DOSQL_TRY(FindAnswer(s, outer, &answer, &known));
  if (!known) {
    // Until the run has ended, the entry says so.
    AnswerOf(answer)->set = reinterpret_cast<HashTable*>(1);
    DOSQL_TRY(Run(s, outer, answer));
  }
  switch (subquery.use) {
    case SubqueryUse::kExists: *out = Value::Integer(AnswerOf(answer)->any); break;
    case SubqueryUse::kScalar:
      *out = ValuesOf(answer)[column];
      if (out->is_bytes() && out->size > 0) {
        // The answer may be forgotten before the caller is done with it.
        Bytes copy = arena->Copy(out->bytes());
        if (copy.data() == nullptr) return context_->OutOfMemory();
        out->data = copy.data();
      }
      break;
    case SubqueryUse::kIn: return ProbeIn(s, args, answer, arena, out);
  }
  return Status::Ok();
}

}  // namespace dosql
