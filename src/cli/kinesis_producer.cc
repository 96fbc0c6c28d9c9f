// Sends records to a stream as any producer does.
#include "cli/kinesis_producer.h"

#include "base/check.h"
#include "cli/quantity.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>

namespace sluice::cli {
namespace {

constexpr std::chrono::milliseconds back_off_first{50};
constexpr std::chrono::milliseconds back_off_max{5000};

std::unexpected<Error> refused(const heartrate::KinesisRefusal& refusal,
                               const ProducerSettings& settings) {
  if (refusal.code == "ResourceNotFoundException") {
    return fail(Fault::missing,
                fmt::format("there is no stream {} at {}; create it (aws kinesis create-stream) or "
                            "name another",
                            settings.stream,
                            settings.endpoint));
  }
  return fail(Fault::invalid,
              fmt::format("{} refused: {}: {}",
                          settings.endpoint,
                          printable(refusal.code),
                          printable(refusal.message)));
}

}  // namespace

RecordBatch::RecordBatch(std::size_t records_max) : records_max_(records_max) {
  SLUICE_CHECK(records_max >= 1);
  SLUICE_CHECK(records_max <= batch_records_max);
}

bool RecordBatch::add(ByteView data, std::size_t partition_key_bytes) {
  const std::size_t bytes = data.size() + partition_key_bytes;
  if (ends_.size() == records_max_ || (!ends_.empty() && bytes > batch_bytes_max - bytes_)) {
    return false;
  }
  heap_.append(data);
  ends_.push_back(heap_.size());
  bytes_ += bytes;
  return true;
}

std::span<const ByteView> RecordBatch::records() {
  views_.clear();
  std::size_t begin = 0;
  for (const std::size_t end : ends_) {
    views_.push_back(ByteView(heap_).substr(begin, end - begin));
    begin = end;
  }
  return views_;
}

void RecordBatch::clear() {
  heap_.clear();
  ends_.clear();
  views_.clear();
  bytes_ = 0;
}

Result<KinesisProducer> KinesisProducer::create(ProducerSettings settings, ProducerWorld world) {
  auto caller = heartrate::KinesisCaller::create(
      {settings.endpoint, settings.region, settings.stream, settings.credentials},
      world.exchange,
      world.clock);
  if (!caller) {
    return fail(caller.error().fault(), printable(caller.error().message()));
  }
  settings.endpoint = caller->target().endpoint;
  return KinesisProducer(std::move(settings), std::move(world), std::move(*caller));
}

Result<void> KinesisProducer::put_record(ByteView data) {
  SLUICE_TRY_DO(call(
      "PutRecord", heartrate::put_record_body(settings_.stream, {data, settings_.partition_key})));
  return {};
}

Result<void> KinesisProducer::put_records(std::span<const ByteView> records) {
  SLUICE_CHECK(records.size() <= batch_records_max);
  std::vector<std::size_t> waiting(records.size());
  std::iota(waiting.begin(), waiting.end(), std::size_t{0});
  for (int failures = 0; !waiting.empty(); ++failures) {
    if (failures > 0) {
      retries_ += waiting.size();
      if (failures == settings_.attempts_max) {
        return fail(Fault::throttled,
                    fmt::format("{} still refuses {} after {} attempts; send slower or add shards",
                                settings_.endpoint,
                                counted(waiting.size(), "record", "records"),
                                failures));
      }
      SLUICE_TRY_DO(back_off(failures));
    }
    std::vector<heartrate::KinesisRecord> parts;
    parts.reserve(waiting.size());
    for (const std::size_t index : waiting) {
      parts.push_back({records[index], settings_.partition_key});
    }
    SLUICE_TRY(answer, call("PutRecords", heartrate::put_records_body(settings_.stream, parts)));
    const auto refused = heartrate::refused_records(answer, waiting.size());
    if (!refused) {
      return fail(refused.error().fault(), printable(refused.error().message()));
    }
    std::vector<std::size_t> still_waiting;
    for (const std::size_t index : *refused) {
      still_waiting.push_back(waiting[index]);
    }
    waiting = std::move(still_waiting);
  }
  return {};
}

Result<Bytes> KinesisProducer::call(std::string_view operation, const Bytes& body) {
  const std::string invocation = uuid_v4(world_.random);
  for (int attempt = 1;; ++attempt) {
    auto answer = caller_.attempt({operation, body, invocation, attempt, settings_.attempts_max});
    if (!answer && answer.error().fault() != Fault::unavailable) {
      return std::unexpected(std::move(answer).error());
    }
    if (answer) {
      has_been_answered_ = true;
      if (answer->has_value()) {
        return std::move(**answer);
      }
      if (!answer->error().is_retryable) {
        return refused(answer->error(), settings_);
      }
    }
    const int attempts_max =
        has_been_answered_ ? settings_.attempts_max : settings_.first_attempts_max;
    if (attempt >= attempts_max) {
      return answer
                 ? fail(Fault::throttled,
                        fmt::format("{} refused {} times: {}: {}; try again later",
                                    settings_.endpoint,
                                    attempt,
                                    printable(answer->error().code),
                                    printable(answer->error().message)))
                 : fail(Fault::unavailable,
                        fmt::format("no server answers at {} ({}); start one with `sluice "
                                    "serve`, or name it with --endpoint",
                                    settings_.endpoint,
                                    printable(heartrate::without_call(answer.error().message()))));
    }
    ++retries_;
    SLUICE_TRY_DO(back_off(attempt));
  }
}

// Doubling, capped, and anywhere between half and all of it, so that producers do not march in
// step.
Result<void> KinesisProducer::back_off(int failures) {
  SLUICE_CHECK(failures >= 1);
  constexpr int doublings_max = 10;
  const auto longest =
      std::min(back_off_max, back_off_first * (1 << std::min(failures - 1, doublings_max)));
  const auto half = static_cast<std::uint64_t>(longest.count() / 2);
  const std::chrono::milliseconds wait(half + world_.random.below(half + 1));
  if (!world_.pause(wait)) {
    return fail(Fault::cancelled, "interrupted");
  }
  return {};
}

}  // namespace sluice::cli
