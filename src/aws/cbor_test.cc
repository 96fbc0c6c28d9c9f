#include "aws/cbor.h"

#include "json/document.h"

#include <gtest/gtest.h>

namespace sluice::aws {
namespace {

Bytes from_hex(std::string_view hex) {
  Bytes bytes;
  unsigned value = 0;
  unsigned digits = 0;
  for (const char c : hex) {
    if (c == ' ') {
      continue;
    }
    value = value << 4 | static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10);
    if (++digits % 2 == 0) {
      bytes.push_back(static_cast<char>(value & 0xff));
    }
  }
  return bytes;
}

std::string json_of(std::string_view hex) {
  const auto json = json_of_cbor(from_hex(hex));
  return json ? *json : "refused: " + json.error().message();
}

bool is_refused(std::string_view hex) {
  const auto json = json_of_cbor(from_hex(hex));
  return !json && json.error().fault() == Fault::invalid;
}

Bytes cbor_of(std::string json) {
  const auto document = json::Document::parse(std::move(json));
  return cbor_of_json(document.value().root());
}

// Appendix A of RFC 8949.
TEST(Cbor, ReadsTheExamplesOfTheSpecification) {
  EXPECT_EQ(json_of("00"), "0");
  EXPECT_EQ(json_of("17"), "23");
  EXPECT_EQ(json_of("1818"), "24");
  EXPECT_EQ(json_of("1903e8"), "1000");
  EXPECT_EQ(json_of("1a000f4240"), "1000000");
  EXPECT_EQ(json_of("1b000000e8d4a51000"), "1000000000000");
  EXPECT_EQ(json_of("1bffffffffffffffff"), "18446744073709551615");
  EXPECT_EQ(json_of("20"), "-1");
  EXPECT_EQ(json_of("3903e7"), "-1000");
  EXPECT_EQ(json_of("f93c00"), "1");
  EXPECT_EQ(json_of("f93e00"), "1.5");
  EXPECT_EQ(json_of("f90400"), "6.103515625e-05");
  EXPECT_EQ(json_of("fa47c35000"), "1e+05");
  EXPECT_EQ(json_of("fb3ff199999999999a"), "1.1");
  EXPECT_EQ(json_of("f4"), "false");
  EXPECT_EQ(json_of("f5"), "true");
  EXPECT_EQ(json_of("f6"), "null");
  EXPECT_EQ(json_of("f7"), "null");
  EXPECT_EQ(json_of("6449455446"), R"("IETF")");
  EXPECT_EQ(json_of("62225c"), R"("\"\\")");
  EXPECT_EQ(json_of("4401020304"), R"("AQIDBA==")");
  EXPECT_EQ(json_of("8301820203820405"), "[1,[2,3],[4,5]]");
  EXPECT_EQ(json_of("a26161016162820203"), R"({"a":1,"b":[2,3]})");
  EXPECT_EQ(json_of("5f42010243030405ff"), R"("AQIDBAU=")");
  EXPECT_EQ(json_of("7f657374726561646d696e67ff"), R"("streaming")");
  EXPECT_EQ(json_of("9f018202039f0405ffff"), "[1,[2,3],[4,5]]");
  EXPECT_EQ(json_of("bf61610161629f0203ffff"), R"({"a":1,"b":[2,3]})");
  EXPECT_EQ(json_of("d74401020304"), R"("AQIDBA==")") << "a tag that means nothing here";
}

TEST(Cbor, TimesAreMillisecondsTaggedOrNot) {
  EXPECT_EQ(json_of("c1 1b 00 00 01 a0 13 ac cc 38"), "1787036486.712");
  // {"Timestamp": 1500}, {"Count": 1500}, {"Timestamp": 1(1500.0)}
  EXPECT_EQ(json_of("a1 69 54696d657374616d70 19 05dc"), R"({"Timestamp":1.5})");
  EXPECT_EQ(json_of("a1 65 436f756e74 19 05dc"), R"({"Count":1500})");
  EXPECT_EQ(json_of("a1 69 54696d657374616d70 c1 fb 4097700000000000"), R"({"Timestamp":1.5})");
}

TEST(Cbor, WhatIsCutOffOrNoValueIsRefused) {
  for (const char* hex : {"",
                          "18",
                          "1901",
                          "62",
                          "6261",
                          "5bffffffffffffffff00",
                          "9bffffffffffffffff00",
                          "82 01",
                          "9f 01",
                          "bf 6161",
                          "a1 01 02",
                          "a1 4161 02",
                          "5f 6161 ff",
                          "5f 5f ff ff",
                          "ff",
                          "1c",
                          "1f",
                          "df 00",
                          "c1",
                          "f8 20",
                          "e0",
                          "61 ff",
                          "00 00"}) {
    EXPECT_TRUE(is_refused(hex)) << hex;
  }
  EXPECT_TRUE(json_of_cbor(Bytes(63, '\x81') + '\x00'));
  EXPECT_FALSE(json_of_cbor(Bytes(64, '\x81') + '\x00'));
}

TEST(Cbor, AnswersAreWrittenAsTheServiceWritesThem) {
  EXPECT_EQ(cbor_of(R"({"Records":[{"Data":"AQI=","N":-500}],"More":false,"Rate":1.5})"),
            from_hex("bf 67 5265636f726473 9f bf 64 44617461 42 0102 61 4e 39 01f3 ff ff"
                     "64 4d6f7265 f4 64 52617465 fb 3ff8000000000000 ff"));
  EXPECT_EQ(cbor_of(R"({"StreamCreationTimestamp":1787036486.712})"),
            from_hex("bf 77 53747265616d4372656174696f6e54696d657374616d70"
                     "c1 1b 00 00 01 a0 13 ac cc 38 ff"));
  EXPECT_EQ(cbor_of(R"(["",null,24,65536,4294967296])"),
            from_hex("9f 60 f6 18 18 1a 00010000 1b 0000000100000000 ff"));
}

TEST(Cbor, ANumberThatIsWholeAsADoubleIsAnInteger) {
  EXPECT_EQ(cbor_of("[9007199254740993.5]"), from_hex("9f 1b 0020000000000002 ff"));
  EXPECT_EQ(cbor_of("[1e30]"), from_hex("9f fb 46293e5939a08cea ff"));
}

TEST(Cbor, WhatIsWrittenReadsBack) {
  const std::string json =
      R"({"Data":"AQIDBA==","StreamCreationTimestamp":1.5,"A":[1,-1,true,null,"x"],"B":{}})";
  EXPECT_EQ(json_of_cbor(cbor_of(json)).value(), json);
}

}  // namespace
}  // namespace sluice::aws
