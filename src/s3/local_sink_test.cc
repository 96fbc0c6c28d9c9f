// Delivery into the local bucket, also when it has to be done twice.
#include "s3/local_sink.h"

#include "store/temporary_folder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace sluice::s3 {
namespace {

class LocalSinkTest : public testing::Test {
 protected:
  LocalSinkTest() {
    auto database = store::Database::open(folder_ / "sluice.db");
    EXPECT_TRUE(database.has_value());
    database_ = std::move(*database);
    auto opened = LocalStore::open(folder_.path(), *database_, clock_);
    EXPECT_TRUE(opened.has_value());
    store_ = std::move(*opened);
    sink_.emplace(*store_);
    std::ofstream(spool_) << "parquet";
    plan_.number = delivery::PlanNumber(3);
    plan_.bucket = "bucket";
    plan_.key = "heart_rate_data/2025/07/13/session_21-25-19/part-1.parquet";
    plan_.content_type = "application/octet-stream";
    plan_.metadata = {{"sluice-plan", "3"}};
    plan_.bytes = 7;
    plan_.sha256 = sha256("parquet");
    plan_.md5 = md5("parquet");
  }

  void create_bucket() { ASSERT_TRUE(store_->create_bucket("bucket", "").has_value()); }

  struct Several {
    std::vector<delivery::ObjectPlan> plans;
    std::vector<delivery::Sink::Sealed> sealed;
  };

  // In folders of their own, two in each.
  Several make_several(std::size_t count) {
    Several several;
    several.plans.resize(count, plan_);
    for (std::size_t i = 0; i < count; ++i) {
      const std::string spool = folder_ / ("spool-" + std::to_string(10 + i));
      std::ofstream(spool) << "parquet";
      several.plans[i].key = "beats/" + std::to_string(i / 2) + "/" + std::to_string(i);
      several.sealed.push_back({several.plans[i], spool});
    }
    return several;
  }

  store::TemporaryFolder folder_;
  const std::string spool_ = folder_ / "spool-3";
  ManualClock clock_{unix_millis(0)};
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<LocalStore> store_;
  std::optional<LocalSink> sink_;
  delivery::ObjectPlan plan_;
};

TEST_F(LocalSinkTest, TheSpoolFileBecomesTheObject) {
  create_bucket();
  const auto done = sink_->put(plan_, spool_);
  ASSERT_TRUE(done.has_value()) << done.error().message();
  EXPECT_FALSE(std::filesystem::exists(spool_));
  EXPECT_TRUE(std::filesystem::exists(folder_ / ("buckets/bucket/" + plan_.key)));
  const auto info = store_->head("bucket", plan_.key);
  ASSERT_TRUE(info.has_value());
  EXPECT_EQ(info->etag, to_hex(plan_.md5));
  EXPECT_EQ(info->headers.content_type, "application/octet-stream");
  EXPECT_EQ(info->headers.metadata, plan_.metadata);
}

TEST_F(LocalSinkTest, SeveralBecomeObjectsTogether) {
  create_bucket();
  const Several several = make_several(5);
  const auto outcome = sink_->put_all(several.sealed);
  ASSERT_TRUE(outcome.next.has_value()) << outcome.next.error().message();
  EXPECT_EQ(outcome.done, 5U);
  for (const delivery::ObjectPlan& plan : several.plans) {
    EXPECT_TRUE(store_->head("bucket", plan.key).has_value()) << plan.key;
    EXPECT_TRUE(std::filesystem::exists(folder_ / ("buckets/bucket/" + plan.key)));
  }
}

TEST_F(LocalSinkTest, OfSeveralThoseBeforeTheOneThatFailsArePut) {
  create_bucket();
  const Several several = make_several(4);
  std::ofstream(several.sealed[2].spool_path, std::ios::app) << "!";
  const auto outcome = sink_->put_all(several.sealed);
  EXPECT_EQ(outcome.done, 2U);
  ASSERT_FALSE(outcome.next.has_value());
  EXPECT_NE(outcome.next.error().message().find(several.plans[2].key), std::string::npos);
  EXPECT_TRUE(store_->head("bucket", several.plans[1].key).has_value());
  EXPECT_TRUE(std::filesystem::exists(several.sealed[3].spool_path));
}

TEST_F(LocalSinkTest, OfSeveralThoseThatWerePutBeforeAreTakenForDone) {
  create_bucket();
  const Several several = make_several(4);
  const std::span<const delivery::Sink::Sealed> all(several.sealed);
  ASSERT_EQ(sink_->put_all(all.first(2)).done, 2U);
  std::size_t done = 0;
  while (done < all.size()) {
    const auto outcome = sink_->put_all(all.subspan(done));
    ASSERT_TRUE(outcome.next.has_value()) << outcome.next.error().message();
    ASSERT_GT(outcome.done, 0U);
    done += outcome.done;
  }
  EXPECT_EQ(done, 4U);
}

TEST_F(LocalSinkTest, OfSeveralAnObjectMayStandInTheWayOfAnother) {
  create_bucket();
  Several several = make_several(2);
  several.plans[1].key = several.plans[0].key + "/below";
  std::size_t done = sink_->put_all(several.sealed).done;
  ASSERT_EQ(done, 1U);
  const auto rest = sink_->put_all(std::span(several.sealed).subspan(done));
  ASSERT_TRUE(rest.next.has_value()) << rest.next.error().message();
  EXPECT_TRUE(store_->head("bucket", several.plans[1].key).has_value());
}

TEST_F(LocalSinkTest, SeveralWaitForTheirBucketTogether) {
  const Several several = make_several(3);
  const auto outcome = sink_->put_all(several.sealed);
  EXPECT_EQ(outcome.done, 0U);
  ASSERT_FALSE(outcome.next.has_value());
  EXPECT_EQ(outcome.next.error().fault(), Fault::missing);
  create_bucket();
  EXPECT_EQ(sink_->put_all(several.sealed).done, 3U);
}

TEST_F(LocalSinkTest, AnObjectInTheWayOfTheFolderIsToldOnce) {
  create_bucket();
  std::vector<std::string> lines;
  LocalSink sink(*store_, [&lines](const std::string& line) { lines.push_back(line); });
  ASSERT_TRUE(store_->put("bucket", "heart_rate_data", "x", {}).has_value());
  for (int i = 0; i < 2; ++i) {
    std::ofstream(spool_) << "parquet";
    ASSERT_TRUE(sink.put(plan_, spool_).has_value());
  }
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_NE(lines[0].find(plan_.key), std::string::npos);
  EXPECT_NE(lines[0].find("delete the object in the way"), std::string::npos);
}

TEST_F(LocalSinkTest, DoneTwiceLeavesOneObject) {
  create_bucket();
  ASSERT_TRUE(sink_->put(plan_, spool_));
  ASSERT_TRUE(sink_->put(plan_, spool_));
  EXPECT_EQ(store_->list("bucket", {})->objects.size(), 1u);
}

TEST_F(LocalSinkTest, SucceedsWhenAnEarlierPutWasCutOffAfterTheRename) {
  create_bucket();
  const std::filesystem::path path(folder_ / ("buckets/bucket/" + plan_.key));
  std::filesystem::create_directories(path.parent_path());
  std::filesystem::rename(spool_, path);
  ASSERT_TRUE(sink_->put(plan_, spool_));
  EXPECT_EQ(store_->head("bucket", plan_.key)->headers.metadata, plan_.metadata);
}

TEST_F(LocalSinkTest, AMissingBucketKeepsTheSpoolFileUntilItIsCreated) {
  const auto done = sink_->put(plan_, spool_);
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().fault(), Fault::missing);
  EXPECT_NE(done.error().message().find("bucket bucket does not exist: create it"),
            std::string::npos)
      << done.error().message();
  EXPECT_TRUE(std::filesystem::exists(spool_));
  create_bucket();
  EXPECT_TRUE(sink_->put(plan_, spool_));
}

TEST_F(LocalSinkTest, SaysSoWhenSpoolFileAndObjectAreBothGone) {
  create_bucket();
  std::filesystem::remove(spool_);
  const auto done = sink_->put(plan_, spool_);
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().fault(), Fault::missing);
  EXPECT_NE(done.error().message().find("spool-3 is gone"), std::string::npos);
  EXPECT_NE(done.error().message().find("plan 3"), std::string::npos);
}

TEST_F(LocalSinkTest, DoesNotTakeAnotherObjectForItsOwn) {
  create_bucket();
  std::filesystem::remove(spool_);
  ASSERT_TRUE(store_->put("bucket", plan_.key, "PARQUET", {}).has_value());
  const auto done = sink_->put(plan_, spool_);
  ASSERT_FALSE(done.has_value());
  EXPECT_NE(done.error().message().find("holds other bytes"), std::string::npos);
}

TEST_F(LocalSinkTest, RefusesASpoolFileThatWasChanged) {
  create_bucket();
  std::ofstream(spool_, std::ios::app) << "!";
  EXPECT_FALSE(sink_->put(plan_, spool_).has_value());
  EXPECT_TRUE(std::filesystem::exists(spool_));
}

}  // namespace
}  // namespace sluice::s3
