// What a form that is posted to a bucket must be like, so that whoever signed the policy agrees.
//
//   {"expiration": "2026-07-13T16:00:00Z",
//    "conditions": [{"bucket": "landing"}, ["starts-with", "$key", "runs/"],
//                   ["eq", "$Content-Type", "text/csv"], ["content-length-range", 1, 1048576]]}
//
// Source: "POST Policy" of S3's API reference.
#pragma once

#include "base/clock.h"
#include "s3/error.h"
#include "s3/form_data.h"

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::s3 {

class PostPolicy {
 public:
  // `text` is base64 of JSON.  S3Code::invalid_policy_document says what is wrong with it.
  static S3Result<PostPolicy> parse(std::string_view text);

  // `fields` are those of the form, but `key` as the object will have it.  access_denied, naming
  // the condition that fails, or the field that no condition is about.
  S3Result<void> check(const FormFields& fields, std::string_view bucket, UnixMillis now) const;

  // Of the file.  entity_too_large, entity_too_small.
  S3Result<void> check_bytes_so_far(std::uint64_t bytes) const;
  S3Result<void> check_bytes(std::uint64_t bytes) const;

 private:
  struct Condition {
    bool is_prefix = false;
    std::string field;  // lower case
    std::string value;

    std::string text() const;
  };

  UnixMillis expiration_{};
  std::vector<Condition> conditions_;
  std::uint64_t bytes_min_ = 0;
  std::uint64_t bytes_max_ = std::numeric_limits<std::uint64_t>::max();
};

}  // namespace sluice::s3
