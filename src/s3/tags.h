// The tags of an object: names with values, kept as the text of a query, "name=value&…".
//
// Source: "Categorizing your storage using tags" of the S3 user guide.
#pragma once

#include "s3/error.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::s3 {

inline constexpr std::size_t tags_max = 10;
inline constexpr std::size_t tag_name_bytes_max = 128;
inline constexpr std::size_t tag_value_bytes_max = 256;

using Tags = std::vector<std::pair<std::string, std::string>>;

// As x-amz-tagging has them.  S3Code::invalid_argument for what is no query; else as check_tags().
S3Result<Tags> parse_tags(std::string_view text);

// S3Code::invalid_tag: too many, too long, a name that is empty or comes twice.
S3Result<void> check_tags(const Tags& tags);

// What parse_tags() reads.
std::string tags_text(const Tags& tags);

// <Tagging> as an answer.
std::string tagging_xml(const Tags& tags);

// <Tagging> as a request's body.  S3Code::malformed_xml; else as check_tags().
S3Result<Tags> parse_tagging(std::string_view body);

}  // namespace sluice::s3
