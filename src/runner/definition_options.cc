#include "runner/definition_options.h"

#include "delivery/buffer_tags.h"
#include "delivery/partition_limits.h"
#include "delivery/session_tags.h"
#include "delivery/size_rule.h"

#include <algorithm>
#include <cstddef>

namespace sluice::runner {

namespace {

// What is compressed is read in small pieces: it may become far larger.
constexpr std::size_t compressed_read_bytes_max = std::size_t{32} << 10;

bool has_tag(const delivery::DeliveryStream& definition, std::string_view key) {
  return std::ranges::find(definition.tags, key, &delivery::Tag::key) != definition.tags.end();
}

}  // namespace

Result<RunnerOptions> options_of(const delivery::DeliveryStream& definition) {
  SLUICE_TRY(limits, delivery::partition_limits_of(definition.tags));
  SLUICE_TRY(buffering, delivery::buffer_tags_of(definition.tags));
  SLUICE_TRY(sessions, delivery::session_tags_of(definition.tags));
  SLUICE_TRY(size, delivery::size_rule_of(definition));
  RunnerOptions options;
  options.size_hint_bytes = size.bytes;
  options.sizes_objects = size.is_of_object;
  options.interval = buffering.interval;
  options.partitions_max = limits.partitions_max;
  options.overflow = limits.overflow;
  options.by_session = sessions.are_on();
  if (sessions.are_on()) {
    options.interval = delivery::session_silence(definition);
    if (!has_tag(definition, delivery::partition_overflow_tag)) {
      options.overflow = delivery::PartitionOverflow::close_least_recently_used;
    }
  }
  if (delivery::split_rule_of(definition).is_compressed) {
    options.read_bytes_max = compressed_read_bytes_max;
  }
  return options;
}

}  // namespace sluice::runner
