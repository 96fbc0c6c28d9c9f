// The simulated watch.
#include "heartrate/simulated_watch.h"

#include "base/check.h"
#include "heartrate/measurement.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace sluice::heartrate {
namespace {

using std::chrono::microseconds;

constexpr std::int64_t period_us = 1'000'000;  // of the watch's clock
constexpr double ticks_per_second = 1024;

// Seeds of what must not disturb each other: a watch without dropouts has the rates of one with.
constexpr std::uint64_t variability_salt = 0x5eed'0f'be'a7'00'01;
constexpr std::uint64_t dropouts_salt = 0x5eed'0f'd2'09'00'02;

double speed_of_clock(const WatchOptions& options) {
  return 1 + options.clock_drift_ppm / 1e6;
}

}  // namespace

SampleTime time_of(const WatchEvent& event) {
  return std::visit([](const auto& one) { return one.time; }, event);
}

SimulatedWatch::SimulatedWatch(const WatchOptions& options)
    : options_(options),
      random_(options.seed),
      heart_(demand_bpm(options.plan, 0) + options.bpm_shift, options.seed ^ variability_salt),
      now_(options.start) {
  constexpr double clock_drift_ppm_max = 10'000;
  SLUICE_CHECK(options_.duration > std::chrono::seconds(0));
  SLUICE_CHECK(std::abs(options_.clock_drift_ppm) <= clock_drift_ppm_max);
  if (options_.has_dropouts) {
    dropouts_.emplace(options.seed ^ dropouts_salt);
  }
}

std::optional<WatchEvent> SimulatedWatch::next() {
  while (now_ - options_.start < options_.duration) {
    const SampleTime time = now_;
    const Signal signal = dropouts_ ? dropouts_->at(time) : Signal::clear;
    const bool has_contact = signal != Signal::no_contact;
    measure(time, has_contact);
    pass_period();
    if (signal == Signal::link_down && link_down_until_ != dropouts_->until()) {
      link_down_until_ = dropouts_->until();
      return LinkBroken{time, link_down_until_};
    }
    if (signal == Signal::clear || signal == Signal::no_contact) {
      return Notification{time, packet(has_contact)};
    }
  }
  return std::nullopt;
}

void SimulatedWatch::measure(SampleTime time, bool has_contact) {
  const microseconds elapsed = time - options_.start;
  const double elapsed_s = std::chrono::duration<double>(elapsed).count();
  const double part = static_cast<double>(elapsed.count()) /
                      static_cast<double>(microseconds(options_.duration).count());
  heart_.advance(elapsed_s, demand_bpm(options_.plan, part) + options_.bpm_shift, random_);
  rr_1024_.clear();
  for (const double beat_s : heart_.beats_s()) {
    const auto tick =
        static_cast<std::int64_t>(std::floor(beat_s * speed_of_clock(options_) * ticks_per_second));
    if (!has_contact) {
      last_beat_tick_.reset();
      continue;
    }
    if (last_beat_tick_) {
      const std::int64_t interval = tick - *last_beat_tick_;
      SLUICE_CHECK(interval > 0);
      SLUICE_CHECK(interval <= std::numeric_limits<std::uint16_t>::max());
      rr_1024_.push_back(static_cast<std::uint16_t>(interval));
    }
    last_beat_tick_ = tick;
  }
  without_contact_ = has_contact ? 0 : without_contact_ + 1;
  if (has_contact) {
    rate_felt_ = static_cast<std::uint16_t>(std::lround(heart_.rate_bpm()));
  }
  ++measurements_;
}

void SimulatedWatch::pass_period() {
  constexpr std::uint64_t jitter_us = 40'000;
  const auto period = static_cast<std::int64_t>(
      std::llround(static_cast<double>(period_us) / speed_of_clock(options_)));
  const microseconds passed(period - static_cast<std::int64_t>(jitter_us / 2) +
                            static_cast<std::int64_t>(random_.below(jitter_us)));
  now_ += passed;
  energy_kj_ += energy_kj_per_minute(heart_.rate_bpm()) *
                std::chrono::duration<double, std::ratio<60>>(passed).count();
}

Bytes SimulatedWatch::packet(bool has_contact) const {
  constexpr std::uint64_t energy_every = 10;  // as the Heart Rate Service has it
  constexpr std::uint64_t rate_held = 3;      // measurements without contact that repeat the rate
  Measurement measurement;
  measurement.is_16_bit = options_.is_16_bit;
  measurement.contact = has_contact ? Contact::detected : Contact::not_detected;
  measurement.heart_rate = without_contact_ > rate_held ? std::uint16_t{0} : rate_felt_;
  if (measurements_ % energy_every == 0) {
    constexpr double energy_kj_max = std::numeric_limits<std::uint16_t>::max();
    measurement.energy_kj = static_cast<std::uint16_t>(std::min(energy_kj_, energy_kj_max));
  }
  measurement.rr_1024 = rr_1024_;
  return encode_measurement(measurement);
}

}  // namespace sluice::heartrate
