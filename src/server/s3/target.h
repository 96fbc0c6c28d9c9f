// What an S3 request is about: bucket, key and query, taken from its target.
#pragma once

#include "s3/error.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::server {

struct S3Target {
  std::string bucket;  // empty: the service itself
  std::string key;     // empty: the bucket itself
  std::vector<std::pair<std::string, std::string>> query;

  // The value of a parameter; std::nullopt when it is absent.
  std::optional<std::string_view> parameter(std::string_view name) const;

  // The same; empty when it is absent.
  std::string text(std::string_view name) const;

  // A number that is not negative; `otherwise` when it is absent, the largest there is when it is
  // larger.  S3Code::invalid_argument for anything else.
  s3::S3Result<std::uint32_t> number(std::string_view name, std::uint32_t otherwise) const;
};

// The number that a parameter or header of this name has as its text, as S3Target::number().
s3::S3Result<std::uint32_t> parse_s3_number(std::string_view name,
                                            std::string_view text,
                                            std::uint32_t otherwise);

// S3Code::invalid_uri for paths or queries that cannot be decoded.
s3::S3Result<S3Target> parse_s3_target(std::string_view path, std::string_view query);

}  // namespace sluice::server
