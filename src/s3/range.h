// The Range header of a GET (RFC 9110 section 14), as S3 treats it: one range of bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::s3 {

struct ByteSpan {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;

  friend bool operator==(const ByteSpan&, const ByteSpan&) = default;
};

enum class RangeAnswer : std::uint8_t {
  whole,          // 200 with everything: no range, one we cannot read, or several
  part,           // 206 with `span` and Content-Range
  unsatisfiable,  // 416
};

struct RangeDecision {
  RangeAnswer answer = RangeAnswer::whole;
  ByteSpan span;  // for whole and part: what to send

  friend bool operator==(const RangeDecision&, const RangeDecision&) = default;
};

// What to send of an object of `bytes` for a Range header of this value (empty: there is none).
RangeDecision decide_range(std::string_view header, std::uint64_t bytes);

// "bytes 0-99/1000" for 206.
std::string content_range(ByteSpan span, std::uint64_t bytes);

// "bytes */1000" for 416.
std::string content_range_unsatisfied(std::uint64_t bytes);

}  // namespace sluice::s3
