#include "server/aws_limits.h"

#include <algorithm>

namespace sluice::server {

namespace {

constexpr double mebibyte = 1 << 20;
constexpr double records_per_second = 1000;
constexpr double bytes_per_second = mebibyte;
constexpr double reads_per_second = 5;
constexpr double read_bytes_per_second = 2 * mebibyte;

// Beyond so many shards those that nobody has used for a second are forgotten.
constexpr std::size_t shards_kept = 10'000;

// Calls a second and account; 0 for operations without such a limit.
double calls_per_second(std::string_view operation) {
  static constexpr std::string_view five[] = {"AddTagsToStream",
                                              "CreateStream",
                                              "DecreaseStreamRetentionPeriod",
                                              "DeleteStream",
                                              "DeregisterStreamConsumer",
                                              "IncreaseStreamRetentionPeriod",
                                              "ListStreamConsumers",
                                              "ListStreams",
                                              "ListTagsForStream",
                                              "MergeShards",
                                              "RegisterStreamConsumer",
                                              "RemoveTagsFromStream",
                                              "SplitShard",
                                              "UpdateStreamMode"};
  if (std::ranges::find(five, operation) != std::end(five)) {
    return 5;
  }
  if (operation == "DescribeStream" || operation == "UpdateShardCount") {
    return 10;
  }
  if (operation == "DescribeStreamSummary" || operation == "DescribeStreamConsumer") {
    return 20;
  }
  return operation == "DescribeLimits" ? 1 : 0;
}

}  // namespace

double TokenBucket::level(std::chrono::nanoseconds now) const {
  const std::chrono::duration<double> passed = std::max(now - filled_, std::chrono::nanoseconds(0));
  return std::min(per_second_, tokens_ + passed.count() * per_second_);
}

void TokenBucket::take(double tokens, std::chrono::nanoseconds now) {
  tokens_ = level(now) - tokens;
  filled_ = now;
}

AwsLimits::Shard& AwsLimits::shard(const ShardKey& key, std::chrono::nanoseconds now) {
  if (shards_.size() >= shards_kept && !shards_.contains(key)) {
    std::erase_if(shards_, [now](const auto& entry) {
      const Shard& idle = entry.second;
      return idle.records.is_full(now) && idle.bytes.is_full(now) && idle.reads.is_full(now) &&
             idle.readable_from <= now;
    });
  }
  return shards_
      .try_emplace(key,
                   Shard{.records = TokenBucket(records_per_second, now),
                         .bytes = TokenBucket(bytes_per_second, now),
                         .reads = TokenBucket(reads_per_second, now)})
      .first->second;
}

bool AwsLimits::takes_record(const stream::StreamIncarnation& stream,
                             stream::ShardIndex index,
                             std::uint64_t bytes) {
  const auto now = clock_.steady();
  const std::lock_guard lock(mutex_);
  Shard& one = shard({stream, index}, now);
  if (!one.records.has_any(now) || !one.bytes.has_any(now)) {
    return false;
  }
  one.records.take(1, now);
  one.bytes.take(static_cast<double>(bytes), now);
  return true;
}

bool AwsLimits::takes_read(const stream::StreamIncarnation& stream, stream::ShardIndex index) {
  const auto now = clock_.steady();
  const std::lock_guard lock(mutex_);
  Shard& one = shard({stream, index}, now);
  if (now < one.readable_from || !one.reads.has_any(now)) {
    return false;
  }
  one.reads.take(1, now);
  return true;
}

void AwsLimits::charge_read(const stream::StreamIncarnation& stream,
                            stream::ShardIndex index,
                            std::uint64_t bytes) {
  const auto now = clock_.steady();
  const std::chrono::duration<double> lasts(static_cast<double>(bytes) / read_bytes_per_second);
  const std::lock_guard lock(mutex_);
  Shard& one = shard({stream, index}, now);
  one.readable_from = std::max(one.readable_from, now) +
                      std::chrono::duration_cast<std::chrono::nanoseconds>(lasts);
}

bool AwsLimits::takes_call(std::string_view operation) {
  const double rate = calls_per_second(operation);
  if (rate == 0) {
    return true;
  }
  const auto now = clock_.steady();
  const std::lock_guard lock(mutex_);
  TokenBucket& bucket =
      calls_.try_emplace(std::string(operation), TokenBucket(rate, now)).first->second;
  if (!bucket.has_any(now)) {
    return false;
  }
  bucket.take(1, now);
  return true;
}

}  // namespace sluice::server
