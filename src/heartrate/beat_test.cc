#include "heartrate/beat.h"

#include <gtest/gtest.h>

namespace sluice::heartrate {
namespace {

using namespace std::chrono_literals;

const SampleTime start = std::chrono::sys_days(std::chrono::year(2025) / 7 / 13) + 15h;

Beat full_beat() {
  Beat beat;
  beat.time = start + 1'023'456us;
  beat.heart_rate = 89;
  beat.rr_ms = {650.390625, 812.5};
  beat.energy_kj = 12;
  beat.contact = true;
  beat.device_id = "Forerunner";
  beat.session_id = "s1";
  beat.seq = 7;
  return beat;
}

TEST(Beat, TheSeedsRecordIsTimestampAndRateAlone) {
  EXPECT_EQ(to_record(full_beat(), BeatFields::seed),
            "{\"timestamp\": \"2025-07-13T15:00:01.023456\", \"heart_rate\": 89}\n");
  Beat gap;
  gap.time = start;
  EXPECT_EQ(to_record(gap, BeatFields::seed),
            "{\"timestamp\": \"2025-07-13T15:00:00\", \"heart_rate\": null}\n");
}

TEST(Beat, AllFieldsCarryWhatTheBeatHas) {
  EXPECT_EQ(to_record(full_beat(), BeatFields::all),
            "{\"timestamp\": \"2025-07-13T15:00:01.023456\", \"heart_rate\": 89, "
            "\"rr_ms\": [650.390625, 812.5], \"energy_kj\": 12, \"contact\": true, "
            "\"device_id\": \"Forerunner\", \"session_id\": \"s1\", \"seq\": 7}\n");
  Beat bare;
  bare.time = start;
  bare.heart_rate = 60;
  EXPECT_EQ(to_record(bare, BeatFields::all), to_record(bare, BeatFields::seed));
}

TEST(Beat, AMeasurementBecomesABeatWithWhatItSays) {
  Measurement measurement;
  measurement.heart_rate = 300;
  EXPECT_EQ(to_record(to_beat(measurement, start), BeatFields::all),
            "{\"timestamp\": \"2025-07-13T15:00:00\", \"heart_rate\": 300}\n");
  measurement.contact = Contact::not_detected;
  measurement.energy_kj = 65'535;
  measurement.rr_1024 = {666, 1024};
  EXPECT_EQ(to_record(to_beat(measurement, start), BeatFields::all),
            "{\"timestamp\": \"2025-07-13T15:00:00\", \"heart_rate\": 300, "
            "\"rr_ms\": [650.390625, 1000], \"energy_kj\": 65535, \"contact\": false}\n");
  measurement.contact = Contact::detected;
  EXPECT_EQ(to_beat(measurement, start).contact, true);
}

TEST(Beat, AFullRecordReadsBackEqual) {
  const auto read = parse_beat(to_record(full_beat(), BeatFields::all));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(*read, full_beat());
}

TEST(Beat, RecordingsOfOthersAreRead) {
  const auto beat = parse_beat(
      R"({"timestamp": "2008-02-08T08:50:32.589000", "heart_rate": null, "rr_intervals": [1589],
          "sensor_contact": false, "energy_expended": 3, "lat": 46.64, "cadence": null})");
  ASSERT_TRUE(beat.has_value()) << beat.error().message();
  EXPECT_EQ(beat->heart_rate, std::nullopt);
  EXPECT_EQ(beat->rr_ms, std::vector<double>{1589});
  EXPECT_EQ(beat->contact, false);
  EXPECT_EQ(beat->energy_kj, 3);
}

TEST(Beat, WhatIsNoBeatIsRefusedByName) {
  struct Case {
    const char* record;
    const char* says;
  };

  for (const Case& one :
       {Case{"[1]", "no JSON object"},
        Case{"{\"heart_rate\": 3}", "\"timestamp\" is missing"},
        Case{R"({"timestamp": 5})", "\"timestamp\""},
        Case{R"({"timestamp": "2025-07-13T15:00:00", "heart_rate": "x"})", "\"heart_rate\""},
        Case{R"({"timestamp": "2025-07-13T15:00:00", "heart_rate": -1})", "\"heart_rate\""},
        Case{R"({"timestamp": "2025-07-13T15:00:00", "rr_ms": [-1]})", "\"rr_ms\""},
        Case{R"({"timestamp": "2025-07-13T15:00:00", "contact": 1})", "\"contact\""},
        Case{R"({"timestamp": "2025-07-13T15:00:00", "seq": "1"})", "\"seq\""}}) {
    const auto beat = parse_beat(one.record);
    ASSERT_FALSE(beat.has_value()) << one.record;
    EXPECT_EQ(beat.error().fault(), Fault::invalid);
    EXPECT_NE(beat.error().message().find(one.says), std::string::npos) << beat.error().message();
  }
}

TEST(Beat, IntervalsInATextOfTheirOwnAreRead) {
  EXPECT_EQ(parse_intervals("[650.390625, 812]"), (std::vector<double>{650.390625, 812}));
  EXPECT_EQ(parse_intervals("[]"), std::vector<double>());
  EXPECT_EQ(parse_intervals("null"), std::vector<double>());
  for (const char* text : {"", "[", "812", "[\"812\"]", "[-1]"}) {
    EXPECT_FALSE(parse_intervals(text)) << text;
  }
}

}  // namespace
}  // namespace sluice::heartrate
