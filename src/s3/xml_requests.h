// S3's XML documents as clients send them.
#pragma once

#include "s3/checksum.h"
#include "s3/error.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::s3 {

inline constexpr std::size_t delete_keys_max = 1000;
inline constexpr std::uint32_t part_number_max = 10'000;

// The region of a CreateBucketConfiguration; empty for an empty body or one that names none.
// S3Code::malformed_xml for anything else.
S3Result<std::string> parse_create_bucket(std::string_view body);

// A DeleteObjects.
struct DeleteRequest {
  struct Entry {
    std::string key;
    std::string version;  // empty: none named
  };

  std::vector<Entry> entries;  // at least one, at most delete_keys_max
  bool is_quiet = false;
};

// S3Code::malformed_xml, also for too many keys or none.
S3Result<DeleteRequest> parse_delete(std::string_view body);

struct CompletedPart {
  std::uint32_t number = 0;  // 1 to part_number_max
  std::string etag;          // without quotes
  std::optional<Checksum> checksum{};
};

// The parts of a CompleteMultipartUpload, in the order they were sent; at least one.
// S3Code::malformed_xml.
S3Result<std::vector<CompletedPart>> parse_complete(std::string_view body);

}  // namespace sluice::s3
