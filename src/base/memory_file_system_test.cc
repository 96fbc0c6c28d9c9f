// A disk that forgets what was not synced and fails when told to.  The cases that every disk shares
// stand in file_system_test.cc, the details of bytes and names beside their own files.
#include "base/memory_file_system.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <limits>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace sluice {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

using Operation = MemoryFileSystem::Operation;

std::unique_ptr<File> must_open(MemoryFileSystem& files, const std::string& path, OpenMode mode) {
  Result<std::unique_ptr<File>> file = files.open(path, mode);
  EXPECT_TRUE(file.has_value()) << file.error().message();
  return *std::move(file);
}

// A file with `bytes`, synced with its name.
std::unique_ptr<File> durable_file(MemoryFileSystem& files,
                                   const std::string& path,
                                   ByteView bytes) {
  std::unique_ptr<File> file = must_open(files, path, OpenMode::create);
  EXPECT_TRUE(file->write_at(0, bytes).has_value());
  EXPECT_TRUE(file->sync().has_value());
  EXPECT_TRUE(files.sync_directory(parent_path(path)).has_value());
  return file;
}

TEST(MemoryFileSystem, ACrashKeepsSyncedBytesUnderSyncedNames) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    SeededRandom random(seed);
    MemoryFileSystem files;
    durable_file(files, "a", "kept");
    files.crash(random);
    ASSERT_EQ(read_file(files, "a").value(), "kept");
  }
}

TEST(MemoryFileSystem, SyncedBytesWithoutASyncedNameMayBeLost) {
  std::set<bool> seen;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    SeededRandom random(seed);
    MemoryFileSystem files;
    const std::unique_ptr<File> file = must_open(files, "a", OpenMode::create);
    ASSERT_TRUE(file->write_at(0, "x").has_value());
    ASSERT_TRUE(file->sync().has_value());
    files.crash(random);
    seen.insert(files.exists("a"));
  }
  EXPECT_THAT(seen, ElementsAre(false, true));
}

TEST(MemoryFileSystem, AnAppendWithoutSyncIsTornAtEveryByteOrLeavesZeros) {
  std::set<Bytes> seen;
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    SeededRandom random(seed);
    MemoryFileSystem files;
    const std::unique_ptr<File> file = durable_file(files, "a", "12");
    ASSERT_TRUE(file->write_at(2, "345").has_value());
    files.crash(random);
    seen.insert(read_file(files, "a").value());
  }
  EXPECT_THAT(seen, ElementsAre("12", std::string("12\0\0\0", 5), "123", "1234", "12345"));
}

TEST(MemoryFileSystem, TheSameSeedLeavesTheSameDisk) {
  std::set<Bytes> seen;
  for (int run = 0; run < 5; ++run) {
    SeededRandom random(17);
    MemoryFileSystem files;
    const std::unique_ptr<File> file = durable_file(files, "a", "");
    ASSERT_TRUE(file->write_at(0, Bytes(1000, 'x')).has_value());
    files.crash(random);
    seen.insert(read_file(files, "a").value());
  }
  EXPECT_EQ(seen.size(), 1U);
}

TEST(MemoryFileSystem, CreatedFoldersSurviveACrashWithoutMoreAdo) {
  SeededRandom random(1);
  MemoryFileSystem files;
  ASSERT_TRUE(files.create_directories("/x/y/z").has_value());
  files.crash(random);
  EXPECT_TRUE(files.exists("/x/y/z"));
}

TEST(MemoryFileSystem, AFolderWhoseSyncFailedIsMadeDurableByTheNextCall) {
  SeededRandom random(1);
  MemoryFileSystem files;
  files.set_fault_hook([](Operation, const std::string&) { return fail_errno(EIO, "disk"); });
  EXPECT_FALSE(files.create_directories("x").has_value());
  EXPECT_TRUE(files.exists("x"));
  files.set_fault_hook({});
  ASSERT_TRUE(files.create_directories("x").has_value());
  files.crash(random);
  EXPECT_TRUE(files.exists("x"));
}

TEST(MemoryFileSystem, AKillKeepsThePageCache) {
  MemoryFileSystem files;
  const std::unique_ptr<File> file = must_open(files, "a", OpenMode::create);
  ASSERT_TRUE(file->write_at(0, "never synced").has_value());
  files.kill();
  EXPECT_EQ(read_file(files, "a").value(), "never synced");
}

TEST(MemoryFileSystem, WhatAKilledProcessDidNotSyncIsStillNotDurable) {
  std::set<Bytes> seen;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    SeededRandom random(seed);
    MemoryFileSystem files;
    const std::unique_ptr<File> file = durable_file(files, "a", "old");
    ASSERT_TRUE(file->write_at(0, "new").has_value());
    files.kill();
    files.crash(random);
    seen.insert(read_file(files, "a").value());
  }
  EXPECT_THAT(seen, Contains("old"));
  EXPECT_THAT(seen, Contains("new"));
}

TEST(MemoryFileSystem, FilesOpenDuringACrashOrKillKeepFailing) {
  for (const bool is_crash : {true, false}) {
    SeededRandom random(1);
    MemoryFileSystem files;
    const std::unique_ptr<File> file = durable_file(files, "a", "x");
    if (is_crash) {
      files.crash(random);
    } else {
      files.kill();
    }
    Bytes out;
    EXPECT_EQ(file->read_at(0, 1, out).error().fault(), Fault::io);
    EXPECT_EQ(file->write_at(0, "y").error().fault(), Fault::io);
    EXPECT_EQ(file->sync().error().fault(), Fault::io);
    EXPECT_EQ(file->truncate(0).error().fault(), Fault::io);
    EXPECT_THAT(file->size().error().message(), HasSubstr("a was open"));
    EXPECT_EQ(read_file(files, "a").value(), "x");
  }
}

TEST(MemoryFileSystem, TheHookSeesEveryOperationWithItsPath) {
  MemoryFileSystem files;
  std::vector<std::pair<Operation, std::string>> seen;
  files.set_fault_hook([&](Operation operation, const std::string& path) -> Result<void> {
    seen.emplace_back(operation, path);
    return {};
  });
  {
    const std::unique_ptr<File> file = must_open(files, "a", OpenMode::create);
    Bytes out;
    ASSERT_TRUE(file->write_at(0, "x").has_value());
    ASSERT_TRUE(file->read_at(0, 1, out).has_value());
    ASSERT_TRUE(file->sync().has_value());
    ASSERT_TRUE(file->truncate(0).has_value());
  }
  ASSERT_TRUE(files.rename("a", "b").has_value());
  ASSERT_TRUE(files.remove("b").has_value());
  ASSERT_TRUE(files.sync_directory(".").has_value());
  EXPECT_THAT(seen,
              ElementsAre(std::pair(Operation::open, "a"),
                          std::pair(Operation::write, "a"),
                          std::pair(Operation::read, "a"),
                          std::pair(Operation::sync, "a"),
                          std::pair(Operation::truncate, "a"),
                          std::pair(Operation::rename, "a"),
                          std::pair(Operation::remove, "b"),
                          std::pair(Operation::sync_directory, ".")));
}

TEST(MemoryFileSystem, TheHooksErrorIsWhatTheCallerSees) {
  MemoryFileSystem files;
  const std::unique_ptr<File> file = durable_file(files, "a", "old");
  files.set_fault_hook([](Operation, const std::string&) -> Result<void> {
    return fail(Fault::unavailable, "as told");
  });
  Bytes out;
  EXPECT_EQ(file->read_at(0, 3, out).error().message(), "as told");
  EXPECT_EQ(file->write_at(0, "new").error().message(), "as told");
  EXPECT_EQ(file->sync().error().fault(), Fault::unavailable);
  EXPECT_FALSE(file->truncate(0).has_value());
  EXPECT_FALSE(files.open("b", OpenMode::create).has_value());
  EXPECT_FALSE(files.rename("a", "b").has_value());
  EXPECT_FALSE(files.remove("a").has_value());
  EXPECT_FALSE(files.sync_directory("/").has_value());
  EXPECT_FALSE(files.list("/").has_value());
  files.set_fault_hook({});
  EXPECT_EQ(files.list("/").value().size(), 1U);
  EXPECT_EQ(out, "");
}

TEST(MemoryFileSystem, AFailedWriteLeavesAPrefixOfItsBytes) {
  std::set<Bytes> seen;
  MemoryFileSystem files;
  for (int i = 0; i < 200; ++i) {
    const std::string path = std::to_string(i);
    const std::unique_ptr<File> file = must_open(files, path, OpenMode::create);
    files.set_fault_hook([](Operation operation, const std::string&) -> Result<void> {
      return operation == Operation::write ? fail_errno(EIO, "disk") : Result<void>();
    });
    EXPECT_FALSE(file->write_at(0, "abc").has_value());
    seen.insert(read_file(files, path).value());
    files.set_fault_hook({});
  }
  EXPECT_THAT(seen, ElementsAre("", "a", "ab", "abc"));
}

TEST(MemoryFileSystem, AFailedSyncIsFinalForWhatItShouldHaveSaved) {
  SeededRandom random(4);
  std::set<Bytes> seen;
  for (int i = 0; i < 200; ++i) {
    MemoryFileSystem files;
    const std::unique_ptr<File> file = durable_file(files, "a", "..");
    // Different prefixes are lost at different failures of one disk.
    for (int failure = 0; failure <= i % 20; ++failure) {
      ASSERT_TRUE(file->write_at(0, "..").has_value());
      ASSERT_TRUE(file->sync().has_value());
      ASSERT_TRUE(file->write_at(0, "ab").has_value());
      files.set_fault_hook([](Operation, const std::string&) { return fail_errno(EIO, "disk"); });
      EXPECT_FALSE(file->sync().has_value());
      files.set_fault_hook({});
    }
    EXPECT_EQ(read_file(files, "a").value(), "ab");
    ASSERT_TRUE(file->sync().has_value());
    files.crash(random);
    seen.insert(read_file(files, "a").value());
  }
  EXPECT_THAT(seen, ElementsAre("..", "a.", "ab"));  // of one sector all or a prefix
}

TEST(MemoryFileSystem, TheHookMayCutThePower) {
  SeededRandom random(1);
  MemoryFileSystem files;
  const std::unique_ptr<File> file = durable_file(files, "a", "old");
  files.set_fault_hook([&](Operation, const std::string&) -> Result<void> {
    files.crash(random);
    return {};
  });
  EXPECT_EQ(file->write_at(0, "new").error().fault(), Fault::io);
  files.set_fault_hook({});
  EXPECT_EQ(read_file(files, "a").value(), "old");
}

TEST(MemoryFileSystem, AFullDiskTakesWhatFitsAndThrottles) {
  MemoryFileSystem files;
  files.set_capacity(10);
  const std::unique_ptr<File> first = must_open(files, "a", OpenMode::create);
  const std::unique_ptr<File> second = must_open(files, "b", OpenMode::create);
  ASSERT_TRUE(first->write_at(0, "1234567").has_value());
  EXPECT_EQ(files.free_bytes("/").value(), 3U);
  const Result<void> written = second->write_at(0, "abcd");
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(written.error().fault(), Fault::throttled);
  EXPECT_THAT(written.error().message(), HasSubstr("4 bytes at 0 of b"));
  EXPECT_EQ(read_file(files, "b").value(), "abc");
  EXPECT_EQ(files.free_bytes("/").value(), 0U);
  EXPECT_TRUE(first->write_at(0, "7654321").has_value());  // in place
  EXPECT_EQ(first->truncate(8).error().fault(), Fault::throttled);
  EXPECT_EQ(second->write_at(1000, "x").error().fault(), Fault::throttled);
}

TEST(MemoryFileSystem, SpaceComesBackWithTruncateRemoveAndRename) {
  MemoryFileSystem files;
  files.set_capacity(100);
  durable_file(files, "a", Bytes(40, 'a'));
  const std::unique_ptr<File> file = durable_file(files, "b", Bytes(30, 'b'));
  EXPECT_EQ(files.free_bytes("/").value(), 30U);
  ASSERT_TRUE(file->truncate(10).has_value());
  EXPECT_EQ(files.free_bytes("/").value(), 50U);
  ASSERT_TRUE(files.rename("b", "a").has_value());
  EXPECT_EQ(files.free_bytes("/").value(), 90U);
  ASSERT_TRUE(files.remove("a").has_value());
  EXPECT_EQ(files.free_bytes("/").value(), 100U);
  ASSERT_TRUE(file->write_at(0, Bytes(50, 'c')).has_value());  // has no name any more
  EXPECT_EQ(files.free_bytes("/").value(), 100U);
}

TEST(MemoryFileSystem, SpaceIsCountedAnewAfterACrash) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    SeededRandom random(seed);
    MemoryFileSystem files;
    files.set_capacity(100);
    const std::unique_ptr<File> file = durable_file(files, "a", Bytes(10, 'a'));
    ASSERT_TRUE(file->write_at(10, Bytes(20, 'b')).has_value());
    ASSERT_TRUE(files.remove("a").has_value());
    files.crash(random);
    const std::uint64_t used = files.exists("a") ? read_file(files, "a").value().size() : 0;
    ASSERT_EQ(files.free_bytes("/").value(), 100 - used);
  }
}

TEST(MemoryFileSystem, AnyCapacityMayBeSet) {
  MemoryFileSystem files;
  files.set_capacity(std::numeric_limits<std::uint64_t>::max());
  durable_file(files, "a", "x");
  files.set_capacity(0);
  EXPECT_EQ(files.free_bytes("/").value(), 0U);
  EXPECT_EQ(must_open(files, "a", OpenMode::write)->write_at(1, "y").error().fault(),
            Fault::throttled);
}

TEST(MemoryFileSystem, CorruptionIsDurableAtOnce) {
  SeededRandom random(1);
  MemoryFileSystem files;
  durable_file(files, "a", "12345");
  files.corrupt("a", 1, "xx");
  EXPECT_EQ(read_file(files, "a").value(), "1xx45");
  files.crash(random);
  EXPECT_EQ(read_file(files, "a").value(), "1xx45");
}

TEST(MemoryFileSystem, RotFlipsOneSyncedBitAndSaysWhich) {
  std::set<std::string> paths;
  std::set<std::uint64_t> bits;
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    SeededRandom random(seed);
    MemoryFileSystem files;
    ASSERT_TRUE(files.create_directories("d/e").has_value());
    durable_file(files, "elsewhere", "xxxx");
    const std::unique_ptr<File> file = durable_file(files, "d/a", "12");
    durable_file(files, "d/e/b", "3");
    ASSERT_TRUE(file->write_at(2, "unsynced").has_value());
    const auto bit = files.rot("d", random);
    ASSERT_TRUE(bit.has_value());
    paths.insert(bit->path);
    bits.insert((bit->path == "d/a" ? 0 : 16) + bit->offset * 8 + bit->bit);
    Bytes expected = bit->path == "d/a" ? "12unsynced" : "3";
    EXPECT_NE(read_file(files, bit->path).value(), expected);
    expected[bit->offset] = static_cast<char>(expected[bit->offset] ^ (1 << bit->bit));
    EXPECT_EQ(read_file(files, bit->path).value(), expected);
    EXPECT_EQ(read_file(files, "elsewhere").value(), "xxxx");
    files.flip(*bit);
    EXPECT_EQ(read_file(files, "d/a").value(), "12unsynced");
    EXPECT_EQ(read_file(files, "d/e/b").value(), "3");
  }
  EXPECT_THAT(paths, ElementsAre("d/a", "d/e/b"));
  EXPECT_EQ(bits.size(), 24U);
  SeededRandom random(1);
  MemoryFileSystem files;
  EXPECT_FALSE(files.rot("nowhere", random).has_value());
  must_open(files, "empty", OpenMode::create);
  EXPECT_FALSE(files.rot("/", random).has_value());
}

TEST(MemoryFileSystem, TheNthOperationFailsOnceAsTheKernelWouldSayIt) {
  for (const int error_number : {EIO, ENOSPC}) {
    MemoryFileSystem files;
    const std::unique_ptr<File> file = durable_file(files, "a", "x");
    files.set_fault_hook(MemoryFileSystem::fail_nth(3, error_number));
    EXPECT_TRUE(file->write_at(0, "y").has_value());
    EXPECT_TRUE(file->sync().has_value());
    EXPECT_EQ(file->write_at(0, "z").error().fault(),
              error_number == EIO ? Fault::io : Fault::throttled);
    EXPECT_TRUE(file->write_at(0, "z").has_value());
    EXPECT_TRUE(file->sync().has_value());
  }
}

TEST(MemoryFileSystem, FilesMayOutliveTheDisk) {
  std::unique_ptr<File> file;
  {
    MemoryFileSystem files;
    file = durable_file(files, "a", "x");
  }
  EXPECT_EQ(file->size().value(), 1U);
}

TEST(MemoryFileSystem, ThreadsMayShareIt) {
  MemoryFileSystem files;
  const std::unique_ptr<File> shared = must_open(files, "shared", OpenMode::create);
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      const std::string own = std::to_string(i);
      for (std::size_t n = 0; n < 200; ++n) {
        EXPECT_TRUE(replace_file(files, own, own).has_value());
        EXPECT_TRUE(shared->write_at(i * 200 + n, own).has_value());
        EXPECT_TRUE(shared->sync().has_value());
        EXPECT_TRUE(files.list("/").has_value());
      }
    });
  }
  threads.clear();
  EXPECT_EQ(read_file(files, "shared").value().size(), 800U);
  EXPECT_EQ(files.list("/").value().size(), 5U);
}

}  // namespace
}  // namespace sluice
