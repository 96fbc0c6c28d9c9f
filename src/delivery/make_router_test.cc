// Which router a definition gets, and what is said of one that gets none.
#include "delivery/make_router.h"

#include "delivery/lambda_for_test.h"
#include "delivery/query_for_test.h"
#include "delivery/record_router.h"
#include "delivery/session_router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace sluice::delivery {
namespace {

using testing::HasSubstr;

constexpr std::string_view known_arn = "arn:aws:lambda:eu-west-1:111111111111:function:f";

ProcessorMakers makers() {
  return {.queries = [](std::string_view query) -> Result<std::unique_ptr<MetadataQuery>> {
            if (query != "{c: .c}") {
              return fail(Fault::invalid, "no query");
            }
            return std::make_unique<MemberQuery>(std::vector<std::string>{"c"});
          },
          .functions = [](std::string_view arn) -> Result<std::unique_ptr<LambdaFunction>> {
            if (arn != known_arn) {
              return fail(Fault::invalid, "no function");
            }
            return std::make_unique<FakeFunction>();
          }};
}

DeliveryStream raw_stream() {
  DeliveryStream stream;
  stream.name = "s";
  stream.s3.bucket_arn = "arn:aws:s3:::b";
  stream.s3.error_output_prefix = "e/!{firehose:error-output-type}/";
  return stream;
}

Processor lambda_processor(std::string_view arn = known_arn) {
  return {"Lambda", {{"LambdaArn", std::string(arn)}}};
}

DeliveryStream partitioned_stream(std::string prefix, std::vector<Processor> processors) {
  DeliveryStream stream = raw_stream();
  stream.s3.prefix = std::move(prefix);
  stream.s3.partitioning = {true};
  stream.s3.processing = {true, std::move(processors)};
  return stream;
}

Processor extraction(std::string query = "{c: .c}") {
  return {"MetadataExtraction", {{"MetadataExtractionQuery", std::move(query)}}};
}

std::string verdict(const DeliveryStream& stream) {
  const auto checked = check_processors(stream, makers());
  return checked ? "good" : checked.error().message();
}

struct Made {
  explicit Made(const DeliveryStream& stream)
      : router(make_router(stream, makers(), source, random).value()) {}

  NumberedSource source;
  SeededRandom random{1};
  std::unique_ptr<Router> router;
};

TEST(MakeRouter, RecordsThatGoAsTheyAreHaveNone) {
  EXPECT_EQ(Made(raw_stream()).router, nullptr);
  EXPECT_EQ(verdict(raw_stream()), "good");
}

TEST(MakeRouter, PartitionsOfQueriesAndFunctionsAreARecordRouters) {
  const DeliveryStream streams[] = {
      partitioned_stream("!{partitionKeyFromQuery:c}/", {extraction()}),
      partitioned_stream("!{partitionKeyFromLambda:k}/", {lambda_processor()}),
      partitioned_stream("!{partitionKeyFromLambda:k}/!{partitionKeyFromQuery:c}/",
                         {lambda_processor(), extraction()}),
  };
  for (const DeliveryStream& stream : streams) {
    EXPECT_EQ(verdict(stream), "good");
    const Made made(stream);
    ASSERT_NE(dynamic_cast<RecordRouter*>(made.router.get()), nullptr);
    EXPECT_TRUE(made.router->has_partitions());
  }
}

TEST(MakeRouter, AFunctionAloneMakesNoPartitions) {
  DeliveryStream stream = raw_stream();
  stream.s3.processing = {true, {lambda_processor()}};
  const Made made(stream);
  ASSERT_NE(dynamic_cast<RecordRouter*>(made.router.get()), nullptr);
  EXPECT_FALSE(made.router->has_partitions());
  EXPECT_TRUE(made.router->can_be_slow());
}

TEST(MakeRouter, SessionsAreASessionRoutersAlsoBehindAFunction) {
  DeliveryStream stream = raw_stream();
  stream.tags = {{"sluice:session-gap-s", "60"}};
  for (const bool has_function : {false, true}) {
    if (has_function) {
      stream.s3.processing = {true, {lambda_processor()}};
    }
    const Made made(stream);
    ASSERT_NE(dynamic_cast<SessionRouter*>(made.router.get()), nullptr);
    EXPECT_EQ(made.router->can_be_slow(), has_function);
  }
}

TEST(MakeRouter, WhatCannotBeMadeIsSaid) {
  EXPECT_EQ(verdict(partitioned_stream("!{partitionKeyFromLambda:k}/", {lambda_processor("arn")})),
            "no function");
  EXPECT_EQ(verdict(partitioned_stream("!{partitionKeyFromQuery:c}/", {extraction("{")})),
            "no query");
  EXPECT_THAT(verdict(partitioned_stream("!{partitionKeyFromQuery:d}/", {extraction()})),
              HasSubstr("partitionKeyFromQuery:d is no key of MetadataExtractionQuery"));
  DeliveryStream stream = raw_stream();
  stream.s3.processing = {true, {lambda_processor("arn")}};
  NumberedSource source;
  SeededRandom random(1);
  EXPECT_EQ(make_router(stream, makers(), source, random).error().message(), "no function");
}

}  // namespace
}  // namespace sluice::delivery
