// SQL text, run: whatever the bytes say, the engine answers or refuses. Every statement of the input
// runs against two small tables, within a budget of memory and a deadline that counts chunks.
#include <cstdint>

#include "tests/engine/test_database.h"

using namespace dosql;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  DatabaseOptions options;
  options.cache_bytes = 1 << 20;
  options.budget_bytes = 8 << 20;
  TestDatabase t(options);
  if (!t.status.ok()) __builtin_trap();
  t.Text(
      "CREATE TABLE t1(a INTEGER PRIMARY KEY, b TEXT COLLATE NOCASE, c REAL, UNIQUE(b, c));"
      "CREATE TABLE t2(k TEXT PRIMARY KEY, v, w INT NOT NULL DEFAULT 3) WITHOUT ROWID;"
      "CREATE INDEX t1_c ON t1(c DESC, b);"
      "INSERT INTO t1 VALUES(1,'x',1.5),(2,NULL,-2),(9223372036854775807,'Y',NULL);"
      "INSERT INTO t2 VALUES('a',1,2),('b',x'00ff',3),('c',NULL,4)");
  std::string_view sql(reinterpret_cast<const char*>(data), size);
  for (int statements = 0; statements < 16; statements++) {
    Statement* s = nullptr;
    uint32_t consumed = 0;
    if (!t.db->Prepare(sql, &s, &consumed).ok() || s == nullptr) break;
    t.db->SetDeadline(t.clock.now + 500000);
    std::vector<Value> values(s->param_count());
    for (size_t i = 0; i < values.size(); i++)
      values[i] = i % 3 == 0 ? Value::Integer(static_cast<int64_t>(i))
                  : i % 3 == 1 ? Value::Text("param") : Value::Null();
    std::vector<uint8_t> frame = ParamFrame(values);
    StepCode code = s->Run(frame, 0);
    for (int steps = 0; code == StepCode::kRows && steps < 64; steps++) code = s->Step(7);
    t.db->Finalize(s);
    t.db->SetDeadline(0);
    if (t.db->store().poisoned()) return 0;
    sql.remove_prefix(consumed);
  }
  if (t.db->in_transaction() && !t.db->Rollback().ok()) return 0;
  // Whatever ran, what is stored stays sound, now and after opening again.
  if (t.Text("PRAGMA integrity_check") != "ok") __builtin_trap();
  t.Open();
  if (!t.status.ok() || t.Text("PRAGMA integrity_check") != "ok") __builtin_trap();
  return 0;
}
