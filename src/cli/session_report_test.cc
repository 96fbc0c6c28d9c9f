// Tests of the figures as text and JSON.
#include "cli/session_report.h"

#include "json/document.h"

#include <gtest/gtest.h>

namespace sluice::cli {
namespace {

using namespace std::chrono_literals;

const heartrate::SampleTime start =
    std::chrono::sys_days(std::chrono::year(2025) / 7 / 13) + 15h + 55min + 19s;

SessionSettings settings() {
  SessionSettings settings;
  settings.gap = 300s;
  settings.pause = 30s;
  settings.zones = *heartrate::Zones::from_bounds({100, 120});
  settings.are_zones_given = true;
  return settings;
}

// Records 10 s apart.
Sessions sessions_of(const std::vector<std::optional<std::int32_t>>& rates, std::size_t copies) {
  heartrate::Session session;
  for (const auto& rate : rates) {
    heartrate::Beat beat;
    beat.time = start + session.beats.size() * 10s;
    beat.heart_rate = rate;
    session.beats.push_back(beat);
  }
  Sessions sessions;
  for (std::size_t number = 1; number <= copies; ++number) {
    sessions.chosen.push_back(
        {number, session, heartrate::figures_of(session, settings().zones, settings().pause)});
  }
  sessions.count = copies;
  return sessions;
}

TEST(SessionReport, TextShowsTableZonesAndWhatIsSpecial) {
  Sessions sessions = sessions_of({90, 110, 130, 130, std::nullopt, 90}, 1);
  sessions.chosen[0].session.equal_stamps = 2;
  EXPECT_EQ(sessions_text(sessions, settings(), Paint(false)),
            "  #  START (UTC)          DURATION  READINGS  MIN   MEAN  MAX\n"
            "  1  2025-07-13 15:55:19   0:00:50         5   90  110.0  130\n"
            "\n"
            "  Session 1\n"
            "    zone 2  from 120    0:00:20    50 %  ████████████████\n"
            "    zone 1  100 to 119  0:00:10    25 %  ████████\n"
            "            below 100   0:00:10    25 %  ████████\n"
            "    no rate 1 record, 0:00:10 in all\n"
            "    stamps  2 equal to the one before, 0 put in order\n");
}

TEST(SessionReport, ManySessionsHaveTheTableAlone) {
  const std::string text = sessions_text(sessions_of({90, 91}, 5), settings(), Paint(false));
  EXPECT_EQ(text.find("zone 1"), std::string::npos);
  EXPECT_NE(text.find("--session N"), std::string::npos);
}

TEST(SessionReport, ASessionOfOneRecordHasNoZones) {
  SessionSettings unset = settings();
  unset.are_zones_given = false;
  EXPECT_EQ(sessions_text(sessions_of({90}, 1), unset, Paint(false)),
            "  #  START (UTC)          DURATION  READINGS  MIN  MEAN  MAX\n"
            "  1  2025-07-13 15:55:19   0:00:00         1   90  90.0   90\n");
}

TEST(SessionReport, ASessionWithoutRatesHasDashes) {
  const Sessions sessions = sessions_of({std::nullopt}, 1);
  const std::string text = sessions_text(sessions, settings(), Paint(false));
  EXPECT_NE(text.find("0    -     -    -"), std::string::npos) << text;
  const auto json = json::Document::parse(sessions_json(sessions, settings()));
  ASSERT_TRUE(json);
  const json::View session = *json->root().find("sessions").elements().begin();
  EXPECT_TRUE(session.find("mean").is_missing_or_null());
  EXPECT_EQ(session.find("records").as_int64(), 1);
}

TEST(SessionReport, JsonHasEveryFigure) {
  Sessions sessions = sessions_of({90, 110, 130}, 1);
  sessions.chosen[0].session.device_id = "a";
  sessions.chosen[0].figures.variability =
      heartrate::Variability{2, 1, 800.5, 1.5, 2.5, std::nullopt};
  sessions.left_out.push_back({"x", 0, "it is empty", false});
  EXPECT_EQ(sessions_json(sessions, settings()),
            R"({"sessions":[{"session":1,"device_id":"a","start":"2025-07-13T15:55:19",)"
            R"("end":"2025-07-13T15:55:39","duration_s":20,"records":3,"beats":3,"min":90,)"
            R"("mean":110,"max":130,"zones_s":[10,10,0],"unrated_s":0,)"
            R"("pauses":{"count":0,"total_s":0,"longest_s":0},)"
            R"("contact_losses":{"count":0,"total_s":0,"longest_s":0},)"
            R"("rr":{"intervals":2,"differences":1,"mean_ms":800.5,"rmssd_ms":2.5,"sdnn_ms":1.5,)"
            R"("pnn50_percent":null},"equal_stamps":0,"backward_steps":0}],)"
            R"("zone_bounds":[100,120],"left_out":[{"file":"x","why":"it is empty"}]})"
            "\n");
}

}  // namespace
}  // namespace sluice::cli
