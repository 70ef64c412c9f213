// The parser's inside, shared by its source files: parser.cc (tokens, names, errors, dispatch),
// parse_expr.cc, parse_literal.cc, parse_select.cc, parse_dml.cc, parse_create.cc. Users include
// parser.h.
//
// Failing: Fail sets the Diag once and turns the current token into kError, which matches nothing,
// so every loop ends and every caller unwinds. After a failure nodes may hold nulls; nobody sees
// them.
#pragma once


#include <string>

#include "core/base/arena.h"
#include "core/base/diag.h"
#include "core/sql/ast.h"
#include "core/sql/lexer.h"

namespace dosql::sql {

class Parser {
 public:
  Parser(Arena* arena, Diag* diag, std::string_view sql);
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  // nullptr with an ok status: nothing left.
  Statement* ParseOne();
  Expr* ParseOnlyExpr();
  Status status() const { return status_; }
  uint32_t consumed() const { return consumed_; }

 private:
  // Where a name stands decides which tokens may be one.
  enum class NameRule : uint8_t {
    kAny,    // wherever a name is demanded
    kAlias,  // an alias without AS, a type word: no join words
  };

  // ---- tokens (parser.cc)
  void Advance();
  void CheckLength();
  bool Is(Tok kind) const { return tok_.kind == kind; }
  bool Accept(Tok kind);
  bool Expect(Tok kind);
  // The n-th token after the current one, as the lexer sees it.
  Token Peek(uint32_t n = 1) const;
  Tok PeekKind(uint32_t n = 1) const { return Peek(n).kind; }
  static bool IsName(Tok kind, NameRule rule);
  // Words of our own that are no keywords, so that they stay free as names.
  bool IsWord(std::string_view word) const;
  bool PeekWord(std::string_view word, uint32_t n = 1) const;
  // The SQL text from `start` to the current token without blanks around it.
  std::string_view TextFrom(uint32_t start) const;

  // ---- failing (parser.cc)
  bool failed() const { return !status_.ok(); }
  // The message is `message`, or `before` `name` `after`. Pointers rather than views in the
  // parameters: a view costs two stores at every call.
  void Fail(Code code, const char* message, const Token& at, const char* hint = "");
  void Fail(Code code, const char* before, const std::string_view& name, const char* after,
            const Token& at, const char* hint = "");
  void SyntaxError();
  void Unsupported(const char* what);  // at the current token: "WHAT not supported yet"
  void TooMany(const char* what);
  void NoMemory();
  bool Nest();  // false when too deep; pair with Unnest
  void Unnest() { depth_--; }

  // ---- memory
  template <typename T, typename... Args>
  T* New(Args&&... args) {
    T* node = failed() ? nullptr : arena_->New<T>(std::forward<Args>(args)...);
    if (node == nullptr) NoMemory();
    return node;
  }
  template <typename T>
  T* NewExpr(ExprKind kind, uint32_t offset) {
    T* e = New<T>();
    if (e != nullptr) {
      e->kind = kind;
      e->offset = offset;
    }
    return e;
  }
  template <typename T>
  void Append(List<T>* list, const T& value) {
    static_assert(std::is_trivially_copyable_v<T> && alignof(T) <= 8);
    list->data = static_cast<T*>(AppendBytes(list->data, &list->size, &value, sizeof(T)));
  }
  // The array with one element more: capacities are powers of two. Unchanged after failing.
  void* AppendBytes(void* data, uint32_t* size, const void* value, size_t element_size);
  // `text` without its quotes; a view of the SQL text unless quotes inside were doubled.
  std::string_view Unquote(std::string_view text);

  // ---- names (parser.cc)
  bool ParseName(Name* name, NameRule rule = NameRule::kAny);
  bool ParseQualifiedName(QualifiedName* name);
  void ParseNameList(List<Name>* names);  // (a, b)
  std::string_view ParseNameText(NameRule rule = NameRule::kAny);

  // ---- statements (parser.cc)
  Statement* ParseStatement();
  Statement* ParseExplained(Explain* explain, bool* json);
  Statement* ParseWithStatement();
  Statement* ParseBegin();
  Statement* ParseSavepoint(StatementKind kind);
  Statement* ParsePragma();
  Statement* ParseMaintenance(StatementKind kind);
  void AcceptTransactionWord();
  bool RefuseOurs();
  bool AtSlot() const { return IsWord("replication") && PeekWord("slot"); }
  Statement* ParseSlot(SlotAction action);
  Statement* ParseShowSlots();

  // ---- parse_expr.cc
  Expr* ParseExpr();  // may be null only after failing
  Expr* ParseBinary(int precedence_min);
  Expr* ParsePrefix();
  Expr* ParseUnary(UnaryOp op, int precedence);
  Expr* ParsePrimary();
  Expr* ParseParen();
  Expr* ParseCase();
  Expr* ParseCast();
  Expr* ParseExists();
  Expr* ParseRaise();
  Expr* ParseNamed();
  Expr* ParseFunction();
  // parse_window.cc
  Window* ParseOver();
  void ParseWindow(Window* w);
  void ParseWindowBody(Window* w);
  void ParseFrame(Window* w);
  void ParseFrameBound(FrameBound* bound, bool last);
  void AddWindow(Expr* parent, const Window& w);
  // parse_refused.cc
  Statement* ParseTrigger();
  Statement* ParseVirtualTable();
  Statement* ParseAttach();
  Refused* NewRefused(const char* feature);
  Expr* ParseIs(Expr* left);
  Expr* ParseLike(Expr* left, bool negated);
  Expr* ParseBetween(Expr* left, bool negated);
  Expr* ParseIn(Expr* left, bool negated);
  Expr* ParseNotInfix(Expr* left);
  Expr* MakeBinary(BinaryOp op, uint32_t offset, Expr* left, Expr* right);
  void AddChild(Expr* parent, const Expr* child);
  void AddHeight(Expr* parent, uint32_t child_height);
  void ParseExprList(List<Expr*>* list, uint32_t max, const char* what);
  std::string_view ParseTypeName();

  // ---- parse_literal.cc
  Expr* ParseNumber();
  Expr* ParseBlob();
  Expr* ParseParameter();
  Expr* MakeText(ExprKind kind, std::string_view text);
  Expr* MakeNegative(Expr* number, uint32_t offset);
  // The digits of a number token without '_'; fails where '_' stands wrongly.
  std::string_view NumberText(const Token& t);
  uint32_t ParameterIndex(const Token& t);

  // ---- parse_select.cc
  Select* ParseSelect();  // with or without WITH
  Select* ParseSelectAfterWith(With* with);
  bool AtSelect() const { return Is(Tok::kSelect) || Is(Tok::kValues) || Is(Tok::kWith); }
  Select* ParseParenSelect();  // after '(': the select and ')'
  void ParseSelectCore(SelectCore* core);
  void ParseValues(SelectCore* core);
  With* ParseWith();
  void ParseResultColumns(List<ResultColumn>* columns);
  void ParseFrom(List<FromItem>* from);
  bool ParseJoinOperator(FromItem* item);
  void ParseFromItem(FromItem* item);
  void ParseAlias(FromItem* item);
  void ParseIndexedBy(FromItem* item);
  void ParseOnUsing(FromItem* item);
  void RefuseAsOf();
  void ParseOrderTerms(List<OrderTerm>* terms, const char* what);
  void ParseOrderBy(List<OrderTerm>* terms);
  void ParseLimit(Expr** limit, Expr** offset);
  Expr* ParseWhere();  // null when there is none

  // ---- parse_dml.cc
  Statement* ParseInsert(With* with);
  Statement* ParseUpdate(With* with);
  Statement* ParseDelete(With* with);
  Conflict ParseConflictWord();
  Conflict ParseOrConflict();
  void ParseTarget(FromItem* table);
  void ParseUpserts(List<Upsert>* upserts);
  void ParseAssignments(List<Assignment>* assignments);
  void ParseReturning(List<ResultColumn>* columns);

  // ---- parse_create.cc
  Statement* ParseCreate();
  Statement* ParseCreateTable(bool temp);
  Statement* ParseCreateIndex(bool unique);
  Statement* ParseCreateView(bool temp);
  Statement* ParseDrop();
  Statement* ParseAlter();
  bool AcceptIfNotExists();
  void AcceptColumnWord();
  void ParseColumnDef(ColumnDef* column);
  bool ParseColumnConstraint(Constraint* c);
  bool ParseTableConstraint(Constraint* c);
  void ParseConstraintName(Constraint* c);
  void ParseDefault(Constraint* c);
  void ParseParenText(Constraint* c);
  void ParseReferences(Constraint* c);
  bool AtDeferral() const;
  bool AtTableConstraint() const;
  void ParseDeferral(ForeignKey* key);
  void ParseOnConflict(Constraint* c);
  void ParseTableOptions(CreateTable* table);

  static constexpr uint32_t kBuckets = 64;

  Arena* arena_;
  Diag* diag_;
  Lexer lexer_;
  Token tok_;    // the current token
  Token prev_;   // the one before it
  Status status_;
  uint32_t depth_ = 0;
  uint32_t height_ = 0;  // of the highest expression of the current select
  uint32_t start_ = 0;             // of the statement
  uint32_t limit_ = ~uint32_t{0};  // where it must have ended
  uint32_t consumed_ = 0;
  uint32_t param_count_ = 0;
  List<ParameterName> param_names_;
  uint16_t buckets_[kBuckets] = {};  // heads of chains through param_names_, index + 1
};

}  // namespace dosql::sql
