// Says what becomes of a record on its way to the objects: into which parts it falls, and which of
// them go to which partition, are refused or are dropped.
#pragma once

#include "base/result.h"
#include "delivery/core.h"
#include "delivery/world.h"
#include "serde/record_reader.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <vector>

namespace sluice::delivery {

// A record, or a part of one, that a processor refused.
struct RouteRefusal {
  std::uint32_t index = 0;  // into Routed::routes
  serde::Rejection why;
  std::uint32_t attempts = 1;  // that were made of what failed
};

// What became of records that were to be routed.
struct Routed {
  SourceBatch batch;                   // their parts in their place; no records: the same ones
  std::vector<RecordRoute> routes;     // one for each
  std::vector<RouteRefusal> refusals;  // of those that are refused; ascending
  std::vector<PartitionEnd> ends;      // of sessions; by place

  // What the routes are of, which was asked for by `route`.
  std::span<const SourceRecord> records(const Route& route) const {
    return batch.records.empty() ? route.records : std::span(batch.records);
  }
};

// The same values always get the same id while the partition is kept.  Not thread-safe but for
// interrupt().
class Router {
 public:
  Router() = default;
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;
  virtual ~Router() = default;

  // A failure may be tried again.
  virtual Result<Routed> route(const Route& route) = 0;

  // The parts of records as route() would have them, with their owner, the same ones too; of no
  // consequence for what is routed later.
  virtual Result<SourceBatch> split(const Route& route) {
    SLUICE_TRY(routed, this->route(route));
    const auto records = routed.records(route);
    return routed.batch.records.empty() ? SourceBatch{{records.begin(), records.end()}, route.owner}
                                        : std::move(routed.batch);
  }

  // The partition of these values, which may be from another life; none if their delivery stream
  // told partitions apart by other rules then.
  virtual std::optional<PartitionId> partition_of(const PartitionValues& values) = 0;

  // Of a partition that route() or partition_of() has named and that is kept.  Those of a session
  // change as records come; good until the next call.
  virtual const PartitionValues& values(PartitionId partition) const = 0;

  // Whether records go to partitions at all: otherwise what their routes say of one does not
  // matter.  Always the same.
  virtual bool has_partitions() const { return true; }

  // How many are kept.
  virtual std::size_t partitions() const = 0;

  // Forgets the others.
  virtual void keep_only(const std::set<PartitionId>& in_use) = 0;

  // What was routed and is not in these objects, which are parked with these values, comes again:
  // what was learned from it is forgotten.
  virtual void rewind(const std::map<PartitionId, PartitionValues>& parked) {
    static_cast<void>(parked);
  }

  // Whether what route() says depends on the records before; they come in order then.
  virtual bool remembers_records() const { return false; }

  // Whether route() may take seconds, or longer, for what the records are; always the same.
  virtual bool can_be_slow() const { return false; }

  // From any thread: the call of route() under way, and every later one, fails soon.
  virtual void interrupt() {}
};

}  // namespace sluice::delivery
