// FROM and WHERE: the order of joins, and how each is made.
//
// Inner joins that lie next to each other form a cluster, whose operands (tables, queries, outer
// joins) are put in an order by cost. A pool holds the conjuncts that must be true of a cluster's
// rows; each is placed as soon as its sources are there.

#include <algorithm>

#include "core/plan/query_planner.h"

namespace dosql {

namespace {

// Up to this many operands every order of joins is weighed.
constexpr size_t kOrderedMax = 8;

// Whether the expression is NULL whenever all columns of `sources` are.
bool IsStrict(const BoundExpr& e, uint64_t sources) {
  switch (e.op) {
    case ExprOp::kColumn: return e.source < 64 && (sources >> e.source & 1);
    case ExprOp::kNegate:
    case ExprOp::kPlus:
    case ExprOp::kBitNot:
    case ExprOp::kCast:
    case ExprOp::kCollate: return IsStrict(*e.args[0], sources);
    case ExprOp::kAdd:
    case ExprOp::kSub:
    case ExprOp::kMul:
    case ExprOp::kDiv:
    case ExprOp::kMod:
    case ExprOp::kConcat: return IsStrict(*e.args[0], sources) || IsStrict(*e.args[1], sources);
    default: return false;
  }
}

// Whether the conjunct cannot be true when all columns of `sources` are NULL.
bool RejectsNull(const BoundExpr& e, uint64_t sources) {
  switch (e.op) {
    case ExprOp::kEq:
    case ExprOp::kNe:
    case ExprOp::kLt:
    case ExprOp::kLe:
    case ExprOp::kGt:
    case ExprOp::kGe: return IsStrict(*e.args[0], sources) || IsStrict(*e.args[1], sources);
    case ExprOp::kBetween:
    case ExprOp::kIn:
    case ExprOp::kNotNull: return IsStrict(*e.args[0], sources);
    case ExprOp::kAnd: return RejectsNull(*e.args[0], sources) || RejectsNull(*e.args[1], sources);
    case ExprOp::kOr: return RejectsNull(*e.args[0], sources) && RejectsNull(*e.args[1], sources);
    default: return false;
  }
}

// Whether it runs a query for each row: the fewer rows are left, the better.
bool RunsQueries(const BoundExpr& e) {
  if (!(e.flags & kExprHasSubquery)) return false;
  if (e.op == ExprOp::kSubquery && e.subquery->outer_count > 0) return true;
  for (uint32_t i = 0; i < e.arg_count; i++)
    if (RunsQueries(*e.args[i])) return true;
  return false;
}

// Whether it may be tried on some rows beforehand: it reads nothing but the row.
bool ReadsRowOnly(const BoundExpr& e) {
  if (e.flags & ~(kExprHasColumn | kExprHasCall)) return false;
  if (e.op == ExprOp::kFunction && !IsDeterministic(*e.function)) return false;
  for (uint32_t i = 0; i < e.arg_count; i++)
    if (!ReadsRowOnly(*e.args[i])) return false;
  return true;
}

}  // namespace

// How many of the rows pass, for conjuncts about which nothing else is known.
double QueryPlanner::Selectivity(const BoundExpr& e) {
  switch (e.op) {
    case ExprOp::kEq:
    case ExprOp::kIs: return 0.05;
    case ExprOp::kIn: {
      double n = 0.05 * (e.arg_count - 1);
      return n > 0.5 ? 0.5 : n;
    }
    case ExprOp::kBetween: return 0.1;
    case ExprOp::kNe:
    case ExprOp::kNotNull: return 0.9;
    case ExprOp::kOr: {
      double s = Selectivity(*e.args[0]) + Selectivity(*e.args[1]);
      return s > 0.9 ? 0.9 : s;
    }
    default: return 0.3;
  }
}

// A conjunct, and what an OR in it implies: the conjuncts that all its branches share, and for each
// source the OR of what the branches say of it alone. They let tables be entered and filtered
// early.
Status QueryPlanner::AddConjunct(BoundExpr* e, Pool* pool) {
  pool->push_back({e, SourcesOf(*e), false});
  constexpr size_t kBranchesMax = 32;
  if (e->op != ExprOp::kOr || (e->flags & (kExprHasSubquery | kExprImpure))) return Status::Ok();
  auto parts_of = [](BoundExpr* whole, ExprOp op) {
    std::vector<BoundExpr*> parts, stack{whole};
    while (!stack.empty()) {
      BoundExpr* top = stack.back();
      stack.pop_back();
      if (top->op == op) {
        stack.push_back(top->args[1]);
        stack.push_back(top->args[0]);
      } else {
        parts.push_back(top);
      }
    }
    return parts;
  };
  std::vector<std::vector<BoundExpr*>> branches;
  for (BoundExpr* branch : parts_of(e, ExprOp::kOr)) {
    branches.push_back(parts_of(branch, ExprOp::kAnd));
    if (branches.size() > kBranchesMax) return Status::Ok();
  }
  auto add = [&](BoundExpr* implied) {
    Conjunct c{implied, SourcesOf(*implied), false};
    c.implied = true;
    pool->push_back(c);
  };
  for (BoundExpr* part : branches[0]) {
    bool shared = true;
    for (const auto& branch : branches) {
      bool has = false;
      for (const BoundExpr* other : branch) has = has || SameExpr(*part, *other);
      shared = shared && has;
    }
    if (shared) add(part);
  }
  ExprBuilder builder(arena_);
  uint64_t all = SourcesOf(*e);
  if ((all & (all - 1)) == 0) return Status::Ok();
  for (uint32_t s = 0; s < sources_.size; s++) {
    uint64_t bit = uint64_t{1} << s;
    if (!(all & bit)) continue;
    BoundExpr* any = nullptr;
    bool complete = true;
    for (const auto& branch : branches) {
      BoundExpr* own = nullptr;
      for (BoundExpr* part : branch) {
        if (SourcesOf(*part) != bit) continue;
        own = own == nullptr ? part : builder.Binary(ExprOp::kAnd, own, part, e->offset);
        if (own == nullptr) return NoMemory();
      }
      complete = complete && own != nullptr;
      if (!complete) break;
      any = any == nullptr ? own : builder.Binary(ExprOp::kOr, any, own, e->offset);
      if (any == nullptr) return NoMemory();
    }
    if (complete) add(any);
  }
  return Status::Ok();
}

uint64_t QueryPlanner::SourcesUnder(const BoundJoin& join) {
  if (join.kind == BoundJoinKind::kLeaf) return uint64_t{1} << join.source;
  return SourcesUnder(*join.left) | SourcesUnder(*join.right);
}

AccessChoice QueryPlanner::Choose(uint32_t s, uint64_t known, const Pool& pool,
                                  bool in_lists) const {
  return ChooseAccess(sources_[s], s, known, pool, statistics_, in_lists, used_[s]);
}

// ------------------------------------------------------------------------------------ the cluster

// The operands of the inner joins from `join` down; their conditions go into the pool. An outer
// join whose NULL rows the pool rejects is an inner join.
Status QueryPlanner::Gather(const BoundJoin& join, Pool* pool,
                            std::vector<const BoundJoin*>* operands) {
  if (join.kind != BoundJoinKind::kInner) {
    operands->push_back(&join);
    return Status::Ok();
  }
  for (BoundExpr* e : join.on) DOSQL_TRY(AddConjunct(e, pool));
  DOSQL_TRY(Gather(*join.left, pool, operands));
  return Gather(*join.right, pool, operands);
}

Status QueryPlanner::From(const BoundJoin& join, Pool* pool, PlanNode** out, bool top) {
  std::vector<const BoundJoin*> operands;
  DOSQL_TRY(Gather(join, pool, &operands));
  for (size_t i = 0; i < operands.size();) {
    const BoundJoin& j = *operands[i];
    uint64_t dropped = j.kind == BoundJoinKind::kLeft    ? SourcesUnder(*j.right)
                       : j.kind == BoundJoinKind::kRight ? SourcesUnder(*j.left)
                                                         : 0;
    bool inner = false;
    for (const Conjunct& c : *pool)
      inner = inner || (dropped != 0 && !GivesArgument(*c.expr) && RejectsNull(*c.expr, dropped));
    if (!inner) {
      i++;
      continue;
    }
    BoundJoin* now = arena_->New<BoundJoin>(j);
    if (now == nullptr) return NoMemory();
    now->kind = BoundJoinKind::kInner;
    std::vector<const BoundJoin*> more;
    DOSQL_TRY(Gather(*now, pool, &more));
    operands.erase(operands.begin() + static_cast<ptrdiff_t>(i));
    operands.insert(operands.begin() + static_cast<ptrdiff_t>(i), more.begin(), more.end());
    i = 0;  // its conditions may reject others
  }
  size_t extra = top ? sets_.size() + semis_.size() : 0;
  std::vector<Relation> relations(operands.size());
  for (size_t i = 0; i < operands.size(); i++) {
    DOSQL_TRY(MakeRelation(*operands[i], pool, &relations[i]));
    if (operands.size() + extra > 1) EstimateAlone(*pool, &relations[i]);
  }
  relations.resize(operands.size() + extra);
  Relation* next = relations.data() + operands.size();
  for (size_t i = 0; top && i < sets_.size(); i++) DOSQL_TRY(MakeSet(&sets_[i], next++));
  for (size_t i = 0; top && i < semis_.size(); i++) DOSQL_TRY(MakeSemi(&semis_[i], next++));
  PlanNode* node = nullptr;
  uint64_t known = 0;
  for (const Place& place : Order(relations, *pool)) {
    const Relation& relation = relations[place.relation];
    DOSQL_TRY(node == nullptr ? First(relation, pool, &node, true)
                              : Next(relation, known, pool, &node));
    if (place.rows > 0) node->rows = place.rows;
    known |= relation.sources;
  }
  *out = node;
  if (operands.size() == 1 && relations[0].leaf >= 0) {
    uint32_t s = static_cast<uint32_t>(relations[0].leaf);
    if (sources_[s].table != nullptr) DOSQL_TRY(ApplyAll(s, pool, out));
  }
  return PlaceFilters(known, pool, out, true);
}

Status QueryPlanner::MakeRelation(const BoundJoin& operand, Pool* pool, Relation* out) {
  out->sources = SourcesUnder(operand);
  if (operand.kind != BoundJoinKind::kLeaf) return OuterJoin(operand, pool, &out->node);
  const BoundSource& source = sources_[operand.source];
  if (source.query != nullptr) return Derived(operand.source, &out->node);
  out->leaf = static_cast<int32_t>(operand.source);
  if (source.function != nullptr) DOSQL_TRY(FunctionArguments(operand.source, pool, &out->needs));
  return Status::Ok();
}

// What a relation is by itself: its rows after the conditions on it alone, and what reading them
// costs.
void QueryPlanner::EstimateAlone(const Pool& pool, Relation* relation) const {
  if (relation->node != nullptr) {
    relation->rows = relation->cost = relation->node->rows;
    for (const Conjunct& c : pool)
      if (!c.placed && c.sources != 0 && (c.sources & ~relation->sources) == 0)
        relation->rows *= Selectivity(*c.expr);
    relation->rows = AtLeastOne(relation->rows);
    return;
  }
  uint32_t s = static_cast<uint32_t>(relation->leaf);
  if (sources_[s].function != nullptr) {
    relation->rows = relation->cost = 10;
    return;
  }
  AccessChoice alone = Choose(s, 0, pool, true);
  relation->cost = alone.cost;
  const double all = RowsOf(s);
  relation->share = alone.rows / AtLeastOne(all);
  std::vector<const BoundExpr*> own;
  bool sampled = statistics_ != nullptr;
  for (size_t i = 0; i < pool.size(); i++) {
    const Conjunct& c = pool[i];
    if (c.placed || c.sources == 0 || (c.sources & ~relation->sources) != 0) continue;
    bool counted = false;
    for (size_t used : alone.used) counted = counted || used == i;
    if (!counted) relation->share *= Selectivity(*c.expr);
    sampled = sampled && ReadsRowOnly(*c.expr);
    own.push_back(c.expr);
  }
  // Some rows tell more than the conditions' shapes do.
  if (sampled && !own.empty()) {
    double share = statistics_->Share(*sources_[s].table, own.data(), own.size());
    if (share >= 0) relation->share = share;
  }
  relation->rows = all * relation->share;
  if (relation->rows > alone.rows) relation->rows = alone.rows;
  relation->rows = AtLeastOne(relation->rows);
}

// What it costs to join a relation to `rows` rows of `known`, and how many rows come of it.
void QueryPlanner::Estimate(const Relation& relation, uint64_t known, double rows, const Pool& pool,
                            double* cost, double* rows_out) const {
  if (relation.semi != nullptr) {
    AccessChoice access;
    LooksUp(relation, known, rows, cost, &access);
    *rows_out = AtLeastOne(rows / 2);
    return;
  }
  if (known == 0) {
    *cost = relation.cost;
    *rows_out = relation.rows;
    return;
  }
  bool tied = relation.needs != 0;
  for (const Conjunct& c : pool)
    tied = tied || (!c.placed && (c.sources & relation.sources) != 0 && (c.sources & known) != 0 &&
                    (c.sources & ~(known | relation.sources)) == 0);
  // What comes first gives the order of the rows: a set only if it stands for keys that are looked
  // up.
  constexpr double kNever = 1e30;
  if (relation.set != nullptr) {
    *cost = IsSet(known) || !tied ? kNever : HashCost(relation.cost, relation.rows, rows);
    *rows_out = AtLeastOne(rows / 2);
    return;
  }
  double larger = rows > relation.rows ? rows : relation.rows;
  *rows_out = tied ? larger : rows * relation.rows;
  *cost = HashCost(relation.cost, relation.rows, rows);
  if (!tied) *cost += rows * relation.rows;
  if (IsSet(known)) *cost = kNever;
  if (relation.leaf < 0 || !tied) return;
  uint32_t s = static_cast<uint32_t>(relation.leaf);
  if (sources_[s].function != nullptr) {
    *cost = *rows_out = rows * 10;
    return;
  }
  AccessChoice inside = Choose(s, known, pool);
  if (!inside.uses_outer || inside.equal.empty()) return;
  double lookups = JoinLookupCost(s, inside, rows);
  if (lookups < *cost) *cost = lookups;
  // What the access tests by itself is in its rows already.
  bool tests = false;
  for (size_t i : inside.used) tests = tests || (pool[i].sources & ~relation.sources) == 0;
  *rows_out = AtLeastOne(rows * inside.rows * (tests ? 1 : relation.share));
}

// The order of the relations: the cheapest of all for a few, otherwise the cheapest next one.
std::vector<QueryPlanner::Place> QueryPlanner::Order(const std::vector<Relation>& relations,
                                                     const Pool& pool) {
  size_t n = relations.size();
  std::vector<Place> order;
  if (n == 1) return {{0, 0}};
  auto may_come = [&](uint32_t r, uint64_t known) { return (relations[r].needs & ~known) == 0; };
  if (n <= kOrderedMax) {
    struct State {
      double cost = -1, rows = 0;
      uint64_t known = 0;
      uint32_t last = 0, before = 0;
    };
    std::vector<State> states(size_t{1} << n);
    states[0].cost = 0;
    for (uint32_t set = 0; set < states.size(); set++) {
      if (states[set].cost < 0) continue;
      for (uint32_t r = 0; r < n; r++) {
        if ((set >> r & 1) || !may_come(r, states[set].known)) continue;
        double cost, rows;
        Estimate(relations[r], states[set].known, states[set].rows, pool, &cost, &rows);
        State& to = states[set | 1u << r];
        double total = states[set].cost + cost;
        if (to.cost >= 0 && to.cost <= total) continue;
        to = {total, rows, states[set].known | relations[r].sources, r, set};
      }
    }
    for (uint32_t set = static_cast<uint32_t>(states.size() - 1); set != 0;
         set = states[set].before)
      order.push_back({states[set].last, states[set].rows});
    std::reverse(order.begin(), order.end());
    if (order.size() == n) return order;
    order.clear();
  }
  uint64_t known = 0;
  double rows = 1;
  std::vector<uint8_t> taken(n);
  while (order.size() < n) {
    int32_t best = -1;
    double best_cost = 0, best_rows = 0;
    for (uint32_t r = 0; r < n; r++) {
      if (taken[r] || !may_come(r, known) || (known == 0 && relations[r].set != nullptr)) continue;
      double cost, out;
      Estimate(relations[r], known, rows, pool, &cost, &out);
      cost += out;
      if (best >= 0 && cost >= best_cost) continue;
      best = static_cast<int32_t>(r);
      best_cost = cost;
      best_rows = out;
    }
    // A function whose arguments need each other cannot be written: they read what is before them.
    if (best < 0) {
      for (uint32_t r = 0; r < n && best < 0; r++)
        if (!taken[r]) best = static_cast<int32_t>(r);
    }
    taken[static_cast<size_t>(best)] = true;
    known |= relations[static_cast<size_t>(best)].sources;
    rows = best_rows;
    order.push_back({static_cast<uint32_t>(best), rows});
  }
  return order;
}

// ------------------------------------------------------------------------------------------ joins

Status QueryPlanner::Enter(uint32_t s, const AccessChoice& choice, const Layout& outer, Pool* pool,
                           Access* out) {
  if (choice.impossible && !only_counts_)
    return diag_->Set(Code::kBind, "no query solution", sources_[s].offset);
  out->table = sources_[s].table;
  out->source = s;
  out->index = choice.index;
  out->one_row = choice.one_row;
  out->low_inclusive = choice.low_inclusive;
  out->high_inclusive = choice.high_inclusive;
  DOSQL_TRY(CompileAll(choice.equal, outer, &out->equal));
  if (choice.low != nullptr) DOSQL_TRY(Compile(choice.low, outer, &out->low));
  if (choice.high != nullptr) DOSQL_TRY(Compile(choice.high, outer, &out->high));
  for (size_t i : choice.used) {
    (*pool)[i].placed = true;
    if (!(*pool)[i].implied) TakeReads(*(*pool)[i].expr, s, &used_[s]);
  }
  out->covering = choice.covering && Covers(*out->table, *out->index, used_[s]);
  if (!out->covering) return Status::Ok();
  std::vector<uint8_t> told;
  for (const IndexColumn& c : out->index->columns)
    told.push_back(TellsColumn(*out->table, c) && used_[s][c.column] > 0);
  return ToList(told, &out->told);
}

// Conjuncts whose sources are all known, and that no access took, become a filter here. Dear ones
// only at the cluster's end.
Status QueryPlanner::PlaceFilters(uint64_t known, Pool* pool, PlanNode** node, bool dear) {
  std::vector<BoundExpr*> list;
  double share = 1;
  for (Conjunct& c : *pool) {
    if (c.placed || c.sources == 0 || (c.sources & ~known) != 0) continue;
    if (!dear && RunsQueries(*c.expr)) continue;
    c.placed = true;
    list.push_back(c.expr);
    share *= Selectivity(*c.expr);
  }
  if (list.empty()) return Status::Ok();
  PlanNode* filter;
  DOSQL_TRY(New(PlanKind::kFilter, *node, &filter));
  DOSQL_TRY(CompileAnd(list, LayoutOf(**node), &filter->predicate));
  filter->rows = AtLeastOne((*node)->rows * share);
  for (const BoundExpr* e : list)
    if (RunsQueries(*e)) filter->cost += (*node)->rows * kRunCost;
  *node = filter;
  return Status::Ok();
}

// Conjuncts that read no source: before any row is asked for.
Status QueryPlanner::PlaceGates(Pool* pool, PlanNode** node) {
  std::vector<BoundExpr*> once, each;
  for (Conjunct& c : *pool) {
    if (c.placed) continue;
    c.placed = true;
    (c.expr->IsFixed() ? once : each).push_back(c.expr);
  }
  for (auto* list : {&each, &once}) {
    if (list->empty()) continue;
    PlanNode* filter;
    DOSQL_TRY(New(PlanKind::kFilter, *node, &filter));
    DOSQL_TRY(CompileAnd(*list, LayoutOf(**node), &filter->predicate));
    filter->gate = list == &once;
    *node = filter;
  }
  return Status::Ok();
}

Status QueryPlanner::Scan(uint32_t s, Pool* pool, PlanNode** out) {
  AccessChoice choice = Choose(s, 0, *pool, true);
  if (!wish_.empty() && s == 0) choice = ChooseWished(s, *pool, std::move(choice));
  if (choice.in_list != nullptr) return InList(s, choice, pool, out);
  DOSQL_TRY(New(PlanKind::kScan, nullptr, out));
  DOSQL_TRY(Enter(s, choice, {}, pool, &(*out)->access));
  LiesBy(s, *out);
  DOSQL_TRY(SetLayout(*out, ScanLayout(s)));
  (*out)->rows = choice.rows;
  (*out)->cost = choice.cost;
  return PlaceFilters(uint64_t{1} << s, pool, out);
}

// column IN (a, b, c): the values in order, each looked up.
Status QueryPlanner::InList(uint32_t s, const AccessChoice& choice, Pool* pool, PlanNode** out) {
  const BoundExpr& in = *choice.in_list;
  PlanNode* list;
  DOSQL_TRY(New(PlanKind::kInList, nullptr, &list));
  sql::List<PlanExpr> values;
  DOSQL_TRY(CompileAll(std::vector<BoundExpr*>(in.args + 1, in.args + in.arg_count), {}, &values));
  DOSQL_TRY(ToList(std::vector<sql::List<PlanExpr>>{values}, &list->values));
  DOSQL_TRY(ToList(std::vector<ComparisonRule>{in.rules[0]}, &list->key_rules));
  DOSQL_TRY(SetLayout(list, {{kListSource, 0}}));
  list->rows = in.arg_count - 1;
  list->ascending = true;
  PlanNode* join;
  DOSQL_TRY(New(PlanKind::kIndexJoin, list, &join));
  AccessChoice entered = choice;
  for (BoundExpr*& e : entered.equal) {
    if (e == nullptr) e = ExprBuilder(arena_).Derived(kListSource, 0, ColumnTraits(), in.offset);
    if (e == nullptr) return NoMemory();
  }
  DOSQL_TRY(Enter(s, entered, LayoutOf(*list), pool, &join->access));
  Layout both = LayoutOf(*list), right = ScanLayout(s);
  both.insert(both.end(), right.begin(), right.end());
  DOSQL_TRY(SetLayout(join, both));
  join->rows = choice.rows;
  join->cost = choice.cost;
  *out = join;
  return PlaceFilters(uint64_t{1} << s, pool, out);
}

// UPDATE and DELETE want the table's columns alone, in their order.
Status QueryPlanner::WholeRows(PlanNode** node) {
  Layout layout = LayoutOf(**node), wanted = ScanLayout(0);
  if (layout == wanted) return Status::Ok();
  std::vector<BoundExpr*> columns;
  for (const PlanColumn& c : wanted) {
    columns.push_back(ExprBuilder(arena_).Derived(c.source, c.index, ColumnTraits()));
    if (columns.back() == nullptr) return NoMemory();
  }
  PlanNode* project;
  DOSQL_TRY(New(PlanKind::kProject, *node, &project));
  DOSQL_TRY(CompileAll(columns, layout, &project->outputs));
  *node = project;
  return SetLayout(project, wanted);
}

Status QueryPlanner::Derived(uint32_t s, PlanNode** out) {
  const BoundSelect& query = *sources_[s].query;
  const bool shared = query.uses > 1;
  PlanNode* plan = query.plan;
  if (!shared || plan == nullptr) {
    const BoundSelect* wanted = &query;
    if (!shared && !sources_[s].keeps_order && !query.order_by.empty() && query.terms.empty() &&
        !query.grouped && !query.distinct && query.limit == nullptr) {
      BoundSelect* unordered = arena_->New<BoundSelect>(query);
      if (unordered == nullptr) return NoMemory();
      unordered->order_by = {};
      wanted = unordered;
    }
    DOSQL_TRY(QueryPlanner(arena_, diag_, statistics_).Query(*wanted, &plan, nullptr));
  }
  *out = plan;
  if (shared) {
    query.plan = plan;
    DOSQL_TRY(New(PlanKind::kShare, plan, out));
    (*out)->once = !query.pure;
  }
  return SetLayout(*out, ScanLayout(s));
}

Status QueryPlanner::First(const Relation& relation, Pool* pool, PlanNode** out, bool ascending) {
  if (relation.node != nullptr) {
    *out = relation.node;
    if (relation.set != nullptr) (*out)->ascending = ascending;
    return PlaceFilters(relation.sources, pool, out);
  }
  uint32_t s = static_cast<uint32_t>(relation.leaf);
  if (sources_[s].function == nullptr) return Scan(s, pool, out);
  DOSQL_TRY(Function(s, nullptr, out));
  return PlaceFilters(relation.sources, pool, out);
}

// Equalities between the two sides become the keys of a hash join or semi-join.
Status QueryPlanner::HashKeys(uint64_t left, uint64_t right, Pool* pool, PlanNode* join) {
  std::vector<BoundExpr*> probe, built;
  std::vector<ComparisonRule> rules;
  for (Conjunct& c : *pool) {
    if (c.placed || c.expr->op != ExprOp::kEq) continue;
    BoundExpr *a = c.expr->args[0], *b = c.expr->args[1];
    if ((a->flags | b->flags) & (kExprHasSubquery | kExprImpure)) continue;
    uint64_t of_a = SourcesOf(*a), of_b = SourcesOf(*b);
    if (of_a != 0 && (of_a & ~right) == 0) std::swap(a, b), std::swap(of_a, of_b);
    if (of_b == 0 || (of_b & ~right) != 0 || of_a == 0 || (of_a & ~left) != 0) continue;
    c.placed = true;
    probe.push_back(a);
    built.push_back(b);
    rules.push_back(c.expr->rules[0]);
  }
  DOSQL_TRY(CompileAll(probe, LayoutOf(*join->input), &join->probe_keys));
  DOSQL_TRY(CompileAll(built, LayoutOf(*join->build), &join->build_keys));
  DOSQL_TRY(ToList(rules, &join->key_rules));
  join->cost += HashCost(join->build->cost, join->build->rows, join->input->rows);
  if (join->kind == PlanKind::kSemiJoin) return Status::Ok();
  double l = join->input->rows, r = join->build->rows;
  join->rows = probe.empty() ? l * r : l > r ? l : r;
  Layout both = LayoutOf(*join->input), of_build = LayoutOf(*join->build);
  both.insert(both.end(), of_build.begin(), of_build.end());
  return SetLayout(join, both);
}

Status QueryPlanner::Next(const Relation& relation, uint64_t known, Pool* pool, PlanNode** node) {
  if (relation.semi != nullptr) return SemiJoin(relation, known, node);
  uint64_t all = known | relation.sources;
  if (relation.leaf >= 0) {
    uint32_t s = static_cast<uint32_t>(relation.leaf);
    if (sources_[s].function != nullptr && relation.needs != 0) {
      DOSQL_TRY(Function(s, *node, node));
      return PlaceFilters(all, pool, node);
    }
    if (sources_[s].function == nullptr) {
      AccessChoice choice = Choose(s, known, *pool);
      double rows = (*node)->rows, through = 0;
      if (choice.uses_outer && !choice.equal.empty()) through = LookupCostAfter(**node, s, choice);
      double hashed = HashCost(relation.cost, relation.rows, rows);
      if (choice.uses_outer && !choice.equal.empty() && (through <= hashed || IsSet(known))) {
        PlanNode* join;
        DOSQL_TRY(New(PlanKind::kIndexJoin, *node, &join));
        Layout left = LayoutOf(**node), both = left;
        DOSQL_TRY(Enter(s, choice, left, pool, &join->access));
        Layout right = ScanLayout(s);
        both.insert(both.end(), right.begin(), right.end());
        DOSQL_TRY(SetLayout(join, both));
        join->rows = AtLeastOne((*node)->rows * choice.rows);
        join->cost += through;
        LiesBy(s, join);
        *node = join;
        return PlaceFilters(all, pool, node);
      }
    }
  }
  PlanNode *build, *join;
  DOSQL_TRY(First(relation, pool, &build));
  if (relation.set != nullptr) DOSQL_TRY(Narrow(*relation.set, known, **node, &build));
  DOSQL_TRY(New(PlanKind::kHashJoin, *node, &join));
  join->build = build;
  DOSQL_TRY(HashKeys(known, relation.sources, pool, join));
  *node = join;
  return PlaceFilters(all, pool, node);
}

}  // namespace dosql
