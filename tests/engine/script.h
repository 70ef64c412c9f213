// Scripts of statements with the answers they must give, over one TestDatabase.
#pragma once

#include <gtest/gtest.h>

#include <vector>

#include "tests/engine/test_database.h"

namespace dosql {

struct ScriptStep {
  const char* sql;
  const char* answer;  // rows as TestDatabase::Text renders them
};

// As after a crash: what is in memory goes, the log is redone.
inline constexpr const char* kReopen = "";

inline void Play(const std::vector<ScriptStep>& steps) {
  TestDatabase t;
  for (const ScriptStep& step : steps) {
    if (step.sql[0] != 0) {
      EXPECT_EQ(t.Text(step.sql), step.answer) << step.sql;
    } else {
      t.Open();
      ASSERT_TRUE(t.status.ok()) << t.error;
    }
  }
}

}  // namespace dosql
