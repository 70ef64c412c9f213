#include "core/bind/bind_block.h"

#include <vector>

#include "core/bind/bind_from.h"
#include "core/type/compare.h"

namespace dosql {
namespace {

class BlockBinder {
 public:
  BlockBinder(const BindContext& context, const QueryScope& scope, const sql::SelectCore& core,
              sql::List<sql::OrderTerm> order_by, BoundSelect* out)
      : context_(context),
        scope_(scope),
        core_(core),
        order_terms_(order_by),
        out_(out),
        from_(context, scope) {}

  Status Run() {
    DOSQL_TRY(from_.Bind(core_.from, &out_->from));
    DOSQL_TRY(ToList(context_, from_.sources(), &out_->sources));
    DOSQL_TRY(BindWhere());
    DOSQL_TRY(BindOutputs());
    if (!core_.windows.empty())
      return BindUnsupported(context_, "window definitions (WINDOW) are", core_.windows[0].offset);
    DOSQL_TRY(BindGroupBy());
    DOSQL_TRY(BindOrderBy());
    return Finish();
  }

 private:
  ExprBinder Binder() {
    ExprBinder binder(context_, out_->sources, scope_);
    binder.set_joined(&from_.joined());
    return binder;
  }

  Status BindWhere() {
    std::vector<BoundExpr*> conjuncts;
    if (core_.where != nullptr) {
      ExprBinder binder = Binder();
      binder.set_outputs(&core_.columns);
      BoundExpr* where;
      DOSQL_TRY(binder.Bind(*core_.where, &where));
      SplitAnd(where, &conjuncts);
    }
    return ToList(context_, conjuncts, &out_->conjuncts);
  }

  Status BindOutputs() {
    ExprBinder binder = Binder();
    binder.set_aggregates(&aggregates_);
    for (const sql::ResultColumn& r : core_.columns) {
      if (r.is_row) {
        std::vector<BoundExpr*> parts;
        DOSQL_TRY(binder.BindRow(*r.expr, &parts));
        for (BoundExpr* part : parts) {
          BoundOutput o;
          o.expr = part;
          outputs_.push_back(o);
        }
        continue;
      }
      if (r.expr != nullptr) {
        BoundOutput o;
        DOSQL_TRY(binder.Bind(*r.expr, &o.expr));
        o.name = OutputName(r);
        if (!r.has_alias && r.expr->kind == sql::ExprKind::kColumn)
          o.declared = binder.DeclaredName(*o.expr);
        SetOrigin(&o);
        outputs_.push_back(o);
        continue;
      }
      bool any = false;
      for (uint32_t s = 0; s < out_->sources.size; s++) {
        const BoundSource& source = out_->sources[s];
        if (!r.table.empty() && !IsNamed(source, r.table)) continue;
        any = true;
        if (!r.table.empty() && source.table != nullptr &&
            source.name.data() == source.table->name.data())
          context_.NoteTable(source.table, r.offset, NameUses::kName);
        for (uint32_t c = 0; c < source.column_count() - source.hidden; c++) {
          if (r.table.empty() && from_.joined().IsHidden(s, c)) continue;
          for (uint32_t other = 0; other < out_->sources.size; other++) {
            const BoundSource& same = out_->sources[other];
            if (other == s || same.table != source.table || source.table == nullptr ||
                !EqualsIgnoringCase(same.name, source.name) || from_.joined().IsHidden(other, c))
              continue;
            return context_.diag->Set(
                Code::kBind,
                Words({"ambiguous column name: main.", source.name, ".", source.column_name(c)}),
                r.offset);
          }
          BoundOutput o;
          if (r.table.empty()) o.expr = from_.joined().MergedAt(s, c);
          if (o.expr == nullptr) o.expr = binder.ColumnAt(s, c, r.offset);
          if (o.expr == nullptr) return context_.diag->Set(Code::kNoMemory, "out of memory");
          o.name = source.column_name(c);
          SetOrigin(&o);
          outputs_.push_back(o);
        }
      }
      if (!any && r.table.empty())
        return context_.diag->Set(Code::kBind, "no tables specified", r.offset);
      if (!any)
        return context_.diag->Set(Code::kNoSuchObject, Words({"no such table: ", r.table}),
                                  r.offset, r.table);
    }
    if (outputs_.size() > sql::kColumnsMax)
      return context_.diag->Set(Code::kTooBig, "too many columns in result set", core_.offset);
    out_->distinct = core_.distinct;
    return Status::Ok();
  }

  // Where a plain column comes from, through queries in FROM.
  void SetOrigin(BoundOutput* o) const {
    if (o->expr->op != ExprOp::kColumn || o->expr->source >= out_->sources.size) return;
    const BoundSource& source = out_->sources[o->expr->source];
    uint32_t c = o->expr->index;
    if (source.table != nullptr) {
      o->table = source.table;
      o->column = c;
    } else if (source.query != nullptr && c < source.query->outputs.size) {
      o->table = source.query->outputs[c].table;
      o->column = source.query->outputs[c].column;
    }
  }

  // To the queries around it a column has the name that is written.
  std::string_view OutputName(const sql::ResultColumn& r) const {
    if (r.has_alias) return r.alias;
    if (r.expr->kind == sql::ExprKind::kColumn) return r.expr->text;
    return r.text;
  }

  // Where the i-th written result column lies among the outputs; -1 when there is a * before it.
  int64_t AliasAt(std::string_view name) const {
    for (uint32_t i = 0; i < core_.columns.size; i++) {
      const sql::ResultColumn& r = core_.columns[i];
      if (r.expr == nullptr) return -1;
      if (r.has_alias && EqualsIgnoringCase(r.alias, name)) return i;
    }
    return -1;
  }

  Status BindGroupBy() {
    ExprBinder binder = Binder();
    binder.set_outputs(&core_.columns);
    uint32_t position = 0;
    for (const sql::Expr* term : core_.group_by) {
      const sql::Expr* e = term;
      bool collated;
      Collation collation;
      DOSQL_TRY(StripCollate(context_, &e, &collated, &collation));
      int64_t at;
      DOSQL_TRY(OutputByNumber(context_, *e, "GROUP BY", ++position,
                               static_cast<uint32_t>(outputs_.size()), &at));
      binder.set_only_outer(collated
                                ? "misuse of aggregate: "
                                : "aggregate functions are not allowed in the GROUP BY clause");
      BoundExpr* key;
      if (at >= 0 && core_.columns.size == outputs_.size()) {
        DOSQL_TRY(binder.Bind(*core_.columns[static_cast<uint32_t>(at)].expr, &key));
      } else if (at >= 0) {
        key = outputs_[static_cast<size_t>(at)].expr;
      } else {
        DOSQL_TRY(binder.Bind(*e, &key));
      }
      if (collated) {
        key = binder.builder().Collate(key, collation, term->offset);
        if (key == nullptr) return context_.diag->Set(Code::kNoMemory, "out of memory");
      }
      keys_.push_back(key);
    }
    if (core_.having != nullptr) {
      // Its own aggregates do not make the query one.
      if (keys_.empty() && aggregates_.items.empty())
        return context_.diag->Set(Code::kBind, "HAVING clause on a non-aggregate query",
                                  core_.having->offset);
      ExprBinder having = Binder();
      having.set_aggregates(&aggregates_);
      having.set_outputs(&core_.columns);
      DOSQL_TRY(having.Bind(*core_.having, &out_->having));
    }
    return Status::Ok();
  }

  Status BindOrderBy() {
    ExprBinder binder = Binder();
    // Only a query that groups anyway may order by aggregates.
    if (!keys_.empty() || !aggregates_.items.empty()) binder.set_aggregates(&aggregates_);
    binder.set_only_outer("misuse of aggregate: ");
    binder.set_outputs(&core_.columns);
    uint32_t position = 0;
    for (const sql::OrderTerm& t : order_terms_) {
      const sql::Expr* e = t.expr;
      BoundOrder o;
      o.desc = t.desc;
      o.nulls_last = t.nulls == sql::Nulls::kDefault ? t.desc : t.nulls == sql::Nulls::kLast;
      bool collated;
      DOSQL_TRY(StripCollate(context_, &e, &collated, &o.collation));
      int64_t at;
      DOSQL_TRY(OutputByNumber(context_, *e, "ORDER BY", ++position,
                               static_cast<uint32_t>(outputs_.size()), &at));
      if (at < 0 && e->kind == sql::ExprKind::kColumn && e->AsColumn()->table.empty())
        at = AliasAt(e->text);
      if (at < 0) {
        DOSQL_TRY(binder.Bind(*e, &o.expr));
        for (size_t i = 0; i < outputs_.size() && at < 0; i++)
          if (SameExpr(*outputs_[i].expr, *o.expr)) at = static_cast<int64_t>(i);
      }
      if (at >= 0) {
        o.expr = nullptr;
        o.output = static_cast<uint32_t>(at);
        if (!collated) o.collation = outputs_[o.output].expr->collation;
      } else {
        if (!collated) o.collation = o.expr->collation;
      }
      order_.push_back(o);
    }
    return Status::Ok();
  }

  // Rewrites an expression over sources into one over the grouped columns.
  Status Regroup(BoundExpr** slot) {
    BoundExpr* e = *slot;
    for (size_t k = 0; k < keys_.size() && !e->IsConstant(); k++) {
      if (!SameExpr(*e, *keys_[k])) continue;
      ExprBuilder builder(context_.arena);
      BoundExpr* c = builder.Column(kGroupedSource, static_cast<uint32_t>(k), e->affinity,
                                    e->collation, e->offset);
      if (c == nullptr) return context_.diag->Set(Code::kNoMemory, "out of memory");
      c->has_affinity = e->has_affinity;
      c->conforms = e->conforms;
      c->collates = e->collates;
      *slot = c;
      return Status::Ok();
    }
    if (e->op == ExprOp::kColumn) {
      uint32_t at;
      if (e->source == kGroupedSource) {
        // Aggregates were numbered from 0; keys come before them.
        at = e->index + static_cast<uint32_t>(keys_.size());
      } else {
        size_t b = 0;
        while (b < bare_.size() && !SameExpr(*bare_[b], *e)) b++;
        if (b == bare_.size()) bare_.push_back(e);
        at = static_cast<uint32_t>(keys_.size() + aggregates_.items.size() + b);
      }
      BoundExpr* c = context_.arena->New<BoundExpr>(*e);
      if (c == nullptr) return context_.diag->Set(Code::kNoMemory, "out of memory");
      c->source = kGroupedSource;
      c->index = at;
      *slot = c;
      return Status::Ok();
    }
    if (e->arg_count == 0) return Status::Ok();
    BoundExpr* copy = context_.arena->New<BoundExpr>(*e);
    BoundExpr** args = context_.arena->NewArray<BoundExpr*>(e->arg_count);
    if (copy == nullptr || args == nullptr)
      return context_.diag->Set(Code::kNoMemory, "out of memory");
    copy->args = args;
    for (uint32_t i = 0; i < e->arg_count; i++) {
      args[i] = e->args[i];
      DOSQL_TRY(Regroup(&args[i]));
      // What was fixed may read a grouped column now.
      copy->flags |= args[i]->flags & kExprHasColumn;
    }
    *slot = copy;
    return Status::Ok();
  }

  Status Finish() {
    out_->grouped = !keys_.empty() || !aggregates_.items.empty();
    if (out_->grouped) {
      for (BoundOutput& o : outputs_) DOSQL_TRY(Regroup(&o.expr));
      for (BoundOrder& o : order_)
        if (o.expr != nullptr) DOSQL_TRY(Regroup(&o.expr));
      if (out_->having != nullptr) DOSQL_TRY(Regroup(&out_->having));
    }
    // As SQLite has it, an ORDER BY in FROM means nothing to a join or below another ORDER BY.
    bool keeps_order = order_.empty() && out_->sources.size == 1;
    for (const BoundAggregate& a : aggregates_.items) {
      AggregateKind kind = a.function->kind;
      keeps_order = keeps_order || !(kind <= AggregateKind::kCount || kind == AggregateKind::kMin ||
                                     kind == AggregateKind::kMax);
    }
    for (BoundSource& s : out_->sources) s.keeps_order |= keeps_order;
    uint8_t flags = 0;
    for (BoundOutput& o : outputs_) {
      o.traits = TraitsOf(*o.expr);
      flags |= o.expr->flags;
    }
    for (const BoundExpr* e : out_->conjuncts) flags |= e->flags;
    for (const BoundExpr* e : keys_) flags |= e->flags;
    for (const BoundAggregate& a : aggregates_.items) {
      for (const BoundExpr* e : a.args) flags |= e->flags;
      for (const BoundOrder& o : a.order_by) flags |= o.expr->flags;
      if (a.filter != nullptr) flags |= a.filter->flags;
    }
    if (out_->having != nullptr) flags |= out_->having->flags;
    for (const BoundOrder& o : order_)
      if (o.expr != nullptr) flags |= o.expr->flags;
    out_->pure = from_.pure() && !(flags & kExprImpure);
    DOSQL_TRY(ToList(context_, keys_, &out_->keys));
    DOSQL_TRY(ToList(context_, aggregates_.items, &out_->aggregates));
    DOSQL_TRY(ToList(context_, bare_, &out_->bare));
    DOSQL_TRY(ToList(context_, outputs_, &out_->outputs));
    return ToList(context_, order_, &out_->order_by);
  }

  const BindContext& context_;
  const QueryScope scope_;
  const sql::SelectCore& core_;
  const sql::List<sql::OrderTerm> order_terms_;
  BoundSelect* out_;
  FromBinder from_;
  std::vector<BoundOutput> outputs_;
  std::vector<BoundExpr*> keys_;
  std::vector<BoundExpr*> bare_;
  std::vector<BoundOrder> order_;
  AggregateList aggregates_;
};

}  // namespace

Status FindTable(const BindContext& context, const sql::QualifiedName& name, const Table** out) {
  if (!name.schema.empty() && !EqualsIgnoringCase(name.schema, "main"))
    return context.diag->Set(Code::kUnsupported,
                             Words({"schema ", name.schema, " is not supported yet"}), name.offset,
                             name.schema, "only main exists");
  *out = context.catalog->FindTable(name.name);
  if (*out == nullptr)
    return context.diag->Set(
        Code::kNoSuchObject,
        Words({"no such table: ", context.views != nullptr || !name.schema.empty() ? "main." : "",
               name.name}),
        name.offset, name.name);
  return Status::Ok();
}

Status BindBlock(const BindContext& context, const QueryScope& scope, const sql::SelectCore& core,
                 sql::List<sql::OrderTerm> order_by, BoundSelect* out) {
  return BlockBinder(context, scope, core, order_by, out).Run();
}

}  // namespace dosql
