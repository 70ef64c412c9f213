#include "core/plan/access_path.h"

namespace dosql {
namespace {

// `column op value` with the column of source s on the left.
struct Bound {
  ExprOp op;
  uint32_t column;
  BoundExpr* value;
  ComparisonRule rule;
};

ExprOp Mirror(ExprOp op) {
  switch (op) {
    case ExprOp::kLt: return ExprOp::kGt;
    case ExprOp::kLe: return ExprOp::kGe;
    case ExprOp::kGt: return ExprOp::kLt;
    case ExprOp::kGe: return ExprOp::kLe;
    default: return op;
  }
}

bool IsColumnOf(const BoundExpr& e, uint32_t s) { return e.op == ExprOp::kColumn && e.source == s; }

// Reads a conjunct as bounds on a column of s by values known beforehand; at most two (BETWEEN).
int ReadBounds(const BoundExpr& e, uint32_t s, uint64_t known, Bound out[2]) {
  auto usable = [&](const BoundExpr& value) {
    return (SourcesOf(value) & ~known) == 0 && (value.flags & kExprImpure) == 0;
  };
  switch (e.op) {
    case ExprOp::kEq:
    case ExprOp::kLt:
    case ExprOp::kLe:
    case ExprOp::kGt:
    case ExprOp::kGe:
      if (IsColumnOf(*e.args[0], s) && usable(*e.args[1])) {
        out[0] = {e.op, e.args[0]->index, e.args[1], e.rules[0]};
        return 1;
      }
      if (IsColumnOf(*e.args[1], s) && usable(*e.args[0])) {
        out[0] = {Mirror(e.op), e.args[1]->index, e.args[0], e.rules[0]};
        return 1;
      }
      return 0;
    case ExprOp::kBetween:
      if (!IsColumnOf(*e.args[0], s) || !usable(*e.args[1]) || !usable(*e.args[2])) return 0;
      out[0] = {ExprOp::kGe, e.args[0]->index, e.args[1], e.rules[0]};
      out[1] = {ExprOp::kLe, e.args[0]->index, e.args[2], e.rules[1]};
      return 2;
    default: return 0;
  }
}

// Whether comparing with this rule leaves the stored column as it is, so that its keys decide.
bool KeepsColumn(const ComparisonRule& rule, Affinity column) {
  if (rule.affinity == Affinity::kBlob) return true;
  if (rule.affinity == Affinity::kText) return column == Affinity::kText;
  return IsNumericAffinity(column);
}

struct KeyColumn {
  uint32_t column;
  Affinity affinity;
  Collation collation;
  bool desc;
};

// The columns by which a tree is ordered.
std::vector<KeyColumn> KeyColumns(const Table& table, const Index* index) {
  std::vector<KeyColumn> keys;
  if (index == nullptr && !table.without_rowid) {
    keys.push_back({RowidIndex(table), Affinity::kInteger, Collation::kBinary, false});
    return keys;
  }
  for (const IndexColumn& c : index != nullptr ? index->columns : table.key_columns) {
    // An indexed INTEGER PRIMARY KEY is bound as the rowid.
    bool rowid = static_cast<int32_t>(c.column) == table.rowid_column;
    keys.push_back({rowid ? RowidIndex(table) : c.column,
                    rowid ? Affinity::kInteger : table.columns[c.column].affinity, c.collation,
                    c.desc});
  }
  return keys;
}

AccessChoice ReadAccess(const Table& table, const Index* index, uint32_t s, uint64_t known,
                        const std::vector<Conjunct>& conjuncts) {
  AccessChoice choice;
  choice.index = index;
  std::vector<KeyColumn> keys = KeyColumns(table, index);
  size_t bound_columns = 0;
  for (const KeyColumn& key : keys) {
    BoundExpr* equal = nullptr;
    std::vector<size_t> range;
    for (size_t i = 0; i < conjuncts.size(); i++) {
      if (conjuncts[i].placed) continue;
      Bound b[2];
      int n = ReadBounds(*conjuncts[i].expr, s, known, b);
      bool fits = n > 0;
      for (int k = 0; k < n; k++)
        fits &= b[k].column == key.column && KeepsColumn(b[k].rule, key.affinity) &&
                (b[k].rule.collation == key.collation || key.affinity == Affinity::kInteger);
      if (!fits) continue;
      if (b[0].op == ExprOp::kEq && equal == nullptr) {
        equal = b[0].value;
        choice.used.push_back(i);
      } else if (b[0].op != ExprOp::kEq) {
        range.push_back(i);
      }
    }
    if (equal != nullptr) {
      choice.equal.push_back(equal);
      choice.uses_outer |= (SourcesOf(*equal) & known) != 0;
      bound_columns++;
      continue;
    }
    for (size_t i : range) {
      Bound b[2];
      int n = ReadBounds(*conjuncts[i].expr, s, known, b);
      bool low_taken = choice.low != nullptr, high_taken = choice.high != nullptr;
      bool all = true;
      for (int k = 0; k < n; k++) {
        bool is_low = b[k].op == ExprOp::kGt || b[k].op == ExprOp::kGe;
        all &= !(is_low ? low_taken : high_taken);
      }
      if (!all) continue;  // a second bound on the same side stays a filter
      for (int k = 0; k < n; k++) {
        choice.uses_outer |= (SourcesOf(*b[k].value) & known) != 0;
        if (b[k].op == ExprOp::kGt || b[k].op == ExprOp::kGe) {
          choice.low = b[k].value;
          choice.low_inclusive = b[k].op == ExprOp::kGe;
        } else {
          choice.high = b[k].value;
          choice.high_inclusive = b[k].op == ExprOp::kLe;
        }
      }
      choice.used.push_back(i);
    }
    break;
  }
  bool unique = index == nullptr || index->unique;
  choice.one_row = unique && bound_columns == keys.size();
  double rows = kRowsGuess;
  for (size_t i = 0; i < bound_columns; i++) rows /= 100;
  if (choice.low != nullptr) rows /= 4;
  if (choice.high != nullptr) rows /= 4;
  if (choice.one_row || rows < 1) rows = 1;
  choice.rows = rows;
  // A row found through an index costs a second descent: about ten times a row read in order.
  choice.cost = index == nullptr ? rows : rows * 10;
  return choice;
}

}  // namespace

uint64_t SourcesOf(const BoundExpr& e) {
  if (e.op == ExprOp::kColumn) return e.source < 64 ? uint64_t{1} << e.source : 0;
  uint64_t bits = 0;
  for (uint32_t i = 0; i < e.arg_count; i++) bits |= SourcesOf(*e.args[i]);
  return bits;
}

AccessChoice ChooseAccess(const Table& table, uint32_t s, uint64_t known,
                          const std::vector<Conjunct>& conjuncts) {
  AccessChoice best = ReadAccess(table, nullptr, s, known, conjuncts);
  for (const Index* index : table.indexes) {
    // A partial index leaves rows out, and an expression's entries are no column's values.
    bool plain = index->where == nullptr;
    for (const IndexColumn& c : index->columns) plain &= c.expr == nullptr;
    if (!plain) continue;
    AccessChoice choice = ReadAccess(table, index, s, known, conjuncts);
    if (choice.equal.empty() && choice.low == nullptr && choice.high == nullptr) continue;
    if (choice.cost < best.cost) best = std::move(choice);
  }
  return best;
}

}  // namespace dosql
