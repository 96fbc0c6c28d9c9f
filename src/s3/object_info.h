// What S3 says about buckets and, beside their bytes, objects, and how the index keeps it.
#pragma once

#include "base/clock.h"
#include "base/digest.h"
#include "s3/checksum.h"
#include "s3/error.h"
#include "store/object_index.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::s3 {

// User metadata is counted as S3 does: the bytes of names (without x-amz-meta-) and values.
inline constexpr std::size_t metadata_bytes_max = 2048;

inline constexpr std::string_view default_content_type = "binary/octet-stream";
inline constexpr std::string_view metadata_prefix = "x-amz-meta-";

// Names under which the index keeps what is no header of the object beside them.
inline constexpr const char* tags_entry = "x-amz-tagging";
inline constexpr const char* quick_digest_entry = "sluice-xxh3";

struct BucketInfo {
  std::string name;
  std::string region;
  UnixMillis created{};
};

// What S3 keeps with an object and gives back with it.
struct ObjectHeaders {
  std::string content_type;  // empty: default_content_type on the way out
  std::string content_encoding;
  std::string content_disposition;
  std::string content_language;
  std::string cache_control;
  std::string expires;                          // kept as text
  std::string tags;                             // s3/tags.h's text; empty: none
  std::map<std::string, std::string> metadata;  // x-amz-meta-…, lower case, without that prefix
  std::optional<Checksum> checksum;             // that was given with the object
  std::string parts;                            // s3/object_parts.h's text; empty: it came whole

  friend bool operator==(const ObjectHeaders&, const ObjectHeaders&) = default;
};

struct ObjectInfo {
  std::string key;
  std::uint64_t bytes = 0;
  std::string
      etag;  // without quotes: an MD5 in hexadecimal, or with a dash for a file made by hand
  UnixMillis modified{};
  ObjectHeaders headers;
  std::optional<Sha256Digest> sha256;  // where it is known
  std::string quick_digest;            // s3/quick_digest.h's; empty: not known
};

// S3Code::metadata_too_large.
S3Result<void> check_metadata(const ObjectHeaders& headers);

// Header names in lower case with their values, those that are empty left out.
std::map<std::string, std::string> to_header_map(const ObjectHeaders& headers);

ObjectInfo info_of(const store::IndexedObject& object);

}  // namespace sluice::s3
