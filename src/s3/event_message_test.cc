#include "s3/event_message.h"

#include "json/document.h"

#include <gtest/gtest.h>

#include <array>

namespace sluice::s3 {
namespace {

TEST(EventMessage, IsWhatS3Sends) {
  const std::array notifications = {store::Notification{.id = 27,
                                                        .event = "ObjectCreated:Put",
                                                        .time = unix_millis(1'752'421'819'123),
                                                        .bucket = "landing",
                                                        .key = "a b/\xc3\xa9+c.parquet",
                                                        .bytes = 1'024,
                                                        .etag = "d41d8cd9"}};
  EXPECT_EQ(
      event_message({"eu-west-1", "123456789012", "told"}, notifications),
      R"({"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":"eu-west-1",)"
      R"("eventTime":"2025-07-13T15:50:19.123Z","eventName":"ObjectCreated:Put",)"
      R"("userIdentity":{"principalId":"123456789012"},"requestParameters":{"sourceIPAddress":""},)"
      R"("responseElements":{"x-amz-request-id":"","x-amz-id-2":""},)"
      R"("s3":{"s3SchemaVersion":"1.0","configurationId":"told",)"
      R"("bucket":{"name":"landing","ownerIdentity":{"principalId":"123456789012"},)"
      R"("arn":"arn:aws:s3:::landing"},)"
      R"("object":{"key":"a+b/%C3%A9%2Bc.parquet","size":1024,"eTag":"d41d8cd9",)"
      R"("sequencer":"000000000000001B"}}}]})");
}

TEST(EventMessage, IsJsonWhateverTheKey) {
  std::array<store::Notification, 2> notifications;
  notifications.front().key = std::string("\0\xff\"\n", 4);
  const auto parsed = json::Document::parse(event_message({}, notifications));
  ASSERT_TRUE(parsed.has_value());
  const json::View records = parsed->root().find("Records");
  ASSERT_EQ(records.size(), 2U);
  const json::View object = (*records.elements().begin()).find("s3").find("object");
  EXPECT_EQ(object.find("key").as_string(), "%00%FF%22%0A");
}

}  // namespace
}  // namespace sluice::s3
