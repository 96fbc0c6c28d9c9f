#include "stream/ids.h"

#include <gtest/gtest.h>

namespace sluice::stream {
namespace {

TEST(StreamIncarnation, HexIsFixedWidthSortedByCreationAndComesBack) {
  const StreamIncarnation older{.created_ms = 1700000000000, .random = ~std::uint64_t{0}};
  const StreamIncarnation newer{.created_ms = 1700000000001, .random = 0};
  EXPECT_EQ(to_hex(older), "0000018bcfe56800ffffffffffffffff");
  EXPECT_LT(to_hex(older), to_hex(newer));
  EXPECT_EQ(parse_incarnation(to_hex(older)), older);
  EXPECT_EQ(parse_incarnation(to_hex(newer)), newer);
}

TEST(StreamIncarnation, OtherTextsAreNone) {
  for (const char* text : {"",
                           "0",
                           "0000018bcfe56800fffffffffffffff",
                           "0000018BCFE56800ffffffffffffffff",
                           "0000018bcfe56800fffffffffffffffg",
                           "+000018bcfe56800ffffffffffffffff"}) {
    EXPECT_FALSE(parse_incarnation(text).has_value()) << text;
  }
}

TEST(ShardStates, ShardsBehindTheEndAreInTheirInitialState) {
  ShardStates states;
  EXPECT_EQ(state_of(states, ShardIndex(3)), ShardState{});
  state_at(states, ShardIndex(3)).next = Ordinal(9);
  EXPECT_EQ(states.size(), 4U);
  EXPECT_EQ(state_of(states, ShardIndex(2)).next, first_ordinal);
}

}  // namespace
}  // namespace sluice::stream
