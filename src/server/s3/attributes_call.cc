#include "server/s3/attributes_call.h"

#include "s3/xml.h"
#include "server/s3/owner.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace sluice::server {
namespace {

constexpr std::pair<std::string_view, bool s3::AttributesRequest::*> attributes[] = {
    {"ETag", &s3::AttributesRequest::etag},
    {"Checksum", &s3::AttributesRequest::checksum},
    {"ObjectParts", &s3::AttributesRequest::parts},
    {"StorageClass", &s3::AttributesRequest::storage_class},
    {"ObjectSize", &s3::AttributesRequest::bytes},
};

s3::S3Result<s3::AttributesRequest> attributes_request(const net::HttpHeaders& headers) {
  s3::AttributesRequest wanted;
  std::string_view names = headers.value_or("x-amz-object-attributes", "");
  bool is_any_known = false;
  while (!names.empty()) {
    std::string_view name = names.substr(0, names.find(','));
    names.remove_prefix(std::min(names.size(), name.size() + 1));
    name.remove_prefix(std::min(name.size(), name.find_first_not_of(' ')));
    const auto* const known =
        std::ranges::find(attributes, name, [](const auto& attribute) { return attribute.first; });
    if (known == std::end(attributes)) {
      return s3::fail_s3(s3::S3Code::invalid_argument, "Invalid attribute name specified.");
    }
    wanted.*(known->second) = true;
    is_any_known = true;
  }
  if (!is_any_known) {
    return s3::fail_s3(s3::S3Code::invalid_argument,
                       "The x-amz-object-attributes header must name an attribute.");
  }
  const auto number = [&headers](std::string_view name, std::uint32_t otherwise) {
    return parse_s3_number(name, headers.value_or(name, ""), otherwise);
  };
  SLUICE_S3_TRY(after, number("x-amz-part-number-marker", 0));
  SLUICE_S3_TRY(limit, number("x-amz-max-parts", s3::list_keys_max));
  wanted.parts_after = after;
  wanted.parts_max = std::min(limit, s3::list_keys_max);
  return wanted;
}

}  // namespace

s3::S3Result<net::HttpResponse> object_attributes(s3::LocalStore& buckets,
                                                  const net::RequestHead& head,
                                                  const S3Target& target) {
  SLUICE_S3_TRY(wanted, attributes_request(head.headers));
  SLUICE_S3_TRY(info, buckets.head(target.bucket, target.key));
  net::HttpResponse answer = xml_response(s3::object_attributes_xml(wanted, info));
  answer.headers.add("Last-Modified", net::format_http_date(info.modified));
  return answer;
}

}  // namespace sluice::server
