// Against a bit for each ordinal.
#include "proof/ordinal_sets.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace sluice::proof {
namespace {

using delivery::Ordinal;
using delivery::OrdinalSet;

constexpr unsigned places = 6;

OrdinalSet set_of(std::uint32_t bits) {
  OrdinalSet set;
  for (unsigned place = 0; place < places; ++place) {
    if ((bits >> place & 1U) != 0) {
      set.add(Ordinal(place + 1));
    }
  }
  return set;
}

TEST(OrdinalSets, AgreeWithBitsForAllPairsOfSmallSets) {
  for (std::uint32_t left = 0; left < 1U << places; ++left) {
    for (std::uint32_t right = 0; right < 1U << places; ++right) {
      ASSERT_EQ(without(set_of(left), set_of(right)), set_of(left & ~right))
          << left << ' ' << right;
      ASSERT_EQ(common(set_of(left), set_of(right)), set_of(left & right)) << left << ' ' << right;
    }
  }
}

}  // namespace
}  // namespace sluice::proof
