// Tests of `sluice heartrate decode`.
#include "cli/terminal_fixture.h"

#include <gtest/gtest.h>

namespace sluice::cli {
namespace {

Ran decode(std::vector<std::string> more) {
  std::vector<std::string> words = {"heartrate", "decode"};
  words.insert(words.end(), more.begin(), more.end());
  return run_program(words);
}

TEST(HeartrateDecode, APacketIsARowWithWhatItSays) {
  const Ran ran = decode({"16730f021102", "190102223303040506", "1673"});
  EXPECT_EQ(ran.code, ExitCode::ok);
  EXPECT_EQ(ran.out,
            "PACKET              RATE  BITS  CONTACT      ENERGY kJ  RR ms          NOTE\n"
            "16730f021102         115     8  detected                514.6 516.6\n"
            "190102223303040506   513    16  unsupported      13090  1002.9 1504.9\n"
            "1673                 115     8  detected                               "
            "rr-flag-without-interval\n");
}

TEST(HeartrateDecode, JsonHasALineAPacketWithTheNamesOfTheRecords) {
  const Ran ran = decode({"--json", "185af4019a02", "10780004ff", "0050"});
  EXPECT_EQ(ran.code, ExitCode::ok);
  EXPECT_EQ(ran.out,
            "{\"hex\":\"185af4019a02\",\"heart_rate\":90,\"bits\":8,\"contact\":\"unsupported\","
            "\"energy_kj\":500,\"rr_1024\":[666],\"rr_ms\":[650.390625]}\n"
            "{\"hex\":\"10780004ff\",\"heart_rate\":120,\"bits\":8,\"contact\":\"unsupported\","
            "\"energy_kj\":null,\"rr_1024\":[1024],\"rr_ms\":[1000],"
            "\"warning\":\"odd-trailing-byte\"}\n"
            "{\"hex\":\"0050\",\"heart_rate\":80,\"bits\":8,\"contact\":\"unsupported\","
            "\"energy_kj\":null,\"rr_1024\":[],\"rr_ms\":[]}\n");
}

TEST(HeartrateDecode, AMalformedPacketIsShownWithItsReasonAndTheOthersAreReadAllTheSame) {
  const Ran ran = decode({"--json", "0150", "", "0050"});
  EXPECT_EQ(ran.code, ExitCode::failed);
  EXPECT_TRUE(
      ran.out.starts_with("{\"hex\":\"0150\",\"error\":\"truncated-heart-rate\"}\n"
                          "{\"hex\":\"\",\"error\":\"empty\"}\n"
                          "{\"hex\":\"0050\",\"heart_rate\":80,"))
      << ran.out;
}

TEST(HeartrateDecode, BlanksColonsAndPrefixesAreTakenBetweenBytesAndNothingElse) {
  const std::string expected = decode({"--json", "165a9a02"}).out;
  for (const char* const text :
       {"16 5a 9a 02", "16:5A:9A:02", "0x165a9a02", "0x16 0X5a 0x9a 0x02", "\t165a 9a02 \r"}) {
    EXPECT_EQ(decode({"--json", text}).out, expected) << text;
  }
  for (const char* const text : {"1", "1 6", "16x5", "160x5a", "1g", "165a9", "\xff\xff"}) {
    const Ran ran = decode({text});
    EXPECT_EQ(ran.code, ExitCode::failed) << text;
    EXPECT_NE(ran.out.find("not-hexadecimal"), std::string::npos) << text << ran.out;
  }
}

TEST(HeartrateDecode, LocationAndBatteryAreReadToo) {
  EXPECT_EQ(decode({"--as", "location", "--json", "01"}).out,
            "{\"hex\":\"01\",\"location\":\"chest\"}\n");
  EXPECT_EQ(decode({"--as", "battery", "--json", "5f"}).out,
            "{\"hex\":\"5f\",\"battery_percent\":95}\n");
  EXPECT_EQ(decode({"--as", "location", "06", "0101"}).out,
            "VALUE  LOCATION  NOTE\n"
            "06     foot\n"
            "0101             not-one-byte\n");
  EXPECT_EQ(decode({"--as", "battery", "64", "65", "0000"}).out,
            "VALUE  BATTERY %  NOTE\n"
            "64           100\n"
            "65                above-100\n"
            "0000              not-one-byte\n");
  EXPECT_EQ(decode({"--as", "battery", "65"}).code, ExitCode::failed);
}

TEST(HeartrateDecode, AKindNobodyKnowsIsAWrongArgument) {
  EXPECT_EQ(decode({"--as", "steps", "00"}).code, ExitCode::usage);
  EXPECT_EQ(decode({}).code, ExitCode::usage);
}

}  // namespace
}  // namespace sluice::cli
