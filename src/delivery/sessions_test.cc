#include "delivery/sessions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace sluice::delivery {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;

UnixMillis at(std::int64_t second) {
  return unix_millis(1'700'000'000'000 + second * 1000);
}

// Sessions as letters, in the order in which they were found.
class Told {
 public:
  explicit Told(SessionRule rule) : sessions(rule) {}

  // "A"; "B<A" where it ends A before, "A>" where it ends behind the record, "!" where it is late.
  std::string tell(std::int64_t second, std::string_view key = "k", bool is_end = false) {
    const Sessions::Place place = sessions.place({key, at(second), at(1'000'000), is_end});
    if (place.is_late) {
      return "!";
    }
    std::string out = letter(place.partition);
    if (place.ends_before) {
      out += "<" + letter(*place.ends_before);
    }
    return out + (place.ends ? ">" : "");
  }

  std::vector<std::string> tell_all(std::initializer_list<std::int64_t> times) {
    std::vector<std::string> out;
    for (const std::int64_t time : times) {
      out.push_back(tell(time));
    }
    return out;
  }

  static std::string letter(PartitionId id) {
    return std::string(1, static_cast<char>('A' + id.value - 1));
  }

  Sessions sessions;
};

TEST(Sessions, APauseLongerThanTheGapEndsOne) {
  Told told({seconds(60)});
  EXPECT_THAT(told.tell_all({0, 60, 120, 181, 200}), ElementsAre("A", "A", "A", "B<A", "B"));
  const Session first = told.sessions.find(PartitionId(1)).session;
  EXPECT_EQ(first.first, at(0));
  EXPECT_EQ(first.last, at(120));
}

TEST(Sessions, RecordsOutOfOrderJoinTheSessionTheyLieIn) {
  Told told({seconds(60)});
  EXPECT_THAT(told.tell_all({100, 40, 300, 240, 90, 150}),
              ElementsAre("A", "A", "B<A", "B", "A", "A"));
  EXPECT_EQ(told.sessions.find(PartitionId(1)).session.first, at(40));
  EXPECT_EQ(told.sessions.find(PartitionId(2)).session.first, at(240));
}

TEST(Sessions, ARecordOfThePastBeginsASessionThereAndEndsNone) {
  Told told({seconds(60)});
  EXPECT_THAT(told.tell_all({1000, 0, 30, 1010, 500, 1020}),
              ElementsAre("A", "B", "B", "A", "C", "A"));
}

TEST(Sessions, KeysDoNotDisturbEachOther) {
  Told told({seconds(60)});
  EXPECT_EQ(told.tell(0, "a"), "A");
  EXPECT_EQ(told.tell(1000, "b"), "B");
  EXPECT_EQ(told.tell(10, "a"), "A");
  EXPECT_EQ(told.tell(1010, "b"), "B");
  EXPECT_EQ(told.tell(500, "a"), "C<A");
}

TEST(Sessions, AnEndMarkerEndsOneBehindIt) {
  Told told({seconds(60)});
  EXPECT_EQ(told.tell(0), "A");
  EXPECT_EQ(told.tell(10, "k", true), "A>");
  EXPECT_EQ(told.tell(11), "B") << "nothing is left to end";
  EXPECT_EQ(told.tell(5), "A") << "late, within what has ended";
  EXPECT_EQ(told.tell(200, "k", true), "C<B>");
}

TEST(Sessions, NoneGetsLongerThanItMay) {
  Told told({seconds(60), seconds(100)});
  EXPECT_THAT(told.tell_all({0, 50, 99, 100, 150, 199, 200}),
              ElementsAre("A", "A", "A", "B<A", "B", "B", "C<B"));
}

TEST(Sessions, LateRecordsAreRefusedWhereTheRuleSaysSo) {
  Told by_gap({seconds(60), std::nullopt, true});
  EXPECT_THAT(by_gap.tell_all({1000, 940, 879, 1001, 900}), ElementsAre("A", "A", "!", "A", "A"));
  Told by_lateness({seconds(60), std::nullopt, true, seconds(300)});
  EXPECT_THAT(by_lateness.tell_all({1000, 700, 699, 710}), ElementsAre("A", "B", "!", "B"));
  EXPECT_EQ(by_lateness.tell(0, "other"), "C");
}

TEST(Sessions, AClockThatIsAheadMakesNoOtherRecordLate) {
  Told told({seconds(60), std::nullopt, true});
  EXPECT_EQ(told.tell(5'000'000), "A");
  EXPECT_EQ(told.tell(999'990), "B");
  EXPECT_EQ(told.tell(999'995), "B");
}

TEST(Sessions, OnesOfAnotherLifeGoOn) {
  Told told({seconds(60)});
  told.sessions.restore("k", {PartitionId(7), at(0), at(50), false});
  EXPECT_EQ(told.tell(100), "G");
  EXPECT_EQ(told.tell(500), "H<G");
  told.sessions.clear();
  EXPECT_EQ(told.sessions.size(), 0U);
  EXPECT_EQ(told.tell(520), "I") << "ids are not used again";
}

TEST(Sessions, WhatIsNotInUseIsForgotten) {
  Told told({seconds(60)});
  told.tell(0, "a");
  told.tell(0, "b");
  told.tell(500, "a");
  told.sessions.keep_only({PartitionId(3)});
  EXPECT_EQ(told.sessions.size(), 1U);
  EXPECT_EQ(told.sessions.find(PartitionId(1)).key, nullptr);
  EXPECT_EQ(*told.sessions.find(PartitionId(3)).key, "a");
  EXPECT_EQ(told.tell(510, "a"), "C");
  EXPECT_EQ(told.tell(0, "b"), "D");
  told.sessions.withdraw(PartitionId(4));
  EXPECT_EQ(told.sessions.size(), 1U);
  EXPECT_EQ(told.tell(1, "b"), "E");
}

TEST(SessionId, IsDecidedByKeyAndStart) {
  EXPECT_EQ(session_id("k", at(0)), session_id("k", at(0)));
  EXPECT_NE(session_id("k", at(0)), session_id("k", at(1)));
  EXPECT_NE(session_id("k", at(0)), session_id("l", at(0)));
  EXPECT_THAT(session_id("k", at(0)), testing::MatchesRegex("[0-9a-f]{16}"));
}

}  // namespace
}  // namespace sluice::delivery
