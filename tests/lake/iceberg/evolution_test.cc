// Source columns change, ids stay.
#include "core/lake/iceberg/schema_evolution.h"

#include <gtest/gtest.h>

namespace dosql::lake {
namespace {

const Type kInt{.kind = TypeKind::kInt}, kLong{.kind = TypeKind::kLong},
    kText{.kind = TypeKind::kString}, kDouble{.kind = TypeKind::kDouble};

Schema Base() {
  Schema s;
  s.fields = {{1, "id", true, kLong, ""}, {2, "n", false, kInt, ""}, {3, "t", false, kText, ""}};
  s.identifier_field_ids = {1};
  return s;
}

TEST(SchemaEvolution, ByNameKeepsIds) {
  int32_t last = 5;
  Schema out;
  std::vector<SchemaChange> changes;
  Diag diag;
  ASSERT_TRUE(EvolveByName(Base(),
                           {{"t", kText}, {"id", kLong, true}, {"n", kLong}, {"new", kDouble}},
                           &last, &out, &changes, &diag)
                  .ok());
  ASSERT_EQ(out.fields.size(), 4u);
  EXPECT_EQ(out.fields[0].id, 3);
  EXPECT_EQ(out.fields[1].id, 1);
  EXPECT_EQ(out.fields[2].id, 2);
  EXPECT_EQ(out.fields[2].type, kLong);
  EXPECT_EQ(out.fields[3].id, 6);
  EXPECT_FALSE(out.fields[3].required);
  EXPECT_EQ(last, 6);
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_EQ(changes[0].kind, ChangeKind::kWiden);
  EXPECT_EQ(changes[1].kind, ChangeKind::kAdd);

  ASSERT_TRUE(
      EvolveByName(Base(), {{"id", kInt, true}, {"t", kDouble}}, &last, &out, &changes, &diag)
          .ok());
  EXPECT_EQ(out.fields[0].type, kLong);  // the wider stays
  EXPECT_EQ(out.fields[1].id, 7);
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_EQ(changes[0].kind, ChangeKind::kReplace);
  EXPECT_EQ(changes[1].kind, ChangeKind::kDrop);
  EXPECT_EQ(changes[1].field_id, 2);

  ASSERT_TRUE(EvolveByName(Base(), {{"id", kLong, true}, {"n", kInt}, {"t", kText}}, &last, &out,
                           &changes, &diag)
                  .ok());
  EXPECT_TRUE(changes.empty());
  EXPECT_EQ(out, Base());
  EXPECT_EQ(EvolveByName(Base(), {{"n", kInt}}, &last, &out, &changes, &diag).code(),
            Code::kUnsupported);
  EXPECT_EQ(EvolveByName(Base(), {{"id", kLong, true}, {"id", kLong}}, &last, &out, &changes, &diag)
                .code(),
            Code::kAlreadyExists);
  EXPECT_EQ(last, 7);
}

TEST(SchemaEvolution, ByStatement) {
  int32_t last = 3;
  Schema out;
  Diag diag;
  SchemaChange rename{ChangeKind::kRename, "n", "number", {}, 0};
  ASSERT_TRUE(EvolveByChange(Base(), &rename, &last, &out, &diag).ok());
  EXPECT_EQ(out.fields[1].name, "number");
  EXPECT_EQ(out.fields[1].id, 2);
  SchemaChange clash{ChangeKind::kRename, "n", "t", {}, 0};
  EXPECT_EQ(EvolveByChange(Base(), &clash, &last, &out, &diag).code(), Code::kAlreadyExists);
  SchemaChange drop{ChangeKind::kDrop, "t", "", {}, 0};
  ASSERT_TRUE(EvolveByChange(Base(), &drop, &last, &out, &diag).ok());
  Schema dropped = out;
  SchemaChange add{ChangeKind::kAdd, "t", "", kText, 0};
  ASSERT_TRUE(EvolveByChange(dropped, &add, &last, &out, &diag).ok());
  EXPECT_EQ(add.field_id, 4);
  SchemaChange widen{ChangeKind::kWiden, "t", "", kLong, 0};
  EXPECT_EQ(EvolveByChange(Base(), &widen, &last, &out, &diag).code(), Code::kType);
  SchemaChange identifier{ChangeKind::kDrop, "id", "", {}, 0};
  EXPECT_EQ(EvolveByChange(Base(), &identifier, &last, &out, &diag).code(), Code::kUnsupported);
  SchemaChange absent{ChangeKind::kDrop, "absent", "", {}, 0};
  EXPECT_EQ(EvolveByChange(Base(), &absent, &last, &out, &diag).code(), Code::kNoSuchObject);
}

}  // namespace
}  // namespace dosql::lake
