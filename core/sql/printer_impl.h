// The printer's inside, shared by print_expr.cc (words, names, expressions, selects) and
// print_statement.cc. Users include printer.h.
#pragma once

#include "core/sql/printer.h"

namespace dosql::sql {

class Printer {
 public:
  explicit Printer(std::string* out) : out_(out) {}

  void PrintStatement(const Statement& s);
  void PrintSelect(const Select& s);
  void PrintExpr(const Expr& e);

 private:
  // ---- print_expr.cc
  void Word(const char* word) { *out_ += word; }
  void Quoted(std::string_view text, char quote);
  void PrintName(std::string_view name) { Quoted(name, '"'); }
  void PrintNames(const List<Name>& names);  // (a, b)
  void PrintQualified(const QualifiedName& name);
  void PrintList(const List<Expr*>& list);   // (a, b)
  void PrintPart(const Expr* e) { if (e != nullptr) PrintExpr(*e); }
  void Clause(const char* word, const Expr* e);
  void PrintBlob(std::string_view bytes);
  void PrintInteger(int64_t v);
  void PrintCase(const ListExpr& e);
  void PrintFunction(const FunctionExpr& e);
  void PrintWindow(const Window& w);
  void PrintFrameBound(const FrameBound& bound);
  void PrintIn(const ListExpr& e);
  void PrintSubquery(const Select* s);
  void PrintWith(const With* with);
  void PrintCore(const SelectCore& core);
  void PrintColumns(const List<ResultColumn>& columns);
  void PrintFrom(const List<FromItem>& from);
  void PrintFromItem(const FromItem& item);
  void PrintOrderTerms(const List<OrderTerm>& terms);
  void PrintOrderAndLimit(const List<OrderTerm>& order_by, const Expr* limit, const Expr* offset);

  // ---- print_statement.cc
  void PrintCreateTable(const CreateTable& s);
  void PrintCreateIndex(const CreateIndex& s);
  void PrintAlter(const AlterTable& s);
  void PrintSlot(const ReplicationSlot& s);
  void PrintColumnDef(const ColumnDef& column);
  void PrintCreateView(const CreateView& s);
  void PrintInsert(const Insert& s);
  void PrintUpdate(const Update& s);
  void PrintDelete(const Delete& s);
  void PrintConstraint(const Constraint& c);
  void PrintReferences(const ForeignKey& key);
  void PrintOrConflict(Conflict c);
  void PrintOnConflict(Conflict c);
  void PrintAssignments(const List<Assignment>& assignments);
  void PrintReturning(const List<ResultColumn>& columns);
  void PrintPragma(const Pragma& s);

  std::string* out_;
};

}  // namespace dosql::sql
