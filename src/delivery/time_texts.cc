#include "delivery/time_texts.h"

#include <algorithm>
#include <utility>

namespace sluice::delivery {

namespace {

// Before it some zones were off by a part of a minute.
constexpr UnixMillis whole_minutes_since{std::chrono::milliseconds(94'694'400'000)};  // 1973

}  // namespace

TimeTexts::TimeTexts(std::vector<TimeExpression> expressions, TimeZone zone)
    : expressions_(std::move(expressions)), zone_(std::move(zone)), step_(std::chrono::minutes(1)) {
  Known empty;
  for (const TimeExpression& one : expressions_) {
    step_ = std::min(step_, one.pattern.step());
    empty.values.emplace_back(one.name, "");
  }
  known_.assign(places, empty);
}

const PartitionValues& TimeTexts::at(UnixMillis instant) {
  const std::chrono::milliseconds step =
      instant < whole_minutes_since
          ? std::min<std::chrono::milliseconds>(step_, std::chrono::seconds(1))
          : step_;
  const std::chrono::milliseconds since = instant.time_since_epoch();
  const std::chrono::milliseconds into = since % step;
  const UnixMillis from = instant - (into.count() < 0 ? into + step : into);
  const auto place = static_cast<std::uint64_t>(from.time_since_epoch() / step) % places;
  Known& known = known_[place];
  if (known.from != from) {
    const LocalTime time = zone_.at(from);
    for (std::size_t i = 0; i < expressions_.size(); ++i) {
      std::string& text = known.values[i].second;
      text.clear();
      expressions_[i].pattern.append_to(text, time, zone_);
    }
    known.from = from;
  }
  return known.values;
}

}  // namespace sluice::delivery
