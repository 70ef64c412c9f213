#include "core/table/integrity.h"

#include "core/expr/eval_row.h"
#include "core/storage/btree/cursor.h"
#include "core/storage/btree/verify.h"
#include "core/table/index_entry.h"
#include "core/type/affinity.h"
#include "core/type/row_codec.h"

namespace dosql {
namespace {

constexpr size_t kProblemsMax = 100;

class Checker final : public BTreeVisitor, public Pager::IntegrityReport {
 public:
  Checker(Store* store, const Catalog& catalog, ByteBudget* budget, const WriteContext* context,
          std::vector<std::string>* problems)
      : pager_(&store->pager()),
        catalog_(catalog),
        budget_(budget),
        context_(context),
        problems_(problems) {}

  Status Run() {
    DOSQL_TRY(pager_->CheckIntegrity(this));
    for (const Table* table : catalog_.tables()) {
      programs_ = nullptr;
      if (context_ != nullptr && context_->programs != nullptr) {
        DOSQL_TRY(context_->programs->Find(*table, &programs_));
        eval_.function = context_->function;
      }
      uint64_t rows = 0;
      where_ = Words({"table ", table->name});
      DOSQL_TRY(Tree(TableTree(*table), &rows));
      expected_.assign(table->indexes.size, 0);
      std::vector<uint64_t> entries(table->indexes.size);
      for (uint32_t i = 0; i < table->indexes.size; i++) {
        where_ = Words({"index ", table->indexes[i]->name});
        DOSQL_TRY(Tree(BTree(pager_, table->indexes[i]->root, KeyKind::kBytes), &entries[i]));
      }
      where_ = Words({"table ", table->name});
      bool read_all = false;
      DOSQL_TRY(Rows(*table, &read_all));
      for (uint32_t i = 0; i < table->indexes.size && read_all; i++) {
        where_ = Words({"index ", table->indexes[i]->name});
        if (entries[i] != expected_[i])
          Note(Words({std::to_string(entries[i]), " entries for ", std::to_string(expected_[i]),
                      " rows"}));
      }
    }
    where_ = "pages";
    for (uint32_t id = 1, left = pager_->page_count(); left > 0 && problems_->size() < kProblemsMax;
         id++) {
      if (!pager_->PageExists(PageId{id})) continue;
      left--;
      if (id >= seen_.size() || !seen_[id])
        Note(Words({"page ", std::to_string(id), " is never used"}));
    }
    return Status::Ok();
  }

  bool OnPage(PageId page) override {
    // Ids that no page has are reported by the walk that could not read them.
    if (!pager_->PageExists(page)) return true;
    if (page.value >= seen_.size()) seen_.resize(page.value + 1);
    if (seen_[page.value]) return false;
    seen_[page.value] = true;
    return true;
  }
  void OnProblem(PageId page, std::string_view what) override {
    Note(Words({"page ", std::to_string(page.value), ": ", what}));
  }
  void Problem(const char* what, uint32_t page, uint32_t loc) override {
    where_ = "storage";
    Note(Words({what, " (page ", std::to_string(page), ", slot ", std::to_string(loc), ")"}));
  }

 private:
  BTree TableTree(const Table& t) const {
    return BTree(pager_, t.root, t.without_rowid ? KeyKind::kBytes : KeyKind::kInteger);
  }

  void Note(const std::string& what) {
    if (problems_->size() < kProblemsMax) problems_->push_back(where_ + ": " + what);
  }

  Status Tree(const BTree& tree, uint64_t* entries) {
    BTreeStats stats;
    DOSQL_TRY(VerifyBTree(tree, nullptr, budget_, this, &stats));
    *entries = stats.entries;
    return Status::Ok();
  }

  // Each row must be well formed, keep NOT NULL, and have its entry in each index.
  Status Rows(const Table& table, bool* read_all) {
    Arena arena(budget_);
    Cursor cursor(TableTree(table), nullptr);
    Status s = cursor.First();
    std::vector<Value> values(table.columns.size + 1);
    uint64_t number = 0;
    eval_.function.arena = &arena;
    for (; s.ok() && cursor.valid() && problems_->size() < kProblemsMax; s = cursor.Next()) {
      arena.Reset();
      number++;
      Bytes bytes, key;
      int64_t rowid = 0;
      s = cursor.Payload(&arena, &bytes);
      if (s.ok()) {
        bytes = arena.Copy(bytes);
        s = table.without_rowid ? cursor.BytesKey(&arena, &key) : cursor.IntegerKey(&rowid);
      }
      if (!s.ok()) break;
      RowView row;
      if (!RowView::Open(bytes, &row).ok() ||
          (row.column_count() > table.columns.size && table.id != kSchemaTableId)) {
        Note(Words({"row ", std::to_string(number), " is malformed"}));
        continue;
      }
      for (uint32_t c = 0; c < table.columns.size; c++)
        values[c] = row.GetOr(c, table.columns[c].default_value);
      if (table.rowid_column >= 0) values[table.rowid_column] = Value::Integer(rowid);
      if (!table.without_rowid) values[table.columns.size] = Value::Integer(rowid);
      for (uint32_t c = 0; c < table.columns.size; c++)
        if (table.columns[c].not_null && values[c].is_null())
          Note(
              Words({"NULL value in ", table.columns[c].name, " of row ", std::to_string(number)}));
      DOSQL_TRY(Checks(table, values.data(), number));
      DOSQL_TRY(Entries(table, values.data(), rowid, key, number, &arena));
    }
    if (s.code() == Code::kCorrupt) {
      Note("rows cannot be read");
      return Status::Ok();
    }
    *read_all = !cursor.valid();
    return s;
  }

  Status Checks(const Table& table, const Value* values, uint64_t number) {
    if (programs_ == nullptr) return Status::Ok();
    for (const Program* check : programs_->checks) {
      Value v;
      DOSQL_TRY(EvalRow(*check, &eval_, values, &v));
      if (ToTruth(v) == 0)
        Note(Words({"CHECK constraint failed in ", table.name, ", row ", std::to_string(number)}));
    }
    return Status::Ok();
  }

  Status Entries(const Table& table, const Value* values, int64_t rowid, Bytes key, uint64_t number,
                 Arena* arena) {
    auto* locator = static_cast<uint8_t*>(arena->Allocate(key.size() + 8));
    if (locator == nullptr) return Code::kNoMemory;
    size_t size = kRowidKeyBytes;
    if (table.without_rowid) {
      std::memcpy(locator, key.data(), key.size());
      StoreLe<uint16_t>(locator + key.size(), static_cast<uint16_t>(key.size()));
      size = key.size() + 2;
    } else {
      PutRowid(locator, rowid);
    }
    for (uint32_t i = 0; i < table.indexes.size; i++) {
      const Index* index = table.indexes[i];
      KeyBuffer entry(arena);
      EntryKind kind;
      DOSQL_TRY(BuildEntryKey(*index, programs_ != nullptr ? programs_->ForIndex(i) : nullptr,
                              &eval_, values, {locator, size}, &entry, &kind));
      if (kind == EntryKind::kNone) continue;
      expected_[i]++;
      Bytes payload;
      Status s = BTree(pager_, index->root, KeyKind::kBytes)
                     .Get(nullptr, Key::Of(entry.bytes()), arena, &payload);
      if (s.code() == Code::kNotFound || s.code() == Code::kCorrupt) {
        Note(Words({"row ", std::to_string(number), " is missing from index ", index->name}));
        continue;
      }
      DOSQL_TRY(s);
      if (kind == EntryKind::kUnique && CompareBytes(payload, {locator, size}) != 0)
        Note(Words(
            {"row ", std::to_string(number), " has another row's entry in index ", index->name}));
    }
    return Status::Ok();
  }

  Pager* pager_;
  const Catalog& catalog_;
  ByteBudget* budget_;
  const WriteContext* context_;
  const TablePrograms* programs_ = nullptr;
  EvalContext eval_;
  std::vector<uint64_t> expected_;  // entries of each index of the table
  std::vector<std::string>* problems_;
  std::vector<uint8_t> seen_;
  std::string where_;
};

}  // namespace

Status CheckDatabase(Store* store, const Catalog& catalog, ByteBudget* budget,
                     const WriteContext* context, std::vector<std::string>* problems) {
  return Checker(store, catalog, budget, context, problems).Run();
}

}  // namespace dosql
