// The functions themselves, for the table in scalar_function.cc. Private to core/function.
#pragma once

#include "core/function/scalar_function.h"

namespace dosql {

#define DOSQL_SCALAR(name) \
  Status name(const FunctionContext* context, Value* out, const Value* args, uint32_t n)

DOSQL_SCALAR(AbsFn);
DOSQL_SCALAR(AcosFn);
DOSQL_SCALAR(AcoshFn);
DOSQL_SCALAR(AsinFn);
DOSQL_SCALAR(AsinhFn);
DOSQL_SCALAR(Atan2Fn);
DOSQL_SCALAR(AtanFn);
DOSQL_SCALAR(AtanhFn);
DOSQL_SCALAR(CeilFn);
DOSQL_SCALAR(ChangesFn);
DOSQL_SCALAR(CharFn);
DOSQL_SCALAR(ConcatFn);
DOSQL_SCALAR(ConcatWsFn);
DOSQL_SCALAR(CosFn);
DOSQL_SCALAR(CoshFn);
DOSQL_SCALAR(CurrentDateFn);
DOSQL_SCALAR(CurrentTimeFn);
DOSQL_SCALAR(CurrentTimestampFn);
DOSQL_SCALAR(DegreesFn);
DOSQL_SCALAR(ExpFn);
DOSQL_SCALAR(FirstArgumentFn);
DOSQL_SCALAR(FloorFn);
DOSQL_SCALAR(GlobFn);
DOSQL_SCALAR(HexFn);
DOSQL_SCALAR(InstrFn);
DOSQL_SCALAR(LastInsertRowidFn);
DOSQL_SCALAR(LengthFn);
DOSQL_SCALAR(LikeFn);
DOSQL_SCALAR(LnFn);
DOSQL_SCALAR(Log10Fn);
DOSQL_SCALAR(Log2Fn);
DOSQL_SCALAR(LogFn);
DOSQL_SCALAR(LowerFn);
DOSQL_SCALAR(LtrimFn);
DOSQL_SCALAR(MaxFn);
DOSQL_SCALAR(MinFn);
DOSQL_SCALAR(ModFn);
DOSQL_SCALAR(NullifFn);
DOSQL_SCALAR(OctetLengthFn);
DOSQL_SCALAR(PiFn);
DOSQL_SCALAR(PowFn);
DOSQL_SCALAR(PrintfFn);
DOSQL_SCALAR(QuoteFn);
DOSQL_SCALAR(RadiansFn);
DOSQL_SCALAR(RandomFn);
DOSQL_SCALAR(RandomblobFn);
DOSQL_SCALAR(ReplaceFn);
DOSQL_SCALAR(RoundFn);
DOSQL_SCALAR(RtrimFn);
DOSQL_SCALAR(SignFn);
DOSQL_SCALAR(SinFn);
DOSQL_SCALAR(SinhFn);
DOSQL_SCALAR(SoundexFn);
DOSQL_SCALAR(SqliteSourceIdFn);
DOSQL_SCALAR(SqliteVersionFn);
DOSQL_SCALAR(SqrtFn);
DOSQL_SCALAR(SubstrFn);
DOSQL_SCALAR(TanFn);
DOSQL_SCALAR(TanhFn);
DOSQL_SCALAR(TotalChangesFn);
DOSQL_SCALAR(TrimFn);
DOSQL_SCALAR(TruncFn);
DOSQL_SCALAR(TypeofFn);
DOSQL_SCALAR(UnhexFn);
DOSQL_SCALAR(UnicodeFn);
DOSQL_SCALAR(UnistrFn);
DOSQL_SCALAR(UnistrQuoteFn);
DOSQL_SCALAR(UpperFn);
DOSQL_SCALAR(ZeroblobFn);

// An argument as text, with NULL as an empty text whose is_null is set.
struct TextArgument {
  std::string_view text;
  bool is_null = false;
};
Status GetText(const FunctionContext* context, const Value& v, TextArgument* out);

}  // namespace dosql
