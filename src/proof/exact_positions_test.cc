// Exact positions are found again from ranges and a digest, and never wrong ones.
#include "proof/exact_positions.h"

#include "delivery/object_writer.h"

#include <gtest/gtest.h>

namespace sluice::proof {
namespace {

using delivery::Ordinal;
using delivery::OrdinalSet;
using delivery::ShardKey;
using delivery::StreamIncarnation;

const ShardKey shard_0{StreamIncarnation(7), 0};
const ShardKey shard_1{StreamIncarnation(7), 1};

OrdinalSet set_of(std::initializer_list<std::pair<std::uint64_t, std::uint64_t>> runs) {
  OrdinalSet set;
  for (const auto& [first, last] : runs) {
    set.add(Ordinal(first), Ordinal(last));
  }
  return set;
}

ObjectProof proof_of(const Positions& positions) {
  ObjectProof proof;
  proof.shards = spans_of(positions);
  proof.positions = delivery::positions_digest(positions);
  return proof;
}

TEST(ExactPositions, OfRangesWithoutHolesAreTheRanges) {
  const Positions held = {{shard_0, set_of({{5, 90}})}, {shard_1, set_of({{1, 1}})}};
  EXPECT_EQ(find_positions(proof_of(held), {}), held);
}

TEST(ExactPositions, OfOneOrTwoRecordsAreFirstAndLast) {
  const Positions held = {{shard_0, set_of({{5, 5}, {90, 90}})}};
  EXPECT_EQ(find_positions(proof_of(held), {}), held);
}

TEST(ExactPositions, HolesAreWhatIsElsewhere) {
  const Positions held = {{shard_0, set_of({{5, 20}, {22, 40}, {43, 90}})},
                          {shard_1, set_of({{1, 3}, {5, 9}})}};
  const Elsewhere elsewhere = {{shard_0, set_of({{1, 4}, {21, 21}, {41, 42}, {95, 99}})},
                               {shard_1, set_of({{4, 4}})}};
  EXPECT_EQ(find_positions(proof_of(held), elsewhere), held);
}

TEST(ExactPositions, AStretchThatIsNowhereIsFound) {
  const Positions held = {{shard_0, set_of({{5, 20}, {22, 1000}, {1500, 3000}})}};
  EXPECT_EQ(find_positions(proof_of(held), {{shard_0, set_of({{21, 21}})}}), held);
}

TEST(ExactPositions, AFewThatAreNowhereAreFound) {
  const Positions held = {{shard_0, set_of({{1, 7}, {9, 30}, {32, 60}})}};
  EXPECT_EQ(find_positions(proof_of(held), {}), held);
}

TEST(ExactPositions, AWrongHypothesisIsNotTaken) {
  const Positions held = {{shard_0, set_of({{1, 7}, {9, 30}})}};
  // As many are elsewhere as are missing, but others.
  EXPECT_EQ(find_positions(proof_of(held), {{shard_0, set_of({{10, 10}})}}), std::nullopt);
  ObjectProof forged = proof_of(held);
  forged.positions.back() = forged.positions.back() == '0' ? '1' : '0';
  EXPECT_EQ(find_positions(forged, {{shard_0, set_of({{8, 8}})}}), std::nullopt);
}

TEST(ExactPositions, WithoutRangesNothingIsKnown) {
  ObjectProof proof = proof_of({{shard_0, set_of({{1, 7}})}});
  proof.shards.clear();
  EXPECT_EQ(find_positions(proof, {}), std::nullopt);
}

TEST(ExactPositions, TooManyHolesAreGivenUp) {
  OrdinalSet odd;
  for (std::uint64_t ordinal = 1; ordinal < 400; ordinal += 2) {
    odd.add(Ordinal(ordinal));
  }
  const Positions held = {{shard_0, odd}};
  EXPECT_EQ(find_positions(proof_of(held), {}), std::nullopt);
}

}  // namespace
}  // namespace sluice::proof
