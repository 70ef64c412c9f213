#include "core/engine/statement.h"

#include "core/bind/binder.h"
#include "core/engine/maintenance.h"
#include "core/engine/replication_slot.h"
#include "core/engine/statement_impl.h"
#include "core/engine/table_statistics.h"
#include "core/expr/eval_row.h"
#include "core/plan/explain.h"
#include "core/plan/planner.h"
#include "core/sql/parser.h"

namespace dosql {

using sql::StatementKind;

Statement::Impl::Impl(Session* s)
    : session(s),
      parse_arena(&s->budget),
      plan_arena(&s->budget),
      arena(&s->budget),
      returned(&s->budget) {}

Statement::Impl::~Impl() { End(); }

bool Statement::Impl::IsWrite() const {
  return tree->kind == StatementKind::kInsert || tree->kind == StatementKind::kUpdate ||
         tree->kind == StatementKind::kDelete;
}
bool Statement::Impl::IsSchema() const {
  return tree->kind == StatementKind::kCreateTable || tree->kind == StatementKind::kCreateIndex ||
         tree->kind == StatementKind::kCreateView || tree->kind == StatementKind::kDrop ||
         tree->kind == StatementKind::kAlterTable || tree->kind == StatementKind::kAnalyze ||
         tree->kind == StatementKind::kReindex || tree->kind == StatementKind::kReplicationSlot ||
         (tree->kind == StatementKind::kPragma && PragmaWrites(*static_cast<sql::Pragma*>(tree)));
}
bool Statement::Impl::IsTransaction() const {
  return tree->kind >= StatementKind::kBegin && tree->kind <= StatementKind::kRelease;
}

// ------------------------------------------------------------------------------------- compiling

Status Statement::Impl::Parse(std::string_view text, uint32_t* consumed, bool* blank) {
  // Parse the caller's text first: of many statements in one text only this one is copied.
  uint32_t end = 0;
  {
    Arena probe(&session->budget);
    DOSQL_ASSIGN(sql::Statement * first, sql::ParseStatement(&probe, &session->diag, text, &end));
    *consumed = end;
    *blank = first == nullptr;
    if (*blank) return Status::Ok();
  }
  sql.assign(text.data(), end);
  DOSQL_ASSIGN(tree, sql::ParseStatement(&parse_arena, &session->diag, sql, &end));
  return Status::Ok();
}

Status Statement::Impl::Compile() {
  End();
  point.reset();
  insert.reset();
  modify.reset();
  select = {};
  names.clear();
  origins.clear();
  pragma = nullptr;
  plan_arena.Reset();
  catalog_version = session->catalog_version;
  Diag* diag = &session->diag;
  if (tree->explain == sql::Explain::kAnalyze)
    return diag->Set(Code::kUnsupported, "EXPLAIN ANALYZE is not supported yet", 0, "EXPLAIN");
  if (tree->explain_json)
    return diag->Set(Code::kUnsupported, "EXPLAIN FORMAT JSON is not supported yet", 0, "EXPLAIN");
  planned_pages = session->store->pager().page_count();
  const Table* analyzed =
      session->redo.empty() ? nullptr : session->catalog->FindTable("sqlite_stat1");
  if (analyzed != nullptr) DOSQL_TRY(session->redo.Settle(analyzed->root));
  TableStatistics statistics(session->store.get(), session->catalog.get(), &session->budget,
                             session->options.cache_bytes);
  BindContext bind{&plan_arena, diag, session->catalog.get(), &statistics};
  DOSQL_TRY(CompileWith(bind));
  has_subqueries = bind.subquery_count > 0;
  shares_rows = false;
  for (const BindContext::BoundQuery& q : bind.queries) shares_rows |= q.query->uses > 1;
  if (explains()) {
    names.clear();
    if (tree->explain == sql::Explain::kQueryPlan) {
      for (const char* name : {"id", "parent", "notused", "detail"}) names.push_back(name);
    } else {
      for (const char* name : {"id", "parent", "rows", "operator"}) names.push_back(name);
    }
  }
  // The catalog that they point into may be gone when somebody asks for them.
  for (std::string_view& name : names) {
    Bytes kept = plan_arena.Copy(AsBytes(name));
    if (kept.data() == nullptr && !name.empty()) return session->OutOfMemory();
    name = AsText(kept);
  }
  return Status::Ok();
}

// The plan as rows, one an operator. `rows` are the planner's estimates.
Status Statement::Impl::StepExplain(StepCode* code) {
  *code = StepCode::kDone;
  const PlanNode* plan = select.root;
  if (insert != nullptr) plan = insert->plan();
  if (modify != nullptr) plan = modify->plan();
  std::vector<ExplainLine> lines;
  if (plan != nullptr) lines = ExplainPlan(*plan);
  if (lines.empty()) lines.push_back({1, 0, 1, "NO ROWS ARE READ"});
  uint32_t n = static_cast<uint32_t>(lines.size());
  if (n > kChunkRowsMax) n = kChunkRowsMax;
  Vector columns[4];
  for (Vector& v : columns) {
    v.tagged = arena.NewArray<Value>(n);
    if (v.tagged == nullptr) return session->OutOfMemory();
  }
  bool plain = tree->explain == sql::Explain::kQueryPlan;
  for (uint32_t r = 0; r < n; r++) {
    columns[0].tagged[r] = Value::Integer(lines[r].id);
    columns[1].tagged[r] = Value::Integer(lines[r].parent);
    columns[2].tagged[r] =
        Value::Integer(plain || lines[r].rows > 1e18 ? 0 : static_cast<int64_t>(lines[r].rows));
    Bytes text = arena.Copy(AsBytes(lines[r].detail));
    if (text.data() == nullptr) return session->OutOfMemory();
    columns[3].tagged[r] = Value::Make(ValueType::kText, text);
  }
  Chunk all{columns, 4, n, {nullptr, n}};
  uint32_t written = n;
  DOSQL_TRY(session->frame.WriteChunk(all, 4, 0, &written));
  return written == n ? Status::Ok() : Status(Code::kTooBig);
}

Status Statement::Impl::CompileWith(const BindContext& bind) {
  Diag* diag = &session->diag;
  switch (tree->kind) {
    case StatementKind::kSelect: {
      BoundSelect bound;
      DOSQL_TRY(BindSelect(bind, *static_cast<sql::SelectStatement*>(tree)->select, &bound));
      DOSQL_TRY(PlanSelect(&plan_arena, diag, bound, &select, bind.statistics));
      for (const BoundOutput& o : bound.outputs) {
        names.push_back(o.name);
        origins.push_back({o.table, o.column});
      }
      if (select.point != nullptr)
        point = std::make_unique<PointRead>(&session->store->pager(), *select.point->access);
      return Status::Ok();
    }
    case StatementKind::kInsert: {
      BoundInsert bound;
      DOSQL_TRY(BindInsert(bind, *static_cast<sql::Insert*>(tree), &bound));
      insert = std::make_unique<InsertPlan>();
      DOSQL_TRY(insert->Compile(bind, bound));
      for (const BoundOutput& o : bound.returning) names.push_back(o.name);
      return Status::Ok();
    }
    case StatementKind::kUpdate:
    case StatementKind::kDelete: {
      BoundModify bound;
      bool is_delete = tree->kind == StatementKind::kDelete;
      DOSQL_TRY(is_delete ? BindDelete(bind, *static_cast<sql::Delete*>(tree), &bound)
                          : BindUpdate(bind, *static_cast<sql::Update*>(tree), &bound));
      modify = std::make_unique<ModifyPlan>();
      DOSQL_TRY(modify->Compile(bind, bound, is_delete));
      for (const BoundOutput& o : bound.returning) names.push_back(o.name);
      return Status::Ok();
    }
    case StatementKind::kPragma:
      DOSQL_TRY(CheckPragma(session, *static_cast<sql::Pragma*>(tree), &pragma));
      for (uint32_t c = 0; pragma != nullptr && c < pragma->column_count(); c++)
        names.push_back(pragma->column(c));
      return Status::Ok();
    case StatementKind::kVacuum: return CheckVacuum(session, *static_cast<sql::Maintenance*>(tree));
    case StatementKind::kRefused: {
      const auto& refused = *static_cast<sql::Refused*>(tree);
      return diag->Set(Code::kUnsupported, Words({refused.feature, " not supported yet"}),
                       refused.at);
    }
    case StatementKind::kCreateView:
      if (tree->param_count == 0) return Status::Ok();
      return diag->Set(Code::kBind, "parameters are not allowed in views", tree->offset);
    case StatementKind::kCreateTable: {
      const sql::Select* query = static_cast<sql::CreateTable*>(tree)->as_select;
      if (query == nullptr) return Status::Ok();
      BoundSelect bound;
      return BindSelect(bind, *query, &bound);
    }
    default: return Status::Ok();
  }
}

// -------------------------------------------------------------------------------------- execution

void Statement::Impl::End() {
  root.reset();
  subqueries.reset();
  context.eval.subqueries = nullptr;
  shared.reset();
  context.shared = nullptr;
  chunk = nullptr;
  chunk_at = 0;
  if (context.version != nullptr) session->store->pager().Unpin(context.version);
  context.version = nullptr;
  returned.Clear();
  arena.Reset();
  catalog.reset();
  running = false;
}

// Views of texts and blobs point into the frame unless `copy`.
Status Statement::Impl::ReadParams(Bytes frame, bool copy) {
  auto malformed = [&] { return session->diag.Set(Code::kParameter, "malformed parameter frame"); };
  uint32_t count = 0;
  if (!frame.empty()) {
    if (frame.size() < kParamHeaderBytes) return malformed();
    count = LoadLe<uint32_t>(frame.data());
    if (count > (frame.size() - kParamHeaderBytes) / kParamCellBytes) return malformed();
  }
  if (count != tree->param_count)
    return session->diag.Set(
        Code::kParameter,
        Words({"wrong number of parameters: the statement has ", std::to_string(tree->param_count),
               ", ", std::to_string(count), " were given"}));
  params.resize(count);
  const uint8_t* cell = count == 0 ? nullptr : frame.data() + kParamHeaderBytes;
  for (uint32_t i = 0; i < count; i++, cell += kParamCellBytes) {
    switch (static_cast<CellKind>(cell[0])) {
      case CellKind::kNull: params[i] = Value::Null(); break;
      case CellKind::kInt64: params[i] = Value::Integer(LoadLe<int64_t>(cell + 8)); break;
      case CellKind::kReal: params[i] = Value::Real(LoadLe<double>(cell + 8)); break;
      case CellKind::kInt53: {
        double d = LoadLe<double>(cell + 8);
        if (!(d >= -9007199254740992.0 && d <= 9007199254740992.0)) return malformed();
        params[i] = Value::Integer(static_cast<int64_t>(d));
        break;
      }
      case CellKind::kText:
      case CellKind::kBlob: {
        uint32_t size = LoadLe<uint32_t>(cell + 4), at = LoadLe<uint32_t>(cell + 8);
#if defined(DOSQL_PLANT_PARAMS_BUG)  // for the fuzzer to find: a text may pass the frame's end
        if (at > frame.size()) return malformed();
        Bytes b{frame.data() + at, size};
#else
        if (at > frame.size() || size > frame.size() - at) return malformed();
        Bytes b = frame.subspan(at, size);
#endif
        if (copy) {
          b = arena.Copy(b);
          if (b.data() == nullptr) return session->OutOfMemory();
        }
        params[i] = Value::Make(
            cell[0] == static_cast<uint8_t>(CellKind::kText) ? ValueType::kText : ValueType::kBlob,
            b);
        break;
      }
      default: return malformed();
    }
  }
  context.eval.params = params.data();
  context.eval.param_count = count;
  return Status::Ok();
}

// A statement has those trees redone that it reads, and leaves what it changes in others to their
// redo. But under a reader a change waits for all: the reader's version would lack those that are
// redone later. So does what would begin a checkpoint, and a write of one row whose subqueries may
// read between its changes.
bool Statement::Impl::RedoesAllFirst() const {
  if (IsTransaction()) return session->store->checkpoint_due();
  if (!IsWrite() && !IsSchema()) return false;
  if (IsWrite() && WritesOneRow() && has_subqueries) return true;
  return session->store->has_readers() || session->store->checkpoint_due();
}

Status Statement::Impl::Run(Bytes frame, uint32_t max_rows, StepCode* code) {
  if (running) End();
  if (session->store->poisoned()) return Code::kPoisoned;
  if (session->query_only && (IsWrite() || IsSchema()) && !explains())
    return session->diag.Set(Code::kReadOnly, "attempt to write a readonly database");
  // A database several times the size it was planned for may want another plan.
  bool grown = session->store->pager().page_count() / 4 > planned_pages + 16;
  if (catalog_version != session->catalog_version || grown) {
    Status s = Compile();
    if (!s.ok()) {
      catalog_version = 0;  // half compiled: the next run tries again
      return s;
    }
  }
  context.redo = session->redo.empty() ? nullptr : &session->redo;
  if (context.redo != nullptr && RedoesAllFirst()) DOSQL_TRY(session->redo.Flush());
  session->write.redo = context.redo;
  running = true;
  context.pager = &session->store->pager();
  context.arena = &arena;
  context.budget = &session->budget;
  context.clock = session->host.clock;
  context.diag = &session->diag;
  context.deadline_micros = session->deadline_micros;
  context.rows_read = 0;
  context.row_functions = &session->pragmas;
  context.scan_pins_max = session->options.cache_bytes / kPageBytes / 16;
  FunctionContext& f = context.eval.function;
  f.arena = &arena;
  f.diag = &session->diag;
  f.counters = &session->counters;
  f.entropy = session->host.entropy;
  time.Start(session->host.clock);
  f.time = &time;
  session->write.function = f;
  session->write.rows_written = 0;
  if (has_subqueries) {
    subqueries = std::make_unique<StatementSubqueries>(&context);
    context.eval.subqueries = subqueries.get();
  }
  if (shares_rows) {
    shared = std::make_unique<StatementSharedRows>();
    shared->writes = insert != nullptr || modify != nullptr;
    context.shared = shared.get();
  }
  // A statement that finishes within this call may read its parameters where they are.
  if (explains()) return StepExplain(code);
  bool one_call = select.point != nullptr;
  if (!one_call) catalog = session->catalog;
  DOSQL_TRY(ReadParams(frame, !one_call));
  if (IsSelect()) {
    if (select.point != nullptr) return RunPoint(code);
    DOSQL_TRY(StartSelect());
  }
  return Step(max_rows, code);
}

Status Statement::Impl::Step(uint32_t max_rows, StepCode* code) {
  if (!running) return Code::kMisuse;
  if (session->store->poisoned()) return Code::kPoisoned;
  if (select.point != nullptr) return RunPoint(code);
  if (IsSelect()) return StepSelect(max_rows, code);
  if (IsWrite()) return root == nullptr ? RunWrite(max_rows, code) : StepSelect(max_rows, code);
  *code = StepCode::kDone;
  if (IsSchema()) return RunSchema();
  if (IsTransaction()) return RunTransactionStatement(session, *tree);
  if (tree->kind == StatementKind::kVacuum)
    return RunVacuum(session, *static_cast<sql::Maintenance*>(tree));
  return StepPragma(max_rows, code);
}

Status Statement::Impl::RunPoint(StepCode* code) {
  const PointPlan& plan = *select.point;
  const Table& table = *plan.access->table;
  *code = StepCode::kDone;
  int64_t rowid;
  Bytes bytes;
  Status s = point->Find(&context, &context.eval, &arena, &rowid, &bytes);
  if (s.code() == Code::kNotFound) return Status::Ok();
  DOSQL_TRY(s);
  if (bytes.size() < 2) return Code::kCorrupt;
  RowView row(bytes);
  uint32_t width = plan.column.size;
  Value local[16];
  Value* out = width <= 16 ? local : arena.NewArray<Value>(width);
  if (out == nullptr) return session->OutOfMemory();
  const Value* whole = nullptr;
  auto read_all = [&]() -> Status {
    Value* all = arena.NewArray<Value>(table.columns.size + 1);
    if (all == nullptr) return session->OutOfMemory();
    for (uint32_t c = 0; c <= table.columns.size; c++) all[c] = RowColumn(table, row, rowid, c);
    whole = all;
    return Status::Ok();
  };
  if (plan.predicate != nullptr) {
    DOSQL_TRY(read_all());
    bool pass;
    DOSQL_TRY(EvalRowFilter(*plan.predicate, &context.eval, whole, &pass));
    if (!pass) return Status::Ok();
  }
  for (uint32_t i = 0; i < width; i++) {
    if (plan.column[i] != PointPlan::kComputed) {
      out[i] = RowColumn(table, row, rowid, plan.column[i]);
      continue;
    }
    if (whole == nullptr) DOSQL_TRY(read_all());
    DOSQL_TRY(EvalRow(*plan.program[i], &context.eval, whole, &out[i]));
  }
  return session->frame.WriteRow(out, width);
}

Status Statement::Impl::StartSelect() {
  context.version = session->store->pager().Pin();
  if (context.version == nullptr) return session->OutOfMemory();
  return MakeOperator(&context, *select.root, &root);
}

// One frame of at most max_rows rows of one chunk, of fewer when they are long. Looks one chunk
// ahead, so that a short answer is known to be complete within the first call.
Status Statement::Impl::StepSelect(uint32_t max_rows, StepCode* code) {
  if (chunk == nullptr) {
    Status s = root->Next(&chunk);
    if (s.code() == Code::kBlocked) {
      *code = StepCode::kBlocked;
      return Status::Ok();
    }
    DOSQL_TRY(s);
    chunk_at = 0;
    if (chunk == nullptr) {
      *code = StepCode::kDone;
      return Status::Ok();
    }
  }
  uint32_t n = chunk->selection.count - chunk_at;
  if (max_rows != 0 && n > max_rows) n = max_rows;
  DOSQL_TRY(session->frame.WriteChunk(*chunk, static_cast<uint32_t>(names.size()), chunk_at, &n));
  chunk_at += n;
  *code = StepCode::kRows;
  if (chunk_at == chunk->selection.count) {
    chunk = nullptr;
    chunk_at = 0;
    Status s = root->Next(&chunk);
    if (s.ok() && chunk == nullptr) *code = StepCode::kDone;
    // Blocked, or failed: the next step will say so after these rows.
    if (!s.ok() && s.code() != Code::kBlocked) return s;
  }
  if (*code == StepCode::kRows) session->frame.SetMore();
  return Status::Ok();
}

// ------------------------------------------------------------------------------------------ schema

Status Statement::Impl::RunSchema() {
  Store* store = session->store.get();
  uint32_t mark;
  DOSQL_TRY(store->Savepoint(&mark));
  session->write.arena = &arena;
  bool done = false;
  uint64_t version_before = session->catalog_version;
  Status s = RunSchemaStatement(session, *tree, &arena, &done);
  // Slots are rows: they change no schema, and plans stay good.
  const bool slots = tree->kind == StatementKind::kReplicationSlot;
  if (s.ok() && done && slots) s = KeepSlotsLog(session);
  if (s.ok() && done && !slots) {
    s = session->ReloadCatalog();
    if (tree->kind != StatementKind::kPragma)
      store->set_schema_version(store->schema_version() + 1);
  }
  if (s.ok() && done && tree->kind == StatementKind::kCreateTable) {
    // What its CHECKs and defaults may not contain is refused now.
    const TablePrograms* programs;
    const Table* table =
        session->catalog->FindTable(static_cast<sql::CreateTable*>(tree)->table.name);
    if (table != nullptr) s = session->programs.Find(*table, &programs);
  }
  if (s.ok() && done && tree->kind == StatementKind::kCreateTable) {
    const auto& create = *static_cast<sql::CreateTable*>(tree);
    if (create.as_select != nullptr) s = FillTable(create);
  }
  if (s.ok()) {
    if (session->explicit_transaction) return store->Release(mark);
    return store->Commit();
  }
  if (session->explicit_transaction) {
    DOSQL_TRY(store->RollbackTo(mark));
    DOSQL_TRY(store->Release(mark));
  } else {
    DOSQL_TRY(store->Rollback());
  }
  if (session->catalog_version != version_before) DOSQL_TRY(session->ReloadCatalog());
  return s;
}

Status Statement::Impl::FillTable(const sql::CreateTable& create) {
  sql::Insert fill;
  fill.table = create.table;
  fill.source = create.as_select;
  Store* store = session->store.get();
  TableStatistics statistics(store, session->catalog.get(), &session->budget,
                             session->options.cache_bytes);
  BindContext bind{&arena, &session->diag, session->catalog.get(), &statistics};
  BoundInsert bound;
  DOSQL_TRY(BindInsert(bind, fill, &bound));
  InsertPlan plan;
  DOSQL_TRY(plan.Compile(bind, bound));
  subqueries = std::make_unique<StatementSubqueries>(&context);
  context.eval.subqueries = subqueries.get();
  context.version = store->pager().Pin();
  if (context.version == nullptr) return session->OutOfMemory();
  WriteResult result;
  result.returned = &returned;
  session->write.on_failure = sql::Conflict::kAbort;
  Status s = plan.Run(&context, &session->write, &result);
  store->pager().Unpin(context.version);
  context.version = nullptr;
  return s;
}

Status Statement::Impl::StepPragma(uint32_t max_rows, StepCode* code) {
  if (root == nullptr) {
    pragma_rows.cells.clear();
    *code = StepCode::kDone;
    DOSQL_TRY(RunPragma(session, *static_cast<sql::Pragma*>(tree), pragma, &arena, &pragma_rows));
    if (pragma_rows.rows() == 0) return Status::Ok();
    root = MakeRowList(&context, &pragma_rows);
  }
  return StepSelect(max_rows, code);
}

// ------------------------------------------------------------------------------- the public shell

Statement::Statement(Database* db) : impl_(new Impl(&db->session())) {}
Statement::~Statement() { delete impl_; }

StepCode Statement::Run(Bytes params, uint32_t max_rows) { return Finish(true, params, max_rows); }

StepCode Statement::Step(uint32_t max_rows) { return Finish(false, {}, max_rows); }

StepCode Statement::Finish(bool run, Bytes params, uint32_t max_rows) {
  Session* s = impl_->session;
  if (s->diag.code != Code::kOk) s->diag.Clear();
  s->frame.Clear();
  StepCode code = StepCode::kDone;
  Status status = run ? impl_->Run(params, max_rows, &code) : impl_->Step(max_rows, &code);
  if (status.code() == Code::kBlocked) {
    code = StepCode::kBlocked;
    status = Status::Ok();
  }
  StatementCounters& c = impl_->counters;
  c.changes = static_cast<uint64_t>(s->counters.changes);
  c.total_changes = static_cast<uint64_t>(s->counters.total_changes);
  c.last_rowid = s->counters.last_insert_rowid;
  c.rows_read = impl_->context.rows_read;
  c.rows_written = s->write.rows_written;
  if (!status.ok()) {
    s->Explain(status).Ignore();
    s->diag.Locate(impl_->sql);
    s->frame.Clear();
    code = StepCode::kError;
  }
  if (code == StepCode::kDone || code == StepCode::kError) impl_->End();
  return code;
}

void Statement::Reset() { impl_->End(); }
Bytes Statement::frame() const { return impl_->session->frame.bytes(); }
uint32_t Statement::column_count() const { return static_cast<uint32_t>(impl_->names.size()); }
std::string_view Statement::column_name(uint32_t i) const { return impl_->names[i]; }
uint32_t Statement::param_count() const { return impl_->tree->param_count; }

std::string_view Statement::param_name(uint32_t i) const {
  for (const sql::ParameterName& p : impl_->tree->param_names)
    if (p.index == i) return p.text;
  return {};
}

void Statement::AppendParamNames(std::string* out) const {
  std::vector<std::string_view> names(param_count());
  for (const sql::ParameterName& p : impl_->tree->param_names) names[p.index - 1] = p.text;
  for (std::string_view name : names) {
    out->append(name);
    out->push_back('\0');
  }
}

void Statement::AppendOrigins(std::string* out) const {
  // The tables of an older catalog are gone.
  if (impl_->catalog_version != impl_->session->catalog_version) return;
  auto append = [&](std::string_view text) {
    out->append(text);
    out->push_back('\0');
  };
  for (const Impl::Origin& o : impl_->origins) {
    std::string_view column, type;
    if (o.table != nullptr) {
      uint32_t c = o.column;
      if (c == RowidIndex(*o.table) && o.table->rowid_column >= 0)
        c = static_cast<uint32_t>(o.table->rowid_column);
      column = c < o.table->columns.size ? o.table->columns[c].name : "rowid";
      type = c < o.table->columns.size ? o.table->columns[c].type : "INTEGER";
    }
    append(o.table == nullptr ? std::string_view() : o.table->name);
    append(column);
    append(type);
  }
}

bool Statement::reads_only() const {
  return impl_->explains() || impl_->IsSelect() ||
         (impl_->tree->kind == StatementKind::kPragma && !impl_->IsSchema());
}
bool Statement::controls_transaction() const {
  return !impl_->explains() && impl_->IsTransaction();
}
std::string_view Statement::sql() const { return impl_->sql; }
const StatementCounters& Statement::counters() const { return impl_->counters; }

}  // namespace dosql
