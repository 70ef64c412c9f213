// Any bytes as a change batch: they are read to their end or refused, and every row that is handed
// on lies within them. The magic and the sum are made right, unless the first byte is odd. Built
// with DOSQL_PLANT_BATCH_BUG, a length is not checked, and this finds it.
#include <vector>

#include "core/base/checksum.h"
#include "core/storage/cdc/change_batch_reader.h"
#include "core/type/row_codec.h"
#include "tests/fuzz/fuzz_input.h"

using namespace dosql;

namespace {

// Reads every byte that it is handed.
uint64_t Touch(Bytes b) {
  uint64_t sum = 0;
  for (uint8_t byte : b) sum += byte;
  return sum;
}

uint64_t TouchRow(Bytes bytes) {
  RowView row;
  if (!RowView::Open(bytes, &row).ok()) return 0;
  uint64_t sum = 0;
  for (uint32_t c = 0; c < row.column_count(); c++) {
    Value v = row.Get(c);
    sum += v.is_bytes() ? Touch(v.bytes()) : static_cast<uint64_t>(v.i);
  }
  return sum;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  // Of the exact size, so that the sanitizer sees a read past the end.
  std::vector<uint8_t> batch(data + 1, data + size);
  if ((data[0] & 1) == 0 && batch.size() >= kBatchHeaderBytes) {
    StoreLe<uint32_t>(batch.data() + kBatchMagicAt, kBatchMagic);
    StoreLe<uint32_t>(batch.data() + kBatchSum, Checksum32(Bytes(batch).subspan(4)));
  }
  ChangeBatchReader reader;
  if (!reader.Open(batch).ok()) return 0;
  BatchItemView item;
  uint64_t sum =
      Touch({reader.database_id(), 16}) + reader.begin().lsn.value + reader.end().lsn.value;
  for (bool done = false; !done;) {
    if (!reader.Next(&item, &done).ok()) break;
    if (done) break;
    sum += Touch(AsBytes(item.text));
    for (const BatchColumn& c : item.columns)
      sum += Touch(AsBytes(c.name)) + Touch(AsBytes(c.type));
    if (item.kind != BatchItem::kChange) continue;
    sum += Touch(item.change.key) + TouchRow(item.change.before) + TouchRow(item.change.after);
  }
  asm volatile("" ::"r"(sum));  // read, whatever the optimiser thinks of it
  return 0;
}
