// One lock for all streams: listeners only set a flag and queue a turn.
#include "source/record_bell.h"

#include <utility>

namespace sluice::source {

void RecordBell::ring(const stream::StreamIncarnation& stream) {
  const std::lock_guard lock(mutex_);
  const auto [from, to] = listeners_.equal_range(stream);
  for (auto it = from; it != to; ++it) {
    it->second.call();
  }
}

RecordBell::Ticket RecordBell::listen(const stream::StreamIncarnation& stream,
                                      std::function<void()> listener) {
  const std::lock_guard lock(mutex_);
  const Ticket ticket = next_;
  ++next_;
  listeners_.emplace(stream, Listener{ticket, std::move(listener)});
  return ticket;
}

void RecordBell::forget(Ticket ticket) {
  const std::lock_guard lock(mutex_);
  std::erase_if(listeners_, [ticket](const auto& entry) { return entry.second.ticket == ticket; });
}

}  // namespace sluice::source
