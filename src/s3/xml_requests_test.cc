#include "s3/xml_requests.h"

#include <gtest/gtest.h>

namespace sluice::s3 {
namespace {

TEST(XmlRequests, ADeleteNamesKeys) {
  const auto request = parse_delete(
      "<Delete "
      "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Object><Key>a&amp;b</Key></Object>"
      "<Object><Key> </Key><VersionId>null</VersionId></Object><Quiet>true</Quiet></Delete>");
  ASSERT_TRUE(request) << request.error().message();
  ASSERT_EQ(request->entries.size(), 2u);
  EXPECT_EQ(request->entries[0].key, "a&b");
  EXPECT_EQ(request->entries[1].key, " ");
  EXPECT_EQ(request->entries[1].version, "null");
  EXPECT_TRUE(request->is_quiet);
}

TEST(XmlRequests, ADeleteHasOneToAThousandKeys) {
  const auto of = [](std::size_t keys) {
    std::string body = "<Delete>";
    for (std::size_t at = 0; at < keys; ++at) {
      body += "<Object><Key>k</Key></Object>";
    }
    return body + "</Delete>";
  };
  EXPECT_TRUE(parse_delete(of(delete_keys_max)));
  for (const std::string& body : {of(0),
                                  of(delete_keys_max + 1),
                                  std::string(),
                                  std::string("<Delete>"),
                                  std::string("<Other/>"),
                                  std::string("<Delete><Object/></Delete>"),
                                  of(1) + of(1)}) {
    ASSERT_FALSE(parse_delete(body));
    EXPECT_EQ(parse_delete(body).error().code(), S3Code::malformed_xml);
  }
}

TEST(XmlRequests, AKeyIsAllOfItsText) {
  const auto read = parse_delete(
      "<Delete><Object><Key>a<![CDATA[b]]>&amp;c<!-- no text --> d</Key></Object></Delete>");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->entries.at(0).key, "ab&c d");
  for (const char* object : {"<Key>a&#0;b</Key>",
                             "<Key>a&#x00;b</Key>",
                             "<Key>a</Key><Key>b</Key>",
                             "<Key>a<b/></Key>"}) {
    EXPECT_FALSE(parse_delete(std::string("<Delete><Object>") + object + "</Object></Delete>"))
        << object;
  }
  EXPECT_EQ(parse_delete("<Delete><Object><Key>a&#48;0</Key></Object></Delete>")->entries[0].key,
            "a00");
}

TEST(XmlRequests, ACompletionNamesPartsWithOrWithoutQuotes) {
  const auto parts = parse_complete(
      "<CompleteMultipartUpload><Part><ETag>\"e1\"</ETag><PartNumber>1</PartNumber></Part>"
      "<Part><PartNumber>10000</PartNumber><ETag>&quot;e2&quot;</ETag>"
      "<ChecksumCRC32>q83vEg==</ChecksumCRC32></Part></CompleteMultipartUpload>");
  ASSERT_TRUE(parts) << parts.error().message();
  ASSERT_EQ(parts->size(), 2u);
  EXPECT_EQ((*parts)[0].etag, "e1");
  EXPECT_EQ((*parts)[1].number, 10'000u);
  EXPECT_EQ((*parts)[1].etag, "e2");
  EXPECT_EQ((*parts)[0].checksum, std::nullopt);
  EXPECT_EQ((*parts)[1].checksum, (Checksum{ChecksumAlgorithm::crc32, "q83vEg=="}));
  for (const char* part : {"",
                           "<Part><PartNumber>1</PartNumber></Part>",
                           "<Part><PartNumber>0</PartNumber><ETag>e</ETag></Part>",
                           "<Part><PartNumber>10001</PartNumber><ETag>e</ETag></Part>",
                           "<Part><PartNumber>1x</PartNumber><ETag>e</ETag></Part>",
                           "<Part><PartNumber>1</PartNumber><ETag>e</ETag>"
                           "<ChecksumSHA1>x</ChecksumSHA1></Part>"}) {
    EXPECT_FALSE(parse_complete(std::string("<CompleteMultipartUpload>") + part +
                                "</CompleteMultipartUpload>"))
        << part;
  }
}

}  // namespace
}  // namespace sluice::s3
