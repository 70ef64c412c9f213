// CURRENT_DATE, CURRENT_TIME and CURRENT_TIMESTAMP: UTC, the same moment throughout a statement.
#include "core/function/scalar_functions.h"

namespace dosql {
namespace {

constexpr int64_t kSecondsPerDay = 86400;

// Writes `digits` decimal digits of v and moves behind them.
void PutDigits(char** p, int64_t v, int digits) {
  for (int i = digits; i-- > 0; v /= 10) (*p)[i] = static_cast<char>('0' + v % 10);
  *p += digits;
}

void PutDate(char** p, int64_t days) {
  // Gregorian years that start in March put the leap day last; 400 of them are 146097 days.
  // 719468 days lie between 0000-03-01 and 1970-01-01.
  days += 719468;
  int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  int64_t day = days - era * 146097;
  int64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
  day -= 365 * year + year / 4 - year / 100;
  int64_t month = (5 * day + 2) / 153;
  day -= (153 * month + 2) / 5;
  month += month < 10 ? 3 : -9;
  year += era * 400 + (month <= 2);
  PutDigits(p, year, 4);
  *(*p)++ = '-';
  PutDigits(p, month, 2);
  *(*p)++ = '-';
  PutDigits(p, day + 1, 2);
}

void PutTime(char** p, int64_t second) {
  PutDigits(p, second / 3600, 2);
  *(*p)++ = ':';
  PutDigits(p, second / 60 % 60, 2);
  *(*p)++ = ':';
  PutDigits(p, second % 60, 2);
}

Status Now(const FunctionContext* context, Value* out, bool date, bool time) {
  int64_t micros = context->time->Micros();
  int64_t seconds = micros / 1000000 - (micros % 1000000 < 0);
  int64_t days = seconds / kSecondsPerDay - (seconds % kSecondsPerDay < 0);
  uint8_t* text;
  DOSQL_TRY(context->NewBytes(20, &text));
  char* begin = reinterpret_cast<char*>(text);
  char* p = begin;
  if (date) PutDate(&p, days);
  if (date && time) *p++ = ' ';
  if (time) PutTime(&p, seconds - days * kSecondsPerDay);
  *out = Value::Text({begin, static_cast<size_t>(p - begin)});
  return Status::Ok();
}

}  // namespace

DOSQL_SCALAR(CurrentDateFn) {
  (void)args, (void)n;
  return Now(context, out, true, false);
}
DOSQL_SCALAR(CurrentTimeFn) {
  (void)args, (void)n;
  return Now(context, out, false, true);
}
DOSQL_SCALAR(CurrentTimestampFn) {
  (void)args, (void)n;
  return Now(context, out, true, true);
}

}  // namespace dosql
