// Takes a source's record apart: an aggregate of the Kinesis Producer Library into its user
// records, each of those, where they are compressed, into the messages of the log events that it
// holds, and what there is then, by the rule of RecordDeAggregation, into sub-records.
//
//   JSON        the objects that the record consists of, without the white space between them
//   DELIMITED   what stands between delimiters, empty pieces left out
//
// A record that is no sequence of objects (an array, broken text), has nothing between its
// delimiters or more than sub_records_max sub-records stays whole.  One that cannot be unpacked, or
// holds no log events, is refused as it came.
#pragma once

#include "base/bytes.h"
#include "delivery/ledger.h"
#include "delivery/processing.h"
#include "json/tape.h"
#include "serde/record_reader.h"

#include <cstddef>
#include <deque>
#include <string_view>
#include <vector>

namespace sluice::delivery {

// Of one record, or of one user record of an aggregate.
inline constexpr std::size_t sub_records_max = 500;

// As in the error output.
inline constexpr std::string_view unpacking_failed_code = "Decompression.InvalidData";
inline constexpr std::string_view no_log_events_code = "CloudWatchLogProcessing.InvalidData";

// What a record falls into.
struct SplitRecord {
  // A part that is an unusable record, or user record, as it came.
  struct Refusal {
    std::size_t part = 0;  // into parts
    ObjectKind kind = ObjectKind::processing_failed;
    serde::Rejection why;
  };

  std::vector<ByteView> parts;      // none of a record that has no log events
  std::vector<ByteView> keys{};     // of an aggregate: the partition key of each part
  std::vector<Refusal> refusals{};  // ascending
};

// Not thread-safe; holds scratch memory that is reused from record to record.
class RecordSplitter {
 public:
  // Replaces `out`; the parts view into `record`, or into texts that join `held`.  The same rule
  // always gives the same parts.
  void split(const SplitRule& rule, ByteView record, SplitRecord& out, std::deque<Bytes>& held);

 private:
  void split_one(const SplitRule& rule, ByteView record, SplitRecord& out, std::deque<Bytes>& held);
  void append_sub_records(const SplitRule& rule, ByteView text, std::vector<ByteView>& parts);
  bool append_objects(ByteView text, std::vector<ByteView>& parts);

  json::Tape tape_;
  std::vector<ByteView> messages_;
};

}  // namespace sluice::delivery
