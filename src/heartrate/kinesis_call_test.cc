// Tests of heartrate/kinesis_call.h; what a whole call looks like is in
// cli/kinesis_producer_test.cc.
#include "heartrate/kinesis_call.h"

#include <gtest/gtest.h>

namespace sluice::heartrate {
namespace {

class KinesisCallerTest : public testing::Test {
 protected:
  Result<KinesisAnswer> ask(int status, Bytes body) {
    auto caller = KinesisCaller::create(
        {"http://h/", "r", "s", {"id", "secret", token_}},
        [this, status, body](const net::HttpClientRequest& request) -> Result<net::HttpResponse> {
          request_ = request;
          return net::make_response(status, "application/x-amz-json-1.1", body);
        },
        clock_);
    EXPECT_TRUE(caller);
    return caller->attempt({"PutRecords", "{}", "an-id", 2, 3});
  }

  ManualClock clock_{unix_millis(1'752'422'119'000)};
  std::string token_;
  net::HttpClientRequest request_;
};

TEST_F(KinesisCallerTest, SaysWhichTryOfWhichCallItIs) {
  ASSERT_TRUE(ask(200, "{}"));
  EXPECT_EQ(request_.headers.value_or("amz-sdk-invocation-id", ""), "an-id");
  EXPECT_EQ(request_.headers.value_or("amz-sdk-request", ""), "attempt=2; max=3");
}

TEST_F(KinesisCallerTest, ASessionTokenIsSentAndSigned) {
  token_ = "the token";
  ASSERT_TRUE(ask(200, "{}"));
  EXPECT_EQ(request_.headers.value_or("x-amz-security-token", ""), "the token");
  const std::string authorization(request_.headers.value_or("authorization", ""));
  EXPECT_NE(authorization.find("x-amz-security-token"), std::string::npos) << authorization;
}

TEST_F(KinesisCallerTest, TellsWhichRefusalsAreWorthAnotherTry) {
  struct Case {
    int status;
    const char* body;
    const char* code;
    bool is_retryable;
  };

  for (const Case& one : {
           Case{400, "{\"__type\":\"a#ThrottlingException\"}", "ThrottlingException", true},
           Case{400, "{\"__type\":\"ValidationException\"}", "ValidationException", false},
           Case{502, "no json", "HTTP 502", true},
           Case{403, "[]", "HTTP 403", false},
       }) {
    const auto answer = ask(one.status, one.body);
    ASSERT_TRUE(answer);
    ASSERT_FALSE(answer->has_value());
    EXPECT_EQ(answer->error().code, one.code);
    EXPECT_EQ(answer->error().is_retryable, one.is_retryable) << one.code;
  }
}

TEST(WithoutCall, LeavesTheReason) {
  EXPECT_EQ(without_call("POST http://h/: connection refused"), "connection refused");
  EXPECT_EQ(without_call("no memory"), "no memory");
}

TEST(KinesisBodies, TheSameRecordsGiveTheSameBytes) {
  const KinesisRecord records[] = {{"a", "k"}, {"b", "l"}};
  EXPECT_EQ(put_records_body("s", records),
            "{\"StreamName\":\"s\",\"Records\":[{\"PartitionKey\":\"k\",\"Data\":\"YQ==\"},"
            "{\"PartitionKey\":\"l\",\"Data\":\"Yg==\"}]}");
}

TEST(RefusedRecords, AnAnswerThatDoesNotFitIsAnError) {
  EXPECT_EQ(*refused_records("{\"Records\":[{},{\"ErrorCode\":\"InternalFailure\"}]}", 2),
            std::vector<std::size_t>{1});
  EXPECT_FALSE(refused_records("{\"Records\":[{}]}", 2));
  EXPECT_FALSE(refused_records("{\"Records\":[{\"ErrorCode\":\"AccessDenied\"}]}", 1));
  EXPECT_FALSE(refused_records("{}", 1));
  EXPECT_FALSE(refused_records("no json", 1));
}

}  // namespace
}  // namespace sluice::heartrate
