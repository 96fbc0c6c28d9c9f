#include "delivery/record_router.h"

#include "delivery/query_for_test.h"

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
    return router->route({{StreamIncarnation(1), 0}, records, owner, &partial});
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
  EXPECT_EQ(routed.batch.records[2].parts, 1U);
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
  const PartitionId parked = fixture.router->partition_of({{"c", "x"}});
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

TEST(RecordRouter, AQueryWithoutTheKeysOfThePrefixIsRefused) {
  const auto made = RecordRouter::create(
      stream_with(), std::make_unique<MemberQuery>(std::vector<std::string>{"d"}));
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().fault(), Fault::invalid);
}

}  // namespace
}  // namespace sluice::delivery
