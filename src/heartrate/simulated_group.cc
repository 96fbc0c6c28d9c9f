// Groups of simulated watches.
#include "heartrate/simulated_group.h"

#include "base/check.h"
#include "base/random.h"
#include "heartrate/measurement.h"
#include "heartrate/session_id.h"

#include <fmt/format.h>

#include <utility>

namespace sluice::heartrate {
namespace {

// What a member draws for itself must not disturb what its heart draws.
constexpr std::uint64_t traits_salt = 0x5eed'0f'72'41'00'03;
constexpr std::uint64_t session_salt = 0x5eed'0f'5e'55'00'04;

// Uniform in [-most, most].
double either_side(Random& random, double most) {
  constexpr std::uint64_t steps = 1U << 20;
  return most * (2 * static_cast<double>(random.below(steps + 1)) / steps - 1);
}

// A random static address of Bluetooth: its two highest bits are set.
std::string address_of(std::size_t index) {
  return fmt::format("C0:FF:EE:00:{:02X}:{:02X}", index / 256, index % 256);
}

SimulatedSensor make_sensor(const GroupOptions& options, std::size_t index, std::uint64_t seed) {
  constexpr double bpm_shift_max = 12;
  constexpr std::int16_t signal_dbm_best = -45;
  SeededRandom traits(seed ^ traits_salt);
  SimulatedSensor out;
  out.info.address = address_of(index);
  out.info.name = fmt::format("Simulated {}", index + 1);
  out.info.signal_dbm =
      static_cast<std::int16_t>(signal_dbm_best - static_cast<std::int16_t>(traits.below(40)));
  out.info.battery_percent = static_cast<std::uint8_t>(30 + traits.below(71));
  out.location = traits.below(2) == 0 ? "wrist" : "chest";
  out.watch.seed = seed;
  out.watch.start = options.start;
  out.watch.duration = options.duration;
  out.watch.plan = options.plan;
  out.watch.has_dropouts = options.has_dropouts;
  out.watch.clock_drift_ppm = either_side(traits, options.clock_drift_ppm_max);
  if (index > 0) {
    out.watch.start += std::chrono::microseconds(traits.below(1'000'000));
    out.watch.bpm_shift = either_side(traits, bpm_shift_max);
    out.watch.is_16_bit = traits.below(4) == 0;
  }
  return out;
}

}  // namespace

std::vector<SimulatedSensor> make_group(const GroupOptions& options) {
  SLUICE_CHECK(options.watches > 0);
  SLUICE_CHECK(options.watches <= group_watches_max);
  SLUICE_CHECK(options.clock_drift_ppm_max >= 0);
  std::vector<SimulatedSensor> sensors;
  SeededRandom seeds(options.seed);
  std::uint64_t seed = options.seed;
  while (sensors.size() < options.watches) {
    sensors.push_back(make_sensor(options, sensors.size(), seed));
    seed = seeds.next();
  }
  return sensors;
}

SimulatedGroup::Member::Member(SimulatedSensor its_sensor)
    : sensor(std::move(its_sensor)), watch(sensor.watch) {
  SeededRandom chance(sensor.watch.seed ^ session_salt);
  session_id = new_session_id(sensor.watch.start, chance);
}

SimulatedGroup::SimulatedGroup(std::vector<SimulatedSensor> sensors) {
  for (SimulatedSensor& sensor : sensors) {
    members_.emplace_back(std::move(sensor));
    await(members_.size() - 1);
  }
}

void SimulatedGroup::await(std::size_t member) {
  if (auto event = members_[member].watch.next()) {
    pending_.push({member, *std::move(event)});
  }
}

std::optional<SimulatedGroup::Pending> SimulatedGroup::take() {
  if (pending_.empty()) {
    return std::nullopt;
  }
  Pending first = pending_.top();
  pending_.pop();
  await(first.member);
  return first;
}

std::optional<SimulatedGroup::Event> SimulatedGroup::next() {
  auto first = take();
  if (!first) {
    return std::nullopt;
  }
  return Event{members_[first->member].sensor.info, std::move(first->event)};
}

std::optional<Beat> SimulatedGroup::next_beat() {
  while (const auto first = take()) {
    Member& member = members_[first->member];
    const auto* const notification = std::get_if<Notification>(&first->event);
    if (notification == nullptr) {
      member.is_resumed = member.beats > 0;
      continue;
    }
    const auto decoded = decode_measurement(notification->packet);
    SLUICE_CHECK(decoded.has_value());
    SLUICE_CHECK(!decoded->warnings.any());
    Beat beat = to_beat(decoded->measurement, notification->time);
    beat.device_id = member.sensor.info.address;
    beat.session_id = member.session_id;
    beat.seq = ++member.beats;
    if (std::exchange(member.is_resumed, false)) {
      const auto silence =
          std::chrono::round<std::chrono::milliseconds>(beat.time - member.last_time);
      beat.resumed_after_s = std::chrono::duration<double>(silence).count();
    }
    member.last_time = beat.time;
    return beat;
  }
  return std::nullopt;
}

}  // namespace sluice::heartrate
