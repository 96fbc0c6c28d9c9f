#include "stream/streams.h"

#include "base/check.h"
#include "base/memory_file_system.h"
#include "stream/sequence_number.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::stream {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class StreamsTest : public testing::Test {
 protected:
  StreamsTest() {
    SLUICE_CHECK(files_.create_directories("data").has_value());
    open();
  }

  void open() {
    streams_.reset();
    writer_.reset();
    writer_ = std::make_unique<LogWriter>(files_, clock_, LogWriterOptions{});
    auto opened = Streams::open(
        {
            .files = files_,
            .clock = clock_,
            .random = random_,
            .definitions = definitions_,
            .writer = *writer_,
        },
        "data",
        {.segment_bytes = 2000});
    ASSERT_TRUE(opened.has_value()) << opened.error().message();
    streams_ = std::move(*opened);
  }

  void crash() {
    streams_.reset();
    writer_.reset();
    files_.crash(random_);
    open();
  }

  StreamHandle create(const std::string& name, std::uint32_t shards = 1) {
    auto created = streams_->create({.name = name, .shards = shards});
    SLUICE_CHECK(created.has_value());
    return *created;
  }

  Result<AppendReceipt> put(const StreamHandle& stream, std::vector<PutRecord> records) {
    Result<AppendReceipt> answer = fail(Fault::cancelled, "not answered");
    SLUICE_TRY_DO(streams_->put(
        stream, records, {}, [&](Result<AppendReceipt> result) { answer = std::move(result); }));
    writer_->flush();
    return answer;
  }

  Result<AppendReceipt> put(const StreamHandle& stream, ByteView data, ByteView key = "a") {
    return put(stream, {{.data = data, .partition_key = key, .explicit_hash_key = std::nullopt}});
  }

  std::vector<std::string> read(const StreamHandle& stream, std::uint32_t shard = 0) {
    std::vector<std::string> data;
    const auto batch = stream->log().read(ShardIndex(shard), first_ordinal, 1 << 20, 1000);
    SLUICE_CHECK(batch.has_value());
    batch->for_each([&](const RecordView& record) { data.emplace_back(record.data); });
    return data;
  }

  std::vector<std::string> names() {
    std::vector<std::string> all;
    for (const StreamHandle& stream : streams_->list()) {
      all.push_back(stream->definition()->name);
    }
    return all;
  }

  MemoryFileSystem files_;
  ManualClock clock_{unix_millis(1700000000000)};
  SeededRandom random_{5};
  MemoryDefinitionStore definitions_;
  std::unique_ptr<LogWriter> writer_;
  std::unique_ptr<Streams> streams_;
};

TEST_F(StreamsTest, CreatesFindsListsAndSurvivesARestart) {
  create("zebra", 3);
  create("ant");
  EXPECT_THAT(names(), ElementsAre("ant", "zebra"));
  ASSERT_TRUE(put(streams_->find("ant"), "hello").has_value());
  const auto before = *streams_->find("zebra")->definition();
  EXPECT_EQ(before.shards.size(), 3U);
  EXPECT_EQ(before.status, StreamStatus::active);
  crash();
  EXPECT_THAT(names(), ElementsAre("ant", "zebra"));
  EXPECT_EQ(*streams_->find("zebra")->definition(), before);
  EXPECT_EQ(streams_->find(before.incarnation), streams_->find("zebra"));
  EXPECT_THAT(read(streams_->find("ant")), ElementsAre("hello"));
  EXPECT_EQ(streams_->find("cat"), nullptr);
}

TEST_F(StreamsTest, RefusesTakenNamesAndBadNumbers) {
  create("ant");
  EXPECT_EQ(streams_->create({.name = "ant"}).error().fault(), Fault::conflict);
  EXPECT_EQ(streams_->create({.name = "a b"}).error().fault(), Fault::invalid);
  EXPECT_EQ(streams_->create({.name = "b", .shards = 0}).error().fault(), Fault::invalid);
  EXPECT_EQ(streams_->create({.name = "b", .retention_hours = 23}).error().fault(), Fault::invalid);
  EXPECT_EQ(streams_->create({.name = "b", .record_bytes_max = 1}).error().fault(), Fault::invalid);
}

TEST_F(StreamsTest, NoTwoStreamsShareTheSecondThatSequenceNumbersKnowThemBy) {
  const auto second_of = [](const StreamHandle& stream) {
    const ShardDefinition& shard = stream->definition()->shards[0];
    return starting_sequence(shard.index, shard.created).shard_created_s;
  };
  const auto first = second_of(create("first"));
  const StreamHandle second = create("second");
  EXPECT_EQ(second_of(second), first + 1);
  EXPECT_EQ(second->definition()->created, clock_.now());
  ASSERT_TRUE(streams_->remove(second).has_value());
  EXPECT_EQ(second_of(create("second")), first + 2);
  crash();
  EXPECT_EQ(second_of(create("third")), first + 3);
  clock_.advance(std::chrono::hours(1));
  EXPECT_EQ(second_of(create("fourth")), first + 3600);
}

TEST_F(StreamsTest, RoutesByPartitionKeyAndExplicitHashKey) {
  const StreamHandle stream = create("four", 4);
  // MD5("a") lies in the first quarter, MD5("b") in the third.
  const auto receipt = put(stream,
                           {{.data = "1", .partition_key = "a", .explicit_hash_key = std::nullopt},
                            {.data = "2", .partition_key = "b", .explicit_hash_key = std::nullopt},
                            {.data = "3", .partition_key = "a", .explicit_hash_key = uint128_max},
                            {.data = "4", .partition_key = "b", .explicit_hash_key = HashKey{0}}});
  ASSERT_TRUE(receipt.has_value());
  std::vector<std::uint32_t> shards;
  for (const Placed& placed : receipt->records) {
    shards.push_back(placed.shard.value);
  }
  EXPECT_THAT(shards, ElementsAre(0, 2, 3, 0));
  EXPECT_THAT(read(stream, 0), ElementsAre("1", "4"));
}

TEST_F(StreamsTest, ReshardingSendsEarlierRequestsToTheParentAndLaterOnesToTheChildren) {
  const StreamHandle stream = create("ant");
  ASSERT_TRUE(put(stream, "first").has_value());
  const PutRecord queued{.data = "queued", .partition_key = "a"};
  std::optional<Placed> placed;
  ASSERT_TRUE(streams_->put(stream, {&queued, 1}, {}, [&](const Result<AppendReceipt>& result) {
    placed = result.value().records[0];
  }));
  ASSERT_TRUE(streams_->split(stream, ShardIndex(0), HashKey{1} << 127));
  ASSERT_TRUE(placed.has_value());
  EXPECT_EQ(placed->shard, ShardIndex(0));
  // MD5("a") lies in the lower half, MD5("b") in the upper one.
  EXPECT_EQ(put(stream, "low", "a")->records[0].shard, ShardIndex(1));
  EXPECT_EQ(put(stream, "high", "b")->records[0].shard, ShardIndex(2));
  crash();
  const StreamHandle after = streams_->find("ant");
  EXPECT_EQ(after->definition()->shards[0].closed->end, Ordinal(3));
  EXPECT_THAT(read(after, 0), ElementsAre("first", "queued"));
  EXPECT_THAT(read(after, 1), ElementsAre("low"));
  ASSERT_TRUE(streams_->merge(after, ShardIndex(1), ShardIndex(2)));
  EXPECT_EQ(put(after, "both", "b")->records[0].shard, ShardIndex(3));
  ASSERT_TRUE(streams_->scale(after, 2));
  EXPECT_EQ(after->definition()->open_shards(), 2U);
  EXPECT_EQ(put(after, "again", "b")->records[0].shard, ShardIndex(5));
}

// A closed shard expires by the time of its end, which must therefore not lie before its records.
TEST_F(StreamsTest, ReshardingUnderAnEarlierClockEndsAShardBehindItsRecords) {
  create("ant");
  clock_.advance(std::chrono::hours(48));
  ASSERT_TRUE(put(streams_->find("ant"), "first").has_value());
  const UnixMillis arrived = clock_.now();
  clock_.jump_to(arrived - std::chrono::hours(24));
  crash();
  const StreamHandle stream = streams_->find("ant");
  const auto second = put(stream, "second");
  ASSERT_TRUE(second.has_value());
  EXPECT_EQ(second->records[0].arrival, arrived);
  ASSERT_TRUE(streams_->split(stream, ShardIndex(0), HashKey{1} << 127));

  const auto definition = stream->definition();
  const ShardDefinition& parent = definition->shards[0];
  EXPECT_GE(parent.closed->at, arrived);
  EXPECT_FALSE(is_expired(*definition, parent, arrived + std::chrono::hours(24)));
  const auto number = [](const SequenceParts& parts) { return encode_sequence(parts); };
  const auto last = number(record_sequence(parent.index, parent.created, Ordinal(2), arrived));
  const auto end = number(ending_sequence(parent.index, parent.created, parent.closed->at));
  EXPECT_LT(last, end);
  const auto child = put(stream, "third");
  ASSERT_TRUE(child.has_value());
  const ShardDefinition& low = definition->shards[child->records[0].shard.value];
  EXPECT_LT(end, number(starting_sequence(low.index, low.created)));
  EXPECT_EQ(low.parent, parent.index);
}

// Where a definition cannot be made durable nothing has changed.
TEST_F(StreamsTest, ACrashAnywhereInReshardingLeavesTheOldShardsOrTheNew) {
  const StreamHandle stream = create("ant");
  ASSERT_TRUE(put(stream, "x").has_value());
  ASSERT_TRUE(streams_->split(stream, ShardIndex(0), 1000));
  EXPECT_EQ(streams_->split(stream, ShardIndex(0), 500).error().fault(), Fault::conflict);
  EXPECT_EQ(streams_->split(stream, ShardIndex(7), 500).error().fault(), Fault::missing);
  EXPECT_EQ(streams_->merge(stream, ShardIndex(2), ShardIndex(1)).error().fault(), Fault::invalid);
  EXPECT_EQ(stream->definition()->shards.size(), 3U);
  ASSERT_TRUE(streams_->remove(stream).has_value());
  EXPECT_EQ(streams_->split(stream, ShardIndex(1), 500).error().fault(), Fault::missing);
}

TEST_F(StreamsTest, ARequestSentAgainAfterReshardingIsKnownByWhereItsRecordsWent) {
  const StreamHandle stream = create("ant", 2);
  RequestKey key;
  key.invocation[0] = 1;
  const std::vector<PutRecord> records = {
      {.data = "1", .partition_key = "a"},
      {.data = "2", .partition_key = "b"},
      {.data = "3", .partition_key = "c", .explicit_hash_key = uint128_max},
      {.data = "4", .partition_key = "a"}};
  const auto send = [&] {
    std::optional<AppendReceipt> receipt;
    SLUICE_CHECK(streams_
                     ->put(stream,
                           records,
                           key,
                           [&](Result<AppendReceipt> got) { receipt = std::move(got).value(); })
                     .has_value());
    writer_->flush();
    return *receipt;
  };
  const AppendReceipt first = send();
  ASSERT_TRUE(streams_->merge(stream, ShardIndex(0), ShardIndex(1)));
  const AppendReceipt merged = send();
  ASSERT_TRUE(streams_->scale(stream, 4));
  const AppendReceipt scaled = send();
  for (const AppendReceipt& again : {merged, scaled}) {
    EXPECT_TRUE(again.is_repeat);
    ASSERT_EQ(again.records.size(), first.records.size());
    for (std::size_t i = 0; i < first.records.size(); ++i) {
      EXPECT_EQ(again.records[i].shard, first.records[i].shard);
      EXPECT_EQ(again.records[i].ordinal, first.records[i].ordinal);
    }
  }
  EXPECT_EQ(streams_->totals().records, records.size());
}

TEST_F(StreamsTest, RefusesRecordsAboveTheStreamsBound) {
  const StreamHandle stream = create("ant");
  const std::string data(record_bytes_default - 1, 'x');
  EXPECT_TRUE(put(stream, data, "k").has_value());
  EXPECT_EQ(put(stream, data, "kk").error().fault(), Fault::too_large);
  EXPECT_EQ(put(stream, std::vector<PutRecord>()).error().fault(), Fault::invalid);
}

TEST_F(StreamsTest, DeletionTakesFilesAndQueuedRequestsWithIt) {
  const StreamHandle old = create("ant");
  ASSERT_TRUE(put(old, "old").has_value());
  std::optional<Fault> fault;
  const PutRecord record{.data = "queued", .partition_key = "k", .explicit_hash_key = std::nullopt};
  ASSERT_TRUE(streams_->put(old, {&record, 1}, {}, [&](const Result<AppendReceipt>& result) {
    fault = result.error().fault();
  }));
  ASSERT_TRUE(streams_->remove(old).has_value());
  writer_->flush();
  EXPECT_EQ(fault, Fault::missing);
  EXPECT_EQ(streams_->find("ant"), nullptr);
  EXPECT_THAT(*files_.list("data/streams"), IsEmpty());
  EXPECT_EQ(put(old, "late").error().fault(), Fault::missing);
  EXPECT_EQ(streams_->remove(old).error().fault(), Fault::missing);

  clock_.advance(std::chrono::seconds(1));
  const StreamHandle again = create("ant");
  EXPECT_NE(again->incarnation(), old->incarnation());
  EXPECT_THAT(read(again), IsEmpty());
  crash();
  EXPECT_THAT(names(), ElementsAre("ant"));
}

// A power cut at every operation of create and remove: afterwards the stream is there or not, and
// the folder tells the same story.
TEST_F(StreamsTest, ACrashAnywhereInCreateOrRemoveLeavesNoHalfStream) {
  for (int step = 0; step < 60; ++step) {
    SCOPED_TRACE(step);
    const std::string name = "s" + std::to_string(step);
    files_.set_fault_hook(
        [left = step](MemoryFileSystem::Operation, const std::string&) mutable -> Result<void> {
          return left-- > 0 ? Result<void>() : fail(Fault::io, "power is gone");
        });
    const auto created = streams_->create({.name = name});
    if (created) {
      static_cast<void>(streams_->remove(*created));
    }
    files_.set_fault_hook({});
    const bool was_created = created.has_value();
    crash();
    EXPECT_THAT(streams_->report().failed, IsEmpty());
    EXPECT_THAT(streams_->report().unknown_folders, IsEmpty());
    const StreamHandle found = streams_->find(name);
    EXPECT_TRUE(was_created || !found);
    EXPECT_THAT(*files_.list("data/streams"), SizeIs(streams_->list().size()));
    if (found) {
      EXPECT_TRUE(put(found, "works").has_value());
      ASSERT_TRUE(streams_->remove(found).has_value());
    }
  }
}

TEST_F(StreamsTest, InternalStreamsAreInNoListingAndHaveTheirOwnNames) {
  create("ant");
  const auto internal = streams_->create({.name = "ant", .kind = StreamKind::internal});
  ASSERT_TRUE(internal.has_value());
  EXPECT_THAT(names(), ElementsAre("ant"));
  EXPECT_EQ(streams_->find("ant", StreamKind::internal), *internal);
  EXPECT_NE(streams_->find("ant"), *internal);
  ASSERT_TRUE(put(*internal, "direct", "").has_value());
  crash();
  EXPECT_THAT(read(streams_->find("ant", StreamKind::internal)), ElementsAre("direct"));
}

TEST_F(StreamsTest, RetentionNeverPassesAHolder) {
  const StreamHandle stream = create("ant");
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(put(stream, std::string(500, 'x')).has_value());
  }
  streams_->hold(stream, "delivery", {{ShardIndex(0), Ordinal(8)}});
  clock_.advance(std::chrono::hours(25));
  streams_->maintain(clock_.now());
  EXPECT_EQ(stream->log().horizon(ShardIndex(0)), Ordinal(1)) << "not before everybody has spoken";
  streams_->begin_trimming();
  streams_->maintain(clock_.now());
  EXPECT_GT(stream->log().horizon(ShardIndex(0)), Ordinal(1));
  EXPECT_LE(stream->log().horizon(ShardIndex(0)), Ordinal(8));
  streams_->release(stream, "delivery");
  streams_->maintain(clock_.now());
  EXPECT_EQ(stream->log().totals().records, 0U);
  EXPECT_EQ(stream->log().tip(ShardIndex(0)), Ordinal(21));
}

TEST_F(StreamsTest, MaintenanceStopsAfterSomeMillisecondsAndGoesOnWhereItWas) {
  for (const char* name : {"ant", "bee", "cat"}) {
    ASSERT_TRUE(put(create(name), "x").has_value());
  }
  streams_->begin_trimming();
  clock_.advance(std::chrono::hours(2));
  // A disk that takes six milliseconds for a sync: each stream's old segment is sealed.
  files_.set_fault_hook([&](MemoryFileSystem::Operation operation, const std::string&) {
    if (operation == MemoryFileSystem::Operation::sync) {
      clock_.advance(std::chrono::milliseconds(6));
    }
    return Result<void>();
  });
  EXPECT_TRUE(streams_->maintain(clock_.now()));
  EXPECT_TRUE(streams_->maintain(clock_.now()));
  EXPECT_FALSE(streams_->maintain(clock_.now()));
  for (const StreamHandle& stream : streams_->list()) {
    EXPECT_EQ(stream->log().totals().segments, 2U);
  }
}

TEST_F(StreamsTest, ManyBusyStreamsShareTheMemoryForTheirNewestBytes) {
  constexpr std::size_t streams = 256;
  const std::string data(300'000, 'x');
  std::uint64_t cached = 0;
  for (std::size_t i = 0; i < streams; ++i) {
    const StreamHandle stream = create("s" + std::to_string(i));
    ASSERT_TRUE(put(stream, data).has_value());
    ASSERT_TRUE(put(stream, data).has_value());
    cached += stream->log().cached_bytes();
  }
  ASSERT_GT(cached, std::uint64_t{128} << 20);
  streams_->maintain(clock_.now());
  cached = 0;
  for (const StreamHandle& stream : streams_->list()) {
    EXPECT_EQ(read(stream).size(), 2U);
    cached += stream->log().cached_bytes();
  }
  EXPECT_GT(cached, std::uint64_t{64} << 20);
  EXPECT_LE(cached, std::uint64_t{128} << 20);
}

TEST_F(StreamsTest, LogsAreOpenedSideBySideWithTheSameOutcome) {
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(put(create("s" + std::to_string(i)), std::to_string(i)).has_value());
  }
  streams_.reset();
  writer_.reset();
  writer_ = std::make_unique<LogWriter>(files_, clock_, LogWriterOptions{});
  SystemRandom random;
  auto opened = Streams::open({.files = files_,
                               .clock = clock_,
                               .random = random,
                               .definitions = definitions_,
                               .writer = *writer_,
                               .opening_threads = 3},
                              "data");
  ASSERT_TRUE(opened.has_value()) << opened.error().message();
  streams_ = std::move(*opened);
  for (int i = 0; i < 20; ++i) {
    const StreamHandle stream = streams_->find("s" + std::to_string(i));
    ASSERT_NE(stream, nullptr);
    EXPECT_THAT(read(stream), ElementsAre(std::to_string(i)));
  }
}

TEST_F(StreamsTest, UpdatesAreDurable) {
  const StreamHandle stream = create("ant");
  const auto keep = [](StreamDefinition& definition) {
    definition.retention_hours = 48;
    return Result<void>();
  };
  ASSERT_TRUE(streams_->update(stream, keep));
  EXPECT_EQ(stream->definition()->retention_hours, 48U);
  const auto refuse = [](StreamDefinition& definition) -> Result<void> {
    definition.retention_hours = 72;
    return fail(Fault::conflict, "not now");
  };
  EXPECT_EQ(streams_->update(stream, refuse).error().fault(), Fault::conflict);
  EXPECT_EQ(stream->definition()->retention_hours, 48U);
  crash();
  EXPECT_EQ(streams_->find("ant")->definition()->retention_hours, 48U);
}

TEST_F(StreamsTest, AFolderWithRecordsButNoDefinitionIsLeftAlone) {
  const StreamHandle stream = create("ant");
  ASSERT_TRUE(put(stream, "precious").has_value());
  ASSERT_TRUE(definitions_.remove(stream->incarnation()));
  crash();
  EXPECT_THAT(streams_->report().unknown_folders, ElementsAre(HasSubstr("data/streams/")));
  EXPECT_THAT(*files_.list("data/streams"), SizeIs(1));
}

TEST_F(StreamsTest, AStreamWhoseLogIsGoneIsReportedAndCountsOn) {
  const StreamHandle stream = create("ant");
  const StreamHandle other = create("bee");
  ASSERT_TRUE(put(stream, "precious").has_value());
  const std::string folder = "data/streams/" + to_hex(stream->incarnation());
  const auto segments = files_.list(folder);
  ASSERT_TRUE(segments);
  for (const DirectoryEntry& segment : *segments) {
    ASSERT_TRUE(files_.remove(join_path(folder, segment.name)));
  }
  ASSERT_TRUE(files_.remove_directory(folder));
  ASSERT_TRUE(files_.sync_directory("data/streams"));
  crash();
  ASSERT_THAT(streams_->report().recovered, SizeIs(1));
  EXPECT_EQ(streams_->report().recovered[0].stream, "ant");
  EXPECT_THAT(streams_->report().recovered[0].recovery.damages, SizeIs(1));
  const auto receipt = put(streams_->find("ant"), "next");
  ASSERT_TRUE(receipt.has_value());
  EXPECT_GT(receipt->records[0].ordinal, Ordinal(1'000'000));
}

TEST_F(StreamsTest, PositionsGoWithTheirStream) {
  const StreamHandle ant = create("ant");
  ASSERT_TRUE(put(ant, "one").has_value());
  streams_->close();
  EXPECT_EQ(definitions_.load_positions()->size(), 1U);
  ASSERT_TRUE(streams_->remove(ant).has_value());
  EXPECT_THAT(*definitions_.load_positions(), testing::IsEmpty());
  ASSERT_TRUE(definitions_.save_positions({{{.created_ms = 1, .random = 9}, {}}}).has_value());
  crash();
  EXPECT_THAT(*definitions_.load_positions(), testing::IsEmpty());
}

TEST_F(StreamsTest, AStreamThatCannotBeOpenedKeepsItsNameAndHarmsNoOther) {
  const StreamHandle bad = create("bad");
  create("good");
  const std::string folder = "data/streams/" + to_hex(bad->incarnation());
  streams_.reset();
  files_.set_fault_hook([folder](MemoryFileSystem::Operation operation,
                                 const std::string& path) -> Result<void> {
    const bool is_hit = operation == MemoryFileSystem::Operation::read && path.starts_with(folder);
    return is_hit ? fail(Fault::io, "bad sector") : Result<void>();
  });
  open();
  EXPECT_THAT(streams_->report().failed, ElementsAre(HasSubstr("stream bad: ")));
  EXPECT_EQ(streams_->find("bad"), nullptr);
  EXPECT_EQ(streams_->create({.name = "bad"}).error().fault(), Fault::conflict);
  EXPECT_TRUE(put(streams_->find("good"), "x").has_value());
  files_.set_fault_hook({});
  open();
  EXPECT_NE(streams_->find("bad"), nullptr);
}

TEST_F(StreamsTest, ListenersHearOfNewRecordsByStream) {
  const StreamHandle stream = create("ant");
  std::vector<std::string> told;
  streams_->set_listener([&](const StreamHandle& who) { told.push_back(who->definition()->name); });
  ASSERT_TRUE(put(stream, "x").has_value());
  EXPECT_THAT(told, ElementsAre("ant"));
}

TEST_F(StreamsTest, ClosingMarksEveryLog) {
  const StreamHandle stream = create("ant");
  ASSERT_TRUE(put(stream, "x").has_value());
  const std::uint64_t before = streams_->totals().file_bytes;
  writer_->stop();
  streams_->close();
  EXPECT_GT(streams_->totals().file_bytes, before);
}

}  // namespace
}  // namespace sluice::stream
