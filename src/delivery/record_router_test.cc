#include "delivery/record_router.h"

#include "delivery/gzip_for_test.h"
#include "delivery/lambda_for_test.h"
#include "delivery/query_for_test.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sluice::delivery {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

DeliveryStream stream_with(std::string sub_record_type = "", std::uint32_t version = 1) {
  DeliveryStream stream;
  stream.name = "s";
  stream.version = version;
  stream.s3.bucket_arn = "arn:aws:s3:::b";
  stream.s3.prefix = "!{partitionKeyFromQuery:c}/";
  stream.s3.error_output_prefix = "e/!{firehose:error-output-type}/";
  stream.s3.partitioning = {true};
  Processing& processing = stream.s3.processing.emplace();
  processing.is_enabled = true;
  processing.processors = {{"MetadataExtraction", {{"MetadataExtractionQuery", "{c: .c}"}}}};
  if (!sub_record_type.empty()) {
    processing.processors.push_back(
        {"RecordDeAggregation",
         {{"SubRecordType", std::move(sub_record_type)}, {"Delimiter", "fA=="}}});  // "|"
  }
  return stream;
}

struct Fixture {
  explicit Fixture(const DeliveryStream& stream = stream_with(),
                   std::vector<std::string> keys = {"c"}) {
    auto made = std::make_unique<MemberQuery>(std::move(keys));
    query = made.get();
    router = RecordRouter::create(stream, std::move(made)).value();
  }

  Result<Routed> route(const std::vector<std::string>& texts, const PartialRecords& partial = {}) {
    std::vector<SourceRecord> records;
    for (const std::string& text : texts) {
      SourceRecord& record = records.emplace_back();
      record.ordinal = Ordinal(records.size());
      record.data = text;
    }
    auto routed = router->route({{StreamIncarnation(1), 0}, records, owner, &partial});
    are_same = routed && routed->batch.records.empty();
    if (are_same) {
      routed->batch.records = records;
    }
    return routed;
  }

  // "acme:{...}" for each part, "!" for what is refused.
  std::vector<std::string> destinations(const std::vector<std::string>& texts) {
    const auto routed = route(texts).value();
    std::vector<std::string> out;
    for (std::size_t i = 0; i < routed.routes.size(); ++i) {
      const bool is_data = routed.routes[i].kind == ObjectKind::data;
      out.push_back(is_data ? router->values(routed.routes[i].partition).front().second : "!");
      out.back() += ":" + std::string(routed.batch.records[i].data);
    }
    return out;
  }

  bool are_same = false;  // those that were routed last
  MemberQuery* query = nullptr;
  std::unique_ptr<RecordRouter> router;
  std::shared_ptr<const void> owner = std::make_shared<int>(7);
};

TEST(RecordRouter, RecordsOfOneValueGoToOnePartition) {
  Fixture fixture;
  const std::vector<std::string> texts = {R"({"c":"x"})", R"({"c":"y"})", R"({"c":"x","d":1})"};
  const Routed routed = fixture.route(texts).value();
  ASSERT_EQ(routed.routes.size(), 3U);
  EXPECT_EQ(routed.routes[0], routed.routes[2]);
  EXPECT_NE(routed.routes[0].partition, routed.routes[1].partition);
  EXPECT_EQ(fixture.router->values(routed.routes[1].partition), (PartitionValues{{"c", "y"}}));
  EXPECT_THAT(routed.refusals, IsEmpty());
  EXPECT_EQ(routed.batch.owner, fixture.owner);
  EXPECT_TRUE(fixture.are_same);
  EXPECT_EQ(fixture.route(texts)->routes, routed.routes);
}

TEST(RecordRouter, OnlyKeysOfThePrefixTellPartitionsApart) {
  Fixture fixture(stream_with(), {"other", "c"});
  const Routed routed =
      fixture.route({R"({"c":"x","other":1})", R"({"c":"x","other":2})", R"({"c":"x"})"}).value();
  EXPECT_EQ(routed.routes[0], routed.routes[1]);
  EXPECT_EQ(routed.routes[2].kind, ObjectKind::processing_failed);
  EXPECT_EQ(fixture.router->partitions(), 1U);
}

TEST(RecordRouter, RecordsWithoutValuesAreRefused) {
  Fixture fixture;
  const Routed routed =
      fixture.route({R"({"c":null})", R"({"c":"x"})", "broken", R"({"c":""})"}).value();
  ASSERT_EQ(routed.refusals.size(), 3U);
  EXPECT_EQ(routed.refusals[0].index, 0U);
  EXPECT_EQ(routed.refusals[1].index, 2U);
  EXPECT_EQ(routed.refusals[0].why.code, "DynamicPartitioning.MetadataExtractionFailed");
  EXPECT_EQ(routed.refusals[0].why.message, null_or_empty);
  EXPECT_EQ(routed.routes[0].kind, ObjectKind::processing_failed);
  EXPECT_EQ(routed.routes[1].kind, ObjectKind::data);
}

TEST(RecordRouter, ValuesThatMakeNoKeyAreRefused) {
  Fixture fixture;
  const Routed routed = fixture
                            .route({R"({"c":"a\u0000"})",
                                    R"({"c":"../up"})",
                                    R"({"c":")" + std::string(1000, 'x') + R"("})",
                                    R"({"c":"a/b"})"})
                            .value();
  ASSERT_EQ(routed.refusals.size(), 3U);
  EXPECT_THAT(routed.refusals[0].why.message, HasSubstr("control character"));
  EXPECT_THAT(routed.refusals[1].why.message, HasSubstr("named . or .."));
  EXPECT_THAT(routed.refusals[2].why.message, HasSubstr("more than 512 characters"));
  EXPECT_EQ(routed.routes[3].kind, ObjectKind::data);
  EXPECT_EQ(fixture.router->partitions(), 1U);
}

TEST(RecordRouter, RecordsAreSplitBeforeTheyAreRouted) {
  Fixture json(stream_with("JSON"));
  EXPECT_THAT(json.destinations({R"({"c":"x"}{"c":"y"} {"d":1})", R"([{"c":"x"}])"}),
              ElementsAre(R"(x:{"c":"x"})", R"(y:{"c":"y"})", R"(!:{"d":1})", R"(!:[{"c":"x"}])"));
  Fixture delimited(stream_with("DELIMITED"));
  EXPECT_THAT(delimited.destinations({R"({"c":"x"}|{"c":"y"}|)"}),
              ElementsAre(R"(x:{"c":"x"})", R"(y:{"c":"y"})"));
}

TEST(RecordRouter, PartsAreNumberedWithinTheirRecord) {
  Fixture fixture(stream_with("JSON", 4));
  const Routed routed = fixture.route({"{}{}{}", "{}"}).value();
  ASSERT_EQ(routed.batch.records.size(), 4U);
  for (std::uint32_t i = 0; i < 3; ++i) {
    const SourceRecord& part = routed.batch.records[i];
    EXPECT_EQ(part.ordinal, Ordinal(1));
    EXPECT_EQ(part.part, i + 1);
    EXPECT_EQ(part.parts, 3U);
    EXPECT_EQ(part.split_version, 4U);
  }
  EXPECT_EQ(routed.batch.records[3].ordinal, Ordinal(2));
  EXPECT_EQ(routed.batch.records[3].parts, 1U);
}

TEST(RecordRouter, ARecordThatIsPartlyDeliveredIsSplitByTheRuleOfThen) {
  DeliveryStream stream = stream_with("JSON", 3);
  stream.earlier_splits = {{1, {}}, {2, {SplitRule::Form::delimited, ";"}}};
  Fixture fixture(stream);
  PartialRecords partial;
  OrdinalSet first;
  first.add(Ordinal(1));
  partial.add({Ordinal(2), 3, 2, first});
  const std::vector<std::string> texts(2, "{};{};{}");
  const Routed routed = fixture.route(texts, partial).value();
  ASSERT_EQ(routed.batch.records.size(), 4U);  // by now the text is no sequence of objects
  EXPECT_EQ(routed.batch.records[0].data, texts[0]);
  EXPECT_EQ(routed.batch.records[3].data, "{}");
  EXPECT_EQ(routed.batch.records[3].split_version, 2U);
}

TEST(RecordRouter, ARecordThatFallsIntoOtherPartsThanItDidIsCorrupt) {
  Fixture fixture(stream_with("JSON"));
  PartialRecords partial;
  OrdinalSet first;
  first.add(Ordinal(1));
  partial.add({Ordinal(1), 3, 1, first});
  const auto routed = fixture.route({"{}{}"}, partial);
  ASSERT_FALSE(routed);
  EXPECT_EQ(routed.error().fault(), Fault::corrupt);
}

TEST(RecordRouter, AFailureOfTheQueryIsTheRouters) {
  Fixture fixture;
  fixture.query->fails = true;
  EXPECT_EQ(fixture.route({"{}"}).error().fault(), Fault::unavailable);
  fixture.query->fails = false;
  EXPECT_TRUE(fixture.route({"{}"}));
}

TEST(RecordRouter, PartitionsOfAnotherLifeAreKnownAgain) {
  Fixture fixture;
  const PartitionId parked = fixture.router->partition_of({{"c", "x"}}).value();
  EXPECT_EQ(fixture.route({R"({"c":"x"})"})->routes.front().partition, parked);
  EXPECT_NE(fixture.router->partition_of({{"older", "x"}}), parked);
  EXPECT_EQ(fixture.router->partition_of({{"c", "x"}}), parked);
}

TEST(RecordRouter, PartitionsThatAreNotInUseAreForgotten) {
  Fixture fixture;
  const auto routes = fixture.route({R"({"c":"x"})", R"({"c":"y"})"})->routes;
  fixture.router->keep_only({routes[1].partition});
  EXPECT_EQ(fixture.router->partitions(), 1U);
  EXPECT_EQ(fixture.router->partition_of({{"c", "y"}}), routes[1].partition);
  EXPECT_GT(fixture.router->partition_of({{"c", "x"}}), routes[1].partition);
}

TEST(RecordRouter, ABlockOfManyRecordsIsAnsweredInOrder) {
  Fixture fixture;
  std::vector<std::string> texts;
  for (int i = 0; i < 10'000; ++i) {
    texts.push_back(R"({"c":")" + std::to_string(i % 7) + R"("})");
  }
  const std::vector<std::string> destinations = fixture.destinations(texts);
  ASSERT_EQ(destinations.size(), texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    EXPECT_EQ(destinations[i], std::to_string(i % 7) + ":" + texts[i]);
  }
}

DeliveryStream timed_stream(std::vector<Tag> more = {}) {
  DeliveryStream stream;
  stream.name = "s";
  stream.s3.bucket_arn = "arn:aws:s3:::b";
  stream.s3.prefix = "!{event-time:yyyy/MM/dd}/!{event-time:HH}/";
  stream.s3.error_output_prefix = "e/!{firehose:error-output-type}/";
  stream.s3.custom_time_zone = "Asia/Calcutta";
  stream.tags = {{"sluice:event-time-field", ".at"}};
  stream.tags.insert(stream.tags.end(), more.begin(), more.end());
  return stream;
}

// "value|value", or "! code: message".
std::vector<std::string> places(RecordRouter& router, const std::vector<SourceRecord>& records) {
  const PartialRecords none;
  const Routed routed = router.route({{StreamIncarnation(1), 0}, records, nullptr, &none}).value();
  std::vector<std::string> out;
  auto refusal = routed.refusals.begin();
  for (std::size_t i = 0; i < routed.routes.size(); ++i) {
    std::string& place = out.emplace_back();
    if (routed.routes[i].kind == ObjectKind::processing_failed) {
      EXPECT_EQ(refusal->index, i);
      place = "! " + refusal->why.code + ": " + refusal->why.message;
      ++refusal;
      continue;
    }
    for (const auto& [name, value] : router.values(routed.routes[i].partition)) {
      place += (place.empty() ? "" : "|") + value;
    }
  }
  return out;
}

std::vector<SourceRecord> records_of(const std::vector<std::string>& texts,
                                     UnixMillis arrival = unix_millis(2'000'000'000'000)) {
  std::vector<SourceRecord> records;
  for (const std::string& text : texts) {
    SourceRecord& record = records.emplace_back();
    record.ordinal = Ordinal(records.size());
    record.arrival = arrival;
    record.data = text;
  }
  return records;
}

TEST(RecordRouter, EventTimeDecidesThePartitionInTheZoneOfTheStream) {
  const auto router = RecordRouter::create(timed_stream(), nullptr).value();
  const std::vector<std::string> texts = {R"({"at":"2025-07-13T15:55:19"})",
                                          R"({"at":"2025-07-13T16:25:18Z"})",
                                          R"({"at":"2025-07-13T18:30:00+00:00"})",
                                          R"({"at":"2025-07-13T15:55:19","n":1} )"};
  EXPECT_THAT(places(*router, records_of(texts)),
              ElementsAre("2025/07/13|21", "2025/07/13|21", "2025/07/14|00", "2025/07/13|21"));
  EXPECT_EQ(router->partitions(), 2U);
  const PartitionId known =
      router->partition_of({{"!{event-time:yyyy/MM/dd}", "2025/07/14"}, {"!{event-time:HH}", "00"}})
          .value();
  EXPECT_EQ(router->partitions(), 2U) << "one of another life is known again";
  EXPECT_EQ(router->values(known).size(), 2U);
}

TEST(RecordRouter, ARecordWithoutAnEventTimeIsRefusedByNameOfTheField) {
  const auto router = RecordRouter::create(timed_stream(), nullptr).value();
  const std::vector<std::string> texts = {
      "{}", R"({"at":7})", "broken", "", R"({"at":"soon"})", R"({"at":"2025-07-13T15:55:19"})"};
  EXPECT_THAT(places(*router, records_of(texts)),
              ElementsAre("! EventTime.Invalid: the field .at is missing",
                          HasSubstr("EventTime.Invalid: the field .at is the number 7"),
                          HasSubstr("EventTime.Invalid: the field .at is missing: the record is"),
                          HasSubstr("EventTime.Invalid: the field .at is missing: the record is"),
                          HasSubstr("EventTime.Invalid: the field .at is \"soon\""),
                          "2025/07/13|21"));
}

TEST(RecordRouter, ALateRecordIsRefusedOnlyIfTheTagsSaySo) {
  const std::vector<std::string> texts = {R"({"at":"2025-07-13T15:55:19"})",
                                          R"({"at":"2025-07-13T15:54:19"})",
                                          R"({"at":"2025-07-13T15:54:18.999"})",
                                          R"({"at":"2025-07-13T15:55:20"})",
                                          R"({"at":"2025-07-13T15:54:19"})"};
  const auto lenient =
      RecordRouter::create(timed_stream({{"sluice:event-time-lateness-s", "60"}}), nullptr).value();
  EXPECT_THAT(places(*lenient, records_of(texts)), testing::Each("2025/07/13|21"));
  const auto strict =
      RecordRouter::create(timed_stream({{"sluice:event-time-lateness-s", "60"},
                                         {"sluice:event-time-late", "error-output"}}),
                           nullptr)
          .value();
  const auto found = places(*strict, records_of(texts));
  EXPECT_EQ(found[1], "2025/07/13|21") << "as late as it may be";
  EXPECT_EQ(found[2],
            "! EventTime.Late: the event time 2025-07-13T15:54:18.999Z of the field .at lies more "
            "than 60 s before 2025-07-13T15:55:19.000Z, the latest so far");
  EXPECT_EQ(found[3], "2025/07/13|21");
  EXPECT_THAT(found[4], HasSubstr("EventTime.Late"));
}

TEST(RecordRouter, OnlyOneThatKnowsOfLateRecordsNeedsThemInOrder) {
  EXPECT_FALSE(RecordRouter::create(timed_stream(), nullptr).value()->remembers_records());
  const auto strict =
      RecordRouter::create(timed_stream({{"sluice:event-time-lateness-s", "60"},
                                         {"sluice:event-time-late", "error-output"}}),
                           nullptr)
          .value();
  EXPECT_TRUE(strict->remembers_records());
  const std::vector<std::string> texts = {R"({"at":"2025-07-13T15:55:19"})",
                                          R"({"at":"2025-07-13T14:00:00"})"};
  EXPECT_THAT(places(*strict, records_of(texts)), testing::Contains(HasSubstr("EventTime.Late")));
  strict->rewind({});
  EXPECT_THAT(places(*strict, records_of({texts[1]})), ElementsAre("2025/07/13|19"))
      << "what is read again is told anew";
}

TEST(RecordRouter, AClockThatIsAheadMakesNoOtherRecordLate) {
  const auto router =
      RecordRouter::create(timed_stream({{"sluice:event-time-lateness-s", "60"},
                                         {"sluice:event-time-late", "error-output"}}),
                           nullptr)
          .value();
  const std::vector<std::string> texts = {R"({"at":"2099-01-01T00:00:00"})",
                                          R"({"at":"2025-07-13T15:55:19"})"};
  EXPECT_THAT(places(*router, records_of(texts, unix_millis(1'752'422'120'000))),
              ElementsAre("2099/01/01|05", "2025/07/13|21"));
}

TEST(RecordRouter, KeysOfAQueryAndEventTimeTellPartitionsApartTogether) {
  DeliveryStream stream = stream_with("JSON");
  stream.s3.prefix = "!{event-time:yyyy}/!{partitionKeyFromQuery:c}/!{event-time:yyyy}/";
  stream.tags = {{"sluice:event-time-field", "at"}, {"sluice:event-time-format", "epoch-s"}};
  const auto router =
      RecordRouter::create(stream, std::make_unique<MemberQuery>(std::vector<std::string>{"c"}))
          .value();
  const std::vector<std::string> texts = {R"({"c":"x","at":0} {"c":"x","at":1} {"c":"y","at":2})",
                                          R"({"c":"x","at":31536000})",
                                          R"({"c":"x"})",
                                          R"({"at":0})"};
  EXPECT_THAT(places(*router, records_of(texts)),
              ElementsAre("x|1970",
                          "x|1970",
                          "y|1970",
                          "x|1971",
                          HasSubstr("EventTime.Invalid"),
                          HasSubstr("DynamicPartitioning.MetadataExtractionFailed")));
  EXPECT_EQ(router->partitions(), 3U);
}

TEST(RecordRouter, IsNeededForPartitionsEventTimeAndLateRecords) {
  EXPECT_TRUE(RecordRouter::is_needed(stream_with()));
  EXPECT_TRUE(RecordRouter::is_needed(timed_stream()));
  DeliveryStream stream = timed_stream();
  stream.s3.prefix = "!{timestamp:yyyy}/";
  EXPECT_FALSE(RecordRouter::is_needed(stream));
  stream.tags.push_back({"sluice:event-time-lateness-s", "60"});
  EXPECT_FALSE(RecordRouter::is_needed(stream));
  stream.tags.push_back({"sluice:event-time-late", "error-output"});
  EXPECT_TRUE(RecordRouter::is_needed(stream));
}

// Of messages of CloudWatch Logs.
DeliveryStream stream_of_logs(bool is_partitioned, bool converts = false) {
  DeliveryStream stream = stream_with();
  if (!is_partitioned) {
    stream.s3.prefix = "p/";
    stream.s3.partitioning.reset();
    stream.s3.processing->processors.clear();
  }
  if (converts) {
    stream.s3.conversion.emplace();
  }
  stream.s3.processing->processors.push_back({"Decompression", {}});
  stream.s3.processing->processors.push_back(
      {"CloudWatchLogProcessing", {{"DataMessageExtraction", "true"}}});
  return stream;
}

Bytes log_of(const std::string& events) {
  return gzip_of(R"({"messageType":"DATA_MESSAGE","logEvents":[)" + events + "]}");
}

// "data:text", "dropped:", ...
std::vector<std::string> fates(const Routed& routed) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < routed.routes.size(); ++i) {
    out.push_back(std::string(object_kind_name(routed.routes[i].kind)) + ":" +
                  std::string(routed.batch.records[i].data));
  }
  return out;
}

TEST(RecordRouter, WithoutPartitionsRecordsAreTakenApartAllTheSame) {
  const auto router = RecordRouter::create(stream_of_logs(false), nullptr).value();
  const std::string texts[] = {log_of(R"({"message":"a"},{"message":"b"})"),
                               "plain",
                               gzip_of(R"({"messageType":"CONTROL_MESSAGE"})"),
                               log_of(R"({"message":""})"),
                               gzip_of("{}")};
  std::vector<SourceRecord> records;
  for (const std::string& text : texts) {
    SourceRecord& record = records.emplace_back();
    record.ordinal = Ordinal(records.size());
    record.data = text;
  }
  const Routed routed =
      router->route({{StreamIncarnation(1), 0}, records, nullptr, nullptr}).value();
  EXPECT_THAT(fates(routed),
              ElementsAre("data:a",
                          "data:b",
                          "decompression-failed:plain",
                          "dropped:",
                          "data:",
                          "processing-failed:" + texts[4]));
  ASSERT_EQ(routed.refusals.size(), 2U);
  EXPECT_EQ(routed.refusals[0].index, 2U);
  EXPECT_EQ(routed.refusals[1].index, 5U);
  EXPECT_EQ(routed.batch.records[1].parts, 2U);
  EXPECT_EQ(routed.batch.records[3].parts, 1U);
  EXPECT_EQ(router->partitions(), 0U);
}

TEST(RecordRouter, WhatWasUnpackedLivesAsLongAsItsBatch) {
  Fixture fixture(stream_of_logs(true));
  SourceBatch batch;
  {
    Routed routed = fixture.route({log_of(R"({"message":"{\"c\":\"x\"}"})")}).value();
    EXPECT_EQ(routed.routes[0].kind, ObjectKind::data);
    batch = std::move(routed.batch);
  }
  EXPECT_EQ(batch.records[0].data, R"({"c":"x"})");
}

TEST(RecordRouter, ARecordWithoutLogEventsIsAnEmptyOneWhereThatIsRefused) {
  const std::vector<std::string> control = {gzip_of(R"({"messageType":"CONTROL_MESSAGE"})")};
  Fixture partitioned(stream_of_logs(true));
  const Routed routed = partitioned.route(control).value();
  EXPECT_THAT(fates(routed), ElementsAre("processing-failed:"));
  EXPECT_EQ(routed.refusals[0].why.code, "DynamicPartitioning.MetadataExtractionFailed");
  const auto converting = RecordRouter::create(stream_of_logs(false, true), nullptr).value();
  SourceRecord record;
  record.data = control[0];
  EXPECT_THAT(fates(converting->route({{}, {&record, 1}, nullptr, nullptr}).value()),
              ElementsAre("data:"));
}

TEST(RecordRouter, RefusedRecordsAreNotAskedAbout) {
  Fixture fixture(stream_of_logs(true));
  const std::vector<std::string> records = {
      "plain", log_of(R"({"message":"{}"},{"message":"{\"c\":\"x\"}"})"), "cut"};
  const Routed routed = fixture.route(records).value();
  EXPECT_THAT(fates(routed),
              ElementsAre("decompression-failed:plain",
                          "processing-failed:{}",
                          R"(data:{"c":"x"})",
                          "decompression-failed:cut"));
  std::vector<std::uint32_t> refused;
  for (const RouteRefusal& refusal : routed.refusals) {
    refused.push_back(refusal.index);
  }
  EXPECT_THAT(refused, ElementsAre(0U, 1U, 3U));
}

TEST(RecordRouter, AQueryWithoutTheKeysOfThePrefixIsRefused) {
  const auto made = RecordRouter::create(
      stream_with(), std::make_unique<MemberQuery>(std::vector<std::string>{"d"}));
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().fault(), Fault::invalid);
}

DeliveryStream stream_with_function(bool has_query) {
  DeliveryStream stream = stream_with();
  stream.s3.prefix = has_query ? "!{partitionKeyFromLambda:k}/!{partitionKeyFromQuery:c}/"
                               : "!{partitionKeyFromLambda:k}/";
  if (!has_query) {
    stream.s3.processing->processors.clear();
  }
  stream.s3.processing->processors.push_back(
      {"Lambda", {{"LambdaArn", "arn:aws:lambda:eu-west-1:111111111111:function:f"}}});
  return stream;
}

// Records that a function of the test transforms: "key data" becomes the data, with the key.
struct FunctionFixture {
  explicit FunctionFixture(bool has_query) {
    auto made = std::make_unique<FakeFunction>();
    function = made.get();
    function->answer_each([](std::string_view id, const Bytes& text) {
      const std::size_t blank = text.find(' ');
      const std::string key = text.substr(0, blank);
      return answer_of(
          id,
          key == "drop" ? "Dropped" : "Ok",
          text.substr(blank + 1),
          key == "none" ? "" : fmt::format(R"(,"metadata":{{"partitionKeys":{{"k":"{}"}}}})", key));
    });
    const DeliveryStream stream = stream_with_function(has_query);
    auto query = has_query ? std::make_unique<MemberQuery>(std::vector<std::string>{"c"}) : nullptr;
    router = RecordRouter::create(
                 stream,
                 std::move(query),
                 std::make_unique<LambdaProcessor>(stream, std::move(made), source, random))
                 .value();
  }

  Routed route(const std::vector<std::string>& texts) {
    records.clear();
    kept = texts;
    for (const std::string& text : kept) {
      records.push_back({Ordinal(records.size() + 1), UnixMillis(), text, "p"});
    }
    return router->route({{StreamIncarnation(1), 0}, records, nullptr, nullptr}).value();
  }

  NumberedSource source;
  SeededRandom random{1};
  FakeFunction* function = nullptr;
  std::unique_ptr<RecordRouter> router;
  std::vector<std::string> kept;
  std::vector<SourceRecord> records;
};

TEST(RecordRouter, KeysOfAFunctionsAnswersArePartitions) {
  FunctionFixture fixture(false);
  EXPECT_TRUE(fixture.router->has_partitions());
  const Routed routed = fixture.route({"x 1", "none 2", "y 3", "drop 4", "x 5", ".. 6"});
  EXPECT_EQ(routed.routes[0], routed.routes[4]);
  EXPECT_NE(routed.routes[0].partition, routed.routes[2].partition);
  EXPECT_EQ(routed.batch.records[4].data, "5");
  EXPECT_EQ(fixture.router->values(routed.routes[2].partition),
            (PartitionValues{{"!{partitionKeyFromLambda:k}", "y"}}));
  EXPECT_EQ(routed.routes[3].kind, ObjectKind::dropped);
  ASSERT_EQ(routed.refusals.size(), 2U);
  EXPECT_EQ(routed.refusals[0].index, 1U);
  EXPECT_EQ(routed.refusals[0].why.message, null_or_empty);
  EXPECT_EQ(routed.batch.records[1].data, "none 2") << "as it was sent";
  EXPECT_EQ(routed.refusals[1].index, 5U);
  EXPECT_THAT(routed.refusals[1].why.message, HasSubstr("a folder named . or .."));
  const PartitionValues values = fixture.router->values(routed.routes[2].partition);
  EXPECT_EQ(fixture.router->partition_of(values), routed.routes[2].partition);
}

TEST(RecordRouter, KeysOfAFunctionAndOfTheQueryStandTogether) {
  FunctionFixture fixture(true);
  const Routed routed = fixture.route({R"(x {"c":"1"})",
                                       R"(x {"c":"2"})",
                                       R"(none {"c":"1"})",
                                       R"(y {"c":null})",
                                       R"(y {"c":"1"})",
                                       R"(x {"c":"1"})"});
  EXPECT_EQ(routed.routes[0], routed.routes[5]);
  EXPECT_EQ(fixture.router->partitions(), 3U);
  EXPECT_EQ(fixture.router->values(routed.routes[4].partition),
            (PartitionValues{{"c", "1"}, {"!{partitionKeyFromLambda:k}", "y"}}));
  ASSERT_EQ(routed.refusals.size(), 2U);
  EXPECT_EQ(routed.refusals[0].index, 2U);
  EXPECT_EQ(routed.batch.records[2].data, R"(none {"c":"1"})");
  EXPECT_EQ(routed.refusals[1].index, 3U);
  EXPECT_EQ(routed.batch.records[3].data, R"({"c":null})");
  const PartitionValues values = fixture.router->values(routed.routes[4].partition);
  EXPECT_EQ(fixture.router->partition_of(values), routed.routes[4].partition);
}

TEST(RecordRouter, ValuesOfAKeyFromTheQueryAndFromAFunctionAreNotMixedUp) {
  FunctionFixture fixture(true);
  const Routed routed = fixture.route({R"(x {"c":"y"})", R"(y {"c":"x"})"});
  EXPECT_NE(routed.routes[0].partition, routed.routes[1].partition);
}

}  // namespace
}  // namespace sluice::delivery
