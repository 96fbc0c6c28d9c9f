#include "stream/disk_reserve.h"

#include "base/check.h"
#include "base/memory_file_system.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <vector>

namespace sluice::stream {
namespace {

using Operation = MemoryFileSystem::Operation;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::uint64_t mib = std::uint64_t{1} << 20;
constexpr std::uint64_t reserve_bytes = 2 * mib + 100;
constexpr std::uint64_t floor_bytes = 8 * mib;

// On a disk of 100 MiB.
class DiskReserveTest : public testing::Test {
 protected:
  DiskReserveTest() {
    SLUICE_CHECK(files_.create_directories("data").has_value());
    files_.set_capacity(100 * mib);
    open();
  }

  void open(std::uint64_t bytes = reserve_bytes) {
    reserve_.emplace(
        files_,
        DiskReserveOptions{.directory = "data",
                           .bytes = bytes,
                           .floor = floor_bytes,
                           .report = [this](const std::string& line) { lines_.push_back(line); }});
  }

  std::uint64_t free() { return files_.free_bytes("data").value(); }

  // Has others use the disk until so much is free.
  void leave_free(std::uint64_t bytes) {
    files_.set_capacity(100 * mib);
    files_.set_capacity(100 * mib - free() + bytes);
    SLUICE_CHECK(free() == bytes);
  }

  void fail_each(Operation which) {
    files_.set_fault_hook([which](Operation operation, const std::string&) -> Result<void> {
      return operation == which ? fail(Fault::io, "broken") : Result<void>();
    });
  }

  MemoryFileSystem files_;
  std::vector<std::string> lines_;
  std::optional<DiskReserve> reserve_;
};

TEST_F(DiskReserveTest, GivesItsRoomBackWhenTheDiskIsNearlyFull) {
  EXPECT_EQ(reserve_->held_bytes(), 0U);
  reserve_->keep();
  EXPECT_EQ(reserve_->held_bytes(), reserve_bytes);
  EXPECT_EQ(free(), 100 * mib - reserve_bytes);
  reserve_->keep();
  leave_free(reserve_bytes);
  reserve_->keep();
  EXPECT_EQ(free(), reserve_bytes) << "as much as it holds is free";
  EXPECT_THAT(lines_, IsEmpty());

  leave_free(reserve_bytes - 1);
  reserve_->keep();
  EXPECT_EQ(free(), 2 * reserve_bytes - 1);
  EXPECT_EQ(reserve_->held_bytes(), 0U);
  EXPECT_THAT(lines_, ElementsAre(HasSubstr("the reserve of 2097252 is released")));
}

TEST_F(DiskReserveTest, IsReleasedWhenNotAByteIsFree) {
  reserve_->keep();
  leave_free(0);
  reserve_->keep();
  EXPECT_EQ(free(), reserve_bytes);
}

TEST_F(DiskReserveTest, IsTakenAgainWhenTheFloorIsFree) {
  leave_free(floor_bytes - 1);
  reserve_->keep();
  EXPECT_FALSE(files_.exists("data/reserve"));
  leave_free(floor_bytes);
  reserve_->keep();
  EXPECT_EQ(free(), floor_bytes - reserve_bytes);
  EXPECT_EQ(reserve_->held_bytes(), reserve_bytes);
}

TEST_F(DiskReserveTest, OutlivesTheProcess) {
  reserve_->keep();
  files_.kill();
  leave_free(0);
  open();
  EXPECT_EQ(reserve_->held_bytes(), reserve_bytes);
  reserve_->keep();
  EXPECT_EQ(free(), reserve_bytes) << "a start on a full disk has room";
}

TEST_F(DiskReserveTest, AFileOfAnotherSizeIsMadeAgain) {
  reserve_->keep();
  open(mib);
  EXPECT_EQ(reserve_->held_bytes(), 0U);
  EXPECT_EQ(free(), 100 * mib);
  reserve_->keep();
  EXPECT_EQ(free(), 99 * mib);
}

TEST_F(DiskReserveTest, WithoutASizeThereIsNoneAndAnOldOneGoes) {
  reserve_->keep();
  open(0);
  EXPECT_FALSE(files_.exists("data/reserve"));
  reserve_->keep();
  EXPECT_EQ(reserve_->held_bytes(), 0U);
  EXPECT_FALSE(files_.exists("data/reserve"));
}

TEST_F(DiskReserveTest, AWriteThatFailsLeavesNothingIsToldOnceAndTriedAgain) {
  fail_each(Operation::write);
  reserve_->keep();
  reserve_->keep();
  EXPECT_EQ(reserve_->held_bytes(), 0U);
  EXPECT_FALSE(files_.exists("data/reserve"));
  EXPECT_THAT(lines_, ElementsAre(HasSubstr("broken")));
  files_.set_fault_hook({});
  reserve_->keep();
  EXPECT_EQ(reserve_->held_bytes(), reserve_bytes);
}

TEST_F(DiskReserveTest, WhatCannotBeRemovedIsHeldStill) {
  reserve_->keep();
  leave_free(0);
  fail_each(Operation::remove);
  reserve_->keep();
  EXPECT_EQ(reserve_->held_bytes(), reserve_bytes);
  files_.set_fault_hook({});
  reserve_->keep();
  EXPECT_EQ(reserve_->held_bytes(), 0U);
}

}  // namespace
}  // namespace sluice::stream
