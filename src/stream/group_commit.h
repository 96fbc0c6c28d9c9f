// Group commit: one thread writes for all streams, and all who wait in a round share its syncs.
//
// A round takes what has queued up, in order: every stream's frames are staged and written with one
// call, then the written segments are synced, side by side, then everybody is told.  A request that
// repeats an earlier one is not staged: it gets the receipt of the first, as soon as that is
// durable.  A failure of one stream's disk write fails that stream's requests of the round and no
// other's.
//
// While several streams are written to, none takes more than a share of a round or of the queue,
// and every other round is of those alone that have little to write: a producer of little waits for
// a few milliseconds of another's writing, not for all that the other has put.  A stream alone has
// rounds as large as there are, which is faster.
#pragma once

#include "base/clock.h"
#include "base/file_system.h"
#include "base/result.h"
#include "stream/crew.h"
#include "stream/disk_reserve.h"
#include "stream/log.h"
#include "stream/shortage.h"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace sluice::stream {

struct LogWriterOptions {
  std::uint64_t queue_bytes_max = std::uint64_t{64} << 20;
  std::uint64_t round_bytes_max = std::uint64_t{16} << 20;  // a larger request makes a round alone

  // Of one stream, while others are written to: in a round, likewise, and in the queue.
  std::uint64_t round_share_bytes_max = std::uint64_t{1} << 20;
  std::uint64_t little_bytes_max = std::uint64_t{64} << 10;  // queued of one that goes first
  std::uint64_t queue_share_bytes_max = std::uint64_t{48} << 20;
  std::chrono::milliseconds sharing_ends_after{1'000};  // one stream has been alone for so long

  std::string disk{};                // the folder whose free space is watched; empty: none is
  std::uint64_t free_bytes_min = 0;  // appends are refused before less is free, the reserve counted
  DiskReserve* reserve = nullptr;    // on that disk; kept by the writing thread from the start on
  std::function<void(const std::string& line)> report{};  // of refusals' begin and end, for the log
  std::chrono::milliseconds tick{250};                    // between calls of the maintenance
  std::size_t sync_threads = 31;  // beside the writing one, for rounds of several streams
};

// Called on the writing thread; must neither block nor call back into the writer's step or stop.
using AppendDone = std::move_only_function<void(Result<AppendReceipt>)>;

struct WriterTotals {
  std::uint64_t rounds = 0;
  std::uint64_t syncs = 0;
  std::uint64_t requests = 0;
  std::uint64_t failures = 0;
  std::uint64_t refusals = 0;  // requests for which there was no room
  std::uint64_t repeats = 0;   // requests that had been stored before
  std::uint64_t queued_bytes = 0;
};

// Thread-safe but for construction, start and stop.  Either start() gives it a thread, or somebody
// calls step() (tests, the simulator).  File system and clock must outlive it.
class LogWriter {
 public:
  LogWriter(FileSystem& files, const Clock& clock, LogWriterOptions options);
  ~LogWriter();

  // Before start: called at most every `tick` on the writing thread, where logs may be changed.
  // While it says that there is more to do it is called again as soon as what is queued by then is
  // written: producers wait for one call at most.
  void set_maintenance(std::function<bool(UnixMillis now)> maintenance);

  // Before start: told, on the writing thread, whose durable end has advanced.
  void set_listener(std::function<void(const StreamLog& log)> listener);

  // Before start: asked on the writing thread before a request of `bytes` is staged in its log;
  // what it refuses is answered with its error.
  void set_admission(
      std::function<Result<void>(const StreamLog& log, std::uint64_t bytes)> admission);

  void start();

  // Takes no more, finishes what is queued, ends the thread.
  void stop();

  // Queues one request.  Fault::throttled at once when the queue, or the stream's share, is full,
  // Fault::cancelled after stop; `done` is then not called.  Otherwise it is called exactly once:
  // with Fault::throttled when the disk is full or below its floor, Fault::unavailable after other
  // failures (both worth a retry), Fault::missing when the log was closed meanwhile.
  Result<void> submit(std::shared_ptr<StreamLog> log, FrameDraft draft, AppendDone done);

  // One round and, if due, the maintenance.  False if nothing was queued.
  bool step();

  // Rounds until nothing is queued.
  void flush();

  // Runs `action` between rounds, on the calling thread: the way to change a log from outside.
  void between_rounds(const std::function<void()>& action);

  // The same, once nothing of `log` is queued: until then it performs rounds, on the calling
  // thread.  The caller sees to it that no more is queued for that log.
  void settle(const StreamLog& log, const std::function<void()>& action);

  WriterTotals totals() const;

  // For the maintenance: the disk has no room above its floor.
  bool is_disk_short() const { return disk_shortage_.is_on(); }

  // For the maintenance and between rounds: calls work(0) to work(items - 1) and returns when all
  // calls have; side by side once the writer was started.
  void share_out(std::size_t items, const std::function<void(std::size_t item)>& work);

 private:
  struct Request {
    std::shared_ptr<StreamLog> log;
    FrameDraft draft;
    AppendDone done;
  };

  struct Round;

  struct Turn {
    bool wrote = false;
    bool has_maintenance_left = false;
  };

  void run();
  std::vector<Request> take_round();
  void take_first(std::vector<Request>& round);
  void take_shares(std::vector<Request>& round);
  Result<void> find_room(const StreamLog& log, std::uint64_t bytes);
  bool has_queued(const StreamLog& log) const;
  void perform(std::vector<Request> requests);
  std::vector<Round> stage(std::vector<Request>& requests, UnixMillis now);
  void count(const std::vector<Round>& rounds, std::size_t requests, std::uint64_t syncs);
  std::uint64_t disk_room() const;
  Result<void> admit(const Request& request, std::uint64_t& room);
  void end_shortage_of_disk();
  std::uint64_t sync_all(std::vector<Round>& rounds, UnixMillis now);
  bool maintain_if_due();
  Turn take_turn();

  FileSystem& files_;
  const Clock& clock_;
  const LogWriterOptions options_;
  std::function<bool(UnixMillis)> maintenance_;
  std::function<void(const StreamLog&)> listener_;
  std::function<Result<void>(const StreamLog&, std::uint64_t)> admission_;

  mutable std::mutex queue_mutex_;  // guards those below
  std::condition_variable wake_;
  std::deque<Request> queue_;
  std::uint64_t queued_bytes_ = 0;
  std::unordered_map<const StreamLog*, std::uint64_t> queued_bytes_of_;  // none without
  const StreamLog* last_log_ = nullptr;  // that was written to; for comparing only
  std::chrono::nanoseconds shared_until_{std::chrono::nanoseconds::min()};
  bool was_of_little_ = false;  // the last round
  bool stopping_ = false;
  WriterTotals totals_;

  std::mutex round_mutex_;  // held while logs change; guards the two below
  std::chrono::nanoseconds next_tick_{0};
  Shortage disk_shortage_;

  std::optional<Crew> crew_;  // since start
  std::thread thread_;
};

}  // namespace sluice::stream
