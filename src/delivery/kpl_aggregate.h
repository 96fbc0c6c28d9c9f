// Records that the Kinesis Producer Library has packed into one.
//
//   F3 89 9A C2, an AggregatedRecord (protobuf), the MD5 of that message
//
// A source's record is such an aggregate only if all of it is right; anything else, damaged frames
// too, is a plain record, as the Kinesis Client Library has it.
// https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md
#pragma once

#include "base/bytes.h"
#include "delivery/world.h"

#include <forward_list>
#include <optional>
#include <span>
#include <vector>

namespace sluice::delivery {

// What the application put; its place in the aggregate is its sub-sequence number.  Borrows the
// aggregate's bytes.
struct UserRecord {
  ByteView data;
  ByteView partition_key;
  std::optional<ByteView> explicit_hash_key{};  // decimal digits
};

// What every aggregate begins with.
inline constexpr ByteView aggregate_magic("\xf3\x89\x9a\xc2", 4);

// std::nullopt for a plain record.
std::optional<std::vector<UserRecord>> decode_aggregate(ByteView record);

// The payloads of records with aggregates unpacked: the payloads of their user records one after
// the other, which may be none at all.
class Unpacked {
 public:
  // Borrows the records' bytes; what was unpacked before is gone.  `between` goes between the user
  // records of an aggregate.
  void unpack(std::span<const SourceRecord> records, ByteView between = {});

  // By record.
  std::span<const ByteView> payloads() const { return payloads_; }

  // Whether the record was an aggregate of no records.
  bool is_nothing(std::size_t index) const { return payloads_[index].data() == nullptr; }

 private:
  std::vector<ByteView> payloads_;
  std::forward_list<Bytes> joined_;
};

}  // namespace sluice::delivery
