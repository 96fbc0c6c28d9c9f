#include "proof/live.h"

#include <gtest/gtest.h>

namespace sluice::proof {
namespace {

TEST(Live, IsReadFromTheServersPage) {
  const auto live = parse_live(
      R"({"delivery_streams":[{"name":"hr","incarnation":"00000000000000ff","state":"running",)"
      R"("backlog_records":3,"objects_planned":2,"put_failures":1,"last_error":"full",)"
      R"("last_error_at_ms":5,"paused":true,"open_records":4,)"
      R"("open_bytes":8,"open_until_ms":6}],"record":{"tip":9,"horizon":1,"arrival_ms":7}})");
  ASSERT_TRUE(live.has_value());
  const LiveDelivery& delivery = live->deliveries.at(0xff);
  EXPECT_EQ(delivery.backlog_records, 3U);
  EXPECT_EQ(delivery.last_error, "full");
  EXPECT_EQ(delivery.last_error_at, unix_millis(5));
  EXPECT_EQ(delivery.oldest_undelivered, std::nullopt);
  EXPECT_TRUE(delivery.is_paused);
  EXPECT_EQ(delivery.open_records, 4U);
  EXPECT_EQ(delivery.open_until, unix_millis(6));
  EXPECT_EQ(live->record->tip, 9U);
  EXPECT_EQ(live->record->arrival, unix_millis(7));
  EXPECT_FALSE(parse_live("nothing").has_value());
  EXPECT_FALSE(parse_live("{}").has_value());
}

}  // namespace
}  // namespace sluice::proof
