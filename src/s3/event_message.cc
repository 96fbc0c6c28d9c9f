#include "s3/event_message.h"

#include "json/writer.h"
#include "s3/xml.h"

#include <fmt/format.h>

namespace sluice::s3 {
namespace {

void write_record(json::Writer& out, const EventSource& source, const store::Notification& one) {
  out.begin_object();
  out.member("eventVersion", "2.1");
  out.member("eventSource", "aws:s3");
  out.member("awsRegion", std::string_view(source.region));
  out.member("eventTime", std::string_view(iso_time(one.time)));
  out.member("eventName", std::string_view(one.event));
  out.key("userIdentity");
  out.begin_object();
  out.member("principalId", std::string_view(source.account));
  out.end_object();
  out.key("requestParameters");
  out.begin_object();
  out.member("sourceIPAddress", "");
  out.end_object();
  out.key("responseElements");
  out.begin_object();
  out.member("x-amz-request-id", "");
  out.member("x-amz-id-2", "");
  out.end_object();
  out.key("s3");
  out.begin_object();
  out.member("s3SchemaVersion", "1.0");
  out.member("configurationId", std::string_view(source.configuration));
  out.key("bucket");
  out.begin_object();
  out.member("name", std::string_view(one.bucket));
  out.key("ownerIdentity");
  out.begin_object();
  out.member("principalId", std::string_view(source.account));
  out.end_object();
  out.member("arn", std::string_view("arn:aws:s3:::" + one.bucket));
  out.end_object();
  out.key("object");
  out.begin_object();
  out.member("key", std::string_view(url_encode_key(one.key)));
  out.member("size", one.bytes);
  out.member("eTag", std::string_view(one.etag));
  out.member("sequencer", std::string_view(fmt::format("{:016X}", one.id)));
  out.end_object();
  out.end_object();
  out.end_object();
}

}  // namespace

std::string event_message(const EventSource& source,
                          std::span<const store::Notification> notifications) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.key("Records");
  out.begin_array();
  for (const store::Notification& one : notifications) {
    write_record(out, source, one);
  }
  out.end_array();
  out.end_object();
  return text;
}

}  // namespace sluice::s3
