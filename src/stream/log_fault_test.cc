// A disk that fails, operation by operation: what was acknowledged is there, what was refused never
// comes back, and the log takes records again once the disk does.
#include "stream/log_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

namespace sluice::stream {
namespace {

using Operation = MemoryFileSystem::Operation;
using testing::HasSubstr;
using testing::IsEmpty;

struct Plan {
  Operation operation;
  Fault fault = Fault::io;
  int skip = 0;          // so many go well first
  bool is_once = false;  // only one fails, not all from there on
};

// How many operations have failed.
std::shared_ptr<int> install(TestLog& test, const Plan& plan) {
  auto failed = std::make_shared<int>(0);
  test.files.set_fault_hook(
      [=, left = plan.skip](Operation asked, const std::string&) mutable -> Result<void> {
        if (asked != plan.operation || left-- > 0 || (plan.is_once && *failed > 0)) {
          return {};
        }
        ++*failed;
        return fail(plan.fault, "injected");
      });
  return failed;
}

// Ten requests over several segments while the plan is in force, then one more on a good disk, a
// kill and a power cut.  Whether the plan has come into force at all.
bool survives(const Plan& plan) {
  TestLog test(1, 1, {.segment_bytes = 400, .cache_bytes = 0});
  test.must_append({{0, "before"}});
  std::vector<std::string> stored = {"before"};
  const auto failed = install(test, plan);
  int refused_behind_failure = 0;
  for (int i = 0; i < 10; ++i) {
    const std::string data = "record " + std::to_string(i);
    const int failed_before = *failed;
    if (test.append({{0, data}})) {
      stored.push_back(data);
    } else {
      refused_behind_failure += failed_before > 0 ? 1 : 0;
    }
  }
  test.files.set_fault_hook({});
  EXPECT_TRUE(!plan.is_once || refused_behind_failure == 0) << "one failure refuses one request";
  test.must_append({{0, "after"}});
  stored.emplace_back("after");

  const auto read = [&] {
    std::vector<std::string> all;
    for (const Got& got : test.read_all()) {
      all.push_back(got.data);
    }
    return all;
  };
  EXPECT_EQ(read(), stored);
  test.reopen();
  EXPECT_EQ(read(), stored);
  test.crash();
  EXPECT_EQ(read(), stored);
  EXPECT_THAT(test.log->recovery().damages, IsEmpty());
  return *failed > 0;
}

TEST(LogFault, WhateverFailsWhateverWasAcknowledgedStaysAndWhatWasRefusedNeverComesBack) {
  for (const Operation operation : {Operation::open,
                                    Operation::write,
                                    Operation::sync,
                                    Operation::truncate,
                                    Operation::rename,
                                    Operation::remove,
                                    Operation::sync_directory}) {
    for (const Fault fault : {Fault::io, Fault::throttled}) {
      for (const bool is_once : {true, false}) {
        int skip = 0;
        while (
            survives({.operation = operation, .fault = fault, .skip = skip, .is_once = is_once})) {
          ++skip;
        }
        SCOPED_TRACE(testing::Message()
                     << "operation " << static_cast<int>(operation) << ", once " << is_once);
        const bool is_used = operation == Operation::open || operation == Operation::write ||
                             operation == Operation::sync || operation == Operation::sync_directory;
        EXPECT_TRUE(!is_used || skip > 0) << "the log does this, so it must have failed once";
        ASSERT_FALSE(testing::Test::HasFailure()) << "skip " << skip;
      }
    }
  }
}

// The same, told apart by nothing but their order: the first operation, the second, and so on.
TEST(LogFault, TheNthOperationFailsAsTheKernelSaysItAndOneRequestIsRefused) {
  const auto ten_requests = [](TestLog& test) {
    std::vector<std::string> stored;
    for (int i = 0; i < 10; ++i) {
      const std::string data = "record " + std::to_string(i);
      if (test.append({{0, data}})) {
        stored.push_back(data);
      }
    }
    return stored;
  };
  std::uint64_t operations = 0;
  TestLog counted(1, 1, {.segment_bytes = 400, .cache_bytes = 0});
  counted.files.set_fault_hook([&](Operation, const std::string&) -> Result<void> {
    ++operations;
    return {};
  });
  ASSERT_EQ(ten_requests(counted).size(), 10U);
  ASSERT_GT(operations, 30U);
  for (const int error_number : {EIO, ENOSPC}) {
    for (std::uint64_t nth = 1; nth <= operations; ++nth) {
      SCOPED_TRACE(testing::Message() << "errno " << error_number << ", operation " << nth);
      TestLog test(1, 1, {.segment_bytes = 400, .cache_bytes = 0});
      test.files.set_fault_hook(MemoryFileSystem::fail_nth(nth, error_number));
      const auto stored = ten_requests(test);
      ASSERT_GE(stored.size(), 9U);
      test.files.set_fault_hook({});
      test.crash();
      std::vector<std::string> all;
      for (const Got& got : test.read_all()) {
        all.push_back(got.data);
      }
      ASSERT_EQ(all, stored);
      ASSERT_THAT(test.log->recovery().damages, IsEmpty());
    }
  }
}

TEST(LogFault, AFailedSyncIsNeverTriedAgainOnItsFile) {
  TestLog test;
  test.must_append({{0, "a"}});
  const std::string first = test.segment_path(1);
  int syncs = 0;
  test.files.set_fault_hook([&](Operation asked, const std::string& path) -> Result<void> {
    if (asked == Operation::sync && path == first) {
      ++syncs;
      return fail(Fault::io, "EIO");
    }
    return {};
  });
  EXPECT_FALSE(test.append({{0, "refused"}}));
  EXPECT_EQ(syncs, 1);
  test.must_append({{0, "b"}});
  test.must_append({{0, "c"}});
  EXPECT_EQ(syncs, 1) << "a second fdatasync would succeed and say nothing of the pages lost";
  test.files.set_fault_hook({});
  test.crash();
  EXPECT_THAT(test.read_all(), testing::ElementsAre(Got{1, "a"}, Got{2, "b"}, Got{3, "c"}));
}

TEST(LogFault, AReadThatFailsIsNoLoss) {
  TestLog test(1, 1, {.segment_bytes = 400, .cache_bytes = 0});
  for (int i = 0; i < 9; ++i) {
    test.must_append({{0, "record " + std::to_string(i)}});
  }
  test.reopen();
  test.files.set_fault_hook([](Operation asked, const std::string&) {
    return asked == Operation::read ? Result<void>(fail(Fault::io, "EIO")) : Result<void>();
  });
  for (const std::uint64_t from : {1U, 5U, 9U}) {
    const auto batch = test.log->read(ShardIndex(0), Ordinal(from), 1 << 20, 100);
    ASSERT_FALSE(batch.has_value());
    EXPECT_EQ(batch.error().fault(), Fault::io);
    EXPECT_THAT(batch.error().message(), HasSubstr("EIO"));
    EXPECT_EQ(test.log->skip_damaged(ShardIndex(0), Ordinal(from)).error().fault(), Fault::io);
  }
  test.files.set_fault_hook({});
  EXPECT_THAT(test.log->damages(), IsEmpty());
  EXPECT_EQ(test.read_all().size(), 9U);
}

TEST(LogFault, AFullDiskRefusesAtEveryByteAndTakesAgainWhenThereIsRoom) {
  TestLog measure(1, 1, {.segment_bytes = 400});
  const auto fill = [](TestLog& test) {
    std::vector<std::string> stored;
    for (int i = 0; i < 6; ++i) {
      const std::string data = "record " + std::to_string(i);
      if (test.append({{0, data}})) {
        stored.push_back(data);
      }
    }
    return stored;
  };
  fill(measure);
  const std::uint64_t whole = measure.log->totals().file_bytes;
  for (std::uint64_t capacity = 0; capacity <= whole; capacity += 7) {
    SCOPED_TRACE(capacity);
    TestLog test(1, 1, {.segment_bytes = 400});
    test.files.set_capacity(capacity);
    auto stored = fill(test);
    test.files.set_capacity(1 << 20);
    test.must_append({{0, "after"}});
    stored.emplace_back("after");
    test.crash();
    std::vector<std::string> all;
    for (const Got& got : test.read_all()) {
      all.push_back(got.data);
    }
    ASSERT_EQ(all, stored);
    ASSERT_THAT(test.log->recovery().damages, IsEmpty());
  }
}

}  // namespace
}  // namespace sluice::stream
