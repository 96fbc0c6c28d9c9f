// The recorder with a radio, a clock and a disk that do what the test says.
#include "heartrate/recorder.h"

#include "base/check.h"
#include "base/memory_file_system.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace sluice::heartrate {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* address = "AA:BB:CC:DD:EE:01";

// What comes over a link: a packet after so long, a loss, or silence to its end.
struct Step {
  milliseconds after{1000};
  Bytes packet;
  bool is_loss = false;
};

class ScriptedLink final : public SensorLink {
 public:
  ScriptedLink(std::deque<Step> steps, ManualClock& clock)
      : steps_(std::move(steps)), clock_(clock) {}

  const SensorInfo& info() const override { return info_; }

  std::optional<std::string> location() const override { return "chest"; }

  std::optional<SensorEvent> wait(milliseconds patience) override {
    if (steps_.empty() || steps_.front().after > patience) {
      clock_.advance(patience);
      if (!steps_.empty()) {
        steps_.front().after -= patience;
      }
      return std::nullopt;
    }
    const Step step = steps_.front();
    steps_.pop_front();
    clock_.advance(step.after);
    if (step.is_loss) {
      return LinkLost{"out of range"};
    }
    return Notification{SampleTime(clock_.now()), step.packet};
  }

 private:
  SensorInfo info_{address, "Strap", {}, {}};
  std::deque<Step> steps_;
  ManualClock& clock_;
};

// Connections and refusals, in order; then nobody is there.
class ScriptedRadio final : public Radio {
 public:
  explicit ScriptedRadio(ManualClock& clock) : clock_(clock) {}

  Result<std::vector<SensorInfo>> scan(milliseconds, const std::function<bool()>&) override {
    return std::vector<SensorInfo>();
  }

  Result<std::unique_ptr<SensorLink>> connect(const std::string& sensor,
                                              milliseconds patience,
                                              const std::function<bool()>& keep_on) override {
    asked.push_back(sensor);
    static_cast<void>(keep_on());
    if (answers.empty()) {
      clock_.advance(patience);
      return fail(Fault::missing, "not in range");
    }
    auto answer = std::move(answers.front());
    answers.pop_front();
    if (!answer) {
      return std::unexpected(answer.error());
    }
    return std::make_unique<ScriptedLink>(*answer, clock_);
  }

  std::deque<Result<std::deque<Step>>> answers;
  std::vector<std::string> asked;

 private:
  ManualClock& clock_;
};

class Notes final : public RecorderObserver {
 public:
  void on_beat(const Beat& beat) override { beats.push_back(beat); }

  void on_connected(const SensorInfo& sensor, const std::optional<std::string>& where) override {
    events.push_back("connected " + sensor.name + " " + where.value_or(""));
  }

  void on_disconnected(const std::string& why, milliseconds wait) override {
    events.push_back("lost: " + why);
    waits.push_back(wait);
  }

  void on_malformed(ByteView, PacketFault fault) override {
    events.push_back("malformed: " + std::string(packet_fault_name(fault)));
  }

  void on_disk_trouble(const Error& error) override { events.push_back(error.message()); }

  void on_time() override { ++times; }

  std::vector<Beat> beats;
  std::vector<std::string> events;
  std::vector<milliseconds> waits;
  int times = 0;
};

Bytes rate(std::uint16_t bpm) {
  Measurement measurement;
  measurement.heart_rate = bpm;
  return encode_measurement(measurement);
}

class RecorderTest : public testing::Test {
 protected:
  RecorderTest() { open_spool(); }

  void open_spool() {
    spool_.reset();
    auto opened = Spool::open(files_, "spool");
    SLUICE_CHECK(opened.has_value());
    spool_ = std::move(*opened);
  }

  Result<void> record(std::optional<std::chrono::seconds> duration = std::chrono::seconds(60)) {
    recorder_ = std::make_unique<Recorder>(
        RecorderSettings{.sensor = "Strap", .fields = BeatFields::all, .duration = duration},
        RecorderWorld{radio_,
                      clock_,
                      random_,
                      *spool_,
                      [this](milliseconds wait) { clock_.advance(wait); },
                      [this] { return steps_left_-- > 0; }},
        notes_);
    return recorder_->run();
  }

  std::vector<std::string> kept() {
    std::vector<std::string> all;
    auto batch = spool_->next_batch(random_);
    SLUICE_CHECK(batch.has_value());
    if (*batch) {
      for (const SpoolRecord& record : (*batch)->records) {
        EXPECT_EQ(record.partition_key, address);
        all.push_back(record.data);
      }
    }
    return all;
  }

  std::vector<std::int32_t> rates() const {
    std::vector<std::int32_t> all;
    for (const Beat& beat : notes_.beats) {
      all.push_back(beat.heart_rate.value_or(-1));
    }
    return all;
  }

  MemoryFileSystem files_;
  ManualClock clock_{unix_millis(1'752'441'919'000)};
  SeededRandom random_{1};
  std::unique_ptr<Spool> spool_;
  ScriptedRadio radio_{clock_};
  Notes notes_;
  std::unique_ptr<Recorder> recorder_;
  int steps_left_ = 100'000;
};

TEST_F(RecorderTest, EachNotificationBecomesARecord) {
  Measurement full{
      .heart_rate = 89, .contact = Contact::detected, .energy_kj = 7, .rr_1024 = {512}};
  radio_.answers.push_back(
      std::deque<Step>{{.packet = encode_measurement(full)}, {.packet = rate(300)}});
  ASSERT_TRUE(record());
  const std::vector<std::string> records = kept();
  ASSERT_EQ(records.size(), 2U);
  const std::string& session = recorder_->session_id();
  EXPECT_EQ(session.substr(0, 16), "20250713T212520-");
  EXPECT_EQ(records[0],
            "{\"timestamp\": \"2025-07-13T21:25:20\", \"heart_rate\": 89, \"rr_ms\": [500], "
            "\"energy_kj\": 7, \"contact\": true, \"device_id\": \"AA:BB:CC:DD:EE:01\", "
            "\"session_id\": \"" +
                session + "\", \"seq\": 1}\n");
  EXPECT_THAT(records[1], HasSubstr("\"heart_rate\": 300"));
  EXPECT_THAT(rates(), ElementsAre(89, 300));
  EXPECT_GT(notes_.times, 0);
}

TEST_F(RecorderTest, ALostLinkIsMadeAgainByAddressAndMarked) {
  radio_.answers.push_back(std::deque<Step>{
      {.packet = rate(80)}, {.after = milliseconds(500), .packet = {}, .is_loss = true}});
  radio_.answers.push_back(fail(Fault::unavailable, "did not answer"));
  radio_.answers.push_back(std::deque<Step>{{.packet = rate(81)}, {.packet = rate(82)}});
  ASSERT_TRUE(record());
  ASSERT_THAT(rates(), ElementsAre(80, 81, 82));
  EXPECT_FALSE(notes_.beats[0].resumed_after_s);
  ASSERT_TRUE(notes_.beats[1].resumed_after_s);
  EXPECT_NEAR(*notes_.beats[1].resumed_after_s,
              std::chrono::duration<double>(notes_.beats[1].time - notes_.beats[0].time).count(),
              0.001);
  EXPECT_FALSE(notes_.beats[2].resumed_after_s);
  EXPECT_EQ(notes_.beats[2].seq, 3);
  EXPECT_EQ(notes_.beats[0].session_id, notes_.beats[2].session_id);
  EXPECT_EQ(radio_.asked.front(), "Strap");
  EXPECT_EQ(radio_.asked[1], address);
  EXPECT_EQ(recorder_->counts().links, 2U);
  EXPECT_GT(notes_.waits[1], notes_.waits[0] / 2);
  EXPECT_THAT(notes_.events[1], "lost: out of range");
}

TEST_F(RecorderTest, RepeatedPacketsAndGarbageAreCountedAndLeftOut) {
  radio_.answers.push_back(std::deque<Step>{
      {.packet = rate(80)},
      {.after = milliseconds(20), .packet = rate(80)},
      {.packet = Bytes("\0", 1)},
      {.packet = Bytes()},
      {.packet = rate(80)},
      {.after = milliseconds(20), .packet = rate(81)},
  });
  ASSERT_TRUE(record());
  EXPECT_THAT(rates(), ElementsAre(80, 80, 81));
  EXPECT_EQ(recorder_->counts().repeated, 1U);
  EXPECT_EQ(recorder_->counts().malformed, 2U);
  EXPECT_THAT(notes_.events, testing::Contains(std::string("malformed: truncated-heart-rate")));
}

TEST_F(RecorderTest, ALinkThatFallsSilentIsGivenUp) {
  radio_.answers.push_back(std::deque<Step>{{.packet = rate(80)}});
  radio_.answers.push_back(std::deque<Step>{{.packet = rate(81)}});
  ASSERT_TRUE(record());
  EXPECT_THAT(rates(), ElementsAre(80, 81));
  EXPECT_THAT(notes_.events, testing::Contains(std::string("lost: no notification for 30 s")));
}

TEST_F(RecorderTest, EndsAfterItsDurationCountedFromTheConnection) {
  std::deque<Step> steps;
  for (int i = 0; i < 100; ++i) {
    steps.push_back({.packet = rate(static_cast<std::uint16_t>(60 + i))});
  }
  radio_.answers.push_back(fail(Fault::missing, "not in range"));
  radio_.answers.push_back(steps);
  ASSERT_TRUE(record(std::chrono::seconds(10)));
  EXPECT_GE(notes_.beats.size(), 9U);
  EXPECT_LE(notes_.beats.size(), 10U);
}

TEST_F(RecorderTest, ASensorThatNeverComesIsAnErrorAfterTheDuration) {
  const auto recorded = record(std::chrono::seconds(30));
  ASSERT_FALSE(recorded);
  EXPECT_EQ(recorded.error().fault(), Fault::missing);
  EXPECT_THAT(recorded.error().message(), HasSubstr("Strap did not come into range"));
}

TEST_F(RecorderTest, GivesUpAtOnceWhereAnotherTryMakesNoSense) {
  for (const Fault fault : {Fault::conflict, Fault::io, Fault::unsupported}) {
    radio_.asked.clear();
    radio_.answers.push_back(fail(fault, "no"));
    EXPECT_EQ(record().error().fault(), fault);
    EXPECT_EQ(radio_.asked.size(), 1U);
  }
  for (int i = 0; i < 3; ++i) {
    radio_.answers.push_back(fail(Fault::unavailable, "switched off"));
  }
  EXPECT_EQ(record().error().message(), "switched off");
}

TEST_F(RecorderTest, StopsWhenToldTo) {
  std::deque<Step> steps(1000, {.packet = rate(80)});
  radio_.answers.push_back(steps);
  steps_left_ = 50;
  EXPECT_TRUE(record(std::nullopt));
  EXPECT_GT(notes_.beats.size(), 3U);
  EXPECT_EQ(kept().size(), notes_.beats.size());
}

TEST_F(RecorderTest, ARestartSoonAfterGoesOnWithTheSession) {
  radio_.answers.push_back(std::deque<Step>{{.packet = rate(80)}, {.packet = rate(81)}});
  ASSERT_TRUE(record(std::chrono::seconds(5)));
  const std::string session = recorder_->session_id();
  files_.kill();
  open_spool();
  radio_.answers.push_back(std::deque<Step>{{.packet = rate(82)}});
  ASSERT_TRUE(record(std::chrono::seconds(5)));
  EXPECT_EQ(notes_.beats[2].session_id, session);
  EXPECT_EQ(notes_.beats[2].seq, 3);
  EXPECT_TRUE(notes_.beats[2].resumed_after_s);

  clock_.advance(std::chrono::minutes(6));
  radio_.answers.push_back(std::deque<Step>{{.packet = rate(83)}});
  ASSERT_TRUE(record(std::chrono::seconds(5)));
  EXPECT_NE(notes_.beats[3].session_id, session);
  EXPECT_EQ(notes_.beats[3].seq, 1);
  EXPECT_FALSE(notes_.beats[3].resumed_after_s);
}

TEST_F(RecorderTest, WhatTheDiskRefusesWaitsInMemoryAndIsWrittenInOrder) {
  std::deque<Step> steps;
  for (std::uint16_t i = 0; i < 20; ++i) {
    steps.push_back({.packet = rate(static_cast<std::uint16_t>(60 + i))});
  }
  radio_.answers.push_back(steps);
  int writes = 0;
  files_.set_fault_hook([&](MemoryFileSystem::Operation asked, const std::string&) -> Result<void> {
    const bool is_refused =
        asked == MemoryFileSystem::Operation::write && ++writes > 5 && writes < 12;
    return is_refused ? fail(Fault::throttled, "the disk is full") : Result<void>();
  });
  ASSERT_TRUE(record());
  files_.set_fault_hook({});
  EXPECT_EQ(notes_.beats.size(), 20U);
  EXPECT_TRUE(std::ranges::is_sorted(rates()));
  EXPECT_EQ(kept().size(), 20U);
  EXPECT_THAT(notes_.events, testing::Contains(std::string("the disk is full")));
}

}  // namespace
}  // namespace sluice::heartrate
