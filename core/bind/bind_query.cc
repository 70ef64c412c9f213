// Queries as wholes: WITH, compounds, ORDER BY and LIMIT of compounds, VALUES.

#include "core/bind/bind_block.h"
#include "core/type/compare.h"

namespace dosql {
namespace {

class QueryBinder {
 public:
  QueryBinder(const BindContext& context, const QueryScope& scope, const sql::Select& select,
              BoundSelect* out)
      : context_(context), scope_(scope), select_(select), out_(out) {}

  Status Run() {
    CteScope ctes;
    if (select_.with != nullptr) {
      ctes.with = select_.with;
      ctes.visible = select_.with->ctes.size;
      ctes.parent = scope_.ctes;
      ctes.frame = scope_.frame;
      for (uint32_t i = 0; i < ctes.visible; i++)
        for (uint32_t j = 0; j < i; j++)
          if (EqualsIgnoringCase(ctes.with->ctes[i].name.text, ctes.with->ctes[j].name.text))
            return context_.diag->Set(
                Code::kBind, Words({"duplicate WITH table name: ", ctes.with->ctes[i].name.text}),
                ctes.with->ctes[i].name.offset);
      scope_.ctes = &ctes;
    }
    DOSQL_TRY(BindLimit());
    if (select_.cores.size == 1 && !select_.cores[0].is_values)
      return BindBlock(context_, scope_, select_.cores[0], select_.order_by, out_);
    if (select_.cores.size == 1 && select_.order_by.empty())
      return BindValues(select_.cores[0], out_);
    return BindCompound();
  }

 private:
  Status NoMemory() { return context_.diag->Set(Code::kNoMemory, "out of memory"); }

  Status BindLimit() {
    ExprBinder binder(context_, {}, scope_);
    if (select_.limit != nullptr) DOSQL_TRY(binder.Bind(*select_.limit, &out_->limit));
    if (select_.offset_expr != nullptr) DOSQL_TRY(binder.Bind(*select_.offset_expr, &out_->offset));
    return Status::Ok();
  }

  // Aggregates in VALUES: each row is a SELECT without FROM.
  Status ValuesAsBlocks(const sql::SelectCore& core, BoundSelect* out) {
    std::vector<BoundSelect::Term> terms;
    for (const sql::List<sql::Expr*>& row : core.values) {
      std::vector<sql::ResultColumn> columns(row.size);
      for (uint32_t i = 0; i < row.size; i++) columns[i].expr = row[i];
      sql::SelectCore block;
      block.offset = core.offset;
      DOSQL_TRY(ToList(context_, columns, &block.columns));
      BoundSelect* term = core.values.size == 1 ? out : context_.arena->New<BoundSelect>();
      if (term == nullptr) return NoMemory();
      DOSQL_TRY(BindBlock(context_, scope_, block, {}, term));
      DOSQL_TRY(NumberColumns(term->outputs));
      out->pure = out->pure && term->pure;
      terms.push_back({terms.empty() ? sql::CompoundOp::kFirst : sql::CompoundOp::kUnionAll, term});
    }
    if (terms.size() == 1) return Status::Ok();
    DOSQL_TRY(ToList(context_, terms, &out->terms));
    return CompoundOutputs(out);
  }

  // column1, column2, ...
  Status NumberColumns(sql::List<BoundOutput> outputs) {
    for (uint32_t i = 0; i < outputs.size; i++) {
      Bytes copy = context_.arena->Copy(AsBytes(Words({"column", std::to_string(i + 1)})));
      if (copy.data() == nullptr) return NoMemory();
      outputs[i].name = AsText(copy);
    }
    return Status::Ok();
  }

  Status BindValues(const sql::SelectCore& core, BoundSelect* out) {
    ExprBinder binder(context_, {}, scope_);
    AggregateList aggregates;
    binder.set_aggregates(&aggregates);
    size_t outer = scope_.frame != nullptr ? scope_.frame->outer.size() : 0;
    std::vector<sql::List<BoundExpr*>> rows;
    for (const sql::List<sql::Expr*>& row : core.values) {
      std::vector<BoundExpr*> cells(row.size);
      for (uint32_t i = 0; i < row.size; i++) {
        DOSQL_TRY(binder.Bind(*row[i], &cells[i]));
        out->pure = out->pure && !(cells[i]->flags & kExprImpure);
      }
      sql::List<BoundExpr*> list;
      DOSQL_TRY(ToList(context_, cells, &list));
      rows.push_back(list);
    }
    if (!aggregates.items.empty()) {
      if (scope_.frame != nullptr) scope_.frame->outer.resize(outer);
      return ValuesAsBlocks(core, out);
    }
    DOSQL_TRY(ToList(context_, rows, &out->values));
    std::vector<BoundOutput> outputs(core.values[0].size);
    for (size_t i = 0; i < outputs.size(); i++) {
      outputs[i].expr = out->values[0][static_cast<uint32_t>(i)];
      outputs[i].traits = TraitsOf(*outputs[i].expr);
      if (out->values.size > 1) outputs[i].traits.conforms = false;
    }
    DOSQL_TRY(ToList(context_, outputs, &out->outputs));
    return NumberColumns(out->outputs);
  }

  Status BindCompound() {
    std::vector<BoundSelect::Term> terms;
    for (const sql::SelectCore& core : select_.cores) {
      BoundSelect* term = context_.arena->New<BoundSelect>();
      if (term == nullptr) return NoMemory();
      if (core.is_values) {
        DOSQL_TRY(BindValues(core, term));
      } else {
        DOSQL_TRY(BindBlock(context_, scope_, core, {}, term));
      }
      if (!terms.empty() && term->outputs.size != terms[0].select->outputs.size)
        return WrongWidth(core);
      out_->pure = out_->pure && term->pure;
      terms.push_back({core.op, term});
    }
    DOSQL_TRY(ToList(context_, terms, &out_->terms));
    DOSQL_TRY(CompoundOutputs(out_));
    return CompoundOrder();
  }

  Status WrongWidth(const sql::SelectCore& core) {
    if (core.is_values)
      return context_.diag->Set(Code::kBind, "all VALUES must have the same number of terms",
                                core.offset);
    const char* op = core.op == sql::CompoundOp::kUnion       ? "UNION"
                     : core.op == sql::CompoundOp::kUnionAll  ? "UNION ALL"
                     : core.op == sql::CompoundOp::kIntersect ? "INTERSECT"
                                                              : "EXCEPT";
    return context_.diag->Set(Code::kBind,
                              Words({"SELECTs to the left and right of ", op,
                                     " do not have the same number of result columns"}),
                              core.offset);
  }

  // The classes that an output can have: 1 numbers, 2 texts, 4 blobs.
  static uint32_t ClassesOf(const BoundOutput& o) {
    if (o.expr != nullptr && o.expr->IsConstant()) {
      if (o.expr->value.is_number()) return 1;
      return o.expr->value.type == ValueType::kText ? 2 : 4;
    }
    if (!o.traits.has_affinity) return 7;
    if (IsNumericAffinity(o.traits.affinity)) return 5;
    return o.traits.affinity == Affinity::kText ? 6 : 7;
  }

  // A column of a compound has the first term's name, and the affinity of the first term that has
  // one, unless another term's values would not keep to it.
  Status CompoundOutputs(BoundSelect* out) {
    uint32_t width = out->terms[0].select->outputs.size;
    std::vector<BoundOutput> outputs(width);
    std::vector<Collation> collations(width, Collation::kBinary);
    for (uint32_t c = 0; c < width; c++) {
      BoundOutput& o = outputs[c];
      const BoundOutput& first = out->terms[0].select->outputs[c];
      o.name = first.name;
      o.declared = first.declared;
      o.table = first.table;
      o.column = first.column;
      uint32_t classes = 0;
      bool conforms = true, collated = false;
      for (const BoundSelect::Term& term : out->terms) {
        const BoundOutput& of = term.select->outputs[c];
        classes |= ClassesOf(of);
        if (!o.traits.has_affinity || o.traits.affinity == Affinity::kBlob) {
          o.traits.has_affinity = of.traits.has_affinity;
          o.traits.affinity = of.traits.affinity;
        }
        conforms = conforms && of.traits.conforms && of.traits.affinity == o.traits.affinity;
        if (!collated && of.traits.collates != Collates::kNo) {
          collated = true;
          o.traits.collates = of.traits.collates;
          o.traits.collation = collations[c] = of.traits.collation;
        }
      }
      bool text = o.traits.affinity == Affinity::kText;
      bool number = IsNumericAffinity(o.traits.affinity);
      if ((text && (classes & 1)) || (number && (classes & 2))) o.traits.affinity = Affinity::kBlob;
      o.traits.conforms = conforms && o.traits.has_affinity;
    }
    DOSQL_TRY(ToList(context_, collations, &out->term_collations));
    return ToList(context_, outputs, &out->outputs);
  }

  // ORDER BY of a compound names its columns: by number, by a name of any term, or by an
  // expression that a term selects.
  Status CompoundOrder() {
    std::vector<BoundOrder> order;
    for (uint32_t i = 0; i < select_.order_by.size; i++) {
      const sql::OrderTerm& t = select_.order_by[i];
      const sql::Expr* e = t.expr;
      BoundOrder o;
      o.desc = t.desc;
      o.nulls_last = t.nulls == sql::Nulls::kDefault ? t.desc : t.nulls == sql::Nulls::kLast;
      bool collated;
      DOSQL_TRY(StripCollate(context_, &e, &collated, &o.collation));
      int64_t at = -1;
      DOSQL_TRY(OutputByNumber(context_, *e, "ORDER BY", i + 1, out_->outputs.size, &at));
      if (at < 0) DOSQL_TRY(FindOutput(*e, &at));
      if (at < 0)
        return context_.diag->Set(Code::kBind,
                                  Words({Ordinal(i + 1),
                                         " ORDER BY term does not match any column in the result "
                                         "set"}),
                                  e->offset);
      o.output = static_cast<uint32_t>(at);
      if (!collated) o.collation = out_->term_collations[o.output];
      order.push_back(o);
    }
    return ToList(context_, order, &out_->order_by);
  }

  Status FindOutput(const sql::Expr& e, int64_t* at) {
    for (uint32_t k = 0; k < out_->terms.size; k++) {
      const BoundSelect& term = *out_->terms[k].select;
      const sql::SelectCore& core = select_.cores[k];
      if (core.is_values) continue;
      if (e.kind == sql::ExprKind::kColumn) {
        for (uint32_t c = 0; c < term.outputs.size; c++) {
          if (EqualsIgnoringCase(term.outputs[c].name, e.text)) {
            *at = c;
            return Status::Ok();
          }
        }
        continue;
      }
      // An expression: what it means over this term's FROM.
      ExprBinder binder(context_, term.sources, scope_);
      BoundExpr* b;
      if (!binder.Bind(e, &b).ok()) {
        context_.diag->Clear();
        continue;
      }
      for (uint32_t c = 0; c < term.outputs.size; c++) {
        if (term.outputs[c].expr != nullptr && SameExpr(*term.outputs[c].expr, *b)) {
          *at = c;
          return Status::Ok();
        }
      }
    }
    return Status::Ok();
  }

  const BindContext& context_;
  QueryScope scope_;
  const sql::Select& select_;
  BoundSelect* out_;
};

}  // namespace

std::string Ordinal(uint32_t n) {
  std::string text = std::to_string(n);
  uint32_t tens = n % 100;
  bool teen = tens > 10 && tens < 14;
  text += teen ? "th" : n % 10 == 1 ? "st" : n % 10 == 2 ? "nd" : n % 10 == 3 ? "rd" : "th";
  return text;
}

Status StripCollate(const BindContext& context, const sql::Expr** e, bool* collated,
                    Collation* collation) {
  *collated = false;
  for (; (*e)->kind == sql::ExprKind::kCollate; *e = (*e)->a) {
    Collation written;
    if (!CollationByName((*e)->text, &written))
      return context.diag->Set(Code::kNoSuchObject,
                               Words({"no such collation sequence: ", (*e)->text}), (*e)->offset,
                               (*e)->text);
    if (!*collated) *collation = written;
    *collated = true;
  }
  return Status::Ok();
}

Status OutputByNumber(const BindContext& context, const sql::Expr& e, const char* clause,
                      uint32_t position, uint32_t width, int64_t* at) {
  *at = -1;
  const sql::Expr* literal = &e;
  int64_t sign = 1;
  while (literal->kind == sql::ExprKind::kUnary && (literal->unary_op() == sql::UnaryOp::kMinus ||
                                                    literal->unary_op() == sql::UnaryOp::kPlus)) {
    if (literal->unary_op() == sql::UnaryOp::kMinus) sign = -sign;
    literal = literal->a;
  }
  // Larger integers are constants like any other.
  if (literal->kind != sql::ExprKind::kInteger || literal->integer > INT32_MAX) return Status::Ok();
  if (sign < 0 || literal->integer < 1 || literal->integer > static_cast<int64_t>(width))
    return context.diag->Set(
        Code::kBind,
        Words({Ordinal(position), " ", clause, " term out of range - should be between 1 and ",
               std::to_string(width)}),
        e.offset);
  *at = literal->integer - 1;
  return Status::Ok();
}

Status BindQueryAt(const BindContext& context, const QueryScope& scope, const sql::Select& select,
                   BoundSelect* out) {
  if (context.depth >= kSelectDepthMax)
    return context.diag->Set(Code::kTooBig, "queries are nested too deeply", select.offset);
  context.depth++;
  Status s = QueryBinder(context, scope, select, out).Run();
  context.depth--;
  return s;
}

Status BindSelect(const BindContext& context, const sql::Select& select, BoundSelect* out) {
  DOSQL_TRY(BindQueryAt(context, QueryScope(), select, out));
  for (uint32_t i = 0; i < out->outputs.size; i++) {
    BoundOutput& o = out->outputs.data[i];
    if (!o.declared.empty()) o.name = o.declared;
  }
  return Status::Ok();
}

}  // namespace dosql
