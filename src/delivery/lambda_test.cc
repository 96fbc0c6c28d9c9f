#include "delivery/lambda.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sluice::delivery {
namespace {

using testing::HasSubstr;

constexpr std::string_view arn = "arn:aws:lambda:us-east-1:111111111111:function:beats";

Processing with(std::vector<ProcessorParameter> parameters) {
  parameters.insert(parameters.begin(), {"LambdaArn", std::string(arn)});
  return {true, {{"AppendDelimiterToRecord", {}}, {"Lambda", std::move(parameters)}}};
}

TEST(Lambda, SettingsHaveFirehosesDefaults) {
  EXPECT_EQ(lambda_of(with({})), (LambdaSettings{std::string(arn), 3, 1'048'576}));
  EXPECT_EQ(lambda_of(with({{"NumberOfRetries", "0"}, {"BufferSizeInMBs", "0.5"}})),
            (LambdaSettings{std::string(arn), 0, 524'288}));
  Processing off = with({});
  off.is_enabled = false;
  EXPECT_EQ(lambda_of(off), std::nullopt);
  EXPECT_EQ(lambda_of({true, {}}), std::nullopt);
}

TEST(Lambda, NumbersAreNumbersOfTheirRanges) {
  struct Case {
    ProcessorParameter given;
    std::string_view message;
  };

  const Case cases[] = {
      {{"NumberOfRetries", "x"}, "NumberOfRetries of Lambda must be a whole number"},
      {{"NumberOfRetries", "1.5"}, "must be a whole number"},
      {{"NumberOfRetries", "-1"}, "from 0 to 300, not -1."},
      {{"BufferSizeInMBs", "0.1"}, "BufferSizeInMBs of Lambda must be a number from 0.2 to 3"},
      {{"BufferSizeInMBs", "4"}, "not 4."},
      {{"BufferSizeInMBs", "nan"}, "not nan."},
      {{"BufferSizeInMBs", ""}, "not ."},
      {{"BufferIntervalInSeconds", "901"}, "from 0 to 900, not 901."},
  };
  for (const Case& each : cases) {
    const auto valid = validate_lambda_numbers({"Lambda", {each.given}});
    ASSERT_FALSE(valid) << each.given.value;
    EXPECT_EQ(valid.error().fault(), Fault::invalid);
    EXPECT_THAT(valid.error().message(), HasSubstr(each.message));
  }
  EXPECT_TRUE(validate_lambda_numbers(
      {"Lambda",
       {{"NumberOfRetries", "9"}, {"BufferSizeInMBs", "0.2"}, {"BufferIntervalInSeconds", "60"}}}));
}

TEST(Lambda, AnArnNamesAFunctionAndPerhapsAQualifier) {
  EXPECT_EQ(lambda_name_of(arn), (LambdaName{"beats", ""}));
  EXPECT_EQ(lambda_name_of(std::string(arn) + ":$LATEST"), (LambdaName{"beats", "$LATEST"}));
  for (const std::string& bad : {std::string(),
                                 std::string("beats"),
                                 std::string("arn:aws:lambda:us-east-1:1:function:"),
                                 std::string(arn) + ":",
                                 std::string(arn) + ":a:b",
                                 std::string("arn:aws:s3:us-east-1:1:function:beats"),
                                 std::string("arn:aws:lambda:us-east-1:1:function:../x"),
                                 std::string("arn:aws:lambda:us-east-1:1:function:a?b=c")}) {
    EXPECT_FALSE(lambda_name_of(bad)) << bad;
  }
}

}  // namespace
}  // namespace sluice::delivery
