#include "core/function/scalar_function.h"

#include "core/function/aggregate_function.h"
#include "core/function/scalar_functions.h"
#include "core/type/affinity.h"
#include "core/type/compare.h"

namespace dosql {
namespace {

constexpr uint8_t kAny = 255;
constexpr uint8_t kP = kFunctionPure;
constexpr uint8_t kS = kFunctionPure | kFunctionPerStatement;
constexpr ValueType kNone = ValueType::kNull, kInt = ValueType::kInteger, kReal = ValueType::kReal,
                    kText = ValueType::kText, kBlob = ValueType::kBlob;

// Sorted by name.
constexpr ScalarFunction kFunctions[] = {
    {"abs", 1, 1, kP, kNone, AbsFn},
    {"acos", 1, 1, kP, kReal, AcosFn},
    {"acosh", 1, 1, kP, kReal, AcoshFn},
    {"asin", 1, 1, kP, kReal, AsinFn},
    {"asinh", 1, 1, kP, kReal, AsinhFn},
    {"atan", 1, 1, kP, kReal, AtanFn},
    {"atan2", 2, 2, kP, kReal, Atan2Fn},
    {"atanh", 1, 1, kP, kReal, AtanhFn},
    {"ceil", 1, 1, kP, kNone, CeilFn},
    {"ceiling", 1, 1, kP, kNone, CeilFn},
    {"changes", 0, 0, 0, kInt, ChangesFn},
    {"char", 0, kAny, kP, kText, CharFn},
    {"coalesce", 2, kAny, kP | kFunctionCoalesce, kNone, nullptr},
    {"concat", 1, kAny, kP, kText, ConcatFn},
    {"concat_ws", 2, kAny, kP, kText, ConcatWsFn},
    {"cos", 1, 1, kP, kReal, CosFn},
    {"cosh", 1, 1, kP, kReal, CoshFn},
    {"current_date", 0, 0, kS, kText, CurrentDateFn},
    {"current_time", 0, 0, kS, kText, CurrentTimeFn},
    {"current_timestamp", 0, 0, kS, kText, CurrentTimestampFn},
    {"degrees", 1, 1, kP, kReal, DegreesFn},
    {"exp", 1, 1, kP, kReal, ExpFn},
    {"floor", 1, 1, kP, kNone, FloorFn},
    {"format", 0, kAny, kP, kText, PrintfFn},
    {"glob", 2, 2, kP, kInt, GlobFn},
    {"hex", 1, 1, kP, kText, HexFn},
    {"if", 2, kAny, kP | kFunctionCase, kNone, nullptr},
    {"ifnull", 2, 2, kP | kFunctionCoalesce, kNone, nullptr},
    {"iif", 2, kAny, kP | kFunctionCase, kNone, nullptr},
    {"instr", 2, 2, kP, kInt, InstrFn},
    {"last_insert_rowid", 0, 0, 0, kInt, LastInsertRowidFn},
    {"length", 1, 1, kP, kInt, LengthFn},
    {"like", 2, 3, kP, kInt, LikeFn},
    {"likelihood", 2, 2, kP | kFunctionFirstArgument, kNone, FirstArgumentFn},
    {"likely", 1, 1, kP | kFunctionFirstArgument, kNone, FirstArgumentFn},
    {"ln", 1, 1, kP, kReal, LnFn},
    {"log", 1, 2, kP, kReal, LogFn},
    {"log10", 1, 1, kP, kReal, Log10Fn},
    {"log2", 1, 1, kP, kReal, Log2Fn},
    {"lower", 1, 1, kP, kText, LowerFn},
    {"ltrim", 1, 2, kP, kText, LtrimFn},
    {"max", 2, kAny, kP | kFunctionCollates, kNone, MaxFn},
    {"min", 2, kAny, kP | kFunctionCollates, kNone, MinFn},
    {"mod", 2, 2, kP, kReal, ModFn},
    {"nullif", 2, 2, kP | kFunctionCollates, kNone, NullifFn},
    {"octet_length", 1, 1, kP, kInt, OctetLengthFn},
    {"pi", 0, 0, kP, kReal, PiFn},
    {"pow", 2, 2, kP, kReal, PowFn},
    {"power", 2, 2, kP, kReal, PowFn},
    {"printf", 0, kAny, kP, kText, PrintfFn},
    {"quote", 1, 1, kP, kText, QuoteFn},
    {"radians", 1, 1, kP, kReal, RadiansFn},
    {"random", 0, 0, 0, kInt, RandomFn},
    {"randomblob", 1, 1, 0, kBlob, RandomblobFn},
    {"replace", 3, 3, kP, kText, ReplaceFn},
    {"round", 1, 2, kP, kReal, RoundFn},
    {"rtrim", 1, 2, kP, kText, RtrimFn},
    {"sign", 1, 1, kP, kInt, SignFn},
    {"sin", 1, 1, kP, kReal, SinFn},
    {"sinh", 1, 1, kP, kReal, SinhFn},
    {"soundex", 1, 1, kP, kText, SoundexFn},
    {"sqlite_source_id", 0, 0, kS, kText, SqliteSourceIdFn},
    {"sqlite_version", 0, 0, kS, kText, SqliteVersionFn},
    {"sqrt", 1, 1, kP, kReal, SqrtFn},
    {"substr", 2, 3, kP, kNone, SubstrFn},
    {"substring", 2, 3, kP, kNone, SubstrFn},
    {"tan", 1, 1, kP, kReal, TanFn},
    {"tanh", 1, 1, kP, kReal, TanhFn},
    {"total_changes", 0, 0, 0, kInt, TotalChangesFn},
    {"trim", 1, 2, kP, kText, TrimFn},
    {"trunc", 1, 1, kP, kNone, TruncFn},
    {"typeof", 1, 1, kP, kText, TypeofFn},
    {"unhex", 1, 2, kP, kBlob, UnhexFn},
    {"unicode", 1, 1, kP, kInt, UnicodeFn},
    {"unistr", 1, 1, kP, kText, UnistrFn},
    {"unistr_quote", 1, 1, kP, kText, UnistrQuoteFn},
    {"unlikely", 1, 1, kP | kFunctionFirstArgument, kNone, FirstArgumentFn},
    {"upper", 1, 1, kP, kText, UpperFn},
    {"zeroblob", 1, 1, kP, kBlob, ZeroblobFn},
};
constexpr uint32_t kFunctionCount = sizeof kFunctions / sizeof kFunctions[0];

constexpr bool IsSorted() {
  for (uint32_t i = 1; i < kFunctionCount; i++) {
    if (std::string_view(kFunctions[i - 1].name) >= kFunctions[i].name) return false;
  }
  return true;
}
static_assert(IsSorted(), "the binary search below needs the names in order");

constexpr uint32_t kNameMax = 32;

const ScalarFunction* FindByName(std::string_view name) {
  char lower[kNameMax];
  if (name.size() > kNameMax) return nullptr;
  for (size_t i = 0; i < name.size(); i++) {
    lower[i] = static_cast<char>(FoldAscii(static_cast<uint8_t>(name[i])));
  }
  name = {lower, name.size()};
  uint32_t low = 0, high = kFunctionCount;
  while (low < high) {
    uint32_t middle = (low + high) / 2;
    if (std::string_view(kFunctions[middle].name) < name) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low < kFunctionCount && name == kFunctions[low].name ? &kFunctions[low] : nullptr;
}

}  // namespace

const ScalarFunction* FindScalarFunction(std::string_view name, uint32_t arg_count) {
  const ScalarFunction* f = FindByName(name);
  if (f == nullptr || arg_count < f->args_min) return nullptr;
  return f->args_max == kAny || arg_count <= f->args_max ? f : nullptr;
}

const ScalarFunction* ScalarFunctionAt(uint32_t i) {
  return i < kFunctionCount ? &kFunctions[i] : nullptr;
}

bool IsFunctionName(std::string_view name) {
  return FindByName(name) != nullptr || IsAggregateName(name);
}

const ScalarFunction* LikeFunction(bool with_escape) {
  return FindScalarFunction("like", with_escape ? 3 : 2);
}
const ScalarFunction* GlobFunction() { return FindScalarFunction("glob", 2); }

Status GetText(const FunctionContext* context, const Value& v, TextArgument* out) {
  Value text;
  if (!ToText(v, context->arena, &text).ok()) {
    return context->OutOfMemory();
  }
  out->is_null = text.is_null();
  out->text = out->is_null ? std::string_view() : text.text();
  return Status::Ok();
}

}  // namespace dosql
