#include "heartrate/simulated_group.h"

#include "heartrate/measurement.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace sluice::heartrate {
namespace {

using std::chrono::seconds;

const SampleTime start =
    std::chrono::sys_days(std::chrono::year(2025) / 7 / 13) + std::chrono::hours(15);

GroupOptions of(std::size_t watches) {
  GroupOptions options;
  options.watches = watches;
  options.start = start;
  return options;
}

std::vector<Beat> beats_of(const GroupOptions& options) {
  SimulatedGroup group(make_group(options));
  std::vector<Beat> beats;
  while (auto beat = group.next_beat()) {
    beats.push_back(*std::move(beat));
  }
  return beats;
}

TEST(SimulatedGroup, SensorsDifferInAddressNameAndHeart) {
  const auto sensors = make_group(of(600));
  std::set<std::string> addresses;
  std::set<std::string> names;
  std::set<std::uint64_t> seeds;
  std::set<double> shifts;
  for (const SimulatedSensor& sensor : sensors) {
    addresses.insert(sensor.info.address);
    names.insert(sensor.info.name);
    seeds.insert(sensor.watch.seed);
    shifts.insert(sensor.watch.bpm_shift);
    EXPECT_EQ(sensor.info.address.size(), 17U);
    EXPECT_LE(sensor.info.battery_percent, 100);
    EXPECT_LT(sensor.watch.start, start + seconds(1));
  }
  EXPECT_EQ(addresses.size(), 600U);
  EXPECT_EQ(names.size(), 600U);
  EXPECT_EQ(seeds.size(), 600U);
  EXPECT_GT(shifts.size(), 500U);
  EXPECT_EQ(sensors.front().watch.seed, 1U);
  EXPECT_EQ(sensors.front().watch.start, start);
  EXPECT_EQ(sensors.back().info.address, "C0:FF:EE:00:02:57");
}

TEST(SimulatedGroup, ClocksDriftToBothSidesWithinTheBound) {
  GroupOptions options = of(200);
  options.clock_drift_ppm_max = 50;
  double least = 0;
  double most = 0;
  for (const SimulatedSensor& sensor : make_group(options)) {
    least = std::min(least, sensor.watch.clock_drift_ppm);
    most = std::max(most, sensor.watch.clock_drift_ppm);
  }
  EXPECT_GE(least, -50);
  EXPECT_LT(least, -40);
  EXPECT_LE(most, 50);
  EXPECT_GT(most, 40);
}

TEST(SimulatedGroup, BeatsOfAllWatchesComeInOrderOfTimeEachNumberedByItsOwnWatch) {
  const auto beats = beats_of(of(7));
  EXPECT_NEAR(static_cast<double>(beats.size()), 7 * 900, 40);
  std::map<std::string, std::int64_t> numbers;
  std::map<std::string, std::string> sessions;
  for (std::size_t i = 0; i < beats.size(); ++i) {
    EXPECT_TRUE(i == 0 || beats[i - 1].time <= beats[i].time);
    EXPECT_EQ(beats[i].seq, ++numbers[beats[i].device_id]);
    const std::string& session =
        sessions.try_emplace(beats[i].device_id, beats[i].session_id).first->second;
    EXPECT_EQ(session, beats[i].session_id);
  }
  EXPECT_EQ(numbers.size(), 7U);
  std::set<std::string> distinct;
  for (const auto& [device, session] : sessions) {
    distinct.insert(session);
  }
  EXPECT_EQ(distinct.size(), 7U);
}

TEST(SimulatedGroup, TheFirstOfManyBeatsAsTheOnlyOneOfItsSeed) {
  std::vector<Beat> first;
  for (const Beat& beat : beats_of(of(5))) {
    if (beat.device_id == "C0:FF:EE:00:00:00") {
      first.push_back(beat);
    }
  }
  EXPECT_EQ(first, beats_of(of(1)));
}

TEST(SimulatedGroup, EventsAreThePacketsThatTheBeatsWereReadFrom) {
  GroupOptions options = of(3);
  options.has_dropouts = true;
  const auto beats = beats_of(options);
  SimulatedGroup group(make_group(options));
  std::size_t at = 0;
  std::size_t breaks = 0;
  std::set<std::string> broken;  // addresses
  while (const auto event = group.next()) {
    const auto* const notification = std::get_if<Notification>(&event->what);
    if (notification == nullptr) {
      ++breaks;
      broken.insert(event->sensor.address);
      continue;
    }
    ASSERT_LT(at, beats.size());
    const auto decoded = decode_measurement(notification->packet);
    ASSERT_TRUE(decoded.has_value());
    EXPECT_EQ(beats[at].time, notification->time);
    EXPECT_EQ(beats[at].device_id, event->sensor.address);
    EXPECT_EQ(beats[at].heart_rate, decoded->measurement.heart_rate);
    EXPECT_EQ(beats[at].resumed_after_s.has_value(), broken.erase(event->sensor.address) == 1);
    EXPECT_GE(beats[at].resumed_after_s.value_or(5), 5);
    ++at;
  }
  EXPECT_EQ(at, beats.size());
  EXPECT_GT(breaks, 0U);
}

}  // namespace
}  // namespace sluice::heartrate
