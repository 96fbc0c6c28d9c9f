#include "server/subscriptions.h"

#include "base/check.h"
#include "base/memory_file_system.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

namespace sluice::server {
namespace {

// A clock that the test sets while the subscriptions' thread reads it.
class SharedClock final : public Clock {
 public:
  UnixMillis now() const override {
    return unix_millis(1'700'000'000'000) + std::chrono::seconds(seconds_.load());
  }

  std::chrono::nanoseconds steady() const override { return std::chrono::seconds(seconds_.load()); }

  void advance(std::int64_t seconds) { seconds_ += seconds; }

 private:
  std::atomic<std::int64_t> seconds_{1000};
};

class SubscriptionsTest : public testing::Test {
 protected:
  SubscriptionsTest() {
    SLUICE_CHECK(files_.create_directories("data").has_value());
    auto opened = stream::Streams::open({.files = files_,
                                         .clock = clock_,
                                         .random = random_,
                                         .definitions = definitions_,
                                         .writer = writer_},
                                        "data",
                                        {});
    SLUICE_CHECK(opened.has_value());
    streams_ = std::move(*opened);
    auto created = streams_->create({.name = "s", .shards = 1});
    SLUICE_CHECK(created.has_value());
    stream_ = *created;
  }

  std::unique_ptr<net::BodySource> open(Subscriptions& subscriptions) {
    auto source = subscriptions.open({.consumer = "c",
                                      .stream = stream_,
                                      .shard = stream::ShardIndex(0),
                                      .from = stream::first_ordinal});
    SLUICE_CHECK(source.has_value());
    return std::move(*source);
  }

  // Asks for a piece; it may be long in coming.
  static std::future<net::BodyPiece> ask(net::BodySource& source) {
    auto promise = std::make_shared<std::promise<net::BodyPiece>>();
    auto piece = promise->get_future();
    source.next(net::Duty<net::BodyPiece>::calling([promise](std::optional<net::BodyPiece> given) {
      promise->set_value(given.value_or(net::BodyPiece{.bytes = "dropped", .is_last = true}));
    }));
    return piece;
  }

  MemoryFileSystem files_;
  SharedClock clock_;
  SeededRandom random_{5};
  stream::MemoryDefinitionStore definitions_;
  stream::LogWriter writer_{files_, clock_, stream::LogWriterOptions{}};
  std::unique_ptr<stream::Streams> streams_;
  stream::StreamHandle stream_;
  source::RecordBell bell_;
  Counters counters_;
  Losses losses_{{}};
};

TEST_F(SubscriptionsTest, ASubscriptionEndsAfterFiveMinutes) {
  Subscriptions subscriptions(clock_, bell_, counters_, losses_);
  const auto source = open(subscriptions);
  EXPECT_NE(ask(*source).get().bytes.find("initial-response"), Bytes::npos);
  clock_.advance(299);
  const net::BodyPiece event = ask(*source).get();
  EXPECT_NE(event.bytes.find("ContinuationSequenceNumber"), Bytes::npos);
  EXPECT_FALSE(event.is_last);
  clock_.advance(1);
  const net::BodyPiece last = ask(*source).get();
  EXPECT_TRUE(last.is_last);
  EXPECT_TRUE(last.bytes.empty());
}

TEST_F(SubscriptionsTest, AnEventComesEveryFiveSecondsWithoutRecordsToo) {
  Subscriptions subscriptions(clock_, bell_, counters_, losses_);
  const auto source = open(subscriptions);
  ask(*source).get();
  auto waiting = ask(*source);
  clock_.advance(4);
  bell_.ring(stream_->incarnation());
  EXPECT_EQ(waiting.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
  clock_.advance(1);
  bell_.ring(stream_->incarnation());
  EXPECT_NE(waiting.get().bytes.find("\"Records\":[]"), Bytes::npos);
}

TEST_F(SubscriptionsTest, ASecondSubscriptionIsRefusedForFiveSecondsAndThenTakesOver) {
  Subscriptions subscriptions(clock_, bell_, counters_, losses_);
  const auto older = open(subscriptions);
  ask(*older).get();
  auto waiting = ask(*older);
  clock_.advance(4);
  const auto early = subscriptions.open({.consumer = "c",
                                         .stream = stream_,
                                         .shard = stream::ShardIndex(0),
                                         .from = stream::first_ordinal});
  ASSERT_FALSE(early.has_value());
  EXPECT_EQ(early.error().type, "ResourceInUseException");
  clock_.advance(1);
  const auto newer = open(subscriptions);
  net::BodyPiece told = waiting.get();
  if (!told.is_last) {
    told = ask(*older).get();  // the event of the fifth second was on its way
  }
  EXPECT_TRUE(told.is_last);
  EXPECT_NE(told.bytes.find("ResourceInUseException"), Bytes::npos);
}

}  // namespace
}  // namespace sluice::server
