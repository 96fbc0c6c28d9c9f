// Writes S3's answers; reads a CreateBucketConfiguration.
#include "s3/xml.h"

#include "base/utf8.h"

#include <fmt/format.h>
#include <pugixml.hpp>

#include <algorithm>

namespace sluice::s3 {
namespace {

constexpr std::string_view declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
constexpr std::string_view s3_namespace = "http://s3.amazonaws.com/doc/2006-03-01/";

// The region that S3 answers with an empty constraint.
constexpr std::string_view default_region = "us-east-1";

constexpr std::size_t configuration_bytes_max = std::size_t{64} << 10;
constexpr std::size_t region_bytes_max = 64;

// Appends elements; the caller keeps them nested.
class XmlWriter {
 public:
  explicit XmlWriter(std::string_view root, bool has_namespace = true) : root_(root) {
    out_ = declaration;
    out_ += fmt::format("<{}", root);
    out_ += has_namespace ? fmt::format(" xmlns=\"{}\">", s3_namespace) : ">";
  }

  void open(std::string_view name) { out_ += fmt::format("<{}>", name); }

  void close(std::string_view name) { out_ += fmt::format("</{}>", name); }

  void element(std::string_view name, std::string_view text) {
    out_ += fmt::format("<{0}>{1}</{0}>", name, xml_escape(text));
  }

  void element(std::string_view name, std::uint64_t number) {
    out_ += fmt::format("<{0}>{1}</{0}>", name, number);
  }

  void owner(const Owner& owner) {
    open("Owner");
    element("ID", owner.id);
    element("DisplayName", owner.display_name);
    close("Owner");
  }

  std::string finish() {
    close(root_);
    return std::move(out_);
  }

 private:
  std::string root_;
  std::string out_;
};

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

// "s3:LocationConstraint" and "LocationConstraint" are the same to us.
std::string_view local_name(std::string_view name) {
  const std::size_t colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
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

std::string list_buckets_xml(const std::vector<BucketInfo>& buckets, const Owner& owner) {
  XmlWriter out("ListAllMyBucketsResult");
  out.owner(owner);
  out.open("Buckets");
  for (const BucketInfo& bucket : buckets) {
    out.open("Bucket");
    out.element("Name", bucket.name);
    out.element("CreationDate", iso_time(bucket.created));
    out.close("Bucket");
  }
  out.close("Buckets");
  return out.finish();
}

std::string list_objects_v2_xml(const ListEcho& echo, const ListPage& page) {
  const auto key_text = [&](std::string_view key) {
    return echo.url_encodes ? url_encode_key(key) : std::string(key);
  };
  const ListRequest& request = echo.request;
  XmlWriter out("ListBucketResult");
  out.element("Name", echo.bucket);
  out.element("Prefix", key_text(request.prefix));
  if (!request.delimiter.empty()) {
    out.element("Delimiter", key_text(request.delimiter));
  }
  out.element("MaxKeys", std::uint64_t{std::min(request.max_keys, list_keys_max)});
  if (echo.url_encodes) {
    out.element("EncodingType", "url");
  }
  out.element("KeyCount", page.key_count());
  out.element("IsTruncated", page.is_truncated ? "true" : "false");
  if (!request.continuation_token.empty()) {
    out.element("ContinuationToken", request.continuation_token);
  }
  if (!page.next_continuation_token.empty()) {
    out.element("NextContinuationToken", page.next_continuation_token);
  }
  if (!request.start_after.empty()) {
    out.element("StartAfter", key_text(request.start_after));
  }
  for (const ListEntry& entry : page.objects) {
    out.open("Contents");
    out.element("Key", key_text(entry.key));
    out.element("LastModified", iso_time(entry.modified));
    out.element("ETag", fmt::format("\"{}\"", entry.etag));
    out.element("Size", entry.bytes);
    if (echo.owner) {
      out.owner(*echo.owner);
    }
    out.element("StorageClass", "STANDARD");
    out.close("Contents");
  }
  for (const std::string& prefix : page.common_prefixes) {
    out.open("CommonPrefixes");
    out.element("Prefix", key_text(prefix));
    out.close("CommonPrefixes");
  }
  return out.finish();
}

std::string location_xml(std::string_view region) {
  const std::string_view shown = region == default_region ? std::string_view() : region;
  return fmt::format("{0}<LocationConstraint xmlns=\"{1}\">{2}</LocationConstraint>",
                     declaration,
                     s3_namespace,
                     xml_escape(shown));
}

S3Result<std::string> parse_create_bucket(std::string_view body) {
  if (body.empty()) {
    return std::string();
  }
  const auto malformed = [] {
    return fail_s3(S3Code::malformed_xml,
                   "The XML you provided was not well-formed or did not validate against our "
                   "published schema");
  };
  pugi::xml_document document;
  if (body.size() > configuration_bytes_max || !is_utf8(body) ||
      !document.load_buffer(body.data(), body.size(), pugi::parse_default, pugi::encoding_utf8)) {
    return malformed();
  }
  const pugi::xml_node root = document.document_element();
  // The parser takes several roots in a row; XML does not.
  const bool is_alone = document.first_child() == root && document.last_child() == root;
  if (local_name(root.name()) != "CreateBucketConfiguration" || !is_alone) {
    return malformed();
  }
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
