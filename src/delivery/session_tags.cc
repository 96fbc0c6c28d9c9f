#include "delivery/session_tags.h"

#include "delivery/event_time.h"
#include "delivery/tag_number.h"

#include <fmt/format.h>

#include <utility>

namespace sluice::delivery {

namespace {

constexpr TagRange gap_s_range = {1, 604'800};
constexpr TagRange max_s_range = {1, 2'678'400};

Result<FieldPath> path_of(const Tag& tag) {
  auto path = parse_field_path(tag.value);
  if (!path) {
    return fail(Fault::invalid,
                fmt::format("the tag {} must be a path like '.device.id' or the name of a member, "
                            "not '{}': {}.",
                            tag.key,
                            tag.value,
                            path.error().message()));
  }
  return path;
}

Result<void> read_key(const Tag& tag, SessionTags& found) {
  if (tag.value == "none" || tag.value == "partition-key") {
    found.key = tag.value == "none" ? SessionKey::none : SessionKey::partition_key;
    return {};
  }
  SLUICE_TRY(path, path_of(tag));
  found.key = SessionKey::field;
  found.key_field = tag.value;
  found.key_path = std::move(path);
  return {};
}

Result<void> read_tag(const Tag& tag, SessionTags& found) {
  if (tag.key == session_gap_tag) {
    SLUICE_TRY(gap_s, tag_number(tag, gap_s_range));
    found.gap = std::chrono::seconds(gap_s);
  } else if (tag.key == session_key_tag) {
    return read_key(tag, found);
  } else if (tag.key == session_max_tag) {
    SLUICE_TRY(max_s, tag_number(tag, max_s_range));
    found.max = std::chrono::seconds(max_s);
  } else if (tag.key == session_end_field_tag) {
    SLUICE_TRY(path, path_of(tag));
    found.end_path = std::move(path);
  } else if (tag.key == session_end_value_tag) {
    found.end_value = tag.value;
  }
  return {};
}

}  // namespace

Result<SessionTags> session_tags_of(const std::vector<Tag>& tags) {
  SessionTags found;
  for (const Tag& tag : tags) {
    SLUICE_TRY_DO(read_tag(tag, found));
  }
  return found;
}

std::chrono::seconds session_silence(const DeliveryStream& stream) {
  const auto sessions = session_tags_of(stream.tags);
  const auto event_time = event_time_tags_of(stream.tags);
  const std::chrono::seconds none(0);
  return (sessions ? sessions->gap.value_or(none) : none) +
         (event_time ? event_time->lateness.value_or(none) : none);
}

}  // namespace sluice::delivery
