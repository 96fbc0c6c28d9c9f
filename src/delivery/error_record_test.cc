#include "delivery/error_record.h"

#include "json/document.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace sluice::delivery {
namespace {

using testing::HasSubstr;

SchemaReference table() {
  return {"arn:aws:iam::111111111111:role/firehose", "111111111111", "db", "t", "us-west-2", ""};
}

ConversionFailure failure(ByteView raw_data) {
  ConversionFailure failed;
  failed.arrival = unix_millis(1'789'560'304'000);
  failed.attempt_ending = unix_millis(1'789'560'365'000);
  failed.error_code = "DataFormatConversion.MalformedData";
  failed.error_message = "Data does not match the schema. For input string: \"oops\"";
  failed.raw_data = raw_data;
  failed.sequence_number = "49670000000000000000000000000000000000000000000000000001";
  return failed;
}

TEST(ErrorRecords, ARecordThatAProcessorRefusedHasALineOfItsOwnShape) {
  ConversionFailure failed = failure("{}");
  failed.error_code = "DynamicPartitioning.MetadataExtractionFailed";
  failed.error_message = "partitionKeys values must not be null or empty";
  Bytes out;
  append_processing_failure(out, failed);
  EXPECT_EQ(out,
            R"({"rawData":"e30=","errorCode":"DynamicPartitioning.MetadataExtractionFailed",)"
            R"("errorMessage":"partitionKeys values must not be null or empty","attemptsMade":1,)"
            R"("arrivalTimestamp":1789560304000,"attemptEndingTimestamp":1789560365000})"
            "\n");
}

TEST(ErrorRecords, ARecordThatALambdaFunctionRefusedNamesIt) {
  ConversionFailure failed = failure("{}");
  failed.attempts_made = 4;
  failed.error_code = "Lambda.FunctionError";
  failed.error_message = "no";
  failed.lambda_arn = "arn:f";
  Bytes out;
  append_processing_failure(out, failed);
  EXPECT_EQ(out,
            R"({"rawData":"e30=","errorCode":"Lambda.FunctionError","errorMessage":"no",)"
            R"("attemptsMade":4,"arrivalTimestamp":1789560304000,)"
            R"("attemptEndingTimestamp":1789560365000,"lambdaARN":"arn:f"})"
            "\n");
}

TEST(ErrorRecords, TheLineHasFirehosesShape) {
  Bytes out = "before\n";
  ErrorRecords(table()).append_line(out, failure("{\"price\":\"oops\"}\n"));
  EXPECT_EQ(out,
            "before\n"
            R"({"attemptsMade":1,"arrivalTimestamp":1789560304000,)"
            R"("lastErrorCode":"DataFormatConversion.MalformedData",)"
            R"("lastErrorMessage":"Data does not match the schema. For input string: \"oops\"",)"
            R"("attemptEndingTimestamp":1789560365000,"rawData":"eyJwcmljZSI6Im9vcHMifQo=",)"
            R"("sequenceNumber":"49670000000000000000000000000000000000000000000000000001",)"
            R"("subSequenceNumber":0,"dataCatalogTable":{"catalogId":"111111111111",)"
            R"("databaseName":"db","tableName":"t","region":"us-west-2","versionId":"LATEST",)"
            R"("roleArn":"arn:aws:iam::111111111111:role/firehose"}})"
            "\n");
}

TEST(ErrorRecords, AnEmptyRecordHasEmptyRawData) {
  Bytes out;
  ErrorRecords(table()).append_line(out, failure(""));
  EXPECT_THAT(out, HasSubstr(R"("rawData":"",)"));
}

TEST(ErrorRecords, AnAbsentSubSequenceNumberIsNull) {
  Bytes out;
  ConversionFailure failed = failure("x");
  failed.sub_sequence_number.reset();
  ErrorRecords(table()).append_line(out, failed);
  EXPECT_THAT(out, HasSubstr(R"("subSequenceNumber":null,)"));
}

TEST(ErrorRecords, AnyBytesGiveOneLineOfValidJson) {
  std::string every_byte;
  for (int byte = 0; byte < 256; ++byte) {
    every_byte.push_back(static_cast<char>(byte));
  }
  Bytes out;
  ConversionFailure failed = failure(every_byte);
  failed.error_message = every_byte;
  SchemaReference schema = table();
  schema.table = "quote\"back\\slash";
  schema.version_id = "7";
  ErrorRecords(schema).append_line(out, failed);
  EXPECT_EQ(out.find('\n'), out.size() - 1);
  const auto document = json::Document::parse(out);
  ASSERT_TRUE(document) << document.error().message();
  const json::View catalog = document->root().find("dataCatalogTable");
  EXPECT_EQ(catalog.find("tableName").as_string(), "quote\"back\\slash");
  EXPECT_EQ(catalog.find("versionId").as_string(), "7");
}

}  // namespace
}  // namespace sluice::delivery
