// Crawlers as requests define them.
#include "query/crawler_definition.h"

#include "json/document.h"

#include <gtest/gtest.h>

namespace sluice::query {
namespace {

Result<CrawlerDefinition> defined(const std::string& request) {
  const auto document = json::Document::parse(request);
  EXPECT_TRUE(document.has_value()) << request;
  CrawlerDefinition definition;
  definition.name = "hr";
  SLUICE_TRY_DO(apply_crawler_members(document->root(), definition));
  SLUICE_TRY_DO(check_crawler(definition));
  return definition;
}

constexpr const char* usual =
    R"({"Role": "glue", "DatabaseName": "HR_Data", "TablePrefix": "raw_", "Description": "beats",
        "Targets": {"S3Targets": [{"Path": "s3://garmin/heart_rate_data", "Exclusions": ["**.json"]},
                                  {"Path": "other-bucket"}], "JdbcTargets": []},
        "SchemaChangePolicy": {"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"},
        "RecrawlPolicy": {"RecrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"},
        "Configuration": "{\"Version\": 1.0, \"Grouping\": {\"TableGroupingPolicy\": \"CombineCompatibleSchemas\"}}"})";

TEST(CrawlerDefinition, TakesWhatARequestGives) {
  const auto crawler = defined(usual);
  ASSERT_TRUE(crawler.has_value()) << crawler.error().message();
  EXPECT_EQ(crawler->database, "hr_data");
  ASSERT_EQ(crawler->targets.size(), 2u);
  EXPECT_EQ(crawler->targets[0].bucket, "garmin");
  EXPECT_EQ(crawler->targets[0].folder, "heart_rate_data/");
  EXPECT_EQ(crawler->targets[0].exclusions, (std::vector<std::string>{"**.json"}));
  EXPECT_EQ(crawler->targets[1].folder, "");
  EXPECT_EQ(crawler->update_behavior, UpdateBehavior::log);
  EXPECT_EQ(crawler->recrawl, RecrawlBehavior::new_folders_only);
  EXPECT_TRUE(crawler->settings.layout.ignores_similarity);
}

TEST(CrawlerDefinition, SurvivesBeingStored) {
  auto crawler = defined(usual);
  ASSERT_TRUE(crawler.has_value());
  crawler->version = 7;
  crawler->created = unix_millis(1'752'000'000'123);
  crawler->updated = unix_millis(1'752'000'000'999);
  std::string text;
  json::Writer out(text);
  out.begin_object();
  write_crawler_members(out, *crawler);
  out.end_object();
  const auto document = json::Document::parse(text);
  const auto again = read_stored_crawler(document->root());
  ASSERT_TRUE(again.has_value()) << again.error().message();
  std::string second;
  json::Writer writer(second);
  writer.begin_object();
  write_crawler_members(writer, *again);
  writer.end_object();
  EXPECT_EQ(second, text);
  EXPECT_EQ(again->version, 7u);
  EXPECT_EQ(again->created, crawler->created);
  EXPECT_EQ(again->updated, crawler->updated);
  EXPECT_EQ(again->settings.layout.ignores_similarity, true);
}

TEST(CrawlerDefinition, AnUpdateLeavesWhatItDoesNotName) {
  auto crawler = defined(usual);
  ASSERT_TRUE(crawler.has_value());
  const auto change = json::Document::parse(R"({"Description": "", "TablePrefix": "x_"})");
  ASSERT_TRUE(apply_crawler_members(change->root(), *crawler));
  EXPECT_EQ(crawler->description, "");
  EXPECT_EQ(crawler->table_prefix, "x_");
  EXPECT_EQ(crawler->targets.size(), 2u);
  EXPECT_EQ(crawler->database, "hr_data");
}

TEST(CrawlerDefinition, WhatCannotBeCrawledIsNamed) {
  struct Case {
    const char* request;
    const char* named;
  };

  const std::string here =
      R"("DatabaseName": "d", "Targets": {"S3Targets": [{"Path": "s3://bucket/"}]})";
  for (
      const Case& row :
      {Case{R"({"Targets": {"S3Targets": [{"Path": "s3://bucket/"}]}})", "DatabaseName"},
       {R"({"DatabaseName": "d"})", "S3Targets is empty"},
       {R"({"DatabaseName": "d", "Targets": {"JdbcTargets": [{"Path": "x"}]}})", "JdbcTargets"},
       {R"({"DatabaseName": "d", "Targets": {"S3Targets": [{"Path": "s3://"}]}})",
        "names no bucket"},
       {R"({"DatabaseName": "d", "Targets": {"S3Targets": [{"Path": "https://x/y"}]}})",
        "names no bucket"},
       {R"({"DatabaseName": "d", "Targets": {"S3Targets": [{"Path": "bucket", "Exclusions": ["[a"]}]}})",
        "Exclusions: the pattern [a"},
       {R"({"DatabaseName": "d", "Targets": {"S3Targets": [{"Path": "bucket", "EventQueueArn": "arn"}]}})",
        "EventQueueArn"},
       {R"x({"Schedule": "cron(15 12 * * ? *)"})x", "StartCrawler from cron"},
       {R"({"Classifiers": ["mine"]})", "Classifiers"},
       {R"({"SchemaChangePolicy": {"UpdateBehavior": "NEVER"}})", "UpdateBehavior NEVER"},
       {R"({"RecrawlPolicy": {"RecrawlBehavior": "CRAWL_EVENT_MODE"}})", "CRAWL_EVENT_MODE"},
       {R"({"Configuration": "{"})", "Configuration is no JSON"},
       {R"({"Configuration": "[]"})", "Configuration is no JSON object"},
       {R"({"Configuration": "{\"Grouping\": {\"TableLevelConfiguration\": 0}}"})",
        "TableLevelConfiguration"},
       {R"({"Configuration": "{\"Grouping\": {\"TableGroupingPolicy\": \"x\"}}"})",
        "TableGroupingPolicy x"}}) {
    const auto crawler = defined(row.request);
    ASSERT_FALSE(crawler.has_value()) << row.request;
    EXPECT_EQ(crawler.error().fault(), Fault::invalid);
    EXPECT_NE(crawler.error().message().find(row.named), std::string::npos)
        << crawler.error().message();
  }
  const auto changing =
      defined("{" + here + R"(, "RecrawlPolicy": {"RecrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"}})");
  ASSERT_FALSE(changing.has_value());
  EXPECT_NE(changing.error().message().find("must be LOG"), std::string::npos);
}

TEST(CrawlConfiguration, HeedsWhatHasAMeaningHere) {
  const auto settings = parse_crawl_configuration(
      R"({"Version": 1.0, "CreatePartitionIndex": true,
          "Grouping": {"TableLevelConfiguration": 3},
          "CrawlerOutput": {"Tables": {"AddOrUpdateBehavior": "MergeNewColumns", "TableThreshold": 5},
                            "Partitions": {"AddOrUpdateBehavior": "InheritFromTable"}}})");
  ASSERT_TRUE(settings.has_value()) << settings.error().message();
  EXPECT_EQ(settings->layout.table_level, 3u);
  EXPECT_FALSE(settings->layout.ignores_similarity);
  EXPECT_TRUE(settings->merges_new_columns);
  EXPECT_TRUE(settings->partitions_inherit);
  EXPECT_EQ(settings->tables_max, 5u);
}

}  // namespace
}  // namespace sluice::query
