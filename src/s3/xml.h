// S3's XML documents: what we answer, and the little we read.
#pragma once

#include "base/clock.h"
#include "s3/error.h"
#include "s3/listing.h"
#include "s3/object_info.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::s3 {

inline constexpr std::string_view xml_content_type = "application/xml";

// The owner of everything here, as S3 names one.
struct Owner {
  std::string id;
  std::string display_name;
};

// <Error> with Code, Message, Resource and RequestId.
std::string error_xml(const S3Error& error, std::string_view resource, std::string_view request_id);

// <ListAllMyBucketsResult>.
std::string list_buckets_xml(const std::vector<BucketInfo>& buckets, const Owner& owner);

// What a ListObjectsV2 answer repeats of its request.
struct ListEcho {
  std::string bucket;
  ListRequest request;
  bool url_encodes = false;    // encoding-type=url
  std::optional<Owner> owner;  // with fetch-owner=true
};

// <ListBucketResult> of version 2.
std::string list_objects_v2_xml(const ListEcho& echo, const ListPage& page);

// <LocationConstraint>: empty for us-east-1, as S3 answers.
std::string location_xml(std::string_view region);

// The region of a CreateBucketConfiguration; empty for an empty body or one that names none.
// S3Code::malformed_xml for anything else.
S3Result<std::string> parse_create_bucket(std::string_view body);

// "2025-07-13T15:55:19.000Z".
std::string iso_time(UnixMillis time);

// Text for use between tags or in attributes: `&<>"'` and carriage return escaped, other control
// characters as references (as S3 does), bytes that are no UTF-8 as U+FFFD.
std::string xml_escape(std::string_view text);

// Percent-encoding of encoding-type=url: letters, digits, "-_.*/" stand for themselves, a blank is
// "+".
std::string url_encode_key(std::string_view text);

}  // namespace sluice::s3
