// EXISTS, NOT EXISTS and IN as joins: a conjunct of WHERE that asks whether a subquery has a row is
// answered for all rows at once, by hashing what the subquery reads or by looking its rows up.
//
// Not NOT IN: with NULLs it is no join. It stays a set that is asked, as every subquery does that
// groups, limits, or reads more than tables.

#include <algorithm>

#include "core/plan/query_planner.h"

namespace dosql {

namespace {

// LIMIT of a constant of at least one row leaves "is there a row" as it is.
bool KeepsARow(const BoundSelect& s) {
  if (s.offset != nullptr) return false;
  return s.limit == nullptr || (s.limit->IsConstant() &&
                                s.limit->value.type == ValueType::kInteger && s.limit->value.i > 0);
}

bool IsInner(const BoundJoin& join) {
  if (join.kind == BoundJoinKind::kLeaf) return true;
  return join.kind == BoundJoinKind::kInner && IsInner(*join.left) && IsInner(*join.right);
}

bool IsPlain(const BoundSelect& s) {
  if (!s.terms.empty() || !s.values.empty() || s.grouped || !s.pure || s.from == nullptr)
    return false;
  for (const BoundSource& source : s.sources)
    if (source.table == nullptr) return false;
  return KeepsARow(s) && IsInner(*s.from);
}

}  // namespace

// A copy whose columns belong to sources `base` on, and whose outer values are what they stand for.
Status QueryPlanner::Renumber(const BoundExpr& e, uint32_t base, BoundExpr* const* outer,
                              BoundExpr** out) {
  if (e.op == ExprOp::kOuter) {
    *out = outer[e.index];
    return Status::Ok();
  }
  BoundExpr* copy = arena_->New<BoundExpr>(e);
  if (copy == nullptr) return NoMemory();
  if (e.op == ExprOp::kColumn && e.source != kGroupedSource) copy->source += base;
  if (e.arg_count > 0) {
    copy->args = arena_->NewArray<BoundExpr*>(e.arg_count);
    if (copy->args == nullptr) return NoMemory();
    for (uint32_t i = 0; i < e.arg_count; i++) {
      DOSQL_TRY(Renumber(*e.args[i], base, outer, &copy->args[i]));
      copy->flags |= copy->args[i]->flags;
    }
  }
  *out = copy;
  return Status::Ok();
}

// The tree alone; its conditions go to the semi-join's pools.
Status QueryPlanner::Renumber(const BoundJoin& join, uint32_t base, BoundJoin** out) {
  BoundJoin* copy = arena_->New<BoundJoin>(join);
  if (copy == nullptr) return NoMemory();
  copy->source += base;
  copy->on = {};
  if (join.kind != BoundJoinKind::kLeaf) {
    DOSQL_TRY(Renumber(*join.left, base, &copy->left));
    DOSQL_TRY(Renumber(*join.right, base, &copy->right));
  }
  *out = copy;
  return Status::Ok();
}

Status QueryPlanner::AddSources(const std::vector<BoundSource>& more) {
  std::vector<BoundSource> sources(sources_.begin(), sources_.end());
  for (const BoundSource& s : more) {
    sources.push_back(s);
    used_.push_back(Reads(s.column_count() + 1));
  }
  return ToList(sources, &sources_);
}

// The set is computed once. It is hashed, or it leads and rows are looked up by its values.
Status QueryPlanner::UnnestSet(const BoundExpr& in, Pool* pool, bool* done) {
  const Subquery& q = *in.subquery;
  BoundExpr* x = in.args[0];
  if (q.width != 1 || q.outer_count > 0 || !q.pure || sources_.size == kSourcesMax ||
      SourcesOf(*x) == 0 || (x->flags & (kExprHasSubquery | kExprImpure)))
    return Status::Ok();
  BoundSource source;
  source.query = q.query;
  source.offset = q.offset;
  DOSQL_TRY(ToList(std::vector<BoundColumn>{{"", q.query->outputs[0].traits}}, &source.columns));
  uint32_t s = sources_.size;
  DOSQL_TRY(AddSources({source}));
  ExprBuilder builder(arena_);
  BoundExpr* value = builder.Derived(s, 0, q.query->outputs[0].traits, q.offset);
  BoundExpr* equal = builder.Binary(ExprOp::kEq, x, value, q.offset);
  if (equal == nullptr) return NoMemory();
  equal->rules[0] = q.rules[0];
  pool->push_back({equal, SourcesOf(*equal), false});
  sets_.push_back({s, &q, x, nullptr, q.rules[0]});
  *done = true;
  return Status::Ok();
}

bool QueryPlanner::IsSet(uint64_t sources) const {
  for (const InSet& set : sets_) sources &= ~(uint64_t{1} << set.source);
  return sources == 0;
}

// The values of a set, of which those that are not among `keys` (if given) need not be there.
Status QueryPlanner::SetRows(const InSet& set, const InSet* keys, PlanNode** out) {
  PlanNode* rows = const_cast<PlanNode*>(set.keys);
  if (rows == nullptr) {
    QueryPlanner inside(arena_, diag_, statistics_);
    inside.keys_ = keys;
    DOSQL_TRY(inside.Query(*set.subquery->query, &rows, nullptr));
  }
  DOSQL_TRY(New(PlanKind::kInList, rows, out));
  DOSQL_TRY(ToList(std::vector<ComparisonRule>{set.rule}, &(*out)->key_rules));
  return SetLayout(*out, {{set.source, 0}});
}

Status QueryPlanner::MakeSet(const InSet* set, Relation* out) {
  DOSQL_TRY(SetRows(*set, nullptr, &out->node));
  out->sources = uint64_t{1} << set->source;
  out->rows = out->cost = out->node->rows;
  out->set = set;
  return Status::Ok();
}

// A set that is dear is asked only about what `node` has: where that is cheap to find twice, the
// set's query is told, and may drop other rows as soon as it sees its output's value.
Status QueryPlanner::Narrow(const InSet& set, uint64_t known, const PlanNode& node,
                            PlanNode** build) {
  constexpr double kDear = 10000, kCheap = 0.1;
  if (set.keys != nullptr || !pure_ || (*build)->cost < kDear ||
      node.cost + node.rows > (*build)->cost * kCheap)
    return Status::Ok();
  const BoundSelect& query = *set.subquery->query;
  if (!query.terms.empty() || !query.values.empty() || query.grouped || query.from == nullptr ||
      query.limit != nullptr || query.offset != nullptr || (SourcesOf(*set.operand) & ~known) != 0)
    return Status::Ok();
  const BoundExpr& output = *query.outputs[0].expr;
  if (SourcesOf(output) == 0 || (output.flags & (kExprHasSubquery | kExprImpure)))
    return Status::Ok();
  PlanNode* values;
  DOSQL_TRY(New(PlanKind::kProject, const_cast<PlanNode*>(&node), &values));
  DOSQL_TRY(CompileAll({set.operand}, LayoutOf(node), &values->outputs));
  DOSQL_TRY(SetLayout(values, {{kListSource, 0}}));
  InSet keys;
  keys.keys = values;
  keys.rule = set.rule;
  PlanNode* narrow;
  DOSQL_TRY(SetRows(set, &keys, &narrow));
  if (narrow->cost < (*build)->cost) *build = narrow;
  return Status::Ok();
}

// The conjunct `output IN keys_`.
Status QueryPlanner::AddKeys(const BoundSelect& select, Pool* pool) {
  if (sources_.size == kSourcesMax) return Status::Ok();
  InSet set = *keys_;
  set.source = sources_.size;
  BoundSource source;
  DOSQL_TRY(ToList(std::vector<BoundColumn>{{"", ColumnTraits()}}, &source.columns));
  DOSQL_TRY(AddSources({source}));
  ExprBuilder builder(arena_);
  set.operand = select.outputs[0].expr;
  BoundExpr* value = builder.Derived(set.source, 0, ColumnTraits());
  BoundExpr* equal = builder.Binary(ExprOp::kEq, set.operand, value, set.operand->offset);
  if (equal == nullptr) return NoMemory();
  equal->rules[0] = set.rule;
  NoteColumns(*set.operand);
  pool->push_back({equal, SourcesOf(*equal), false});
  sets_.push_back(set);
  return Status::Ok();
}

Status QueryPlanner::Unnest(const BoundExpr& conjunct, Semi* out, bool* done) {
  *done = false;
  out->anti = conjunct.op == ExprOp::kNot;
  const BoundExpr& e = out->anti ? *conjunct.args[0] : conjunct;
  if (e.op != ExprOp::kSubquery) return Status::Ok();
  const Subquery& q = *e.subquery;
  if (q.use == SubqueryUse::kScalar || (out->anti && q.use == SubqueryUse::kIn))
    return Status::Ok();
  if (q.use == SubqueryUse::kIn && q.outer_count == 0 && q.width == 1) return Status::Ok();
  const BoundSelect& select = *q.query;
  if (!IsPlain(select) || sources_.size + select.sources.size > kSourcesMax) return Status::Ok();
  for (uint32_t i = 0; i < e.arg_count; i++) {
    if (e.args[i]->flags & (kExprHasSubquery | kExprImpure)) return Status::Ok();
    out->needs |= SourcesOf(*e.args[i]);
  }
  // Without any the query runs once, whatever it is.
  if (out->needs == 0) return Status::Ok();

  uint32_t base = sources_.size;
  DOSQL_TRY(AddSources({select.sources.begin(), select.sources.end()}));
  for (uint32_t s = base; s < sources_.size; s++) out->sources |= uint64_t{1} << s;
  BoundJoin* from;
  DOSQL_TRY(Renumber(*select.from, base, &from));
  out->from = from;
  BoundExpr* const* outer = e.args + q.operand_count;
  std::vector<const BoundExpr*> conjuncts(select.conjuncts.begin(), select.conjuncts.end());
  std::vector<const BoundJoin*> stack{select.from};
  while (!stack.empty()) {
    const BoundJoin* join = stack.back();
    stack.pop_back();
    if (join->kind == BoundJoinKind::kLeaf) continue;
    conjuncts.insert(conjuncts.end(), join->on.begin(), join->on.end());
    stack.push_back(join->right);
    stack.push_back(join->left);
  }
  std::vector<BoundExpr*> copies;
  for (const BoundExpr* c : conjuncts) {
    copies.emplace_back();
    DOSQL_TRY(Renumber(*c, base, outer, &copies.back()));
  }
  if (q.use == SubqueryUse::kIn) {
    for (uint32_t c = 0; c < q.width; c++) {
      BoundExpr* column;
      DOSQL_TRY(Renumber(*select.outputs[c].expr, base, outer, &column));
      copies.push_back(ExprBuilder(arena_).Binary(ExprOp::kEq, e.args[c], column, q.offset));
      if (copies.back() == nullptr) return NoMemory();
      copies.back()->rules[0] = q.rules[c];
    }
  }
  for (BoundExpr* c : copies) {
    NoteColumns(*c);
    if (SourcesOf(*c) & ~out->sources) {
      out->ties.push_back({c, SourcesOf(*c), false});
    } else {
      DOSQL_TRY(AddConjunct(c, &out->own));
    }
  }
  *done = true;
  return Status::Ok();
}

Status QueryPlanner::UnnestAll(Pool* pool) {
  for (size_t i = 0, n = pool->size(); i < n; i++) {
    const BoundExpr& e = *(*pool)[i].expr;
    if ((*pool)[i].implied || !(e.flags & kExprHasSubquery)) continue;
    Semi semi;
    bool is_semi = false, is_set = false;
    DOSQL_TRY(Unnest(e, &semi, &is_semi));
    bool in = e.op == ExprOp::kSubquery && e.subquery->use == SubqueryUse::kIn;
    if (in && !is_semi) DOSQL_TRY(UnnestSet(e, pool, &is_set));
    if (is_semi) semis_.push_back(std::move(semi));
    if (is_semi || is_set) (*pool)[i].placed = true;
  }
  return Status::Ok();
}

Status QueryPlanner::MakeSemi(Semi* semi, Relation* out) {
  out->semi = semi;
  out->needs = semi->needs;
  if (semi->from->kind == BoundJoinKind::kLeaf)
    out->leaf = static_cast<int32_t>(semi->from->source);
  // To be hashed; what that takes off the reads counts again where it is looked up instead.
  Pool own = semi->own;
  const std::vector<Reads> reads = used_;
  DOSQL_TRY(From(*semi->from, &own, &out->node));
  DOSQL_TRY(PlaceGates(&own, &out->node));
  std::copy(reads.begin(), reads.end(), used_.begin());  // there may be more sources now
  out->rows = out->cost = out->node->rows;
  if (out->leaf >= 0) out->cost = Choose(semi->from->source, 0, semi->own).cost;
  return Status::Ok();
}

bool QueryPlanner::HashesInput(const Relation& relation, double rows) {
  return relation.rows > rows * kMuchLarger;
}

// Whether to look partners up for each of `rows` rows, by `access`, rather than to hash all of
// them; the cost. `node`, if it is there already, gives those rows.
bool QueryPlanner::LooksUp(const Relation& relation, uint64_t known, double rows, double* cost,
                           AccessChoice* access, const PlanNode* node) const {
  bool keyed = false;
  for (const Conjunct& c : relation.semi->ties) keyed = keyed || c.expr->op == ExprOp::kEq;
  bool by_input = HashesInput(relation, rows);
  *cost = by_input ? HashCost(relation.cost, rows, relation.rows)
                   : HashCost(relation.cost, relation.rows, rows);
  if (!keyed) *cost += rows * relation.rows;
  if (relation.leaf < 0) return false;
  const uint32_t s = static_cast<uint32_t>(relation.leaf);
  const Pool all = relation.semi->All();
  AccessChoice& inside = *access;
  inside = Choose(s, known, all);
  if (!inside.uses_outer || inside.equal.empty()) return false;
  // An index that answers all of it spares the rows.
  size_t tests = 0;
  for (const Conjunct& c : all) tests += !c.implied;
  if (inside.index != nullptr && inside.used.size() == tests) inside.covering = true;
  double lookups =
      node != nullptr ? LookupCostAfter(*node, s, inside) : JoinLookupCost(s, inside, rows);
  if (lookups > *cost) return false;
  *cost = lookups;
  return true;
}

Status QueryPlanner::SemiJoin(const Relation& relation, uint64_t known, PlanNode** node) {
  Semi& semi = *relation.semi;
  PlanNode* join;
  DOSQL_TRY(New(PlanKind::kSemiJoin, *node, &join));
  join->anti = semi.anti;
  Layout pair = LayoutOf(**node), partner;
  Pool pool;
  AccessChoice choice;
  double cost;
  if (LooksUp(relation, known, (*node)->rows, &cost, &choice, *node)) {
    const uint32_t s = static_cast<uint32_t>(relation.leaf);
    pool = semi.All();
    DOSQL_TRY(Enter(s, choice, pair, &pool, &join->access));
    partner = ScanLayout(s);
  } else {
    pool = semi.ties;
    join->build = relation.node;
    DOSQL_TRY(HashKeys(known, semi.sources, &pool, join));
    join->hashes_input = join->probe_keys.size > 0 && HashesInput(relation, (*node)->rows);
    partner = LayoutOf(*relation.node);
  }
  DOSQL_TRY(ToList(partner, &join->partner));
  pair.insert(pair.end(), partner.begin(), partner.end());
  std::vector<BoundExpr*> rest;
  for (const Conjunct& c : pool)
    if (!c.placed && !c.implied) rest.push_back(c.expr);
  DOSQL_TRY(CompileAnd(rest, pair, &join->predicate));
  join->rows = AtLeastOne((*node)->rows / 2);
  join->cost = (*node)->cost + cost;
  *node = join;
  return Status::Ok();
}

}  // namespace dosql
