// The proof of origin that an object carries: which delivery stream put it, under which plan, and
// which records it holds.
//
// Written by delivery/object_writer.h; layout: docs/formats/ledger.md.  What is read here comes
// from files that anybody may have made.
#pragma once

#include "base/result.h"
#include "delivery/position.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::proof {

// Records of one shard, of which the first, the last and the count are known.
struct ShardSpan {
  delivery::ShardKey shard;
  delivery::Ordinal first;
  delivery::Ordinal last;     // inclusive
  std::uint64_t count = 0;    // also of those of which some parts are held
  std::uint64_t partial = 0;  // of them

  // Nothing is missing in between, so that the span says exactly which they are.
  bool is_whole() const { return partial == 0 && count == last - first + 1; }

  friend bool operator==(const ShardSpan&, const ShardSpan&) = default;
};

struct ObjectProof {
  std::string delivery_stream;  // its name
  std::uint64_t incarnation = 0;
  delivery::PlanNumber plan;
  std::vector<ShardSpan> shards;  // empty: there were too many for a header
  std::string positions;          // the digest, hexadecimal

  friend bool operator==(const ObjectProof&, const ObjectProof&) = default;
};

// From key-value pairs of a Parquet footer ("sluice.plan") or headers of an object
// ("x-amz-meta-sluice-plan").  std::nullopt: there are none of ours; Fault::corrupt: what is there
// does not have their form.
Result<std::optional<ObjectProof>> parse_proof(const std::map<std::string, std::string>& pairs);

// The spans of exact positions.
std::vector<ShardSpan> spans_of(const std::vector<delivery::ShardPositions>& positions);

}  // namespace sluice::proof
