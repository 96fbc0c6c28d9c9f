// What reading any XML of a client begins with; for the .cc files that know pugixml.
#pragma once

#include "s3/error.h"

#include <pugixml.hpp>

#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::s3 {

// "s3:LocationConstraint" and "LocationConstraint" are the same to us.
std::string_view local_name(std::string_view name);

// S3Code::malformed_xml in S3's words.
std::unexpected<S3Error> malformed_xml();

// All text of an element that has no elements in it, in however many pieces it comes; std::nullopt
// otherwise.
std::optional<std::string> text_of(const pugi::xml_node& element);

// Whether the body is one well-formed document of at most 8 MiB with this root; white space in it
// counts.
bool load_xml(pugi::xml_document& document, std::string_view body, std::string_view root_name);

}  // namespace sluice::s3
