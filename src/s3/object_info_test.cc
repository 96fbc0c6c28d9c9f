// Headers survive the way into the index and back.
#include "s3/object_info.h"

#include <gtest/gtest.h>

namespace sluice::s3 {
namespace {

TEST(ObjectInfo, ComesBackFromTheIndex) {
  ObjectHeaders headers;
  headers.content_type = "text/plain";
  headers.content_encoding = "gzip";
  headers.content_disposition = "attachment";
  headers.content_language = "de";
  headers.cache_control = "no-store";
  headers.expires = "0";
  headers.metadata = {{"a", "1"}, {"b", ""}};
  store::IndexedObject object;
  object.key = "k";
  object.file = {1, 2, 3'999'999};
  object.etag = "e";
  object.headers = to_header_map(headers);
  EXPECT_EQ(object.headers.at("x-amz-meta-a"), "1");
  const ObjectInfo info = info_of(object);
  EXPECT_EQ(info.headers, headers);
  EXPECT_EQ(info.bytes, 2u);
  EXPECT_EQ(info.modified, unix_millis(3));
}

TEST(ObjectInfo, EmptyHeadersAreNotKept) {
  EXPECT_TRUE(to_header_map({}).empty());
}

TEST(ObjectInfo, LimitsUserMetadata) {
  ObjectHeaders headers;
  headers.metadata = {{"ab", std::string(metadata_bytes_max - 2, 'x')}};
  EXPECT_TRUE(check_metadata(headers).has_value());
  headers.metadata["c"] = "";
  EXPECT_EQ(check_metadata(headers).error().code(), S3Code::metadata_too_large);
}

}  // namespace
}  // namespace sluice::s3
