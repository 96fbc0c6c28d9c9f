// The steps of the schema.
#include "store/schema.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <string>

namespace sluice::store {
namespace {

TEST(Schema, HasOneStepPerVersion) {
  EXPECT_EQ(static_cast<std::size_t>(schema_version()), schema_steps().size());
}

TEST(Schema, RunsEveryStepOnAnEmptyDatabase) {
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(":memory:", &handle), SQLITE_OK);
  for (const std::string_view step : schema_steps()) {
    EXPECT_EQ(sqlite3_exec(handle, std::string(step).c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(handle);
  }
  sqlite3_close(handle);
}

}  // namespace
}  // namespace sluice::store
