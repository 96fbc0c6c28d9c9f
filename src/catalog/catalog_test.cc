// Databases, tables and their versions, across restarts.
#include "catalog/catalog.h"

#include "json/document.h"
#include "store/temporary_folder.h"

#include <gtest/gtest.h>

namespace sluice::catalog {
namespace {

Table table_of(const std::string& name, const std::string& type) {
  const auto document = json::Document::parse(
      R"({"Name": ")" + name + R"(", "StorageDescriptor": {"Columns": [{"Name": "c", "Type": ")" +
      type + R"("}]}})");
  EXPECT_TRUE(document.has_value());
  auto table = parse_table_input(document->root());
  EXPECT_TRUE(table.has_value());
  return *table;
}

Database database_of(const std::string& name) {
  Database made;
  made.name = name;
  return made;
}

class CatalogTest : public testing::Test {
 protected:
  CatalogTest() { reopen(); }

  void reopen() {
    catalog_.reset();
    database_.reset();
    auto database = store::Database::open(folder_ / "sluice.db");
    EXPECT_TRUE(database.has_value());
    database_ = std::move(*database);
    auto opened = Catalog::open(*database_, clock_);
    EXPECT_TRUE(opened.has_value()) << opened.error().message();
    catalog_ = std::move(*opened);
  }

  store::TemporaryFolder folder_;
  ManualClock clock_{unix_millis(1000)};
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<Catalog> catalog_;
};

TEST_F(CatalogTest, FoldsNamesWhereverTheyComeFrom) {
  ASSERT_TRUE(catalog_->create_database(database_of("HR_Data")));
  ASSERT_TRUE(catalog_->create_table("hr_DATA", table_of("Heart_Rate", "int")));
  const auto table = catalog_->table("HR_data", "HEART_rate");
  ASSERT_TRUE(table.has_value()) << table.error().message();
  EXPECT_EQ(table->database, "hr_data");
  EXPECT_EQ(table->name, "heart_rate");
  EXPECT_EQ(catalog_->create_database(database_of("hr_data")).error().fault(), Fault::conflict);
  EXPECT_EQ(catalog_->create_table("hr_data", table_of("HEART_RATE", "int")).error().fault(),
            Fault::conflict);
}

TEST_F(CatalogTest, RemembersEverythingAcrossAReopen) {
  ASSERT_TRUE(catalog_->create_database(database_of("b")));
  ASSERT_TRUE(catalog_->create_database(database_of("a")));
  ASSERT_TRUE(catalog_->create_table("a", table_of("y", "int")));
  ASSERT_TRUE(catalog_->create_table("a", table_of("x", "string")));
  reopen();
  ASSERT_EQ(catalog_->databases().size(), 2u);
  EXPECT_EQ(catalog_->databases()[0].name, "a");
  EXPECT_EQ(catalog_->database("b")->created, unix_millis(1000));
  const auto tables = catalog_->tables("a");
  ASSERT_TRUE(tables.has_value());
  ASSERT_EQ(tables->size(), 2u);
  EXPECT_EQ((*tables)[0].name, "x");
  EXPECT_EQ((*tables)[0].columns[0].type, "string");
  EXPECT_EQ(catalog_->tables("b")->size(), 0u);
}

TEST_F(CatalogTest, EveryUpdateIsANewVersionAndTheOldOnesStay) {
  ASSERT_TRUE(catalog_->create_database(database_of("a")));
  ASSERT_TRUE(catalog_->create_table("a", table_of("t", "int")));
  EXPECT_EQ(catalog_->table("a", "t")->version, 0u);
  clock_.advance(std::chrono::seconds(1));
  ASSERT_TRUE(catalog_->update_table("a", table_of("t", "bigint")));
  ASSERT_TRUE(catalog_->update_table("a", table_of("t", "string")));
  reopen();
  const auto newest = catalog_->table("a", "t");
  EXPECT_EQ(newest->version, 2u);
  EXPECT_EQ(newest->created, unix_millis(1000));
  EXPECT_EQ(newest->updated, unix_millis(2000));

  struct Case {
    const char* version;
    const char* type;
  };

  for (const Case& row :
       {Case{"0", "int"}, {"1", "bigint"}, {"2", "string"}, {"", "string"}, {"LATEST", "string"}}) {
    const auto table = catalog_->table_version("a", "t", row.version);
    ASSERT_TRUE(table.has_value()) << row.version;
    EXPECT_EQ(table->columns[0].type, row.type) << row.version;
  }
  EXPECT_EQ(catalog_->table_version("a", "t", "3").error().fault(), Fault::missing);
  EXPECT_EQ(catalog_->table_version("a", "t", "x").error().fault(), Fault::invalid);
}

TEST_F(CatalogTest, AnUpdateMayLeaveNoVersionAndMayDependOnTheNewest) {
  ASSERT_TRUE(catalog_->create_database(database_of("a")));
  ASSERT_TRUE(catalog_->create_table("a", table_of("t", "int")));
  ASSERT_TRUE(catalog_->update_table("a", table_of("t", "bigint"), {.expected_version = "0"}));
  ASSERT_TRUE(catalog_->update_table("a", table_of("t", "float"), {.skips_archive = true}));
  const auto stale =
      catalog_->update_table("a", table_of("t", "string"), {.expected_version = "1"});
  ASSERT_FALSE(stale.has_value());
  EXPECT_EQ(stale.error().fault(), Fault::conflict);
  EXPECT_EQ(
      catalog_->update_table("a", table_of("t", "int"), {.expected_version = "x"}).error().fault(),
      Fault::invalid);
  EXPECT_EQ(catalog_->table_version("a", "t", "1").error().fault(), Fault::missing);
  const auto versions = catalog_->table_versions("a", "t");
  ASSERT_TRUE(versions.has_value()) << versions.error().message();
  ASSERT_EQ(versions->size(), 2u);
  EXPECT_EQ((*versions)[0].version, 2u);
  EXPECT_EQ((*versions)[0].columns[0].type, "float");
  EXPECT_EQ((*versions)[1].version, 0u);
}

TEST_F(CatalogTest, VersionsAreNumbersAndCanBeDeletedButTheNewest) {
  ASSERT_TRUE(catalog_->create_database(database_of("a")));
  ASSERT_TRUE(catalog_->create_table("a", table_of("t", "int")));
  ASSERT_TRUE(catalog_->create_table("a", table_of("tt", "int")));
  for (int update = 0; update < 11; ++update) {
    ASSERT_TRUE(catalog_->update_table("a", table_of("t", "int")));
  }
  EXPECT_EQ(catalog_->table_versions("a", "tt")->size(), 1u);
  ASSERT_TRUE(catalog_->delete_table_version("a", "t", "9"));
  EXPECT_EQ(catalog_->delete_table_version("a", "t", "9").error().fault(), Fault::missing);
  EXPECT_EQ(catalog_->delete_table_version("a", "t", "11").error().fault(), Fault::invalid);
  const auto versions = catalog_->table_versions("a", "t");
  ASSERT_EQ(versions->size(), 11u);
  EXPECT_EQ((*versions)[0].version, 11u);
  EXPECT_EQ((*versions)[1].version, 10u);
  EXPECT_EQ((*versions)[2].version, 8u);
  ASSERT_TRUE(catalog_->delete_table("a", "t"));
}

TEST_F(CatalogTest, ADatabaseKeepsItsNameAndAgeWhenItIsUpdated) {
  ASSERT_TRUE(catalog_->create_database(database_of("a")));
  clock_.advance(std::chrono::seconds(1));
  Database changed = database_of("A");
  changed.description = "new";
  ASSERT_TRUE(catalog_->update_database("a", changed));
  EXPECT_EQ(catalog_->update_database("a", database_of("b")).error().fault(), Fault::invalid);
  EXPECT_EQ(catalog_->update_database("b", database_of("b")).error().fault(), Fault::missing);
  reopen();
  EXPECT_EQ(catalog_->database("a")->description, "new");
  EXPECT_EQ(catalog_->database("a")->created, unix_millis(1000));
}

TEST_F(CatalogTest, WhatDoesNotExistIsMissing) {
  EXPECT_EQ(catalog_->database("a").error().fault(), Fault::missing);
  EXPECT_EQ(catalog_->tables("a").error().fault(), Fault::missing);
  EXPECT_EQ(catalog_->table("a", "t").error().fault(), Fault::missing);
  EXPECT_EQ(catalog_->create_table("a", table_of("t", "int")).error().fault(), Fault::missing);
  EXPECT_EQ(catalog_->delete_database("a").error().fault(), Fault::missing);
  ASSERT_TRUE(catalog_->create_database(database_of("a")));
  EXPECT_EQ(catalog_->table("a", "t").error().fault(), Fault::missing);
  EXPECT_EQ(catalog_->update_table("a", table_of("t", "int")).error().fault(), Fault::missing);
  EXPECT_EQ(catalog_->delete_table("a", "t").error().fault(), Fault::missing);
  EXPECT_EQ(catalog_->create_database(database_of("")).error().fault(), Fault::invalid);
}

TEST_F(CatalogTest, DeletingTakesVersionsAndTablesAlong) {
  ASSERT_TRUE(catalog_->create_database(database_of("a")));
  ASSERT_TRUE(catalog_->create_table("a", table_of("t", "int")));
  ASSERT_TRUE(catalog_->update_table("a", table_of("t", "bigint")));
  ASSERT_TRUE(catalog_->delete_table("a", "t"));
  ASSERT_TRUE(catalog_->create_table("a", table_of("t", "string")));
  EXPECT_EQ(catalog_->table("a", "t")->version, 0u);
  EXPECT_EQ(catalog_->table_version("a", "t", "1").error().fault(), Fault::missing);
  ASSERT_TRUE(catalog_->update_table("a", table_of("t", "int")));
  ASSERT_TRUE(catalog_->delete_database("a"));
  reopen();
  EXPECT_TRUE(catalog_->databases().empty());
  store::Definitions definitions(*database_);
  EXPECT_TRUE(definitions.load_all(store::kind_table)->empty());
  EXPECT_TRUE(definitions.load_all(store::kind_table_version)->empty());
}

TEST_F(CatalogTest, RefusesToStartOnADamagedDefinition) {
  store::Definitions definitions(*database_);
  ASSERT_TRUE(definitions.save(store::kind_database, "a", "{}"));
  const auto opened = Catalog::open(*database_, clock_);
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().fault(), Fault::corrupt);
  EXPECT_NE(opened.error().message().find("database a"), std::string::npos);
}

}  // namespace
}  // namespace sluice::catalog
