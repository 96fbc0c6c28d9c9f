// The requests a log took last, so that one whose answer was lost can be sent again without being
// stored again.
//
// A request is known by its key: the invocation id, which AWS's SDKs keep over the tries of one
// call, and a digest of its body.  For each the places its records were given are remembered; with
// the draft of the repetition, which has the same records in the same order, that is the receipt of
// the first try.
#pragma once

#include "stream/frame.h"
#include "stream/ids.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

namespace sluice::stream {

// Not thread-safe: it belongs to the writer's side of its log.
class RecentRequests {
 public:
  // One block of the request's frame.
  struct Block {
    ShardIndex shard;
    std::uint32_t records = 0;
    Ordinal first;
    UnixMillis arrival{};
  };

  struct Found {
    const std::vector<Block>& blocks;  // good until the next change
    bool is_durable = false;           // false: staged, its round is not synced yet
  };

  explicit RecentRequests(std::size_t requests_max) : requests_max_(requests_max) {}

  // Remembers a request of the round that is being staged.  One without a key is passed over; a
  // key that is known already stays as it was.
  void stage(const RequestKey& key, std::vector<Block> blocks);

  // The round is durable: what was staged counts, and the oldest requests beyond the bound are
  // forgotten.
  void keep_staged();

  // The round has failed: what was staged has never been.
  void drop_staged();

  std::optional<Found> find(const RequestKey& key) const;

  std::size_t size() const { return order_.size(); }

 private:
  struct Entry {
    std::vector<Block> blocks;
    bool is_durable = false;
  };

  const std::size_t requests_max_;
  // Ordered: keys come from clients, who could make hashes of them collide.
  std::map<RequestKey, Entry> entries_;
  std::deque<const RequestKey*> order_;  // keys of entries_, oldest first, staged ones last
  std::size_t staged_ = 0;
};

}  // namespace sluice::stream
