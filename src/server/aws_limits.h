// The service's limits of throughput and call rates, for people who test how their clients live
// with them: `limits = "aws"` in the configuration.  Without it the machine runs free.
//
// https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html
#pragma once

#include "base/clock.h"
#include "stream/ids.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::server {

// Fills at a rate, up to a second's worth; what is taken may leave it in debt.
class TokenBucket {
 public:
  TokenBucket(double per_second, std::chrono::nanoseconds now)
      : per_second_(per_second), tokens_(per_second), filled_(now) {}

  // Whether anything can be taken now.
  bool has_any(std::chrono::nanoseconds now) const { return level(now) >= 1; }

  void take(double tokens, std::chrono::nanoseconds now);

  bool is_full(std::chrono::nanoseconds now) const { return level(now) >= per_second_; }

 private:
  double level(std::chrono::nanoseconds now) const;

  double per_second_;
  double tokens_;
  std::chrono::nanoseconds filled_;
};

// Thread-safe.  The clock must outlive it.
class AwsLimits {
 public:
  explicit AwsLimits(const Clock& clock) : clock_(clock) {}

  // One record, of data and partition key: 1,000 and 1 MiB a second and shard.
  bool takes_record(const stream::StreamIncarnation& stream,
                    stream::ShardIndex shard,
                    std::uint64_t bytes);

  // One call of GetRecords: 5 a second and shard, and none until what was read before has taken its
  // time at 2 MiB a second: 5 seconds after a full answer of 10 MiB.
  bool takes_read(const stream::StreamIncarnation& stream, stream::ShardIndex shard);
  void charge_read(const stream::StreamIncarnation& stream,
                   stream::ShardIndex shard,
                   std::uint64_t bytes);

  // One call of an operation of the control plane; true for others.
  bool takes_call(std::string_view operation);

 private:
  struct Shard {
    TokenBucket records;
    TokenBucket bytes;
    TokenBucket reads;
    std::chrono::nanoseconds readable_from{};
  };

  using ShardKey = std::pair<stream::StreamIncarnation, stream::ShardIndex>;

  Shard& shard(const ShardKey& key, std::chrono::nanoseconds now);

  const Clock& clock_;
  std::mutex mutex_;  // guards those below
  std::map<ShardKey, Shard> shards_;
  std::map<std::string, TokenBucket, std::less<>> calls_;
};

}  // namespace sluice::server
