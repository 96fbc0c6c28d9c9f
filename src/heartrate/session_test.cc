// Tests of splitting beats into sessions.
#include "heartrate/session.h"

#include <gtest/gtest.h>

#include <initializer_list>

namespace sluice::heartrate {
namespace {

using namespace std::chrono_literals;

const SampleTime start = std::chrono::sys_days(std::chrono::year(2025) / 7 / 13) + 15h;

// Beats at seconds after `start`; their rates count from 1 in the order written.
std::vector<Beat> beats_at(std::initializer_list<int> seconds, const std::string& device = "") {
  std::vector<Beat> beats;
  for (const int second : seconds) {
    Beat beat;
    beat.time = start + std::chrono::seconds(second);
    beat.heart_rate = static_cast<std::int32_t>(beats.size()) + 1;
    beat.device_id = device;
    beats.push_back(beat);
  }
  return beats;
}

std::vector<int> rates_of(const Session& session) {
  std::vector<int> rates;
  for (const Beat& beat : session.beats) {
    rates.push_back(*beat.heart_rate);
  }
  return rates;
}

TEST(Session, ASilenceLongerThanTheGapEndsIt) {
  const auto sessions = split_sessions({beats_at({0, 300, 601, 602})}, 300s);
  ASSERT_EQ(sessions.size(), 2U);
  EXPECT_EQ(sessions[0].beats.size(), 2U);
  EXPECT_EQ(sessions[0].end(), start + 300s);
  EXPECT_EQ(sessions[1].start(), start + 601s);
}

TEST(Session, AZeroOfASensorThatFeelsNoSkinIsNoRate) {
  struct Case {
    std::int32_t rate;
    std::optional<bool> contact;
    bool is_rate;
  };

  for (const Case& each : {Case{0, false, false},
                           Case{0, true, true},
                           Case{0, std::nullopt, true},
                           Case{60, false, true}}) {
    std::vector<Beat> beats = beats_at({0});
    beats[0].heart_rate = each.rate;
    beats[0].contact = each.contact;
    const auto sessions = split_sessions({beats}, 300s);
    EXPECT_EQ(sessions[0].beats[0].heart_rate.has_value(), each.is_rate) << each.rate;
    EXPECT_EQ(sessions[0].beats[0].contact, each.contact);
  }
}

TEST(Session, NothingIsNoSession) {
  EXPECT_TRUE(split_sessions({}, 1s).empty());
  EXPECT_TRUE(split_sessions({{}, {}}, 1s).empty());
}

TEST(Session, StepsBackArePutInOrderAndCounted) {
  const auto sessions = split_sessions({beats_at({2, 0, 1, 1, 3})}, 300s);
  ASSERT_EQ(sessions.size(), 1U);
  EXPECT_EQ(rates_of(sessions[0]), (std::vector{2, 3, 4, 1, 5}));
  EXPECT_EQ(sessions[0].backward_steps, 1U);
  EXPECT_EQ(sessions[0].equal_stamps, 1U);
}

TEST(Session, RecordingsReadOutOfOrderAreNoStepBack) {
  const auto sessions = split_sessions({beats_at({10, 11}), beats_at({0, 1})}, 300s);
  ASSERT_EQ(sessions.size(), 1U);
  EXPECT_EQ(sessions[0].start(), start);
  EXPECT_EQ(sessions[0].backward_steps, 0U);
}

TEST(Session, DevicesHaveSessionsOfTheirOwnInTheOrderOfTheirStarts) {
  std::vector<Beat> mixed = beats_at({5, 6}, "a");
  const std::vector<Beat> other = beats_at({0, 7}, "b");
  mixed.insert(mixed.begin() + 1, other.begin(), other.end());
  const auto sessions = split_sessions({mixed}, 300s);
  ASSERT_EQ(sessions.size(), 2U);
  EXPECT_EQ(sessions[0].device_id, "b");
  EXPECT_EQ(sessions[1].device_id, "a");
  EXPECT_EQ(sessions[0].backward_steps + sessions[1].backward_steps, 0U);
}

}  // namespace
}  // namespace sluice::heartrate
