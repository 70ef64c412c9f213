// The syntax tree of one SQL statement, exactly as written: names unresolved, nothing folded except
// parentheses and a minus sign in front of 9223372036854775808.
//
// Ownership: every node lives in the Arena given to ParseStatement. Names and texts are views into
// the SQL text or into that arena, so a tree lives as long as the shorter of the two. Every node
// has the byte offset of its first token (of its operator for kBinary and the like) in the SQL
// text. Depth: Expr::height is at most kExprHeightMax and selects nest at most kNestingMax deep, so
// a reader of the tree may recurse. The tree holds more than the engine runs: what a reader does
// not support it must refuse by name.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/base/assert.h"

// Names live in dosql::sql: Select, Delete and the like would crowd dosql.
namespace dosql::sql {

inline constexpr uint32_t kSqlBytesMax = 1000000;    // one statement text
inline constexpr uint32_t kExprHeightMax = 1000;     // levels of one expression tree
inline constexpr uint32_t kNestingMax = 200;         // parentheses and selects inside each other
inline constexpr uint32_t kColumnsMax = 2000;        // columns, result columns, list terms
inline constexpr uint32_t kCompoundTermsMax = 500;   // selects joined by UNION and the like
inline constexpr uint32_t kFunctionArgsMax = 1000;
inline constexpr uint32_t kParameterMax = 32766;     // largest parameter number

// An array in the arena; never freed, grown only by the parser.
template <typename T>
struct List {
  T* data = nullptr;
  uint32_t size = 0;
  bool empty() const { return size == 0; }
  T* begin() const { return data; }
  T* end() const { return data + size; }
  T& operator[](uint32_t i) const {
    DOSQL_ASSERT(i < size);
    return data[i];
  }
};

struct Expr;
struct Select;
struct FromItem;

struct Name {
  std::string_view text;
  uint32_t offset = 0;
};

struct QualifiedName {
  std::string_view schema;  // empty when not written
  std::string_view name;
  uint32_t offset = 0;       // of the schema, or of the name when there is none
  uint32_t name_offset = 0;  // of the name
};

enum class Nulls : uint8_t { kDefault, kFirst, kLast };

// A term of ORDER BY, of an index, of PRIMARY KEY(...), UNIQUE(...) and of a conflict target. A
// COLLATE clause is a kCollate expression. asc is set only when ASC was written.
struct OrderTerm {
  Expr* expr = nullptr;
  bool desc = false;
  bool asc = false;
  Nulls nulls = Nulls::kDefault;
  uint32_t offset = 0;
};

// ---------------------------------------------------------------------------------- expressions

enum class ExprKind : uint8_t {
  kNull,       // NULL
  kInteger,    // integer: the value; text: as written
  kReal,       // text: as written without '_'; also an integer too large for 64 bits
  kString,     // text: unescaped
  kBlob,       // text: the decoded bytes
  kColumn,     // ColumnExpr; TRUE and FALSE arrive here too, unquoted
  kParameter,  // index: 1-based; text: "?", "?5", ":a", "@a", "$a"
  kUnary,      // op: UnaryOp; a
  kBinary,     // op: BinaryOp; a, b. IS [NOT] DISTINCT FROM arrives as kIsNot / kIs
  kCollate,    // a; text: collation
  kCast,       // a; text: type name
  kIsNull,     // a; negated for NOT NULL. All of ISNULL, IS NULL, NOTNULL, NOT NULL, IS NOT NULL
  kLike,       // TernaryExpr, op: LikeOp; a: left, b: pattern, c: ESCAPE or null; negated
  kBetween,    // TernaryExpr; a, b: low, c: high; negated
  kCase,       // ListExpr; a: operand or null, list: when, then, when, then..., b: ELSE or null
  kIn,         // ListExpr; a, list or select; negated. IN table arrives as IN (SELECT * FROM table)
  kExists,     // ListExpr; select
  kSubquery,   // ListExpr; select: a scalar subquery or a row value
  kRowValue,   // ListExpr; list of two or more
  kFunction,   // FunctionExpr; text: name
  kRaise,      // op: RaiseOp; a: message or null
};

enum class UnaryOp : uint8_t { kMinus, kPlus, kBitNot, kNot };
enum class BinaryOp : uint8_t {
  kOr, kAnd, kEq, kNe, kIs, kIsNot, kLt, kLe, kGt, kGe, kBitAnd, kBitOr, kShiftLeft, kShiftRight,
  kAdd, kSub, kMul, kDiv, kMod, kConcat, kArrow, kArrowText,  // -> and ->>
};
enum class LikeOp : uint8_t { kLike, kGlob, kRegexp, kMatch };
enum class RaiseOp : uint8_t { kIgnore, kRollback, kAbort, kFail };

struct ColumnExpr;
struct TernaryExpr;
struct ListExpr;
struct FunctionExpr;

struct Expr {
  ExprKind kind = ExprKind::kNull;
  uint8_t op = 0;
  bool negated = false;        // NOT IN, NOT LIKE, NOT BETWEEN, NOT NULL
  bool quoted = false;         // kColumn: in quotes of any kind, so TRUE and FALSE are mere names
  bool double_quoted = false;  // kColumn: the name alone in "", so the error asks whether a string was meant
  uint16_t height = 1;         // levels of the tree below and with this node
  uint32_t offset = 0;
  std::string_view text;
  union {
    int64_t integer;
    uint32_t index;
    struct {
      Expr* a;
      Expr* b;
    };
  };

  Expr() : a(nullptr), b(nullptr) {}
  UnaryOp unary_op() const { return static_cast<UnaryOp>(op); }
  BinaryOp binary_op() const { return static_cast<BinaryOp>(op); }
  LikeOp like_op() const { return static_cast<LikeOp>(op); }
  RaiseOp raise_op() const { return static_cast<RaiseOp>(op); }
  inline const ColumnExpr* AsColumn() const;
  inline const TernaryExpr* AsTernary() const;
  inline const ListExpr* AsList() const;
  inline const FunctionExpr* AsFunction() const;
};

struct ColumnExpr : Expr {
  std::string_view schema, table;  // empty when not written
  bool of_target = false;          // no text: a column of the first source, UPDATE's or DELETE's table
};

struct TernaryExpr : Expr {
  Expr* c = nullptr;
};

struct ListExpr : Expr {
  List<Expr*> list;
  Select* select = nullptr;
};

enum class FrameUnit : uint8_t { kNone, kRange, kRows, kGroups };
enum class FrameEnd : uint8_t { kUnboundedPreceding, kPreceding, kCurrentRow, kFollowing,
                                kUnboundedFollowing };
enum class FrameExclude : uint8_t { kNone, kNoOthers, kCurrentRow, kGroup, kTies };

struct FrameBound {
  FrameEnd end = FrameEnd::kCurrentRow;
  Expr* distance = nullptr;  // kPreceding, kFollowing
};

// OVER (...) and a definition of WINDOW.
struct Window {
  Name name;  // defined so; empty text for OVER (...)
  Name base;  // OVER base, or what the parentheses begin with
  bool in_parens = false;
  List<Expr*> partition_by;
  List<OrderTerm> order_by;
  FrameUnit unit = FrameUnit::kNone;
  bool has_to = false;  // BETWEEN from AND to
  FrameBound from, to;
  FrameExclude exclude = FrameExclude::kNone;
  uint32_t offset = 0;  // of OVER, of the definition
};

struct FunctionExpr : Expr {
  List<Expr*> args;
  List<OrderTerm> order_by;  // f(args ORDER BY ...)
  Expr* filter = nullptr;    // FILTER (WHERE ...)
  Window* over = nullptr;
  bool distinct = false;
  bool star = false;     // f(*)
  bool keyword = false;  // CURRENT_DATE, CURRENT_TIME, CURRENT_TIMESTAMP: no parentheses
};

inline const ColumnExpr* Expr::AsColumn() const {
  DOSQL_ASSERT(kind == ExprKind::kColumn);
  return static_cast<const ColumnExpr*>(this);
}
inline const TernaryExpr* Expr::AsTernary() const {
  DOSQL_ASSERT(kind == ExprKind::kLike || kind == ExprKind::kBetween);
  return static_cast<const TernaryExpr*>(this);
}
inline const ListExpr* Expr::AsList() const {
  DOSQL_ASSERT(kind >= ExprKind::kCase && kind <= ExprKind::kRowValue);
  return static_cast<const ListExpr*>(this);
}
inline const FunctionExpr* Expr::AsFunction() const {
  DOSQL_ASSERT(kind == ExprKind::kFunction);
  return static_cast<const FunctionExpr*>(this);
}

// ---------------------------------------------------------------------------------------- select

enum class Materialized : uint8_t { kDefault, kYes, kNo };

struct Cte {
  Name name;
  List<Name> columns;
  Select* select = nullptr;
  Materialized materialized = Materialized::kDefault;
};

struct With {
  List<Cte> ctes;
  bool recursive = false;
  uint32_t offset = 0;
};

struct ResultColumn {
  Expr* expr = nullptr;    // null for * and t.*
  std::string_view table;  // t.*; empty for *
  std::string_view alias;  // empty when has_alias is false
  std::string_view text;   // the expression as written: the column's name when it has no alias
  bool has_alias = false;
  bool is_row = false;     // every column of a row-valued query; UPDATE's binder writes it
  uint32_t offset = 0;
};

enum class JoinKind : uint8_t { kFirst, kComma, kInner, kCross, kLeft, kRight, kFull };
enum class FromKind : uint8_t { kTable, kFunction, kSubquery, kGroup };

// One operand of FROM with the join that ties it to everything before it: joins associate left.
struct FromItem {
  FromKind kind = FromKind::kTable;
  JoinKind join = JoinKind::kFirst;
  bool natural = false;
  bool not_indexed = false;
  bool has_using = false;
  bool has_alias = false;
  QualifiedName table;          // kTable, kFunction
  std::string_view alias;
  std::string_view indexed_by;
  List<Expr*> args;             // kFunction
  Select* select = nullptr;     // kSubquery
  List<FromItem> group;         // kGroup: a join in parentheses
  Expr* on = nullptr;
  List<Name> using_columns;
  uint32_t offset = 0;
};

enum class CompoundOp : uint8_t { kFirst, kUnion, kUnionAll, kIntersect, kExcept };

struct SelectCore {
  CompoundOp op = CompoundOp::kFirst;  // ties it to everything before it
  bool distinct = false;
  bool is_values = false;
  uint32_t offset = 0;
  List<List<Expr*>> values;  // is_values: rows of equal length
  List<ResultColumn> columns;
  List<FromItem> from;
  Expr* where = nullptr;
  List<Expr*> group_by;
  Expr* having = nullptr;
  List<Window> windows;
};

struct Select {
  With* with = nullptr;
  List<SelectCore> cores;  // at least one; compounds associate left
  List<OrderTerm> order_by;
  Expr* limit = nullptr;
  Expr* offset_expr = nullptr;  // OFFSET
  uint16_t height = 1;          // of its highest expression
  uint32_t offset = 0;
};

// ------------------------------------------------------------------------------------ statements

enum class StatementKind : uint8_t {
  kCreateTable, kCreateIndex, kDrop, kInsert, kSelect, kUpdate, kDelete, kBegin, kCommit,
  kRollback, kSavepoint, kRelease, kPragma, kAnalyze, kReindex, kVacuum, kCreateView,
  kAlterTable, kReplicationSlot,
  kRefused,
};
enum class Explain : uint8_t { kNone, kProgram, kQueryPlan, kAnalyze };

struct ParameterName {
  std::string_view text;  // with its prefix: ":a", "@a", "$a", "?5"
  uint32_t index = 0;     // 1-based
  uint32_t next = 0;      // the parser's own
};

struct Statement {
  StatementKind kind;
  Explain explain = Explain::kNone;
  bool explain_json = false;  // FORMAT JSON
  uint32_t offset = 0;
  uint32_t param_count = 0;          // the largest parameter number
  List<ParameterName> param_names;   // named ones and ?N, in order of first use
  std::string_view text;             // from the first token (after EXPLAIN) to the last, no ';'
  explicit Statement(StatementKind k) : kind(k) {}
};

enum class Conflict : uint8_t { kNone, kRollback, kAbort, kFail, kIgnore, kReplace };
enum class ForeignAction : uint8_t { kNoAction, kRestrict, kSetNull, kSetDefault, kCascade };
enum class Deferral : uint8_t { kNone, kNotDeferrable, kImmediate, kDeferred };

struct ForeignKey {
  Name parent;
  List<Name> parent_columns;  // empty: the parent's primary key
  ForeignAction on_delete = ForeignAction::kNoAction;
  ForeignAction on_update = ForeignAction::kNoAction;
  Deferral deferral = Deferral::kNone;  // kImmediate: DEFERRABLE [INITIALLY IMMEDIATE]
  std::string_view match;               // parsed, without effect
};

enum class ConstraintKind : uint8_t {
  kNull,        // NULL, without effect
  kNotNull,     // conflict
  kPrimaryKey,  // column: desc, autoincrement; table: columns, autoincrement; conflict
  kUnique,      // table: columns; conflict
  kCheck,       // expr, text; conflict
  kDefault,     // column: expr, text
  kCollate,     // column: text
  kForeignKey,  // table: child_columns; foreign_key
  kGenerated,   // column: expr, text, stored
};

struct Constraint {
  ConstraintKind kind = ConstraintKind::kNull;
  Conflict conflict = Conflict::kNone;
  bool desc = false;
  bool asc = false;
  bool autoincrement = false;
  bool stored = false;
  uint32_t offset = 0;
  Name name;              // CONSTRAINT name; empty text when not written
  Expr* expr = nullptr;
  std::string_view text;  // the expression as written, without its parentheses
  List<OrderTerm> columns;
  List<Name> child_columns;
  ForeignKey* foreign_key = nullptr;
};

struct ColumnDef {
  Name name;
  std::string_view type;  // as written; empty when none
  List<Constraint> constraints;
};

struct CreateTable : Statement {
  QualifiedName table;
  bool temp = false, if_not_exists = false, without_rowid = false, strict = false;
  List<ColumnDef> columns;
  uint32_t columns_end = 0;  // where the token after the last column begins
  List<Constraint> constraints;
  Select* as_select = nullptr;  // then columns is empty
  CreateTable() : Statement(StatementKind::kCreateTable) {}
};

struct CreateIndex : Statement {
  QualifiedName index;
  Name table;
  bool unique = false, if_not_exists = false;
  List<OrderTerm> columns;
  Expr* where = nullptr;
  std::string_view where_text;
  CreateIndex() : Statement(StatementKind::kCreateIndex) {}
};

struct CreateView : Statement {
  QualifiedName view;
  bool temp = false, if_not_exists = false;
  List<Name> columns;  // empty: the query's own names
  Select* select = nullptr;
  CreateView() : Statement(StatementKind::kCreateView) {}
};

enum class AlterKind : uint8_t { kRenameTable, kRenameColumn, kAddColumn, kDropColumn };

struct AlterTable : Statement {
  AlterKind alter = AlterKind::kRenameTable;
  QualifiedName table;
  Name column;                  // kRenameColumn, kDropColumn
  Name to;                      // kRenameTable, kRenameColumn
  ColumnDef added;              // kAddColumn
  std::string_view added_text;  // as written
  AlterTable() : Statement(StatementKind::kAlterTable) {}
};

enum class ObjectKind : uint8_t { kTable, kIndex, kView };

struct Drop : Statement {
  ObjectKind object = ObjectKind::kTable;
  bool if_exists = false;
  QualifiedName name;
  Drop() : Statement(StatementKind::kDrop) {}
};

// column = value, or (column, column) = row value
struct Assignment {
  List<Name> columns;
  bool is_row = false;
  Expr* value = nullptr;
  uint32_t offset = 0;
};

struct Upsert {
  List<OrderTerm> target;  // empty: any conflict
  Expr* target_where = nullptr;
  bool do_update = false;  // else DO NOTHING
  List<Assignment> assignments;
  Expr* where = nullptr;
  uint32_t offset = 0;
};

struct Insert : Statement {
  With* with = nullptr;
  Conflict conflict = Conflict::kNone;  // REPLACE INTO: kReplace
  QualifiedName table;
  std::string_view alias;
  List<Name> columns;
  Select* source = nullptr;  // VALUES too; null: DEFAULT VALUES
  List<Upsert> upserts;
  List<ResultColumn> returning;
  Insert() : Statement(StatementKind::kInsert) {}
};

struct SelectStatement : Statement {
  Select* select = nullptr;
  SelectStatement() : Statement(StatementKind::kSelect) {}
};

struct Update : Statement {
  With* with = nullptr;
  Conflict conflict = Conflict::kNone;
  FromItem table;  // kTable: name, alias, indexed_by
  List<Assignment> assignments;
  List<FromItem> from;
  Expr* where = nullptr;
  List<ResultColumn> returning;
  List<OrderTerm> order_by;
  Expr* limit = nullptr;
  Expr* offset_expr = nullptr;
  Update() : Statement(StatementKind::kUpdate) {}
};

struct Delete : Statement {
  With* with = nullptr;
  FromItem table;  // kTable: name, alias, indexed_by
  Expr* where = nullptr;
  List<ResultColumn> returning;
  List<OrderTerm> order_by;
  Expr* limit = nullptr;
  Expr* offset_expr = nullptr;
  Delete() : Statement(StatementKind::kDelete) {}
};

enum class BeginMode : uint8_t { kDeferred, kImmediate, kExclusive, kConcurrent, kReadOnly };

struct Begin : Statement {
  BeginMode mode = BeginMode::kDeferred;
  Begin() : Statement(StatementKind::kBegin) {}
};

// COMMIT, END
struct Commit : Statement {
  Commit() : Statement(StatementKind::kCommit) {}
};

// kRollback (name empty: the whole transaction), kSavepoint, kRelease
struct SavepointStatement : Statement {
  Name name;
  bool has_name = false;
  explicit SavepointStatement(StatementKind k) : Statement(k) {}
};

struct Pragma : Statement {
  QualifiedName name;
  bool has_value = false;
  bool is_number = false;   // value is a number as written, with its sign
  std::string_view value;   // unescaped name or string, keyword, or number
  uint32_t value_offset = 0;
  Pragma() : Statement(StatementKind::kPragma) {}
};

// A statement that parses and is refused when it is compiled: "<feature> not supported yet".
struct Refused : Statement {
  const char* feature = "";
  uint32_t at = 0;
  Refused() : Statement(StatementKind::kRefused) {}
};

enum class SlotAction : uint8_t { kCreate, kDrop, kAdvance };

// CREATE REPLICATION SLOT, DROP REPLICATION SLOT, ALTER REPLICATION SLOT ... ADVANCE TO
struct ReplicationSlot : Statement {
  SlotAction action = SlotAction::kCreate;
  bool if_exists = false;
  bool with_copy = false;
  Name name;
  List<Name> tables;              // empty: all of them
  Expr* where = nullptr;          // kCreate: which rows of them
  std::string_view where_text;    // as it was written
  Expr* position = nullptr;       // kAdvance: a blob literal
  ReplicationSlot() : Statement(StatementKind::kReplicationSlot) {}
};

// kAnalyze, kReindex: name.name is empty when none was written. kVacuum: name.name is the schema.
struct Maintenance : Statement {
  QualifiedName name;
  Expr* into = nullptr;  // VACUUM INTO
  explicit Maintenance(StatementKind k) : Statement(k) {}
};

}  // namespace dosql::sql
