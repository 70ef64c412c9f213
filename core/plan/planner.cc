#include "core/plan/planner.h"

#include <vector>

#include "core/plan/access_path.h"

namespace dosql {
namespace {

// Where a chunk's columns are, while expressions are compiled against it.
using Layout = std::vector<PlanColumn>;

class Planner {
 public:
  Planner(Arena* arena, Diag* diag) : arena_(arena), diag_(diag) {}

  Status Select(const BoundSelect& select, SelectPlan* out);
  Status Modify(const BoundModify& modify, PlanNode** out);

 private:
  Status NoMemory() { return diag_->Set(Code::kNoMemory, "out of memory"); }

  template <typename T>
  Status ToList(const std::vector<T>& v, sql::List<T>* out) {
    out->data = arena_->NewArray<T>(v.size());
    if (out->data == nullptr) return NoMemory();
    out->size = static_cast<uint32_t>(v.size());
    for (size_t i = 0; i < v.size(); i++) out->data[i] = v[i];
    return Status::Ok();
  }

  Status New(PlanKind kind, PlanNode* input, PlanNode** out) {
    PlanNode* n = arena_->New<PlanNode>(kind);
    if (n == nullptr) return NoMemory();
    n->input = input;
    if (input != nullptr) {
      n->columns = input->columns;
      n->width = input->width;
      n->rows = input->rows;
    }
    *out = n;
    return Status::Ok();
  }

  Status Remap(const BoundExpr& e, const Layout& layout, BoundExpr** out);
  Status Compile(const BoundExpr* e, const Layout& layout, PlanExpr* out, bool filter = false);
  Status CompileAll(const std::vector<BoundExpr*>& list, const Layout& layout,
                    sql::List<PlanExpr>* out);
  static Layout LayoutOf(const PlanNode& n) { return Layout(n.columns.begin(), n.columns.end()); }

  void NoteColumns(const BoundExpr& e);
  Status SetLayout(PlanNode* n, const Layout& layout);
  Layout ScanLayout(uint32_t s) const;

  Status Joins(PlanNode** out);
  Status Enter(uint32_t s, const AccessChoice& choice, const Layout& outer, Access* out);
  Status JoinNext(uint64_t known, uint32_t s, const AccessChoice& choice, PlanNode** node);
  Status PlaceFilters(uint64_t known, PlanNode** node);
  Status Grouping(const BoundSelect& select, PlanNode** node);
  Status Outputs(const BoundSelect& select, PlanNode** node);
  bool Ordered(const BoundSelect& select, const PlanNode& from) const;
  Status Point(const BoundSelect& select, const PlanNode& from, SelectPlan* out);

  Arena* arena_;
  Diag* diag_;
  sql::List<BoundSource> sources_;
  std::vector<Conjunct> conjuncts_;
  std::vector<std::vector<uint8_t>> used_;  // per source, per column and the rowid
};

// A copy of the expression whose columns are positions of the layout.
Status Planner::Remap(const BoundExpr& e, const Layout& layout, BoundExpr** out) {
  BoundExpr* copy = arena_->New<BoundExpr>(e);
  if (copy == nullptr) return NoMemory();
  if (e.op == ExprOp::kColumn) {
    PlanColumn wanted{e.source, e.index};
    uint32_t at = 0;
    while (at < layout.size() && !(layout[at] == wanted)) at++;
    if (at == layout.size())
      return diag_->Set(Code::kInternal, "a column is missing from the plan", e.offset);
    copy->index = at;
    copy->source = 0;
  }
  if (e.arg_count > 0) {
    copy->args = arena_->NewArray<BoundExpr*>(e.arg_count);
    if (copy->args == nullptr) return NoMemory();
    for (uint32_t i = 0; i < e.arg_count; i++) DOSQL_TRY(Remap(*e.args[i], layout, &copy->args[i]));
  }
  *out = copy;
  return Status::Ok();
}

Status Planner::Compile(const BoundExpr* e, const Layout& layout, PlanExpr* out, bool filter) {
  BoundExpr* mapped;
  DOSQL_TRY(Remap(*e, layout, &mapped));
  Status s = filter ? CompileFilter(*mapped, arena_, &out->program)
                    : CompileExpr(*mapped, arena_, &out->program);
  if (!s.ok())
    return diag_->Set(s.code(),
                      s.code() == Code::kNoMemory ? "out of memory" : "expression too large",
                      e->offset);
  out->expr = e;
  return Status::Ok();
}

Status Planner::CompileAll(const std::vector<BoundExpr*>& list, const Layout& layout,
                           sql::List<PlanExpr>* out) {
  std::vector<PlanExpr> compiled(list.size());
  for (size_t i = 0; i < list.size(); i++) DOSQL_TRY(Compile(list[i], layout, &compiled[i]));
  return ToList(compiled, out);
}

void Planner::NoteColumns(const BoundExpr& e) {
  if (e.op == ExprOp::kColumn && e.source < used_.size()) used_[e.source][e.index] = true;
  for (uint32_t i = 0; i < e.arg_count; i++) NoteColumns(*e.args[i]);
}

Layout Planner::ScanLayout(uint32_t s) const {
  Layout layout;
  for (uint32_t c = 0; c < used_[s].size(); c++)
    if (used_[s][c]) layout.push_back({s, c});
  return layout;
}

Status Planner::SetLayout(PlanNode* n, const Layout& layout) {
  n->width = static_cast<uint32_t>(layout.size());
  return ToList(layout, &n->columns);
}

Status Planner::Enter(uint32_t s, const AccessChoice& choice, const Layout& outer, Access* out) {
  out->table = sources_[s].table;
  out->source = s;
  out->index = choice.index;
  out->one_row = choice.one_row;
  out->low_inclusive = choice.low_inclusive;
  out->high_inclusive = choice.high_inclusive;
  DOSQL_TRY(CompileAll(choice.equal, outer, &out->equal));
  if (choice.low != nullptr) DOSQL_TRY(Compile(choice.low, outer, &out->low));
  if (choice.high != nullptr) DOSQL_TRY(Compile(choice.high, outer, &out->high));
  for (size_t i : choice.used) conjuncts_[i].placed = true;
  return Status::Ok();
}

// Conjuncts whose sources are all known, and that no access took, become a filter here.
Status Planner::PlaceFilters(uint64_t known, PlanNode** node) {
  BoundExpr* all = nullptr;
  ExprBuilder builder(arena_);
  for (Conjunct& c : conjuncts_) {
    if (c.placed || (c.sources & ~known) != 0) continue;
    c.placed = true;
    all = all == nullptr ? c.expr : builder.Binary(ExprOp::kAnd, all, c.expr, c.expr->offset);
    if (all == nullptr) return NoMemory();
  }
  if (all == nullptr) return Status::Ok();
  PlanNode* filter;
  DOSQL_TRY(New(PlanKind::kFilter, *node, &filter));
  DOSQL_TRY(Compile(all, LayoutOf(**node), &filter->predicate, true));
  filter->rows = (*node)->rows / 3 < 1 ? 1 : (*node)->rows / 3;
  *node = filter;
  return Status::Ok();
}

Status Planner::JoinNext(uint64_t known, uint32_t s, const AccessChoice& choice, PlanNode** node) {
  Layout left = LayoutOf(**node), right = ScanLayout(s), both = left;
  both.insert(both.end(), right.begin(), right.end());
  if (choice.uses_outer && !choice.equal.empty()) {
    PlanNode* join;
    DOSQL_TRY(New(PlanKind::kIndexJoin, *node, &join));
    DOSQL_TRY(Enter(s, choice, left, &join->access));
    DOSQL_TRY(SetLayout(join, both));
    join->rows = (*node)->rows * choice.rows;
    *node = join;
    return PlaceFilters(known | uint64_t{1} << s, node);
  }
  // The build side is scanned once, with what does not depend on the others.
  AccessChoice alone = ChooseAccess(*sources_[s].table, s, 0, conjuncts_);
  PlanNode* build;
  DOSQL_TRY(New(PlanKind::kScan, nullptr, &build));
  DOSQL_TRY(Enter(s, alone, {}, &build->access));
  DOSQL_TRY(SetLayout(build, right));
  build->rows = alone.rows;
  DOSQL_TRY(PlaceFilters(uint64_t{1} << s, &build));

  PlanNode* join;
  DOSQL_TRY(New(PlanKind::kHashJoin, *node, &join));
  join->build = build;
  std::vector<BoundExpr*> probe, built;
  std::vector<ComparisonRule> rules;
  uint64_t bit = uint64_t{1} << s;
  for (Conjunct& c : conjuncts_) {
    if (c.placed || c.expr->op != ExprOp::kEq) continue;
    BoundExpr *a = c.expr->args[0], *b = c.expr->args[1];
    uint64_t of_a = SourcesOf(*a), of_b = SourcesOf(*b);
    if (of_a == bit && of_b != 0 && (of_b & ~known) == 0) std::swap(a, b), std::swap(of_a, of_b);
    if (of_b != bit || of_a == 0 || (of_a & ~known) != 0) continue;
    c.placed = true;
    probe.push_back(a);
    built.push_back(b);
    rules.push_back(c.expr->rules[0]);
  }
  DOSQL_TRY(CompileAll(probe, left, &join->probe_keys));
  DOSQL_TRY(CompileAll(built, right, &join->build_keys));
  DOSQL_TRY(ToList(rules, &join->key_rules));
  DOSQL_TRY(SetLayout(join, both));
  join->rows = probe.empty() ? (*node)->rows * build->rows
                             : ((*node)->rows > build->rows ? (*node)->rows : build->rows);
  *node = join;
  return PlaceFilters(known | bit, node);
}

Status Planner::Joins(PlanNode** out) {
  uint32_t n = sources_.size;
  if (n == 0) {
    DOSQL_TRY(New(PlanKind::kOneRow, nullptr, out));
    return PlaceFilters(0, out);
  }
  uint64_t known = 0;
  PlanNode* node = nullptr;
  for (uint32_t joined = 0; joined < n; joined++) {
    // The cheapest next table; one with no tie to what is joined comes last.
    int32_t best = -1;
    AccessChoice best_choice;
    bool best_tied = false;
    for (uint32_t s = 0; s < n; s++) {
      if (known >> s & 1) continue;
      AccessChoice choice = ChooseAccess(*sources_[s].table, s, known, conjuncts_);
      bool tied = known == 0;
      for (const Conjunct& c : conjuncts_)
        tied |= !c.placed && (c.sources >> s & 1) && (c.sources & known) != 0;
      if (best < 0 || (tied && !best_tied) ||
          (tied == best_tied && choice.cost < best_choice.cost)) {
        best = static_cast<int32_t>(s);
        best_choice = std::move(choice);
        best_tied = tied;
      }
    }
    uint32_t s = static_cast<uint32_t>(best);
    if (node == nullptr) {
      DOSQL_TRY(New(PlanKind::kScan, nullptr, &node));
      DOSQL_TRY(Enter(s, best_choice, {}, &node->access));
      DOSQL_TRY(SetLayout(node, ScanLayout(s)));
      node->rows = best_choice.rows;
      DOSQL_TRY(PlaceFilters(uint64_t{1} << s, &node));
    } else {
      DOSQL_TRY(JoinNext(known, s, best_choice, &node));
    }
    known |= uint64_t{1} << s;
  }
  *out = node;
  return Status::Ok();
}

Status Planner::Grouping(const BoundSelect& select, PlanNode** node) {
  PlanNode* group;
  DOSQL_TRY(New(PlanKind::kAggregate, *node, &group));
  Layout input = LayoutOf(**node), layout;
  std::vector<BoundExpr*> keys(select.keys.begin(), select.keys.end());
  DOSQL_TRY(CompileAll(keys, input, &group->keys));
  std::vector<PlanAggregate> aggregates;
  for (const BoundAggregate& a : select.aggregates) {
    PlanAggregate p;
    p.function = a.function;
    p.distinct = a.distinct;
    p.collation = a.collation;
    if (a.arg != nullptr) DOSQL_TRY(Compile(a.arg, input, &p.arg));
    if (a.arg2 != nullptr) DOSQL_TRY(Compile(a.arg2, input, &p.arg2));
    if (a.filter != nullptr) DOSQL_TRY(Compile(a.filter, input, &p.filter, true));
    aggregates.push_back(p);
  }
  DOSQL_TRY(ToList(aggregates, &group->aggregates));
  for (uint32_t i = 0; i < keys.size() + aggregates.size(); i++)
    layout.push_back({kGroupedSource, i});
  DOSQL_TRY(SetLayout(group, layout));
  group->rows = keys.empty() ? 1 : (*node)->rows / 10 + 1;
  *node = group;
  if (select.having == nullptr) return Status::Ok();
  PlanNode* filter;
  DOSQL_TRY(New(PlanKind::kFilter, *node, &filter));
  DOSQL_TRY(Compile(select.having, layout, &filter->predicate, true));
  *node = filter;
  return Status::Ok();
}

// Whether the rows of `from` arrive in the order that the query asks for.
bool Planner::Ordered(const BoundSelect& select, const PlanNode& from) const {
  const PlanNode* scan = &from;
  while (scan->kind == PlanKind::kFilter) scan = scan->input;
  if (scan->kind != PlanKind::kScan || select.grouped || select.distinct) return false;
  const Access& a = scan->access;
  if (a.one_row) return true;
  const Table& table = *a.table;
  std::vector<PlanColumn> order;
  std::vector<Collation> collations;
  std::vector<uint8_t> desc;
  if (a.index == nullptr && !table.without_rowid) {
    order.push_back({a.source, RowidIndex(table)});
    collations.push_back(Collation::kBinary);
    desc.push_back(false);
  } else {
    for (const IndexColumn& c : a.index != nullptr ? a.index->columns : table.key_columns) {
      bool rowid = static_cast<int32_t>(c.column) == table.rowid_column;
      order.push_back({a.source, rowid ? RowidIndex(table) : c.column});
      collations.push_back(c.collation);
      desc.push_back(c.desc);
    }
  }
  size_t at = a.equal.size;
  for (const BoundOrder& o : select.order_by) {
    const BoundExpr* e = o.expr != nullptr ? o.expr : select.outputs[o.output].expr;
    if (at >= order.size() || e->op != ExprOp::kColumn) return false;
    if (!(PlanColumn{e->source, e->index} == order[at])) return false;
    bool rowid = e->index == RowidIndex(table);
    if (o.collation != collations[at] && !rowid) return false;
    if (o.desc != desc[at] || o.nulls_last != o.desc) return false;
    at++;
  }
  return true;
}

Status Planner::Outputs(const BoundSelect& select, PlanNode** node) {
  bool sorted = select.order_by.empty() || Ordered(select, **node);
  Layout input = LayoutOf(**node);
  PlanNode* project;
  DOSQL_TRY(New(PlanKind::kProject, *node, &project));
  std::vector<BoundExpr*> exprs;
  for (const BoundOutput& o : select.outputs) exprs.push_back(o.expr);
  std::vector<SortTerm> terms;
  for (const BoundOrder& o : select.order_by) {
    if (sorted) break;
    SortTerm t;
    t.collation = o.collation;
    t.desc = o.desc;
    t.nulls_last = o.nulls_last;
    t.column = o.output;
    if (o.expr != nullptr) {
      t.column = static_cast<uint32_t>(exprs.size());
      exprs.push_back(o.expr);
    }
    terms.push_back(t);
  }
  DOSQL_TRY(CompileAll(exprs, input, &project->outputs));
  project->width = static_cast<uint32_t>(exprs.size());
  project->columns = {};
  *node = project;
  uint32_t width = select.outputs.size;
  if (select.distinct) {
    PlanNode* distinct;
    DOSQL_TRY(New(PlanKind::kDistinct, *node, &distinct));
    distinct->width = width;
    // Each column is told apart by its own collation.
    std::vector<SortTerm> by(width);
    for (uint32_t i = 0; i < width; i++)
      by[i] = {i, select.outputs[i].expr->collation, false, false};
    DOSQL_TRY(ToList(by, &distinct->sort));
    *node = distinct;
  }
  PlanExpr limit, offset;
  if (select.limit != nullptr) DOSQL_TRY(Compile(select.limit, {}, &limit));
  if (select.offset != nullptr) DOSQL_TRY(Compile(select.offset, {}, &offset));
  if (!terms.empty()) {
    PlanNode* sort;
    DOSQL_TRY(New(PlanKind::kSort, *node, &sort));
    DOSQL_TRY(ToList(terms, &sort->sort));
    sort->limit = limit;
    sort->offset = offset;
    sort->width = width;
    *node = sort;
  }
  if (limit.program != nullptr || offset.program != nullptr) {
    PlanNode* cut;
    DOSQL_TRY(New(PlanKind::kLimit, *node, &cut));
    cut->limit = limit;
    cut->offset = offset;
    *node = cut;
  }
  return Status::Ok();
}

// A look-up of one row needs no operators.
Status Planner::Point(const BoundSelect& select, const PlanNode& from, SelectPlan* out) {
  const PlanNode* scan = &from;
  const BoundExpr* predicate = nullptr;
  if (scan->kind == PlanKind::kFilter) {
    predicate = scan->predicate.expr;
    scan = scan->input;
  }
  if (scan->kind != PlanKind::kScan || !scan->access.one_row || select.grouped || select.distinct ||
      select.limit != nullptr || select.offset != nullptr)
    return Status::Ok();
  PointPlan* point = arena_->New<PointPlan>();
  if (point == nullptr) return NoMemory();
  point->access = &scan->access;
  Layout whole;
  for (uint32_t c = 0; c <= scan->access.table->columns.size; c++) whole.push_back({0, c});
  if (predicate != nullptr) {
    PlanExpr e;
    DOSQL_TRY(Compile(predicate, whole, &e, true));
    point->predicate = e.program;
  }
  std::vector<uint32_t> column;
  std::vector<const Program*> program;
  for (const BoundOutput& o : select.outputs) {
    PlanExpr e;
    bool plain = o.expr->op == ExprOp::kColumn;
    if (!plain) DOSQL_TRY(Compile(o.expr, whole, &e));
    column.push_back(plain ? o.expr->index : PointPlan::kComputed);
    program.push_back(e.program);
  }
  DOSQL_TRY(ToList(column, &point->column));
  DOSQL_TRY(ToList(program, &point->program));
  out->point = point;
  return Status::Ok();
}

Status Planner::Select(const BoundSelect& select, SelectPlan* out) {
  PlanNode* node = nullptr;
  if (!select.values.empty()) {
    DOSQL_TRY(New(PlanKind::kValues, nullptr, &node));
    std::vector<sql::List<PlanExpr>> rows;
    for (const auto& row : select.values) {
      sql::List<PlanExpr> cells;
      DOSQL_TRY(CompileAll(std::vector<BoundExpr*>(row.begin(), row.end()), {}, &cells));
      rows.push_back(cells);
    }
    DOSQL_TRY(ToList(rows, &node->values));
    node->width = select.values[0].size;
    if (select.limit != nullptr || select.offset != nullptr) {
      PlanNode* cut;
      DOSQL_TRY(New(PlanKind::kLimit, node, &cut));
      if (select.limit != nullptr) DOSQL_TRY(Compile(select.limit, {}, &cut->limit));
      if (select.offset != nullptr) DOSQL_TRY(Compile(select.offset, {}, &cut->offset));
      node = cut;
    }
    out->root = node;
    return Status::Ok();
  }
  sources_ = select.sources;
  for (const BoundSource& s : sources_)
    used_.push_back(std::vector<uint8_t>(s.table->columns.size + 1));
  for (BoundExpr* e : select.conjuncts) {
    conjuncts_.push_back({e, SourcesOf(*e), false});
    NoteColumns(*e);
  }
  for (BoundExpr* e : select.keys) NoteColumns(*e);
  for (const BoundAggregate& a : select.aggregates) {
    if (a.arg != nullptr) NoteColumns(*a.arg);
    if (a.arg2 != nullptr) NoteColumns(*a.arg2);
    if (a.filter != nullptr) NoteColumns(*a.filter);
  }
  for (const BoundOutput& o : select.outputs) NoteColumns(*o.expr);
  for (const BoundOrder& o : select.order_by)
    if (o.expr != nullptr) NoteColumns(*o.expr);
  DOSQL_TRY(Joins(&node));
  DOSQL_TRY(Point(select, *node, out));
  if (select.grouped) DOSQL_TRY(Grouping(select, &node));
  DOSQL_TRY(Outputs(select, &node));
  out->root = node;
  return Status::Ok();
}

Status Planner::Modify(const BoundModify& modify, PlanNode** out) {
  sources_ = modify.sources;
  used_.push_back(std::vector<uint8_t>(modify.table->columns.size + 1, true));
  if (modify.table->without_rowid) used_[0].back() = false;
  for (BoundExpr* e : modify.conjuncts) conjuncts_.push_back({e, SourcesOf(*e), false});
  return Joins(out);
}

}  // namespace

Status PlanSelect(Arena* arena, Diag* diag, const BoundSelect& select, SelectPlan* out) {
  return Planner(arena, diag).Select(select, out);
}

Status PlanModify(Arena* arena, Diag* diag, const BoundModify& modify, PlanNode** out) {
  return Planner(arena, diag).Modify(modify, out);
}

Status CompileTableExpr(Arena* arena, const BoundExpr& expr, const Program** out) {
  // Column indexes of source 0 are positions already: the rowid is one past the last column.
  return CompileExpr(expr, arena, out);
}

}  // namespace dosql
