// Sends records to a stream as any producer does: PutRecord and PutRecords of AWS JSON 1.1, signed,
// tried again with back-off where that can help.
#pragma once

#include "aws/sigv4.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "heartrate/kinesis_call.h"
#include "net/http.h"
#include "net/http_client.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::cli {

// Bounds of the service.
inline constexpr std::size_t batch_records_max = 500;
inline constexpr std::size_t batch_bytes_max = std::size_t{5} << 20;   // data and partition keys
inline constexpr std::size_t record_bytes_max = std::size_t{1} << 20;  // likewise

// Gathers records for one PutRecords until the next would not fit.
class RecordBatch {
 public:
  // `records_max` from 1 to batch_records_max.
  explicit RecordBatch(std::size_t records_max);

  // False, and nothing added, when the batch is full for this record.  A record of up to
  // record_bytes_max, key included, always fits an empty batch.
  bool add(ByteView data, std::size_t partition_key_bytes);

  // Good until the batch changes.
  std::span<const ByteView> records();

  bool empty() const { return ends_.empty(); }

  // Keeps the memory.
  void clear();

 private:
  std::size_t records_max_;
  Bytes heap_;
  std::vector<std::size_t> ends_;  // in heap_
  std::vector<ByteView> views_;
  std::size_t bytes_ = 0;
};

struct ProducerSettings {
  std::string endpoint;  // "http://127.0.0.1:4566", a path behind it is kept
  std::string region = "us-east-1";
  std::string stream;
  std::string partition_key;  // the same for every record, so that they stay in order
  aws::Credentials credentials;
  int attempts_max = 9;        // of one call, about 25 s of waiting
  int first_attempts_max = 3;  // as long as no server has ever answered
};

// What the producer needs of the world.
struct ProducerWorld {
  std::function<Result<net::HttpResponse>(const net::HttpClientRequest&)> exchange;
  const Clock& clock;
  Random& random;
  // Waits; false: give up, the user wants to stop.
  std::function<bool(std::chrono::milliseconds)> pause;
};

// Not thread-safe.
class KinesisProducer {
 public:
  // Fault::invalid for an endpoint that is no http:// or https:// address.
  static Result<KinesisProducer> create(ProducerSettings settings, ProducerWorld world);

  // Sends one record.  Fault::unavailable when no server answers, Fault::throttled when it refuses
  // for too long, Fault::missing for an unknown stream, Fault::invalid for any other refusal,
  // Fault::cancelled when pause() gave up.
  Result<void> put_record(ByteView data);

  // The same for at most batch_records_max records in one call; those that the server refuses for
  // now are sent again by themselves.
  Result<void> put_records(std::span<const ByteView> records);

  // Attempts beyond the first, and records sent again after a partial failure.
  std::uint64_t retries() const { return retries_; }

 private:
  KinesisProducer(ProducerSettings settings, ProducerWorld world, heartrate::KinesisCaller caller)
      : settings_(std::move(settings)), world_(std::move(world)), caller_(std::move(caller)) {}

  Result<Bytes> call(std::string_view operation, const Bytes& body);
  Result<void> back_off(int failures);

  ProducerSettings settings_;
  ProducerWorld world_;
  heartrate::KinesisCaller caller_;
  bool has_been_answered_ = false;
  std::uint64_t retries_ = 0;
};

}  // namespace sluice::cli
