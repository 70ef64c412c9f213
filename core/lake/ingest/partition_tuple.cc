#include "core/lake/ingest/partition_tuple.h"

#include <cmath>
#include <cstring>

#include "core/lake/ingest/entry_codec.h"

namespace dosql::lake {

std::string PackTuple(const std::vector<Datum>& tuple) {
  EntryWriter w;
  for (const Datum& v : tuple) {
    // All NaNs are one.
    const double d = std::isnan(v.d) ? std::nan("") : v.d;
    uint64_t bits;
    std::memcpy(&bits, &d, sizeof bits);
    w.Number(!v.null);
    if (v.null) continue;
    w.Signed(v.i);
    w.Number(bits);
    w.Text(v.bytes);
  }
  return w.bytes();
}

FilePartition PartitionOf(const DataFile& file) {
  return {file.spec_id, PackTuple(file.partition)};
}

Status SetPartition(const FilePartition& partition, DataFile* file) {
  file->spec_id = partition.spec_id;
  file->partition.clear();
  EntryReader r(partition.tuple);
  while (r.more()) {
    Datum& v = file->partition.emplace_back();
    v.null = r.Number() == 0;
    if (v.null) continue;
    v.i = UnZigZag(r.Number());
    const uint64_t bits = r.Number();
    std::memcpy(&v.d, &bits, sizeof bits);
    v.bytes = r.Text();
  }
  return r.Done();
}

}  // namespace dosql::lake
