// Takes batches out of a spool and brings them to the stream, one after the other, for as long as
// it takes.
#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "heartrate/kinesis_call.h"
#include "heartrate/spool.h"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace sluice::heartrate {

struct SenderStatus {
  std::uint64_t sent = 0;   // records that the stream has acknowledged
  std::uint64_t tries = 0;  // calls, the failed ones included
  int failures = 0;         // in a row; 0 while all is well
  std::string trouble;      // why the last try failed; not safe to show as it is
};

// What goes wrong is tried again for ever, with back-off: nothing is ever dropped.  step() belongs
// to one thread at a time, status() to any.  Borrows spool and random.
class Sender {
 public:
  static constexpr std::chrono::milliseconds wait_first{200};
  static constexpr std::chrono::milliseconds wait_max{15'000};

  Sender(Spool& spool, KinesisCaller caller, Random& random)
      : spool_(spool), caller_(std::move(caller)), random_(random) {}

  // One try.  How long to wait before the next; std::nullopt when nothing waits to be sent.
  std::optional<std::chrono::milliseconds> step();

  SenderStatus status() const;

 private:
  Result<void> send(const SpoolBatch& batch);
  std::chrono::milliseconds failed(const Error& error);

  Spool& spool_;
  const KinesisCaller caller_;
  Random& random_;
  std::string invocation_;  // of the batch tried last
  int attempt_ = 0;         // of it

  mutable std::mutex mutex_;  // guards the status
  SenderStatus status_;
};

// The thread in which a sender runs.  start(), wake() and stop() belong to one thread.
class SenderThread {
 public:
  static constexpr int last_failures_max = 2;

  // Borrows the sender.
  explicit SenderThread(Sender& sender) : sender_(sender) {}

  ~SenderThread() { stop(std::chrono::milliseconds(0)); }

  SenderThread(const SenderThread&) = delete;
  SenderThread& operator=(const SenderThread&) = delete;

  void start();

  // There is something new in the spool.
  void wake();

  // Goes on until nothing waits, `patience` is over or last_failures_max tries have failed, then
  // ends the thread.  The last call may outlast it.
  void stop(std::chrono::milliseconds patience);

 private:
  void run();

  Sender& sender_;
  std::mutex mutex_;  // guards those below
  std::condition_variable changed_;
  bool has_news_ = false;
  bool is_hurried_ = false;
  std::optional<std::chrono::steady_clock::time_point> stop_at_;
  std::thread thread_;
};

}  // namespace sluice::heartrate
