// Rules by which objects and uploads of a bucket end by their age.
//
// Source: Amazon S3 API Reference, PutBucketLifecycleConfiguration; User Guide, "Lifecycle
// configuration elements".
#pragma once

#include "base/clock.h"
#include "s3/error.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::s3 {

struct LifecycleRule {
  std::string id;
  bool is_enabled = false;
  bool has_filter = true;  // otherwise the prefix stands in the rule itself, as it once did
  std::string prefix;
  std::optional<std::uint64_t> larger_than;   // bytes
  std::optional<std::uint64_t> smaller_than;  // bytes

  // When objects end; at most one of both.
  std::optional<std::chrono::days> age;
  std::optional<UnixMillis> date;

  std::optional<std::chrono::days> upload_age;  // when uploads in parts end

  bool ends_objects() const { return age || date; }

  friend bool operator==(const LifecycleRule&, const LifecycleRule&) = default;
};

// At least one rule.  S3Code::malformed_xml, invalid_argument; not_implemented for what has no
// meaning here: other storage classes, filters by tags.
S3Result<std::vector<LifecycleRule>> parse_lifecycle(std::string_view body);

// <LifecycleConfiguration>.
std::string lifecycle_xml(const std::vector<LifecycleRule>& rules);

// When something of that age at most ends: at the midnight after it, UTC.
UnixMillis end_of_life(UnixMillis begun, std::chrono::days age);

// Whether the rule, which is enabled, ends an object whose key has its prefix.
bool ends_object(const LifecycleRule& rule,
                 std::uint64_t bytes,
                 UnixMillis modified,
                 UnixMillis now);

}  // namespace sluice::s3
