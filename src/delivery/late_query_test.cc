#include "delivery/late_query.h"

#include "delivery/query_for_test.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace sluice::delivery {
namespace {

using testing::ElementsAre;

TEST(LateQuery, TheEvaluatorIsMadeWhenRecordsComeAndThenKept) {
  bool works = false;
  int made = 0;
  const auto query = make_late_query(
      "{b: .x, \"a\": .y}", [&](std::string_view text) -> Result<std::unique_ptr<MetadataQuery>> {
        EXPECT_EQ(text, "{b: .x, \"a\": .y}");
        if (!works) {
          return fail(Fault::unavailable, "no child can be started");
        }
        ++made;
        return std::make_unique<MemberQuery>(std::vector<std::string>{"b", "a"});
      });
  ASSERT_TRUE(query);
  EXPECT_THAT((*query)->keys(), ElementsAre("b", "a"));
  QueryAnswers answers;
  const std::vector<ByteView> records = {R"({"a":"1","b":"2"})"};
  EXPECT_EQ((*query)->evaluate(records, answers).error().fault(), Fault::unavailable);
  works = true;
  ASSERT_TRUE((*query)->evaluate(records, answers));
  ASSERT_TRUE((*query)->evaluate(records, answers));
  EXPECT_EQ(made, 1);
  EXPECT_EQ(answers.value(0, 0), "2");
}

TEST(LateQuery, OnlyAPlainSelectionIsNeverSlow) {
  EXPECT_FALSE((*make_late_query("{a: .x.y}", {}))->can_be_slow());
  EXPECT_TRUE((*make_late_query("{a: (.x | tostring)}", {}))->can_be_slow());
}

TEST(LateQuery, AnInterruptHoldsForAnEvaluatorThatIsMadeLater) {
  const auto query = make_late_query("{a: .x}", [](std::string_view) {
    return std::make_unique<MemberQuery>(std::vector<std::string>{"a"});
  });
  ASSERT_TRUE(query);
  (*query)->interrupt();
  QueryAnswers answers;
  EXPECT_EQ((*query)->evaluate({}, answers).error().fault(), Fault::unavailable);
}

TEST(LateQuery, AQueryThatIsNoObjectConstructionIsRefusedAtOnce) {
  const auto query = make_late_query("[.a]", {});
  ASSERT_FALSE(query);
  EXPECT_EQ(query.error().fault(), Fault::invalid);
}

}  // namespace
}  // namespace sluice::delivery
