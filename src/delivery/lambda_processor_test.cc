// A function of the test answers; what it is sent and what becomes of the records is looked at.
#include "delivery/lambda_processor.h"

#include "base/base64.h"
#include "delivery/lambda_for_test.h"
#include "delivery/partition_value.h"
#include "delivery/record_router.h"
#include "json/document.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace sluice::delivery {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

DeliveryStream stream_with(std::vector<ProcessorParameter> parameters) {
  DeliveryStream stream;
  stream.name = "s";
  stream.arn = "arn:aws:firehose:eu-west-1:111111111111:deliverystream/s";
  parameters.push_back({"LambdaArn", "arn:aws:lambda:eu-west-1:111111111111:function:f"});
  stream.s3.processing = {true, {{"Lambda", std::move(parameters)}}};
  return stream;
}

struct Fixture {
  explicit Fixture(const DeliveryStream& stream = stream_with({})) {
    auto made = std::make_unique<FakeFunction>();
    function = made.get();
    processor = std::make_unique<LambdaProcessor>(stream, std::move(made), source, random);
  }

  // As answer_each() of the function.
  void answer_each(FakeFunction::Answer record) { function->answer_each(std::move(record)); }

  Result<void> process(const std::vector<std::string>& texts) {
    routed = {};
    for (const std::string& text : texts) {
      SourceRecord& record = routed.batch.records.emplace_back();
      record.ordinal = Ordinal(routed.batch.records.size());
      record.arrival = unix_millis(1'495'072'949'453);
      record.partition_key = "key";
      record.data = held.emplace_back(text);
      routed.routes.push_back({});
    }
    return processor->process({StreamIncarnation(1), 3}, routed, held);
  }

  // "data:text", "dropped:text", "Lambda.Code:text"
  std::vector<std::string> fates() const {
    std::vector<std::string> out;
    for (std::size_t i = 0; i < routed.routes.size(); ++i) {
      std::string fate(object_kind_name(routed.routes[i].kind));
      for (const RouteRefusal& refusal : routed.refusals) {
        fate = refusal.index == i ? refusal.why.code : fate;
      }
      out.push_back(fate + ":" + std::string(routed.batch.records[i].data.substr(0, 20)));
    }
    return out;
  }

  NumberedSource source;
  SeededRandom random{1};
  FakeFunction* function = nullptr;
  std::unique_ptr<LambdaProcessor> processor;
  std::deque<Bytes> held;
  Routed routed;
};

TEST(LambdaProcessor, RecordsBecomeWhatTheFunctionMakesOfThem) {
  Fixture fixture;
  fixture.answer_each([](std::string_view id, const Bytes& data) {
    const std::string_view result = data == "b"   ? "Dropped"
                                    : data == "c" ? "ProcessingFailed"
                                                  : "Ok";
    return answer_of(id, result, data + data);
  });
  ASSERT_TRUE(fixture.process({"a", "b", "c", ""}));
  EXPECT_THAT(fixture.fates(),
              ElementsAre("data:aa", "dropped:b", "Lambda.ProcessingFailedStatus:c", "data:"));
  EXPECT_EQ(fixture.routed.refusals[0].attempts, 1U);
  EXPECT_EQ(fixture.function->events.size(), 1U);
}

TEST(LambdaProcessor, TheEventIsFirehoses) {
  DeliveryStream stream = stream_with({});
  stream.source_stream_arn = "arn:aws:kinesis:eu-west-1:111111111111:stream/in";
  for (const bool is_of_kinesis : {false, true}) {
    Fixture fixture(is_of_kinesis ? stream : stream_with({}));
    fixture.answer_each(
        [](std::string_view id, const Bytes& data) { return answer_of(id, "Ok", data); });
    ASSERT_TRUE(fixture.process({"a"}));
    const auto event = json::Document::parse(fixture.function->events.at(0)).value();
    EXPECT_EQ(event.root().find("deliveryStreamArn").as_string(), stream.arn);
    EXPECT_EQ(event.root().find("region").as_string(), "eu-west-1");
    EXPECT_EQ(event.root().find("invocationId").as_string()->size(), 36U);
    const json::View record = *event.root().find("records").elements().begin();
    EXPECT_EQ(record.find("data").as_string(), "YQ==");
    EXPECT_EQ(record.find("approximateArrivalTimestamp").as_int64(), 1'495'072'949'453);
    const json::View metadata = record.find("kinesisRecordMetadata");
    EXPECT_EQ(metadata.exists(), is_of_kinesis);
    EXPECT_EQ(event.root().find("sourceKinesisStreamArn").exists(), is_of_kinesis);
    if (is_of_kinesis) {
      EXPECT_EQ(metadata.find("sequenceNumber").as_string(), "491");
      EXPECT_EQ(metadata.find("subsequenceNumber").as_string(), "");
      EXPECT_EQ(metadata.find("shardId").as_string(), "shardId-000000000003");
      EXPECT_EQ(metadata.find("partitionKey").as_string(), "key");
    }
  }
}

TEST(LambdaProcessor, LiesAboutRecordIdsConcernTheseRecordsOnly) {
  Fixture fixture;
  fixture.answer_each([](std::string_view id, const Bytes& data) {
    if (data == "missing") {
      return answer_of("unknown", "Ok", data) + R"(,{"result":"Ok","data":""},7)";
    }
    const std::string good = answer_of(id, "Ok", data + "!");
    return data == "twice" ? good + "," + answer_of(id, "Dropped", data) : good;
  });
  ASSERT_TRUE(fixture.process({"a", "missing", "twice", "b"}));
  EXPECT_THAT(fixture.fates(),
              ElementsAre("data:a!",
                          "Lambda.MissingRecordId:missing",
                          "Lambda.DuplicatedRecordId:twice",
                          "data:b!"));
}

TEST(LambdaProcessor, AnswersOfAnotherFormRefuseTheRecord) {
  Fixture fixture;
  fixture.answer_each([](std::string_view id, const Bytes& data) {
    const std::string start = fmt::format(R"({{"recordId":"{}")", id);
    return start + data + "}";
  });
  ASSERT_TRUE(fixture.process({R"(,"result":"Ok")",
                               R"(,"result":"Ok","data":null)",
                               R"(,"result":"Ok","data":"?")",
                               R"(,"result":"ok","data":"")",
                               R"(,"data":"")"}));
  ASSERT_EQ(fixture.routed.refusals.size(), 5U);
  for (const RouteRefusal& refusal : fixture.routed.refusals) {
    EXPECT_EQ(refusal.why.code, "Lambda.InvalidReturnFormat");
  }
  EXPECT_THAT(fixture.routed.refusals[1].why.message, HasSubstr("The data field cannot be null"));
}

DeliveryStream stream_with_keys() {
  DeliveryStream stream = stream_with({});
  stream.s3.prefix = "!{partitionKeyFromLambda:a}/!{partitionKeyFromLambda:b}/";
  stream.s3.error_output_prefix = "e/!{firehose:error-output-type}/";
  return stream;
}

TEST(LambdaProcessor, PartitionKeysOfThePrefixAreKept) {
  Fixture fixture(stream_with_keys());
  EXPECT_THAT(fixture.processor->keys(), ElementsAre("a", "b"));
  fixture.answer_each([](std::string_view id, const Bytes& data) {
    return answer_of(id, data == "drop" ? "Dropped" : "Ok", "made", "," + data);
  });
  ASSERT_TRUE(fixture.process({R"("metadata":{"partitionKeys":{"c":null,"b":"b","a":"x/y"}})",
                               R"("metadata":{"partitionKeys":{"a":1.50,"b":true}})"}));
  EXPECT_THAT(fixture.fates(), ElementsAre("data:made", "data:made"));
  EXPECT_EQ(fixture.processor->value(0, 0), "x/y");
  EXPECT_EQ(fixture.processor->value(0, 1), "b");
  EXPECT_EQ(fixture.processor->value(1, 0), "1.50");
  EXPECT_EQ(fixture.processor->value(1, 1), "true");
}

TEST(LambdaProcessor, RecordsThatLackAKeyOfThePrefixAreRefusedAsTheyWereSent) {
  const std::pair<std::string, std::string_view> cases[] = {
      {R"("metadata":null)", value_is_null_or_empty},
      {R"("metadata":[{"partitionKeys":{}}])", value_is_null_or_empty},
      {R"("metadata":{"partitionKeys":"ab"})", value_is_null_or_empty},
      {R"("metadata":{"partitionKeys":{"a":"x"}})", value_is_null_or_empty},
      {R"("metadata":{"partitionKeys":{"a":"x","b":null}})", value_is_null_or_empty},
      {R"("metadata":{"partitionKeys":{"a":"x","b":""}})", value_is_null_or_empty},
      {R"("metadata":{"partitionKeys":{"a":"x","B":"y"}})", value_is_null_or_empty},
      {R"("metadata":{"partitionKeys":{"a":"x","b":["y"]}})", value_is_no_scalar},
      {R"("metadata":{"partitionKeys":{"a":{},"b":"y"}})", value_is_no_scalar},
      {fmt::format(R"("metadata":{{"partitionKeys":{{"a":"x","b":"{}"}}}})",
                   std::string(partition_values_bytes_max, 'y')),
       values_are_too_long},
  };
  for (const auto& [metadata, message] : cases) {
    Fixture fixture(stream_with_keys());
    fixture.answer_each([](std::string_view id, const Bytes& data) {
      return answer_of(id, "Ok", "made", "," + data);
    });
    ASSERT_TRUE(fixture.process({metadata}));
    EXPECT_EQ(fixture.routed.routes[0].kind, ObjectKind::processing_failed) << metadata;
    EXPECT_EQ(fixture.routed.batch.records[0].data, metadata);
    ASSERT_EQ(fixture.routed.refusals.size(), 1U);
    EXPECT_EQ(fixture.routed.refusals[0].why.code, extraction_failed_code);
    EXPECT_EQ(fixture.routed.refusals[0].why.message, message);
  }
}

TEST(LambdaProcessor, AnAnswerThatIsNoListOfRecordsIsFinal) {
  for (const char* const payload :
       {"", "null", "[]", R"({"records":{}})", R"({"records":[)", "{}{}"}) {
    Fixture fixture;
    fixture.function->answer = [payload](ByteView) { return LambdaAnswer{false, payload}; };
    ASSERT_TRUE(fixture.process({"a", "b"}));
    EXPECT_THAT(fixture.fates(),
                ElementsAre("Lambda.JsonProcessingException:a", "Lambda.JsonProcessingException:b"))
        << payload;
    EXPECT_EQ(fixture.function->events.size(), 1U);
  }
}

TEST(LambdaProcessor, WhatFailsIsTriedAgainAndThenRefused) {
  Fixture fixture(stream_with({{"NumberOfRetries", "2"}}));
  fixture.function->answer = [](ByteView) { return LambdaAnswer{true, R"({"errorMessage":"x"})"}; };
  ASSERT_TRUE(fixture.process({"a", "b"}));
  EXPECT_THAT(fixture.fates(), ElementsAre("Lambda.FunctionError:a", "Lambda.FunctionError:b"));
  EXPECT_EQ(fixture.routed.refusals[1].attempts, 3U);
  EXPECT_EQ(fixture.function->events.size(), 3U);
  EXPECT_THAT(fixture.function->waits, ElementsAre(100, 200));
}

TEST(LambdaProcessor, ALaterTryMaySucceed) {
  Fixture fixture;
  fixture.function->answer = [&](ByteView) -> Reply {
    if (fixture.function->events.size() == 2) {
      fixture.answer_each(
          [](std::string_view id, const Bytes&) { return answer_of(id, "ProcessingFailed", ""); });
    }
    return std::unexpected(LambdaFailure{LambdaFailure::Kind::throttled, "busy"});
  };
  ASSERT_TRUE(fixture.process({"a"}));
  EXPECT_THAT(fixture.fates(), ElementsAre("Lambda.ProcessingFailedStatus:a"));
  EXPECT_EQ(fixture.routed.refusals[0].attempts, 3U);
}

TEST(LambdaProcessor, EveryFailureHasItsCode) {
  using Kind = LambdaFailure::Kind;
  const std::pair<Kind, std::string> cases[] = {
      {Kind::timed_out, "Lambda.FunctionTimedOut"},
      {Kind::unreachable, "Lambda.InvocationFailed"},
      {Kind::too_large, "Lambda.FunctionError"},
      {Kind::not_found, "Lambda.ResourceNotFound"},
      {Kind::denied, "Lambda.InvokeAccessDenied"},
      {Kind::throttled, "Lambda.InvokeLimitExceeded"},
      {Kind::failed, "Lambda.InvocationFailed"},
  };
  for (const auto& each : cases) {
    Fixture fixture(stream_with({{"NumberOfRetries", "0"}}));
    fixture.function->answer = [&each](ByteView) -> Reply {
      return std::unexpected(LambdaFailure{each.first, "why"});
    };
    ASSERT_TRUE(fixture.process({"a"}));
    EXPECT_THAT(fixture.fates(), ElementsAre(each.second + ":a"));
    EXPECT_EQ(fixture.routed.refusals[0].why.message, "why");
  }
}

TEST(LambdaProcessor, BatchesAreAsLargeAsTheHintAndTheInvokeApiAllow) {
  Fixture fixture(stream_with({{"BufferSizeInMBs", "0.2"}}));
  fixture.answer_each([](std::string_view id, const Bytes&) { return answer_of(id, "Ok", "x"); });
  ASSERT_TRUE(fixture.process(std::vector<std::string>(10, std::string(100'000, 'a'))));
  EXPECT_EQ(fixture.function->events.size(), 5U);
  ASSERT_TRUE(fixture.process(std::vector<std::string>(10'000, "")));
  for (const Bytes& event : fixture.function->events) {
    EXPECT_LE(event.size(), lambda_payload_bytes_max);
  }
  EXPECT_THAT(fixture.routed.refusals, IsEmpty());
  EXPECT_EQ(fixture.routed.batch.records.back().data, "x");
  ASSERT_TRUE(fixture.process({std::string(5'000'000, 'a'), "b"}));
  EXPECT_EQ(fixture.fates(),
            (std::vector<std::string>{"Lambda.RequestTooLarge:" + std::string(20, 'a'), "data:x"}));
}

TEST(LambdaProcessor, WhatIsRefusedAlreadyIsNotSent) {
  Fixture fixture;
  fixture.function->answer = [](ByteView) { return LambdaAnswer{false, ""}; };
  fixture.routed.batch.records.resize(1);
  fixture.routed.routes = {{{}, ObjectKind::decompression_failed}};
  ASSERT_TRUE(fixture.processor->process({}, fixture.routed, fixture.held));
  EXPECT_THAT(fixture.function->events, IsEmpty());
}

TEST(LambdaProcessor, AnInterruptFailsTheCallAndRefusesNothing) {
  Fixture fixture;
  fixture.function->answer = [&](ByteView) -> Reply {
    fixture.processor->interrupt();
    return std::unexpected(LambdaFailure{LambdaFailure::Kind::unreachable, "down"});
  };
  for (int i = 0; i < 2; ++i) {
    const auto processed = fixture.process({"a"});
    ASSERT_FALSE(processed);
    EXPECT_EQ(processed.error().fault(), Fault::unavailable);
    EXPECT_THAT(fixture.routed.refusals, IsEmpty());
  }
}

}  // namespace
}  // namespace sluice::delivery
