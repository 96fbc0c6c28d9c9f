// Any number of simulated watches in one training, and what all of them send in order of time.
#pragma once

#include "heartrate/beat.h"
#include "heartrate/sensor.h"
#include "heartrate/simulated_watch.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <queue>
#include <string>
#include <vector>

namespace sluice::heartrate {

// A sensor that is not there.  Value type.
struct SimulatedSensor {
  SensorInfo info;
  std::string location;  // "chest", "wrist"
  WatchOptions watch;
};

struct GroupOptions {
  std::size_t watches = 1;
  std::uint64_t seed = 1;
  SampleTime start{};
  std::chrono::seconds duration{900};
  TrainingPlan plan = TrainingPlan::intervals;
  double clock_drift_ppm_max = 0;  // of either sign; each watch has its own
  bool has_dropouts = false;
};

inline constexpr std::size_t group_watches_max = 10'000;

// 1 to group_watches_max sensors with addresses, names and hearts of their own, the same for the
// same options.  The first one's seed is the group's; the others start within a second after it.
std::vector<SimulatedSensor> make_group(const GroupOptions& options);

// Not thread-safe.
class SimulatedGroup {
 public:
  explicit SimulatedGroup(std::vector<SimulatedSensor> sensors);

  struct Event {
    const SensorInfo& sensor;  // borrows from the group
    WatchEvent what;
  };

  // The next event of any watch, or std::nullopt when all have ended.
  std::optional<Event> next();

  // The next notification of any watch, decoded: with the device's address, a session for each
  // watch and a number within it; the first after a broken link says how long none came.
  std::optional<Beat> next_beat();

 private:
  struct Member {
    explicit Member(SimulatedSensor its_sensor);

    SimulatedSensor sensor;
    SimulatedWatch watch;
    std::string session_id;
    std::int64_t beats = 0;
    SampleTime last_time;     // of the last beat
    bool is_resumed = false;  // the next beat is the first after a broken link
  };

  struct Pending {
    std::size_t member;
    WatchEvent event;
  };

  // Later ones sink; of one time the first member's comes first.
  struct IsLater {
    bool operator()(const Pending& left, const Pending& right) const {
      const SampleTime left_time = time_of(left.event);
      const SampleTime right_time = time_of(right.event);
      return left_time != right_time ? left_time > right_time : left.member > right.member;
    }
  };

  std::optional<Pending> take();
  void await(std::size_t member);

  std::deque<Member> members_;  // they do not move
  std::priority_queue<Pending, std::vector<Pending>, IsLater> pending_;
};

}  // namespace sluice::heartrate
