#include "core/engine/create_table_as.h"

#include <algorithm>
#include <vector>

#include "core/bind/binder.h"
#include "core/sql/lexer.h"
#include "core/type/compare.h"

namespace dosql {
namespace {

std::string_view TypeOf(const BoundOutput& column) {
  if (!column.traits.has_affinity) return "";
  switch (column.traits.affinity) {
    case Affinity::kText: return " TEXT";
    case Affinity::kNumeric: return " NUM";
    case Affinity::kInteger: return " INT";
    case Affinity::kReal: return " REAL";
    default: return "";
  }
}

// Bytes in quotes.
size_t QuotedSize(std::string_view name) {
  return name.size() + 2 + static_cast<size_t>(std::count(name.begin(), name.end(), '"'));
}

// SQLite breaks longer definitions into lines.
constexpr size_t kOneLineMax = 50;

}  // namespace

std::string QuotedIfNeeded(std::string_view name) {
  bool plain = !name.empty() && !(name[0] >= '0' && name[0] <= '9') &&
               sql::FindKeyword(name) == sql::Tok::kId;
  for (char c : name)
    plain = plain && (c == '_' || (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z'));
  if (plain) return std::string(name);
  std::string quoted = "\"";
  for (char c : name) {
    quoted += c;
    if (c == '"') quoted += c;
  }
  return quoted + "\"";
}

std::string UniqueName(std::string_view stem, const std::vector<std::string>& names) {
  return UniqueName(stem, [&](std::string_view name) {
    for (const std::string& other : names)
      if (EqualsIgnoringCase(other, name)) return true;
    return false;
  });
}

std::string CreateTableText(std::string_view table, const sql::List<BoundOutput>& columns) {
  std::vector<std::string> names;
  size_t size = QuotedSize(table);
  for (uint32_t i = 0; i < columns.size; i++) {
    std::string name(columns[i].name);
    if (name.empty()) name = "column" + std::to_string(i + 1);
    name = UniqueName(name, names);
    size += QuotedSize(name) + 5;
    names.push_back(std::move(name));
  }
  bool lines = size >= kOneLineMax;
  std::string text = Words({"CREATE TABLE ", QuotedIfNeeded(table), "("});
  for (uint32_t i = 0; i < columns.size; i++) {
    if (i > 0) text += ',';
    if (lines) text += "\n  ";
    text += QuotedIfNeeded(names[i]);
    text += TypeOf(columns[i]);
  }
  return text + (lines ? "\n)" : ")");
}

}  // namespace dosql
