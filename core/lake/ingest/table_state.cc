#include "core/lake/ingest/table_state.h"

#include "core/lake/ingest/entry_codec.h"
#include "core/lake/ingest/key_index.h"

namespace dosql::lake {
namespace {

constexpr std::string_view kState = "m";
constexpr char kSources = 's', kLayouts = 'l';
constexpr size_t kAtOnce = 1000;

std::string Numbered(char kind, uint32_t number) { return kind + SourcePrefix(number); }

// Calls read(value) for each entry of a kind, in the order of their numbers, which have no gaps.
template <typename Read>
Status Each(LakeStore* store, char kind, Read read) {
  std::string after;
  uint32_t number = 0;
  for (;;) {
    std::vector<LakeStore::Entry> entries;
    DOSQL_TRY(store->Scan(std::string(1, kind), after, kAtOnce, &entries));
    if (entries.empty()) return Status::Ok();
    for (const auto& [key, value] : entries) {
      if (key != Numbered(kind, number++)) return Code::kCorrupt;
      DOSQL_TRY(read(value));
    }
    after = entries.back().first;
  }
}

}  // namespace

Status LoadState(LakeStore* store, TableState* state) {
  std::string value;
  bool found;
  DOSQL_TRY(store->Get(kState, &value, &found));
  *state = TableState();
  if (!found) return Status::Ok();
  EntryReader r(value);
  state->uuid = r.Text();
  state->location = r.Text();
  state->files = r.Small();
  state->misfits = r.Number();
  for (size_t left = r.Count(); left > 0; left--) {
    std::string name = r.Text();
    state->former_names.emplace_back(std::move(name), r.Signed());
  }
  return r.Done();
}

Status SaveState(LakeStore* store, const TableState& state) {
  EntryWriter w;
  w.Text(state.uuid);
  w.Text(state.location);
  w.Number(state.files);
  w.Number(state.misfits);
  w.Number(state.former_names.size());
  for (const auto& [name, id] : state.former_names) {
    w.Text(name);
    w.Signed(id);
  }
  return store->Put(kState, w.bytes());
}

Status LoadSources(LakeStore* store, std::vector<LakeSource>* sources) {
  return Each(store, kSources, [&](std::string_view value) {
    EntryReader r(value);
    LakeSource& s = sources->emplace_back();
    s.id = r.Text();
    s.at.incarnation = r.Number();
    s.at.lsn = Lsn(r.Number());
    s.at.changes = r.Small();
    s.part = r.Small();
    s.copy_time = static_cast<int64_t>(r.Number());
    s.token = r.Text();
    s.table = r.Signed();
    s.layout = r.Signed();
    for (size_t left = r.Count(); left > 0; left--) {
      LakeSource::Fork& fork = s.past.emplace_back();
      fork.parent = r.Number();
      fork.lsn = Lsn(r.Number());
    }
    for (size_t left = r.Count(); left > 0; left--) s.past_fields.push_back(r.Signed());
    return s.id.size() == 16 ? r.Done() : Status(Code::kCorrupt);
  });
}

Status SaveSource(LakeStore* store, uint32_t number, const LakeSource& s) {
  EntryWriter w;
  w.Text(s.id);
  w.Number(s.at.incarnation);
  w.Number(s.at.lsn.value);
  w.Number(s.at.changes);
  w.Number(s.part);
  w.Number(static_cast<uint64_t>(s.copy_time));
  w.Text(s.token);
  w.Signed(s.table);
  w.Signed(s.layout);
  w.Number(s.past.size());
  for (const LakeSource::Fork& fork : s.past) {
    w.Number(fork.parent);
    w.Number(fork.lsn.value);
  }
  w.Number(s.past_fields.size());
  for (int32_t id : s.past_fields) w.Signed(id);
  return store->Put(Numbered(kSources, number), w.bytes());
}

Status LoadLayouts(LakeStore* store, std::vector<RowLayout>* layouts) {
  return Each(store, kLayouts, [&](std::string_view value) {
    EntryReader r(value);
    RowLayout& layout = layouts->emplace_back();
    for (size_t left = r.Count(); left > 0; left--) {
      RowLayout::Cell& cell = layout.cells.emplace_back();
      cell.field_id = r.Signed();
      cell.is_rowid = r.Number() != 0;
      cell.name = r.Text();
    }
    return r.Done();
  });
}

Status SaveLayout(LakeStore* store, uint32_t number, const RowLayout& layout) {
  EntryWriter w;
  w.Number(layout.cells.size());
  for (const RowLayout::Cell& cell : layout.cells) {
    w.Signed(cell.field_id);
    w.Number(cell.is_rowid);
    w.Text(cell.name);
  }
  return store->Put(Numbered(kLayouts, number), w.bytes());
}

}  // namespace dosql::lake
