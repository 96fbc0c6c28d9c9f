// Which partition has a name: a table that is asked for every record.
//
// Open addressing over one array, whose places hold the hashes: most look-ups touch one line of it
// and the name, and those of neighbouring records need not wait for each other.
#pragma once

#include "delivery/open_buffers.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::delivery {

// Not thread-safe.
class PartitionNames {
 public:
  static std::size_t hash(std::string_view name) { return std::hash<std::string_view>{}(name); }

  // `hashed` is hash(name).
  std::optional<PartitionId> find(std::string_view name, std::size_t hashed) const;

  // A name of this hash is looked up soon.
  void prefetch(std::size_t hashed) const {
    if (!places_.empty()) {
      __builtin_prefetch(&places_[hashed & (places_.size() - 1)]);
    }
  }

  // A name that is not in it.
  void add(std::string_view name, PartitionId partition);

  // Names of other partitions are forgotten.
  void keep_only(const std::function<bool(PartitionId)>& is_kept);

 private:
  struct Entry {
    std::string name;
    PartitionId partition;
  };

  struct Place {
    std::size_t hashed = 0;
    std::size_t entry = 0;  // one above its index; 0: free
  };

  void put(std::size_t hashed, std::size_t entry);
  void rebuild();

  std::vector<Entry> entries_;
  std::vector<Place> places_;  // a power of two, at least twice as many as entries
};

}  // namespace sluice::delivery
