#include "heartrate/sender.h"

#include "base/check.h"

#include <fmt/format.h>
#include <pthread.h>

#include <algorithm>
#include <utility>

namespace sluice::heartrate {

std::optional<std::chrono::milliseconds> Sender::step() {
  auto batch = spool_.next_batch(random_);
  if (!batch) {
    return failed(batch.error());
  }
  if (!*batch) {
    return std::nullopt;
  }
  if (auto sent = send(**batch); !sent) {
    return failed(sent.error());
  }
  return std::chrono::milliseconds(0);
}

Result<void> Sender::send(const SpoolBatch& batch) {
  attempt_ = batch.invocation == invocation_ ? attempt_ + 1 : 1;
  invocation_ = batch.invocation;
  std::vector<KinesisRecord> records;
  records.reserve(batch.records.size());
  for (const SpoolRecord& record : batch.records) {
    records.push_back({record.data, record.partition_key});
  }
  {
    const std::lock_guard lock(mutex_);
    ++status_.tries;
  }
  const Bytes body = put_records_body(caller_.target().stream, records);
  auto answered = caller_.attempt({"PutRecords", body, batch.invocation, attempt_, attempt_ + 1});
  if (!answered) {
    return fail(answered.error().fault(), without_call(answered.error().message()));
  }
  const KinesisAnswer& answer = *answered;
  if (!answer) {
    return fail(answer.error().is_retryable ? Fault::throttled : Fault::invalid,
                answer.error().code + ": " + answer.error().message);
  }
  SLUICE_TRY(refused, refused_records(*answer, records.size()));
  SLUICE_TRY_DO(spool_.settle(batch, refused));
  {
    const std::lock_guard lock(mutex_);
    status_.sent += records.size() - refused.size();
  }
  if (!refused.empty()) {
    return fail(Fault::throttled,
                fmt::format("the stream takes {} of {} records for now",
                            records.size() - refused.size(),
                            records.size()));
  }
  const std::lock_guard lock(mutex_);
  status_.failures = 0;
  status_.trouble.clear();
  return {};
}

// Doubling, capped, and anywhere between half and all of it.
std::chrono::milliseconds Sender::failed(const Error& error) {
  const std::lock_guard lock(mutex_);
  constexpr int doublings_max = 10;
  const auto longest =
      std::min(wait_max, wait_first * (1 << std::min(status_.failures, doublings_max)));
  ++status_.failures;
  status_.trouble = error.message();
  const auto half = static_cast<std::uint64_t>(longest.count() / 2);
  return std::chrono::milliseconds(half + random_.below(half + 1));
}

SenderStatus Sender::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

void SenderThread::start() {
  SLUICE_CHECK(!thread_.joinable());
  thread_ = std::thread([this] { run(); });
}

void SenderThread::wake() {
  {
    const std::lock_guard lock(mutex_);
    has_news_ = true;
  }
  changed_.notify_one();
}

void SenderThread::stop(std::chrono::milliseconds patience) {
  if (!thread_.joinable()) {
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    stop_at_ = std::chrono::steady_clock::now() + patience;
    is_hurried_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void SenderThread::run() {
  pthread_setname_np(pthread_self(), "sluice-sender");
  int last_failures = 0;
  while (true) {
    const auto wait = sender_.step();
    std::unique_lock lock(mutex_);
    if (stop_at_ && !is_hurried_) {
      last_failures += wait && wait->count() > 0 ? 1 : 0;
      if (!wait || last_failures >= last_failures_max ||
          std::chrono::steady_clock::now() >= *stop_at_) {
        return;
      }
    }
    if (!wait) {
      changed_.wait(lock, [this] { return has_news_ || stop_at_.has_value(); });
    } else if (wait->count() > 0) {
      // Being told to stop cuts the first wait short, so that everything gets one more try.
      const auto until = std::chrono::steady_clock::now() + *wait;
      changed_.wait_until(
          lock, stop_at_ ? std::min(until, *stop_at_) : until, [this] { return is_hurried_; });
    }
    has_news_ = false;
    is_hurried_ = false;
  }
}

}  // namespace sluice::heartrate
