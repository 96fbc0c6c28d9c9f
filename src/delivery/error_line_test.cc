#include "delivery/error_line.h"

#include "delivery/error_record.h"

#include <gtest/gtest.h>

namespace sluice::delivery {
namespace {

TEST(ErrorLine, BothKindsAreReadBackAsTheyWereWritten) {
  ConversionFailure failure;
  failure.arrival = unix_millis(1'752'422'119'123);
  failure.error_code = "Some.Code";
  failure.error_message = "a \"message\"";
  failure.raw_data = "{\"a\": 1}\n";
  failure.sequence_number = "4967";
  Bytes conversion;
  ErrorRecords(SchemaReference{}).append_line(conversion, failure);
  Bytes processing;
  append_processing_failure(processing, failure);
  for (Bytes* const line : {&conversion, &processing}) {
    line->pop_back();
    const auto read = parse_error_line(*line);
    ASSERT_TRUE(read) << read.error().message();
    EXPECT_EQ(read->raw_data, "{\"a\": 1}\n");
    EXPECT_EQ(read->arrival, failure.arrival);
    EXPECT_EQ(read->code, "Some.Code");
    EXPECT_EQ(read->replay_id, "");
  }
  EXPECT_EQ(parse_error_line(conversion)->sequence_number, "4967");
  EXPECT_EQ(parse_error_line(processing)->sequence_number, "");
}

TEST(ErrorLine, WhatIsNoSuchLineIsRefused) {
  for (const char* const line : {"",
                                 "x",
                                 "[]",
                                 "{}",
                                 R"({"rawData":1})",
                                 R"({"rawData":"a"})",
                                 R"({"rawData":"aaaa")",
                                 R"({"rawData":"aaaa"} {"rawData":"aaaa"})"}) {
    EXPECT_FALSE(parse_error_line(line)) << line;
  }
}

TEST(ErrorLine, APlaceIsReadBackAndNothingElseIsOne) {
  const ErrorPlace place{12, 5};
  EXPECT_EQ(place.text(), "12-5");
  ASSERT_TRUE(ErrorPlace::parse("12-5"));
  EXPECT_EQ(*ErrorPlace::parse("12-5"), place);
  for (const char* const text : {"",
                                 "12",
                                 "12-",
                                 "-5",
                                 "0-5",
                                 "12-0",
                                 "12-5 ",
                                 " 12-5",
                                 "12-5-6",
                                 "a-b",
                                 "99999999999999999999-1"}) {
    EXPECT_FALSE(ErrorPlace::parse(text)) << text;
  }
}

}  // namespace
}  // namespace sluice::delivery
