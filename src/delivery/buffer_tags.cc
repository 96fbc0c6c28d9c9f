#include "delivery/buffer_tags.h"

#include "delivery/tag_number.h"

#include <fmt/format.h>

namespace sluice::delivery {

namespace {

constexpr TagRange size_kib_range = {64, 1'048'576};
constexpr TagRange interval_s_range = {0, 604'800};

}  // namespace

Result<BufferTags> buffer_tags_of(const std::vector<Tag>& tags) {
  BufferTags found;
  for (const Tag& tag : tags) {
    if (tag.key == buffer_size_tag) {
      SLUICE_TRY(size_kib, tag_number(tag, size_kib_range));
      found.size_bytes = size_kib << 10;
    } else if (tag.key == buffer_interval_tag) {
      SLUICE_TRY(interval_s, tag_number(tag, interval_s_range));
      found.interval = std::chrono::seconds(interval_s);
    } else if (tag.key == size_of_tag) {
      if (tag.value != "source" && tag.value != "object") {
        return fail(
            Fault::invalid,
            fmt::format(
                "the tag {} must be 'source' or 'object', not '{}'.", size_of_tag, tag.value));
      }
      found.is_size_of_object = tag.value == "object";
    }
  }
  return found;
}

}  // namespace sluice::delivery
