// Buffering beyond what Firehose's members allow, given by tags; what a tag says takes the place of
// that member of BufferingHints.
//
//   sluice:buffer-size-kib     64..1048576, with conversion too
//   sluice:buffer-interval-s   0..604800 (a week)
//   sluice:size-of             source (the default): sizes are those of source records, as in
//                              Firehose; object: of the finished object, see delivery/size_rule.h
#pragma once

#include "base/result.h"
#include "delivery/definition.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace sluice::delivery {

inline constexpr std::string_view buffer_size_tag = "sluice:buffer-size-kib";
inline constexpr std::string_view buffer_interval_tag = "sluice:buffer-interval-s";
inline constexpr std::string_view size_of_tag = "sluice:size-of";

struct BufferTags {
  std::optional<std::uint64_t> size_bytes;
  std::optional<std::chrono::seconds> interval;
  bool is_size_of_object = false;

  friend bool operator==(const BufferTags&, const BufferTags&) = default;
};

// What the tags ask for; others are passed over.  Fault::invalid for values that are out of range.
Result<BufferTags> buffer_tags_of(const std::vector<Tag>& tags);

}  // namespace sluice::delivery
