// The load generator: one blocking thread per connection, bodies made beforehand.
#include "load.h"

#include "base/base64.h"
#include "exchange.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>
#include <vector>

namespace sluice::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view invocation_header = "amz-sdk-invocation-id: ";

std::string make_body(const LoadOptions& options, std::size_t connection) {
  const auto entry = [&](std::size_t i) {
    const std::string record =
        fmt::format("{{\"timestamp\": \"2025-07-15T17:10:33.{:06}\", \"heart_rate\": {}}}\n",
                    i * 1999 % 1'000'000,
                    60 + i % 100);
    return fmt::format(R"("Data":"{}","PartitionKey":"watch-{}")",
                       base64_encode(record),
                       (connection * 31 + i) % 64);
  };
  if (options.records_per_request == 1) {
    return fmt::format(R"({{"StreamName":"{}",{}}})", options.stream, entry(connection));
  }
  std::string body = fmt::format(R"({{"StreamName":"{}","Records":[)", options.stream);
  for (std::size_t i = 0; i < options.records_per_request; ++i) {
    body += fmt::format("{}{{{}}}", i == 0 ? "" : ",", entry(i));
  }
  return body + "]}";
}

// Another one each time the program runs: an id that was used before would be answered as a
// repetition, without being stored.
std::uint32_t run_number() {
  static const auto number = static_cast<std::uint32_t>(
      std::chrono::system_clock::now().time_since_epoch() / std::chrono::milliseconds(1));
  return number;
}

// A connection's request, with an id of its own each time if the options want one.
class Request {
 public:
  Request(const LoadOptions& options, std::size_t connection) {
    const std::string extra = options.has_invocation_ids
                                  ? fmt::format("{}{:08x}-{:04x}-4000-8000-{:012x}\r\n",
                                                invocation_header,
                                                run_number(),
                                                connection,
                                                0)
                                  : std::string();
    text_ = kinesis_request(options.port,
                            options.records_per_request == 1 ? "PutRecord" : "PutRecords",
                            make_body(options, connection),
                            extra);
    const std::size_t header = text_.find(invocation_header);
    if (header != std::string::npos) {
      counter_ = text_.find("\r\n", header) - counter_digits;
    }
  }

  std::string_view next() {
    if (counter_) {
      fmt::format_to_n(&text_[*counter_], counter_digits, "{:012x}", ++sent_);
    }
    return text_;
  }

 private:
  static constexpr std::size_t counter_digits = 12;
  std::string text_;
  std::optional<std::size_t> counter_;  // where the id's last digits stand
  std::uint64_t sent_ = 0;
};

// When a connection's requests are due.
class Schedule {
 public:
  Schedule(const LoadOptions& options, std::size_t connection, Clock::time_point start) {
    if (options.requests_per_second > 0) {
      const double share = options.requests_per_second / static_cast<double>(options.connections);
      interval_ =
          std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(1 / share));
      due_ = start + interval_ * static_cast<std::int64_t>(connection) /
                         static_cast<std::int64_t>(options.connections);
    }
  }

  // Waits for the next one; when it was due.
  Clock::time_point wait() {
    if (interval_.count() == 0) {
      return Clock::now();
    }
    const Clock::time_point due = due_;
    due_ += interval_;
    std::this_thread::sleep_until(due);
    return due;
  }

 private:
  Clock::duration interval_{0};
  Clock::time_point due_{};
};

}  // namespace

Result<LoadResult> run_load(const LoadOptions& options) {
  std::mutex mutex;
  std::vector<double> latencies_ms;
  Result<void> outcome;
  const auto start = Clock::now();
  const auto work = [&](std::size_t connection) {
    Request request(options, connection);
    Schedule schedule(options, connection, start);
    std::vector<double> own;
    Caller caller;
    Result<void> connected = caller.connect(options.port);
    while (connected && Clock::now() - start < options.duration) {
      const auto due = schedule.wait();
      if (auto answer = caller.call(request.next()); !answer) {
        connected = std::unexpected(std::move(answer).error());
      }
      own.push_back(std::chrono::duration<double, std::milli>(Clock::now() - due).count());
    }
    const std::lock_guard lock(mutex);
    latencies_ms.insert(latencies_ms.end(), own.begin(), own.end());
    if (!connected) {
      outcome = std::move(connected);
    }
  };
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < options.connections; ++i) {
    threads.emplace_back(work, i);
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  SLUICE_TRY_DO(outcome);
  if (latencies_ms.empty()) {
    return fail(Fault::invalid, "no request was sent in the given time");
  }
  LoadResult result;
  result.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  result.requests = latencies_ms.size();
  result.records = result.requests * options.records_per_request;
  std::sort(latencies_ms.begin(), latencies_ms.end());
  result.median_ms = latencies_ms[latencies_ms.size() / 2];
  result.p99_ms = latencies_ms[latencies_ms.size() * 99 / 100];
  return result;
}

}  // namespace sluice::bench
