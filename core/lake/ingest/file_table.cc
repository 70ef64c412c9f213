#include "core/lake/ingest/file_table.h"

#include <algorithm>

#include "core/lake/ingest/entry_codec.h"

namespace dosql::lake {
namespace {

constexpr char kFiles = 'f', kMoved = 'r';
constexpr size_t kAtOnce = 1000;
constexpr size_t kMovedMax = 1 << 20;  // positions and entries that are kept at hand

// A compaction has its files in memory, packed and not, beside the files that it makes, in a module
// of 128 MB: so much is read at once, and larger files are left alone.
constexpr int64_t kInputMax = 8 << 20;
constexpr size_t kInputFilesMax = 64;
constexpr int64_t kTierBytes[] = {64 << 10, 512 << 10, 4 << 20};
constexpr size_t kTierFiles = 8;

std::string Entry(char kind, uint32_t number) { return kind + SourcePrefix(number); }

uint32_t NumberOf(std::string_view key) {
  uint32_t number = 0;
  for (char c : key.substr(1)) number = number << 8 | static_cast<uint8_t>(c);
  return number;
}

}  // namespace

Status FileTable::Open() {
  std::string after;
  for (;;) {
    std::vector<LakeStore::Entry> entries;
    DOSQL_TRY(store_->Scan(std::string(1, kFiles), after, kAtOnce, &entries));
    if (entries.empty()) return Status::Ok();
    for (const auto& [key, value] : entries) {
      if (key.size() != 5) return Code::kCorrupt;
      File file;
      // Older ones are the path alone.
      const size_t end = value.find('\0');
      file.path = value.substr(0, end);
      if (end != std::string::npos) {
        EntryReader r(std::string_view(value).substr(end + 1));
        file.bytes = static_cast<int64_t>(r.Number());
        file.rows = static_cast<int64_t>(r.Number());
        file.deleted = static_cast<int64_t>(r.Number());
        DOSQL_TRY(r.Done());
      }
      files_.push_back({NumberOf(key), std::move(file)});
    }
    after = entries.back().first;
  }
}

size_t FileTable::IndexOf(uint32_t number) const {
  const auto it = std::lower_bound(files_.begin(), files_.end(), number,
                                   [](const Numbered& f, uint32_t n) { return f.number < n; });
  return it != files_.end() && it->number == number ? static_cast<size_t>(it - files_.begin())
                                                    : files_.size();
}

const FileTable::File* FileTable::Find(uint32_t number) const {
  const size_t i = IndexOf(number);
  return i < files_.size() ? &files_[i].file : nullptr;
}

Status FileTable::Save(const Numbered& entry) {
  EntryWriter w;
  w.Number(static_cast<uint64_t>(entry.file.bytes));
  w.Number(static_cast<uint64_t>(entry.file.rows));
  w.Number(static_cast<uint64_t>(entry.file.deleted));
  return store_->Put(Entry(kFiles, entry.number), entry.file.path + '\0' + w.bytes());
}

Status FileTable::Add(uint32_t number, File file) {
  if (!files_.empty() && files_.back().number >= number) return Code::kCorrupt;
  files_.push_back({number, std::move(file)});
  return Save(files_.back());
}

// An entry is written once, however many rows of its file are deleted.
Status FileTable::CountDeleted(std::vector<uint32_t> numbers) {
  std::sort(numbers.begin(), numbers.end());
  for (size_t from = 0, to = 0; from < numbers.size(); from = to) {
    while (to < numbers.size() && numbers[to] == numbers[from]) to++;
    const size_t i = IndexOf(numbers[from]);
    if (i == files_.size()) return Code::kCorrupt;
    files_[i].file.deleted += static_cast<int64_t>(to - from);
    DOSQL_TRY(Save(files_[i]));
  }
  return Status::Ok();
}

Status FileTable::FindMoved(uint32_t number, const Moved** out) {
  auto it = moved_.find(number);
  if (it == moved_.end()) {
    std::string value;
    bool found;
    DOSQL_TRY(store_->Get(Entry(kMoved, number), &value, &found));
    if (!found) return Code::kCorrupt;
    EntryReader r(value);
    Moved m;
    m.file = r.Small();
    m.base = r.Small();
    uint32_t position = 0;
    for (size_t left = r.Count(); left > 0; left--) m.deleted.push_back(position += r.Small());
    DOSQL_TRY(r.Done());
    if (moved_positions_ > kMovedMax) {
      moved_.clear();
      moved_positions_ = 0;
    }
    moved_positions_ += m.deleted.size() + 8;
    it = moved_.emplace(number, std::move(m)).first;
  }
  *out = &it->second;
  return Status::Ok();
}

Status FileTable::Resolve(RowPlace* place, bool* gone) {
  *gone = false;
  // A file is replaced by one of a higher number, so this ends.
  while (IndexOf(place->file) == files_.size()) {
    const Moved* moved;
    DOSQL_TRY(FindMoved(place->file, &moved));
    const auto it = std::lower_bound(moved->deleted.begin(), moved->deleted.end(), place->position);
    *gone = it != moved->deleted.end() && *it == place->position;
    if (*gone) return Status::Ok();
    if (moved->file <= place->file) return Code::kCorrupt;
    place->file = moved->file;
    place->position += moved->base - static_cast<uint32_t>(it - moved->deleted.begin());
  }
  return Status::Ok();
}

std::vector<std::string> FileTable::ToCompact() const {
  std::vector<std::string> paths;
  int64_t from = 1;
  for (int64_t to : kTierBytes) {
    int64_t bytes = 0;
    for (const Numbered& n : files_) {
      if (n.file.bytes < from || n.file.bytes >= to) continue;
      if (bytes + n.file.bytes > kInputMax || paths.size() == kInputFilesMax) break;
      bytes += n.file.bytes;
      paths.push_back(n.file.path);
    }
    // As many as there are of the largest ones may be all that fit.
    if (paths.size() >= kTierFiles || bytes > kInputMax / 2) return paths;
    paths.clear();
    from = to;
  }
  for (const Numbered& n : files_)
    if (n.file.bytes > 0 && n.file.bytes <= kInputMax && n.file.deleted * 10 > n.file.rows * 3)
      return {n.file.path};
  return paths;
}

Status FileTable::Apply(std::string_view plan, uint32_t* files) {
  EntryReader r(plan);
  const uint32_t number = (*files)++;
  File file;
  file.path = r.Text();
  file.bytes = static_cast<int64_t>(r.Number());
  file.rows = static_cast<int64_t>(r.Number());
  for (size_t left = r.Count(); left > 0; left--) {
    const std::string path = r.Text(), places = r.Text();
    const auto old = std::find_if(files_.begin(), files_.end(),
                                  [&](const Numbered& n) { return n.file.path == path; });
    if (old == files_.end()) return Code::kCorrupt;
    EntryWriter w;
    w.Number(number);
    DOSQL_TRY(store_->Put(Entry(kMoved, old->number), w.bytes() + places));
    DOSQL_TRY(store_->Erase(Entry(kFiles, old->number)));
    files_.erase(old);
  }
  DOSQL_TRY(r.Done());
  return file.path.empty() ? Status::Ok() : Add(number, std::move(file));
}

}  // namespace dosql::lake
