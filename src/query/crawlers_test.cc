// Crawlers kept over restarts, started, stopped, and refused what they cannot do now.
#include "query/crawlers.h"

#include "query/crawl_fixture.h"

#include <condition_variable>
#include <mutex>

namespace sluice::query {
namespace {

class CrawlersTest : public CrawlFixture {
 protected:
  CrawlersTest() { reopen(); }

  void reopen() {
    crawlers_.reset();
    auto opened = Crawlers::open({*database_, world(), [this](const std::string& line) {
                                    const std::lock_guard lock(mutex_);
                                    ++lines_;
                                    last_line_ = line;
                                    reported_.notify_all();
                                  }});
    ASSERT_TRUE(opened.has_value()) << opened.error().message();
    crawlers_ = std::move(*opened);
  }

  // Starts it and waits for its report.
  Crawler crawled() {
    int before = 0;
    {
      const std::lock_guard lock(mutex_);
      before = lines_;
    }
    EXPECT_TRUE(crawlers_->start("hr_data_crawler"));
    std::unique_lock lock(mutex_);
    reported_.wait(lock, [&] { return lines_ > before; });
    lock.unlock();
    return *crawlers_->find("hr_data_crawler");
  }

  std::mutex mutex_;
  std::condition_variable reported_;
  int lines_ = 0;
  std::string last_line_;
  std::unique_ptr<Crawlers> crawlers_;
};

TEST_F(CrawlersTest, AreKeptWithTheirHistory) {
  put("heart_rate_data/2025/a.parquet", parquet_file(beats));
  crawler_.tags = {{"team", "heart"}};
  ASSERT_TRUE(crawlers_->create(crawler_));
  EXPECT_EQ(crawlers_->create(crawler_).error().fault(), Fault::conflict);
  const Crawler done = crawled();
  ASSERT_TRUE(done.history.last.has_value());
  EXPECT_EQ(done.history.last->status, CrawlStatus::succeeded);
  EXPECT_EQ(done.history.last->started, clock_.now());
  EXPECT_EQ(done.history.tables_created, 1u);
  EXPECT_NE(last_line_.find("hr_data_crawler: SUCCEEDED"), std::string::npos) << last_line_;
  reopen();
  const auto again = crawlers_->find("hr_data_crawler");
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->state, CrawlerState::ready);
  EXPECT_EQ(again->definition.targets[0].folder, "heart_rate_data/");
  EXPECT_EQ(again->definition.created, clock_.now());
  EXPECT_EQ(again->definition.tags.at("team"), "heart");
  EXPECT_EQ(again->history.tables_created, 1u);
  EXPECT_EQ(again->history.runtimes.size(), 1u);
  EXPECT_EQ(again->history.last->status, CrawlStatus::succeeded);
  ASSERT_TRUE(crawlers_->remove("hr_data_crawler"));
  EXPECT_EQ(crawlers_->find("hr_data_crawler").error().fault(), Fault::missing);
}

TEST_F(CrawlersTest, AFailureSaysWhyAndSkippedFilesAreNamed) {
  put("heart_rate_data/2025/notes.txt", "no table");
  ASSERT_TRUE(crawlers_->create(crawler_));
  Crawler done = crawled();
  EXPECT_EQ(done.history.last->status, CrawlStatus::succeeded);
  EXPECT_NE(done.history.last->message.find("notes.txt"), std::string::npos);
  ASSERT_TRUE(
      crawlers_->update("hr_data_crawler", [](CrawlerDefinition& definition) -> Result<void> {
        definition.targets = {*crawl_target("s3://nowhere/")};
        return {};
      }));
  done = crawled();
  EXPECT_EQ(done.definition.version, 2u);
  EXPECT_EQ(done.history.last->status, CrawlStatus::failed);
  EXPECT_NE(done.history.last->message.find("nowhere"), std::string::npos);
}

TEST_F(CrawlersTest, WhatDoesNotRunCannotBeStopped) {
  ASSERT_TRUE(crawlers_->create(crawler_));
  EXPECT_EQ(*crawlers_->stop_crawl("hr_data_crawler"), CrawlerState::ready);
  for (const Fault fault : {crawlers_->stop_crawl("none").error().fault(),
                            crawlers_->start("none").error().fault(),
                            crawlers_->remove("none").error().fault(),
                            crawlers_->set_tags("none", {}).error().fault()}) {
    EXPECT_EQ(fault, Fault::missing);
  }
}

// The crawl is held in its report of a changed table, so that the crawler runs while it is asked.
TEST_F(CrawlersTest, WhatRunsIsNotStartedChangedOrRemovedAndEndsWithTheServer) {
  put("heart_rate_data/2025/a.parquet", parquet_file("a int"));
  ASSERT_TRUE(crawlers_->create(crawler_));
  crawled();
  put("heart_rate_data/2026/a.parquet", parquet_file("a int, b int"));
  std::mutex mutex;
  std::condition_variable changed;
  bool is_there = false;
  bool may_go = false;
  CrawlWorld held = world();
  held.table_changed = [&](std::string_view, std::string_view) {
    std::unique_lock lock(mutex);
    is_there = true;
    changed.notify_all();
    changed.wait(lock, [&] { return may_go; });
  };
  crawlers_.reset();
  crawlers_ = *Crawlers::open({*database_, held, [](const std::string&) {}});
  ASSERT_TRUE(crawlers_->start("hr_data_crawler"));
  {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return is_there; });
  }
  EXPECT_EQ(crawlers_->find("hr_data_crawler")->state, CrawlerState::running);
  EXPECT_EQ(crawlers_->start("hr_data_crawler").error().fault(), Fault::conflict);
  EXPECT_EQ(crawlers_->remove("hr_data_crawler").error().fault(), Fault::conflict);
  const auto unchanged = [](CrawlerDefinition&) -> Result<void> { return {}; };
  EXPECT_EQ(crawlers_->update("hr_data_crawler", unchanged).error().fault(), Fault::conflict);
  EXPECT_TRUE(crawlers_->set_tags("hr_data_crawler", {{"a", "b"}}));
  EXPECT_EQ(*crawlers_->stop_crawl("hr_data_crawler"), CrawlerState::running);
  EXPECT_EQ(*crawlers_->stop_crawl("hr_data_crawler"), CrawlerState::stopping);
  {
    const std::lock_guard lock(mutex);
    may_go = true;
  }
  changed.notify_all();
  crawlers_->stop();
  EXPECT_EQ(crawlers_->find("hr_data_crawler")->state, CrawlerState::ready);
  EXPECT_EQ(crawlers_->start("hr_data_crawler").error().fault(), Fault::cancelled);
}

TEST_F(CrawlersTest, RefuseToOpenOnADamagedDefinition) {
  store::Definitions definitions(*database_);
  ASSERT_TRUE(definitions.save(store::kind_crawler, "broken", "{}"));
  crawlers_.reset();
  const auto opened = Crawlers::open({*database_, world(), [](const std::string&) {}});
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().fault(), Fault::corrupt);
  EXPECT_NE(opened.error().message().find("crawler broken"), std::string::npos);
}

}  // namespace
}  // namespace sluice::query
