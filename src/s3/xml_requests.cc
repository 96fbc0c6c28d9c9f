#include "s3/xml_requests.h"

#include "s3/xml_reader.h"

#include <pugixml.hpp>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace sluice::s3 {
namespace {

constexpr std::size_t region_bytes_max = 64;

std::optional<std::uint32_t> part_number_of(std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = fault == std::errc() && end == text.data() + text.size();
  return is_number && number >= 1 && number <= part_number_max ? std::optional(number)
                                                               : std::nullopt;
}

std::string without_quotes(std::string etag) {
  if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"') {
    return etag.substr(1, etag.size() - 2);
  }
  return etag;
}

}  // namespace

S3Result<std::string> parse_create_bucket(std::string_view body) {
  if (body.empty()) {
    return std::string();
  }
  pugi::xml_document document;
  if (!load_xml(document, body, "CreateBucketConfiguration")) {
    return malformed_xml();
  }
  const pugi::xml_node root = document.document_element();
  std::string region;
  for (const pugi::xml_node child : root.children()) {
    if (local_name(child.name()) == "LocationConstraint") {
      region = child.text().get();
    }
  }
  const bool is_sane =
      region.size() <= region_bytes_max && std::all_of(region.begin(), region.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-';
      });
  if (!is_sane) {
    return fail_s3(S3Code::invalid_location_constraint,
                   "The specified location-constraint is not valid");
  }
  return region;
}

S3Result<DeleteRequest> parse_delete(std::string_view body) {
  pugi::xml_document document;
  if (!load_xml(document, body, "Delete")) {
    return malformed_xml();
  }
  DeleteRequest request;
  for (const pugi::xml_node child : document.document_element().children()) {
    const std::string_view name = local_name(child.name());
    if (name == "Quiet") {
      request.is_quiet = std::string_view(child.text().get()) == "true";
    } else if (name == "Object") {
      DeleteRequest::Entry entry;
      for (const pugi::xml_node member : child.children()) {
        const bool is_key = local_name(member.name()) == "Key";
        if (!is_key && local_name(member.name()) != "VersionId") {
          continue;
        }
        // What is deleted must be what was named.
        std::string& to = is_key ? entry.key : entry.version;
        auto text = text_of(member);
        if (!text || !to.empty()) {
          return malformed_xml();
        }
        to = *std::move(text);
      }
      if (entry.key.empty()) {
        return malformed_xml();
      }
      request.entries.push_back(std::move(entry));
    }
  }
  if (request.entries.empty() || request.entries.size() > delete_keys_max) {
    return malformed_xml();
  }
  return request;
}

S3Result<std::vector<CompletedPart>> parse_complete(std::string_view body) {
  pugi::xml_document document;
  if (!load_xml(document, body, "CompleteMultipartUpload")) {
    return malformed_xml();
  }
  std::vector<CompletedPart> parts;
  for (const pugi::xml_node child : document.document_element().children()) {
    if (local_name(child.name()) != "Part") {
      continue;
    }
    std::optional<std::uint32_t> number;
    std::string etag;
    std::optional<Checksum> checksum;
    for (const pugi::xml_node member : child.children()) {
      constexpr std::string_view checksum_prefix = "Checksum";
      const std::string_view name = local_name(member.name());
      const auto algorithm = name.starts_with(checksum_prefix)
                                 ? checksum_algorithm_named(name.substr(checksum_prefix.size()))
                                 : std::nullopt;
      if (algorithm) {
        SLUICE_S3_TRY(given, checksum_of_text(*algorithm, member.text().get()));
        checksum = std::move(given);
      } else if (name == "PartNumber") {
        number = part_number_of(member.text().get());
      } else if (name == "ETag") {
        etag = without_quotes(member.text().get());
      }
    }
    if (!number || etag.empty()) {
      return malformed_xml();
    }
    parts.push_back({*number, std::move(etag), std::move(checksum)});
  }
  if (parts.empty() || parts.size() > part_number_max) {
    return malformed_xml();
  }
  return parts;
}

}  // namespace sluice::s3
