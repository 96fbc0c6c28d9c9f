// The parts that records of a delivery stream fall into, by the rule in force when they were split
// first: an earlier one where some of a record's parts lie in objects already.
#pragma once

#include "base/result.h"
#include "delivery/core.h"
#include "delivery/definition.h"
#include "delivery/record_split.h"
#include "delivery/router.h"
#include "delivery/world.h"

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

namespace sluice::delivery {

// What the parts of a batch view into.
struct PartsOwner {
  std::shared_ptr<const void> records;
  std::deque<Bytes> made;  // of them
};

// As the owner of the batch.
std::shared_ptr<const void> owner_of(PartsOwner parts);

// Not thread-safe.
class RecordParts {
 public:
  explicit RecordParts(const DeliveryStream& stream);

  // Whether all records are their own and only parts.
  bool are_whole(const Route& route) const;

  // Appends the parts of all records, in order, with a route for each: refused where they could not
  // be taken apart, otherwise data.  They view into the records or into texts that join `held`.  A
  // user record of an aggregate has its own partition key.  A record without log events is one
  // empty part, which is dropped if `drops_empty`.  Fault::corrupt if a record of which parts are
  // delivered falls into another number of parts now.
  Result<void> take_apart(const Route& route,
                          bool drops_empty,
                          Routed& routed,
                          std::deque<Bytes>& held);

 private:
  const SplitRule& split_rule(std::uint32_t version) const;
  void append_parts(SourceRecord record, Routed& routed);

  const std::uint32_t version_;
  const bool leaves_whole_;           // by the rule in force all but aggregates are
  std::vector<EarlierSplit> splits_;  // the rule in force last
  RecordSplitter splitter_;
  SplitRecord split_;  // reused
};

}  // namespace sluice::delivery
