#include "delivery/session_tags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace sluice::delivery {
namespace {

using testing::HasSubstr;

TEST(SessionTags, SayWhatASessionIs) {
  const SessionTags tags = session_tags_of({{"team", "x"},
                                            {"sluice:session-gap-s", "60"},
                                            {"sluice:session-key", ".device.id"},
                                            {"sluice:session-max-s", "86400"},
                                            {"sluice:session-end-field", "event"},
                                            {"sluice:session-end-value", "stop"}})
                               .value();
  EXPECT_TRUE(tags.are_on());
  EXPECT_EQ(tags.gap, std::chrono::seconds(60));
  EXPECT_EQ(tags.key, SessionKey::field);
  EXPECT_EQ(tags.key_path, (FieldPath{"device", "id"}));
  EXPECT_EQ(tags.max, std::chrono::hours(24));
  EXPECT_EQ(tags.end_path, FieldPath{"event"});
  EXPECT_EQ(tags.end_value, "stop");
  EXPECT_FALSE(session_tags_of({}).value().are_on());
  EXPECT_EQ(session_tags_of({{"sluice:session-key", "none"}})->key, SessionKey::none);
  EXPECT_EQ(session_tags_of({{"sluice:session-key", "partition-key"}})->key,
            SessionKey::partition_key);
  EXPECT_EQ(session_tags_of({{"sluice:session-key", ".none"}})->key_path, FieldPath{"none"});
}

TEST(SessionTags, ValuesThatAreNoneAreRefusedByName) {
  const Tag bad[] = {
      {"sluice:session-gap-s", "0"},
      {"sluice:session-gap-s", "604801"},
      {"sluice:session-gap-s", "1m"},
      {"sluice:session-key", ""},
      {"sluice:session-key", ".a."},
      {"sluice:session-max-s", "0"},
      {"sluice:session-max-s", "2678401"},
      {"sluice:session-end-field", ""},
  };
  for (const Tag& tag : bad) {
    const auto tags = session_tags_of({tag});
    ASSERT_FALSE(tags) << tag.key << " " << tag.value;
    EXPECT_THAT(tags.error().message(), HasSubstr(tag.key));
    EXPECT_THAT(tags.error().message(), HasSubstr("'" + tag.value + "'"));
  }
}

TEST(SessionTags, LateRecordsAreWaitedForBeyondTheGap) {
  DeliveryStream stream;
  stream.tags = {{"sluice:session-gap-s", "60"}};
  EXPECT_EQ(session_silence(stream), std::chrono::seconds(60));
  stream.tags.push_back({"sluice:event-time-lateness-s", "600"});
  EXPECT_EQ(session_silence(stream), std::chrono::seconds(660));
}

}  // namespace
}  // namespace sluice::delivery
