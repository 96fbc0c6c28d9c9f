// Tells readers that a stream has new durable records.
//
// stream::Streams knows one listener only; this is what it is given, and it passes each call on to
// those who asked about that stream.
#pragma once

#include "base/strong.h"
#include "stream/ids.h"

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>

namespace sluice::source {

// Thread-safe.
class RecordBell {
 public:
  using Ticket = Strong<struct RecordBellTicketTag, std::uint64_t>;

  RecordBell() = default;
  RecordBell(const RecordBell&) = delete;
  RecordBell& operator=(const RecordBell&) = delete;

  // Calls every listener of `stream`, on the caller's thread.
  void ring(const stream::StreamIncarnation& stream);

  // `listener` is called from any thread, must be brief and must not call back into the bell.
  Ticket listen(const stream::StreamIncarnation& stream, std::function<void()> listener);

  // Returns when no call of that listener is under way; it will not be called again.
  void forget(Ticket ticket);

 private:
  struct Listener {
    Ticket ticket;
    std::function<void()> call;
  };

  std::mutex mutex_;  // held while listeners are called
  Ticket next_{1};
  std::multimap<stream::StreamIncarnation, Listener> listeners_;
};

}  // namespace sluice::source
