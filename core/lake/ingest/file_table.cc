#include "core/lake/ingest/file_table.h"

#include <algorithm>
#include <iterator>

#include "core/lake/ingest/entry_codec.h"
#include "core/lake/ingest/merged_rows.h"

namespace dosql::lake {
namespace {

constexpr char kFiles = 'f', kMoved = 'r';
constexpr size_t kAtOnce = 1000;
constexpr size_t kMovedMax = 1 << 20;  // positions and entries that are kept at hand

// Files that are sorted anew are in memory, packed and not, beside the file that they make, in a
// module of 128 MB. Of several partitions at once so much is read, whatever their order.
constexpr int64_t kSortedBytesMax = 8 << 20;
constexpr size_t kInputFilesMax = 64;
constexpr int64_t kTierBytes[] = {64 << 10, 512 << 10, 4 << 20};
constexpr size_t kTierFiles = 8;
// Numbers of a plan (a part of one storage row): where each row went takes three bytes at most,
// where a deleted one was two or less.
constexpr int64_t kSortedRowsMax = 400000, kDeadRowsMax = 700000;
constexpr uint32_t kNowhere = UINT32_MAX;

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
        if (r.more()) {
          file.partition.spec_id = r.Signed();
          file.partition.tuple = r.Text();
        }
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
  const FilePartition& partition = entry.file.partition;
  if (!(partition == FilePartition())) {
    w.Signed(partition.spec_id);
    w.Text(partition.tuple);
  }
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
    m.sorted = m.base == kSortedBase;
    uint32_t position = 0;
    for (size_t left = r.Count(); left > 0; left--) {
      const uint64_t step = r.Number();
      if (!m.sorted) {
        m.positions.push_back(position += static_cast<uint32_t>(step));
      } else if (step == 0) {
        m.positions.push_back(kNowhere);
      } else {
        m.positions.push_back(position += static_cast<uint32_t>(UnZigZag(step - 1)));
      }
    }
    DOSQL_TRY(r.Done());
    if (moved_positions_ > kMovedMax) {
      moved_.clear();
      moved_positions_ = 0;
    }
    moved_positions_ += m.positions.size() + 8;
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
    if (moved->file <= place->file) return Code::kCorrupt;
    place->file = moved->file;
    const std::vector<uint32_t>& positions = moved->positions;
    if (moved->sorted) {
      // None is left of a file without places.
      if (place->position >= positions.size() && !positions.empty()) return Code::kCorrupt;
      place->position = positions.empty() ? kNowhere : positions[place->position];
      *gone = place->position == kNowhere;
      if (*gone) return Status::Ok();
      continue;
    }
    const auto it = std::lower_bound(positions.begin(), positions.end(), place->position);
    *gone = it != positions.end() && *it == place->position;
    if (*gone) return Status::Ok();
    place->position += moved->base - static_cast<uint32_t>(it - positions.begin());
  }
  return Status::Ok();
}

FileTable::Run FileTable::Pick(const Run& files, int64_t target, bool sorts) {
  const int64_t bytes_max = sorts ? std::min(target, kSortedBytesMax) : target;
  const int64_t numbers_max = sorts ? kSortedRowsMax : kDeadRowsMax;
  const auto all_dead = [](const File& f) { return f.deleted == f.rows; };
  const auto numbers_of = [&](const File& f) {
    return all_dead(f) ? 0 : sorts ? f.rows : f.deleted;
  };
  // What is half a file of the wanted size stays as it is.
  const int64_t largest = std::min(target / 2, sorts ? kTierBytes[2] : INT64_MAX);
  for (int64_t from = 1, tier = 0; from < largest; tier++) {
    const bool last = tier == std::size(kTierBytes);
    const int64_t to = last ? largest : std::min(largest, kTierBytes[tier]);
    Run picked;
    int64_t bytes = 0, numbers = 0;
    for (const File* f : files) {
      const int64_t more = numbers_of(*f);
      if (f->bytes < from || f->bytes >= to || more > numbers_max) continue;
      if (bytes + f->bytes > bytes_max || numbers + more > numbers_max ||
          picked.size() == kInputFilesMax)
        break;
      bytes += f->bytes;
      numbers += more;
      picked.push_back(f);
    }
    // As many as there are of the largest ones may be all that fit; and of those of the last tier
    // enough for a file that is not read again.
    if ((picked.size() >= kTierFiles && !last) ||
        (picked.size() > 1 && (bytes > bytes_max / 2 || numbers > numbers_max / 2)))
      return picked;
    from = to;
  }
  for (const File* f : files) {
    const bool much = f->deleted * 10 > f->rows * 3 || f->deleted > kDeadRowsMax / 2;
    const bool fits = numbers_of(*f) <= numbers_max && (!sorts || f->bytes <= kSortedBytesMax);
    if (f->bytes > 0 && much && (fits || all_dead(*f))) return {f};
  }
  return {};
}

// Several partitions at once, as far as they fit.
std::vector<std::string> FileTable::ToCompact(int64_t target, bool sorts) const {
  Run all;
  for (const Numbered& n : files_) all.push_back(&n.file);
  // Pointers are in the order of their numbers.
  std::sort(all.begin(), all.end(), [](const File* a, const File* b) {
    return a->partition == b->partition ? a < b : a->partition < b->partition;
  });
  std::vector<std::string> paths;
  int64_t bytes = 0;
  for (auto from = all.begin(), to = from; from != all.end(); from = to) {
    while (to != all.end() && (*to)->partition == (*from)->partition) ++to;
    const Run picked = Pick(Run(from, to), target, sorts);
    int64_t more = 0;
    for (const File* f : picked) more += f->bytes;
    if (!paths.empty() &&
        (bytes + more > kSortedBytesMax || paths.size() + picked.size() > kInputFilesMax))
      continue;
    bytes += more;
    for (const File* f : picked) paths.push_back(f->path);
  }
  return paths;
}

Status FileTable::Apply(std::string_view plan, uint32_t* files) {
  EntryReader r(plan);
  do {
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
      file.partition = std::move(old->file.partition);
      files_.erase(old);
    }
    if (!file.path.empty()) DOSQL_TRY(Add(number, std::move(file)));
  } while (r.more());
  return r.Done();
}

}  // namespace dosql::lake
