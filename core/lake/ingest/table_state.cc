#include "core/lake/ingest/table_state.h"

#include "core/base/varint.h"
#include "core/lake/ingest/key_index.h"

namespace dosql::lake {
namespace {

constexpr std::string_view kState = "m";
constexpr char kSources = 's', kLayouts = 'l', kFiles = 'f';
constexpr size_t kAtOnce = 1000;

std::string Numbered(char kind, uint32_t number) { return kind + SourcePrefix(number); }

class Writer {
 public:
  void Number(uint64_t v) {
    uint8_t bytes[kVarintBytesMax];
    bytes_.append(reinterpret_cast<char*>(bytes), static_cast<size_t>(PutVarint(bytes, v) - bytes));
  }
  void Signed(int64_t v) { Number(ZigZag(v)); }
  void Text(std::string_view v) {
    Number(v.size());
    bytes_ += v;
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

// What is not there any more reads as nothing; done() tells whether all was well.
class Reader {
 public:
  explicit Reader(std::string_view bytes)
      : p_(reinterpret_cast<const uint8_t*>(bytes.data())), end_(p_ + bytes.size()) {}
  uint64_t Number() {
    uint64_t v = 0;
    const uint8_t* next = failed_ ? nullptr : GetVarint(p_, end_, &v);
    failed_ = next == nullptr;
    if (!failed_) p_ = next;
    return failed_ ? 0 : v;
  }
  uint32_t Small() {
    const uint64_t v = Number();
    failed_ |= v > UINT32_MAX;
    return static_cast<uint32_t>(v);
  }
  int32_t Signed() { return static_cast<int32_t>(UnZigZag(Number())); }
  // How many of something that takes a byte at least.
  size_t Count() {
    const uint64_t n = Number();
    failed_ |= n > static_cast<uint64_t>(end_ - p_);
    return failed_ ? 0 : static_cast<size_t>(n);
  }
  std::string Text() {
    const size_t size = Count();
    std::string out(reinterpret_cast<const char*>(p_), size);
    p_ += size;
    return out;
  }
  Status Done() const { return failed_ || p_ != end_ ? Status(Code::kCorrupt) : Status::Ok(); }

 private:
  const uint8_t* p_;
  const uint8_t* end_;
  bool failed_ = false;
};

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
  Reader r(value);
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
  Writer w;
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
    Reader r(value);
    LakeSource& s = sources->emplace_back();
    s.id = r.Text();
    s.at.incarnation = r.Number();
    s.at.lsn = Lsn(r.Number());
    s.at.changes = r.Small();
    s.part = r.Small();
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
  Writer w;
  w.Text(s.id);
  w.Number(s.at.incarnation);
  w.Number(s.at.lsn.value);
  w.Number(s.at.changes);
  w.Number(s.part);
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
    Reader r(value);
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
  Writer w;
  w.Number(layout.cells.size());
  for (const RowLayout::Cell& cell : layout.cells) {
    w.Signed(cell.field_id);
    w.Number(cell.is_rowid);
    w.Text(cell.name);
  }
  return store->Put(Numbered(kLayouts, number), w.bytes());
}

Status LoadFile(LakeStore* store, uint32_t number, std::string* path) {
  bool found;
  DOSQL_TRY(store->Get(Numbered(kFiles, number), path, &found));
  return found ? Status::Ok() : Status(Code::kCorrupt);
}

Status SaveFile(LakeStore* store, uint32_t number, std::string_view path) {
  return store->Put(Numbered(kFiles, number), path);
}

}  // namespace dosql::lake
