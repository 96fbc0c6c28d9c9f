// Conditional requests: If-Match, If-None-Match, If-Modified-Since, If-Unmodified-Since (RFC 9110
// section 13), and the dates they carry.
#pragma once

#include "base/clock.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::s3 {

// Header values as received; std::nullopt where the header is missing.
struct Conditions {
  std::optional<std::string> if_match;
  std::optional<std::string> if_none_match;
  std::optional<std::string> if_modified_since;
  std::optional<std::string> if_unmodified_since;
};

enum class Verdict : std::uint8_t {
  proceed,
  not_modified,         // 304
  precondition_failed,  // 412
};

// For GET and HEAD of an object with this ETag (without quotes) and time of change.  Dates that
// cannot be read are ignored, as the RFC demands; times count in whole seconds.
Verdict judge_read(const Conditions& conditions, std::string_view etag, UnixMillis modified);

// For PUT: `etag` is that of the object now there, std::nullopt when there is none.
Verdict judge_write(const Conditions& conditions, const std::optional<std::string>& etag);

// Whether a list of entity tags (or "*") names this one; `W/` tags match weakly only where allowed.
bool names_etag(std::string_view list, std::string_view etag, bool allow_weak);

// The three forms of RFC 9110 section 5.6.7: "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94
// 08:49:37 GMT" (years 1970-2069) and "Sun Nov  6 08:49:37 1994".  The day's name is not compared.
std::optional<UnixMillis> parse_http_date(std::string_view text);

}  // namespace sluice::s3
