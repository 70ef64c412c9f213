// Tokens, names, errors, dispatch by the first word, and the statements of a line or two.
#include "core/sql/parser.h"

#include <cstring>
#include <string>

#include "core/sql/parser_impl.h"
#include "core/sql/syntax_hint.h"

namespace dosql::sql {
namespace {

// Of a token in a message; the rest is cut off at a character's boundary.
constexpr size_t kQuotedBytesMax = 256;

std::string_view Shorten(std::string_view text) {
  if (text.size() <= kQuotedBytesMax) return text;
  size_t n = kQuotedBytesMax;
  while (n > kQuotedBytesMax - 4 && (static_cast<uint8_t>(text[n]) & 0xc0) == 0x80) n--;
  return text.substr(0, n);
}

}  // namespace

Parser::Parser(Arena* arena, Diag* diag, std::string_view sql)
    : arena_(arena), diag_(diag), lexer_(sql) {
  Advance();
}

// ---------------------------------------------------------------------------------------- tokens

void Parser::Advance() {
  if (failed()) return;
  prev_ = tok_;
  tok_ = lexer_.Next();
  switch (tok_.kind) {
    // These three are keywords only where nothing else is possible, so that they stay free as
    // names.
    case Tok::kWindow: {
      bool defines = IsName(PeekKind(1), NameRule::kAny) && PeekKind(2) == Tok::kAs;
      if (!defines) tok_.kind = Tok::kId;
      break;
    }
    case Tok::kOver: {
      Tok next = PeekKind();
      bool applies = prev_.kind == Tok::kRightParen &&
                     (next == Tok::kLeftParen || IsName(next, NameRule::kAny));
      if (!applies) tok_.kind = Tok::kId;
      break;
    }
    case Tok::kFilter:
      if (prev_.kind != Tok::kRightParen || PeekKind() != Tok::kLeftParen) tok_.kind = Tok::kId;
      break;
    default: break;
  }
  CheckLength();
}

void Parser::CheckLength() {
  if (tok_.end() <= limit_ || Is(Tok::kEof) || Is(Tok::kSemicolon)) return;
  Token at;
  at.offset = start_;
  Fail(Code::kTooBig, "statement too long", at, "a statement may have 1000000 bytes");
}

bool Parser::Accept(Tok kind) {
  if (tok_.kind != kind) return false;
  Advance();
  return true;
}

bool Parser::Expect(Tok kind) {
  if (Accept(kind)) return true;
  SyntaxError();
  return false;
}

Token Parser::Peek(uint32_t n) const {
  Lexer ahead = lexer_;
  Token t;
  while (n-- > 0) t = ahead.Next();
  return t;
}

bool Parser::IsName(Tok kind, NameRule rule) {
  if (kind == Tok::kId || kind == Tok::kString) return true;
  if (kind < kFirstKeyword) return false;
  WordClass c = ClassOf(kind);
  return c == WordClass::kFallback || (c == WordClass::kJoinWord && rule == NameRule::kAny);
}

bool Parser::IsWord(std::string_view word) const {
  return Is(Tok::kId) && EqualNoCase(tok_.text, word);
}

bool Parser::PeekWord(std::string_view word, uint32_t n) const {
  return EqualNoCase(Peek(n).text, word);
}

std::string_view Parser::TextFrom(uint32_t start) const {
  if (failed()) return {};
  std::string_view text = lexer_.sql().substr(start, tok_.offset - start);
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  return text;
}

// --------------------------------------------------------------------------------------- failing

void Parser::Fail(Code code, const char* before, const std::string_view& name, const char* after,
                  const Token& at, const char* hint) {
  if (failed()) return;
  std::string message(before);
  message += Shorten(name);
  message += after;
  status_ = diag_->Set(code, std::move(message), at.offset, at.text, hint);
  tok_.kind = Tok::kError;
}

void Parser::Fail(Code code, const char* message, const Token& at, const char* hint) {
  Fail(code, message, std::string_view(), "", at, hint);
}

void Parser::SyntaxError() {
  if (failed()) return;
  Token at = tok_;
  if (Is(Tok::kIllegal)) {
    Fail(Code::kSyntax, "unrecognized token: \"", at.text, "\"", at, IllegalTokenHint(at));
    return;
  }
  std::string hint = SyntaxHint(lexer_.sql(), start_, prev_, at);
  if (Is(Tok::kEof)) {
    Fail(Code::kSyntax, "incomplete input", at, hint.c_str());
  } else {
    Fail(Code::kSyntax, "near \"", at.text, "\": syntax error", at, hint.c_str());
  }
}

void Parser::Unsupported(const char* what) {
  Fail(Code::kUnsupported, what, std::string_view(), " not supported yet", tok_);
}

void Parser::TooMany(const char* what) { Fail(Code::kTooBig, "too many ", what, "", tok_); }

void Parser::NoMemory() {
  Fail(Code::kNoMemory, "out of memory", tok_,
       "the statement's syntax tree does not fit in the memory budget");
}

bool Parser::Nest() {
  if (failed()) return false;
  if (++depth_ <= kNestingMax) return true;
  Fail(Code::kTooDeep, "parser stack overflow", tok_,
       "expressions, subqueries and joins may nest 200 deep");
  return false;
}

void* Parser::AppendBytes(void* data, uint32_t* size, const void* value, size_t element_size) {
  if (failed()) return data;
  size_t used = *size * element_size;
  if ((*size & (*size - 1)) == 0) {  // 0, 1, 2, 4, 8... elements fill their array
    void* p = arena_->Allocate(used == 0 ? element_size : 2 * used);
    if (p == nullptr) {
      NoMemory();
      return data;
    }
    if (used != 0) std::memcpy(p, data, used);
    data = p;
  }
  std::memcpy(static_cast<char*>(data) + used, value, element_size);
  ++*size;
  return data;
}

// ----------------------------------------------------------------------------------------- names

std::string_view Parser::Unquote(std::string_view text) {
  char quote = text[0];
  if (quote != '\'' && quote != '"' && quote != '`' && quote != '[') return text;
  text = text.substr(1, text.size() - 2);
  if (quote == '[' || text.find(quote) == std::string_view::npos) return text;
  char* copy = static_cast<char*>(arena_->Allocate(text.size()));
  if (copy == nullptr) {
    NoMemory();
    return {};
  }
  size_t n = 0;
  for (size_t i = 0; i < text.size(); i++) {
    copy[n++] = text[i];
    if (text[i] == quote) i++;  // the second of two
  }
  return {copy, n};
}

std::string_view Parser::ParseNameText(NameRule rule) {
  if (!IsName(tok_.kind, rule)) {
    SyntaxError();
    return {};
  }
  std::string_view text = Unquote(tok_.text);
  Advance();
  return text;
}

bool Parser::ParseName(Name* name, NameRule rule) {
  name->offset = tok_.offset;
  name->text = ParseNameText(rule);
  return !failed();
}

bool Parser::ParseQualifiedName(QualifiedName* name) {
  name->offset = name->name_offset = tok_.offset;
  name->name = ParseNameText();
  if (Accept(Tok::kDot)) {
    name->schema = name->name;
    name->name_offset = tok_.offset;
    name->name = ParseNameText();
  }
  return !failed();
}

void Parser::ParseNameList(List<Name>* names) {
  Expect(Tok::kLeftParen);
  do {
    Name name;
    ParseName(&name);
    if (names->size >= kColumnsMax) TooMany("columns in list");
    Append(names, name);
  } while (Accept(Tok::kComma));
  Expect(Tok::kRightParen);
}

// ------------------------------------------------------------------------------------ statements

Statement* Parser::ParseOne() {
  while (Is(Tok::kSemicolon)) Advance();
  start_ = tok_.offset;
  limit_ = start_ + kSqlBytesMax;
  CheckLength();
  Statement* s = nullptr;
  if (!Is(Tok::kEof)) {
    Explain explain = Explain::kNone;
    bool json = false;
    s = ParseExplained(&explain, &json);
    if (!Is(Tok::kSemicolon) && !Is(Tok::kEof)) SyntaxError();
    if (failed()) return nullptr;
    s->explain = explain;
    s->explain_json = json;
    s->param_count = param_count_;
    s->param_names = param_names_;
    s->text = lexer_.sql().substr(s->offset, prev_.end() - s->offset);
  }
  consumed_ = failed() ? 0 : tok_.end();
  return failed() ? nullptr : s;
}

Expr* Parser::ParseOnlyExpr() {
  limit_ = kSqlBytesMax;
  CheckLength();
  Expr* e = ParseExpr();
  if (!Is(Tok::kEof)) SyntaxError();
  return failed() ? nullptr : e;
}

Statement* Parser::ParseExplained(Explain* explain, bool* json) {
  if (!Accept(Tok::kExplain)) return ParseStatement();
  *explain = Explain::kProgram;
  if (Is(Tok::kQuery)) {
    Advance();
    Expect(Tok::kPlan);
    *explain = Explain::kQueryPlan;
  } else if (Is(Tok::kAnalyze)) {
    // Alone, ANALYZE is the statement to explain.
    Token next = Peek();
    Tok after = PeekKind(2);
    bool named = after == Tok::kEof || after == Tok::kSemicolon || after == Tok::kDot;
    if (next.kind == Tok::kSelect || next.kind == Tok::kInsert || next.kind == Tok::kUpdate ||
        next.kind == Tok::kDelete || next.kind == Tok::kValues ||
        ((next.kind == Tok::kWith || next.kind == Tok::kReplace) && !named) ||
        (EqualNoCase(next.text, "format") && PeekWord("json", 2))) {
      Advance();
      *explain = Explain::kAnalyze;
    }
  }
  if (IsWord("format") && PeekWord("json")) {
    Advance();
    Advance();
    *json = true;
  }
  return ParseStatement();
}

Statement* Parser::ParseStatement() {
  uint32_t offset = tok_.offset;
  Statement* s = nullptr;
  switch (tok_.kind) {
    case Tok::kSelect:
    case Tok::kValues:
    case Tok::kWith:
    case Tok::kInsert:
    case Tok::kReplace:
    case Tok::kUpdate:
    case Tok::kDelete: s = ParseWithStatement(); break;
    case Tok::kCreate: s = ParseCreate(); break;
    case Tok::kDrop: s = ParseDrop(); break;
    case Tok::kBegin: s = ParseBegin(); break;
    case Tok::kCommit:
    case Tok::kEnd:
      Advance();
      AcceptTransactionWord();
      s = New<Commit>();
      break;
    case Tok::kRollback: s = ParseSavepoint(StatementKind::kRollback); break;
    case Tok::kSavepoint: s = ParseSavepoint(StatementKind::kSavepoint); break;
    case Tok::kRelease: s = ParseSavepoint(StatementKind::kRelease); break;
    case Tok::kPragma: s = ParsePragma(); break;
    case Tok::kAnalyze: s = ParseMaintenance(StatementKind::kAnalyze); break;
    case Tok::kReindex: s = ParseMaintenance(StatementKind::kReindex); break;
    case Tok::kVacuum: s = ParseMaintenance(StatementKind::kVacuum); break;
    case Tok::kAlter: s = ParseAlter(); break;
    case Tok::kAttach:
    case Tok::kDetach: s = ParseAttach(); break;
    default:
      if (IsWord("show") && PeekWord("replication") && PeekWord("slots", 2)) {
        s = ParseShowSlots();
      } else if (IsWord("merge") && PeekWord("branch")) {
        Unsupported("branches are");
      } else {
        SyntaxError();
      }
  }
  if (s != nullptr) s->offset = offset;
  return s;
}

Statement* Parser::ParseWithStatement() {
  With* with = ParseWith();
  switch (tok_.kind) {
    case Tok::kInsert:
    case Tok::kReplace: return ParseInsert(with);
    case Tok::kUpdate: return ParseUpdate(with);
    case Tok::kDelete: return ParseDelete(with);
    default: break;
  }
  SelectStatement* s = New<SelectStatement>();
  if (s == nullptr) return nullptr;
  s->select = ParseSelectAfterWith(with);
  return s;
}

// After CREATE or DROP: names what only this dialect has. False when it is something else.
bool Parser::RefuseOurs() {
  if (IsWord("branch")) {
    Unsupported("branches are");
  } else if (IsWord("sequence")) {
    Unsupported("sequences are");
  } else if (IsWord("vindex") || IsWord("vschema") || IsWord("keyspace")) {
    Unsupported("sharded tables (VINDEX, VSCHEMA, KEYSPACE) are");
  }
  return failed();
}

// TRANSACTION, perhaps with a name that means nothing
void Parser::AcceptTransactionWord() {
  if (Accept(Tok::kTransaction) && IsName(tok_.kind, NameRule::kAny)) Advance();
}

Statement* Parser::ParseBegin() {
  Begin* s = New<Begin>();
  if (s == nullptr) return nullptr;
  Advance();
  if (Accept(Tok::kImmediate)) {
    s->mode = BeginMode::kImmediate;
  } else if (Accept(Tok::kExclusive)) {
    s->mode = BeginMode::kExclusive;
  } else if (IsWord("concurrent")) {
    Advance();
    s->mode = BeginMode::kConcurrent;
  } else if (IsWord("read") && PeekWord("only")) {
    Advance();
    Advance();
    s->mode = BeginMode::kReadOnly;
  } else {
    Accept(Tok::kDeferred);
  }
  AcceptTransactionWord();
  return s;
}

// ROLLBACK [TRANSACTION] [TO [SAVEPOINT] name], SAVEPOINT name, RELEASE [SAVEPOINT] name
Statement* Parser::ParseSavepoint(StatementKind kind) {
  SavepointStatement* s = New<SavepointStatement>(kind);
  if (s == nullptr) return nullptr;
  Advance();
  if (kind == StatementKind::kRollback) {
    AcceptTransactionWord();
    if (!Accept(Tok::kTo)) return s;
  }
  if (kind != StatementKind::kSavepoint && Is(Tok::kSavepoint)) Advance();
  s->has_name = true;
  ParseName(&s->name);
  return s;
}

Statement* Parser::ParsePragma() {
  Pragma* s = New<Pragma>();
  if (s == nullptr) return nullptr;
  Advance();
  ParseQualifiedName(&s->name);
  bool paren = Accept(Tok::kLeftParen);
  if (!paren && !Accept(Tok::kEq)) return s;
  s->has_value = true;
  s->value_offset = tok_.offset;
  bool minus = Accept(Tok::kMinus);
  bool sign = minus || Accept(Tok::kPlus);
  if (Is(Tok::kInteger) || Is(Tok::kReal)) {
    s->is_number = true;
    s->value = NumberText(tok_);
    Advance();
    if (minus &&
        !failed()) {  // blanks may stand between the sign and the digits, so a view will not do
      char* copy = static_cast<char*>(arena_->Allocate(s->value.size() + 1));
      if (copy == nullptr) {
        NoMemory();
        return nullptr;
      }
      copy[0] = '-';
      std::memcpy(copy + 1, s->value.data(), s->value.size());
      s->value = {copy, s->value.size() + 1};
    }
  } else if (!sign && (Is(Tok::kOn) || Is(Tok::kDelete) || Is(Tok::kDefault))) {
    s->value = tok_.text;
    Advance();
  } else if (sign) {
    SyntaxError();
  } else {
    s->value = ParseNameText();
  }
  if (paren) Expect(Tok::kRightParen);
  return s;
}

// ANALYZE [name], REINDEX [name], VACUUM [schema] [INTO expr]
Statement* Parser::ParseMaintenance(StatementKind kind) {
  Maintenance* s = New<Maintenance>(kind);
  if (s == nullptr) return nullptr;
  Advance();
  if (kind != StatementKind::kVacuum) {
    if (IsName(tok_.kind, NameRule::kAny)) ParseQualifiedName(&s->name);
    return s;
  }
  if (IsName(tok_.kind, NameRule::kAny)) {
    s->name.offset = s->name.name_offset = tok_.offset;
    s->name.name = ParseNameText();
  }
  if (Accept(Tok::kInto)) s->into = ParseExpr();
  return s;
}

// ----------------------------------------------------------------------------------------- entry

namespace {

Status CheckSize(Diag* diag, std::string_view sql) {
  if (sql.size() <= (uint32_t{1} << 30)) return Status::Ok();
  return diag->Set(Code::kTooBig, "statement too long", 0);
}

}  // namespace

Result<Statement*> ParseStatement(Arena* arena, Diag* diag, std::string_view sql,
                                  uint32_t* consumed) {
  DOSQL_TRY(CheckSize(diag, sql));
  Parser parser(arena, diag, sql);
  Statement* s = parser.ParseOne();
  DOSQL_TRY(parser.status());
  *consumed = parser.consumed();
  return s;
}

Result<Expr*> ParseExpression(Arena* arena, Diag* diag, std::string_view sql) {
  DOSQL_TRY(CheckSize(diag, sql));
  Parser parser(arena, diag, sql);
  Expr* e = parser.ParseOnlyExpr();
  DOSQL_TRY(parser.status());
  return e;
}

}  // namespace dosql::sql
