// Rounding by the largest remainder.
#include "heartrate/zone_shares.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace sluice::heartrate {

using std::chrono::microseconds;
using std::chrono::seconds;

std::vector<ZoneShare> zone_shares(const SessionFigures& figures) {
  const microseconds all =
      std::accumulate(figures.zones.begin(), figures.zones.end(), microseconds(0));
  if (all == microseconds(0)) {
    return {};
  }
  std::vector<ZoneShare> shares(figures.zones.size());
  std::vector<double> times;
  std::vector<double> percents;
  for (std::size_t zone = 0; zone < shares.size(); ++zone) {
    const auto time = static_cast<double>(figures.zones[zone].count());
    shares[zone].share = time / static_cast<double>(all.count());
    times.push_back(time / 1e6);
    percents.push_back(100 * shares[zone].share);
  }
  const auto whole_times = whole_parts(times, std::chrono::floor<seconds>(all).count());
  const auto whole_percents = whole_parts(percents, 100);
  for (std::size_t zone = 0; zone < shares.size(); ++zone) {
    shares[zone].time = seconds(whole_times[zone]);
    shares[zone].percent = whole_percents[zone];
  }
  return shares;
}

std::vector<std::int64_t> whole_parts(std::span<const double> parts, std::int64_t total) {
  std::vector<std::int64_t> whole;
  whole.reserve(parts.size());
  for (const double part : parts) {
    whole.push_back(static_cast<std::int64_t>(part));
    total -= whole.back();
  }
  std::vector<std::size_t> by_remainder(parts.size());
  std::iota(by_remainder.begin(), by_remainder.end(), 0);
  std::ranges::sort(by_remainder, {}, [&](std::size_t index) {
    return std::pair(std::floor(parts[index]) - parts[index], index);
  });
  for (const std::size_t index : by_remainder) {
    if (total <= 0) {
      break;
    }
    ++whole[index];
    --total;
  }
  return whole;
}

}  // namespace sluice::heartrate
