// The bytes of one file on a disk that forgets.
#include "base/memory_contents.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

namespace sluice {
namespace {

using testing::Contains;
using testing::ElementsAre;

// Everything that a crash may leave of what `prepare` does.
template <class Prepare>
std::set<Bytes> outcomes_of_crash(Prepare prepare) {
  std::set<Bytes> outcomes;
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
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

TEST(MemoryContents, AnUnsyncedWriteVanishesIsTornOrSurvives) {
  EXPECT_THAT(outcomes_of_crash([](MemoryContents& contents) {
                contents.write(0, "--");
                contents.sync();
                contents.write(1, "abc");
              }),
              ElementsAre("--", "-a", "-ab", "-abc"));
}

TEST(MemoryContents, LaterWritesDoNotSurviveEarlierOnes) {
  EXPECT_THAT(outcomes_of_crash([](MemoryContents& contents) {
                contents.write(0, "ab");
                contents.write(2, "cd");
              }),
              ElementsAre("", "a", "ab", "abc", "abcd"));
}

TEST(MemoryContents, ATruncateSurvivesWholeOrNotAtAll) {
  EXPECT_THAT(outcomes_of_crash([](MemoryContents& contents) {
                contents.write(0, "abcd");
                contents.sync();
                contents.truncate(1);
              }),
              ElementsAre("a", "abcd"));
}

TEST(MemoryContents, AFailedSyncSavesAPrefixAndForgetsTheRestForGood) {
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
  EXPECT_THAT(outcomes, ElementsAre("", "a", "ab"));
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
// crash leaves a version since the last sync, or one torn between two neighbours.
TEST(MemoryContents, RandomHistoriesMatchAModel) {
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    SeededRandom random(seed);
    MemoryContents contents;
    std::set<Bytes> possible{""};
    Bytes current;
    for (int step = 0; step < 8; ++step) {
      const std::uint64_t offset = random.below(6);
      const std::string bytes = random_alphanumeric(random, random.below(4));
      switch (random.below(4)) {
        case 0:
          contents.truncate(offset);
          current.resize(offset);
          possible.insert(current);
          break;
        case 1:
          contents.sync();
          possible = {current};
          break;
        default:
          contents.write(offset, bytes);
          for (std::size_t torn = 1; torn <= bytes.size(); ++torn) {
            Bytes version = current;
            version.resize(std::max(version.size(), offset + torn));
            version.replace(offset, torn, bytes, 0, torn);
            possible.insert(version);
          }
          if (!bytes.empty()) {
            current.resize(std::max(current.size(), offset + bytes.size()));
            current.replace(offset, bytes.size(), bytes);
          }
      }
      ASSERT_EQ(contents.visible(), current);
    }
    contents.crash(random);
    ASSERT_THAT(possible, Contains(Bytes(contents.visible())));
  }
}

}  // namespace
}  // namespace sluice
