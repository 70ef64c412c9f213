#include "wasm/import_host.h"

#include "wasm/abi/abi.gen.h"

namespace dosql {
namespace {

int32_t Address(const void* p) { return static_cast<int32_t>(reinterpret_cast<uintptr_t>(p)); }

Status FromHost(int32_t answer) {
  switch (answer) {
    case 0:
      return Status::Ok();
    case -1:
      return Code::kNotFound;
    case -2:
      return Code::kBlocked;
    case -4:
      return Code::kStale;
    default:
      return Code::kIo;
  }
}

}  // namespace

Status ImportHost::Get(RowKey key, MutableBytes out, uint32_t* size) {
  int32_t n = abi::page_get(static_cast<int32_t>(key.kind), static_cast<int32_t>(key.number),
                       Address(out.data()), static_cast<int32_t>(out.size()));
  if (n < 0) return FromHost(n);
  *size = static_cast<uint32_t>(n);
  return Status::Ok();
}

Status ImportHost::GetPart(RowKey key, uint32_t from, MutableBytes out) {
  return FromHost(abi::page_get_part(static_cast<int32_t>(key.kind), static_cast<int32_t>(key.number),
                                     static_cast<int32_t>(from), Address(out.data()),
                                     static_cast<int32_t>(out.size())));
}

Status ImportHost::Put(RowKey key, Bytes data) {
  if (data.size() > kRowBytesMax) return Code::kTooBig;
  rows_put_++;
  return FromHost(abi::page_put(static_cast<int32_t>(key.kind), static_cast<int32_t>(key.number),
                           Address(data.data()), static_cast<int32_t>(data.size())));
}

Status ImportHost::PutIf(RowKey key, Bytes data, RowKey pred, Bytes pred_head) {
  if (data.size() > kRowBytesMax) return Code::kTooBig;
  rows_put_++;
  return FromHost(abi::page_put_if(static_cast<int32_t>(key.kind), static_cast<int32_t>(key.number),
                              Address(data.data()), static_cast<int32_t>(data.size()),
                              static_cast<int32_t>(pred.kind), static_cast<int32_t>(pred.number),
                              Address(pred_head.data()), static_cast<int32_t>(pred_head.size())));
}

Status ImportHost::Sync() { return FromHost(abi::page_sync()); }
void ImportHost::ScheduleEndTurn() { abi::schedule_end_turn(); }
void ImportHost::TrimLog(uint64_t seq) { abi::trim_log(static_cast<double>(seq)); }
int64_t ImportHost::NowMicros() { return static_cast<int64_t>(abi::now_micros()); }
void ImportHost::Fill(MutableBytes out) {
  abi::entropy(Address(out.data()), static_cast<int32_t>(out.size()));
}

}  // namespace dosql
