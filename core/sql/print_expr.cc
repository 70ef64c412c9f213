// Words, names, expressions and selects to text.
#include "core/sql/lexer.h"
#include "core/sql/printer_impl.h"

namespace dosql::sql {
namespace {

constexpr const char* kBinaryText[] = {" OR ", " AND ", " = ", " <> ", " IS ", " IS NOT ", " < ",
                                       " <= ", " > ", " >= ", " & ", " | ", " << ", " >> ",
                                       " + ", " - ", " * ", " / ", " % ", " || ", " -> ", " ->> "};
constexpr const char* kUnaryText[] = {"- ", "+ ", "~ ", "NOT "};
constexpr const char* kLikeText[] = {"LIKE ", "GLOB ", "REGEXP ", "MATCH "};
constexpr const char* kRaiseText[] = {"IGNORE", "ROLLBACK, ", "ABORT, ", "FAIL, "};
constexpr const char* kCompoundText[] = {"", " UNION ", " UNION ALL ", " INTERSECT ", " EXCEPT "};
constexpr const char* kJoinText[] = {"", ", ", "JOIN ", "CROSS JOIN ", "LEFT JOIN ", "RIGHT JOIN ",
                                     "FULL JOIN "};

}  // namespace

void Printer::Quoted(std::string_view text, char quote) {
  *out_ += quote;
  for (char c : text) {
    if (c == quote) *out_ += c;
    *out_ += c;
  }
  *out_ += quote;
}

void Printer::PrintNames(const List<Name>& names) {
  for (uint32_t i = 0; i < names.size; i++) {
    Word(i == 0 ? "(" : ", ");
    PrintName(names[i].text);
  }
  Word(")");
}

void Printer::PrintQualified(const QualifiedName& name) {
  if (name.schema.data() != nullptr) {
    PrintName(name.schema);
    Word(".");
  }
  PrintName(name.name);
}

void Printer::PrintList(const List<Expr*>& list) {
  Word("(");
  for (uint32_t i = 0; i < list.size; i++) {
    if (i != 0) Word(", ");
    PrintExpr(*list[i]);
  }
  Word(")");
}

void Printer::Clause(const char* word, const Expr* e) {
  if (e == nullptr) return;
  Word(word);
  PrintExpr(*e);
}

void Printer::PrintBlob(std::string_view bytes) {
  constexpr char kHex[] = "0123456789abcdef";
  Word("x'");
  for (char c : bytes) {
    *out_ += kHex[static_cast<uint8_t>(c) >> 4];
    *out_ += kHex[c & 15];
  }
  Word("'");
}

void Printer::PrintInteger(int64_t v) {
  char digits[20];
  size_t n = sizeof digits;
  uint64_t u = v < 0 ? uint64_t{0} - static_cast<uint64_t>(v) : static_cast<uint64_t>(v);
  do digits[--n] = static_cast<char>('0' + u % 10);
  while ((u /= 10) != 0);
  if (v < 0) Word("-");
  out_->append(digits + n, sizeof digits - n);
}

void Printer::PrintExpr(const Expr& e) {
  switch (e.kind) {
    case ExprKind::kNull: Word("NULL"); return;
    case ExprKind::kInteger:
      // A hex literal may be negative; as -1 it would become a minus and a 1.
      if (e.integer < 0 && e.text[0] == '0') {
        *out_ += e.text;
      } else {
        PrintInteger(e.integer);
      }
      return;
    case ExprKind::kReal:
    case ExprKind::kParameter: *out_ += e.text; return;
    case ExprKind::kString: Quoted(e.text, '\''); return;
    case ExprKind::kBlob: PrintBlob(e.text); return;
    case ExprKind::kColumn: {
      const ColumnExpr* c = e.AsColumn();
      if (c->schema.data() != nullptr) {
        PrintName(c->schema);
        Word(".");
      }
      if (c->table.data() != nullptr) {
        PrintName(c->table);
        Word(".");
      } else if (!c->double_quoted) {
        // "" would let the name fall back to a string, and any quotes make TRUE a column.
        if (!c->quoted && FindKeyword(e.text) == Tok::kId) {
          *out_ += e.text;
        } else {
          Quoted(e.text, '`');
        }
        return;
      }
      PrintName(e.text);
      return;
    }
    case ExprKind::kExists:
      Word("EXISTS ");
      PrintSubquery(e.AsList()->select);
      return;
    case ExprKind::kSubquery: PrintSubquery(e.AsList()->select); return;
    case ExprKind::kRowValue: PrintList(e.AsList()->list); return;
    case ExprKind::kFunction: PrintFunction(*e.AsFunction()); return;
    case ExprKind::kCase: PrintCase(*e.AsList()); return;
    case ExprKind::kCast:
      Clause("CAST(", e.a);
      Word(" AS ");
      *out_ += e.text;
      Word(")");
      return;
    case ExprKind::kRaise:
      Word("RAISE(");
      Word(kRaiseText[e.op]);
      PrintPart(e.a);
      Word(")");
      return;
    default: break;
  }
  Word("(");
  switch (e.kind) {
    case ExprKind::kUnary: Clause(kUnaryText[e.op], e.a); break;
    case ExprKind::kBinary:
      PrintExpr(*e.a);
      Clause(kBinaryText[e.op], e.b);
      break;
    case ExprKind::kCollate:
      PrintExpr(*e.a);
      Word(" COLLATE ");
      PrintName(e.text);
      break;
    case ExprKind::kIsNull:
      PrintExpr(*e.a);
      Word(e.negated ? " NOT NULL" : " ISNULL");
      break;
    case ExprKind::kIn: PrintIn(*e.AsList()); break;
    default: {  // kLike, kBetween
      bool like = e.kind == ExprKind::kLike;
      PrintExpr(*e.a);
      Word(e.negated ? " NOT " : " ");
      Clause(like ? kLikeText[e.op] : "BETWEEN ", e.b);
      Clause(like ? " ESCAPE " : " AND ", e.AsTernary()->c);
    }
  }
  Word(")");
}

void Printer::PrintIn(const ListExpr& e) {
  PrintExpr(*e.a);
  Word(e.negated ? " NOT IN " : " IN ");
  if (e.select != nullptr) {
    PrintSubquery(e.select);
  } else {
    PrintList(e.list);
  }
}

void Printer::PrintCase(const ListExpr& e) {
  Word("CASE");
  Clause(" ", e.a);
  for (uint32_t i = 0; i + 1 < e.list.size; i += 2) {
    Clause(" WHEN ", e.list[i]);
    Clause(" THEN ", e.list[i + 1]);
  }
  Clause(" ELSE ", e.b);
  Word(" END");
}

void Printer::PrintFunction(const FunctionExpr& e) {
  if (e.keyword) {
    *out_ += e.text;
    return;
  }
  PrintName(e.text);
  Word(e.distinct ? "(DISTINCT " : "(");
  if (e.star) Word("*");
  for (uint32_t i = 0; i < e.args.size; i++) {
    if (i != 0) Word(", ");
    PrintExpr(*e.args[i]);
  }
  PrintOrderAndLimit(e.order_by, nullptr, nullptr);
  Word(")");
  if (e.filter != nullptr) {
    Clause(" FILTER (WHERE ", e.filter);
    Word(")");
  }
  if (e.over == nullptr) return;
  Word(" OVER ");
  PrintWindow(*e.over);
}

void Printer::PrintWindow(const Window& w) {
  static constexpr const char* kUnits[] = {"", "RANGE ", "ROWS ", "GROUPS "};
  static constexpr const char* kExcludes[] = {"", " EXCLUDE NO OTHERS", " EXCLUDE CURRENT ROW",
                                              " EXCLUDE GROUP", " EXCLUDE TIES"};
  if (w.in_parens) Word("(");
  const char* gap = "";
  if (w.base.text.data() != nullptr) {
    PrintName(w.base.text);
    gap = " ";
  }
  for (uint32_t i = 0; i < w.partition_by.size; i++) {
    Word(i == 0 ? gap : ", ");
    if (i == 0) Word("PARTITION BY ");
    PrintExpr(*w.partition_by[i]);
    gap = " ";
  }
  if (!w.order_by.empty()) {
    Word(gap);
    Word("ORDER BY ");
    PrintOrderTerms(w.order_by);
    gap = " ";
  }
  if (w.unit != FrameUnit::kNone) {
    Word(gap);
    Word(kUnits[static_cast<uint32_t>(w.unit)]);
    if (w.has_to) Word("BETWEEN ");
    PrintFrameBound(w.from);
    if (w.has_to) {
      Word(" AND ");
      PrintFrameBound(w.to);
    }
    Word(kExcludes[static_cast<uint32_t>(w.exclude)]);
  }
  if (w.in_parens) Word(")");
}

void Printer::PrintFrameBound(const FrameBound& bound) {
  static constexpr const char* kEnds[] = {"UNBOUNDED PRECEDING", " PRECEDING", "CURRENT ROW",
                                          " FOLLOWING", "UNBOUNDED FOLLOWING"};
  PrintPart(bound.distance);
  Word(kEnds[static_cast<uint32_t>(bound.end)]);
}

void Printer::PrintSubquery(const Select* s) {
  Word("(");
  PrintSelect(*s);
  Word(")");
}

void Printer::PrintWith(const With* with) {
  if (with == nullptr) return;
  Word(with->recursive ? "WITH RECURSIVE " : "WITH ");
  for (uint32_t i = 0; i < with->ctes.size; i++) {
    const Cte& cte = with->ctes[i];
    if (i != 0) Word(", ");
    PrintName(cte.name.text);
    if (!cte.columns.empty()) PrintNames(cte.columns);
    Word(cte.materialized == Materialized::kYes  ? " AS MATERIALIZED "
         : cte.materialized == Materialized::kNo ? " AS NOT MATERIALIZED "
                                                 : " AS ");
    PrintSubquery(cte.select);
  }
  Word(" ");
}

void Printer::PrintSelect(const Select& s) {
  PrintWith(s.with);
  for (const SelectCore& core : s.cores) {
    Word(kCompoundText[static_cast<uint32_t>(core.op)]);
    PrintCore(core);
  }
  PrintOrderAndLimit(s.order_by, s.limit, s.offset_expr);
}

void Printer::PrintCore(const SelectCore& core) {
  if (core.is_values) {
    for (uint32_t i = 0; i < core.values.size; i++) {
      Word(i == 0 ? "VALUES " : ", ");
      PrintList(core.values[i]);
    }
    return;
  }
  Word(core.distinct ? "SELECT DISTINCT " : "SELECT ");
  PrintColumns(core.columns);
  if (!core.from.empty()) {
    Word(" FROM ");
    PrintFrom(core.from);
  }
  Clause(" WHERE ", core.where);
  for (uint32_t i = 0; i < core.group_by.size; i++) {
    Clause(i == 0 ? " GROUP BY " : ", ", core.group_by[i]);
  }
  Clause(" HAVING ", core.having);
  for (uint32_t i = 0; i < core.windows.size; i++) {
    Word(i == 0 ? " WINDOW " : ", ");
    PrintName(core.windows[i].name.text);
    Word(" AS ");
    PrintWindow(core.windows[i]);
  }
}

void Printer::PrintColumns(const List<ResultColumn>& columns) {
  for (uint32_t i = 0; i < columns.size; i++) {
    const ResultColumn& c = columns[i];
    if (i != 0) Word(", ");
    if (c.expr == nullptr) {
      if (c.table.data() != nullptr) {
        PrintName(c.table);
        Word(".");
      }
      Word("*");
      continue;
    }
    PrintExpr(*c.expr);
    if (c.has_alias) {
      Word(" AS ");
      PrintName(c.alias);
    }
  }
}

void Printer::PrintFrom(const List<FromItem>& from) {
  for (const FromItem& item : from) {
    bool join = item.join > JoinKind::kComma;
    if (join) Word(item.natural ? " NATURAL " : " ");
    Word(kJoinText[static_cast<uint32_t>(item.join)]);
    PrintFromItem(item);
  }
}

void Printer::PrintFromItem(const FromItem& item) {
  switch (item.kind) {
    case FromKind::kSubquery: PrintSubquery(item.select); break;
    case FromKind::kGroup:
      Word("(");
      PrintFrom(item.group);
      Word(")");
      break;
    default:
      PrintQualified(item.table);
      if (item.kind == FromKind::kFunction) PrintList(item.args);
  }
  if (item.has_alias) {
    Word(" AS ");
    PrintName(item.alias);
  }
  if (item.indexed_by.data() != nullptr) {
    Word(" INDEXED BY ");
    PrintName(item.indexed_by);
  }
  if (item.not_indexed) Word(" NOT INDEXED");
  Clause(" ON ", item.on);
  if (item.has_using) {
    Word(" USING ");
    PrintNames(item.using_columns);
  }
}

void Printer::PrintOrderTerms(const List<OrderTerm>& terms) {
  for (uint32_t i = 0; i < terms.size; i++) {
    const OrderTerm& term = terms[i];
    if (i != 0) Word(", ");
    PrintExpr(*term.expr);
    if (term.asc) Word(" ASC");
    if (term.desc) Word(" DESC");
    if (term.nulls == Nulls::kFirst) Word(" NULLS FIRST");
    if (term.nulls == Nulls::kLast) Word(" NULLS LAST");
  }
}

void Printer::PrintOrderAndLimit(const List<OrderTerm>& order_by, const Expr* limit,
                                 const Expr* offset) {
  if (!order_by.empty()) Word(" ORDER BY ");
  PrintOrderTerms(order_by);
  // LIMIT m, n keeps its order, or parameters without numbers would change places.
  bool offset_first = offset != nullptr && offset->offset < limit->offset;
  Clause(" LIMIT ", offset_first ? offset : limit);
  Clause(offset_first ? ", " : " OFFSET ", offset_first ? limit : offset);
}

void Print(const Select& select, std::string* out) { Printer(out).PrintSelect(select); }
void Print(const Expr& expr, std::string* out) { Printer(out).PrintExpr(expr); }

}  // namespace dosql::sql
