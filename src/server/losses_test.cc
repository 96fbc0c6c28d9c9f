#include "server/losses.h"

#include "base/check.h"
#include "base/memory_file_system.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace sluice::server {
namespace {

using stream::Ordinal;
using stream::ShardIndex;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST(OrdinalSet, CountsEachOrdinalOnce) {
  OrdinalSet set;
  const auto add = [&](std::uint64_t first, std::uint64_t next) {
    return set.add({.first = Ordinal(first), .next = Ordinal(next)});
  };
  EXPECT_EQ(add(10, 20), 10U);
  EXPECT_EQ(add(10, 20), 0U);
  EXPECT_EQ(add(5, 5), 0U);
  EXPECT_EQ(add(18, 25), 5U);
  EXPECT_EQ(add(30, 40), 10U);
  EXPECT_EQ(add(0, 100), 75U);
  EXPECT_EQ(add(1, 99), 0U);
  EXPECT_EQ(add(100, 101), 1U);
}

TEST(OrdinalSet, AgreesWithASetUnderRandomRanges) {
  SeededRandom random(3);
  OrdinalSet set;
  std::vector<bool> model(200);
  for (int i = 0; i < 2000; ++i) {
    const std::uint64_t first = random.next() % 190;
    const std::uint64_t next = first + random.next() % 10;
    std::uint64_t fresh = 0;
    for (std::uint64_t at = first; at < next; ++at) {
      fresh += model[at] ? 0 : 1;
      model[at] = true;
    }
    ASSERT_EQ(set.add({.first = Ordinal(first), .next = Ordinal(next)}), fresh) << i;
  }
}

// Three puts, of which the second has two records, and a marker behind them.
class LossesTest : public testing::Test {
 protected:
  LossesTest() {
    SLUICE_CHECK(files_.create_directories("data").has_value());
    open();
    auto created = streams_->create({.name = "s", .shards = 1});
    SLUICE_CHECK(created.has_value());
    put({"one"});
    put({"two", "three"});
    put({"four"});
    streams_->close();
    restart();
  }

  void open() {
    writer_ = std::make_unique<stream::LogWriter>(files_, clock_, stream::LogWriterOptions{});
    auto opened = stream::Streams::open({.files = files_,
                                         .clock = clock_,
                                         .random = random_,
                                         .definitions = definitions_,
                                         .writer = *writer_},
                                        "data",
                                        {});
    SLUICE_CHECK(opened.has_value());
    streams_ = std::move(*opened);
  }

  void restart() {
    streams_.reset();
    writer_.reset();
    open();
    lines_.clear();
    losses_ = std::make_unique<Losses>([this](const std::string& line) { lines_.push_back(line); });
  }

  void put(const std::vector<std::string>& data) {
    std::vector<stream::PutRecord> records;
    records.reserve(data.size());
    for (const std::string& one : data) {
      records.push_back({.data = one, .partition_key = "k", .explicit_hash_key = std::nullopt});
    }
    bool is_stored = false;
    SLUICE_CHECK(streams_
                     ->put(streams_->find("s"),
                           records,
                           {},
                           [&](const Result<stream::AppendReceipt>& receipt) {
                             is_stored = receipt.has_value();
                           })
                     .has_value());
    writer_->flush();
    SLUICE_CHECK(is_stored);
  }

  std::string log_path() {
    const auto stream = streams_->find("s");
    return "data/streams/" + stream::to_hex(stream->incarnation()) + "/" +
           stream::segment_file_name(1);
  }

  void flip(std::uint64_t offset) {
    const auto bytes = read_file(files_, log_path());
    SLUICE_CHECK(bytes.has_value());
    const char changed = static_cast<char>((*bytes)[offset] ^ 1);
    files_.corrupt(log_path(), offset, ByteView(&changed, 1));
  }

  void put_contents(ByteView bytes) {
    auto file = files_.open(log_path(), OpenMode::write_or_create);
    SLUICE_CHECK(file.has_value());
    SLUICE_CHECK((*file)->truncate(0).has_value());
    SLUICE_CHECK((*file)->write_at(0, bytes).has_value());
    SLUICE_CHECK((*file)->sync().has_value());
  }

  std::size_t offset_of(std::string_view text) {
    const auto bytes = read_file(files_, log_path());
    SLUICE_CHECK(bytes.has_value());
    return bytes->find(text);
  }

  std::vector<std::string> read_all() {
    std::vector<std::string> all;
    const auto stream = streams_->find("s");
    Ordinal at = stream::first_ordinal;
    while (true) {
      const auto batch = losses_->read(*stream, ShardIndex(0), at, 1 << 20, 2);
      SLUICE_CHECK(batch.has_value());
      batch->for_each([&](const stream::RecordView& record) { all.emplace_back(record.data); });
      at = batch->next;
      if (batch->at_tip) {
        return all;
      }
    }
  }

  std::uint64_t counted() { return losses_->of(streams_->find("s")->incarnation()); }

  MemoryFileSystem files_;
  ManualClock clock_{unix_millis(1'700'000'000'000)};
  SeededRandom random_{5};
  stream::MemoryDefinitionStore definitions_;
  std::unique_ptr<stream::LogWriter> writer_;
  std::unique_ptr<stream::Streams> streams_;
  std::unique_ptr<Losses> losses_;
  std::vector<std::string> lines_;
};

TEST_F(LossesTest, AWholeLogIsReadWithoutAWord) {
  EXPECT_THAT(read_all(), ElementsAre("one", "two", "three", "four"));
  EXPECT_THAT(lines_, IsEmpty());
  EXPECT_EQ(counted(), 0U);
}

TEST_F(LossesTest, ALossIsNamedOnceAndReadOver) {
  flip(offset_of("twothree"));
  restart();
  EXPECT_THAT(read_all(), ElementsAre("one", "four"));
  EXPECT_THAT(read_all(), ElementsAre("one", "four"));
  ASSERT_THAT(lines_, SizeIs(1));
  EXPECT_THAT(lines_[0], HasSubstr("stream s: LOST 2 records of shardId-000000000000"));
  EXPECT_THAT(lines_[0], HasSubstr(log_path() + " is damaged at byte"));
  EXPECT_EQ(counted(), 2U);
}

TEST_F(LossesTest, ALossInTheMiddleOfReadingIsNamedToo) {
  flip(offset_of("four"));
  EXPECT_THAT(read_all(), ElementsAre("one", "two", "three"));
  EXPECT_THAT(lines_, SizeIs(1));
  EXPECT_EQ(counted(), 1U);
}

TEST_F(LossesTest, ADiskThatFailsIsNoLoss) {
  files_.set_fault_hook([](MemoryFileSystem::Operation operation, const std::string&) {
    return operation == MemoryFileSystem::Operation::read ? Result<void>(fail(Fault::io, "EIO"))
                                                          : Result<void>();
  });
  const auto failed =
      losses_->read(*streams_->find("s"), ShardIndex(0), stream::first_ordinal, 1 << 20, 10);
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error().fault(), Fault::io);
  EXPECT_THAT(lines_, IsEmpty());
  files_.set_fault_hook({});
  EXPECT_THAT(read_all(), ElementsAre("one", "two", "three", "four"));
}

// Wherever a byte is wrong below the marker: readers get to the tip, what they get is right, no
// more than the frame hit is gone, and all that is gone is named and counted.
TEST_F(LossesTest, NoFlippedByteStopsAReaderOrIsSilent) {
  const std::vector<std::string> all = {"one", "two", "three", "four"};
  const auto place = [&](const std::string& one) { return std::ranges::find(all, one); };
  const auto whole = read_file(files_, log_path());
  ASSERT_TRUE(whole.has_value());
  const std::size_t marker =
      whole->size() - stream::frame_header_bytes - 4 - stream::marker_entry_bytes;
  for (std::size_t at = 0; at < marker; ++at) {
    SCOPED_TRACE(at);
    put_contents(*whole);
    flip(at);
    restart();
    const auto got = read_all();
    ASSERT_TRUE(std::ranges::is_sorted(got, {}, place));
    ASSERT_THAT(got, testing::IsSubsetOf(all));
    ASSERT_GE(got.size(), 2U);
    ASSERT_GE(counted(), all.size() - got.size());
    ASSERT_EQ(lines_.empty(), counted() == 0);
  }
}

}  // namespace
}  // namespace sluice::server
