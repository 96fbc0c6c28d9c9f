// Tests of cli/sensor_listing.h.
#include "cli/sensor_listing.h"

#include <gtest/gtest.h>

namespace sluice::cli {
namespace {

const std::vector<heartrate::SensorInfo> two = {
    {"AA:BB:CC:DD:EE:FF", "Forerunner 255", -60, 87},
    {"11:22:33:44:55:66", "", std::nullopt, std::nullopt}};

TEST(SensorListing, WhatASensorDoesNotTellIsADash) {
  EXPECT_EQ(sensors_text(two, Paint(false)),
            "NAME            ADDRESS             SIGNAL  BATTERY\n"
            "Forerunner 255  AA:BB:CC:DD:EE:FF  -60 dBm     87 %\n"
            "–               11:22:33:44:55:66        –        –\n");
}

TEST(SensorListing, InJsonItIsNull) {
  EXPECT_EQ(sensors_json(two),
            R"({"address":"AA:BB:CC:DD:EE:FF","name":"Forerunner 255","signal_dbm":-60,)"
            R"("battery_percent":87})"
            "\n"
            R"({"address":"11:22:33:44:55:66","name":null,"signal_dbm":null,)"
            R"("battery_percent":null})"
            "\n");
}

TEST(SensorListing, ANameFromTheAirSteersNoTerminal) {
  const std::string text =
      sensors_text({{"AA:BB:CC:DD:EE:FF", "\x1b[2Jwatch", -60, 0}}, Paint(false));
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_NE(text.find("\\x1b[2Jwatch"), std::string::npos) << text;
}

TEST(SensorListing, ALongNameStaysWithinALine) {
  const std::string text =
      sensors_text({{"AA:BB:CC:DD:EE:FF", std::string(248, 'w'), -60, 100}}, Paint(false));
  EXPECT_LE(text.find('\n'), 80U) << text;
}

}  // namespace
}  // namespace sluice::cli
