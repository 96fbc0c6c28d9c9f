#include "parquet/byte_order.h"

#include "base/random.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice::parquet {
namespace {

int sign(int order) {
  return order < 0 ? -1 : order > 0 ? 1 : 0;
}

void expect_compared(ByteView left, ByteView right) {
  ASSERT_EQ(sign(compare_bytes(left, right)), sign(left.compare(right))) << left << "\n" << right;
  ASSERT_EQ(sign(compare_bytes(right, left)), sign(right.compare(left))) << left << "\n" << right;
}

TEST(ByteOrder, EveryDifferenceAtEveryPlaceOfEveryLengthCounts) {
  for (std::size_t length = 0; length <= 80; ++length) {
    const std::string text(length, 'x');
    expect_compared(text, text);
    for (std::size_t other = 0; other < length; ++other) {
      expect_compared(text, std::string(other, 'x'));
      for (const char byte : {'\0', 'w', '\xff'}) {
        std::string changed = text;
        changed[other] = byte;
        expect_compared(text, changed);
        expect_compared(text, changed.substr(0, other + 1));
      }
    }
  }
}

TEST(ByteOrder, TheFirstOfSeveralDifferencesCounts) {
  SeededRandom random(5);
  for (int round = 0; round < 20'000; ++round) {
    std::string left(random.below(40), ' ');
    std::string right(random.below(40), ' ');
    for (char& byte : left) {
      byte = random.below(8) == 0 ? 'b' : 'a';
    }
    for (char& byte : right) {
      byte = random.below(8) == 0 ? 'b' : 'a';
    }
    expect_compared(left, right);
  }
}

}  // namespace
}  // namespace sluice::parquet
