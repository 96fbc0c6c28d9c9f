#include "delivery/partition_names.h"

#include "base/check.h"

#include <algorithm>
#include <bit>

namespace sluice::delivery {

namespace {

constexpr std::size_t places_min = 16;

}  // namespace

std::optional<PartitionId> PartitionNames::find(std::string_view name, std::size_t hashed) const {
  if (places_.empty()) {
    return std::nullopt;
  }
  const std::size_t mask = places_.size() - 1;
  for (std::size_t at = hashed & mask; places_[at].entry != 0; at = (at + 1) & mask) {
    if (places_[at].hashed == hashed) {
      const Entry& entry = entries_[places_[at].entry - 1];
      if (entry.name == name) {
        return entry.partition;
      }
    }
  }
  return std::nullopt;
}

void PartitionNames::add(std::string_view name, PartitionId partition) {
  const std::size_t hashed = hash(name);
  SLUICE_CHECK(!find(name, hashed));
  entries_.push_back({std::string(name), partition});
  if (2 * entries_.size() > places_.size()) {
    rebuild();
  } else {
    put(hashed, entries_.size());
  }
}

void PartitionNames::keep_only(const std::function<bool(PartitionId)>& is_kept) {
  std::erase_if(entries_, [&](const Entry& entry) { return !is_kept(entry.partition); });
  rebuild();
}

void PartitionNames::put(std::size_t hashed, std::size_t entry) {
  const std::size_t mask = places_.size() - 1;
  std::size_t at = hashed & mask;
  while (places_[at].entry != 0) {
    at = (at + 1) & mask;
  }
  places_[at] = {hashed, entry};
}

void PartitionNames::rebuild() {
  places_.assign(std::max(places_min, std::bit_ceil(4 * entries_.size())), {});
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    put(hash(entries_[i].name), i + 1);
  }
}

}  // namespace sluice::delivery
