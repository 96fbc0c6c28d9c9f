// What format conversion gets from the catalog.
#include "catalog/schemas.h"

#include "json/document.h"
#include "store/temporary_folder.h"

#include <gtest/gtest.h>

namespace sluice::catalog {
namespace {

TEST(CatalogSchemas, GiveTheColumnsOfTheVersionAskedFor) {
  const store::TemporaryFolder folder;
  const ManualClock clock(unix_millis(0));
  auto database = store::Database::open(folder / "sluice.db");
  ASSERT_TRUE(database.has_value());
  auto catalog = Catalog::open(**database, clock);
  ASSERT_TRUE(catalog.has_value());
  const auto table_of = [](const std::string& type) {
    const auto document = json::Document::parse(
        R"({"Name": "t", "StorageDescriptor": {"Columns": [{"Name": "c", "Type": ")" + type +
        R"("}]}})");
    return *parse_table_input(document->root());
  };
  Database a;
  a.name = "a";
  ASSERT_TRUE((*catalog)->create_database(a));
  ASSERT_TRUE((*catalog)->create_table("a", table_of("int")));
  ASSERT_TRUE((*catalog)->update_table("a", table_of("double")));
  CatalogSchemas schemas(**catalog);
  EXPECT_EQ(schemas.find("A", "T", "LATEST")->version, "1");
  EXPECT_EQ(schemas.find("a", "t", "")->schema.columns[0].type.kind, columnar::Kind::float64);
  EXPECT_EQ(schemas.find("a", "t", "0")->schema.columns[0].type.kind, columnar::Kind::integer);
  EXPECT_EQ(schemas.find("a", "none", "").error().fault(), Fault::missing);
  ASSERT_TRUE((*catalog)->update_table("a", table_of("set<int>")));
  EXPECT_EQ(schemas.find("a", "t", "").error().fault(), Fault::invalid);
}

}  // namespace
}  // namespace sluice::catalog
