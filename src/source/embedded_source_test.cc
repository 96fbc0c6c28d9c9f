// A real stream in memory, read the way delivery reads it.
#include "source/embedded_source.h"

#include "base/memory_file_system.h"
#include "base/random.h"
#include "stream/sequence_number.h"

#include <gtest/gtest.h>

#include <vector>

namespace sluice::source {
namespace {

using delivery::Ordinal;
using delivery::ShardKey;

class EmbeddedSourceTest : public testing::Test {
 protected:
  EmbeddedSourceTest() {
    EXPECT_TRUE(files_.create_directories("/data"));
    auto opened = stream::Streams::open({.files = files_,
                                         .clock = clock_,
                                         .random = random_,
                                         .definitions = definitions_,
                                         .writer = writer_},
                                        "/data");
    EXPECT_TRUE(opened);
    streams_ = std::move(*opened);
    streams_->set_listener(
        [this](const stream::StreamHandle& known) { bell_.ring(known->incarnation()); });
    create_stream();
  }

  void create_stream() {
    stream::NewStream request;
    request.name = "beats";
    auto created = streams_->create(request);
    EXPECT_TRUE(created);
    stream_ = *created;
    key_ = {delivery_incarnation(stream_->incarnation()), 0};
  }

  void put(std::initializer_list<ByteView> texts) {
    std::vector<stream::PutRecord> records;
    for (const ByteView text : texts) {
      stream::PutRecord record;
      record.data = text;
      record.partition_key = "watch";
      records.push_back(record);
    }
    bool is_done = false;
    EXPECT_TRUE(
        streams_->put(stream_, records, {}, [&is_done](Result<stream::AppendReceipt> receipt) {
          EXPECT_TRUE(receipt.has_value());
          is_done = true;
        }));
    writer_.flush();
    EXPECT_TRUE(is_done);
  }

  ManualClock clock_{unix_millis(1'752'400'000'000)};
  MemoryFileSystem files_;
  SeededRandom random_{1};
  stream::MemoryDefinitionStore definitions_;
  stream::LogWriter writer_{files_, clock_, {}};
  std::unique_ptr<stream::Streams> streams_;
  RecordBell bell_;
  stream::StreamHandle stream_;
  ShardKey key_;
  const EmbeddedSource::Reader reader_{
      .stream = "beats", .kind = stream::StreamKind::data, .holder = "delivery/1"};
};

TEST_F(EmbeddedSourceTest, ReadsWhatIsDurableFromAnOrdinalOn) {
  EmbeddedSource source(*streams_, bell_, reader_);
  put({"one", "two"});
  clock_.advance(std::chrono::seconds(5));
  put({"three"});
  const auto shards = source.shards();
  ASSERT_TRUE(shards);
  ASSERT_EQ(shards->size(), 1U);
  EXPECT_EQ((*shards)[0].key, key_);
  EXPECT_FALSE((*shards)[0].is_closed);
  const auto batch = source.read(key_, Ordinal{2}, 1000);
  ASSERT_TRUE(batch);
  ASSERT_EQ(batch->records.size(), 2U);
  EXPECT_EQ(batch->records[0].ordinal, Ordinal{2});
  EXPECT_EQ(batch->records[0].data, "two");
  EXPECT_EQ(batch->records[1].data, "three");
  EXPECT_EQ(batch->records[1].partition_key, "watch");
  EXPECT_EQ(source.tip(key_).value(), Ordinal{4});
  EXPECT_TRUE(source.read(key_, Ordinal{4}, 1000).value().records.empty());
  EXPECT_EQ(source.first_at(key_, batch->records[1].arrival).value(), Ordinal{3});
}

TEST_F(EmbeddedSourceTest, TellsOfNewRecordsUntilToldNotTo) {
  EmbeddedSource source(*streams_, bell_, reader_);
  int calls = 0;
  source.on_records([&calls] { ++calls; });
  put({"one"});
  EXPECT_EQ(calls, 1);
  source.on_records({});
  put({"two"});
  EXPECT_EQ(calls, 1);
}

TEST_F(EmbeddedSourceTest, NamesRecordsAsClientsKnowThem) {
  EmbeddedSource source(*streams_, bell_, reader_);
  put({"one"});
  const auto batch = source.read(key_, Ordinal{1}, 1000);
  ASSERT_TRUE(batch);
  const std::string number = source.sequence_number(key_, Ordinal{1}, batch->records.at(0).arrival);
  EXPECT_EQ(number.size(), stream::sequence_number_digits);
  const auto parts = stream::parse_sequence_parts(number);
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->ordinal, stream::Ordinal{1});
}

TEST_F(EmbeddedSourceTest, ADeletedStreamIsMissing) {
  EmbeddedSource source(*streams_, bell_, reader_);
  put({"one"});
  source.hold(key_, Ordinal{1});
  source.release();
  ASSERT_TRUE(streams_->remove(stream_));
  EXPECT_EQ(source.shards().error().fault(), Fault::missing);
  EXPECT_EQ(source.read(key_, Ordinal{1}, 10).error().fault(), Fault::missing);
}

TEST_F(EmbeddedSourceTest, AStreamCreatedAnewTakesThePlaceOfTheDeletedOne) {
  EmbeddedSource source(*streams_, bell_, reader_);
  int calls = 0;
  source.on_records([&calls] { ++calls; });
  put({"old"});
  const ShardKey old_key = key_;
  const std::string old_number = source.sequence_number(old_key, Ordinal{1}, clock_.now());
  ASSERT_TRUE(streams_->remove(stream_));
  EXPECT_NE(source.shards().error().message().find("create it again"), std::string::npos);
  clock_.advance(std::chrono::seconds(5));
  create_stream();
  const auto shards = source.shards();
  ASSERT_TRUE(shards);
  EXPECT_EQ(shards->at(0).key, key_);
  EXPECT_NE(key_, old_key);
  calls = 0;
  put({"new"});
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(source.read(key_, Ordinal{1}, 1000).value().records.at(0).data, "new");
  EXPECT_EQ(source.read(old_key, Ordinal{1}, 1000).error().fault(), Fault::missing);
  source.hold(old_key, Ordinal{7});
  // Records of the old stream that wait in an object keep the numbers their producers know.
  EXPECT_EQ(
      source.sequence_number(old_key, Ordinal{1}, clock_.now() - std::chrono::milliseconds(5'000)),
      old_number);
}

TEST_F(EmbeddedSourceTest, AStreamMayComeAfterItsReader) {
  ASSERT_TRUE(streams_->remove(stream_));
  EmbeddedSource source(*streams_, bell_, reader_);
  source.hold(key_, Ordinal{1});
  source.release();
  EXPECT_EQ(source.shards().error().fault(), Fault::missing);
  create_stream();
  EXPECT_EQ(source.shards().value().at(0).key, key_);
}

TEST_F(EmbeddedSourceTest, MarksOfAnotherStreamAreNotItsOwn) {
  EmbeddedSource source(*streams_, bell_, reader_);
  const ShardKey foreign{delivery::StreamIncarnation{key_.stream.value + 1}, 0};
  source.hold(foreign, Ordinal{1});
  EXPECT_EQ(source.tip(foreign).error().fault(), Fault::missing);
  EXPECT_EQ(source.tip({key_.stream, 7}).error().fault(), Fault::missing);
}

}  // namespace
}  // namespace sluice::source
