// The functions themselves, for the table in scalar_function.cc. Private to core/function.
#pragma once

#include "core/function/scalar_function.h"

namespace dosql {

#define DOSQL_SCALAR(name) \
  Status name(const FunctionContext* context, Value* out, const Value* args, uint32_t n)

DOSQL_SCALAR(AbsFn);
DOSQL_SCALAR(ChangesFn);
DOSQL_SCALAR(CharFn);
DOSQL_SCALAR(FirstArgumentFn);
DOSQL_SCALAR(GlobFn);
DOSQL_SCALAR(HexFn);
DOSQL_SCALAR(InstrFn);
DOSQL_SCALAR(LastInsertRowidFn);
DOSQL_SCALAR(LengthFn);
DOSQL_SCALAR(LikeFn);
DOSQL_SCALAR(LowerFn);
DOSQL_SCALAR(LtrimFn);
DOSQL_SCALAR(MaxFn);
DOSQL_SCALAR(MinFn);
DOSQL_SCALAR(NullifFn);
DOSQL_SCALAR(OctetLengthFn);
DOSQL_SCALAR(QuoteFn);
DOSQL_SCALAR(RandomFn);
DOSQL_SCALAR(ReplaceFn);
DOSQL_SCALAR(RoundFn);
DOSQL_SCALAR(RtrimFn);
DOSQL_SCALAR(SignFn);
DOSQL_SCALAR(SqliteVersionFn);
DOSQL_SCALAR(SubstrFn);
DOSQL_SCALAR(TotalChangesFn);
DOSQL_SCALAR(TrimFn);
DOSQL_SCALAR(TypeofFn);
DOSQL_SCALAR(UnicodeFn);
DOSQL_SCALAR(UpperFn);
DOSQL_SCALAR(ZeroblobFn);

// An argument as text, with NULL as an empty text whose is_null is set.
struct TextArgument {
  std::string_view text;
  bool is_null = false;
};
Status GetText(const FunctionContext* context, const Value& v, TextArgument* out);

}  // namespace dosql
