// A log with encrypted records in it.
#include "stream/log_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::stream {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

LogOptions with_keys(const std::string& key_file) {
  LogOptions options;
  options.keys = keys_of(key_file);
  return options;
}

TEST(EncryptedLog, PlainAndEncryptedRecordsAreReadAlikeAndAfterAPowerCutToo) {
  TestLog test(1, 2, with_keys(key_line('a')));
  test.must_append({{0, "plain"}});
  test.is_encrypting = true;
  test.must_append({{0, "secret", "who"}, {1, "other"}, {0, ""}});
  test.is_encrypting = false;
  test.must_append({{0, "plain again"}});
  const auto all =
      ElementsAre(Got{1, "plain"}, Got{2, "secret"}, Got{3, ""}, Got{4, "plain again"});
  EXPECT_THAT(test.read_all(), all);
  test.crash();
  EXPECT_THAT(test.read_all(), all);
  EXPECT_THAT(test.read_all(1), ElementsAre(Got{1, "other"}));
  EXPECT_TRUE(test.log->recovery().damages.empty());
}

TEST(EncryptedLog, NeitherDataNorPartitionKeysLieInTheFile) {
  TestLog test(1, 1, with_keys(key_line('a')));
  test.must_append({{0, "plain data", "plain key"}});
  test.is_encrypting = true;
  test.must_append({{0, "secret data", "secret key"}});
  const Bytes file = test.contents(test.segment_path(1));
  EXPECT_THAT(file, HasSubstr("plain data"));
  EXPECT_THAT(file, HasSubstr("plain key"));
  EXPECT_THAT(file, Not(HasSubstr("secret")));
}

TEST(EncryptedLog, WithoutItsKeyNothingIsLostAndReadingGoesOnOnceItIsBack) {
  TestLog test(1, 1, with_keys(key_line('a')));
  test.is_encrypting = true;
  test.must_append({{0, "secret"}});
  for (const std::shared_ptr<const Keyring>& keys : {keys_of(key_line('b')), {}}) {
    test.log.reset();
    LogOptions other;
    other.keys = keys;
    auto log = StreamLog::open(test.files,
                               test.random,
                               "data/log",
                               TestLog::incarnation,
                               test.clock.now(),
                               {.floors = test.floors},
                               other);
    ASSERT_TRUE(log) << log.error().message();
    EXPECT_EQ((*log)->tip(ShardIndex(0)), Ordinal(2));
    const auto batch = (*log)->read(ShardIndex(0), Ordinal(1), 1000, 10);
    ASSERT_FALSE(batch);
    EXPECT_EQ(batch.error().fault(), Fault::unavailable);
    EXPECT_THAT(batch.error().message(), HasSubstr("encrypted"));
    EXPECT_EQ((*log)->skip_damaged(ShardIndex(0), Ordinal(1)).error().fault(), Fault::unavailable);
    EXPECT_TRUE((*log)->damages().empty());
  }
  test.open();
  EXPECT_THAT(test.read_all(), ElementsAre(Got{1, "secret"}));
}

TEST(EncryptedLog, AFlippedBitIsDamageOfItsBlockAlone) {
  TestLog test(1, 1, with_keys(key_line('a')));
  test.is_encrypting = true;
  test.must_append({{0, "first"}});
  test.must_append({{0, "second"}});
  const std::uint64_t end_of_first = test.log->durable_end().value;
  test.must_append({{0, "third"}});
  test.log->limit_cache(0);
  test.flip(test.segment_path(1), test.contents(test.segment_path(1)).size() - 1);
  const std::uint64_t bytes = test.contents(test.segment_path(1)).size();
  ASSERT_GT(bytes, end_of_first);
  EXPECT_THAT(test.read_all(), ElementsAre(Got{1, "first"}, Got{2, "second"}));
  EXPECT_THAT(test.last_failure, HasSubstr("damaged"));
}

TEST(EncryptedLog, ARequestIsKnownAgainThoughItsShardsWereSplitSince) {
  TestLog test(1, 1, with_keys(key_line('a')));
  const RequestKey key{.invocation = {1}, .body_digest = {2}};
  const PutRecord record{.data = "x", .partition_key = "k"};
  const auto draft_for = [&](ShardIndex shard) {
    auto draft = FrameDraft::build({&record, 1}, {&shard, 1}, key, test.log->cipher());
    SLUICE_CHECK(draft.has_value());
    return *std::move(draft);
  };
  ASSERT_TRUE(test.log->prepare(test.clock.now()));
  test.log->stage(draft_for(ShardIndex(0)), test.clock.now());
  ASSERT_TRUE(test.log->write_staged());
  ASSERT_TRUE(test.log->sync_staged(test.clock.now()));
  const HashRange all{.first = 0, .last = ~HashKey{0}};
  test.log->set_ranges({all, all});
  EXPECT_TRUE(test.log->find_repetition(draft_for(ShardIndex(1))).has_value());
}

}  // namespace
}  // namespace sluice::stream
