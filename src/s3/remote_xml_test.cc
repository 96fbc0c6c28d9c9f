#include "s3/remote_xml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::s3 {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(RemoteXml, ReadsAnError) {
  const auto error = parse_remote_error(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>PermanentRedirect</Code><Message>"
      "a &amp; b\n\xc3\xbc</Message><Endpoint>b.s3.eu-west-1.amazonaws.com</Endpoint><Region>"
      "eu-west-1</Region><RequestId>4F</RequestId><HostId>h</HostId></Error>");
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->code, "PermanentRedirect");
  EXPECT_EQ(error->message, "a & b???");
  EXPECT_EQ(error->endpoint, "b.s3.eu-west-1.amazonaws.com");
  EXPECT_EQ(error->region, "eu-west-1");
  EXPECT_EQ(error->request_id, "4F");
}

TEST(RemoteXml, TakesNothingElseForAnError) {
  for (const std::string body : {"",
                                 "<html><body>Error</body></html>",
                                 "<Error><Code>x",
                                 "{\"Error\": 1}",
                                 "<ListBucketResult/>",
                                 "\x01\xff\xfe"}) {
    EXPECT_FALSE(parse_remote_error(body).has_value()) << body;
  }
  EXPECT_TRUE(parse_remote_error("<Error/>").has_value());
}

TEST(RemoteXml, BoundsWhatIsPrinted) {
  const auto error =
      parse_remote_error("<Error><Code>" + std::string(5000, 'c') + "</Code><Message>" +
                         std::string(5000, 'm') + "</Message></Error>");
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->code.size(), 128u);
  EXPECT_EQ(error->message.size(), 400u);
  EXPECT_FALSE(parse_remote_error("<Error>" + std::string(2 << 20, ' ') + "</Error>").has_value());
}

TEST(RemoteXml, ReadsTheAnswersAboutUploads) {
  EXPECT_EQ(parse_upload_id("<a:InitiateMultipartUploadResult xmlns:a=\"x\"><a:UploadId>u 1"
                            "</a:UploadId></a:InitiateMultipartUploadResult>"),
            "u 1");
  EXPECT_EQ(parse_upload_id("<Other><UploadId>u</UploadId></Other>"), "");
  EXPECT_THAT(parse_uploads_of("<ListMultipartUploadsResult><Prefix>k</Prefix>"
                               "<Upload><Key>k</Key><UploadId>1</UploadId></Upload>"
                               "<Upload><Key>k2</Key><UploadId>2</UploadId></Upload>"
                               "<Upload><Key>k</Key></Upload>"
                               "<Upload><UploadId>3</UploadId><Key>k</Key></Upload>"
                               "</ListMultipartUploadsResult>",
                               "k"),
              ElementsAre("1", "3"));
  EXPECT_THAT(parse_uploads_of("nothing", "k"), IsEmpty());
}

}  // namespace
}  // namespace sluice::s3
