// Sessions out of beats.
#include "heartrate/session.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace sluice::heartrate {
namespace {

struct WrittenBeat {
  Beat beat;
  std::size_t place = 0;      // among all of the device
  bool is_step_back = false;  // earlier than the one written before
};

// In order of time, beats of equal time in the order written.
using DeviceBeats = std::map<std::string, std::vector<WrittenBeat>>;

DeviceBeats beats_by_device(std::vector<std::vector<Beat>> recordings) {
  DeviceBeats devices;
  for (std::vector<Beat>& recording : recordings) {
    std::map<std::string, SampleTime> last;
    for (Beat& beat : recording) {
      const auto [before, is_first] = last.try_emplace(beat.device_id, beat.time);
      const bool is_step_back = !is_first && beat.time < before->second;
      before->second = beat.time;
      std::vector<WrittenBeat>& beats = devices[beat.device_id];
      beats.push_back({std::move(beat), beats.size(), is_step_back});
    }
    recording = {};
  }
  for (auto& [device, beats] : devices) {
    std::ranges::sort(
        beats, {}, [](const WrittenBeat& one) { return std::pair(one.beat.time, one.place); });
  }
  return devices;
}

}  // namespace

std::vector<Session> split_sessions(std::vector<std::vector<Beat>> recordings,
                                    std::chrono::microseconds gap) {
  std::vector<Session> sessions;
  for (auto& [device, beats] : beats_by_device(std::move(recordings))) {
    std::optional<SampleTime> before;
    for (WrittenBeat& one : beats) {
      if (!before || one.beat.time - *before > gap) {
        sessions.push_back({device, {}, 0, 0});
      } else if (one.beat.time == *before) {
        ++sessions.back().equal_stamps;
      }
      before = one.beat.time;
      sessions.back().backward_steps += one.is_step_back ? 1 : 0;
      if (one.beat.contact == false && one.beat.heart_rate == 0) {
        one.beat.heart_rate.reset();
      }
      sessions.back().beats.push_back(std::move(one.beat));
    }
    beats = {};
  }
  std::ranges::sort(
      sessions, {}, [](const Session& one) { return std::pair(one.start(), one.device_id); });
  return sessions;
}

}  // namespace sluice::heartrate
