// Times of beats: UTC to the microsecond, and the text that records carry.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::heartrate {

using SampleTime = std::chrono::sys_time<std::chrono::microseconds>;

// Tells what time it is; handed in where beats get their time.
using SampleClock = std::function<SampleTime()>;

// The operating system's.
SampleTime system_sample_time();

// "2025-07-13T21:25:19.123456": UTC without a zone, the fraction left out when it is zero, as
// Python's isoformat() prints it.
std::string to_text(SampleTime time);

// Reads that form, with one to nine digits of a second (cut to microseconds), "T" or a blank
// between date and time, and "Z" or an offset such as "+05:30" behind it.  Years 1 to 9999.
std::optional<SampleTime> parse_sample_time(std::string_view text);

// "0:15:00", "26:03:59": hours, minutes and seconds, the fraction cut off.  Not negative.
std::string clock_text(std::chrono::microseconds duration);

}  // namespace sluice::heartrate
