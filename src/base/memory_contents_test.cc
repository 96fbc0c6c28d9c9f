// The bytes of one file on a disk that forgets.
#include "base/memory_contents.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace sluice {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

// Everything that a crash may leave of what `prepare` does.
template <class Prepare>
std::set<Bytes> outcomes_of_crash(Prepare prepare, std::uint64_t seeds = 500) {
  std::set<Bytes> outcomes;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    SeededRandom random(seed);
    MemoryContents contents;
    prepare(contents);
    contents.crash(random);
    EXPECT_EQ(contents.visible(), contents.durable());
    outcomes.emplace(contents.visible());
  }
  return outcomes;
}

TEST(MemoryContents, AWriteIsSeenAtOnceAndDurableAfterSync) {
  MemoryContents contents;
  contents.write(0, "abc");
  EXPECT_EQ(contents.visible(), "abc");
  EXPECT_EQ(contents.durable(), "");
  contents.sync();
  EXPECT_EQ(contents.durable(), "abc");
  contents.truncate(1);
  EXPECT_EQ(contents.visible(), "a");
  EXPECT_EQ(contents.durable(), "abc");
  contents.sync();
  EXPECT_EQ(contents.durable(), "a");
}

TEST(MemoryContents, SyncedBytesSurviveEveryCrash) {
  EXPECT_THAT(outcomes_of_crash([](MemoryContents& contents) {
                contents.write(0, "abc");
                contents.write(1, "BC");
                contents.sync();
              }),
              ElementsAre("aBC"));
}

const std::string zeros(4, '\0');

// Within one sector the bytes are those of one moment, and the size may be that of another.
TEST(MemoryContents, AnUnsyncedWriteVanishesIsTornOrSurvives) {
  EXPECT_THAT(outcomes_of_crash([](MemoryContents& contents) {
                contents.write(0, "--");
                contents.sync();
                contents.write(1, "abc");
              }),
              ElementsAre("--", "--" + zeros.substr(0, 2), "-a", "-ab", "-abc"));
}

TEST(MemoryContents, ALaterWriteMayLeaveAHoleWhereAnEarlierOneWas) {
  EXPECT_THAT(
      outcomes_of_crash([](MemoryContents& contents) {
        contents.write(0, "ab");
        contents.write(2, "cd");
      }),
      UnorderedElementsAre(
          "", "a", "ab", "abc", "abcd", zeros.substr(0, 2), zeros, "ab" + zeros.substr(0, 2)));
}

TEST(MemoryContents, ATruncateSurvivesWholeOrItsZerosDo) {
  EXPECT_THAT(outcomes_of_crash([](MemoryContents& contents) {
                contents.write(0, "abcd");
                contents.sync();
                contents.truncate(1);
              }),
              ElementsAre("a", "a" + zeros.substr(0, 3), "abcd"));
}

// Every subset of four sectors that one write has changed, and of two writes either version.
TEST(MemoryContents, EachSectorSurvivesByItself) {
  constexpr std::size_t sector = MemoryContents::sector_bytes_min;
  std::set<std::string> of_one_write;
  std::set<std::string> of_two_writes;
  for (const bool is_twice : {false, true}) {
    const auto outcomes = outcomes_of_crash(
        [is_twice](MemoryContents& contents) {
          contents.write(0, Bytes(4 * sector, '-'));
          contents.sync();
          contents.write(0, Bytes(4 * sector, 'a'));
          if (is_twice) {
            contents.write(sector, Bytes(2 * sector, 'b'));
          }
        },
        20'000);
    for (const Bytes& outcome : outcomes) {
      ASSERT_EQ(outcome.size(), 4 * sector);
      std::string picture;
      for (std::size_t i = 0; i < 4; ++i) {
        const std::string one = outcome.substr(i * sector, sector);
        const bool is_torn = one.find_first_not_of(one[0]) != std::string::npos;
        picture += is_torn ? '?' : one[0];
      }
      if (picture.find('?') == std::string::npos) {
        (is_twice ? of_two_writes : of_one_write).insert(picture);
      }
    }
  }
  EXPECT_EQ(of_one_write.size(), 2U * 2 * 2 * 2);
  EXPECT_EQ(of_two_writes.size(), 2U * 3 * 3 * 2);
}

TEST(MemoryContents, AFailedSyncSavesSomeAndForgetsTheRestForGood) {
  std::set<Bytes> outcomes;
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    SeededRandom random(seed);
    MemoryContents contents;
    contents.write(0, "ab");
    contents.fail_sync(random);
    EXPECT_EQ(contents.visible(), "ab");  // the page cache still shows it
    contents.sync();                      // and this one has nothing left to save
    contents.crash(random);
    outcomes.emplace(contents.visible());
  }
  EXPECT_THAT(outcomes, ElementsAre("", zeros.substr(0, 2), "a", "ab"));
}

TEST(MemoryContents, WhatIsWrittenAfterAFailedSyncIsSavedByTheNext) {
  std::set<Bytes> outcomes;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SeededRandom random(seed);
    MemoryContents contents;
    contents.write(0, "a");
    contents.fail_sync(random);
    contents.write(1, "b");
    contents.sync();
    contents.crash(random);
    outcomes.emplace(contents.visible());
  }
  EXPECT_THAT(outcomes, ElementsAre(std::string("\0b", 2), "ab"));
}

TEST(MemoryContents, AFlippedBitStaysFlipped) {
  MemoryContents contents;
  contents.write(0, "abcd");
  contents.sync();
  contents.write(2, "CD");
  contents.flip(1, 0);
  contents.flip(2, 5);
  EXPECT_EQ(contents.visible(), "accD");
  EXPECT_EQ(contents.durable(), "accd");
  contents.sync();
  EXPECT_EQ(contents.durable(), "accD");
}

TEST(MemoryContents, CorruptionStaysWhateverIsSyncedLater) {
  MemoryContents contents;
  contents.write(0, "abcd");
  contents.sync();
  contents.write(2, "CDEF");
  contents.corrupt(1, "xyz");
  EXPECT_EQ(contents.visible(), "axyzEF");
  EXPECT_EQ(contents.durable(), "axyz");
  contents.sync();
  EXPECT_EQ(contents.durable(), "axyzEF");
}

TEST(MemoryContentsDeathTest, CorruptionBeyondTheEndIsRefused) {
  MemoryContents contents;
  contents.write(0, "abc");
  EXPECT_DEATH(contents.corrupt(2, "xy"), "bytes.size");
  EXPECT_DEATH(contents.corrupt(4, ""), "offset");
}

// A model that keeps every version: after any sequence the visible bytes are the newest, and a
// crash leaves a version since the last sync, one torn between two neighbours, or the bytes of one
// with the size of another.
TEST(MemoryContents, RandomHistoriesMatchAModel) {
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    SeededRandom random(seed);
    MemoryContents contents;
    std::vector<Bytes> versions{""};  // since the last sync
    std::set<Bytes> torn;
    Bytes current;
    for (int step = 0; step < 8; ++step) {
      const std::uint64_t offset = random.below(6);
      const std::string bytes = random_alphanumeric(random, random.below(4));
      switch (random.below(4)) {
        case 0:
          contents.truncate(offset);
          current.resize(offset);
          versions.push_back(current);
          break;
        case 1:
          contents.sync();
          versions = {current};
          torn.clear();
          break;
        default:
          contents.write(offset, bytes);
          for (std::size_t written = 1; written <= bytes.size(); ++written) {
            Bytes version = current;
            version.resize(std::max(version.size(), offset + written));
            version.replace(offset, written, bytes, 0, written);
            torn.insert(version);
          }
          if (!bytes.empty()) {
            current.resize(std::max(current.size(), offset + bytes.size()));
            current.replace(offset, bytes.size(), bytes);
            versions.push_back(current);
          }
      }
      ASSERT_EQ(contents.visible(), current);
    }
    std::set<Bytes> possible = torn;
    for (const Bytes& version : versions) {
      for (const Bytes& other : versions) {
        Bytes mixed = version;
        mixed.resize(other.size());
        possible.insert(mixed);
      }
    }
    contents.crash(random);
    ASSERT_THAT(possible, Contains(Bytes(contents.visible())));
  }
}

}  // namespace
}  // namespace sluice
