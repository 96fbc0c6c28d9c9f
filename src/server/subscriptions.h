// The event streams of SubscribeToShard.
//
// One thread reads for all subscriptions: whenever a client has taken its last event and there are
// records, or five seconds have passed without any, it makes the next event.  A subscription ends
// after five minutes, at the end of a closed shard, or when the same consumer subscribes to the
// shard again.
//
// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_SubscribeToShard.html
#pragma once

#include "aws/error.h"
#include "base/clock.h"
#include "net/body_source.h"
#include "server/counters.h"
#include "server/losses.h"
#include "source/record_bell.h"
#include "stream/streams.h"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <expected>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>

namespace sluice::server {

struct SubscriptionStart {
  std::string consumer;  // its ARN
  stream::StreamHandle stream;
  stream::ShardIndex shard;
  stream::Ordinal from;
  bool is_cbor = false;  // what events are written in, as the request was
};

// Thread-safe.  What it is given must outlive it, and it the sources it has opened.
class Subscriptions {
 public:
  Subscriptions(const Clock& clock, source::RecordBell& bell, Counters& counters, Losses& losses);
  ~Subscriptions();
  Subscriptions(const Subscriptions&) = delete;
  Subscriptions& operator=(const Subscriptions&) = delete;

  // The body of an answer.  ResourceInUseException within five seconds of the last subscription of
  // the same consumer to the same shard; later the older one is told so and ends.
  std::expected<std::unique_ptr<net::BodySource>, aws::ApiError> open(SubscriptionStart start);

 private:
  struct Reader;
  class Source;
  using ReaderPtr = std::shared_ptr<Reader>;
  using Key = std::pair<std::string, stream::ShardIndex>;

  void want(const ReaderPtr& reader, net::Duty<net::BodyPiece> give);
  void close(const ReaderPtr& reader);
  void ring(const ReaderPtr& reader);
  void make_ready(const ReaderPtr& reader);
  void run();
  ReaderPtr take_due(std::unique_lock<std::mutex>& lock);
  std::optional<net::BodyPiece> make_piece(Reader& reader);
  std::optional<net::BodyPiece> make_event(Reader& reader);

  const Clock& clock_;
  source::RecordBell& bell_;
  Counters& counters_;
  Losses& losses_;

  std::mutex mutex_;  // guards those below, and what Reader says
  std::condition_variable wake_;
  bool stopping_ = false;
  std::deque<ReaderPtr> ready_;                                       // look at them
  std::set<std::pair<std::chrono::nanoseconds, ReaderPtr>> waiting_;  // for a record, until then
  std::map<Key, std::weak_ptr<Reader>> latest_;

  std::thread thread_;
};

}  // namespace sluice::server
