#include "core/engine/pragma_functions.h"

#include <algorithm>

#include "core/bind/binder.h"
#include "core/engine/create_table_as.h"
#include "core/engine/replication_slot.h"
#include "core/engine/session.h"
#include "core/function/scalar_function.h"
#include "core/storage/page/page_format.h"
#include "core/table/integrity.h"
#include "core/type/affinity.h"
#include "core/type/compare.h"
#include "core/type/number_text.h"

namespace dosql {
namespace {

constexpr std::string_view kSystemView[] = {"type", "name", "tbl_name", "rootpage", "sql"};

// SQLite gives the types it knows in capitals, others as written.
std::string_view TypeWords(std::string_view type) {
  for (const char* known : {"ANY", "BLOB", "INT", "INTEGER", "REAL", "TEXT"})
    if (EqualsIgnoringCase(type, known)) return known;
  return type;
}

// The declared type of a query's column: of the stored column it is, else after its affinity.
std::string_view OutputType(const BoundSelect& select, uint32_t column) {
  const BoundSelect* s = &select;
  while (!s->terms.empty()) s = s->terms[0].select;
  const BoundOutput& o = s->outputs[column];
  if (o.expr != nullptr && o.expr->op == ExprOp::kColumn && o.expr->source < s->sources.size) {
    const BoundSource& source = s->sources[o.expr->source];
    uint32_t at = o.expr->index;
    if (source.table != nullptr) {
      if (at == RowidIndex(*source.table)) {
        int32_t alias = source.table->rowid_column;
        return alias >= 0 ? TypeWords(source.table->columns[alias].type) : "INTEGER";
      }
      if (at < source.table->columns.size) return TypeWords(source.table->columns[at].type);
    } else if (source.query != nullptr && at < source.query->outputs.size) {
      return OutputType(*source.query, at);
    }
    return "";
  }
  const ColumnTraits& traits = select.outputs[column].traits;
  if (!traits.has_affinity) return "";
  switch (traits.affinity) {
    case Affinity::kText: return "TEXT";
    case Affinity::kNumeric: return "NUM";
    case Affinity::kInteger: return "INT";
    case Affinity::kReal: return "REAL";
    default: return "BLOB";
  }
}

bool IsOfAllTrees(PragmaKind kind) {
  return kind == PragmaKind::kIntegrityCheck || kind == PragmaKind::kPageCount;
}

// Collects the rows of one call.
class Collector {
 public:
  Collector(Session* session, const RowSource& function, Arena* arena, RowList* out)
      : session_(session),
        catalog_(*session->catalog),
        function_(function),
        arena_(arena),
        out_(out) {}

  Status Run(const Value* args, uint32_t arg_count) {
    bool has_name = arg_count > 0 && !args[0].is_null();
    std::string_view name;
    Value text;
    if (has_name) {
      DOSQL_TRY(ToText(args[0], arena_, &text));
      name = text.text();
    }
    if (function_.kind == PragmaKind::kReplicationBatch)
      return ReadSlotBatch(
          session_, name, arg_count > 1 ? ToInteger(args[1]) : 0,
          arg_count > 2 && args[2].is_bytes() ? args[2].text() : std::string_view(), arena_, out_);
    if (arg_count > 1 && !args[1].is_null()) {
      DOSQL_TRY(ToText(args[1], arena_, &text));
      if (!EqualsIgnoringCase(text.text(), "main"))
        return session_->diag.Set(Code::kNoSuchObject, Words({"unknown database ", text.text()}));
    }
    if (IsOfAllTrees(function_.kind)) DOSQL_TRY(session_->redo.Flush());
    switch (function_.kind) {
      case PragmaKind::kTableInfo:
      case PragmaKind::kTableXinfo: return TableInfo(name);
      case PragmaKind::kTableList: return TableList(has_name, name);
      case PragmaKind::kIndexList: IndexList(name); break;
      case PragmaKind::kIndexInfo:
      case PragmaKind::kIndexXinfo: IndexInfo(name); break;
      case PragmaKind::kForeignKeyList: ForeignKeyList(name); break;
      case PragmaKind::kForeignKeyCheck: return ForeignKeyCheck(has_name, name);
      case PragmaKind::kModuleList:
      case PragmaKind::kNothing:
      case PragmaKind::kReplicationBatch:
      case PragmaKind::kSeries: break;
      case PragmaKind::kReplicationSlots: return ListSlots(session_, arena_, out_);
      case PragmaKind::kIntegrityCheck: return IntegrityCheck(has_name, args, name);
      case PragmaKind::kDatabaseList: Row({Integer(0), Text("main"), Text("")}); break;
      case PragmaKind::kCollationList:
        Row({Integer(0), Text("RTRIM")});
        Row({Integer(1), Text("NOCASE")});
        Row({Integer(2), Text("BINARY")});
        break;
      case PragmaKind::kFunctionList: FunctionList(); break;
      case PragmaKind::kPragmaList:
        for (uint32_t i = 0; PragmaAt(i) != nullptr; i++) Row({Text(PragmaAt(i)->name)});
        break;
      case PragmaKind::kCompileOptions:
        for (const char* option :
             {"DQS=0", "ENABLE_MATH_FUNCTIONS", "ENABLE_PERCENTILE", "ENABLE_UPDATE_DELETE_LIMIT",
              "MAX_COLUMN=2000", "MAX_COMPOUND_SELECT=500", "MAX_EXPR_DEPTH=1000",
              "MAX_FUNCTION_ARG=1000", "MAX_SQL_LENGTH=1000000", "MAX_VARIABLE_NUMBER=32766",
              "OMIT_LOAD_EXTENSION", "THREADSAFE=0"})
          Row({Text(option)});
        break;
      case PragmaKind::kUserVersion: Row({Integer(catalog_.numbers().user_version)}); break;
      case PragmaKind::kApplicationId: Row({Integer(catalog_.numbers().application_id)}); break;
      case PragmaKind::kSchemaVersion:
        Row({Integer(static_cast<int32_t>(session_->store->schema_version()))});
        break;
      case PragmaKind::kPageCount: Row({Integer(session_->store->pager().page_count())}); break;
      case PragmaKind::kPageSize: Row({Integer(kPageBytes)}); break;
      case PragmaKind::kFreelistCount: Row({Integer(0)}); break;
      case PragmaKind::kDataVersion: Row({Integer(1)}); break;
      case PragmaKind::kForeignKeys: Row({Integer(0)}); break;
      case PragmaKind::kQueryOnly: Row({Integer(session_->query_only)}); break;
      case PragmaKind::kEncoding: Row({Text("UTF-8")}); break;
      case PragmaKind::kJournalMode: Row({Text("wal")}); break;
      case PragmaKind::kLockingMode: Row({Text("normal")}); break;
      case PragmaKind::kWalCheckpoint: Row({Integer(0), Integer(0), Integer(0)}); break;
      case PragmaKind::kBusyTimeout:
      case PragmaKind::kSetting: {
        int64_t value = function_.value;
        for (const PragmaSetting& s : session_->settings)
          if (s.pragma == &function_) value = s.value;
        Row({Integer(value)});
        break;
      }
    }
    return out_of_memory_ ? session_->OutOfMemory() : Status::Ok();
  }

 private:
  static Value Integer(int64_t v) { return Value::Integer(v); }
  // A copy: the catalog may go before the rows do.
  Value Text(std::string_view s) {
    Bytes copy = arena_->Copy(AsBytes(s));
    out_of_memory_ |= copy.data() == nullptr;
    return copy.data() == nullptr ? Value::Null() : Value::Make(ValueType::kText, copy);
  }
  void Row(std::initializer_list<Value> cells) {
    out_->cells.insert(out_->cells.end(), cells.begin(), cells.end());
  }

  void Column(uint32_t cid, std::string_view name, std::string_view type, bool not_null,
              const Value& default_text, uint32_t key) {
    Row({Integer(cid), Text(name), Text(type), Integer(not_null), default_text, Integer(key)});
    if (function_.kind == PragmaKind::kTableXinfo) Row({Integer(0)});
  }

  Status ViewColumns(const View& view, BoundSelect* bound) {
    BindContext bind{arena_, &session_->diag, &catalog_};
    ViewInSight in_sight{&view, nullptr};
    bind.views = &in_sight;
    DOSQL_TRY(BindSelect(bind, *view.select, bound));
    if (view.columns.empty() || view.columns.size == bound->outputs.size) return Status::Ok();
    return session_->diag.Set(
        Code::kBind, Words({"expected ", std::to_string(view.columns.size), " columns for '",
                            view.name, "' but got ", std::to_string(bound->outputs.size)}));
  }

  Status TableInfo(std::string_view name) {
    const View* view = catalog_.FindView(name);
    if (view != nullptr) {
      BoundSelect bound;
      DOSQL_TRY(ViewColumns(*view, &bound));
      std::vector<std::string> names;
      for (uint32_t c = 0; c < bound.outputs.size; c++) {
        names.push_back(UniqueName(
            view->columns.empty() ? bound.outputs[c].name : view->columns[c].text, names));
        Column(c, names.back(), OutputType(bound, c), false, Value::Null(), 0);
      }
    }
    const Table* table = catalog_.FindTable(name);
    for (uint32_t i = 0; table != nullptr && i < table->columns.size; i++) {
      const dosql::Column& c = table->columns[i];
      Column(i, c.name, TypeWords(c.type), c.not_null,
             c.default_expr != nullptr ? Text(c.default_text) : Value::Null(), c.primary_key);
    }
    return out_of_memory_ ? session_->OutOfMemory() : Status::Ok();
  }

  // Finds nothing where nothing refers to another table; to look for more is not done yet.
  Status ForeignKeyCheck(bool has_name, std::string_view name) {
    if (has_name && catalog_.FindTable(name) == nullptr && catalog_.FindView(name) == nullptr)
      return session_->diag.Set(Code::kNoSuchObject, Words({"no such table: ", name}));
    for (const Table* t : catalog_.tables())
      if (!t->foreign_keys.empty() && (!has_name || EqualsIgnoringCase(t->name, name)))
        return session_->diag.Set(Code::kUnsupported, Words({"PRAGMA foreign_key_check of table ",
                                                             t->name, " is not supported yet"}));
    return Status::Ok();
  }

  Status TableList(bool has_name, std::string_view name) {
    auto add = [&](std::string_view schema, std::string_view of, const char* type, uint32_t n,
                   bool without_rowid, bool strict) {
      if (has_name && !EqualsIgnoringCase(name, of)) return;
      Row({Text(schema), Text(of), Text(type), Integer(n), Integer(without_rowid),
           Integer(strict)});
    };
    for (const Table* t : catalog_.tables())
      if (t->id != kSchemaTableId)
        add("main", t->name, "table", t->columns.size, t->without_rowid, t->strict);
    for (const View* v : catalog_.views()) {
      if (has_name && !EqualsIgnoringCase(name, v->name)) continue;
      BoundSelect bound;
      // A view that cannot be read is listed all the same.
      uint32_t n = ViewColumns(*v, &bound).ok() ? bound.outputs.size : 0;
      session_->diag.Clear();
      add("main", v->name, "view", n, false, false);
    }
    add("main", "sqlite_schema", "table", std::size(kSystemView), false, false);
    add("temp", "sqlite_temp_schema", "table", std::size(kSystemView), false, false);
    return out_of_memory_ ? session_->OutOfMemory() : Status::Ok();
  }

  static std::string KeyIndexName(const Table& table) {
    // The number that the table's other automatic indexes leave free.
    for (uint32_t n = 1;; n++) {
      std::string name = Words({"sqlite_autoindex_", table.name, "_", std::to_string(n)});
      bool taken = false;
      for (const Index* index : table.indexes) taken = taken || index->name == name;
      if (!taken) return name;
    }
  }

  // The newest first, those whose conflicts replace rows last.
  void IndexList(std::string_view name) {
    const Table* table = catalog_.FindTable(name);
    if (table == nullptr) return;
    int64_t seq = 0;
    // An automatic index's number, the last part of its name, is its place among them.
    auto number = [](std::string_view of) {
      uint32_t n = 0, unit = 1;
      for (size_t i = of.size(); i-- > 0 && of[i] >= '0' && of[i] <= '9'; unit *= 10)
        n += static_cast<uint32_t>(of[i] - '0') * unit;
      return n;
    };
    const std::string key = table->without_rowid ? KeyIndexName(*table) : std::string();
    for (bool replaces : {false, true}) {
      bool key_comes =
          table->without_rowid && (table->key_conflict == sql::Conflict::kReplace) == replaces;
      auto key_row = [&] {
        Row({Integer(seq++), Text(key), Integer(1), Text("pk"), Integer(0)});
        key_comes = false;
      };
      for (uint32_t i = table->indexes.size; i-- > 0;) {
        const Index& index = *table->indexes[i];
        if ((index.conflict == sql::Conflict::kReplace) != replaces) continue;
        if (key_comes && index.origin != IndexOrigin::kCreateIndex &&
            number(index.name) < number(key))
          key_row();
        const char* origin = index.origin == IndexOrigin::kCreateIndex ? "c"
                             : index.origin == IndexOrigin::kUnique    ? "u"
                                                                       : "pk";
        Row({Integer(seq++), Text(index.name), Integer(index.unique), Text(origin),
             Integer(index.where != nullptr)});
      }
      if (key_comes) key_row();
    }
  }

  void IndexColumnRow(const Table& table, int64_t seq, int64_t cid, bool desc, Collation collation,
                      bool key) {
    Row({Integer(seq), Integer(cid),
         cid >= 0 ? Text(table.columns[static_cast<uint32_t>(cid)].name) : Value::Null()});
    if (function_.kind == PragmaKind::kIndexXinfo)
      Row({Integer(desc), Text(CollationName(collation)), Integer(key)});
  }

  void IndexInfo(std::string_view name) {
    const Index* index = catalog_.FindIndex(name);
    const Table* table = index != nullptr ? index->table : nullptr;
    if (table == nullptr) {  // the key of a WITHOUT ROWID table goes by the table's name, too
      for (const Table* t : catalog_.tables())
        if (t->without_rowid &&
            (EqualsIgnoringCase(t->name, name) || EqualsIgnoringCase(KeyIndexName(*t), name)))
          table = t;
      if (table == nullptr) return;
    }
    const sql::List<IndexColumn>& columns = index != nullptr ? index->columns : table->key_columns;
    int64_t seq = 0;
    for (const IndexColumn& c : columns)
      IndexColumnRow(*table, seq++, c.expr != nullptr ? -2 : static_cast<int64_t>(c.column), c.desc,
                     c.collation, true);
    if (function_.kind != PragmaKind::kIndexXinfo) return;
    if (!table->without_rowid) {
      IndexColumnRow(*table, seq, -1, false, Collation::kBinary, false);
      return;
    }
    auto in = [](const sql::List<IndexColumn>& list, uint32_t column) {
      for (const IndexColumn& c : list)
        if (c.expr == nullptr && c.column == column) return true;
      return false;
    };
    if (index != nullptr) {
      for (const IndexColumn& c : table->key_columns)
        if (!in(columns, c.column))
          IndexColumnRow(*table, seq++, c.column, false, c.collation, false);
      return;
    }
    for (uint32_t c = 0; c < table->columns.size; c++)
      if (!in(columns, c))
        IndexColumnRow(*table, seq++, c, false, table->columns[c].collation, false);
  }

  void ForeignKeyList(std::string_view name) {
    static constexpr const char* kActions[] = {"NO ACTION", "RESTRICT", "SET NULL", "SET DEFAULT",
                                               "CASCADE"};
    const Table* table = catalog_.FindTable(name);
    if (table == nullptr) return;
    int64_t id = 0;
    for (uint32_t i = table->foreign_keys.size; i-- > 0; id++) {
      const TableForeignKey& k = table->foreign_keys[i];
      for (uint32_t c = 0; c < k.columns.size; c++)
        Row({Integer(id), Integer(c), Text(k.key->parent.text),
             Text(table->columns[k.columns[c]].name),
             k.key->parent_columns.empty() ? Value::Null() : Text(k.key->parent_columns[c].text),
             Text(kActions[static_cast<uint32_t>(k.key->on_update)]),
             Text(kActions[static_cast<uint32_t>(k.key->on_delete)]), Text("NONE")});
    }
  }

  // An argument is a number of problems, or a table: then all is checked, too.
  Status IntegrityCheck(bool has_argument, const Value* args, std::string_view name) {
    size_t problems_max = 100;
    Value number;
    if (has_argument && ParseExactNumber(name, &number)) {
      if (number.type == ValueType::kInteger && number.i > 0)
        problems_max = static_cast<size_t>(number.i);
    } else if (has_argument && catalog_.FindTable(name) == nullptr) {
      return session_->diag.Set(Code::kNoSuchObject, Words({"no such table: ", name}));
    }
    (void)args;
    std::vector<std::string> problems;
    DOSQL_TRY(CheckDatabase(session_->store.get(), catalog_, &session_->budget, &session_->write,
                            &problems));
    if (problems.empty()) problems.push_back("ok");
    for (size_t i = 0; i < problems.size() && i < problems_max; i++) Row({Text(problems[i])});
    return out_of_memory_ ? session_->OutOfMemory() : Status::Ok();
  }

  void FunctionList() {
    auto add = [&](const char* name, const char* type, uint32_t args_min, uint32_t args_max,
                   bool any) {
      if (any) args_min = args_max = 0;
      for (uint32_t n = args_min; n <= args_max; n++)
        Row({Text(name), Integer(1), Text(type), Text("utf8"),
             Integer(any ? -1 : static_cast<int64_t>(n)), Integer(0)});
    };
    for (uint32_t i = 0; ScalarFunctionAt(i) != nullptr; i++) {
      const ScalarFunction& f = *ScalarFunctionAt(i);
      add(f.name, "s", f.args_min, f.args_max, f.args_max == 255);
    }
    for (uint32_t i = 0; AggregateFunctionAt(i) != nullptr; i++) {
      const AggregateFunction& f = *AggregateFunctionAt(i);
      add(f.name, "a", f.args_min, f.args_max, false);
    }
  }

  Session* session_;
  const Catalog& catalog_;
  const RowSource& function_;
  Arena* arena_;
  RowList* out_;
  bool out_of_memory_ = false;
};

}  // namespace

Status PragmaFunctions::Rows(const RowSource& function, const Value* args, uint32_t arg_count,
                             Arena* arena, RowList* out) {
  out->width = function.column_count();
  return Collector(session_, function, arena, out).Run(args, arg_count);
}

}  // namespace dosql
