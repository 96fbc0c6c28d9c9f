// What rules end at which time, and what they leave.
#include "s3/lifecycles.h"

#include "store/temporary_folder.h"

#include <gtest/gtest.h>

#include <memory>

namespace sluice::s3 {
namespace {

using std::chrono::days;

// Files have the time of the machine, so that the clock begins there.
class LifecyclesTest : public testing::Test {
 protected:
  LifecyclesTest() {
    EXPECT_TRUE(store_->create_bucket("bucket", ""));
    EXPECT_TRUE(store_->put("bucket", "raw/a", "a", {}));
    EXPECT_TRUE(store_->put("bucket", "kept/a", "a", {}));
  }

  LifecycleRule rule() const {
    LifecycleRule made;
    made.id = "old";
    made.is_enabled = true;
    made.prefix = "raw/";
    return made;
  }

  store::TemporaryFolder folder_;
  ManualClock clock_{SystemClock().now()};
  SeededRandom random_{1};
  std::unique_ptr<store::Database> database_ = store::Database::open(folder_ / "sluice.db").value();
  std::unique_ptr<LocalStore> store_ = LocalStore::open(folder_.path(), *database_, clock_).value();
  std::unique_ptr<MultipartUploads> uploads_ =
      MultipartUploads::open(folder_.path(), *store_, clock_, random_).value();
  Lifecycles lifecycles_{*store_, *uploads_, *database_, clock_};
};

TEST_F(LifecyclesTest, ObjectsEndWhenTheyAreOldAndHaveThePrefix) {
  LifecycleRule old = rule();
  old.age = days(1);
  ASSERT_TRUE(lifecycles_.set("bucket", {old}));
  EXPECT_EQ(lifecycles_.sweep()->objects, 0U);
  clock_.advance(days(3));
  EXPECT_EQ(lifecycles_.sweep()->objects, 1U);
  EXPECT_EQ(store_->head("bucket", "raw/a").error().code(), S3Code::no_such_key);
  EXPECT_TRUE(store_->head("bucket", "kept/a"));
  EXPECT_EQ(lifecycles_.sweep()->objects, 0U);
}

TEST_F(LifecyclesTest, UploadsEndWhenTheyAreOldAndHaveThePrefix) {
  LifecycleRule old = rule();
  old.upload_age = days(2);
  ASSERT_TRUE(lifecycles_.set("bucket", {old}));
  ASSERT_TRUE(uploads_->create("bucket", "raw/b", {}));
  ASSERT_TRUE(uploads_->create("bucket", "kept/b", {}));
  clock_.advance(days(1));
  EXPECT_EQ(lifecycles_.sweep()->uploads, 0U);
  clock_.advance(days(2));
  const auto ended = lifecycles_.sweep();
  EXPECT_EQ(ended->uploads, 1U);
  EXPECT_EQ(ended->objects, 0U);
  EXPECT_EQ(uploads_->list("bucket", {})->uploads.at(0).key, "kept/b");
}

TEST_F(LifecyclesTest, ARuleThatIsDisabledEndsNothing) {
  LifecycleRule off = rule();
  off.is_enabled = false;
  off.age = days(1);
  ASSERT_TRUE(lifecycles_.set("bucket", {off}));
  clock_.advance(days(30));
  EXPECT_EQ(lifecycles_.sweep()->objects, 0U);
}

TEST_F(LifecyclesTest, WhatWasPutSinceItWasLookedAtStays) {
  const UnixMillis modified = store_->head("bucket", "raw/a")->modified;
  EXPECT_FALSE(
      store_->remove_as_of("bucket", "raw/a", modified - std::chrono::milliseconds(1)).value());
  EXPECT_TRUE(store_->head("bucket", "raw/a"));
  EXPECT_TRUE(store_->remove_as_of("bucket", "raw/a", modified).value());
  EXPECT_FALSE(store_->remove_as_of("bucket", "raw/a", modified).value());
}

TEST_F(LifecyclesTest, RulesAreKeptUntilTheyOrTheirBucketGo) {
  LifecycleRule old = rule();
  old.age = days(1);
  ASSERT_TRUE(lifecycles_.set("bucket", {old}));
  int changes = 0;
  lifecycles_.on_change([&] { ++changes; });
  ASSERT_TRUE(lifecycles_.set("bucket", {old}));
  EXPECT_EQ(changes, 1);
  EXPECT_EQ(lifecycles_.find("bucket").value(), std::vector{old});
  ASSERT_TRUE(lifecycles_.remove("bucket"));
  EXPECT_EQ(lifecycles_.find("bucket").error().code(), S3Code::no_such_lifecycle_configuration);
  EXPECT_EQ(lifecycles_.set("nowhere", {old}).error().code(), S3Code::no_such_bucket);
  ASSERT_TRUE(lifecycles_.set("bucket", {old}));
  ASSERT_TRUE(store_->remove("bucket", "raw/a"));
  ASSERT_TRUE(store_->remove("bucket", "kept/a"));
  ASSERT_TRUE(store_->delete_bucket("bucket"));
  ASSERT_TRUE(store_->create_bucket("bucket", ""));
  EXPECT_EQ(lifecycles_.find("bucket").error().code(), S3Code::no_such_lifecycle_configuration);
}

}  // namespace
}  // namespace sluice::s3
