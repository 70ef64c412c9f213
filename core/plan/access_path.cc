#include "core/plan/access_path.h"

#include "core/plan/cost.h"

namespace dosql {
namespace {

// `key op value`, the key of source s on the left.
struct Bound {
  ExprOp op;
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

struct KeyColumn {
  uint32_t column;
  Affinity affinity;
  Collation collation;
  bool desc;
  bool rowid;             // always an integer: no collation counts
  const BoundExpr* expr;  // of an index over expressions, else nullptr

  // Whether the operand of a conjunct is this key of source s.
  bool Is(const BoundExpr& e, uint32_t s) const {
    if (expr == nullptr) return e.op == ExprOp::kColumn && e.source == s && e.index == column;
    return SameExpr(*expr, e, s) || (e.op == ExprOp::kCollate && SameExpr(*expr, *e.args[0], s));
  }
};

// Reads a conjunct as bounds on a key of s by values known beforehand; at most two (BETWEEN).
int ReadBounds(const BoundExpr& e, uint32_t s, const KeyColumn& key, uint64_t known, Bound out[2]) {
  auto usable = [&](const BoundExpr& value) {
    return (SourcesOf(value) & ~known) == 0 && (value.flags & kExprImpure) == 0;
  };
  switch (e.op) {
    case ExprOp::kEq:
    case ExprOp::kLt:
    case ExprOp::kLe:
    case ExprOp::kGt:
    case ExprOp::kGe:
      if (key.Is(*e.args[0], s) && usable(*e.args[1])) {
        out[0] = {e.op, e.args[1], e.rules[0]};
        return 1;
      }
      if (key.Is(*e.args[1], s) && usable(*e.args[0])) {
        out[0] = {Mirror(e.op), e.args[0], e.rules[0]};
        return 1;
      }
      return 0;
    case ExprOp::kBetween:
      if (!key.Is(*e.args[0], s) || !usable(*e.args[1]) || !usable(*e.args[2])) return 0;
      out[0] = {ExprOp::kGe, e.args[1], e.rules[0]};
      out[1] = {ExprOp::kLe, e.args[2], e.rules[1]};
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

// The columns by which a tree is ordered.
std::vector<KeyColumn> KeyColumns(const Table& table, const Index* index, const BoundIndex* bound) {
  std::vector<KeyColumn> keys;
  if (index == nullptr && !table.without_rowid) {
    keys.push_back(
        {RowidIndex(table), Affinity::kInteger, Collation::kBinary, false, true, nullptr});
    return keys;
  }
  for (const IndexColumn& c : index != nullptr ? index->columns : table.key_columns) {
    if (c.expr != nullptr) {
      const BoundExpr* e = bound->columns[static_cast<uint32_t>(keys.size())];
      keys.push_back(
          {0, e->conforms ? e->affinity : Affinity::kBlob, c.collation, c.desc, false, e});
      continue;
    }
    // An indexed INTEGER PRIMARY KEY is bound as the rowid.
    bool rowid = static_cast<int32_t>(c.column) == table.rowid_column;
    keys.push_back({rowid ? RowidIndex(table) : c.column,
                    rowid ? Affinity::kInteger : table.columns[c.column].affinity, c.collation,
                    c.desc, rowid, nullptr});
  }
  return keys;
}

// x IN (fixed values), with x the key's column and its order the list's: the values can be walked.
bool FitsInList(const BoundExpr& e, uint32_t s, const KeyColumn& key) {
  if (e.op != ExprOp::kIn || !key.Is(*e.args[0], s)) return false;
  if (key.expr != nullptr && e.rules[0].affinity != Affinity::kBlob) return false;
  if (!KeepsColumn(e.rules[0], key.affinity)) return false;
  if (e.rules[0].collation != key.collation && !key.rowid) return false;
  for (uint32_t i = 1; i < e.arg_count; i++)
    if (!e.args[i]->IsFixed() || (e.args[i]->flags & kExprHasSubquery)) return false;
  return true;
}

class AccessReading {
 public:
  AccessReading(const BoundSource& source, uint32_t s, uint64_t known,
                const std::vector<Conjunct>& conjuncts, const Statistics* statistics, bool in_lists,
                const Reads& reads)
      : source_(source),
        table_(*source.table),
        s_(s),
        known_(known),
        conjuncts_(conjuncts),
        statistics_(statistics),
        in_lists_(in_lists),
        reads_(reads) {}

  // Whether every row that the conjuncts let through has its entry in the table's index `at`.
  bool HasAllRows(uint32_t at) const {
    const Index& index = *table_.indexes[at];
    if (index.is_plain()) return true;
    if (!source_.indexes[at].usable) return false;
    return index.where == nullptr || Implied(*source_.indexes[at].where);
  }

  AccessChoice Read(const Index* index, const BoundIndex* bound_index = nullptr) const {
    AccessChoice choice;
    choice.index = index;
    std::vector<KeyColumn> keys = KeyColumns(table_, index, bound_index);
    double list_size = 1;
    for (const KeyColumn& key : keys) {
      if (Equal(key, &choice)) continue;
      if (in_lists_ && choice.in_list == nullptr && InList(key, &choice)) {
        list_size = choice.in_list->arg_count - 1;
        continue;
      }
      Range(key, &choice);
      break;
    }
    uint32_t bound = static_cast<uint32_t>(choice.equal.size());
    bool unique = index == nullptr || index->unique;
    bool whole_key = unique && bound == keys.size();
    choice.one_row = whole_key && choice.in_list == nullptr;
    double all = statistics_ != nullptr ? statistics_->Rows(table_) : kRowsGuess;
    double rows = all;
    if (whole_key) {
      rows = 1;
    } else if (bound > 0) {
      if (statistics_ != nullptr) {
        rows = statistics_->RowsPerKey(table_, index, bound);
      } else {
        for (uint32_t i = 0; i < bound; i++) rows /= 100;
      }
    }
    if (index != nullptr && index->where != nullptr) rows *= 0.5;
    rows *= RangeShare(choice);
    rows *= list_size;
    if (rows < 1) rows = 1;
    choice.rows = rows;
    bool entered = bound > 0 || choice.low != nullptr || choice.high != nullptr;
    if (index != nullptr && !table_.without_rowid) {
      Reads left = reads_;
      for (size_t i : choice.used)
        if (!conjuncts_[i].implied) TakeReads(*conjuncts_[i].expr, s_, &left);
      choice.covering = Covers(table_, *index, left);
    }
    choice.cost =
        index == nullptr && !entered
            ? rows
            : LookupCost(table_, index, choice.covering, list_size, rows, kScanWindow, statistics_);
    return choice;
  }

 private:
  // Whether the conjuncts make a term of a partial index's WHERE true, by SQLite's rules: the same
  // condition, one branch of an OR, or for NOT NULL any comparison of the same operand.
  bool Implied(const BoundExpr& where) const {
    if (where.op == ExprOp::kAnd) return Implied(*where.args[0]) && Implied(*where.args[1]);
    if (where.op == ExprOp::kOr && (Implied(*where.args[0]) || Implied(*where.args[1])))
      return true;
    for (const Conjunct& c : conjuncts_) {
      const BoundExpr& e = *c.expr;
      if (SameExpr(where, e, s_)) return true;
      if (where.op != ExprOp::kNotNull) continue;
      bool compares = e.op >= ExprOp::kEq && e.op <= ExprOp::kGe;
      if (!compares && e.op != ExprOp::kBetween && e.op != ExprOp::kIn) continue;
      if (SameExpr(*where.args[0], *e.args[0], s_)) return true;
      if (compares && SameExpr(*where.args[0], *e.args[1], s_)) return true;
    }
    return false;
  }

  // Of the entries that the columns before leave, those within the bounds.
  double RangeShare(const AccessChoice& choice) const {
    if (choice.low == nullptr && choice.high == nullptr) return 1;
    auto value = [](const BoundExpr* e) { return e != nullptr ? &e->value : nullptr; };
    auto known = [](const BoundExpr* e) { return e == nullptr || e->IsConstant(); };
    if (statistics_ != nullptr && choice.equal.empty() && known(choice.low) && known(choice.high)) {
      double share =
          statistics_->RangeShare(table_, choice.index, value(choice.low), value(choice.high));
      if (share >= 0) return share;
    }
    return (choice.low != nullptr ? 0.25 : 1) * (choice.high != nullptr ? 0.25 : 1);
  }

  int Bounds(size_t i, const KeyColumn& key, Bound out[2]) const {
    if (conjuncts_[i].placed) return 0;
    int n = ReadBounds(*conjuncts_[i].expr, s_, key, known_, out);
    for (int k = 0; k < n; k++) {
      if (!KeepsColumn(out[k].rule, key.affinity)) return 0;
      if (key.expr != nullptr) {
        // Entries hold what was computed, and are entered by values as they are.
        bool number = out[k].value->IsConstant() && out[k].value->value.is_number() &&
                      IsNumericAffinity(out[k].rule.affinity);
        if (out[k].rule.affinity != Affinity::kBlob && !number) return 0;
        if (out[k].rule.collation != key.collation) return 0;
        continue;
      }
      if (out[k].rule.collation != key.collation && !key.rowid) return 0;
      // Entering a tree converts the value as storing it would. Where the comparison converts
      // nothing, that must not change the value.
      bool as_stored = out[k].value->conforms && out[k].value->affinity == key.affinity;
      if (out[k].rule.affinity == Affinity::kBlob && key.affinity != Affinity::kBlob && !as_stored)
        return 0;
    }
    return n;
  }

  // An index may have a column twice, and its conjunct then serves twice.
  static void Use(size_t i, AccessChoice* choice) {
    for (size_t used : choice->used)
      if (used == i) return;
    choice->used.push_back(i);
  }

  bool Equal(const KeyColumn& key, AccessChoice* choice) const {
    for (size_t i = 0; i < conjuncts_.size(); i++) {
      Bound b[2];
      if (Bounds(i, key, b) == 0 || b[0].op != ExprOp::kEq) continue;
      choice->equal.push_back(b[0].value);
      Use(i, choice);
      choice->uses_outer |= (SourcesOf(*b[0].value) & known_) != 0;
      return true;
    }
    return false;
  }

  bool InList(const KeyColumn& key, AccessChoice* choice) const {
    for (size_t i = 0; i < conjuncts_.size(); i++) {
      const BoundExpr& e = *conjuncts_[i].expr;
      if (conjuncts_[i].placed || !FitsInList(e, s_, key)) continue;
      choice->in_list = &e;
      choice->equal.push_back(nullptr);  // the caller puts the list's column here
      choice->used.push_back(i);
      return true;
    }
    return false;
  }

  // A second bound on the same side stays a filter.
  void Range(const KeyColumn& key, AccessChoice* choice) const {
    for (size_t i = 0; i < conjuncts_.size(); i++) {
      Bound b[2];
      int n = Bounds(i, key, b);
      if (n == 0 || b[0].op == ExprOp::kEq) continue;
      bool free = true;
      for (int k = 0; k < n; k++) {
        bool is_low = b[k].op == ExprOp::kGt || b[k].op == ExprOp::kGe;
        free = free && (is_low ? choice->low : choice->high) == nullptr;
      }
      if (!free) continue;
      for (int k = 0; k < n; k++) {
        choice->uses_outer |= (SourcesOf(*b[k].value) & known_) != 0;
        if (b[k].op == ExprOp::kGt || b[k].op == ExprOp::kGe) {
          choice->low = b[k].value;
          choice->low_inclusive = b[k].op == ExprOp::kGe;
        } else {
          choice->high = b[k].value;
          choice->high_inclusive = b[k].op == ExprOp::kLe;
        }
      }
      choice->used.push_back(i);
    }
  }

  const BoundSource& source_;
  const Table& table_;
  uint32_t s_;
  uint64_t known_;
  const std::vector<Conjunct>& conjuncts_;
  const Statistics* statistics_;
  bool in_lists_;
  const Reads& reads_;
};

}  // namespace

uint64_t SourcesOf(const BoundExpr& e) {
  if (e.op == ExprOp::kColumn) return e.source < 64 ? uint64_t{1} << e.source : 0;
  uint64_t bits = 0;
  for (uint32_t i = 0; i < e.arg_count; i++) bits |= SourcesOf(*e.args[i]);
  return bits;
}

void TakeReads(const BoundExpr& e, uint32_t s, Reads* reads) {
  if (e.op == ExprOp::kColumn && e.source == s) {
    uint8_t& n = (*reads)[e.index];
    if (n > 0 && n < UINT8_MAX) n--;
  }
  for (uint32_t i = 0; i < e.arg_count; i++) TakeReads(*e.args[i], s, reads);
}

bool TellsColumn(const Table& table, const IndexColumn& c) {
  // Without affinity 1 and 1.0 may both be there, and have one key.
  return c.expr == nullptr && c.collation == Collation::kBinary &&
         table.columns[c.column].affinity != Affinity::kBlob;
}

bool Covers(const Table& table, const Index& index, const Reads& reads) {
  for (uint32_t c = 0; c < table.columns.size; c++) {
    if (reads[c] == 0 || static_cast<int32_t>(c) == table.rowid_column) continue;
    bool told = false;
    if (reads[c] == UINT8_MAX) return false;  // UPDATE and DELETE go by the rows themselves
    for (const IndexColumn& i : index.columns)
      told = told || (i.expr == nullptr && i.column == c && TellsColumn(table, i));
    if (!told) return false;
  }
  return true;
}

AccessChoice ReadAccess(const BoundSource& source, uint32_t s,
                        const std::vector<Conjunct>& conjuncts, const Statistics* statistics,
                        const Index* index, const Reads& reads) {
  return AccessReading(source, s, 0, conjuncts, statistics, false, reads).Read(index);
}

AccessChoice ChooseAccess(const BoundSource& source, uint32_t s, uint64_t known,
                          const std::vector<Conjunct>& conjuncts, const Statistics* statistics,
                          bool in_lists, const Reads& reads) {
  AccessReading reading(source, s, known, conjuncts, statistics, in_lists, reads);
  AccessChoice best = reading.Read(nullptr);
  if (source.not_indexed) return best;
  bool forced = source.indexed_by != nullptr;
  for (uint32_t i = 0; i < source.table->indexes.size; i++) {
    const Index* index = source.table->indexes[i];
    if (forced && index != source.indexed_by) continue;
    if (!reading.HasAllRows(i)) {
      best.impossible = forced;
      continue;
    }
    AccessChoice choice =
        reading.Read(index, source.indexes.empty() ? nullptr : &source.indexes[i]);
    if (forced) return choice;
    if (choice.equal.empty() && choice.low == nullptr && choice.high == nullptr) continue;
    if (choice.cost < best.cost) best = std::move(choice);
  }
  return best;
}

}  // namespace dosql
