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

TEST(QueryAnswers, KnowsWhichAreThoseOfTheRecordBefore) {
  QueryAnswers answers;
  answers.reset(2);
  const std::vector<std::string_view> values = {"a", "bc"};
  const std::vector<std::string_view> others = {"ab", "c"};
  answers.accept(values);
  answers.accept(values);
  answers.accept(others);
  answers.refuse("why");
  answers.refuse("why");
  answers.accept(others);
  answers.accept(others);
  QueryAnswers copy;
  copy.reset(2);
  for (std::size_t record = 0; record < answers.size(); ++record) {
    copy.copy(answers, record);
  }
  for (const QueryAnswers* const one : {&answers, &copy}) {
    std::vector<bool> like_before;
    for (std::size_t record = 0; record < one->size(); ++record) {
      like_before.push_back(one->is_like_before(record));
    }
    EXPECT_EQ(like_before, (std::vector<bool>{false, true, false, false, false, false, true}));
    EXPECT_EQ(one->value(1, 1), "bc");
    EXPECT_EQ(one->value(6, 0), "ab");
    EXPECT_EQ(one->why(4), "why");
  }
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
