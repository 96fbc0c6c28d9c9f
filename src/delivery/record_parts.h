// The parts that records of a delivery stream fall into, by the rule in force when they were split
// first: an earlier one where some of a record's parts lie in objects already.
#pragma once

#include "base/result.h"
#include "delivery/core.h"
#include "delivery/definition.h"
#include "delivery/record_split.h"
#include "delivery/world.h"

#include <cstdint>
#include <vector>

namespace sluice::delivery {

// Not thread-safe.
class RecordParts {
 public:
  explicit RecordParts(const DeliveryStream& stream);

  // Appends the parts of all records, in order; they view into the records.  A user record of an
  // aggregate has its own partition key.  Fault::corrupt if a record of which parts are delivered
  // falls into another number of parts now.
  Result<void> take_apart(const Route& route, std::vector<SourceRecord>& parts);

 private:
  const SplitRule& split_rule(std::uint32_t version) const;

  const std::uint32_t version_;
  std::vector<EarlierSplit> splits_;  // the rule in force last
  RecordSplitter splitter_;
  std::vector<ByteView> parts_;  // reused
  std::vector<ByteView> keys_;   // reused
};

}  // namespace sluice::delivery
