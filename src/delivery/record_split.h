// Takes a source's record apart: an aggregate of the Kinesis Producer Library into its user
// records, and each of those, by the rule of RecordDeAggregation, into sub-records.
//
//   JSON        the objects that the record consists of, without the white space between them
//   DELIMITED   what stands between delimiters, empty pieces left out
//
// A record that is no sequence of objects (an array, broken text), has nothing between its
// delimiters or more than sub_records_max sub-records stays whole.
#pragma once

#include "base/bytes.h"
#include "delivery/processing.h"
#include "json/tape.h"

#include <cstddef>
#include <vector>

namespace sluice::delivery {

// Of one record, or of one user record of an aggregate.
inline constexpr std::size_t sub_records_max = 500;

// Not thread-safe; holds scratch memory that is reused from record to record.
class RecordSplitter {
 public:
  // Appends the parts, at least one; they view into `record`.  The same rule always gives the same
  // parts.  `keys`, which is empty, stays so or gets the partition key of each user record's parts.
  void split(const SplitRule& rule,
             ByteView record,
             std::vector<ByteView>& parts,
             std::vector<ByteView>* keys = nullptr);

 private:
  void split_one(const SplitRule& rule, ByteView record, std::vector<ByteView>& parts);
  bool append_objects(ByteView record, std::vector<ByteView>& parts);

  json::Tape tape_;
};

}  // namespace sluice::delivery
