// What a person sees while a sensor is recorded: the rate large, the last minutes, the zone, the
// intervals, where the records are.
#pragma once

#include "cli/terminal.h"
#include "heartrate/beat.h"
#include "heartrate/zones.h"

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice::cli {

inline constexpr std::size_t screen_width_min = 40;
inline constexpr std::size_t screen_width_max = 100;

// The last minutes of a session, as charts need them.  Not thread-safe.
class BeatHistory {
 public:
  static constexpr std::chrono::seconds span{300};
  static constexpr std::size_t pairs_max = 300;

  void add(const heartrate::Beat& beat);

  // What was recorded before `now`, but a minute at least and `span` at most, in `columns` equal
  // parts: the mean rate of each.
  std::vector<std::optional<double>> means(heartrate::SampleTime now, std::size_t columns) const;

  // Each interval with the one before it, in milliseconds; only neighbours are paired.
  std::vector<std::pair<double, double>> interval_pairs() const {
    return {pairs_.begin(), pairs_.end()};
  }

  // Of the last `span`.
  std::optional<std::pair<int, int>> range() const;

 private:
  std::deque<std::pair<heartrate::SampleTime, int>> rates_;
  std::deque<std::pair<double, double>> pairs_;
  std::optional<double> last_interval_ms_;
};

enum class LinkView : std::uint8_t { looking, connected, lost };

struct RecordView {
  std::string sensor;  // as the person named it
  std::string device;  // name and place, once known
  LinkView link = LinkView::looking;
  std::string link_note;  // why it is lost
  std::optional<std::uint8_t> battery_percent;
  std::optional<int> rate;  // std::nullopt: none that is fresh
  std::optional<bool> contact;
  heartrate::SampleTime now{};
  std::chrono::seconds elapsed{0};
  std::optional<std::chrono::seconds> duration;
  std::uint64_t beats = 0;
  std::uint64_t sent = 0;
  std::uint64_t waiting = 0;
  std::uint64_t left_out = 0;  // packets repeated or malformed
  std::string trouble;         // why nothing is sent, or not kept; safe to show
  std::string stream;
};

// Lines of at most `width` columns, from screen_width_min on; always as many for one width.
std::vector<std::string> record_screen(const RecordView& view,
                                       const BeatHistory& history,
                                       const heartrate::Zones& zones,
                                       std::size_t width,
                                       const Paint& paint);

// "15:04", "1:15:04"
std::string clock_text(std::chrono::seconds time);

}  // namespace sluice::cli
