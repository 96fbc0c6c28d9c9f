#include "s3/tags.h"

#include "aws/uri.h"
#include "base/utf8.h"
#include "s3/xml_reader.h"
#include "s3/xml_writer.h"

#include <fmt/format.h>
#include <pugixml.hpp>

#include <algorithm>
#include <set>

namespace sluice::s3 {

S3Result<void> check_tags(const Tags& tags) {
  if (tags.size() > tags_max) {
    return fail_s3(S3Code::invalid_tag, "Object tags cannot be greater than 10");
  }
  std::set<std::string_view> names;
  for (const auto& [name, value] : tags) {
    if (name.empty() || name.size() > tag_name_bytes_max || !is_utf8(name)) {
      return fail_s3(S3Code::invalid_tag, "The TagKey you have provided is invalid");
    }
    if (value.size() > tag_value_bytes_max || !is_utf8(value)) {
      return fail_s3(S3Code::invalid_tag, "The TagValue you have provided is invalid");
    }
    if (!names.insert(name).second) {
      return fail_s3(S3Code::invalid_tag, "Cannot provide multiple Tags with the same key");
    }
  }
  return {};
}

S3Result<Tags> parse_tags(std::string_view text) {
  auto tags = aws::parse_query(text);
  if (!tags) {
    return fail_s3(S3Code::invalid_argument,
                   "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query "
                   "parameters without tag name duplicates.");
  }
  // As in HTML forms.
  for (auto& [name, value] : *tags) {
    std::ranges::replace(name, '+', ' ');
    std::ranges::replace(value, '+', ' ');
  }
  SLUICE_S3_TRY_DO(check_tags(*tags));
  return *std::move(tags);
}

std::string tags_text(const Tags& tags) {
  std::string text;
  for (const auto& [name, value] : tags) {
    text += fmt::format("{}{}={}",
                        text.empty() ? "" : "&",
                        aws::percent_encode(name, aws::Slash::encode),
                        aws::percent_encode(value, aws::Slash::encode));
  }
  return text;
}

std::string tagging_xml(const Tags& tags) {
  XmlWriter out("Tagging");
  out.open("TagSet");
  for (const auto& [name, value] : tags) {
    out.open("Tag");
    out.element("Key", name);
    out.element("Value", value);
    out.close("Tag");
  }
  out.close("TagSet");
  return out.finish();
}

S3Result<Tags> parse_tagging(std::string_view body) {
  pugi::xml_document document;
  if (!load_xml(document, body, "Tagging")) {
    return malformed_xml();
  }
  Tags tags;
  for (const pugi::xml_node set : document.document_element().children()) {
    for (const pugi::xml_node tag : set.children()) {
      if (local_name(set.name()) != "TagSet" || local_name(tag.name()) != "Tag") {
        return malformed_xml();
      }
      std::pair<std::string, std::string> read;
      for (const pugi::xml_node member : tag.children()) {
        auto text = text_of(member);
        if (!text) {
          return malformed_xml();
        }
        (local_name(member.name()) == "Key" ? read.first : read.second) = *std::move(text);
      }
      tags.push_back(std::move(read));
    }
  }
  SLUICE_S3_TRY_DO(check_tags(tags));
  return tags;
}

}  // namespace sluice::s3
