// Runs of ordinals against a plain set of numbers, and marks that move past what touches them.
#include "delivery/position.h"

#include "base/random.h"

#include <gtest/gtest.h>

#include <set>

namespace sluice::delivery {
namespace {

OrdinalSet set_of(std::initializer_list<std::pair<std::uint64_t, std::uint64_t>> runs) {
  OrdinalSet set;
  for (const auto& [first, last] : runs) {
    set.add(Ordinal{first}, Ordinal{last});
  }
  return set;
}

TEST(OrdinalSet, NeighboursAndOverlapsBecomeOneRun) {
  struct Case {
    const char* name;
    OrdinalSet given;
    OrdinalSet expected;
  };

  const Case cases[] = {
      {"touching above", set_of({{1, 3}, {4, 6}}), set_of({{1, 6}})},
      {"touching below", set_of({{4, 6}, {1, 3}}), set_of({{1, 6}})},
      {"apart", set_of({{1, 3}, {5, 6}}), set_of({{1, 3}, {5, 6}})},
      {"apart, backwards", set_of({{5, 6}, {1, 3}}), set_of({{1, 3}, {5, 6}})},
      {"bridging several",
       set_of({{1, 1}, {3, 3}, {5, 5}, {9, 9}, {2, 6}}),
       set_of({{1, 6}, {9, 9}})},
      {"inside", set_of({{1, 9}, {3, 4}}), set_of({{1, 9}})},
      {"around", set_of({{3, 4}, {8, 9}, {1, 10}}), set_of({{1, 10}})},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(c.given, c.expected) << c.name;
  }
  EXPECT_EQ(set_of({{1, 1}, {3, 3}, {5, 5}, {9, 9}, {2, 6}}).runs().size(), 2U);
}

TEST(OrdinalSet, IsUnitedWithAnotherAsIfItsRunsWereAddedOneByOne) {
  SeededRandom random(11);
  const auto any = [&](int runs, std::uint64_t top) {
    OrdinalSet set;
    for (int i = 0; i < runs; ++i) {
      const Ordinal first{1 + random.below(top)};
      set.add(first, first + random.below(4));
    }
    return set;
  };
  for (int round = 0; round < 500; ++round) {
    const auto top = 10 + random.below(400);
    OrdinalSet united = any(static_cast<int>(random.below(40)), top);
    const OrdinalSet other = any(static_cast<int>(random.below(40)), top);
    OrdinalSet added = united;
    for (const OrdinalSet::Run& run : other.runs()) {
      added.add(run.first, run.last);
    }
    united.add_all(other);
    EXPECT_EQ(united, added);
  }
}

TEST(OrdinalSet, AgreesWithASetOfNumbers) {
  SeededRandom random(7);
  for (int round = 0; round < 200; ++round) {
    OrdinalSet runs;
    std::set<std::uint64_t> numbers;
    for (int i = 0; i < 30; ++i) {
      const std::uint64_t first = 1 + random.below(100);
      const std::uint64_t last = first + random.below(6);
      runs.add(Ordinal{first}, Ordinal{last});
      for (std::uint64_t n = first; n <= last; ++n) {
        numbers.insert(n);
      }
      if (random.below(10) == 0) {
        const std::uint64_t bound = 1 + random.below(50);
        runs.remove_below(Ordinal{bound});
        numbers.erase(numbers.begin(), numbers.lower_bound(bound));
      }
    }
    ASSERT_EQ(runs.count(), numbers.size());
    for (std::uint64_t n = 1; n < 120; ++n) {
      ASSERT_EQ(runs.contains(Ordinal{n}), numbers.contains(n));
    }
    for (std::size_t i = 1; i < runs.runs().size(); ++i) {
      ASSERT_LT(runs.runs()[i - 1].last + 1, runs.runs()[i].first);
    }
    Bytes stored;
    runs.encode(stored);
    const auto back = OrdinalSet::decode(stored);
    ASSERT_TRUE(back) << back.error().message();
    ASSERT_EQ(*back, runs);
  }
}

TEST(OrdinalSet, TheStoredFormIsGapsAndLengths) {
  Bytes stored;
  set_of({{1, 1}, {5, 8}}).encode(stored);
  EXPECT_EQ(stored, Bytes("\x02\x01\x00\x03\x03", 5));
}

TEST(OrdinalSet, BrokenBytesAreRefused) {
  const Bytes cases[] = {
      Bytes(),
      Bytes("\x01", 1),
      Bytes("\x01\x01", 2),
      Bytes("\x01\x00\x01", 3),          // ordinal 0
      Bytes("\x02\x01\x00\x00\x00", 5),  // second run touches the first
      Bytes("\x01\x01\x00\x00", 4),      // a byte too many
      Bytes("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10),
      Bytes("\x01\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 12),
  };
  for (const Bytes& bytes : cases) {
    const auto decoded = OrdinalSet::decode(bytes);
    ASSERT_FALSE(decoded);
    EXPECT_EQ(decoded.error().fault(), Fault::corrupt);
  }
}

TEST(ShardMark, TheLowMarkMovesPastEveryRunThatTouchesIt) {
  ShardMark mark;
  mark.settle(set_of({{5, 6}}));
  EXPECT_EQ(mark.low, Ordinal{1});
  EXPECT_TRUE(mark.is_settled(Ordinal{5}));
  EXPECT_FALSE(mark.is_settled(Ordinal{4}));

  mark.settle(set_of({{1, 3}}));
  EXPECT_EQ(mark.low, Ordinal{4});

  mark.settle(set_of({{4, 4}}));
  EXPECT_EQ(mark.low, Ordinal{7});
  EXPECT_TRUE(mark.settled.empty());

  mark.settle(set_of({{2, 8}, {10, 11}}));
  EXPECT_EQ(mark.low, Ordinal{9});
  EXPECT_EQ(mark.settled, set_of({{10, 11}}));
}

PartialRecord some(std::uint64_t ordinal,
                   std::uint32_t parts,
                   std::initializer_list<std::uint64_t> held) {
  PartialRecord one{Ordinal{ordinal}, parts, 7, {}};
  for (const std::uint64_t part : held) {
    one.held.add(Ordinal{part});
  }
  return one;
}

TEST(PartialRecords, ARecordIsWholeWithItsLastPart) {
  PartialRecords partial;
  EXPECT_FALSE(partial.add(some(5, 3, {3})));
  EXPECT_FALSE(partial.add(some(2, 2, {1})));
  EXPECT_FALSE(partial.add(some(5, 3, {1})));
  ASSERT_NE(partial.find(Ordinal{5}), nullptr);
  EXPECT_TRUE(partial.find(Ordinal{5})->held.contains(Ordinal{3}));
  EXPECT_FALSE(partial.find(Ordinal{5})->held.contains(Ordinal{2}));
  EXPECT_TRUE(partial.add(some(5, 3, {2})));
  EXPECT_EQ(partial.find(Ordinal{5}), nullptr);
  EXPECT_TRUE(partial.add(some(6, 2, {1, 2})));
  ASSERT_EQ(partial.all().size(), 1U);
  EXPECT_EQ(partial.all()[0].ordinal, Ordinal{2});
}

TEST(PartialRecords, TheStoredFormComesBackAndNothingElseIsTaken) {
  PartialRecords partial;
  partial.add(some(5, 3, {1, 3}));
  partial.add(some(900, 70'000, {69'999}));
  Bytes bytes;
  partial.encode(bytes);
  ByteReader reader(bytes);
  const auto again = PartialRecords::decode(reader);
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(*again, partial);
  EXPECT_EQ(reader.remaining(), 0U);
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    ByteReader cut(ByteView(bytes).substr(0, length));
    EXPECT_FALSE(PartialRecords::decode(cut).has_value()) << length;
  }
}

TEST(PartialRecords, FormsThatContradictThemselvesAreRefused) {
  struct Case {
    const char* name;
    std::vector<std::uint8_t> bytes;
  };

  // Count; ordinal, parts, version; count of runs, gap, length - 1.
  const Case cases[] = {
      {"whole", {1, 5, 2, 0, 1, 1, 1}},
      {"nothing held", {1, 5, 2, 0, 0, 0, 0}},
      {"a part behind the last", {1, 5, 2, 0, 1, 3, 0}},
      {"ordinal 0", {1, 0, 2, 0, 1, 1, 0}},
      {"twice", {2, 5, 2, 0, 1, 1, 0, 5, 2, 0, 1, 1, 0}},
      {"more than there are", {9, 5, 2, 0, 1, 1, 0}},
  };
  for (const Case& c : cases) {
    const Bytes bytes(c.bytes.begin(), c.bytes.end());
    ByteReader reader(bytes);
    EXPECT_FALSE(PartialRecords::decode(reader).has_value()) << c.name;
  }
}

TEST(ShardMark, ARecordIsSettledWithItsLastPart) {
  ShardMark mark{{StreamIncarnation{1}, 0}, Ordinal{1}, {}, {}};
  ShardPositions first{mark.shard, {}, {}};
  first.ordinals.add(Ordinal{1});
  first.partial.add(some(2, 2, {1}));
  mark.settle(first);
  EXPECT_EQ(mark.low, Ordinal{2});
  ShardPositions second{mark.shard, {}, {}};
  second.ordinals.add(Ordinal{3});
  second.partial.add(some(2, 2, {2}));
  mark.settle(second);
  EXPECT_EQ(mark.low, Ordinal{4});
  EXPECT_TRUE(mark.partial.empty());
  mark.settle(second);  // again changes nothing
  EXPECT_EQ(mark.low, Ordinal{4});
  EXPECT_TRUE(mark.partial.empty());
}

TEST(ShardMark, ARecordThatIsLostKeepsNoParts) {
  ShardMark mark{{StreamIncarnation{1}, 0}, Ordinal{1}, {}, {}};
  mark.partial.add(some(2, 2, {1}));
  OrdinalSet lost;
  lost.add(Ordinal{2});
  mark.settle(lost);
  EXPECT_TRUE(mark.partial.empty());
  EXPECT_TRUE(mark.is_settled(Ordinal{2}));
}

}  // namespace
}  // namespace sluice::delivery
