// The database as a whole: opening, versions, transactions, failures of the disk.
#include "store/database.h"

#include "store/schema.h"
#include "store/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <fstream>
#include <string>
#include <thread>
#include <vector>

namespace sluice::store {
namespace {

// Runs SQL from outside, as an operator with the shell would.
void run_outside(const std::string& path, const std::string& sql) {
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &handle), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
      << sqlite3_errmsg(handle);
  sqlite3_close(handle);
}

Result<void> insert_definition(Transaction& transaction, const std::string& key) {
  SLUICE_TRY(insert,
             transaction.prepare("INSERT INTO definitions(kind, key, body, checksum) "
                                 "VALUES('test', ?, 'body', 0)"));
  insert.bind_text(1, key);
  return insert.run();
}

std::int64_t count_definitions(Database& database) {
  std::int64_t count = -1;
  const auto done = database.read([&](Transaction& transaction) -> Result<void> {
    SLUICE_TRY(select, transaction.prepare("SELECT count(*) FROM definitions"));
    SLUICE_TRY(has_row, select.next());
    EXPECT_TRUE(has_row);
    count = select.integer(0);
    return {};
  });
  EXPECT_TRUE(done.has_value());
  return count;
}

TEST(Database, KeepsWhatWasWrittenAcrossAReopen) {
  const TemporaryFolder folder;
  {
    auto database = Database::open(folder / "sluice.db");
    ASSERT_TRUE(database.has_value()) << database.error().message();
    ASSERT_TRUE((*database)->write(
        [](Transaction& transaction) { return insert_definition(transaction, "a"); }));
    EXPECT_EQ(count_definitions(**database), 1);
  }
  auto database = Database::open(folder / "sluice.db");
  ASSERT_TRUE(database.has_value());
  EXPECT_EQ(count_definitions(**database), 1);
}

TEST(Database, ChangesNothingWhenTheWorkFails) {
  const TemporaryFolder folder;
  auto database = Database::open(folder / "sluice.db");
  ASSERT_TRUE(database.has_value());
  const auto done = (*database)->write([](Transaction& transaction) -> Result<void> {
    SLUICE_TRY_DO(insert_definition(transaction, "a"));
    return fail(Fault::invalid, "no");
  });
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().fault(), Fault::invalid);
  EXPECT_EQ(count_definitions(**database), 0);
  EXPECT_TRUE((*database)->write(
      [](Transaction& transaction) { return insert_definition(transaction, "b"); }));
  EXPECT_EQ(count_definitions(**database), 1);
}

TEST(Database, KeepsLazyWritesAndReturnsToSyncedOnes) {
  const TemporaryFolder folder;
  {
    auto database = Database::open(folder / "sluice.db");
    ASSERT_TRUE(database.has_value());
    for (const auto& [key, durability] :
         {std::pair("a", Durability::lazy), {"b", Durability::synced}, {"c", Durability::lazy}}) {
      ASSERT_TRUE((*database)->write(
          [&](Transaction& transaction) { return insert_definition(transaction, key); },
          durability));
    }
  }
  auto database = Database::open(folder / "sluice.db");
  ASSERT_TRUE(database.has_value());
  EXPECT_EQ(count_definitions(**database), 3);
}

TEST(Database, RefusesChangesInARead) {
  const TemporaryFolder folder;
  auto database = Database::open(folder / "sluice.db");
  ASSERT_TRUE(database.has_value());
  const auto done = (*database)->read(
      [](Transaction& transaction) { return insert_definition(transaction, "a"); });
  EXPECT_FALSE(done.has_value());
  EXPECT_EQ(count_definitions(**database), 0);
}

TEST(Database, RefusesAFileOfANewerProgramWithAClearMessage) {
  const TemporaryFolder folder;
  const std::string path = folder / "sluice.db";
  ASSERT_TRUE(Database::open(path).has_value());
  run_outside(path, "PRAGMA user_version = 99");
  const auto database = Database::open(path);
  ASSERT_FALSE(database.has_value());
  EXPECT_EQ(database.error().fault(), Fault::unsupported);
  EXPECT_NE(database.error().message().find("schema version 99"), std::string::npos);
  EXPECT_NE(database.error().message().find("newer sluice"), std::string::npos);
}

TEST(Database, RefusesTheDatabaseOfAnotherProgram) {
  const TemporaryFolder folder;
  const std::string path = folder / "other.db";
  run_outside(path, "PRAGMA application_id = 7; CREATE TABLE t(a)");
  const auto database = Database::open(path);
  ASSERT_FALSE(database.has_value());
  EXPECT_EQ(database.error().fault(), Fault::invalid);
}

TEST(Database, RefusesAFileThatIsNoDatabase) {
  const TemporaryFolder folder;
  const std::string path = folder / "sluice.db";
  std::ofstream(path) << std::string(8192, 'x');
  const auto database = Database::open(path);
  ASSERT_FALSE(database.has_value());
  EXPECT_EQ(database.error().fault(), Fault::corrupt);
}

TEST(Database, SaysSoWhenTheFolderIsMissing) {
  const TemporaryFolder folder;
  const auto database = Database::open(folder / "none/sluice.db");
  ASSERT_FALSE(database.has_value());
  EXPECT_EQ(database.error().fault(), Fault::io);
  EXPECT_NE(database.error().message().find("none/sluice.db"), std::string::npos);
}

TEST(Database, FailsWritesAndServesReadsOnAReadOnlyDisk) {
  const TemporaryFolder folder;
  const std::string path = folder / "sluice.db";
  auto writable = Database::open(path);
  ASSERT_TRUE(writable.has_value());
  ASSERT_TRUE((*writable)->write(
      [](Transaction& transaction) { return insert_definition(transaction, "a"); }));
  DatabaseOptions options;
  options.read_only = true;
  auto database = Database::open(path, options);
  ASSERT_TRUE(database.has_value()) << database.error().message();
  EXPECT_EQ(count_definitions(**database), 1);
  const auto done = (*database)->write(
      [](Transaction& transaction) { return insert_definition(transaction, "b"); });
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().fault(), Fault::io);
  EXPECT_EQ(count_definitions(**database), 1);
}

TEST(Database, CallsAFullDiskThrottledAndGoesOnAfterwards) {
  const TemporaryFolder folder;
  DatabaseOptions options;
  options.pages_max = 40;
  auto database = Database::open(folder / "sluice.db", options);
  ASSERT_TRUE(database.has_value()) << database.error().message();
  const auto fill = [&](const std::string& key) {
    return (*database)->write(
        [&](Transaction& transaction) { return insert_definition(transaction, key); });
  };
  std::int64_t written = 0;
  Result<void> done;
  while ((done = fill(std::string(4000, 'k') + std::to_string(written)))) {
    ++written;
    ASSERT_LT(written, 100);
  }
  EXPECT_EQ(done.error().fault(), Fault::throttled);
  EXPECT_THAT(done.error().message(), testing::HasSubstr("; free some space"));
  EXPECT_EQ(count_definitions(**database), written);
  ASSERT_TRUE((*database)->write([](Transaction& transaction) -> Result<void> {
    SLUICE_TRY(erase, transaction.prepare("DELETE FROM definitions"));
    return erase.run();
  }));
  EXPECT_TRUE(fill("again"));
}

TEST(Database, AFileThatCannotBeOpenedSaysWhatToCheck) {
  const TemporaryFolder folder;
  const auto database = Database::open(folder / "absent/sluice.db");
  ASSERT_FALSE(database.has_value());
  EXPECT_THAT(database.error().message(), testing::HasSubstr("; check its owner and mode"));
}

TEST(Database, ServesThreadsBesideEachOther) {
  const TemporaryFolder folder;
  auto database = Database::open(folder / "sluice.db");
  ASSERT_TRUE(database.has_value());
  constexpr int threads = 4;
  constexpr int rows = 25;
  std::vector<std::thread> running;
  running.reserve(threads);
  for (int thread = 0; thread < threads; ++thread) {
    running.emplace_back([&, thread] {
      for (int row = 0; row < rows; ++row) {
        const std::string key = std::to_string(thread) + "/" + std::to_string(row);
        EXPECT_TRUE((*database)->write(
            [&](Transaction& transaction) { return insert_definition(transaction, key); },
            Durability::lazy));
        EXPECT_GT(count_definitions(**database), 0);
      }
    });
  }
  for (std::thread& thread : running) {
    thread.join();
  }
  EXPECT_EQ(count_definitions(**database), threads * rows);
}

TEST(Database, BindsAndReadsEveryKindOfValue) {
  const TemporaryFolder folder;
  auto database = Database::open(folder / "sluice.db");
  ASSERT_TRUE(database.has_value());
  const Bytes blob("a\0b\xff", 4);
  const auto done = (*database)->read([&](Transaction& transaction) -> Result<void> {
    SLUICE_TRY(select, transaction.prepare("SELECT ?, ?, ?, ?, NULL"));
    select.bind(1, -5);
    select.bind_bits(2, 0xffff'ffff'ffff'fffe);
    select.bind_text(3, "");
    select.bind_blob(4, blob);
    SLUICE_TRY(has_row, select.next());
    EXPECT_TRUE(has_row);
    EXPECT_EQ(select.integer(0), -5);
    EXPECT_EQ(select.bits(1), 0xffff'ffff'ffff'fffe);
    EXPECT_EQ(select.text(2), "");
    EXPECT_FALSE(select.is_null(2));
    EXPECT_EQ(select.blob(3), blob);
    EXPECT_TRUE(select.is_null(4));
    return {};
  });
  EXPECT_TRUE(done.has_value());
}

}  // namespace
}  // namespace sluice::store
