// Writes S3's answers.
#include "s3/xml.h"

#include "base/utf8.h"
#include "s3/object_parts.h"
#include "s3/upload_checksum.h"
#include "s3/xml_writer.h"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::s3 {
namespace {

// The region that S3 answers with an empty constraint.
constexpr std::string_view default_region = "us-east-1";

// The length of the UTF-8 sequence that `text` begins with, 0 if it begins with none.
std::size_t sequence_length(std::string_view text) {
  for (std::size_t length = 1; length <= std::min<std::size_t>(4, text.size()); ++length) {
    if (is_utf8(text.substr(0, length))) {
      return length;
    }
  }
  return 0;
}

void append_escaped_ascii(std::string& out, char c) {
  switch (c) {
    case '&':
      out += "&amp;";
      return;
    case '<':
      out += "&lt;";
      return;
    case '>':
      out += "&gt;";
      return;
    case '"':
      out += "&quot;";
      return;
    case '\'':
      out += "&#39;";
      return;
    default:
      break;
  }
  const auto byte = static_cast<unsigned char>(c);
  const bool is_control = byte < 0x20 && c != '\n' && c != '\t';
  if (is_control || byte == 0x7f) {
    out += fmt::format("&#x{:x};", byte);
  } else {
    out.push_back(c);
  }
}

}  // namespace

std::string error_xml(const S3Error& error,
                      std::string_view resource,
                      std::string_view request_id) {
  XmlWriter out("Error", false);
  out.element("Code", error.name());
  out.element("Message", error.message());
  out.element("Resource", resource);
  out.element("RequestId", request_id);
  return out.finish();
}

BucketsPage page_of(std::vector<BucketInfo> all,
                    std::string_view prefix,
                    std::string_view region,
                    std::string_view token,
                    std::size_t limit) {
  std::erase_if(all, [&](const BucketInfo& bucket) {
    return !bucket.name.starts_with(prefix) || (!region.empty() && bucket.region != region) ||
           bucket.name <= token;
  });
  BucketsPage page{std::move(all), std::string(prefix), {}};
  if (page.buckets.size() > limit) {
    page.buckets.resize(limit);
    page.next_token = limit > 0 ? page.buckets.back().name : std::string(token);
  }
  return page;
}

std::string list_buckets_xml(const BucketsPage& page, const Owner& owner) {
  XmlWriter out("ListAllMyBucketsResult");
  out.owner(owner);
  out.open("Buckets");
  for (const BucketInfo& bucket : page.buckets) {
    out.open("Bucket");
    out.element("Name", bucket.name);
    out.element("CreationDate", iso_time(bucket.created));
    if (!bucket.region.empty()) {
      out.element("BucketRegion", bucket.region);
    }
    out.close("Bucket");
  }
  out.close("Buckets");
  if (!page.prefix.empty()) {
    out.element("Prefix", page.prefix);
  }
  if (!page.next_token.empty()) {
    out.element("ContinuationToken", page.next_token);
  }
  return out.finish();
}

namespace {

std::string key_text(const ListEcho& echo, std::string_view key) {
  return echo.url_encodes ? url_encode_key(key) : std::string(key);
}

// What both versions begin with.
void begin_listing(XmlWriter& out, const ListEcho& echo) {
  const ListRequest& request = echo.request;
  out.element("Name", echo.bucket);
  out.element("Prefix", key_text(echo, request.prefix));
  if (!request.delimiter.empty()) {
    out.element("Delimiter", key_text(echo, request.delimiter));
  }
  out.element("MaxKeys", std::uint64_t{std::min(request.max_keys, list_keys_max)});
  if (echo.url_encodes) {
    out.element("EncodingType", "url");
  }
}

// Where the next page goes on, by name.
const std::string& last_of(const ListPage& page) {
  if (page.objects.empty()) {
    return page.common_prefixes.back();
  }
  return page.common_prefixes.empty()
             ? page.objects.back().key
             : std::max(page.objects.back().key, page.common_prefixes.back());
}

// And end with; `name` is that of an object's element.
void add_entries(XmlWriter& out,
                 const ListEcho& echo,
                 const ListPage& page,
                 std::string_view name = "Contents") {
  for (const ListEntry& entry : page.objects) {
    out.open(name);
    out.element("Key", key_text(echo, entry.key));
    if (name == "Version") {
      out.element("VersionId", "null");
      out.element("IsLatest", "true");
    }
    out.element("LastModified", iso_time(entry.modified));
    out.element("ETag", quoted(entry.etag));
    out.element("Size", entry.bytes);
    if (echo.owner) {
      out.owner(*echo.owner);
    }
    out.element("StorageClass", "STANDARD");
    out.close(name);
  }
  for (const std::string& prefix : page.common_prefixes) {
    out.open("CommonPrefixes");
    out.element("Prefix", key_text(echo, prefix));
    out.close("CommonPrefixes");
  }
}

}  // namespace

std::string list_objects_v2_xml(const ListEcho& echo, const ListPage& page) {
  const ListRequest& request = echo.request;
  XmlWriter out("ListBucketResult");
  begin_listing(out, echo);
  out.element("KeyCount", page.key_count());
  out.element("IsTruncated", page.is_truncated ? "true" : "false");
  if (!request.continuation_token.empty()) {
    out.element("ContinuationToken", request.continuation_token);
  }
  if (!page.next_continuation_token.empty()) {
    out.element("NextContinuationToken", page.next_continuation_token);
  }
  if (!request.start_after.empty()) {
    out.element("StartAfter", key_text(echo, request.start_after));
  }
  add_entries(out, echo, page);
  return out.finish();
}

std::string list_objects_v1_xml(const ListEcho& echo, const ListPage& page) {
  XmlWriter out("ListBucketResult");
  begin_listing(out, echo);
  out.element("Marker", key_text(echo, echo.request.start_after));
  out.element("IsTruncated", page.is_truncated ? "true" : "false");
  // Without a delimiter clients go on behind the last key.
  if (page.is_truncated && !echo.request.delimiter.empty()) {
    out.element("NextMarker", key_text(echo, last_of(page)));
  }
  add_entries(out, echo, page);
  return out.finish();
}

std::string list_versions_xml(const ListEcho& echo, const ListPage& page) {
  XmlWriter out("ListVersionsResult");
  begin_listing(out, echo);
  out.element("KeyMarker", key_text(echo, echo.request.start_after));
  out.element("VersionIdMarker", "");
  out.element("IsTruncated", page.is_truncated ? "true" : "false");
  if (page.is_truncated) {
    out.element("NextKeyMarker", key_text(echo, last_of(page)));
    out.element("NextVersionIdMarker", "null");
  }
  add_entries(out, echo, page, "Version");
  return out.finish();
}

std::string versioning_xml() {
  return XmlWriter("VersioningConfiguration").finish();
}

std::string notification_xml() {
  return XmlWriter("NotificationConfiguration").finish();
}

std::string post_response_xml(std::string_view location,
                              std::string_view bucket,
                              std::string_view key,
                              std::string_view etag) {
  XmlWriter out("PostResponse", false);
  out.element("Location", location);
  out.element("Bucket", bucket);
  out.element("Key", key);
  out.element("ETag", quoted(etag));
  return out.finish();
}

std::string delete_result_xml(const std::vector<DeleteOutcome>& outcomes, bool is_quiet) {
  XmlWriter out("DeleteResult");
  for (const DeleteOutcome& outcome : outcomes) {
    if (!outcome.failure && !is_quiet) {
      out.open("Deleted");
      out.element("Key", outcome.key);
      out.close("Deleted");
    } else if (outcome.failure) {
      out.open("Error");
      out.element("Key", outcome.key);
      out.element("Code", outcome.failure->name());
      out.element("Message", outcome.failure->message());
      out.close("Error");
    }
  }
  return out.finish();
}

std::string copy_result_xml(std::string_view root,
                            std::string_view etag,
                            UnixMillis modified,
                            const std::optional<Checksum>& checksum) {
  XmlWriter out(root);
  out.element("LastModified", iso_time(modified));
  out.element("ETag", quoted(etag));
  if (checksum) {
    out.checksum(*checksum);
  }
  return out.finish();
}

std::string object_attributes_xml(const AttributesRequest& request, const ObjectInfo& info) {
  const std::optional<Checksum>& checksum = info.headers.checksum;
  XmlWriter out("GetObjectAttributesResponse");
  if (request.etag) {
    out.element("ETag", info.etag);
  }
  if (request.checksum && checksum) {
    out.open("Checksum");
    out.checksum(*checksum);
    out.element("ChecksumType", name_of(type_of(*checksum)));
    out.close("Checksum");
  }
  const std::vector<ObjectPart> parts = parse_parts(info.headers.parts);
  if (request.parts && !parts.empty()) {
    const std::size_t from = std::min<std::size_t>(request.parts_after, parts.size());
    const std::size_t end = from + std::min(request.parts_max, parts.size() - from);
    out.open("ObjectParts");
    out.element("PartNumberMarker", std::uint64_t{request.parts_after});
    out.element("NextPartNumberMarker", std::uint64_t{end});
    out.element("MaxParts", std::uint64_t{request.parts_max});
    out.element("IsTruncated", end < parts.size() ? "true" : "false");
    for (std::size_t i = from; i < end; ++i) {
      out.open("Part");
      if (checksum && !parts[i].checksum.empty()) {
        out.checksum({checksum->algorithm, parts[i].checksum});
      }
      out.element("PartNumber", std::uint64_t{i + 1});
      out.element("Size", parts[i].bytes);
      out.close("Part");
    }
    out.element("PartsCount", std::uint64_t{parts.size()});
    out.close("ObjectParts");
  }
  if (request.storage_class) {
    out.element("StorageClass", "STANDARD");
  }
  if (request.bytes) {
    out.element("ObjectSize", info.bytes);
  }
  return out.finish();
}

std::string location_xml(std::string_view region) {
  const std::string_view shown = region == default_region ? std::string_view() : region;
  return fmt::format("{0}<LocationConstraint xmlns=\"{1}\">{2}</LocationConstraint>",
                     XmlWriter::declaration,
                     XmlWriter::s3_namespace,
                     xml_escape(shown));
}

std::string quoted(std::string_view etag) {
  return fmt::format("\"{}\"", etag);
}

std::string iso_time(UnixMillis time) {
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  const auto day = std::chrono::floor<std::chrono::days>(second);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(second - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
                     static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()),
                     clock.hours().count(),
                     clock.minutes().count(),
                     clock.seconds().count(),
                     (time - second).count());
}

std::string xml_escape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    if (length == 1) {
      append_escaped_ascii(out, text.front());
    } else if (length == 0) {
      out += "\xef\xbf\xbd";
    } else {
      out.append(text.substr(0, length));
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

std::string url_encode_key(std::string_view text) {
  constexpr std::string_view unescaped = "-_.*/";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || unescaped.find(c) != std::string_view::npos;
    if (is_plain) {
      out.push_back(c);
    } else if (c == ' ') {
      out.push_back('+');
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

}  // namespace sluice::s3
