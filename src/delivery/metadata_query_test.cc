#include "delivery/metadata_query.h"

#include <gtest/gtest.h>

#include <array>

namespace sluice::delivery {
namespace {

using Values = std::array<std::string_view, 2>;

TEST(QueryAnswers, KeepsValuesAndRefusalsInTheOrderOfTheRecords) {
  QueryAnswers answers;
  answers.reset(2);
  answers.accept(Values{"runner", "2025"});
  answers.refuse("no such member");
  answers.accept(Values{"cyclist", "2026"});
  ASSERT_EQ(answers.size(), 3U);
  EXPECT_FALSE(answers.is_refused(0));
  EXPECT_EQ(answers.value(0, 0), "runner");
  EXPECT_EQ(answers.value(0, 1), "2025");
  EXPECT_TRUE(answers.is_refused(1));
  EXPECT_EQ(answers.why(1), "no such member");
  EXPECT_EQ(answers.value(2, 0), "cyclist");
  EXPECT_EQ(answers.value(2, 1), "2026");
}

TEST(QueryAnswers, TakesAnswersOver) {
  QueryAnswers from;
  from.reset(2);
  from.accept(Values{"runner", "2025"});
  from.refuse("no such member");
  QueryAnswers to;
  to.reset(2);
  to.copy(from, 1);
  to.copy(from, 0);
  ASSERT_EQ(to.size(), 2U);
  EXPECT_EQ(to.why(0), "no such member");
  EXPECT_EQ(to.value(1, 0), "runner");
  EXPECT_EQ(to.value(1, 1), "2025");
}

TEST(QueryAnswers, ForgetsEverythingWhenReset) {
  QueryAnswers answers;
  answers.reset(2);
  answers.accept(Values{"a", "b"});
  answers.reset(1);
  EXPECT_EQ(answers.size(), 0U);
  answers.refuse("why");
  EXPECT_EQ(answers.why(0), "why");
}

}  // namespace
}  // namespace sluice::delivery
