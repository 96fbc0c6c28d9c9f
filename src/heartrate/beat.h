// A beat as a record: what the recorder sends, what lands in the bucket, what figures are made of.
#pragma once

#include "base/result.h"
#include "heartrate/measurement.h"
#include "heartrate/sample_time.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::heartrate {

// Value type.
struct Beat {
  SampleTime time{};
  std::optional<std::int32_t> heart_rate;  // beats per minute; some recordings have gaps
  std::vector<double> rr_ms;               // intervals that ended since the record before
  std::optional<std::int32_t> energy_kj;
  std::optional<bool> contact;  // whether the sensor feels skin; std::nullopt when it cannot tell
  std::string device_id;
  std::string session_id;
  std::optional<std::int64_t> seq;  // counts the records of a session from 1

  // On the first beat after a lost link: how long none came, in seconds.
  std::optional<double> resumed_after_s;

  friend bool operator==(const Beat&, const Beat&) = default;
};

// What a sensor's measurement, arrived at `time`, says; without device, session and number.
Beat to_beat(const Measurement& measurement, SampleTime time);

enum class BeatFields : std::uint8_t {
  seed,  // timestamp and heart_rate
  all    // and whatever else the beat has
};

// {"timestamp": "2025-07-13T21:25:19.123456", "heart_rate": 89} and a newline, blanks as Python's
// json.dumps() sets them.  A missing rate is null; other members that the beat has not are left
// out.
std::string to_record(const Beat& beat, BeatFields fields);

// Reads a record of either form, and of recordings that call their intervals "rr_intervals", their
// energy "energy_expended" and their contact "sensor_contact".  Members it does not know are passed
// over.  Fault::invalid, naming the member, for no JSON object, a timestamp that is none, or a
// value of the wrong kind.
Result<Beat> parse_beat(std::string_view record);

// Reads "[650.390625, 812.5]": the intervals of a record where they stand in a text of their own,
// as in a column of strings.  Fault::invalid likewise.
Result<std::vector<double>> parse_intervals(std::string_view json);

}  // namespace sluice::heartrate
