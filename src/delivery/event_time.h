// The event time of records: when what they tell of happened, read out of a field of theirs.  A
// setting that Firehose has no members for, given by tags.
//
//   sluice:event-time-field        the field: a path, ".at.time", or the name of a member
//   sluice:event-time-format       "iso" (the default): text, yyyy-MM-ddTHH:mm:ss, a blank in place
//                                  of the T, with a fraction or without, with Z, an offset or none
//                                  (which is UTC), or yyyy-MM-dd alone
//                                  "epoch-s", "epoch-ms", "epoch-us", "epoch-ns": a number, or text
//                                  that is one; decimals are cut to milliseconds
//   sluice:event-time-lateness-s   0..31622400 (a year): how far a record may lie behind the latest
//                                  event time so far and be in time still; without it none is late
//   sluice:event-time-late         "own-object" (the default): a late record goes to the partition
//                                  of its event time like any other
//                                  "error-output": it is refused
#pragma once

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "delivery/definition.h"
#include "delivery/field_reader.h"

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::delivery {

inline constexpr std::string_view event_time_field_tag = "sluice:event-time-field";
inline constexpr std::string_view event_time_format_tag = "sluice:event-time-format";
inline constexpr std::string_view event_time_lateness_tag = "sluice:event-time-lateness-s";
inline constexpr std::string_view event_time_late_tag = "sluice:event-time-late";

enum class EventTimeFormat : std::uint8_t { iso, epoch_s, epoch_ms, epoch_us, epoch_ns };

// What becomes of a late record.
enum class LateRecords : std::uint8_t { own_object, error_output };

struct EventTimeTags {
  std::optional<std::string> field;  // as given
  FieldPath path;                    // of the field
  std::optional<EventTimeFormat> format;
  std::optional<std::chrono::seconds> lateness;
  std::optional<LateRecords> late;

  // Whether a record may be refused for being late.
  bool refuses_late() const { return late == LateRecords::error_output; }
};

// What the tags ask for, each judged by itself; others are passed over.  Fault::invalid for values
// that are none.
Result<EventTimeTags> event_time_tags_of(const std::vector<Tag>& tags);

// What the value of the field says, or what is wrong with it, as in "the field .at is missing".
// Times of the years 1 to 9999; milliseconds, cut.
std::expected<UnixMillis, std::string> event_time_of(json::View value, const EventTimeTags& tags);

}  // namespace sluice::delivery
