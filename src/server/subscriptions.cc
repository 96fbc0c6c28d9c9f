#include "server/subscriptions.h"

#include "aws/cbor.h"
#include "aws/event_stream.h"
#include "base/check.h"
#include "json/document.h"
#include "server/kinesis/record_text.h"
#include "stream/sequence_number.h"

#include <fmt/format.h>
#include <pthread.h>

#include <limits>

namespace sluice::server {

namespace {

constexpr std::chrono::seconds life{300};
constexpr std::chrono::seconds event_interval{5};                  // without records
constexpr std::chrono::seconds takeover_after{5};                  // since the last subscription
constexpr std::uint64_t event_bytes_max = std::uint64_t{1} << 20;  // of data and keys
constexpr std::uint64_t event_records_max = 10'000;

std::string_view content_type(bool is_cbor) {
  return is_cbor ? "application/x-amz-cbor-1.1" : "application/x-amz-json-1.1";
}

// A message's payload as it is sent.
Bytes payload_of(std::string json, bool is_cbor) {
  if (!is_cbor) {
    return json;
  }
  constexpr auto any = std::numeric_limits<std::uint32_t>::max();
  const auto document =
      json::Document::parse(std::move(json), {.bytes_max = any, .values_max = any});
  SLUICE_CHECK(document.has_value());
  return aws::cbor_of_json(document->root());
}

net::BodyPiece exception_piece(const aws::ApiError& error, bool is_cbor) {
  std::string body;
  json::Writer out(body);
  out.begin_object();
  out.member("message", std::string_view(error.message));
  out.end_object();
  return {.bytes = aws::encode_exception(
              error.type, content_type(is_cbor), payload_of(std::move(body), is_cbor)),
          .is_last = true};
}

}  // namespace

// One subscription.  What is not said to be the thread's is guarded by Subscriptions::mutex_.
struct Subscriptions::Reader {
  Reader(SubscriptionStart the_start, std::chrono::nanoseconds now)
      : start(std::move(the_start)), opened(now), event_at(now), next(start.from) {}

  const SubscriptionStart start;
  const std::chrono::nanoseconds opened;

  std::optional<net::Duty<net::BodyPiece>> wanted;  // the client has taken what came before
  std::optional<source::RecordBell::Ticket> ticket;
  std::optional<std::chrono::nanoseconds> waits_until;  // it is in waiting_, under this time
  bool is_ready = false;                                // it is in ready_
  bool is_rung = false;                                 // while it was looked at
  bool is_replaced = false;
  bool is_gone = false;

  // The thread's.
  bool has_begun = false;
  std::chrono::nanoseconds event_at;
  stream::Ordinal next;
};

// What the connection asks for pieces.
class Subscriptions::Source final : public net::BodySource {
 public:
  Source(Subscriptions& subscriptions, ReaderPtr reader)
      : subscriptions_(subscriptions), reader_(std::move(reader)) {}

  ~Source() override { subscriptions_.close(reader_); }

  void next(net::Duty<net::BodyPiece> give) override {
    subscriptions_.want(reader_, std::move(give));
  }

 private:
  Subscriptions& subscriptions_;
  const ReaderPtr reader_;
};

Subscriptions::Subscriptions(const Clock& clock,
                             source::RecordBell& bell,
                             Counters& counters,
                             Losses& losses)
    : clock_(clock), bell_(bell), counters_(counters), losses_(losses), thread_([this] {
        run();
      }) {}

Subscriptions::~Subscriptions() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

std::expected<std::unique_ptr<net::BodySource>, aws::ApiError> Subscriptions::open(
    SubscriptionStart start) {
  const auto now = clock_.steady();
  const Key key(start.consumer, start.shard);
  const auto incarnation = start.stream->incarnation();
  auto reader = std::make_shared<Reader>(std::move(start), now);
  {
    const std::lock_guard lock(mutex_);
    const auto known = latest_.find(key);
    const ReaderPtr before = known == latest_.end() ? nullptr : known->second.lock();
    if (before != nullptr && now - before->opened < takeover_after) {
      return std::unexpected(aws::ApiError{
          "ResourceInUseException",
          fmt::format("Another active subscription exists for this consumer: {}; try again after "
                      "{} seconds.",
                      key.first,
                      takeover_after.count())});
    }
    if (before != nullptr) {
      before->is_replaced = true;
      make_ready(before);
    }
    latest_[key] = reader;
  }
  wake_.notify_all();
  const auto ticket = bell_.listen(incarnation, [this, told = std::weak_ptr(reader)] {
    if (const ReaderPtr still_there = told.lock()) {
      ring(still_there);
    }
  });
  {
    const std::lock_guard lock(mutex_);
    reader->ticket = ticket;
  }
  return std::make_unique<Source>(*this, std::move(reader));
}

void Subscriptions::want(const ReaderPtr& reader, net::Duty<net::BodyPiece> give) {
  {
    const std::lock_guard lock(mutex_);
    reader->wanted.emplace(std::move(give));
    make_ready(reader);
  }
  wake_.notify_all();
}

void Subscriptions::close(const ReaderPtr& reader) {
  std::optional<source::RecordBell::Ticket> ticket;
  std::optional<net::Duty<net::BodyPiece>> wanted;
  {
    const std::lock_guard lock(mutex_);
    reader->is_gone = true;
    ticket = std::exchange(reader->ticket, std::nullopt);
    wanted.swap(reader->wanted);
    if (reader->waits_until) {
      waiting_.erase({*reader->waits_until, reader});
    }
    const auto known = latest_.find(Key(reader->start.consumer, reader->start.shard));
    if (known != latest_.end() && known->second.lock() == reader) {
      latest_.erase(known);
    }
  }
  if (ticket) {
    bell_.forget(*ticket);
  }
}

void Subscriptions::ring(const ReaderPtr& reader) {
  {
    const std::lock_guard lock(mutex_);
    reader->is_rung = true;
    make_ready(reader);
  }
  wake_.notify_all();
}

// Under the lock.  Without a client that wants a piece there is nothing to look at.
void Subscriptions::make_ready(const ReaderPtr& reader) {
  if (reader->is_ready || reader->is_gone || !reader->wanted) {
    return;
  }
  if (reader->waits_until) {
    waiting_.erase({*reader->waits_until, reader});
    reader->waits_until.reset();
  }
  reader->is_ready = true;
  ready_.push_back(reader);
}

// The next reader to look at; nullptr when the thread is to end.
Subscriptions::ReaderPtr Subscriptions::take_due(std::unique_lock<std::mutex>& lock) {
  while (!stopping_) {
    const auto now = clock_.steady();
    while (!waiting_.empty() && waiting_.begin()->first <= now) {
      make_ready(ReaderPtr(waiting_.begin()->second));
    }
    if (!ready_.empty()) {
      ReaderPtr reader = std::move(ready_.front());
      ready_.pop_front();
      reader->is_ready = false;
      if (reader->wanted) {
        return reader;
      }
    } else if (waiting_.empty()) {
      wake_.wait(lock);
    } else {
      wake_.wait_for(lock, waiting_.begin()->first - now);
    }
  }
  return nullptr;
}

void Subscriptions::run() {
  pthread_setname_np(pthread_self(), "sluice-fan-out");
  std::unique_lock lock(mutex_);
  while (const ReaderPtr reader = take_due(lock)) {
    auto give = std::exchange(reader->wanted, std::nullopt);
    reader->is_rung = false;
    lock.unlock();
    auto piece = make_piece(*reader);
    const bool is_given = piece.has_value();
    if (is_given) {
      (*give)(*std::move(piece));
      give.reset();
    }
    lock.lock();
    if (is_given || reader->is_gone) {
      continue;
    }
    reader->wanted.swap(give);
    if (reader->is_rung || reader->is_replaced) {
      make_ready(reader);
    } else {
      reader->waits_until = std::min(reader->event_at + event_interval, reader->opened + life);
      waiting_.emplace(*reader->waits_until, reader);
    }
  }
}

// std::nullopt: nothing to tell yet.
std::optional<net::BodyPiece> Subscriptions::make_piece(Reader& reader) {
  const bool is_cbor = reader.start.is_cbor;
  if (!reader.has_begun) {
    reader.has_begun = true;
    return net::BodyPiece{.bytes = aws::encode_event("initial-response",
                                                     content_type(is_cbor),
                                                     payload_of("{}", is_cbor))};
  }
  bool is_replaced = false;
  {
    const std::lock_guard lock(mutex_);
    is_replaced = reader.is_replaced;
  }
  if (is_replaced) {
    return exception_piece(
        {"ResourceInUseException", "Another subscription of this consumer has taken over."},
        is_cbor);
  }
  if (clock_.steady() - reader.opened >= life) {
    return net::BodyPiece{.bytes = {}, .is_last = true};
  }
  if (reader.start.stream->is_deleted()) {
    return exception_piece({"ResourceNotFoundException", "The stream was deleted."}, is_cbor);
  }
  return make_event(reader);
}

std::optional<net::BodyPiece> Subscriptions::make_event(Reader& reader) {
  const stream::Stream& stream = *reader.start.stream;
  // Before the records are read: what a shard that is closed by now holds is all it ever will.
  const auto definition = stream.definition();
  const stream::ShardDefinition& shard = definition->shards[reader.start.shard.value];
  const auto batch =
      losses_.read(stream, shard.index, reader.next, event_bytes_max, event_records_max);
  if (!batch) {
    return exception_piece(aws::api_error(batch.error(), aws::kinesis_faults),
                           reader.start.is_cbor);
  }
  const auto now = clock_.steady();
  const bool is_end = is_drained(shard, batch->next);
  if (batch->records == 0 && !is_end && now - reader.event_at < event_interval) {
    return std::nullopt;
  }
  reader.event_at = now;
  reader.next = batch->next;
  counters_.read_from_stream(batch->records, batch->bytes);

  const UnixMillis wall = clock_.now();
  std::string body = "{";
  append_records(body, *definition, shard, *batch);
  body.append(fmt::format(R"(,"MillisBehindLatest":{},)", millis_behind(*batch, wall)));
  if (is_end) {
    append_children(body, *definition, shard.index);
  } else {
    // AFTER it the next record is found; at the beginning of a shard it is the shard's start.
    const stream::Ordinal last(batch->next.value - 1);
    body.append(R"("ContinuationSequenceNumber":")");
    body.append(
        stream::sequence_text(stream::record_sequence(shard.index, shard.created, last, wall)));
    body.push_back('"');
  }
  body.push_back('}');
  return net::BodyPiece{
      .bytes = aws::encode_event("SubscribeToShardEvent",
                                 content_type(reader.start.is_cbor),
                                 payload_of(std::move(body), reader.start.is_cbor)),
      .is_last = is_end};
}

}  // namespace sluice::server
