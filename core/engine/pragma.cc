// PRAGMA as a statement: what may be set, and to what.
#include "core/engine/session.h"
#include "core/sql/lexer.h"
#include "core/table/schema_store.h"
#include "core/type/compare.h"
#include "core/type/number_text.h"

namespace dosql {
namespace {

// As SQLite reads a number, a switch or a level.
int64_t SettingValue(std::string_view text) {
  static constexpr struct {
    const char* word;
    int64_t value;
  } kWords[] = {{"on", 1},    {"yes", 1},  {"true", 1},   {"full", 2},        {"normal", 1},
                {"extra", 3}, {"file", 1}, {"memory", 2}, {"incremental", 2}, {"fast", 2}};
  for (const auto& w : kWords)
    if (EqualsIgnoringCase(text, w.word)) return w.value;
  return ParseIntegerPrefix(text);
}

bool Is(const RowSource& pragma, std::string_view name) { return pragma.name == name; }

// Settings that would change answers: SQLite's default is the only value.
bool MustStay(const RowSource& pragma) {
  for (const char* name : {"case_sensitive_like", "count_changes", "empty_result_callbacks",
                           "full_column_names", "ignore_check_constraints", "legacy_alter_table",
                           "reverse_unordered_selects", "short_column_names", "writable_schema"})
    if (Is(pragma, name)) return true;
  return false;
}

// Setting these answers with the value.
bool AnswersWhenSet(const RowSource& pragma) {
  switch (pragma.kind) {
    case PragmaKind::kJournalMode:
    case PragmaKind::kLockingMode:
    case PragmaKind::kWalCheckpoint:
    case PragmaKind::kBusyTimeout: return true;
    case PragmaKind::kSetting:
      for (const char* name :
           {"analysis_limit", "hard_heap_limit", "journal_size_limit", "max_page_count",
            "mmap_size", "secure_delete", "soft_heap_limit", "threads", "wal_autocheckpoint"})
        if (Is(pragma, name)) return true;
      return false;
    default: return false;
  }
}

// PRAGMAs whose value is an argument and not something to set.
bool TakesArgument(PragmaKind kind) { return kind <= PragmaKind::kIntegrityCheck; }

bool IsNumber(PragmaKind kind) {
  return kind == PragmaKind::kUserVersion || kind == PragmaKind::kApplicationId;
}

// As SQLite reads such a number: no blanks before it, maybe hexadecimal, and what 32 bits do not
// hold is 0.
int32_t NumberOf(std::string_view text) {
  if (text.empty() || static_cast<uint8_t>(text[0]) <= ' ') return 0;
  if (text.size() < 3 || text[0] != '0' || (text[1] | 32) != 'x') {
    int64_t value = ParseIntegerPrefix(text);
    return value == static_cast<int32_t>(value) ? static_cast<int32_t>(value) : 0;
  }
  int64_t value = 0;
  for (char c : text.substr(2)) {
    int digit = sql::HexDigit(c);
    if (digit < 0) break;
    value = value * 16 + digit;
    if (value > INT32_MAX) return 0;
  }
  return static_cast<int32_t>(value);
}

}  // namespace

Status CheckPragma(Session* s, const sql::Pragma& pragma, const RowSource** source) {
  *source = nullptr;
  if (!pragma.name.schema.empty() && !EqualsIgnoringCase(pragma.name.schema, "main"))
    return s->diag.Set(Code::kUnsupported,
                       Words({"schema ", pragma.name.schema, " is not supported yet"}),
                       pragma.name.offset, pragma.name.schema, "only main exists");
  const RowSource* found = FindPragma(pragma.name.name);
  if (found == nullptr) return Status::Ok();  // as in SQLite, an unknown PRAGMA does nothing
  if (TakesArgument(found->kind) || !pragma.has_value) {
    if (found->kind != PragmaKind::kNothing) *source = found;
    return Status::Ok();
  }
  auto refuse = [&](std::string_view what) {
    return s->diag.Set(Code::kUnsupported, Words({what, " not supported yet"}), pragma.value_offset,
                       pragma.value);
  };
  int64_t value = SettingValue(pragma.value);
  if (found->kind == PragmaKind::kForeignKeys && value != 0)
    return refuse("foreign-key enforcement is");
  if (found->kind == PragmaKind::kSchemaVersion) return refuse("setting PRAGMA schema_version is");
  if (MustStay(*found) && (value != 0) != (found->value != 0))
    return refuse(Words({"PRAGMA ", found->name, " = ", pragma.value, " is"}));
  if (found->kind == PragmaKind::kEncoding && !EqualsIgnoringCase(pragma.value, "utf-8") &&
      !EqualsIgnoringCase(pragma.value, "utf8"))
    return refuse(Words({"encoding ", pragma.value, " is"}));
  if (AnswersWhenSet(*found)) *source = found;
  return Status::Ok();
}

bool PragmaWrites(const sql::Pragma& pragma) {
  const RowSource* found = FindPragma(pragma.name.name);
  return pragma.has_value && found != nullptr && IsNumber(found->kind);
}

Status WritePragma(Session* s, const sql::Pragma& pragma) {
  SchemaNumbers numbers = s->catalog->numbers();
  int32_t number = NumberOf(pragma.value);
  if (FindPragma(pragma.name.name)->kind == PragmaKind::kUserVersion)
    numbers.user_version = number;
  else
    numbers.application_id = number;
  return SchemaStore(&s->write).SetNumbers(numbers);
}

Status RunPragma(Session* s, const sql::Pragma& pragma, const RowSource* source, Arena* arena,
                 RowList* rows) {
  const RowSource* found = FindPragma(pragma.name.name);
  if (found == nullptr) return Status::Ok();
  if (pragma.has_value && found->kind == PragmaKind::kQueryOnly)
    s->query_only = SettingValue(pragma.value) != 0;
  if (pragma.has_value &&
      (found->kind == PragmaKind::kSetting || found->kind == PragmaKind::kBusyTimeout)) {
    int64_t value = SettingValue(pragma.value);
    // 0 and less only ask.
    bool known = Is(*found, "max_page_count") && value < 1;
    for (PragmaSetting& setting : s->settings) {
      if (setting.pragma != found) continue;
      setting.value = value;
      known = true;
    }
    if (!known) s->settings.push_back({found, value});
  }
  if (found->kind == PragmaKind::kWalCheckpoint && !s->explicit_transaction) {
    DOSQL_TRY(s->redo.Flush());
    DOSQL_TRY(s->store->Checkpoint());
  }
  if (source == nullptr) return Status::Ok();
  Value argument = Value::Text(pragma.value);
  return s->pragmas.Rows(*source, &argument, pragma.has_value ? 1 : 0, arena, rows);
}

}  // namespace dosql
