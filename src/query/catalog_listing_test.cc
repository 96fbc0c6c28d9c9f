#include "query/catalog_listing.h"

#include <gtest/gtest.h>

#include <vector>

namespace sluice::query {
namespace {

TEST(CatalogListingTest, statements_that_list_and_statements_that_do_not) {
  struct Case {
    const char* sql;
    bool lists;
  };

  const Case cases[] = {
      {"SHOW TABLES", true},
      {" show -- all of them\n tables ; ", true},
      {"SHOW DATABASES", true},
      {"SHOW SCHEMAS;", true},
      {"SHOW TABLES FROM hr_data", false},
      {"SHOW ALL TABLES", false},
      {"SHOW hr_data", false},
      {"SHOW \"TABLES\"", false},
      {"DESCRIBE tables", false},
      {"SHOW TABLES 'open", false},
      {"", false},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(catalog_listing(each.sql, {}, {}).has_value(), each.lists) << each.sql;
  }
}

TEST(CatalogListingTest, what_is_listed_is_what_the_catalog_has) {
  const std::vector<std::string> databases = {"it's", "hr"};
  const std::vector<ListedTable> tables = {{"hr", "beats"}};
  EXPECT_EQ(*catalog_listing("SHOW TABLES", databases, tables),
            "SELECT * FROM (VALUES (CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR)),('hr','beats')) "
            "AS listed(\"database\", \"table\") WHERE \"database\" IS NOT NULL ORDER BY ALL");
  EXPECT_EQ(*catalog_listing("SHOW DATABASES", databases, tables),
            "SELECT * FROM (VALUES (CAST(NULL AS VARCHAR)),('it''s'),('hr')) "
            "AS listed(\"database\") WHERE \"database\" IS NOT NULL ORDER BY ALL");
}

}  // namespace
}  // namespace sluice::query
