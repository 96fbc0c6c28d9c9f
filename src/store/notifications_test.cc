// Notifications come with the row of their object, and stay until they are removed.
#include "store/notifications.h"

#include "store/object_index.h"
#include "store/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>

namespace sluice::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class NotificationsTest : public testing::Test {
 protected:
  NotificationsTest() { open(); }

  void open() {
    database_.reset();
    auto opened = Database::open(folder_ / "sluice.db");
    ASSERT_TRUE(opened.has_value());
    database_ = std::move(*opened);
    index_.emplace(*database_);
    notifications_.emplace(*database_);
  }

  std::int64_t stage(const std::string& key, std::vector<std::string> receivers) {
    IndexedObject object;
    object.key = key;
    object.file = {1, 42, 3};
    object.etag = "tag";
    const auto id = index_->stage(
        "b", object, {"ObjectCreated:Put", unix_millis(1'000 * ++seconds_), std::move(receivers)});
    EXPECT_TRUE(id.has_value());
    return *id;
  }

  std::vector<std::string> keys(std::string_view receiver) {
    const auto page = notifications_->oldest(receiver, 100);
    EXPECT_TRUE(page.has_value());
    std::vector<std::string> out;
    for (const Notification& one : page->notifications) {
      out.push_back(one.key);
    }
    return out;
  }

  TemporaryFolder folder_;
  std::int64_t seconds_ = 0;
  std::unique_ptr<Database> database_;
  std::optional<ObjectIndex> index_;
  std::optional<Notifications> notifications_;
};

TEST_F(NotificationsTest, ComeWithTheRowOfTheirObject) {
  const std::string key("a\0\xff", 3);
  const std::int64_t id = stage(key, {"first", "second"});
  EXPECT_THAT(keys("first"), IsEmpty());
  ASSERT_TRUE(index_->promote(id));
  const auto page = notifications_->oldest("first", 100);
  ASSERT_TRUE(page.has_value());
  ASSERT_EQ(page->notifications.size(), 1U);
  const Notification& one = page->notifications.front();
  EXPECT_EQ(one.event, "ObjectCreated:Put");
  EXPECT_EQ(one.time, unix_millis(1'000));
  EXPECT_EQ(one.bucket, "b");
  EXPECT_EQ(one.key, key);
  EXPECT_EQ(one.bytes, 42U);
  EXPECT_EQ(one.etag, "tag");
  EXPECT_EQ(page->last_id, one.id);
  EXPECT_THAT(keys("second"), ElementsAre(key));
  EXPECT_THAT(keys("third"), IsEmpty());
}

TEST_F(NotificationsTest, DoNotComeOfWhatCameToNothing) {
  ASSERT_TRUE(index_->drop(stage("a", {"r"})));
  ASSERT_TRUE(index_->promote(stage("b", {})));
  EXPECT_THAT(keys("r"), IsEmpty());
}

TEST_F(NotificationsTest, OfAStagedObjectOutliveTheProcess) {
  stage("a", {"r"});
  open();
  const auto staged = index_->staged();
  ASSERT_TRUE(staged.has_value());
  ASSERT_EQ(staged->size(), 1U);
  EXPECT_EQ(staged->front().notice, (Notice{"ObjectCreated:Put", unix_millis(1'000), {"r"}}));
  ASSERT_TRUE(index_->promote(staged->front().id));
  EXPECT_THAT(keys("r"), ElementsAre("a"));
}

TEST_F(NotificationsTest, AreRemovedInTheirOrder) {
  for (const char* key : {"a", "b", "c"}) {
    ASSERT_TRUE(index_->promote(stage(key, {"r", "s"})));
  }
  const auto two = notifications_->oldest("r", 2);
  ASSERT_TRUE(two.has_value());
  ASSERT_TRUE(notifications_->remove_through("r", two->last_id));
  EXPECT_THAT(keys("r"), ElementsAre("c"));
  EXPECT_EQ(notifications_->count("r"), 1U);
  EXPECT_EQ(notifications_->remove_before("s", unix_millis(2'000)), 1U);
  EXPECT_THAT(keys("s"), ElementsAre("b", "c"));
  EXPECT_EQ(notifications_->remove_others({"r"}), 2U);
  EXPECT_THAT(keys("s"), IsEmpty());
  EXPECT_THAT(keys("r"), ElementsAre("c"));
}

TEST_F(NotificationsTest, ThatAreDamagedAreCountedAndPassedOver) {
  ASSERT_TRUE(index_->promote(stage("a", {"r"})));
  ASSERT_TRUE(index_->promote(stage("b", {"r"})));
  ASSERT_TRUE(database_->write([](Transaction& transaction) -> Result<void> {
    SLUICE_TRY(update, transaction.prepare("UPDATE notifications SET bytes = 43 WHERE id = 2"));
    return update.run();
  }));
  const auto page = notifications_->oldest("r", 100);
  ASSERT_TRUE(page.has_value());
  EXPECT_EQ(page->damaged, 1U);
  EXPECT_EQ(page->last_id, 2);
  EXPECT_THAT(keys("r"), ElementsAre("a"));
}

}  // namespace
}  // namespace sluice::store
