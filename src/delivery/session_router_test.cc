#include "delivery/session_router.h"

#include "delivery/lambda_for_test.h"

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

DeliveryStream stream_with(std::vector<Tag> more = {}) {
  DeliveryStream stream;
  stream.name = "s";
  stream.s3.bucket_arn = "arn:aws:s3:::b";
  stream.s3.prefix =
      "!{session-start:yyyy/MM/dd}/!{session-key}/!{session-start:HH-mm-ss}_!{session-id}/";
  stream.s3.error_output_prefix = "e/!{firehose:error-output-type}/";
  stream.s3.custom_time_zone = "Asia/Calcutta";
  stream.tags = {{"sluice:session-gap-s", "60"},
                 {"sluice:session-key", ".watch"},
                 {"sluice:event-time-field", ".at"}};
  stream.tags.insert(stream.tags.end(), more.begin(), more.end());
  return stream;
}

std::string beat(std::string_view time, std::string_view watch = "w", std::string_view more = "") {
  return R"({"at":"2025-07-13T)" + std::string(time) + R"(","watch":")" + std::string(watch) +
         "\"" + std::string(more) + "}";
}

struct Fixture {
  explicit Fixture(const DeliveryStream& stream = stream_with())
      : Fixture(SessionRouter::create(stream).value()) {}

  explicit Fixture(std::unique_ptr<SessionRouter> made) : router(std::move(made)) {}

  Routed route(const std::vector<std::string>& texts) {
    records.clear();
    kept.assign(texts.begin(), texts.end());
    for (const std::string& text : kept) {
      records.push_back({Ordinal(records.size() + 1), unix_millis(1'800'000'000'000), text, "p"});
    }
    return router->route({{StreamIncarnation(1), 0}, records, nullptr, nullptr}).value();
  }

  std::string value(PartitionId partition, std::string_view name) {
    for (const auto& [key, value] : router->values(partition)) {
      if (key == name) {
        return value;
      }
    }
    return "none";
  }

  std::unique_ptr<SessionRouter> router;
  std::vector<std::string> kept;
  std::vector<SourceRecord> records;
};

TEST(SessionRouter, ASessionIsAPartitionNamedByItsStart) {
  Fixture fixture;
  const Routed routed = fixture.route({beat("15:55:19"), beat("15:56:00"), beat("15:55:00")});
  EXPECT_EQ(routed.routes[0], routed.routes[1]);
  EXPECT_EQ(routed.routes[0], routed.routes[2]);
  EXPECT_THAT(routed.ends, IsEmpty());
  const PartitionId session = routed.routes[0].partition;
  EXPECT_EQ(fixture.value(session, "!{session-start:HH-mm-ss}"), "21-25-00");
  EXPECT_EQ(fixture.value(session, "!{session-start:yyyy/MM/dd}"), "2025/07/13");
  EXPECT_EQ(fixture.value(session, "!{session-key}"), "w");
  const std::string id = fixture.value(session, "!{session-id}");
  EXPECT_EQ(id, session_id("w", unix_millis(1'752'422'100'000)));
  fixture.route({beat("15:54:50")});
  EXPECT_EQ(fixture.value(session, "!{session-start:HH-mm-ss}"), "21-24-50") << "it grows";
}

TEST(SessionRouter, SaysWhichSessionHasEndedAndWhere) {
  Fixture fixture(
      stream_with({{"sluice:session-end-field", "event"}, {"sluice:session-end-value", "stop"}}));
  const Routed routed = fixture.route({beat("10:00:00"),
                                       beat("10:00:00", "v"),
                                       beat("10:05:00"),
                                       beat("10:05:01", "w", R"(,"event":"stop")"),
                                       beat("10:05:02")});
  ASSERT_EQ(routed.ends.size(), 2U);
  EXPECT_EQ(routed.ends[0].before, 2U);
  EXPECT_EQ(routed.ends[0].partition, routed.routes[0].partition);
  EXPECT_EQ(routed.ends[1].before, 4U);
  EXPECT_EQ(routed.ends[1].partition, routed.routes[2].partition);
  EXPECT_NE(routed.routes[4].partition, routed.routes[3].partition);
}

TEST(SessionRouter, RecordsWithoutTimeOrKeyAreRefusedByName) {
  Fixture fixture;
  const Routed routed = fixture.route({"{}",
                                       "broken",
                                       R"({"at":"2025-07-13T10:00:00"})",
                                       R"({"at":"2025-07-13T10:00:00","watch":null})",
                                       R"({"at":"2025-07-13T10:00:00","watch":{}})",
                                       R"({"at":"2025-07-13T10:00:00","watch":""})",
                                       R"({"at":"2025-07-13T10:00:00","watch":7})",
                                       beat("10:00:00", ".."),
                                       beat("10:00:00", "a\\nb"),
                                       beat("10:00:00", std::string(1025, 'x')),
                                       beat("10:00:00", std::string(600, 'x'))});
  std::vector<std::string> why;
  for (const RouteRefusal& refusal : routed.refusals) {
    why.push_back(std::to_string(refusal.index) + " " + refusal.why.code + ": " +
                  refusal.why.message);
  }
  EXPECT_THAT(why,
              ElementsAre("0 EventTime.Invalid: the field .at is missing",
                          "1 EventTime.Invalid: the field .at is missing",
                          "2 Session.KeyInvalid: the field .watch is missing",
                          "3 Session.KeyInvalid: the field .watch is no text, number or boolean",
                          "4 Session.KeyInvalid: the field .watch is no text, number or boolean",
                          "5 Session.KeyInvalid: the field .watch is empty",
                          HasSubstr("7 Session.KeyInvalid: the session makes no object key"),
                          HasSubstr("8 Session.KeyInvalid: the session makes no object key"),
                          "9 Session.KeyInvalid: the field .watch is longer than 1024 bytes",
                          HasSubstr("10 Session.KeyInvalid: the session makes no object key")));
  EXPECT_EQ(fixture.router->partitions(), 1U);
}

TEST(SessionRouter, WithoutFieldsArrivalAndPartitionKeyTell) {
  DeliveryStream stream = stream_with();
  stream.source_type = SourceType::kinesis_stream;
  stream.tags = {{"sluice:session-gap-s", "60"}, {"sluice:session-key", "partition-key"}};
  Fixture fixture(stream);
  const std::vector<SourceRecord> records = {
      {Ordinal(1), unix_millis(0), "no JSON", "a"},
      {Ordinal(2), unix_millis(1000), "", "b"},
      {Ordinal(3), unix_millis(60'000), "", "a"},
      {Ordinal(4), unix_millis(120'001), "", "a"},
  };
  const Routed routed =
      fixture.router->route({{StreamIncarnation(1), 0}, records, nullptr, nullptr}).value();
  EXPECT_EQ(routed.routes[0], routed.routes[2]);
  EXPECT_NE(routed.routes[0], routed.routes[1]);
  EXPECT_NE(routed.routes[0], routed.routes[3]);
  ASSERT_EQ(routed.ends.size(), 1U);
  EXPECT_EQ(routed.ends[0].before, 3U);
}

TEST(SessionRouter, AParkedSessionGoesOnInAnotherLife) {
  Fixture before;
  const PartitionId parked = before.route({beat("10:00:00"), beat("10:00:30")}).routes[0].partition;
  const PartitionValues values = before.router->values(parked);
  Fixture after;
  const auto known = after.router->partition_of(values);
  ASSERT_TRUE(known);
  const Routed routed = after.route({beat("10:01:30"), beat("09:59:30"), beat("12:00:00")});
  EXPECT_EQ(routed.routes[0].partition, *known);
  EXPECT_EQ(routed.routes[1].partition, *known);
  EXPECT_NE(routed.routes[2].partition, *known);
  EXPECT_EQ(after.value(*known, "!{session-start:HH-mm-ss}"), "15-29-30");
  EXPECT_FALSE(after.router->partition_of({{"c", "x"}})) << "no session";
  EXPECT_FALSE(after.router->partition_of({{"!{session}", "1 x k"}}));
}

// What is read again must not be taken for late, or for records of a session that has ended.
TEST(SessionRouter, GoesBackToWhatIsParked) {
  Fixture fixture(stream_with({{"sluice:event-time-late", "error-output"}}));
  const std::vector<std::string> texts = {beat("10:00:00"), beat("10:00:30"), beat("11:00:00")};
  const PartitionId parked = fixture.route({texts[0]}).routes[0].partition;
  const PartitionValues values = fixture.router->values(parked);
  const Routed first = fixture.route({texts[1], texts[2]});
  fixture.router->rewind({{parked, values}});
  EXPECT_EQ(fixture.router->partitions(), 1U);
  const Routed again = fixture.route({texts[1], texts[2]});
  EXPECT_THAT(again.refusals, IsEmpty());
  EXPECT_EQ(again.routes[0].partition, parked);
  ASSERT_EQ(again.ends.size(), 1U);
  EXPECT_EQ(again.ends[0].partition, parked);
  EXPECT_NE(again.routes[1].partition, first.routes[1].partition);
  fixture.router->rewind({});
  EXPECT_THAT(fixture.route(texts).refusals, IsEmpty());
}

TEST(SessionRouter, SplittingAgainChangesNothing) {
  Fixture fixture;
  fixture.route({beat("10:00:00")});
  const std::vector<SourceRecord> records = {{Ordinal(1), {}, "{}", "p"}};
  EXPECT_EQ(
      fixture.router->split({{StreamIncarnation(1), 0}, records, nullptr, nullptr})->records.size(),
      1U);
  EXPECT_EQ(fixture.router->partitions(), 1U);
}

// What the function makes of "15:55:19 w" is a beat; of other texts nothing.
TEST(SessionRouter, SessionsAreOfWhatTheFunctionMakesOfRecords) {
  DeliveryStream stream = stream_with();
  stream.s3.processing = {
      true, {{"Lambda", {{"LambdaArn", "arn:aws:lambda:eu-west-1:111111111111:function:f"}}}}};
  NumberedSource source;
  SeededRandom random(1);
  auto made = std::make_unique<FakeFunction>();
  FakeFunction& function = *made;
  function.answer_each([](std::string_view id, const Bytes& text) {
    const std::size_t blank = text.find(' ');
    return blank == std::string::npos
               ? answer_of(id, text == "drop" ? "Dropped" : "ProcessingFailed", "")
               : answer_of(id, "Ok", beat(text.substr(0, blank), text.substr(blank + 1)));
  });
  Fixture fixture(
      SessionRouter::create(
          stream, std::make_unique<LambdaProcessor>(stream, std::move(made), source, random))
          .value());
  EXPECT_TRUE(fixture.router->can_be_slow());
  const Routed routed = fixture.route(
      {"15:55:19 w", "drop", "15:55:20 v", "broken", "15:55:40 w", "never w", "15:59:00 w"});
  EXPECT_EQ(routed.routes[0], routed.routes[4]);
  EXPECT_NE(routed.routes[0].partition, routed.routes[2].partition);
  EXPECT_NE(routed.routes[0].partition, routed.routes[6].partition);
  EXPECT_EQ(routed.routes[1].kind, ObjectKind::dropped);
  ASSERT_EQ(routed.ends.size(), 1U);
  EXPECT_EQ(routed.ends[0].before, 6U);
  ASSERT_EQ(routed.refusals.size(), 2U);
  EXPECT_EQ(routed.refusals[0].why.code, "Lambda.ProcessingFailedStatus");
  EXPECT_EQ(routed.refusals[1].why.code, "EventTime.Invalid");
  EXPECT_EQ(fixture.value(routed.routes[2].partition, "!{session-key}"), "v");

  fixture.router->interrupt();
  const std::string text = "16:30:00 w";
  const std::vector<SourceRecord> more = {{Ordinal(8), UnixMillis(), text, "p"}};
  const auto failed = fixture.router->route({{StreamIncarnation(1), 0}, more, nullptr, nullptr});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().fault(), Fault::unavailable);
  EXPECT_EQ(fixture.router->partitions(), 3U) << "no session has changed";
}

}  // namespace
}  // namespace sluice::delivery
