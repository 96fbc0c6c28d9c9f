#include "server/replay_source.h"

#include "base/base64.h"
#include "base/memory_file_system.h"
#include "delivery/error_record.h"

#include <gtest/gtest.h>

namespace sluice::server {
namespace {

using delivery::ErrorPlace;
using delivery::Ordinal;
using delivery::PlanNumber;

constexpr std::uint64_t incarnation = 0xabc;
constexpr std::size_t all_bytes = std::size_t{1} << 20;

// Two error objects, of plans 3 and 7, of three lines and two.
class ReplaySourceTest : public testing::Test {
 protected:
  ReplaySourceTest() {
    write("k3", line("a", "X.One", 100) + line("b", "X.Two", 200) + line("c", "X.One", 300));
    write("k7", line("d", "X.One", 400) + line("e", "X.Two", 500));
    order_.incarnation = incarnation;
    order_.objects = {object(3, "k3", 3), object(7, "k7", 2)};
  }

  static Bytes line(std::string_view data, std::string_view code, std::int64_t arrival) {
    delivery::ConversionFailure failure;
    failure.arrival = unix_millis(arrival);
    failure.error_code = code;
    failure.raw_data = data;
    failure.sequence_number = data;
    Bytes text;
    delivery::ErrorRecords(delivery::SchemaReference{}).append_line(text, failure);
    return text;
  }

  static ReplayObject object(std::uint64_t plan, std::string key, std::uint64_t lines) {
    return {.plan = PlanNumber(plan),
            .bucket = "b",
            .key = std::move(key),
            .lines = lines,
            .mark = {.shard = replay_shard(incarnation, PlanNumber(plan)), .settled = {}}};
  }

  void write(const std::string& key, const Bytes& text) {
    ASSERT_TRUE(replace_file(files_, "/" + key, text));
  }

  ReplaySource source() {
    return {
        order_,
        [this](const std::string&, const std::string& key) -> Result<std::shared_ptr<const File>> {
          SLUICE_TRY(file, files_.open("/" + key, OpenMode::read));
          return std::shared_ptr<const File>(std::move(file));
        }};
  }

  // "1a 2b": ordinals and data of a shard, read to its end.
  static std::string read_all(ReplaySource& source,
                              std::uint64_t plan,
                              std::uint64_t from = 1,
                              std::size_t bytes = all_bytes) {
    std::string text;
    while (true) {
      const auto batch =
          source.read(replay_shard(incarnation, PlanNumber(plan)), Ordinal(from), bytes);
      if (!batch) {
        return text + "!" + std::string(fault_name(batch.error().fault()));
      }
      if (batch->records.empty()) {
        return text;
      }
      for (const delivery::SourceRecord& record : batch->records) {
        text += (text.empty() ? "" : " ") + std::to_string(record.ordinal.value) +
                std::string(record.data);
        from = record.ordinal.value + 1;
      }
    }
  }

  MemoryFileSystem files_;
  ReplaySource::Order order_;
};

TEST_F(ReplaySourceTest, EachObjectIsAShardAndEachLineARecordWithItsFirstArrival) {
  ReplaySource read = source();
  const auto shards = read.shards();
  ASSERT_TRUE(shards);
  ASSERT_EQ(shards->size(), 2U);
  EXPECT_EQ((*shards)[0].key, replay_shard(incarnation, PlanNumber(3)));
  EXPECT_EQ((*shards)[1].parents, std::vector{(*shards)[0].key});
  EXPECT_TRUE((*shards)[0].is_closed);
  EXPECT_EQ(read.tip((*shards)[0].key), Ordinal(4));
  EXPECT_EQ(read_all(read, 3), "1a 2b 3c");
  EXPECT_EQ(read_all(read, 7), "1d 2e");
  EXPECT_EQ(read.read((*shards)[1].key, Ordinal(2), all_bytes)->records[0].arrival,
            unix_millis(500));
  const ReplayCounts counts = read.counts();
  EXPECT_EQ(counts.objects, 2U);
  EXPECT_EQ(counts.lines, 5U);
  EXPECT_EQ(counts.passed, 5U);
  EXPECT_EQ(counts.matched, 5U);
}

TEST_F(ReplaySourceTest, ReadingGoesOnAnywhereAndAgain) {
  ReplaySource read = source();
  EXPECT_EQ(read_all(read, 3, 1, 1), "1a 2b 3c") << "one at a time";
  EXPECT_EQ(read_all(read, 3, 3), "3c");
  EXPECT_EQ(read_all(read, 3, 2), "2b 3c") << "backwards";
  EXPECT_EQ(read.counts().matched, 3U) << "what is read again does not count again";
}

TEST_F(ReplaySourceTest, WhatIsSettledOrNotAskedForIsLeftOut) {
  order_.objects[0].mark.low = Ordinal(2);
  order_.objects[0].mark.settled.add(Ordinal(3));
  ReplaySource rest = source();
  EXPECT_EQ(read_all(rest, 3), "2b");
  EXPECT_EQ(rest.counts().lines, 3U);
  order_.filter.code = "One";
  ReplaySource coded = source();
  EXPECT_EQ(read_all(coded, 7), "1d");
  order_.filter = {.from = unix_millis(400), .to = unix_millis(500), .code = {}};
  ReplaySource timed = source();
  EXPECT_EQ(read_all(timed, 3) + read_all(timed, 7), "1d");
}

TEST_F(ReplaySourceTest, ACodeIsNamedWholeOrByItsLastPart) {
  delivery::ErrorLine line;
  line.code = "DataFormatConversion.ParseError";
  for (const auto& [code, is_taken] : std::map<std::string, bool>{{"", true},
                                                                  {"ParseError", true},
                                                                  {line.code, true},
                                                                  {"Error", false},
                                                                  {"Parse", false}}) {
    EXPECT_EQ((ReplayFilter{.from = {}, .to = {}, .code = code}.takes(line)), is_taken) << code;
  }
}

TEST_F(ReplaySourceTest, RepairsTakeThePlaceOfTheDataAndOtherLinesAreLeftOut) {
  order_.repairs = {{ErrorPlace{3, 2}, "B"}, {ErrorPlace{7, 1}, "D"}};
  ReplaySource read = source();
  EXPECT_EQ(read_all(read, 3), "2B");
  EXPECT_EQ(read_all(read, 7), "1D");
}

TEST_F(ReplaySourceTest, WhatIsNoErrorLineIsToldAndLeftOut) {
  write("k3", "no json\n" + line("b", "X.Two", 200) + "{\"rawData\":\"a\"}\n");
  ReplaySource read = source();
  EXPECT_EQ(read_all(read, 3), "2b");
  EXPECT_EQ(read_all(read, 3), "2b");
  EXPECT_EQ(read.counts().problems.size(), 2U);
  EXPECT_EQ(read.counts().matched, 1U);
}

TEST_F(ReplaySourceTest, AnObjectThatWasCutOrGrewGivesTheLinesThatItHad) {
  write("k3", line("a", "X", 1) + line("b", "X", 1).substr(0, 20));
  write("k7", line("d", "X", 1) + line("e", "X", 1) + line("f", "X", 1));
  ReplaySource read = source();
  EXPECT_EQ(read_all(read, 3), "1a");
  EXPECT_EQ(read_all(read, 7), "1d 2e");
}

TEST_F(ReplaySourceTest, AnObjectThatIsGoneIsNoShardAnyMore) {
  ASSERT_TRUE(files_.remove("/k3"));
  ReplaySource read = source();
  EXPECT_EQ(read_all(read, 3), "!missing");
  ASSERT_EQ(read.shards()->size(), 1U);
  EXPECT_TRUE(read.shards()->front().parents.empty());
  EXPECT_EQ(read.counts().problems.size(), 1U);
}

TEST_F(ReplaySourceTest, WhatIsRefusedAgainIsCountedOnceByItsCode) {
  ReplaySource read = source();
  const auto shard = replay_shard(incarnation, PlanNumber(3));
  const auto batch = read.read(shard, Ordinal(1), all_bytes);
  ASSERT_TRUE(batch);
  for (int again = 0; again < 2; ++again) {
    read.note_left(shard, batch->records[0], {"X.Three", "why", ""});
    read.note_left(shard, batch->records[1], {"X.Three", "why", ""});
  }
  EXPECT_EQ(read.counts().still_failing(), 2U);
  EXPECT_EQ(read.counts().failing.at("X.Three").message, "why");
}

TEST_F(ReplaySourceTest, AWalkGoesOnBehindAPlace) {
  std::string text;
  source().walk({3, 2}, [&](const ReplaySource::Waiting& waiting) {
    text += waiting.place.text() + waiting.line.raw_data + " ";
    return waiting.place.plan != 7;
  });
  EXPECT_EQ(text, "3-3c 7-1d ");
}

}  // namespace
}  // namespace sluice::server
