// Headers of objects, from and to the index.
#include "s3/object_info.h"

#include <array>
#include <chrono>
#include <utility>

namespace sluice::s3 {
namespace {

// The headers that have a member of their own.
constexpr std::array<std::pair<std::string_view, std::string ObjectHeaders::*>, 8> named_headers = {
    {
        {"content-type", &ObjectHeaders::content_type},
        {"content-encoding", &ObjectHeaders::content_encoding},
        {"content-disposition", &ObjectHeaders::content_disposition},
        {"content-language", &ObjectHeaders::content_language},
        {"cache-control", &ObjectHeaders::cache_control},
        {"expires", &ObjectHeaders::expires},
        {tags_entry, &ObjectHeaders::tags},
        {"sluice-parts", &ObjectHeaders::parts},
    }};

}  // namespace

S3Result<void> check_metadata(const ObjectHeaders& headers) {
  std::size_t bytes = 0;
  for (const auto& [name, value] : headers.metadata) {
    bytes += name.size() + value.size();
  }
  if (bytes > metadata_bytes_max) {
    return fail_s3(S3Code::metadata_too_large,
                   "Your metadata headers exceed the maximum allowed metadata size: 2048 bytes");
  }
  return {};
}

std::map<std::string, std::string> to_header_map(const ObjectHeaders& headers) {
  std::map<std::string, std::string> map;
  for (const auto& [name, member] : named_headers) {
    if (!(headers.*member).empty()) {
      map.emplace(name, headers.*member);
    }
  }
  for (const auto& [name, value] : headers.metadata) {
    map.emplace(std::string(metadata_prefix) + name, value);
  }
  if (headers.checksum) {
    map.emplace(header_of(headers.checksum->algorithm), headers.checksum->text);
  }
  return map;
}

ObjectInfo info_of(const store::IndexedObject& object) {
  ObjectInfo info;
  info.key = object.key;
  info.bytes = object.file.bytes;
  info.etag = object.etag;
  info.modified = UnixMillis(std::chrono::floor<std::chrono::milliseconds>(
      std::chrono::nanoseconds(object.file.modified_ns)));
  info.sha256 = object.sha256;
  if (const auto quick = object.headers.find(quick_digest_entry); quick != object.headers.end()) {
    info.quick_digest = quick->second;
  }
  for (const auto& [name, value] : object.headers) {
    if (name.starts_with(metadata_prefix)) {
      info.headers.metadata.emplace(name.substr(metadata_prefix.size()), value);
    }
    if (const auto algorithm = checksum_algorithm_of_header(name)) {
      info.headers.checksum = Checksum{*algorithm, value};
    }
  }
  for (const auto& [name, member] : named_headers) {
    const auto found = object.headers.find(std::string(name));
    if (found != object.headers.end()) {
      info.headers.*member = found->second;
    }
  }
  return info;
}

}  // namespace sluice::s3
