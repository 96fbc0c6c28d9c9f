// What goes over the wire is shown by conformance/test_lambda.py.
#include "server/lambda_functions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace sluice::server {
namespace {

using delivery::LambdaFailure;
using testing::HasSubstr;

constexpr std::string_view arn = "arn:aws:lambda:us-east-1:111111111111:function:beats";

// Nobody listens on the port of a service that no machine offers any more.
delivery::LambdaFunctions known() {
  return make_lambda_functions({{std::string(arn), "http://127.0.0.1:1", std::chrono::seconds(5)}});
}

TEST(LambdaFunctions, OnlyWhatTheConfigurationFileNamesIsKnown) {
  EXPECT_TRUE(known()(arn));
  EXPECT_TRUE(known()(std::string(arn) + ":live"));
  const auto unknown = known()(std::string(arn) + "2:live");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().fault(), Fault::invalid);
  EXPECT_THAT(unknown.error().message(),
              HasSubstr("[[lambda]] with arn = \"" + std::string(arn) + "2\""));
}

TEST(LambdaFunctions, AnEndpointThatIsDownIsUnreachable) {
  const auto function = known()(arn).value();
  const auto answer = function->invoke("{}");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, LambdaFailure::Kind::unreachable);
  EXPECT_THAT(answer.error().message,
              HasSubstr("http://127.0.0.1:1/2015-03-31/functions/beats/invocations"));
}

TEST(LambdaFunctions, AfterAnInterruptNothingIsInvokedAndNobodyWaits) {
  const auto function = known()(arn).value();
  EXPECT_TRUE(function->wait(std::chrono::milliseconds(0)));
  function->interrupt();
  EXPECT_FALSE(function->wait(std::chrono::hours(1)));
  const auto answer = function->invoke("{}");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, LambdaFailure::Kind::interrupted);
}

}  // namespace
}  // namespace sluice::server
