// One process per data directory.
#include "base/file_lock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

namespace sluice {
namespace {

using testing::HasSubstr;

class FileLockTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = std::filesystem::temp_directory_path() / "sluice-lock-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    path_ = folder_ / "lock";
  }

  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path folder_;
  std::string path_;
};

TEST_F(FileLockTest, ASecondOneIsRefusedAndLearnsWhoHoldsIt) {
  const Result<FileLock> first = FileLock::acquire(path_);
  ASSERT_TRUE(first.has_value());
  const Result<FileLock> second = FileLock::acquire(path_);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().fault(), Fault::conflict);
  EXPECT_THAT(second.error().message(), HasSubstr(path_));
  EXPECT_THAT(second.error().message(), HasSubstr("process " + std::to_string(getpid())));
}

TEST_F(FileLockTest, AfterTheFirstIsGoneTheNextGetsIt) {
  {
    ASSERT_TRUE(FileLock::acquire(path_).has_value());
  }
  EXPECT_TRUE(FileLock::acquire(path_).has_value());
}

TEST_F(FileLockTest, AChildThatOutlivesItsDeadProcessForAMomentIsWaitedFor) {
  const pid_t holder = fork();
  if (holder == 0) {
    Result<FileLock> lock = FileLock::acquire(path_);
    if (fork() == 0) {
      poll(nullptr, 0, 100);  // as between fork and exec, with the lock's descriptor open
    }
    _exit(lock.has_value() ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(holder, &status, 0), holder);
  ASSERT_EQ(status, 0);
  EXPECT_TRUE(FileLock::acquire(path_).has_value());
}

TEST_F(FileLockTest, AFileLeftBehindByADeadProcessLocksNobodyOut) {
  std::ofstream(path_) << "99999999 and more than the next process id\n";
  const Result<FileLock> lock = FileLock::acquire(path_);
  ASSERT_TRUE(lock.has_value());
  std::string line;
  std::getline(std::ifstream(path_), line);
  EXPECT_EQ(line, std::to_string(getpid()));
}

TEST_F(FileLockTest, AHolderThatHasNotYetWrittenItsIdIsAnotherProcess) {
  const Result<FileLock> first = FileLock::acquire(path_);
  ASSERT_TRUE(first.has_value());
  std::filesystem::resize_file(path_, 0);
  EXPECT_THAT(FileLock::acquire(path_).error().message(), HasSubstr("by another process"));
}

TEST_F(FileLockTest, TellsWhoHoldsItAndWhatForWithoutTakingIt) {
  EXPECT_EQ(FileLock::holder_of(path_), std::nullopt);
  {
    const Result<FileLock> lock = FileLock::acquire(path_);
    ASSERT_TRUE(lock.has_value());
    const auto holder = FileLock::holder_of(path_);
    ASSERT_TRUE(holder.has_value());
    EXPECT_EQ(holder->process, std::to_string(getpid()));
    EXPECT_EQ(holder->doing, "");
    lock->note("draining");
    EXPECT_EQ(FileLock::holder_of(path_)->doing, "draining");
    EXPECT_THAT(FileLock::acquire(path_).error().message(),
                HasSubstr("process " + std::to_string(getpid()) + ";"));
  }
  EXPECT_EQ(FileLock::holder_of(path_), std::nullopt);
}

TEST_F(FileLockTest, AKilledProcessLetsGo) {
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const Result<FileLock> lock = FileLock::acquire(path_);
    const char byte = lock ? 'y' : 'n';
    const bool is_told = write(ready[1], &byte, 1) == 1;
    while (is_told) {
      pause();
    }
    _exit(1);
  }
  char byte = 0;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  ASSERT_EQ(byte, 'y');
  const Result<FileLock> refused = FileLock::acquire(path_);
  ASSERT_FALSE(refused.has_value());
  EXPECT_THAT(refused.error().message(), HasSubstr("process " + std::to_string(child)));

  ASSERT_EQ(kill(child, SIGKILL), 0);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(FileLock::acquire(path_).has_value());
  close(ready[0]);
  close(ready[1]);
}

TEST_F(FileLockTest, MovesWithItsOwner) {
  Result<FileLock> first = FileLock::acquire(path_);
  ASSERT_TRUE(first.has_value());
  {
    const FileLock moved = *std::move(first);
    EXPECT_FALSE(FileLock::acquire(path_).has_value());
  }
  EXPECT_TRUE(FileLock::acquire(path_).has_value());
}

TEST_F(FileLockTest, AMissingFolderIsNamed) {
  const Result<FileLock> lock = FileLock::acquire(folder_ / "absent" / "lock");
  ASSERT_FALSE(lock.has_value());
  EXPECT_EQ(lock.error().fault(), Fault::missing);
  EXPECT_THAT(lock.error().message(), HasSubstr("absent/lock"));
}

}  // namespace
}  // namespace sluice
