// S3's XML documents as we answer them; s3/xml_requests.h reads those of clients, and
// s3/multipart_xml.h has those about uploads in parts.
#pragma once

#include "base/clock.h"
#include "s3/checksum.h"
#include "s3/error.h"
#include "s3/listing.h"
#include "s3/object_info.h"

#include <cstddef>
#include <cstdint>
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

// A page of buckets.
struct BucketsPage {
  std::vector<BucketInfo> buckets;
  std::string prefix;
  std::string next_token;  // empty: these are the last
};

// Of all buckets, by name, those that begin with `prefix`, are of `region` (empty: any) and come
// behind the page of which `token` was told; at most `limit`.
BucketsPage page_of(std::vector<BucketInfo> all,
                    std::string_view prefix,
                    std::string_view region,
                    std::string_view token,
                    std::size_t limit);

// <ListAllMyBucketsResult>.
std::string list_buckets_xml(const BucketsPage& page, const Owner& owner);

// What a ListObjectsV2 answer repeats of its request.
struct ListEcho {
  std::string bucket;
  ListRequest request;
  bool url_encodes = false;    // encoding-type=url
  std::optional<Owner> owner;  // with fetch-owner=true
};

// <ListBucketResult> of version 2.
std::string list_objects_v2_xml(const ListEcho& echo, const ListPage& page);

// <ListBucketResult> of version 1: `request.start_after` is its Marker.
std::string list_objects_v1_xml(const ListEcho& echo, const ListPage& page);

// <ListVersionsResult> of a bucket without versions: each object is the null version of itself.
// `request.start_after` is its KeyMarker.
std::string list_versions_xml(const ListEcho& echo, const ListPage& page);

// <VersioningConfiguration> of such a bucket.
std::string versioning_xml();

// Of a bucket whose notifications are set up elsewhere.
std::string notification_xml();

// <PostResponse> of a form that became an object.
std::string post_response_xml(std::string_view location,
                              std::string_view bucket,
                              std::string_view key,
                              std::string_view etag);

// What became of one key of a DeleteObjects.
struct DeleteOutcome {
  std::string key;
  std::optional<S3Error> failure;
};

// <DeleteResult>; `is_quiet` leaves out what was deleted.
std::string delete_result_xml(const std::vector<DeleteOutcome>& outcomes, bool is_quiet);

// <CopyObjectResult> or <CopyPartResult>, as `root` says.
std::string copy_result_xml(std::string_view root,
                            std::string_view etag,
                            UnixMillis modified,
                            const std::optional<Checksum>& checksum);

// What a GetObjectAttributes asks for.
struct AttributesRequest {
  bool etag = false;
  bool checksum = false;
  bool parts = false;
  bool storage_class = false;
  bool bytes = false;
  std::uint32_t parts_after = 0;
  std::size_t parts_max = 1000;
};

// <GetObjectAttributesResponse>.
std::string object_attributes_xml(const AttributesRequest& request, const ObjectInfo& info);

// <LocationConstraint>: empty for us-east-1, as S3 answers.
std::string location_xml(std::string_view region);

// An ETag in its quotes.
std::string quoted(std::string_view etag);

// "2025-07-13T15:55:19.000Z".
std::string iso_time(UnixMillis time);

// Text for use between tags or in attributes: `&<>"'` and carriage return escaped, other control
// characters as references (as S3 does), bytes that are no UTF-8 as U+FFFD.
std::string xml_escape(std::string_view text);

// Percent-encoding of encoding-type=url: letters, digits, "-_.*/" stand for themselves, a blank is
// "+".
std::string url_encode_key(std::string_view text);

}  // namespace sluice::s3
