// The executions of queries: a bounded queue, a few threads that run them, and the history.
//
// Each is in the store from its start to long after its end, so that the list outlives the server.
// One that was queued or running when the server ended is FAILED at the next start, with that for a
// reason: it is not run again, because nobody may be waiting for it any more.
#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "query/athena_execution.h"
#include "store/definitions.h"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace sluice::query {

struct ExecutionsOptions {
  std::size_t threads = 2;
  std::size_t queued_max = 200;
  std::size_t kept_max = 5000;                            // executions in the history
  std::size_t kept_bytes_max = std::size_t{64} << 20;     // of their texts
  std::chrono::milliseconds queue_time_max{30 * 60'000};  // queued for longer: FAILED
};

// Runs one execution; on one of the threads.  `keep_on` becomes false when it is to end early, with
// Fault::cancelled.
using RunExecution = std::function<Result<ExecutionFigures>(const Execution& execution,
                                                            const std::function<bool()>& keep_on)>;

// Executions from newest to oldest.
struct ExecutionList {
  std::vector<std::string> ids;
  std::optional<std::uint64_t> next;  // numbers below this are on the next page
};

// Thread-safe.
class Executions {
 public:
  // Reads the history and starts the threads.  Borrows everything.
  static Result<std::unique_ptr<Executions>> open(store::Database& database,
                                                  const Clock& clock,
                                                  Random& random,
                                                  RunExecution run,
                                                  const ExecutionsOptions& options = {});

  // As stop().
  ~Executions();
  Executions(const Executions&) = delete;
  Executions& operator=(const Executions&) = delete;

  // Queues it; its identifier (a UUID), once it is in the store.  The same client token with the
  // same request gives the execution that is there, with another request Fault::conflict.
  // Fault::throttled when the queue is full.  `name_result` makes the result's address of the id.
  Result<std::string> start(
      ExecutionRequest request,
      const std::function<Result<std::string>(const std::string& id)>& name_result);

  // Fault::missing.
  Result<Execution> find(std::string_view id) const;

  // Ends it if it is not over; CANCELLED at once when it was queued, soon when it runs.
  // Fault::missing.
  Result<void> cancel(std::string_view id);

  // Those of a work group with numbers below `before` (none: all), at most `count`.
  ExecutionList list(std::string_view work_group,
                     std::optional<std::uint64_t> before,
                     std::size_t count) const;

  // Ends what runs, leaves what is queued to the next start, joins the threads.
  void stop();

 private:
  struct Entry {
    Execution execution;
    std::shared_ptr<std::atomic<bool>> keep_on = std::make_shared<std::atomic<bool>>(true);
    bool is_cancelled = false;
  };

  Executions(store::Database& database,
             const Clock& clock,
             Random& random,
             RunExecution run,
             const ExecutionsOptions& options);

  Result<void> load();
  void work();
  void run_one(const std::string& id, std::unique_lock<std::mutex>& lock);
  void settle(Entry& entry, const Result<ExecutionFigures>& outcome);
  // Saves; a failure to do so costs the history only.
  void save(const Execution& execution);
  void trim();

  store::Definitions definitions_;
  const Clock& clock_;
  Random& random_;
  RunExecution run_;
  ExecutionsOptions options_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Entry, std::less<>> entries_;
  std::map<std::uint64_t, std::string> by_number_;
  std::map<std::string, std::string, std::less<>> by_token_;
  std::deque<std::string> queue_;
  std::uint64_t next_number_ = 1;
  std::size_t kept_bytes_ = 0;
  bool is_stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace sluice::query
