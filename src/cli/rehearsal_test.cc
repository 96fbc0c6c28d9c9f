// What delivery streams make of records, by their own runners.
#include "cli/rehearsal.h"

#include "delivery/lambda_for_test.h"
#include "delivery/query_for_test.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::cli {
namespace {

using delivery::ObjectKind;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr UnixMillis arrival = UnixMillis(std::chrono::milliseconds(1'752'422'119'000));

delivery::DeliveryStream stream_into(const std::string& table = {}) {
  delivery::DeliveryStream stream;
  stream.name = "d";
  stream.incarnation = 1;
  stream.s3.bucket_arn = "arn:aws:s3:::b";
  stream.s3.custom_time_zone = "Asia/Calcutta";
  if (!table.empty()) {
    delivery::Conversion conversion;
    conversion.schema = delivery::SchemaReference{"", "", "Db", table, "", ""};
    conversion.openx.emplace();
    conversion.parquet.emplace();
    stream.s3.conversion = conversion;
  }
  return stream;
}

Result<std::unique_ptr<delivery::MetadataQuery>> member_query(std::string_view) {
  return std::make_unique<delivery::MemberQuery>(std::vector<std::string>{"c"});
}

Result<std::unique_ptr<delivery::LambdaFunction>> no_function(std::string_view arn) {
  return fail(Fault::invalid, "nobody knows " + std::string(arn));
}

Result<Rehearsal> rehearsed(const delivery::DeliveryStream& stream,
                            const std::vector<Bytes>& records) {
  const Tables tables{{"db.t", columnar::parse_columns("n int").value()}};
  return rehearse(stream, tables, {member_query, no_function}, records, arrival);
}

std::vector<std::string> keys_of(const Rehearsal& rehearsal) {
  std::vector<std::string> out;
  for (const RehearsedObject& object : rehearsal.objects) {
    out.push_back(object.key);
  }
  return out;
}

TEST(Rehearsal, RecordsBecomeRowsAndRefusalsUnderTheirKeys) {
  const auto done =
      rehearsed(stream_into("T"), {R"({"n":1})", R"({"n":"x"})", R"({"n":2}{"n":3})"});
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_THAT(keys_of(*done),
              ElementsAre("2025/07/13/21/d-1-2025-07-13-21-25-19-*.parquet",
                          "format-conversion-failed/2025/07/13/21/d-1-2025-07-13-21-25-19-*"));
  EXPECT_THAT(done->objects[0].rows, ElementsAre(R"({"n":1})", R"({"n":2})", R"({"n":3})"));
  EXPECT_EQ(done->objects[0].records, 2U);
  ASSERT_EQ(done->objects[1].refused.size(), 1U);
  EXPECT_EQ(done->objects[1].refused[0].code, "DataFormatConversion.MalformedData");
  EXPECT_EQ(done->objects[1].refused[0].data, R"({"n":"x"})");
}

TEST(Rehearsal, RawRecordsAreTextAlsoBehindGzip) {
  for (const char* compression : {"UNCOMPRESSED", "GZIP", "ZIP"}) {
    delivery::DeliveryStream stream = stream_into();
    stream.s3.compression_format = compression;
    const auto done = rehearsed(stream, {"one\n", "", "two\n"});
    ASSERT_TRUE(done) << done.error().message();
    ASSERT_EQ(done->objects.size(), 1U) << compression;
    EXPECT_EQ(done->objects[0].records, 3U);
    EXPECT_EQ(done->objects[0].text.value_or("none"),
              std::string_view(compression) == "ZIP" ? "none" : "one\ntwo\n")
        << compression;
  }
}

TEST(Rehearsal, PartitionsHaveObjectsOfTheirOwn) {
  delivery::DeliveryStream stream = stream_into();
  stream.s3.prefix = "c=!{partitionKeyFromQuery:c}/";
  stream.s3.error_output_prefix = "e/!{firehose:error-output-type}/";
  stream.s3.partitioning = {true};
  stream.s3.processing = {true, {{"MetadataExtraction", {{"MetadataExtractionQuery", "{c: .c}"}}}}};
  const auto done = rehearsed(stream, {R"({"c":"y"})", R"({"c":"x"})", R"({"c":null})"});
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_THAT(keys_of(*done),
              ElementsAre("c=x/d-1-2025-07-13-21-25-19-*",
                          "c=y/d-1-2025-07-13-21-25-19-*",
                          "e/processing-failed/d-1-2025-07-13-21-25-19-*"));
  EXPECT_EQ(done->objects[2].refused.at(0).code, "DynamicPartitioning.MetadataExtractionFailed");
}

TEST(Rehearsal, FunctionsTransformRecordsAndSayTheirPartitions) {
  delivery::DeliveryStream stream = stream_into();
  stream.s3.prefix = "c=!{partitionKeyFromLambda:c}/";
  stream.s3.error_output_prefix = "e/!{firehose:error-output-type}/";
  stream.s3.partitioning = {true};
  stream.s3.processing = {
      true, {{"Lambda", {{"LambdaArn", "arn:aws:lambda:eu-west-1:111111111111:function:f"}}}}};
  const auto function = [](std::string_view) -> Result<std::unique_ptr<delivery::LambdaFunction>> {
    auto made = std::make_unique<delivery::FakeFunction>();
    made->answer_each([](std::string_view id, const Bytes& data) {
      return data == "none" ? delivery::answer_of(id, "Ok", data)
                            : delivery::answer_of(
                                  id, "Ok", "made", R"(,"metadata":{"partitionKeys":{"c":"x"}})");
    });
    return made;
  };
  const auto done = rehearse(stream, {}, {member_query, function}, {"one", "none"}, arrival);
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_THAT(keys_of(*done),
              ElementsAre("c=x/d-1-2025-07-13-21-25-19-*",
                          "e/processing-failed/d-1-2025-07-13-21-25-19-*"));
  EXPECT_EQ(done->objects[0].text, "made");
  EXPECT_EQ(done->objects[1].refused.at(0).data, "none");
  const auto unknown = rehearsed(stream, {});
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().message(),
            "nobody knows arn:aws:lambda:eu-west-1:111111111111:function:f");
}

TEST(Rehearsal, ASessionIsOneObjectAndTheNextAnother) {
  delivery::DeliveryStream stream = stream_into();
  stream.s3.prefix = "!{session-start:yyyy/MM/dd/HH-mm-ss}/";
  stream.s3.error_output_prefix = "e/!{firehose:error-output-type}/";
  stream.tags = {{"sluice:event-time-field", "at"}, {"sluice:session-gap-s", "600"}};
  const auto done = rehearsed(stream,
                              {R"({"at":"2025-07-13T15:00:00"})",
                               R"({"at":"2025-07-13T15:09:00"})",
                               R"({"at":"2025-07-13T15:30:00"})",
                               R"({"at":"never"})"});
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_THAT(keys_of(*done),
              ElementsAre("2025/07/13/20-30-00/d-1-2025-07-13-21-25-19-*",
                          "2025/07/13/21-00-00/d-1-2025-07-13-21-25-19-*",
                          "e/processing-failed/d-1-2025-07-13-21-25-19-*"));
  EXPECT_EQ(done->objects[0].records, 2U);
}

TEST(Rehearsal, ASizeHintCutsObjects) {
  delivery::DeliveryStream stream = stream_into();
  stream.tags = {{"sluice:buffer-size-kib", "64"}};
  const auto done = rehearsed(stream, std::vector<Bytes>(5, Bytes(40'000, 'x')));
  ASSERT_TRUE(done) << done.error().message();
  ASSERT_EQ(done->objects.size(), 3U);
  std::uint64_t records = 0;
  for (const RehearsedObject& object : done->objects) {
    records += object.records;
  }
  EXPECT_EQ(records, 5U);
}

TEST(Rehearsal, WithoutRecordsThereAreNoObjects) {
  const auto done = rehearsed(stream_into("t"), {});
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_THAT(done->objects, IsEmpty());
  EXPECT_TRUE(done->schema.has_value());
}

TEST(Rehearsal, ATableThatIsNotThereIsNamed) {
  const auto done = rehearsed(stream_into("absent"), {});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().fault(), Fault::missing);
  EXPECT_EQ(done.error().message(), "table db.absent is not in the file; add a [[table]] for it");
}

TEST(Rehearsal, OnlyAUuidIsTakenOutOfAKey) {
  EXPECT_EQ(without_uuid("a/part-0b2c1d3e-1111-4222-8333-444455556666.parquet"),
            "a/part-*.parquet");
  for (const char* key : {"",
                          "a/b",
                          "0b2c1d3e-1111-3222-8333-444455556666",
                          "0b2c1d3g-1111-4222-8333-444455556666"}) {
    EXPECT_EQ(without_uuid(key), key);
  }
}

}  // namespace
}  // namespace sluice::cli
