#include "core/base/status.h"

#include <gtest/gtest.h>

#include <cstring>
#include <set>
#include <string>

#include "core/base/diag.h"

namespace dosql {
namespace {

TEST(Status, DefaultIsOk) {
  EXPECT_TRUE(Status().ok());
  EXPECT_EQ(Status(), Status::Ok());
  EXPECT_FALSE(Status(Code::kSyntax).ok());
  EXPECT_EQ(Status(Code::kSyntax).code(), Code::kSyntax);
}

TEST(Status, NumbersAreDistinctAndNamed) {
  std::set<uint32_t> numbers;
  std::set<std::string> names;
  size_t count = 0;
#define X(name, number, sqlite_code, doc)                       \
  count++;                                                      \
  numbers.insert(number);                                       \
  names.insert(#name);                                          \
  EXPECT_STREQ(CodeName(static_cast<Code>(number)), #name);     \
  EXPECT_STREQ(SqliteCodeName(static_cast<Code>(number)), sqlite_code); \
  EXPECT_EQ(std::strncmp(sqlite_code, "SQLITE_", 7), 0);        \
  EXPECT_GT(std::strlen(doc), 0u);
#include "core/base/error_codes.def"
#undef X
  EXPECT_EQ(numbers.size(), count);
  EXPECT_EQ(names.size(), count);
}

TEST(Status, AnUnknownNumberHasAName) {
  EXPECT_STREQ(CodeName(static_cast<Code>(9999)), "Internal");
  EXPECT_STREQ(SqliteCodeName(static_cast<Code>(9999)), "SQLITE_INTERNAL");
}

Result<int> Half(int v) {
  if (v % 2 != 0) return Code::kType;
  return v / 2;
}
Status Quarter(int v, int* out) {
  DOSQL_ASSIGN(int half, Half(v));
  DOSQL_ASSIGN(*out, Half(half));
  DOSQL_TRY(Half(v).status());
  return Status::Ok();
}

TEST(Result, CarriesAValueOrAStatus) {
  int out = 0;
  EXPECT_TRUE(Quarter(8, &out).ok());
  EXPECT_EQ(out, 2);
  EXPECT_EQ(Quarter(6, &out).code(), Code::kType);
  EXPECT_EQ(Half(3).status().code(), Code::kType);
}

TEST(Diag, LocatesLineAndColumn) {
  Diag diag;
  EXPECT_EQ(diag.Set(Code::kSyntax, "near", 10, "FORM", "write FROM").code(), Code::kSyntax);
  diag.Locate("SELECT 1\n FORM t");
  EXPECT_EQ(diag.line, 2u);
  EXPECT_EQ(diag.column, 2u);
  EXPECT_EQ(diag.token, "FORM");
  EXPECT_EQ(diag.hint, "write FROM");
}

TEST(Diag, WithoutAnOffsetThereIsNoPosition) {
  Diag diag;
  diag.Set(Code::kIo, "gone").Ignore();
  diag.Locate("SELECT 1");
  EXPECT_EQ(diag.line, 0u);
  diag.Set(Code::kSyntax, "past the end", 99).Ignore();
  diag.Locate("SELECT 1");
  EXPECT_EQ(diag.line, 0u);
  diag.Clear();
  EXPECT_EQ(diag.code, Code::kOk);
}

TEST(Diag, LongTokensAreCut) {
  Diag diag;
  diag.Set(Code::kSyntax, "m", 0, std::string(100, 'x')).Ignore();
  EXPECT_EQ(diag.token.size(), 40u);
}

}  // namespace
}  // namespace dosql
