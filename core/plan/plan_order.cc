// The order that rows come in, and when it spares a sort.

#include "core/plan/query_planner.h"

namespace dosql {

namespace {

// In rows read from a table in order, for each row sorted.
constexpr double kSortCost = 3;
// Rows that a LIMIT asks for when its value is not known.
constexpr double kLimitGuess = 100;

// A column of a tree's order.
struct KeyPart {
  uint32_t column;  // RowidIndex: the rowid
  Collation collation;
  bool desc;
};

std::vector<KeyPart> PartsOf(const Table& table, const Index* index) {
  std::vector<KeyPart> parts;
  const uint32_t rowid = RowidIndex(table);
  if (index != nullptr || table.without_rowid) {
    for (const IndexColumn& c : index != nullptr ? index->columns : table.key_columns) {
      if (c.expr != nullptr) return parts;
      bool alias = static_cast<int32_t>(c.column) == table.rowid_column;
      parts.push_back({alias ? rowid : c.column, c.collation, c.desc});
    }
  }
  if (!table.without_rowid) parts.push_back({rowid, Collation::kBinary, false});
  return parts;
}

// A column of a table, seen through the queries that pass its rows on as they are.
struct Origin {
  uint32_t source;
  const Table* table;  // nullptr: none
  uint32_t column;
};

Origin OriginOf(const BoundExpr& e, sql::List<BoundSource> sources) {
  Origin none{0, nullptr, 0};
  if (e.op != ExprOp::kColumn || e.source >= sources.size) return none;
  const BoundSource& s = sources[e.source];
  if (s.table != nullptr) return {e.source, s.table, e.index};
  if (s.query == nullptr) return none;
  const BoundSelect& q = *s.query;
  if (q.from == nullptr || q.grouped || q.distinct || q.limit != nullptr) return none;
  return {e.source, q.outputs[e.index].table, q.outputs[e.index].column};
}

bool Contains(const BoundJoin& join, uint32_t s) {
  if (join.kind == BoundJoinKind::kLeaf) return join.source == s;
  return Contains(*join.left, s) || Contains(*join.right, s);
}

// The column of source s that the conjunct says to be equal to what does not read s; -1: none.
int64_t EqualColumn(const BoundExpr& e, uint32_t s) {
  if (e.op != ExprOp::kEq) return -1;
  for (int side = 0; side < 2; side++) {
    const BoundExpr& c = *e.args[side];
    if (c.op == ExprOp::kColumn && c.source == s && !(SourcesOf(*e.args[1 - side]) >> s & 1))
      return c.index;
  }
  return -1;
}

// The conditions of inner joins; false where s stands to the right of an outer join.
bool InnerConditions(const BoundJoin& join, uint32_t s, std::vector<const BoundExpr*>* out) {
  if (join.kind == BoundJoinKind::kLeaf) return true;
  if (join.kind != BoundJoinKind::kInner) {
    if (Contains(*join.right, s)) return false;
    return InnerConditions(*join.left, s, out);
  }
  out->insert(out->end(), join.on.begin(), join.on.end());
  return InnerConditions(*join.left, s, out) && InnerConditions(*join.right, s, out);
}

}  // namespace

// Whether SQLite, as far as can be told, has its groups from the order of a tree: then they come in
// that order. Otherwise it sorts them in the directions of as many terms of ORDER BY, which shows
// where those terms leave ties.
bool QueryPlanner::GroupedByTree(const BoundSelect& select) {
  if (select.from == nullptr) return false;
  Origin first{0, nullptr, 0};
  for (const BoundExpr* key : select.keys) {
    Origin o = OriginOf(*key, select.sources);
    if (o.table == nullptr) return false;
    if (first.table == nullptr) first = o;
    if (o.source != first.source || o.table != first.table) return false;
  }
  const uint32_t s = first.source;
  std::vector<const BoundExpr*> conditions(select.conjuncts.begin(), select.conjuncts.end());
  if (!InnerConditions(*select.from, s, &conditions)) return false;
  std::vector<uint32_t> fixed, joined;
  for (const BoundExpr* e : conditions) {
    int64_t c = EqualColumn(*e, s);
    if (c < 0) continue;
    auto* list = SourcesOf(*e) == uint64_t{1} << s ? &fixed : &joined;
    list->push_back(static_cast<uint32_t>(c));
  }
  auto among = [](const std::vector<uint32_t>& list, uint32_t c) {
    for (uint32_t l : list)
      if (l == c) return true;
    return false;
  };
  // Each part of the tree's order is a key or has one value, until all keys are found.
  auto gives = [&](const Index* index) {
    std::vector<KeyPart> parts = PartsOf(*first.table, index);
    size_t found = 0, keys = 0;
    auto key_of = [&](const KeyPart& p) {
      for (const BoundExpr* key : select.keys)
        if (OriginOf(*key, select.sources).column == p.column)
          return p.collation == key->collation || p.column == RowidIndex(*first.table);
      return false;
    };
    for (const BoundExpr* key : select.keys)
      keys += !among(fixed, OriginOf(*key, select.sources).column);
    for (const KeyPart& p : parts) {
      if (found == keys) break;
      if (among(fixed, p.column)) continue;
      if (!key_of(p)) return false;
      found++;
    }
    if (found < keys) return false;
    // A look-up of one row by values of another table goes last.
    bool unique = index == nullptr ? parts.size() == 1 : index->unique && index->columns.size == 1;
    return !(unique && among(joined, parts[0].column));
  };
  bool any = gives(nullptr), entered = false, by_entered = false;
  for (const Index* index : first.table->indexes) {
    if (!index->is_plain()) continue;
    bool its = gives(index);
    any = any || its;
    // An index that is entered by a value comes before those that are read whole.
    if (!among(fixed, index->columns[0].column)) continue;
    entered = true;
    by_entered = by_entered || its;
  }
  return entered ? by_entered : any;
}

// How a tree must be read so that rows come in the order of `terms`: 1 from its beginning, -1 from
// its end, 0: it has another order. The first `equal` columns have one value. joined: a row may
// come several times, so that its place does not settle everything.
int QueryPlanner::DirectionFor(uint32_t s, const Index* index, uint32_t equal, bool joined,
                               const std::vector<BoundOrder>& terms) const {
  const Table& table = *sources_[s].table;
  const std::vector<KeyPart> parts = PartsOf(table, index);
  const uint32_t rowid = RowidIndex(table);
  int direction = 0;
  size_t at = equal;
  bool settled = false;  // no two rows agree on what was compared
  for (const BoundOrder& o : terms) {
    if (settled && !joined) break;
    const BoundExpr& e = *o.expr;
    if (e.op != ExprOp::kColumn || e.source != s) return 0;
    auto is = [&](const KeyPart& p) {
      return p.column == e.index && (p.collation == o.collation || p.column == rowid);
    };
    bool fixed = false;
    for (size_t i = 0; i < equal && i < parts.size(); i++) fixed = fixed || is(parts[i]);
    if (fixed) continue;
    if (settled || at >= parts.size() || !is(parts[at])) return 0;
    if (o.nulls_last != o.desc && e.index != rowid) return 0;
    int wanted = o.desc == parts[at].desc ? 1 : -1;
    if (direction != 0 && wanted != direction) return 0;
    direction = wanted;
    settled = parts[at].column == rowid;
    at++;
  }
  return direction == 0 ? 1 : direction;
}

std::vector<BoundOrder> QueryPlanner::TermsOf(const BoundSelect& select) {
  std::vector<BoundOrder> terms(select.order_by.begin(), select.order_by.end());
  for (BoundOrder& o : terms)
    if (o.expr == nullptr) o.expr = select.outputs[o.output].expr;
  return terms;
}

// Whether the rows of `from` come in that order, or can be made to by reading backwards.
bool QueryPlanner::Ordered(const std::vector<BoundOrder>& terms, PlanNode* from) const {
  bool joined = false;
  PlanNode* scan = from;
  for (;; scan = scan->input) {
    if (scan->kind == PlanKind::kFilter) continue;
    if (scan->kind == PlanKind::kSemiJoin && !scan->hashes_input) continue;
    if (scan->kind != PlanKind::kIndexJoin && scan->kind != PlanKind::kHashJoin) break;
    if (scan->keep_right) return false;
    joined = true;
  }
  if (scan->kind != PlanKind::kScan) return false;
  Access& a = scan->access;
  if (a.one_row && !joined) return true;
  int direction = DirectionFor(a.source, a.index, a.equal.size, joined, terms);
  if (direction == 0) return false;
  a.reverse = direction < 0;
  return true;
}

// What the query would like of its only table: an order, and how many rows of it will do.
void QueryPlanner::Wish(const BoundSelect& select) {
  wish_.clear();
  if (select.from->kind != BoundJoinKind::kLeaf || select.sources[0].table == nullptr) return;
  if (!select.grouped && !select.distinct && select.limit != nullptr && !select.order_by.empty()) {
    wish_ = TermsOf(select);
    wish_rows_ = 0;
    for (const BoundExpr* e : {select.limit, select.offset}) {
      if (e == nullptr) continue;
      bool known = e->IsConstant() && e->value.type == ValueType::kInteger && e->value.i >= 0;
      wish_rows_ += known ? static_cast<double>(e->value.i) : kLimitGuess;
    }
    return;
  }
  // min(x), max(x): the first row that has an x.
  if (!select.grouped || !select.keys.empty() || select.aggregates.size != 1 ||
      !select.bare.empty())
    return;
  const BoundAggregate& a = select.aggregates[0];
  const bool max = a.function->kind == AggregateKind::kMax;
  if ((!max && a.function->kind != AggregateKind::kMin) || a.args.size != 1 || a.distinct ||
      a.filter != nullptr || a.args[0]->op != ExprOp::kColumn)
    return;
  BoundOrder o;
  o.expr = a.args[0];
  o.collation = a.collation;
  o.desc = o.nulls_last = max;
  wish_ = {o};
  wish_rows_ = 1;
}

// The cheapest access when what it gives must be sorted unless it comes in order, and when in order
// it need not be read to its end.
AccessChoice QueryPlanner::ChooseWished(uint32_t s, const Pool& pool, AccessChoice best) const {
  double share = 1;
  for (const Conjunct& c : pool)
    if (!c.placed && !c.implied && c.sources != 0) share *= Selectivity(*c.expr);
  auto cost = [&](const AccessChoice& c) {
    // Conditions that the access tests leave their share of its rows.
    double own = 1;
    for (size_t i : c.used) own *= Selectivity(*pool[i].expr);
    double passed = AtLeastOne(c.rows * share / own);
    bool ordered =
        c.in_list == nullptr &&
        DirectionFor(s, c.index, static_cast<uint32_t>(c.equal.size()), false, wish_) != 0;
    if (!ordered) return c.cost + passed * kSortCost;
    return c.cost * (wish_rows_ < passed ? AtLeastOne(wish_rows_) / passed : 1);
  };
  double least = cost(best);
  auto weigh = [&](const Index* index) {
    AccessChoice c = ReadAccess(sources_[s], s, pool, statistics_, index, used_[s]);
    double its = cost(c);
    if (its >= least) return;
    least = its;
    best = std::move(c);
  };
  if (sources_[s].indexed_by != nullptr) return best;
  weigh(nullptr);
  if (sources_[s].not_indexed) return best;
  for (const Index* index : sources_[s].table->indexes)
    if (index->is_plain()) weigh(index);
  return best;
}

// min(x) and max(x) over rows in the order of x: of those that have one, the first.
Status QueryPlanner::FirstOnly(const BoundSelect& select, PlanNode** node) {
  if (!select.grouped || wish_.empty() || !Ordered(wish_, *node)) return Status::Ok();
  ExprBuilder builder(arena_);
  PlanNode* filter;
  DOSQL_TRY(New(PlanKind::kFilter, *node, &filter));
  BoundExpr* has = builder.Unary(ExprOp::kNotNull, wish_[0].expr);
  BoundExpr* one = builder.Constant(Value::Integer(1));
  if (has == nullptr || one == nullptr) return NoMemory();
  DOSQL_TRY(CompileAnd({has}, LayoutOf(**node), &filter->predicate));
  PlanNode* limit;
  DOSQL_TRY(New(PlanKind::kLimit, filter, &limit));
  DOSQL_TRY(Compile(one, {}, &limit->limit));
  limit->rows = 1;
  *node = limit;
  return Status::Ok();
}

}  // namespace dosql
