#include "stream/recent_requests.h"

#include "base/check.h"

#include <utility>

namespace sluice::stream {
void RecentRequests::stage(const RequestKey& key, std::vector<Block> blocks) {
  if (requests_max_ == 0 || key == RequestKey{}) {
    return;
  }
  const auto [entry, is_new] =
      entries_.try_emplace(key, Entry{.blocks = std::move(blocks), .is_durable = false});
  if (is_new) {
    order_.push_back(&entry->first);
    ++staged_;
  }
}

void RecentRequests::keep_staged() {
  for (; staged_ > 0; --staged_) {
    const auto entry = entries_.find(*order_[order_.size() - staged_]);
    SLUICE_CHECK(entry != entries_.end());
    entry->second.is_durable = true;
  }
  while (order_.size() > requests_max_) {
    entries_.erase(*order_.front());
    order_.pop_front();
  }
}

void RecentRequests::drop_staged() {
  for (; staged_ > 0; --staged_) {
    entries_.erase(*order_.back());
    order_.pop_back();
  }
}

std::optional<RecentRequests::Found> RecentRequests::find(const RequestKey& key) const {
  if (key == RequestKey{}) {
    return std::nullopt;
  }
  const auto entry = entries_.find(key);
  if (entry == entries_.end()) {
    return std::nullopt;
  }
  return Found{.blocks = entry->second.blocks, .is_durable = entry->second.is_durable};
}

}  // namespace sluice::stream
