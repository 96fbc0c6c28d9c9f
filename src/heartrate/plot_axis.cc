// Axes and their ticks.
#include "heartrate/plot_axis.h"

#include "base/check.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <string_view>

namespace sluice::heartrate {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::array<std::string_view, 12> month_names = {"January",
                                                          "February",
                                                          "March",
                                                          "April",
                                                          "May",
                                                          "June",
                                                          "July",
                                                          "August",
                                                          "September",
                                                          "October",
                                                          "November",
                                                          "December"};

std::chrono::year_month_day date_of(SampleTime time) {
  return {std::chrono::floor<days>(time)};
}

std::string_view month_name(std::chrono::year_month_day date) {
  return month_names.at(static_cast<unsigned>(date.month()) - 1);
}

seconds time_step(microseconds length, std::size_t count_max) {
  constexpr std::array<seconds, 18> steps = {seconds(1),
                                             seconds(2),
                                             seconds(5),
                                             seconds(10),
                                             seconds(15),
                                             seconds(30),
                                             minutes(1),
                                             minutes(2),
                                             minutes(5),
                                             minutes(10),
                                             minutes(15),
                                             minutes(30),
                                             hours(1),
                                             hours(2),
                                             hours(3),
                                             hours(6),
                                             hours(12),
                                             days(1)};
  for (const seconds step : steps) {
    if (length / step < static_cast<std::int64_t>(count_max)) {
      return step;
    }
  }
  const auto step_days = length / days(static_cast<int>(count_max)) + 1;
  return days(step_days);
}

std::string tick_label(SampleTime time, seconds step) {
  const auto date = date_of(time);
  if (step >= days(1)) {
    return fmt::format("{} {}", static_cast<unsigned>(date.day()), month_name(date).substr(0, 3));
  }
  const std::chrono::hh_mm_ss clock(time - std::chrono::floor<days>(time));
  return step < minutes(1)
             ? fmt::format("{:02}:{:02}:{:02}",
                           clock.hours().count(),
                           clock.minutes().count(),
                           clock.seconds().count())
             : fmt::format("{:02}:{:02}", clock.hours().count(), clock.minutes().count());
}

}  // namespace

std::vector<double> value_ticks(double low, double high, std::size_t count_max) {
  SLUICE_CHECK(low < high);
  SLUICE_CHECK(count_max >= 2);
  const double rough = (high - low) / static_cast<double>(count_max);
  const double power = std::pow(10, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0, 10.0}) {
    const double step = power * factor;
    std::vector<double> ticks;
    const double first = std::ceil(low / step);
    const double last = std::floor(high / step);
    if (last - first + 1 > static_cast<double>(count_max)) {
      continue;
    }
    for (double multiple = first; multiple <= last; ++multiple) {
      ticks.push_back(multiple * step + 0.0);
    }
    return ticks;
  }
  return {};
}

std::vector<TimeTick> time_ticks(SampleTime start, SampleTime end, std::size_t count_max) {
  SLUICE_CHECK(start <= end);
  SLUICE_CHECK(count_max >= 2);
  const seconds step = time_step(end - start, count_max);
  const microseconds since_epoch = start.time_since_epoch();
  std::vector<TimeTick> ticks;
  // The first multiple of the step that is not before the start; the epoch begins a day.
  microseconds at = std::chrono::floor<seconds>(since_epoch) / step * step;
  while (at < since_epoch) {
    at += step;
  }
  for (; SampleTime(at) <= end; at += step) {
    ticks.push_back({SampleTime(at), tick_label(SampleTime(at), step)});
  }
  return ticks;
}

std::string date_text(SampleTime time) {
  const auto date = date_of(time);
  return fmt::format("{} {} {}",
                     static_cast<unsigned>(date.day()),
                     month_name(date),
                     static_cast<int>(date.year()));
}

}  // namespace sluice::heartrate
