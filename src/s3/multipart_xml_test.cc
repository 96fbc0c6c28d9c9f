#include "s3/multipart_xml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::s3 {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(MultipartXml, NamesUploadsAndObjects) {
  EXPECT_THAT(initiated_xml({"b", "k&", "id"}),
              HasSubstr("<Bucket>b</Bucket><Key>k&amp;</Key><UploadId>id</UploadId>"));
  EXPECT_THAT(completed_xml({"b", "k", "id"}, "http://h/b/k", {"e-1", std::nullopt}),
              HasSubstr("<Location>http://h/b/k</Location><Bucket>b</Bucket><Key>k</Key>"
                        "<ETag>&quot;e-1&quot;</ETag></"));
  EXPECT_THAT(completed_xml({"b", "k", "id"},
                            "http://h/b/k",
                            {"e-2", Checksum{ChecksumAlgorithm::crc32c, "q83vEg==-2"}}),
              HasSubstr("<ChecksumCRC32C>q83vEg==-2</ChecksumCRC32C>"
                        "<ChecksumType>COMPOSITE</ChecksumType>"));
}

TEST(MultipartXml, ListsPartsAndSaysWhereToGoOn) {
  PartsPage page;
  page.parts = {{4, "e", 9, unix_millis(0)}};
  const PartsEcho echo{{"b", "k", "id"}, 3, 1, {"o", "me"}};
  EXPECT_THAT(list_parts_xml(echo, page), Not(HasSubstr("NextPartNumberMarker")));
  page.is_truncated = true;
  EXPECT_THAT(list_parts_xml(echo, page),
              HasSubstr("<PartNumberMarker>3</PartNumberMarker>"
                        "<NextPartNumberMarker>4</NextPartNumberMarker><MaxParts>1</MaxParts>"
                        "<IsTruncated>true</IsTruncated><Part><PartNumber>4</PartNumber>"
                        "<LastModified>1970-01-01T00:00:00.000Z</LastModified>"
                        "<ETag>&quot;e&quot;</ETag><Size>9</Size></Part>"));
  page.checksum = UploadChecksum{ChecksumAlgorithm::sha1, ChecksumType::composite};
  page.parts.front().checksum = "c3Vt";
  const std::string with_checksum = list_parts_xml(echo, page);
  EXPECT_THAT(with_checksum,
              HasSubstr("<ChecksumAlgorithm>SHA1</ChecksumAlgorithm>"
                        "<ChecksumType>COMPOSITE</ChecksumType>"));
  EXPECT_THAT(with_checksum, HasSubstr("<Size>9</Size><ChecksumSHA1>c3Vt</ChecksumSHA1></Part>"));
}

TEST(MultipartXml, ListsUploadsInTheEncodingAskedFor) {
  UploadsEcho echo;
  echo.bucket = "b";
  echo.url_encodes = true;
  UploadsPage page;
  page.uploads = {{"a b", "id", unix_millis(0)}};
  page.is_truncated = true;
  const std::string xml = list_uploads_xml(echo, page);
  EXPECT_THAT(xml, HasSubstr("<NextKeyMarker>a+b</NextKeyMarker>"));
  EXPECT_THAT(xml, HasSubstr("<Upload><Key>a+b</Key><UploadId>id</UploadId>"));
}

}  // namespace
}  // namespace sluice::s3
