#include <vector>

#include "core/bind/expr_binder.h"
#include "core/type/compare.h"

namespace dosql {
namespace {

class SelectBinder {
 public:
  SelectBinder(const BindContext& context, const sql::Select& select, BoundSelect* out)
      : context_(context), select_(select), core_(select.cores[0]), out_(out) {}

  Status Run() {
    if (select_.with != nullptr)
      return BindUnsupported(context_, "common table expressions are", select_.with->offset);
    if (select_.cores.size > 1)
      return BindUnsupported(context_, "compound SELECTs are", select_.cores[1].offset);
    DOSQL_TRY(BindLimit());
    if (core_.is_values) return BindValues();
    DOSQL_TRY(BindFrom());
    DOSQL_TRY(BindWhere());
    DOSQL_TRY(BindOutputs());
    DOSQL_TRY(BindGroupBy());
    DOSQL_TRY(BindOrderBy());
    return FinishGrouping();
  }

 private:
  Status BindLimit() {
    ExprBinder binder(context_, {});
    if (select_.limit != nullptr) DOSQL_TRY(binder.Bind(*select_.limit, &out_->limit));
    if (select_.offset_expr != nullptr) DOSQL_TRY(binder.Bind(*select_.offset_expr, &out_->offset));
    return Status::Ok();
  }

  Status BindValues() {
    if (!select_.order_by.empty())
      return BindUnsupported(context_, "ORDER BY on VALUES is", select_.order_by[0].offset);
    ExprBinder binder(context_, {});
    std::vector<sql::List<BoundExpr*>> rows;
    for (const sql::List<sql::Expr*>& row : core_.values) {
      std::vector<BoundExpr*> cells(row.size);
      for (uint32_t i = 0; i < row.size; i++) DOSQL_TRY(binder.Bind(*row[i], &cells[i]));
      sql::List<BoundExpr*> list;
      DOSQL_TRY(ToList(context_, cells, &list));
      rows.push_back(list);
    }
    DOSQL_TRY(ToList(context_, rows, &out_->values));
    std::vector<BoundOutput> names(core_.values[0].size);
    for (size_t i = 0; i < names.size(); i++) {
      std::string name = Words({"column", std::to_string(i + 1)});
      Bytes copy = context_.arena->Copy(AsBytes(name));
      if (copy.data() == nullptr) return context_.diag->Set(Code::kNoMemory, "out of memory");
      names[i].name = AsText(copy);
    }
    return ToList(context_, names, &out_->outputs);
  }

  Status BindFrom() {
    std::vector<BoundSource> sources;
    for (const sql::FromItem& item : core_.from) {
      switch (item.kind) {
        case sql::FromKind::kTable: break;
        case sql::FromKind::kFunction:
          return BindUnsupported(context_, "table-valued functions are", item.offset);
        case sql::FromKind::kSubquery:
          return BindUnsupported(context_, "subqueries in FROM are", item.offset);
        case sql::FromKind::kGroup:
          return BindUnsupported(context_, "joins in parentheses are", item.offset);
      }
      if (item.join == sql::JoinKind::kLeft || item.join == sql::JoinKind::kRight ||
          item.join == sql::JoinKind::kFull)
        return BindUnsupported(context_, "outer joins are", item.offset);
      if (item.natural) return BindUnsupported(context_, "NATURAL joins are", item.offset);
      if (item.has_using) return BindUnsupported(context_, "JOIN ... USING is", item.offset);
      if (!item.indexed_by.empty() || item.not_indexed)
        return BindUnsupported(context_, "INDEXED BY is", item.offset);
      BoundSource source;
      DOSQL_TRY(FindTable(context_, item.table, &source.table));
      source.name = item.has_alias ? item.alias : source.table->name;
      source.offset = item.offset;
      sources.push_back(source);
      if (sources.size() > 64)
        return context_.diag->Set(Code::kTooBig, "at most 64 tables in a join", item.offset);
    }
    DOSQL_TRY(ToList(context_, sources, &out_->sources));
    // Two sources of one name are two tables all the same; only a column of theirs is ambiguous.
    return Status::Ok();
  }

  Status BindWhere() {
    std::vector<BoundExpr*> conjuncts;
    for (uint32_t i = 0; i < core_.from.size; i++) {
      if (core_.from[i].on == nullptr) continue;
      ExprBinder binder(context_, {out_->sources.data, i + 1});
      BoundExpr* on;
      DOSQL_TRY(binder.Bind(*core_.from[i].on, &on));
      SplitAnd(on, &conjuncts);
    }
    if (core_.where != nullptr) {
      ExprBinder binder(context_, out_->sources);
      binder.set_outputs(&core_.columns);
      BoundExpr* where;
      DOSQL_TRY(binder.Bind(*core_.where, &where));
      SplitAnd(where, &conjuncts);
    }
    return ToList(context_, conjuncts, &out_->conjuncts);
  }

  Status BindOutputs() {
    ExprBinder binder(context_, out_->sources);
    binder.set_aggregates(&aggregates_);
    for (const sql::ResultColumn& r : core_.columns) {
      if (r.expr != nullptr) {
        BoundOutput o;
        DOSQL_TRY(binder.Bind(*r.expr, &o.expr));
        o.name = OutputName(r);
        if (o.expr->op == ExprOp::kColumn && o.expr->source < out_->sources.size) {
          o.table = out_->sources[o.expr->source].table;
          o.column = o.expr->index;
        }
        outputs_.push_back(o);
        continue;
      }
      bool any = false;
      for (uint32_t s = 0; s < out_->sources.size; s++) {
        if (!r.table.empty() && !EqualsIgnoringCase(r.table, out_->sources[s].name)) continue;
        any = true;
        const Table& table = *out_->sources[s].table;
        for (uint32_t c = 0; c < table.columns.size; c++) {
          BoundOutput o;
          o.expr = binder.ColumnAt(s, c, r.offset);
          if (o.expr == nullptr) return context_.diag->Set(Code::kNoMemory, "out of memory");
          o.name = table.columns[c].name;
          o.table = &table;
          o.column = c;
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

  // A column keeps its declared name; anything else is named by its text.
  std::string_view OutputName(const sql::ResultColumn& r) const {
    if (r.has_alias) return r.alias;
    if (r.expr->kind == sql::ExprKind::kColumn) return r.expr->text;
    return r.text;
  }

  // The result column that an integer literal or an alias stands for, or -1.
  Status OutputByTerm(const sql::Expr& e, const char* clause, uint32_t position, int64_t* at) {
    *at = -1;
    if (e.kind == sql::ExprKind::kInteger) {
      if (e.integer < 1 || e.integer > static_cast<int64_t>(outputs_.size())) {
        std::string which = std::to_string(position);
        which += position == 1 ? "st" : position == 2 ? "nd" : position == 3 ? "rd" : "th";
        return context_.diag->Set(Code::kBind,
                                  which + " " + clause +
                                      Words({" term out of range - should be between 1 "
                                             "and ",
                                             std::to_string(outputs_.size())}),
                                  e.offset);
      }
      *at = e.integer - 1;
    }
    return Status::Ok();
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
    ExprBinder binder(context_, out_->sources);
    binder.set_outputs(&core_.columns);
    uint32_t position = 0;
    for (const sql::Expr* e : core_.group_by) {
      int64_t at;
      DOSQL_TRY(OutputByTerm(*e, "GROUP BY", ++position, &at));
      BoundExpr* key;
      if (at >= 0 && core_.columns.size == outputs_.size()) {
        DOSQL_TRY(binder.Bind(*core_.columns[static_cast<uint32_t>(at)].expr, &key));
      } else if (at >= 0) {
        key = outputs_[static_cast<size_t>(at)].expr;
      } else {
        DOSQL_TRY(binder.Bind(*e, &key));
      }
      keys_.push_back(key);
    }
    if (core_.having != nullptr) {
      ExprBinder having(context_, out_->sources);
      having.set_aggregates(&aggregates_);
      having.set_outputs(&core_.columns);
      DOSQL_TRY(having.Bind(*core_.having, &out_->having));
      if (keys_.empty() && aggregates_.items.empty())
        return context_.diag->Set(Code::kBind, "HAVING clause on a non-aggregate query",
                                  core_.having->offset);
    }
    return Status::Ok();
  }

  Status BindOrderBy() {
    ExprBinder binder(context_, out_->sources);
    binder.set_aggregates(&aggregates_);
    binder.set_outputs(&core_.columns);
    uint32_t position = 0;
    for (const sql::OrderTerm& t : select_.order_by) {
      const sql::Expr* e = t.expr;
      BoundOrder o;
      o.desc = t.desc;
      o.nulls_last = t.nulls == sql::Nulls::kDefault ? t.desc : t.nulls == sql::Nulls::kLast;
      bool collated = e->kind == sql::ExprKind::kCollate;
      if (collated) {
        if (!CollationByName(e->text, &o.collation))
          return context_.diag->Set(Code::kNoSuchObject,
                                    Words({"no such collation sequence: ", e->text}), e->offset,
                                    e->text);
        e = e->a;
      }
      int64_t at;
      DOSQL_TRY(OutputByTerm(*e, "ORDER BY", ++position, &at));
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
        if (out_->distinct)
          return BindUnsupported(context_, "ORDER BY on what DISTINCT does not select is",
                                 t.offset);
      }
      order_.push_back(o);
    }
    return Status::Ok();
  }

  // Rewrites an expression over sources into one over the grouped columns.
  Status Regroup(BoundExpr** slot) {
    BoundExpr* e = *slot;
    for (size_t k = 0; k < keys_.size(); k++) {
      if (!SameExpr(*e, *keys_[k])) continue;
      ExprBuilder builder(context_.arena);
      BoundExpr* c = builder.Column(kGroupedSource, static_cast<uint32_t>(k), e->affinity,
                                    e->collation, e->offset);
      if (c == nullptr) return context_.diag->Set(Code::kNoMemory, "out of memory");
      c->has_affinity = e->has_affinity;
      c->collates = e->collates;
      *slot = c;
      return Status::Ok();
    }
    if (e->op == ExprOp::kColumn) {
      if (e->source != kGroupedSource)
        return context_.diag->Set(
            Code::kUnsupported, "columns outside GROUP BY and aggregates are not supported yet",
            e->offset, {}, "wrap the column in min() or max(), or add it to GROUP BY");
      // Aggregates were numbered from 0; keys come before them.
      BoundExpr* c = context_.arena->New<BoundExpr>(*e);
      if (c == nullptr) return context_.diag->Set(Code::kNoMemory, "out of memory");
      c->index += static_cast<uint32_t>(keys_.size());
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
    }
    *slot = copy;
    return Status::Ok();
  }

  Status FinishGrouping() {
    out_->grouped = !keys_.empty() || !aggregates_.items.empty();
    if (out_->grouped) {
      for (BoundOutput& o : outputs_) DOSQL_TRY(Regroup(&o.expr));
      for (BoundOrder& o : order_)
        if (o.expr != nullptr) DOSQL_TRY(Regroup(&o.expr));
      if (out_->having != nullptr) DOSQL_TRY(Regroup(&out_->having));
    }
    DOSQL_TRY(ToList(context_, keys_, &out_->keys));
    DOSQL_TRY(ToList(context_, aggregates_.items, &out_->aggregates));
    DOSQL_TRY(ToList(context_, outputs_, &out_->outputs));
    return ToList(context_, order_, &out_->order_by);
  }

  const BindContext& context_;
  const sql::Select& select_;
  const sql::SelectCore& core_;
  BoundSelect* out_;
  std::vector<BoundOutput> outputs_;
  std::vector<BoundExpr*> keys_;
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
    return context.diag->Set(Code::kNoSuchObject, Words({"no such table: ", name.name}),
                             name.offset, name.name);
  return Status::Ok();
}

Status BindSelect(const BindContext& context, const sql::Select& select, BoundSelect* out) {
  return SelectBinder(context, select, out).Run();
}

}  // namespace dosql
