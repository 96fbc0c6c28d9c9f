// The simulated radio.
#include "heartrate/simulated_radio.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sluice::heartrate {
namespace {

using std::chrono::milliseconds;

// How often a search looks up.
constexpr milliseconds search_step{250};

// A moment of a sensor on a clock of milliseconds: never before it happened.
UnixMillis seen_at(SampleTime time) {
  return std::chrono::ceil<milliseconds>(time);
}

}  // namespace

// A sensor and how far its events have been taken.
class SimulatedRadio::Watch {
 public:
  explicit Watch(SimulatedSensor sensor)
      : sensor_(std::move(sensor)), watch_(sensor_.watch), next_(watch_.next()) {}

  const SimulatedSensor& sensor() const { return sensor_; }

  const std::optional<WatchEvent>& next() const { return next_; }

  WatchEvent take() {
    WatchEvent event = *std::move(next_);
    next_ = watch_.next();
    if (const auto* const broken = std::get_if<LinkBroken>(&event)) {
      away_until_ = broken->until;
    }
    return event;
  }

  // Whether it can be connected to; what it sent before `now` is dropped.
  bool is_in_range(UnixMillis now) {
    while (next_ && seen_at(time_of(*next_)) < now) {
      take();
    }
    return next_ && now >= seen_at(sensor_.watch.start) && now >= seen_at(away_until_);
  }

 private:
  SimulatedSensor sensor_;
  SimulatedWatch watch_;
  std::optional<WatchEvent> next_;
  SampleTime away_until_{};
};

class SimulatedRadio::Link final : public SensorLink {
 public:
  Link(Watch& watch, SimulatedRadio& radio) : watch_(watch), radio_(radio) {}

  const SensorInfo& info() const override { return watch_.sensor().info; }

  std::optional<std::string> location() const override { return watch_.sensor().location; }

  std::optional<SensorEvent> wait(milliseconds patience) override;

 private:
  std::optional<SensorEvent> lose(std::string why) {
    is_lost_ = true;
    return LinkLost{std::move(why)};
  }

  Watch& watch_;
  SimulatedRadio& radio_;
  bool is_lost_ = false;
};

std::optional<SensorEvent> SimulatedRadio::Link::wait(milliseconds patience) {
  const UnixMillis now = radio_.clock_.now();
  if (is_lost_) {
    radio_.pass_(patience);
    return std::nullopt;
  }
  if (!watch_.next()) {
    return lose("the sensor was switched off");
  }
  const UnixMillis due = seen_at(time_of(*watch_.next()));
  if (due > now) {
    radio_.pass_(std::min(due - now, patience));
    if (radio_.clock_.now() < due) {
      return std::nullopt;
    }
  }
  WatchEvent event = watch_.take();
  if (auto* const notification = std::get_if<Notification>(&event)) {
    return std::move(*notification);
  }
  return lose("the sensor went out of range");
}

SimulatedRadio::SimulatedRadio(std::vector<SimulatedSensor> sensors, const Clock& clock, Pass pass)
    : clock_(clock), pass_(std::move(pass)) {
  for (SimulatedSensor& sensor : sensors) {
    watches_.push_back(std::make_unique<Watch>(std::move(sensor)));
  }
}

SimulatedRadio::~SimulatedRadio() = default;

bool SimulatedRadio::pass_until(UnixMillis time, const std::function<bool()>& keep_on) {
  while (clock_.now() < time) {
    if (!keep_on()) {
      return false;
    }
    pass_(std::min(time - clock_.now(), search_step));
  }
  return true;
}

Result<std::vector<SensorInfo>> SimulatedRadio::scan(milliseconds time,
                                                     const std::function<bool()>& keep_on) {
  pass_until(clock_.now() + time, keep_on);
  std::vector<SensorInfo> found;
  for (const auto& watch : watches_) {
    if (watch->is_in_range(clock_.now())) {
      found.push_back(watch->sensor().info);
    }
  }
  std::sort(found.begin(), found.end(), [](const SensorInfo& left, const SensorInfo& right) {
    return left.signal_dbm != right.signal_dbm ? left.signal_dbm > right.signal_dbm
                                               : left.address < right.address;
  });
  return found;
}

std::vector<SimulatedRadio::Watch*> SimulatedRadio::known_as(const std::string& sensor) {
  std::vector<Watch*> named;
  for (const auto& watch : watches_) {
    if (watch->sensor().info.address == sensor) {
      return {watch.get()};
    }
    if (watch->sensor().info.name == sensor) {
      named.push_back(watch.get());
    }
  }
  return named;
}

Result<std::unique_ptr<SensorLink>> SimulatedRadio::connect(const std::string& sensor,
                                                            milliseconds patience,
                                                            const std::function<bool()>& keep_on) {
  const std::vector<Watch*> named = known_as(sensor);
  if (named.size() > 1) {
    std::string addresses;
    for (const Watch* const watch : named) {
      addresses += (addresses.empty() ? "" : ", ") + watch->sensor().info.address;
    }
    return fail(
        Fault::conflict,
        fmt::format(
            "{} sensors are named \"{}\"; take an address: {}", named.size(), sensor, addresses));
  }
  const UnixMillis deadline = clock_.now() + patience;
  while (named.empty() || !named.front()->is_in_range(clock_.now())) {
    const UnixMillis now = clock_.now();
    if (now >= deadline) {
      return fail(Fault::missing,
                  fmt::format("no sensor \"{}\" in range within {} s; is it worn and near?",
                              sensor,
                              std::chrono::duration<double>(patience).count()));
    }
    if (!pass_until(std::min(now + search_step, deadline), keep_on)) {
      return fail(Fault::cancelled, fmt::format("stopped looking for the sensor \"{}\"", sensor));
    }
  }
  return std::make_unique<Link>(*named.front(), *this);
}

}  // namespace sluice::heartrate
