// Tests of cli/record_report.h where no terminal is: lines and JSON.
#include "cli/record_report.h"

#include "base/memory_file_system.h"
#include "cli/terminal_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::cli {
namespace {

using testing::HasSubstr;

class NoRadio final : public heartrate::Radio {
 public:
  Result<std::vector<heartrate::SensorInfo>> scan(std::chrono::milliseconds,
                                                  const std::function<bool()>&) override {
    return std::vector<heartrate::SensorInfo>();
  }

  Result<std::unique_ptr<heartrate::SensorLink>> connect(const std::string&,
                                                         std::chrono::milliseconds,
                                                         const std::function<bool()>&) override {
    return fail(Fault::missing, "not in range");
  }
};

class RecordReportTest : public testing::Test {
 protected:
  void make(bool is_json) {
    report_ = std::make_unique<RecordReport>(
        captured_.terminal(),
        clock_,
        RecordReport::Subject{"Strap", "hr", "http://h", {}, is_json},
        heartrate::Zones(),
        [this] { return traffic_; });
    auto spool = heartrate::Spool::open(files_, "spool");
    SLUICE_CHECK(spool.has_value());
    spool_ = std::move(*spool);
    recorder_ = std::make_unique<heartrate::Recorder>(
        heartrate::RecorderSettings{.sensor = "Strap"},
        heartrate::RecorderWorld{radio_,
                                 clock_,
                                 random_,
                                 *spool_,
                                 [](std::chrono::milliseconds) {},
                                 [] { return false; }},
        *report_);
    report_->watch(*recorder_);
  }

  void beat(int rate) {
    heartrate::Beat one;
    one.time = heartrate::SampleTime(clock_.now());
    one.heart_rate = rate;
    one.seq = 1;
    report_->on_beat(one);
    clock_.advance(std::chrono::seconds(1));
  }

  CapturedTerminal captured_;
  ManualClock clock_{unix_millis(1'752'441'919'000)};
  SeededRandom random_{1};
  MemoryFileSystem files_;
  NoRadio radio_;
  RecordReport::Traffic traffic_;
  std::unique_ptr<RecordReport> report_;
  std::unique_ptr<heartrate::Spool> spool_;
  std::unique_ptr<heartrate::Recorder> recorder_;
};

TEST_F(RecordReportTest, JsonLinesAreBeatsAndEverythingElseGoesElsewhere) {
  make(true);
  report_->note_spool({}, 3);
  report_->on_connected({"AA", "Strap", {}, 80}, "chest");
  beat(89);
  report_->on_malformed("\x01", heartrate::PacketFault::truncated_heart_rate);
  report_->summarise("folder");
  EXPECT_EQ(captured_.out(),
            "{\"timestamp\": \"2025-07-13T21:25:19\", \"heart_rate\": 89, \"seq\": 1}\n");
  EXPECT_THAT(captured_.error(), HasSubstr("3 records of an earlier recording go first\n"));
  EXPECT_THAT(captured_.error(), HasSubstr("connected to Strap (AA), chest, battery 80 %\n"));
  EXPECT_THAT(captured_.error(), HasSubstr("truncated-heart-rate: 01\n"));
}

TEST_F(RecordReportTest, LinesTellTheRateEveryTenSecondsAndWhyNothingIsSent) {
  make(false);
  for (int i = 0; i < 25; ++i) {
    beat(80 + i);
  }
  traffic_.sender.failures = 1;
  traffic_.sender.trouble = "connection refused";
  traffic_.spool.waiting = 7;
  clock_.advance(std::chrono::seconds(10));
  beat(120);
  EXPECT_EQ(captured_.out(),
            "recording Strap into hr at http://h; Ctrl-C ends it\n"
            "2025-07-13T21:25:19  80 bpm  0 sent  0 waiting\n"
            "2025-07-13T21:25:29  90 bpm  0 sent  0 waiting\n"
            "2025-07-13T21:25:39  100 bpm  0 sent  0 waiting\n"
            "2025-07-13T21:25:54  120 bpm  0 sent  7 waiting  records wait on disk: connection "
            "refused\n");
}

TEST_F(RecordReportTest, TheSummarySaysWhereWhatWaitsLies) {
  make(false);
  traffic_.spool.waiting = 1;
  traffic_.sender.sent = 2;
  clock_.advance(std::chrono::seconds(75));
  report_->close();
  clock_.advance(std::chrono::seconds(10));
  report_->summarise("the folder");
  EXPECT_THAT(captured_.out(), HasSubstr("0 beats recorded in 1:15, 2 sent to hr\n"));
  EXPECT_THAT(captured_.out(),
              HasSubstr("1 record waits in the folder (not sent yet); record again to send it\n"));
}

TEST_F(RecordReportTest, WhatASensorCallsItselfDoesNotSteerTheTerminal) {
  make(false);
  report_->on_connected({"AA", "\x1b[2J", {}, {}}, std::nullopt);
  report_->on_disconnected("\x1b[2J", std::chrono::milliseconds(1500));
  EXPECT_EQ(captured_.out().find('\x1b'), std::string::npos);
  EXPECT_THAT(captured_.out(), HasSubstr("next try in 1.5 s"));
}

}  // namespace
}  // namespace sluice::cli
