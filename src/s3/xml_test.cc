// S3's documents, letter by letter.
#include "s3/xml.h"

#include "s3/xml_requests.h"

#include <gtest/gtest.h>
#include <pugixml.hpp>

namespace sluice::s3 {
namespace {

constexpr const char* header = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
constexpr const char* space = "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"";

TEST(Xml, TellsErrors) {
  EXPECT_EQ(error_xml({S3Code::no_such_key, "It's <gone> & away"}, "/b/\"k\"", "17"),
            std::string(header) +
                "<Error><Code>NoSuchKey</Code><Message>It&#39;s &lt;gone&gt; &amp; away</Message>"
                "<Resource>/b/&quot;k&quot;</Resource><RequestId>17</RequestId></Error>");
}

TEST(Xml, ListsBuckets) {
  const std::vector<BucketInfo> buckets = {{"a-bucket", "", unix_millis(1'752'422'119'123)}};
  EXPECT_EQ(list_buckets_xml({buckets, "", ""}, {"id", "me"}),
            std::string(header) + "<ListAllMyBucketsResult " + space +
                "><Owner><ID>id</ID><DisplayName>me</DisplayName></Owner><Buckets><Bucket>"
                "<Name>a-bucket</Name><CreationDate>2025-07-13T15:55:19.123Z</CreationDate>"
                "</Bucket></Buckets></ListAllMyBucketsResult>");
}

TEST(Xml, PagesBuckets) {
  std::vector<BucketInfo> all;
  for (const char* name : {"a", "b-1", "b-2", "b-3", "c"}) {
    all.push_back({name, std::string(name) == "b-2" ? "eu-west-1" : "", {}});
  }
  const auto names = [&all](std::string_view region, std::string_view token, std::size_t limit) {
    const BucketsPage page = page_of(all, "b-", region, token, limit);
    std::string text;
    for (const BucketInfo& bucket : page.buckets) {
      text += bucket.name + " ";
    }
    return text + "> " + page.next_token;
  };
  EXPECT_EQ(names("", "", 2), "b-1 b-2 > b-2");
  EXPECT_EQ(names("", "b-2", 2), "b-3 > ");
  EXPECT_EQ(names("", "", 3), "b-1 b-2 b-3 > ");
  EXPECT_EQ(names("eu-west-1", "", 2), "b-2 > ");
  EXPECT_EQ(names("", "c", 2), "> ");
}

TEST(Xml, ListsObjectsAsTheirOwnNullVersions) {
  ListEcho echo;
  echo.bucket = "b";
  echo.request.start_after = "a";
  ListPage page;
  page.objects = {{"k", 12, "e", unix_millis(0)}};
  page.common_prefixes = {"p/"};
  page.is_truncated = true;
  const std::string xml = list_versions_xml(echo, page);
  EXPECT_NE(xml.find("<KeyMarker>a</KeyMarker><VersionIdMarker></VersionIdMarker><IsTruncated>true"
                     "</IsTruncated><NextKeyMarker>p/</NextKeyMarker>"
                     "<NextVersionIdMarker>null</NextVersionIdMarker>"
                     "<Version><Key>k</Key><VersionId>null</VersionId><IsLatest>true</IsLatest>"),
            std::string::npos)
      << xml;
  EXPECT_NE(xml.find("</Version><CommonPrefixes><Prefix>p/</Prefix></CommonPrefixes>"),
            std::string::npos)
      << xml;
}

TEST(Xml, ListsObjects) {
  ListEcho echo;
  echo.bucket = "b";
  echo.request.prefix = "p q/";
  echo.request.delimiter = "/";
  echo.request.max_keys = 5000;
  echo.request.start_after = "p q/0";
  ListPage page;
  page.objects = {{"p q/a&b", 12, "e-1", unix_millis(0)}};
  page.common_prefixes = {"p q/c/"};
  page.is_truncated = true;
  page.next_continuation_token = "next";
  EXPECT_EQ(list_objects_v2_xml(echo, page),
            std::string(header) + "<ListBucketResult " + space +
                "><Name>b</Name><Prefix>p q/</Prefix><Delimiter>/</Delimiter>"
                "<MaxKeys>1000</MaxKeys><KeyCount>2</KeyCount><IsTruncated>true</IsTruncated>"
                "<NextContinuationToken>next</NextContinuationToken><StartAfter>p q/0</StartAfter>"
                "<Contents><Key>p q/a&amp;b</Key>"
                "<LastModified>1970-01-01T00:00:00.000Z</LastModified>"
                "<ETag>&quot;e-1&quot;</ETag><Size>12</Size><StorageClass>STANDARD</StorageClass>"
                "</Contents><CommonPrefixes><Prefix>p q/c/</Prefix></CommonPrefixes>"
                "</ListBucketResult>");
  echo.url_encodes = true;
  echo.owner = Owner{"id", "me"};
  echo.request.continuation_token = "this";
  const std::string encoded = list_objects_v2_xml(echo, page);
  for (const char* piece : {"<EncodingType>url</EncodingType>",
                            "<Key>p+q/a%26b</Key>",
                            "<Prefix>p+q/c/</Prefix>",
                            "<ContinuationToken>this</ContinuationToken>",
                            "<Owner><ID>id</ID><DisplayName>me</DisplayName></Owner>"}) {
    EXPECT_NE(encoded.find(piece), std::string::npos) << piece;
  }
}

TEST(Xml, AnswersTheDefaultRegionWithNothing) {
  EXPECT_EQ(location_xml("us-east-1"),
            std::string(header) + "<LocationConstraint " + space + "></LocationConstraint>");
  EXPECT_NE(location_xml("ap-south-1").find(">ap-south-1<"), std::string::npos);
}

TEST(Xml, ReadsTheRegionOfANewBucket) {
  const std::string start = std::string("<CreateBucketConfiguration ") + space + ">";
  const std::string end = "</CreateBucketConfiguration>";
  EXPECT_EQ(parse_create_bucket(""), "");
  EXPECT_EQ(parse_create_bucket(start + end), "");
  EXPECT_EQ(
      parse_create_bucket(start + "<LocationConstraint>ap-south-1</LocationConstraint>" + end),
      "ap-south-1");
  EXPECT_EQ(parse_create_bucket("<s:CreateBucketConfiguration xmlns:s=\"x\">"
                                "<s:LocationConstraint>EU</s:LocationConstraint>"
                                "</s:CreateBucketConfiguration>"),
            "EU");
}

TEST(Xml, RefusesOtherBodies) {
  for (const char* body : {"x",
                           "<a/>",
                           "<CreateBucketConfiguration>",
                           "<CreateBucketConfiguration/><b/>x",
                           "\xff\xfe<"}) {
    const auto parsed = parse_create_bucket(body);
    ASSERT_FALSE(parsed.has_value()) << body;
    EXPECT_EQ(parsed.error().code(), S3Code::malformed_xml);
  }
  const auto parsed = parse_create_bucket(
      "<CreateBucketConfiguration><LocationConstraint>a b</LocationConstraint>"
      "</CreateBucketConfiguration>");
  ASSERT_FALSE(parsed.has_value());
  EXPECT_EQ(parsed.error().code(), S3Code::invalid_location_constraint);
}

TEST(Xml, DoesNotExpandEntities) {
  const auto parsed = parse_create_bucket(
      "<!DOCTYPE a [<!ENTITY e \"eu-west-1\">]><CreateBucketConfiguration>"
      "<LocationConstraint>&e;</LocationConstraint></CreateBucketConfiguration>");
  EXPECT_FALSE(parsed.has_value());
}

TEST(Xml, EscapesAnyBytes) {
  EXPECT_EQ(xml_escape("\xe0\xa4\x89\n\t"), "\xe0\xa4\x89\n\t");
  EXPECT_EQ(xml_escape(std::string_view("\0\r\x1b\x7f", 4)), "&#x0;&#xd;&#x1b;&#x7f;");
  EXPECT_EQ(xml_escape("a\xff"
                       "b\xe0\xa4"),
            "a\xef\xbf\xbd"
            "b\xef\xbf\xbd\xef\xbf\xbd");
}

TEST(Xml, EncodesKeysAsFormsDo) {
  EXPECT_EQ(url_encode_key("a b/c+d~*-_.\xc3\xa4"), "a+b/c%2Bd%7E*-_.%C3%A4");
}

TEST(Xml, TheFirstVersionOfAListingGoesOnBehindTheLastEntry) {
  ListEcho echo;
  echo.bucket = "b";
  echo.request.start_after = "a";
  ListPage page;
  page.objects = {{"b", 1, "e", unix_millis(0)}};
  page.common_prefixes = {"c/"};
  page.is_truncated = true;
  EXPECT_NE(list_objects_v1_xml(echo, page).find("<Marker>a</Marker><IsTruncated>true"),
            std::string::npos);
  EXPECT_EQ(list_objects_v1_xml(echo, page).find("NextMarker"), std::string::npos);
  echo.request.delimiter = "/";
  EXPECT_NE(list_objects_v1_xml(echo, page).find("<NextMarker>c/</NextMarker>"), std::string::npos);
}

TEST(Xml, TellsWhatBecameOfEachKey) {
  const std::vector<DeleteOutcome> outcomes = {{"a", std::nullopt},
                                               {"b", S3Error(S3Code::slow_down, "full")}};
  const std::string error =
      "<Error><Key>b</Key><Code>SlowDown</Code><Message>full</Message></Error></DeleteResult>";
  EXPECT_EQ(
      delete_result_xml(outcomes, false),
      std::string(header) + "<DeleteResult " + space + "><Deleted><Key>a</Key></Deleted>" + error);
  EXPECT_EQ(delete_result_xml(outcomes, true),
            std::string(header) + "<DeleteResult " + space + ">" + error);
}

TEST(Xml, TellsWhatACopyIs) {
  EXPECT_EQ(copy_result_xml("CopyPartResult", "e", unix_millis(0), std::nullopt),
            std::string(header) + "<CopyPartResult " + space +
                "><LastModified>1970-01-01T00:00:00.000Z</LastModified>"
                "<ETag>&quot;e&quot;</ETag></CopyPartResult>");
}

}  // namespace
}  // namespace sluice::s3
