// The queue and its threads.
#include "query/athena_executions.h"

#include "base/check.h"

#include <fmt/format.h>
#include <pthread.h>

#include <algorithm>
#include <utility>

namespace sluice::query {
namespace {

constexpr std::string_view kind = store::kind_athena_execution;

std::size_t bytes_of(const Execution& execution) {
  std::size_t bytes = execution.request.sql.size() + execution.request.prepared_sql.size() +
                      execution.reason.size() + 1024;
  for (const std::string& parameter : execution.request.parameters) {
    bytes += parameter.size();
  }
  return bytes;
}

std::unexpected<Error> no_such(std::string_view id) {
  return fail(Fault::missing, fmt::format("QueryExecution {} was not found", id));
}

}  // namespace

Executions::Executions(store::Database& database,
                       const Clock& clock,
                       Random& random,
                       RunExecution run,
                       const ExecutionsOptions& options)
    : definitions_(database),
      clock_(clock),
      random_(random),
      run_(std::move(run)),
      options_(options) {}

Executions::~Executions() {
  stop();
}

Result<std::unique_ptr<Executions>> Executions::open(store::Database& database,
                                                     const Clock& clock,
                                                     Random& random,
                                                     RunExecution run,
                                                     const ExecutionsOptions& options) {
  std::unique_ptr<Executions> executions(
      new Executions(database, clock, random, std::move(run), options));
  SLUICE_TRY_DO(executions->load());
  for (std::size_t i = 0; i < options.threads; ++i) {
    executions->threads_.emplace_back([self = executions.get()] { self->work(); });
  }
  return executions;
}

Result<void> Executions::load() {
  SLUICE_TRY(stored, definitions_.load_all(kind));
  for (const store::Definition& definition : stored) {
    SLUICE_TRY(execution, decode_execution(definition.body));
    if (!execution.is_over()) {
      execution.state = ExecutionState::failed;
      execution.reason = "the server ended before the query did; ask it again";
      execution.is_our_fault = true;
      execution.completed = clock_.now();
      save(execution);
    }
    next_number_ = std::max(next_number_, execution.number + 1);
    kept_bytes_ += bytes_of(execution);
    by_number_[execution.number] = execution.id;
    if (!execution.request.client_token.empty()) {
      by_token_[execution.request.client_token] = execution.id;
    }
    std::string id = execution.id;
    entries_[std::move(id)].execution = std::move(execution);
  }
  return {};
}

Result<std::string> Executions::start(
    ExecutionRequest request,
    const std::function<Result<std::string>(const std::string& id)>& name_result) {
  const std::lock_guard lock(mutex_);
  if (const auto known = by_token_.find(request.client_token);
      !request.client_token.empty() && known != by_token_.end()) {
    if (entries_.at(known->second).execution.request != request) {
      return fail(Fault::conflict, "Idempotent parameters do not match");
    }
    return known->second;
  }
  if (is_stopping_ || queue_.size() >= options_.queued_max) {
    return fail(Fault::throttled,
                fmt::format("{} queries are waiting already; ask again in a while", queue_.size()));
  }
  Execution execution;
  execution.id = uuid_v4(random_);
  execution.number = next_number_;
  execution.submitted = clock_.now();
  execution.request = std::move(request);
  SLUICE_TRY(result, name_result(execution.id));
  execution.result = std::move(result);
  SLUICE_TRY_DO(definitions_.create(kind, execution.id, encode(execution)));
  ++next_number_;
  kept_bytes_ += bytes_of(execution);
  by_number_[execution.number] = execution.id;
  if (!execution.request.client_token.empty()) {
    by_token_[execution.request.client_token] = execution.id;
  }
  std::string id = execution.id;
  queue_.push_back(id);
  entries_[id].execution = std::move(execution);
  trim();
  changed_.notify_one();
  return id;
}

Result<Execution> Executions::find(std::string_view id) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(id);
  if (found == entries_.end()) {
    return no_such(id);
  }
  return found->second.execution;
}

Result<void> Executions::cancel(std::string_view id) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(id);
  if (found == entries_.end()) {
    return no_such(id);
  }
  Entry& entry = found->second;
  if (entry.execution.is_over()) {
    return {};
  }
  entry.is_cancelled = true;
  entry.keep_on->store(false);
  if (std::erase(queue_, entry.execution.id) > 0) {
    settle(entry, fail(Fault::cancelled, ""));
  }
  return {};
}

ExecutionList Executions::list(std::string_view work_group,
                               std::optional<std::uint64_t> before,
                               std::size_t count) const {
  const std::lock_guard lock(mutex_);
  ExecutionList page;
  auto at = before ? by_number_.lower_bound(*before) : by_number_.end();
  while (at != by_number_.begin()) {
    --at;
    if (entries_.at(at->second).execution.request.work_group != work_group) {
      continue;
    }
    if (page.ids.size() == count) {
      page.next = at->first + 1;
      break;
    }
    page.ids.push_back(at->second);
  }
  return page;
}

void Executions::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
    for (auto& [id, entry] : entries_) {
      entry.keep_on->store(false);
    }
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) {
    thread.join();
  }
  threads_.clear();
}

void Executions::work() {
  pthread_setname_np(pthread_self(), "sluice-athena");
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return is_stopping_ || !queue_.empty(); });
    if (is_stopping_) {
      return;
    }
    const std::string id = std::move(queue_.front());
    queue_.pop_front();
    run_one(id, lock);
  }
}

void Executions::run_one(const std::string& id, std::unique_lock<std::mutex>& lock) {
  // Entries that are not over stay where they are: nothing but the end of them lets them be
  // trimmed.
  Entry& entry = entries_.at(id);
  const UnixMillis now = clock_.now();
  if (now - entry.execution.submitted > options_.queue_time_max) {
    settle(entry, fail(Fault::unavailable, "the query waited too long for its turn"));
    return;
  }
  entry.execution.state = ExecutionState::running;
  entry.execution.started = now;
  const Execution execution = entry.execution;
  const auto keep_on = entry.keep_on;
  lock.unlock();
  const Result<ExecutionFigures> outcome = run_(execution, [keep_on] { return keep_on->load(); });
  lock.lock();
  settle(entry, outcome);
}

void Executions::settle(Entry& entry, const Result<ExecutionFigures>& outcome) {
  Execution& execution = entry.execution;
  SLUICE_CHECK(!execution.is_over());
  kept_bytes_ -= bytes_of(execution);
  execution.completed = clock_.now();
  if (outcome) {
    execution.state = ExecutionState::succeeded;
    execution.figures = *outcome;
  } else if (entry.is_cancelled) {
    execution.state = ExecutionState::cancelled;
    execution.reason = "Query cancelled by user";
  } else {
    const Fault fault = outcome.error().fault();
    execution.state = ExecutionState::failed;
    execution.reason = fault == Fault::cancelled
                           ? "the server ended before the query did; ask it again"
                           : outcome.error().message();
    execution.is_our_fault =
        fault == Fault::io || fault == Fault::corrupt || fault == Fault::cancelled;
  }
  kept_bytes_ += bytes_of(execution);
  save(execution);
  trim();
}

void Executions::save(const Execution& execution) {
  // The end of a query is told from memory as well; only a crash now would make it FAILED.
  static_cast<void>(definitions_.save(kind, execution.id, encode(execution)));
}

void Executions::trim() {
  auto oldest = by_number_.begin();
  while (oldest != by_number_.end() &&
         (by_number_.size() > options_.kept_max || kept_bytes_ > options_.kept_bytes_max)) {
    const auto found = entries_.find(oldest->second);
    SLUICE_CHECK(found != entries_.end());
    const Execution& execution = found->second.execution;
    if (!execution.is_over()) {
      ++oldest;
      continue;
    }
    static_cast<void>(definitions_.remove(kind, execution.id));
    kept_bytes_ -= bytes_of(execution);
    if (const auto token = by_token_.find(execution.request.client_token);
        token != by_token_.end() && token->second == execution.id) {
      by_token_.erase(token);
    }
    entries_.erase(found);
    oldest = by_number_.erase(oldest);
  }
}

}  // namespace sluice::query
