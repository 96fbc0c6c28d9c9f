#include "heartrate/simulated_watch.h"

#include "heartrate/measurement.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace sluice::heartrate {
namespace {

using std::chrono::seconds;

const SampleTime start =
    std::chrono::sys_days(std::chrono::year(2025) / 7 / 13) + std::chrono::hours(15);

struct Sent {
  SampleTime time;
  Measurement measurement;
};

struct Session {
  std::vector<Sent> sent;
  std::vector<LinkBroken> breaks;
  std::vector<Bytes> packets;
};

Session session(WatchOptions options) {
  options.start = start;
  SimulatedWatch watch(options);
  Session out;
  while (const auto event = watch.next()) {
    if (const auto* const broken = std::get_if<LinkBroken>(&*event)) {
      out.breaks.push_back(*broken);
      continue;
    }
    const auto& notification = std::get<Notification>(*event);
    const auto decoded = decode_measurement(notification.packet);
    EXPECT_TRUE(decoded.has_value());
    EXPECT_FALSE(decoded->warnings.any());
    EXPECT_LE(notification.packet.size(), packet_bytes_default_max);
    out.sent.push_back({notification.time, decoded->measurement});
    out.packets.push_back(notification.packet);
  }
  return out;
}

double sum_of_intervals_s(const Session& session) {
  double sum = 0;
  for (const Sent& sent : session.sent) {
    for (const std::uint16_t interval : sent.measurement.rr_1024) {
      sum += interval / 1024.0;
    }
  }
  return sum;
}

TEST(SimulatedWatch, TheSameSeedGivesTheSameSession) {
  const auto first = session({.seed = 7, .has_dropouts = true});
  EXPECT_EQ(first.packets, session({.seed = 7, .has_dropouts = true}).packets);
  EXPECT_NE(first.packets, session({.seed = 8, .has_dropouts = true}).packets);
}

TEST(SimulatedWatch, AQuarterOfAnHourHasAboutOneNotificationASecondInOrder) {
  const auto sent = session({.seed = 1}).sent;
  EXPECT_NEAR(static_cast<double>(sent.size()), 900, 5);
  for (std::size_t i = 1; i < sent.size(); ++i) {
    EXPECT_LT(sent[i - 1].time, sent[i].time);
  }
  EXPECT_EQ(sent.front().time, start);
  EXPECT_LT(sent.back().time, start + seconds(900));
}

TEST(SimulatedWatch, TheHeartRestsWorksAndRecovers) {
  const auto sent = session({.seed = 3}).sent;
  std::uint16_t highest = 0;
  for (const Sent& one : sent) {
    EXPECT_GE(one.measurement.heart_rate, 40);
    EXPECT_LE(one.measurement.heart_rate, 200);
    highest = std::max(highest, one.measurement.heart_rate);
  }
  EXPECT_LT(sent[20].measurement.heart_rate, 75);
  EXPECT_GT(highest, 155);
  EXPECT_LT(sent.back().measurement.heart_rate, highest - 40);
}

TEST(SimulatedWatch, IntervalsAddUpToTheTimeThatPassedAndAgreeWithTheRate) {
  for (const TrainingPlan plan :
       {TrainingPlan::intervals, TrainingPlan::easy, TrainingPlan::rest}) {
    const auto whole = session({.seed = 5, .duration = seconds(3600), .plan = plan});
    const double last_s = std::chrono::duration<double>(whole.sent.back().time - start).count();
    const double sum_s = sum_of_intervals_s(whole);
    EXPECT_LE(sum_s, last_s);
    EXPECT_GT(sum_s, last_s - 1.6);  // what has begun since the last beat
    std::size_t beats = 0;
    double rates = 0;
    for (const Sent& sent : whole.sent) {
      beats += sent.measurement.rr_1024.size();
      rates += sent.measurement.heart_rate;
    }
    const double mean_rate = rates / static_cast<double>(whole.sent.size());
    EXPECT_NEAR(static_cast<double>(beats) / sum_s * 60, mean_rate, mean_rate * 0.01);
  }
}

TEST(SimulatedWatch, AFastClockSendsMoreOftenAndMeasuresLongerIntervals) {
  constexpr double drift = 10'000;
  const WatchOptions right = {.seed = 5, .duration = seconds(3600), .plan = TrainingPlan::rest};
  for (const double drift_ppm : {-drift, drift}) {
    WatchOptions wrong = right;
    wrong.clock_drift_ppm = drift_ppm;
    const double speed = 1 + drift_ppm / 1e6;
    const auto one = session(right);
    const auto other = session(wrong);
    EXPECT_NEAR(
        static_cast<double>(other.sent.size()), static_cast<double>(one.sent.size()) * speed, 8);
    EXPECT_NEAR(sum_of_intervals_s(other), sum_of_intervals_s(one) * speed, 3);
  }
}

TEST(SimulatedWatch, EveryTenthNotificationTellsTheEnergySpentWhichOnlyGrows) {
  const auto sent = session({.seed = 2}).sent;
  std::uint16_t last = 0;
  for (std::size_t i = 0; i < sent.size(); ++i) {
    const auto energy = sent[i].measurement.energy_kj;
    ASSERT_EQ(energy.has_value(), i % 10 == 9) << i;
    EXPECT_GE(energy.value_or(last), last);
    last = energy.value_or(last);
  }
  EXPECT_GT(last, 400);
  EXPECT_LT(last, 1200);
}

TEST(SimulatedWatch, EnergyStaysAtItsLargestValue) {
  const auto sent = session({.seed = 2, .duration = seconds(30L * 3600)}).sent;
  std::uint16_t last = 0;
  for (const Sent& one : sent) {
    last = one.measurement.energy_kj.value_or(last);
  }
  EXPECT_EQ(last, 65'535);
}

TEST(SimulatedWatch, WideRatesSayTheSameInTwoBytes) {
  const auto narrow = session({.seed = 6}).sent;
  const auto wide = session({.seed = 6, .is_16_bit = true}).sent;
  ASSERT_EQ(narrow.size(), wide.size());
  for (std::size_t i = 0; i < narrow.size(); ++i) {
    EXPECT_TRUE(wide[i].measurement.is_16_bit);
    EXPECT_FALSE(narrow[i].measurement.is_16_bit);
    EXPECT_EQ(wide[i].measurement.heart_rate, narrow[i].measurement.heart_rate);
  }
}

// The rates of a watch with dropouts are those of one without, where they were felt and came over.
TEST(SimulatedWatch, DropoutsTakeNotificationsAwayAndChangeNoOthers) {
  const seconds duration(4 * 3600);
  const auto whole = session({.seed = 9, .duration = duration});
  const auto holed = session({.seed = 9, .duration = duration, .has_dropouts = true});
  EXPECT_LT(holed.sent.size(), whole.sent.size() * 95 / 100);
  EXPECT_GT(holed.sent.size(), whole.sent.size() * 80 / 100);
  std::size_t at = 0;
  std::size_t without_contact = 0;
  std::size_t at_zero = 0;
  for (const Sent& sent : holed.sent) {
    while (whole.sent[at].time != sent.time) {
      ++at;
      ASSERT_LT(at, whole.sent.size());
    }
    if (sent.measurement.contact == Contact::detected) {
      EXPECT_EQ(sent.measurement.heart_rate, whole.sent[at].measurement.heart_rate);
    } else {
      ++without_contact;
      at_zero += sent.measurement.heart_rate == 0 ? 1 : 0;
      EXPECT_EQ(sent.measurement.contact, Contact::not_detected);
      EXPECT_TRUE(sent.measurement.rr_1024.empty());
    }
  }
  EXPECT_GT(without_contact, 300U);
  EXPECT_GT(at_zero, without_contact / 2);
  EXPECT_LT(sum_of_intervals_s(holed), sum_of_intervals_s(whole) * 0.95);
}

TEST(SimulatedWatch, NothingComesWhileTheLinkIsBroken) {
  const auto holed = session({.seed = 4, .duration = seconds(4 * 3600), .has_dropouts = true});
  EXPECT_GT(holed.breaks.size(), 15U);
  for (const LinkBroken& broken : holed.breaks) {
    EXPECT_GE(broken.until - broken.time, seconds(5));
    for (const Sent& sent : holed.sent) {
      EXPECT_TRUE(sent.time < broken.time || sent.time >= broken.until);
    }
  }
}

}  // namespace
}  // namespace sluice::heartrate
