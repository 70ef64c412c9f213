// TestDatabase: a Database over a MemoryStore with helpers that run SQL and render rows as text.
#pragma once

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "core/engine/database.h"
#include "core/engine/frame_format.h"
#include "core/engine/statement.h"
#include "core/host/memory_store.h"
#include "core/storage/tx/store.h"
#include "core/type/number_text.h"
#include "core/type/value.h"

namespace dosql {

class TestClock final : public Clock {
 public:
  int64_t NowMicros() override { return now += 1000; }
  int64_t now = 1700000000000000;
};
class TestEntropy final : public Entropy {
 public:
  void Fill(MutableBytes out) override {
    for (uint8_t& b : out) b = static_cast<uint8_t>((state = state * 6364136223846793005u + 1) >> 56);
  }
  uint64_t state = 42;
};

// Numbers that are the same in every run.
class TestNumbers {
 public:
  explicit TestNumbers(uint64_t seed) : state_(seed) {}
  // From 0 to n - 1; n at most 2^31.
  int64_t operator()(uint64_t n) {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return static_cast<int64_t>((state_ >> 33) % n);
  }

 private:
  uint64_t state_;
};

// A parameter frame of these values.
inline std::vector<uint8_t> ParamFrame(const std::vector<Value>& values) {
  std::vector<uint8_t> f(kParamHeaderBytes + values.size() * kParamCellBytes);
  StoreLe<uint32_t>(f.data(), static_cast<uint32_t>(values.size()));
  for (size_t i = 0; i < values.size(); i++) {
    size_t at = kParamHeaderBytes + i * kParamCellBytes;
    const Value& v = values[i];
    f[at] = static_cast<uint8_t>(v.type);
    if (v.is_bytes()) {
      StoreLe<uint32_t>(&f[at + 4], v.size);
      StoreLe<uint32_t>(&f[at + 8], static_cast<uint32_t>(f.size()));
      f.insert(f.end(), v.data, v.data + v.size);
    } else if (!v.is_null()) {
      StoreLe<int64_t>(&f[at + 8], v.i);
    }
  }
  return f;
}

// Appends a result frame's rows: columns joined by '|', NULL as "NULL", blobs as x'..'.
inline void RenderFrame(Bytes f, std::vector<std::string>* out) {
  if (f.empty()) return;
  uint32_t columns = LoadLe<uint16_t>(f.data() + 4), rows = LoadLe<uint32_t>(f.data() + 8);
  const uint8_t* heap = f.data() + LoadLe<uint32_t>(f.data() + 12);
  const uint8_t* p = f.data() + kFrameHeaderBytes + ((columns + 7) & ~7u);
  std::vector<std::string> lines(rows);
  for (uint32_t c = 0; c < columns; c++) {
    auto kind = static_cast<CellKind>(f[kFrameHeaderBytes + c]);
    const uint8_t* kinds = nullptr;
    if (kind == CellKind::kMixed) {
      kinds = p;
      p += (rows + 7) & ~7u;
    }
    for (uint32_t r = 0; r < rows; r++) {
      CellKind k = kinds != nullptr ? static_cast<CellKind>(kinds[r]) : kind;
      const uint8_t* cell = p + r * 8;
      std::string text;
      char number[kNumberTextMax];
      switch (k) {
        case CellKind::kNull:
          text = "NULL";
          break;
        case CellKind::kInt64:
          text = std::to_string(LoadLe<int64_t>(cell));
          break;
        case CellKind::kInt53:
          text = std::to_string(static_cast<int64_t>(LoadLe<double>(cell)));
          break;
        case CellKind::kReal:
          text.assign(number, FormatReal(LoadLe<double>(cell), number));
          break;
        case CellKind::kText:
          text.assign(reinterpret_cast<const char*>(heap + LoadLe<uint32_t>(cell)),
                      LoadLe<uint32_t>(cell + 4) - LoadLe<uint32_t>(cell));
          break;
        default: {
          text = "x'";
          for (uint32_t i = LoadLe<uint32_t>(cell); i < LoadLe<uint32_t>(cell + 4); i++) {
            char hex[3];
            std::snprintf(hex, sizeof hex, "%02x", heap[i]);
            text += hex;
          }
          text += "'";
        }
      }
      if (c > 0) lines[r] += '|';
      lines[r] += text;
    }
    if (kind != CellKind::kNull) p += size_t{rows} * 8;
  }
  for (std::string& line : lines) out->push_back(std::move(line));
}

// Puts all rows of one store into another.
inline Status CopyRows(MemoryStore* from, MemoryStore* to) {
  Status s;
  from->ForEach([&](RowKey key, const std::vector<uint8_t>& bytes) {
    if (s.ok()) s = to->Put(key, bytes);
  });
  return s;
}

class TestDatabase {
 public:
  explicit TestDatabase(DatabaseOptions o = {}) : store(FaultModel::kPosix), options(o) { Open(); }

  void Open() {
    db.reset();
    Diag diag;
    Host host{pages != nullptr ? pages : &store, &clock, &entropy};
    status = Database::Open(host, options, &diag, &db);
    error = diag.message;
  }

  // Runs every statement of the text; parameters go to each. Rows of all, or "error: ..." last.
  std::vector<std::string> Run(std::string_view sql, const std::vector<Value>& params = {}) {
    std::vector<std::string> rows;
    while (true) {
      Statement* s = nullptr;
      uint32_t consumed = 0;
      if (!db->Prepare(sql, &s, &consumed).ok()) {
        rows.push_back("error: " + db->diag().message);
        return rows;
      }
      if (s == nullptr) return rows;
      std::vector<uint8_t> frame = ParamFrame(params);
      StepCode code = s->Run(frame, 0);
      for (;; code = s->Step(0)) {
        if (code == StepCode::kError) {
          rows.push_back("error: " + db->diag().message);
          break;
        }
        if (code == StepCode::kBlocked) {
          blocked++;
          if (on_blocked) on_blocked(this);
          continue;
        }
        RenderFrame(s->frame(), &rows);
        if (code == StepCode::kDone) break;
      }
      rows_read = s->counters().rows_read;
      rows_written = s->counters().rows_written;
      db->Finalize(s);
      if (code == StepCode::kError) return rows;
      sql.remove_prefix(consumed);
    }
  }
  // The same as one string, rows joined by newlines.
  std::string Text(std::string_view sql, const std::vector<Value>& params = {}) {
    std::string all;
    for (const std::string& row : Run(sql, params)) {
      if (!all.empty()) all += '\n';
      all += row;
    }
    return all;
  }

  MemoryStore store;
  PageStore* pages = nullptr;  // instead of `store`
  TestClock clock;
  TestEntropy entropy;
  DatabaseOptions options;
  std::unique_ptr<Database> db;
  Status status;
  std::string error;
  uint64_t blocked = 0;
  uint64_t rows_read = 0, rows_written = 0;  // by the last statement
  void (*on_blocked)(TestDatabase*) = nullptr;
};

}  // namespace dosql
