// The exports of dosql.wasm: thin words around core/engine. wasm/abi/abi.def describes each.

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "core/base/diag.h"
#include "core/engine/database.h"
#include "core/engine/statement.h"
#include "core/storage/tx/store.h"
#include "wasm/abi/abi.gen.h"
#include "wasm/control_block.h"
#include "wasm/import_host.h"

namespace dosql {
namespace {

// What a handle of `open` points to.
struct Instance {
  explicit Instance(FaultModel model) : host(model) {}
  ImportHost host;
  ControlBlock control;
  std::unique_ptr<Database> db;
  uint8_t* input = nullptr;
  uint32_t input_bytes = 0;
  std::string names;
};

// A statement handle: the statement with the way back to its instance.
struct Handle {
  Instance* instance;
  Statement* statement;
};

// Where the words of a failed `open` stay, since there is no database to hold them.
struct FailedOpen {
  ControlBlock control;
  Diag diag;
};
FailedOpen& failed_open() {
  // The one object of static storage in the module: written by a failed open only, read by
  // control(0) right after it.
  alignas(FailedOpen) static unsigned char bytes[sizeof(FailedOpen)];
  static bool made = false;
  if (!made) new (bytes) FailedOpen();
  made = true;
  return *reinterpret_cast<FailedOpen*>(bytes);
}

uint32_t Address(const void* p) { return static_cast<uint32_t>(reinterpret_cast<uintptr_t>(p)); }

template <typename T>
T* At(int32_t address) {
  return reinterpret_cast<T*>(static_cast<uintptr_t>(static_cast<uint32_t>(address)));
}

void FillError(ControlBlock* c, const Diag& d) {
  c->code = static_cast<uint32_t>(d.code);
  c->message = Address(d.message.data());
  c->message_bytes = static_cast<uint32_t>(d.message.size());
  c->hint = Address(d.hint.data());
  c->hint_bytes = static_cast<uint32_t>(d.hint.size());
  c->token = Address(d.token.data());
  c->token_bytes = static_cast<uint32_t>(d.token.size());
  c->error_offset = d.offset;
  c->error_line = d.line;
  c->error_column = d.column;
}

// A failure without words of its own gets its code's name.
int32_t Fail(Instance* in, Status status) {
  Diag& d = in->db->diag();
  if (d.code != status.code()) d.Set(status.code(), CodeName(status.code())).Ignore();
  FillError(&in->control, d);
  return static_cast<int32_t>(status.code());
}

int32_t Answer(Instance* in, Status status) {
  if (!status.ok()) return Fail(in, status);
  in->control.code = 0;
  return 0;
}

int32_t AfterStep(Handle* h, StepCode code) {
  Instance* in = h->instance;
  ControlBlock& c = in->control;
  const StatementCounters& n = h->statement->counters();
  c.in_transaction = in->db->in_transaction();
  c.changes = static_cast<double>(n.changes);
  c.total_changes = static_cast<double>(n.total_changes);
  c.last_rowid = n.last_rowid;
  c.last_rowid_low = static_cast<double>(n.last_rowid);
  c.rows_read = static_cast<double>(n.rows_read);
  c.rows_written = static_cast<double>(n.rows_written);
  c.storage_rows_put = static_cast<double>(in->host.rows_put());
  c.last_lsn = static_cast<double>(in->db->store().last_lsn().value);
  if (code == StepCode::kError) {
    c.frame = c.frame_bytes = c.frame_rows = 0;
    FillError(&c, in->db->diag());
    return static_cast<int32_t>(code);
  }
  c.code = 0;
  Bytes frame = h->statement->frame();
  c.frame = frame.empty() ? 0 : Address(frame.data());
  c.frame_bytes = static_cast<uint32_t>(frame.size());
  c.frame_rows = frame.empty() ? 0 : LoadLe<uint32_t>(frame.data() + 8);
  c.columns = h->statement->column_count();
  return static_cast<int32_t>(code);
}

// Tells of the texts in `names`; returns how many there are.
int32_t AnswerNames(Instance* in) {
  in->control.names = Address(in->names.data());
  in->control.names_bytes = static_cast<uint32_t>(in->names.size());
  return static_cast<int32_t>(std::count(in->names.begin(), in->names.end(), '\0'));
}

}  // namespace

namespace abi {

int32_t abi_version() { return kAbiVersion; }

int32_t open(int32_t fault_model, int32_t cache_bytes, int32_t budget_bytes) {
  auto* in = new Instance(fault_model == 0 ? FaultModel::kTurnAtomic : FaultModel::kPosix);
  DatabaseOptions options;
  if (cache_bytes > 0) options.cache_bytes = static_cast<uint32_t>(cache_bytes);
  if (budget_bytes > 0) options.budget_bytes = static_cast<uint32_t>(budget_bytes);
  FailedOpen& failed = failed_open();
  failed.diag.Clear();
  Status status = Database::Open(in->host.host(), options, &failed.diag, &in->db);
  if (status.ok()) return static_cast<int32_t>(Address(in));
  if (failed.diag.code != status.code())
    failed.diag.Set(status.code(), CodeName(status.code())).Ignore();
  FillError(&failed.control, failed.diag);
  delete in;
  return 0;
}

int32_t control(int32_t db) {
  return static_cast<int32_t>(db == 0 ? Address(&failed_open().control)
                                      : Address(&At<Instance>(db)->control));
}

int32_t input(int32_t db, int32_t size) {
  Instance* in = At<Instance>(db);
  uint32_t want = size < 4096 ? 4096 : static_cast<uint32_t>(size);
  // A region grown for one huge statement is given back when the next one is small.
  bool shrink = in->input_bytes > (1u << 20) && want <= (64u << 10);
  if (want > in->input_bytes || shrink) {
    std::free(in->input);
    in->db->budget().Release(in->input_bytes);
    in->input = nullptr;
    in->input_bytes = 0;
    if (!in->db->budget().Reserve(want).ok()) return 0;
    in->input = static_cast<uint8_t*>(std::malloc(want));
    if (in->input == nullptr) {
      in->db->budget().Release(want);
      return 0;
    }
    in->input_bytes = want;
  }
  return static_cast<int32_t>(Address(in->input));
}

int32_t prepare(int32_t db, int32_t sql, int32_t size) {
  Instance* in = At<Instance>(db);
  Statement* statement = nullptr;
  uint32_t consumed = 0;
  std::string_view text(At<const char>(sql), static_cast<uint32_t>(size));
  Status status = in->db->Prepare(text, &statement, &consumed);
  in->control.consumed = consumed;
  if (!status.ok()) {
    Fail(in, status);
    return 0;
  }
  in->control.code = 0;
  if (statement == nullptr) return 0;
  in->control.params = statement->param_count();
  in->control.columns = statement->column_count();
  in->control.flags = (statement->reads_only() ? 1u : 0u) |
                      (statement->column_count() > 0 ? 2u : 0u) |
                      (statement->controls_transaction() ? 4u : 0u);
  return static_cast<int32_t>(Address(new Handle{in, statement}));
}

void finalize(int32_t stmt) {
  if (stmt == 0) return;
  Handle* h = At<Handle>(stmt);
  h->instance->db->Finalize(h->statement);
  delete h;
}

int32_t run(int32_t stmt, int32_t params, int32_t size, int32_t max_rows) {
  Handle* h = At<Handle>(stmt);
  Bytes frame(At<const uint8_t>(params), static_cast<uint32_t>(size));
  return AfterStep(h, h->statement->Run(frame, static_cast<uint32_t>(max_rows)));
}

int32_t step(int32_t stmt, int32_t max_rows) {
  Handle* h = At<Handle>(stmt);
  return AfterStep(h, h->statement->Step(static_cast<uint32_t>(max_rows)));
}

void reset(int32_t stmt) { At<Handle>(stmt)->statement->Reset(); }

int32_t describe(int32_t stmt) {
  Handle* h = At<Handle>(stmt);
  Instance* in = h->instance;
  in->names.clear();
  uint32_t n = h->statement->column_count();
  for (uint32_t i = 0; i < n; i++) {
    in->names.append(h->statement->column_name(i));
    in->names.push_back('\0');
  }
  in->control.names = Address(in->names.data());
  in->control.names_bytes = static_cast<uint32_t>(in->names.size());
  in->control.columns = n;
  return static_cast<int32_t>(n);
}

int32_t param_names(int32_t stmt) {
  Handle* h = At<Handle>(stmt);
  h->instance->names.clear();
  h->statement->AppendParamNames(&h->instance->names);
  return AnswerNames(h->instance);
}

int32_t origins(int32_t stmt) {
  Handle* h = At<Handle>(stmt);
  h->instance->names.clear();
  h->statement->AppendOrigins(&h->instance->names);
  return AnswerNames(h->instance);
}

void set_deadline(int32_t db, double micros) {
  At<Instance>(db)->db->SetDeadline(static_cast<int64_t>(micros));
}

int32_t end_turn(int32_t db) {
  Instance* in = At<Instance>(db);
  return Answer(in, in->db->EndTurn());
}

int32_t checkpoint(int32_t db) {
  Instance* in = At<Instance>(db);
  return Answer(in, in->db->Checkpoint());
}

int32_t rollback(int32_t db) {
  Instance* in = At<Instance>(db);
  int32_t code = Answer(in, in->db->Rollback());
  in->control.in_transaction = in->db->in_transaction();
  return code;
}

void close(int32_t db) {
  Instance* in = At<Instance>(db);
  std::free(in->input);
  in->db->budget().Release(in->input_bytes);
  delete in;
}

void trap_for_test() { __builtin_trap(); }

}  // namespace abi
}  // namespace dosql
