#include "stream/group_commit.h"

#include "base/check.h"

#include <fmt/format.h>
#include <pthread.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace sluice::stream {

namespace {

// What a producer is told: a full disk or a deleted stream as it is, anything else as worth another
// try.
Error retryable(const Error& error) {
  const bool is_kept = error.fault() == Fault::throttled || error.fault() == Fault::missing;
  return {is_kept ? error.fault() : Fault::unavailable, error.message()};
}

}  // namespace

// One stream's share of a round.
struct LogWriter::Round {
  StreamLog* log = nullptr;
  std::vector<std::pair<AppendReceipt, AppendDone>> stored;  // durable before this round
  std::vector<std::pair<AppendReceipt, AppendDone>> staged;
  std::vector<std::pair<Error, AppendDone>> refused;
  Result<void> outcome{};
  std::uint64_t repeats = 0;

  // `admit` says whether there is room for what is not stored yet.
  template <class Admit>
  void add(Request& request, UnixMillis now, const Admit& admit) {
    if (auto repetition = log->find_repetition(request.draft)) {
      ++repeats;
      auto& answers = repetition->is_durable ? stored : staged;
      answers.emplace_back(std::move(repetition->receipt), std::move(request.done));
      return;
    }
    AppendReceipt receipt;
    if (outcome) {
      if (auto admitted = admit(request); !admitted) {
        refused.emplace_back(std::move(admitted).error(), std::move(request.done));
        return;
      }
      receipt = log->stage(std::move(request.draft), now);
    }
    staged.emplace_back(std::move(receipt), std::move(request.done));
  }

  void finish() {
    for (auto& [receipt, done] : stored) {
      done(std::move(receipt));
    }
    for (auto& [error, done] : refused) {
      done(std::unexpected(retryable(error)));
    }
    for (auto& [receipt, done] : staged) {
      if (outcome) {
        done(std::move(receipt));
      } else {
        done(std::unexpected(retryable(outcome.error())));
      }
    }
  }
};

LogWriter::LogWriter(FileSystem& files, const Clock& clock, LogWriterOptions options)
    : files_(files), clock_(clock), options_(std::move(options)) {}

LogWriter::~LogWriter() {
  stop();
}

void LogWriter::set_maintenance(std::function<bool(UnixMillis now)> maintenance) {
  SLUICE_CHECK(!thread_.joinable());
  maintenance_ = std::move(maintenance);
}

void LogWriter::set_listener(std::function<void(const StreamLog& log)> listener) {
  SLUICE_CHECK(!thread_.joinable());
  listener_ = std::move(listener);
}

void LogWriter::set_admission(
    std::function<Result<void>(const StreamLog& log, std::uint64_t bytes)> admission) {
  SLUICE_CHECK(!thread_.joinable());
  admission_ = std::move(admission);
}

void LogWriter::start() {
  SLUICE_CHECK(!thread_.joinable());
  crew_.emplace(options_.sync_threads);
  thread_ = std::thread([this] { run(); });
}

void LogWriter::stop() {
  {
    const std::lock_guard lock(queue_mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) {
    thread_.join();
  }
  flush();
}

Result<void> LogWriter::submit(std::shared_ptr<StreamLog> log, FrameDraft draft, AppendDone done) {
  SLUICE_CHECK(log != nullptr);
  {
    const std::lock_guard lock(queue_mutex_);
    if (stopping_) {
      return fail(Fault::cancelled, "the server is shutting down");
    }
    SLUICE_TRY_DO(find_room(*log, draft.size()));
    if (log.get() != last_log_) {
      shared_until_ =
          last_log_ == nullptr ? shared_until_ : clock_.steady() + options_.sharing_ends_after;
      last_log_ = log.get();
    }
    queued_bytes_of_[log.get()] += draft.size();
    queued_bytes_ += draft.size();
    queue_.push_back({.log = std::move(log), .draft = std::move(draft), .done = std::move(done)});
  }
  wake_.notify_one();
  return {};
}

// A request of any size is taken while nothing else waits.
Result<void> LogWriter::find_room(const StreamLog& log, std::uint64_t bytes) {
  if (queued_bytes_ == 0) {
    return {};
  }
  const auto known = queued_bytes_of_.find(&log);
  const std::uint64_t of_log = known == queued_bytes_of_.end() ? 0 : known->second;
  const bool is_share_full = of_log > 0 && of_log + bytes > options_.queue_share_bytes_max;
  if (!is_share_full && queued_bytes_ + bytes <= options_.queue_bytes_max) {
    return {};
  }
  return fail(Fault::throttled,
              fmt::format("{} bytes wait to be written already and the queue holds {}{}; try again",
                          is_share_full ? of_log : queued_bytes_,
                          is_share_full ? options_.queue_share_bytes_max : options_.queue_bytes_max,
                          is_share_full ? " of one stream" : ""));
}

std::vector<LogWriter::Request> LogWriter::take_round() {
  std::vector<Request> round;
  const std::lock_guard lock(queue_mutex_);
  if (clock_.steady() < shared_until_) {
    take_shares(round);
  } else {
    take_first(round);
  }
  for (const Request& request : round) {
    const std::uint64_t bytes = request.draft.size();
    queued_bytes_ -= bytes;
    const auto of_log = queued_bytes_of_.find(request.log.get());
    of_log->second -= bytes;
    if (of_log->second == 0) {
      queued_bytes_of_.erase(of_log);
    }
  }
  return round;
}

void LogWriter::take_first(std::vector<Request>& round) {
  std::uint64_t bytes = 0;
  while (!queue_.empty() &&
         (bytes == 0 || bytes + queue_.front().draft.size() <= options_.round_bytes_max)) {
    bytes += queue_.front().draft.size();
    round.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
}

// Of each stream its first requests, as many as make its share, at least one.
void LogWriter::take_shares(std::vector<Request>& round) {
  const auto has_little = [this](const auto& of_log) {
    return of_log.second <= options_.little_bytes_max;
  };
  const auto little = std::ranges::count_if(queued_bytes_of_, has_little);
  const bool is_mixed = little > 0 && std::cmp_less(little, queued_bytes_of_.size());
  was_of_little_ = is_mixed && !was_of_little_;
  std::unordered_map<const StreamLog*, std::uint64_t> left;  // of its share; none: at its end
  std::deque<Request> waiting;
  std::uint64_t bytes = 0;
  for (Request& request : queue_) {
    const std::uint64_t size = request.draft.size();
    const auto [share, is_first] =
        left.try_emplace(request.log.get(), options_.round_share_bytes_max);
    const bool has_turn = !was_of_little_ || has_little(*queued_bytes_of_.find(share->first));
    const bool fits = has_turn && (is_first || size <= share->second);
    const bool has_room = bytes == 0 || bytes + size <= options_.round_bytes_max;
    if (!fits || !has_room) {
      share->second = 0;
      waiting.push_back(std::move(request));
      continue;
    }
    share->second -= std::min(size, share->second);
    bytes += size;
    round.push_back(std::move(request));
  }
  queue_ = std::move(waiting);
}

// How many bytes may be written before the floor is reached.  Asked every round: it costs a
// microsecond where the round's sync takes a hundred or more.
std::uint64_t LogWriter::disk_room() const {
  constexpr std::uint64_t any = ~std::uint64_t{0};
  if (options_.disk.empty() || options_.free_bytes_min == 0) {
    return any;
  }
  const auto free = files_.free_bytes(options_.disk);
  if (!free) {
    return any;  // a disk that does not answer here will say so when it is written to
  }
  const std::uint64_t with_reserve =
      *free + (options_.reserve ? options_.reserve->held_bytes() : 0);
  return with_reserve - std::min(with_reserve, options_.free_bytes_min);
}

// Takes what the request needs of `room`, the disk's, unless there is none for it.
Result<void> LogWriter::admit(const Request& request, std::uint64_t& room) {
  const std::uint64_t bytes = request.draft.size();
  if (bytes > room) {
    std::string text = fmt::format(
        "the disk of {} has {} bytes above its floor of {} (free_space_floor_mb); make room there",
        options_.disk,
        room,
        options_.free_bytes_min);
    if (disk_shortage_.refuse(bytes) && options_.report) {
      options_.report("producers are held back: " + text);
    }
    return fail(Fault::throttled, std::move(text));
  }
  if (admission_) {
    SLUICE_TRY_DO(admission_(*request.log, bytes));
  }
  room -= bytes;
  return {};
}

void LogWriter::end_shortage_of_disk() {
  const std::uint64_t room = disk_shortage_.is_on() ? disk_room() : 0;
  if (disk_shortage_.ends_with(room, options_.free_bytes_min) && options_.report) {
    options_.report(fmt::format(
        "producers go on: the disk of {} has {} bytes above its floor", options_.disk, room));
  }
}

void LogWriter::share_out(std::size_t items, const std::function<void(std::size_t item)>& work) {
  if (crew_) {
    crew_->share(items, work);
    return;
  }
  for (std::size_t item = 0; item < items; ++item) {
    work(item);
  }
}

// Makes the round durable in every log.  Returns how many syncs that took.
std::uint64_t LogWriter::sync_all(std::vector<Round>& rounds, UnixMillis now) {
  std::vector<Round*> written;
  for (Round& round : rounds) {
    if (round.outcome && round.log->has_staged()) {
      written.push_back(&round);
    }
  }
  share_out(written.size(), [&](std::size_t item) {
    written[item]->outcome = written[item]->log->sync_staged(now);
  });
  return written.size();
}

// By stream, in the order of their first requests.
std::vector<LogWriter::Round> LogWriter::stage(std::vector<Request>& requests, UnixMillis now) {
  std::vector<Round> rounds;
  std::unordered_map<const StreamLog*, std::size_t> round_of;
  std::uint64_t room = disk_room();
  for (Request& request : requests) {
    const auto [entry, is_new] = round_of.try_emplace(request.log.get(), rounds.size());
    if (is_new) {
      rounds.emplace_back().log = request.log.get();
      rounds.back().outcome = request.log->prepare(now);
    }
    rounds[entry->second].add(request, now, [&](const Request& one) { return admit(one, room); });
  }
  return rounds;
}

void LogWriter::count(const std::vector<Round>& rounds, std::size_t requests, std::uint64_t syncs) {
  const std::lock_guard lock(queue_mutex_);
  ++totals_.rounds;
  totals_.syncs += syncs;
  totals_.requests += requests;
  for (const Round& round : rounds) {
    totals_.failures += round.outcome ? 0 : round.staged.size();
    totals_.refusals += round.refused.size();
    totals_.repeats += round.repeats;
  }
}

void LogWriter::perform(std::vector<Request> requests) {
  const UnixMillis now = clock_.now();
  std::vector<Round> rounds = stage(requests, now);
  for (Round& round : rounds) {
    if (round.outcome && round.log->has_staged()) {
      round.outcome = round.log->write_staged();
    }
  }
  const std::uint64_t syncs = sync_all(rounds, now);
  count(rounds, requests.size(), syncs);
  for (Round& round : rounds) {
    round.finish();
    if (round.outcome && listener_) {
      listener_(*round.log);
    }
  }
}

LogWriter::Turn LogWriter::take_turn() {
  const std::lock_guard lock(round_mutex_);
  std::vector<Request> requests = take_round();
  Turn turn{.wrote = !requests.empty()};
  if (turn.wrote) {
    perform(std::move(requests));
  }
  turn.has_maintenance_left = maintain_if_due();
  return turn;
}

bool LogWriter::step() {
  return take_turn().wrote;
}

void LogWriter::flush() {
  while (step()) {
  }
}

// True: it has not come through.
bool LogWriter::maintain_if_due() {
  const auto now = clock_.steady();
  if (!maintenance_ || now < next_tick_) {
    return false;
  }
  if (options_.reserve) {
    options_.reserve->keep();  // first: the maintenance may need its room
  }
  end_shortage_of_disk();
  const bool has_more = maintenance_(clock_.now());
  next_tick_ = has_more ? now : now + options_.tick;
  return has_more;
}

void LogWriter::between_rounds(const std::function<void()>& action) {
  const std::lock_guard lock(round_mutex_);
  action();
}

bool LogWriter::has_queued(const StreamLog& log) const {
  const std::lock_guard lock(queue_mutex_);
  return std::ranges::any_of(queue_,
                             [&log](const Request& request) { return request.log.get() == &log; });
}

void LogWriter::settle(const StreamLog& log, const std::function<void()>& action) {
  while (true) {
    const std::lock_guard lock(round_mutex_);
    if (!has_queued(log)) {
      action();
      return;
    }
    perform(take_round());
  }
}

WriterTotals LogWriter::totals() const {
  const std::lock_guard lock(queue_mutex_);
  WriterTotals totals = totals_;
  totals.queued_bytes = queued_bytes_;
  return totals;
}

void LogWriter::run() {
  pthread_setname_np(pthread_self(), "sluice-log");
  Turn turn;
  while (true) {
    {
      std::unique_lock lock(queue_mutex_);
      if (!turn.has_maintenance_left) {
        wake_.wait_for(lock, options_.tick, [this] { return stopping_ || !queue_.empty(); });
      }
      if (stopping_ && queue_.empty()) {
        return;
      }
    }
    turn = take_turn();
  }
}

}  // namespace sluice::stream
