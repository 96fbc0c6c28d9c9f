// Sessions: records of one key belong together until nothing came for a while, and become one
// object.  A setting that Firehose has no members for, given by tags.
//
//   sluice:session-gap-s       1..604800: the longest pause within a session, in event time; this
//                              tag switches sessions on
//   sluice:session-key         "none" (the default): all records are of one key
//                              "partition-key": that of the Kinesis stream
//                              anything else: a field, ".device.id" or the name of a member
//   sluice:session-max-s       1..2678400 (31 days): no session is longer, in event time
//   sluice:session-end-field   a record that has sluice:session-end-value there is the last of its
//   sluice:session-end-value   session; the two go together
#pragma once

#include "base/result.h"
#include "delivery/definition.h"
#include "delivery/field_reader.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::delivery {

inline constexpr std::string_view session_gap_tag = "sluice:session-gap-s";
inline constexpr std::string_view session_key_tag = "sluice:session-key";
inline constexpr std::string_view session_max_tag = "sluice:session-max-s";
inline constexpr std::string_view session_end_field_tag = "sluice:session-end-field";
inline constexpr std::string_view session_end_value_tag = "sluice:session-end-value";

enum class SessionKey : std::uint8_t { none, partition_key, field };

struct SessionTags {
  std::optional<std::chrono::seconds> gap;
  std::optional<SessionKey> key;
  std::string key_field;  // as given
  FieldPath key_path;
  std::optional<std::chrono::seconds> max;
  std::optional<FieldPath> end_path;
  std::optional<std::string> end_value;

  bool are_on() const { return gap.has_value(); }
};

// What the tags ask for, each judged by itself; others are passed over.  Fault::invalid for values
// that are none.
Result<SessionTags> session_tags_of(const std::vector<Tag>& tags);

// An object of a session that never ends closes at so many times the size that other objects close
// at.
inline constexpr std::uint64_t session_size_factor = 16;

// How long nothing of a session must have arrived for its object to be finished: the gap, and what
// late records are given on top of it.
std::chrono::seconds session_silence(const DeliveryStream& stream);

}  // namespace sluice::delivery
