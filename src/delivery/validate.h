// What makes a delivery stream's definition acceptable beyond the form of its members: rules that
// span members, prefixes, the zone, and what is not offered yet.  Texts are Firehose's where they
// are known.
//
// The form itself (lengths, ranges, patterns, enumerations) is the model layer of a request
// (delivery/request.h); definitions that did not come as a request pass through here too, so ranges
// that the core relies on are checked again.
#pragma once

#include "base/result.h"
#include "delivery/definition.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace sluice::delivery {

inline constexpr std::int32_t buffer_size_mib_min = 1;
inline constexpr std::int32_t buffer_size_mib_max = 128;
inline constexpr std::int32_t converted_buffer_size_mib_min = 64;
inline constexpr std::int32_t buffer_interval_s_max = 900;
inline constexpr std::int32_t retry_duration_s_max = 7200;
inline constexpr std::size_t tags_max = 50;

// Which parts of a conversion were given.  A definition keeps only what is offered, Firehose's
// messages tell apart what was given and what was not.
struct ConversionParts {
  bool has_input_format = false;
  bool has_openx = false;
  bool has_hive = false;
  bool has_output_format = false;
  bool has_parquet = false;
  bool has_orc = false;
};

// The parts that `conversion` itself shows.
ConversionParts parts_of(const Conversion& conversion);

// Fault::invalid for a customer's key without its ARN.
Result<void> validate_encryption(const Encryption& encryption);

// Whether the tag is one of those that say how records are delivered, or claims to be.
bool is_own_tag(const Tag& tag);

// Fault::invalid for too many tags, for a key that is given twice, for one of the wrong form, and
// for a tag of our own that means nothing.
Result<void> validate_tags(const std::vector<Tag>& tags);

// The object name that tags ask for: "sluice:object-name" is "firehose" (the default) or "part".
// Fault::invalid for another value, and for other keys that begin with "sluice:".
Result<ObjectName> object_name_of(const std::vector<Tag>& tags);

// Fault::invalid with Firehose's text for the first rule that is broken, in Firehose's order.
// Whether the table exists and the source stream exists is the server's to check, and whether the
// query of MetadataExtraction is one.
Result<void> validate(const DeliveryStream& stream);
Result<void> validate(const DeliveryStream& stream, const ConversionParts& parts);

// Whether the keys of its MetadataExtractionQuery are what a partitioned destination needs: few
// enough, and all that Prefix names.
Result<void> validate_partition_keys(const S3Destination& s3, std::span<const std::string> keys);

}  // namespace sluice::delivery
