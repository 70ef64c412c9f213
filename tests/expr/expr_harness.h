// Evaluates expressions in every way there is and insists that all agree.
#pragma once

#include <string>
#include <vector>

#include "core/expr/eval_row.h"
#include "core/expr/evaluator.h"
#include "core/type/compare.h"
#include "core/type/number_text.h"
#include "core/vector/vector_builder.h"
#include "tests/expr/expr_reader.h"

namespace dosql {

class TestEntropy : public Entropy {
 public:
  void Fill(MutableBytes out) override {
    for (uint8_t& b : out) b = static_cast<uint8_t>(state_ = state_ * 1103515245 + 12345);
  }

 private:
  uint32_t state_ = 1;
};

// A value as SQLite's quote() shows it.
inline std::string Quote(const Value& v) {
  char text[kNumberTextMax];
  std::string s;
  switch (v.type) {
    case ValueType::kNull:
      return "NULL";
    case ValueType::kInteger:
      return {text, FormatInteger(v.i, text)};
    case ValueType::kReal:
      return {text, FormatRealLiteral(v.d, text)};
    case ValueType::kText:
      s = "'";
      for (char c : v.text()) {
        if (c == '\'') s += c;
        s += c;
      }
      return s + "'";
    case ValueType::kBlob:
      s = "X'";
      for (uint8_t c : v.bytes()) {
        s += "0123456789ABCDEF"[c >> 4];
        s += "0123456789ABCDEF"[c & 15];
      }
      return s + "'";
  }
  return s;
}

class ExprHarness {
 public:
  using Row = std::vector<Value>;

  ExprHarness() : budget_(size_t{1} << 30), tree_(&budget_), run_(&budget_), strings_(&budget_) {
    context_.function.arena = &strings_;
    context_.function.diag = &diag_;
    context_.function.counters = &counters_;
    context_.function.entropy = &entropy_;
  }

  Arena* arena() { return &keep_; }
  EvalContext& context() { return context_; }
  Diag& diag() { return diag_; }
  std::vector<Row> rows;
  Row params;

  // Rows given as "literal literal ...", stored with the test columns' affinities.
  void AddRow(std::string_view literals) {
    ExprReader reader(&keep_, literals);
    Row row;
    while (!reader.AtEnd()) {
      Value v;
      if (!reader.ReadValue(&v)) break;
      (void)ApplyAffinity(kTestColumns[row.size()].affinity, &keep_, &v);
      row.push_back(v);
    }
    rows.push_back(row);
  }

  // One quoted result per row joined by '|', or "ERROR message", or "MISMATCH ..." where two ways of
  // evaluation differ.
  std::string Evaluate(std::string_view text) {
    tree_.Reset();
    run_.Reset();
    ExprReader reader(&tree_, text);
    BoundExpr* e = reader.Read();
    if (e == nullptr || !reader.AtEnd()) return "UNREADABLE";
    return EvaluateTree(*e);
  }

  std::string EvaluateTree(const BoundExpr& e) {
    context_.params = params.data();
    context_.param_count = static_cast<uint32_t>(params.size());
    const Program *value, *filter;
    if (!CompileExpr(e, &tree_, &value).ok() || !CompileFilter(e, &tree_, &filter).ok()) return "COMPILE";

    // Row by row.
    std::vector<std::string> by_row;
    std::vector<bool> passes;
    std::string error;
    for (const Row& row : rows) {
      strings_.Reset();
      Value v;
      bool pass = false;
      diag_.Clear();
      if (!EvalRow(*value, &context_, row.data(), &v).ok()) {
        error = "ERROR " + diag_.message;
        break;
      }
      by_row.push_back(Quote(v));
      if (!EvalRowFilter(*filter, &context_, row.data(), &pass).ok()) return "MISMATCH filter fails";
      if (pass != (ToTruth(v) == 1)) return "MISMATCH row filter, value " + Quote(v);
      passes.push_back(pass);
    }

    // Chunk by chunk: all rows, then with a selection, then again, since registers are used again.
    for (int way = 0; way < 3; way++) {
      strings_.Reset();
      Arena scan(&budget_);
      uint32_t n = static_cast<uint32_t>(rows.size());
      std::vector<VectorBuilder> builders(std::size(kTestColumns));
      std::vector<Vector> columns;
      for (size_t c = 0; c < builders.size(); c++) {
        builders[c].Init(&scan, n);
        for (uint32_t r = 0; r < n; r++) (void)builders[c].Put(r, rows[r][c]);
        columns.push_back(builders[c].Finish());
      }
      Chunk chunk;
      chunk.columns = columns.data();
      chunk.column_count = static_cast<uint32_t>(columns.size());
      chunk.row_count = n;
      chunk.selection.count = n;
      std::vector<uint16_t> odd;
      for (uint32_t r = way == 1; r < n; r += 2) odd.push_back(static_cast<uint16_t>(r));
      if (way != 0) chunk.selection = {odd.data(), static_cast<uint32_t>(odd.size())};

      ChunkEvaluator values, filters;
      if (!values.Init(value, &run_, n).ok() || !filters.Init(filter, &run_, n).ok()) return "INIT";
      for (int round = 0; round < 2; round++) {
        diag_.Clear();
        const Vector* out;
        Status s = values.Eval(&context_, chunk, &out);
        if (!error.empty()) {
          if (way == 0 && s.ok()) return "MISMATCH no error in chunk: " + error;
          if (!s.ok() && "ERROR " + diag_.message != error) return "MISMATCH error " + diag_.message;
          continue;
        }
        if (!s.ok()) return "MISMATCH error in chunk: " + diag_.message;
        for (uint32_t k = 0; k < chunk.selection.count; k++) {
          uint32_t r = chunk.selection[k];
          std::string q = Quote(out->Get(r));
          if (q != by_row[r]) {
            return "MISMATCH way " + std::to_string(way) + " row " + std::to_string(r) + ": chunk " + q +
                   ", row " + by_row[r];
          }
        }
        Chunk filtered = chunk;
        if (!filters.Filter(&context_, &filtered).ok()) return "MISMATCH filter error";
        uint32_t at = 0;
        for (uint32_t k = 0; k < chunk.selection.count; k++) {
          uint32_t r = chunk.selection[k];
          bool kept = at < filtered.selection.count && filtered.selection[at] == r;
          if (kept) at++;
          if (kept != passes[r]) {
            return "MISMATCH way " + std::to_string(way) + " filter row " + std::to_string(r);
          }
        }
        if (at != filtered.selection.count) return "MISMATCH filter has more rows";
      }
    }
    if (!error.empty()) return error;
    std::string all;
    for (size_t r = 0; r < by_row.size(); r++) all += (r ? "|" : "") + by_row[r];
    return all;
  }

 private:
  ByteBudget budget_;
  Arena keep_{&budget_};
  Arena tree_, run_, strings_;
  Diag diag_;
  SessionCounters counters_;
  TestEntropy entropy_;
  EvalContext context_;
};

}  // namespace dosql
