// CRC-32C: published values, and both forms against each other at every length and place.
#include "base/crc32c.h"

#include "base/random.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice {
namespace {

Bytes random_bytes(std::size_t count) {
  SeededRandom random(count);
  Bytes bytes;
  while (bytes.size() < count) {
    put_le(bytes, random.next());
  }
  bytes.resize(count);
  return bytes;
}

struct Published {
  Bytes bytes;
  std::uint32_t checksum;
};

class KnownChecksum : public testing::TestWithParam<Published> {};

TEST_P(KnownChecksum, IsFoundByBothForms) {
  EXPECT_EQ(crc32c(GetParam().bytes), GetParam().checksum);
  EXPECT_EQ(crc32c_portable(GetParam().bytes), GetParam().checksum);
}

Bytes counting(int from, int to, int step) {
  Bytes bytes;
  for (int value = from; value != to; value += step) {
    bytes.push_back(static_cast<char>(value));
  }
  return bytes;
}

// The second to fifth stand in RFC 3720, appendix B.4.
INSTANTIATE_TEST_SUITE_P(Published,
                         KnownChecksum,
                         testing::Values(Published{"123456789", 0xe3069283},
                                         Published{Bytes(32, '\0'), 0x8a9136aa},
                                         Published{Bytes(32, '\xff'), 0x62a8ab43},
                                         Published{counting(0, 32, 1), 0x46dd794e},
                                         Published{counting(31, -1, -1), 0x113fdb5c},
                                         Published{"", 0},
                                         Published{"a", 0xc1d04330}));

TEST(Crc32c, BothFormsAgreeAtEveryLengthAndAlignment) {
  const Bytes bytes = random_bytes(1200);
  for (std::size_t start = 0; start < 8; ++start) {
    for (std::size_t length = 0; length + start <= bytes.size(); ++length) {
      const ByteView part = ByteView(bytes).substr(start, length);
      ASSERT_EQ(crc32c(part), crc32c_portable(part)) << start << " " << length;
    }
  }
}

TEST(Crc32c, BothFormsAgreeAroundTheLongLanes) {
  const Bytes bytes = random_bytes(20'000);
  for (const std::size_t middle : {6144UL, 6144UL + 384, 2 * 6144UL, 3 * 6144UL}) {
    for (std::size_t length = middle - 20; length <= middle + 20; ++length) {
      const ByteView part = ByteView(bytes).substr(3, length);
      ASSERT_EQ(crc32c(part, 77), crc32c_portable(part, 77)) << length;
    }
  }
}

TEST(Crc32c, ContinuesFromASeedWhereverTheBytesAreSplit) {
  const Bytes bytes = random_bytes(500);
  const std::uint32_t whole = crc32c(bytes);
  for (std::size_t split = 0; split <= bytes.size(); ++split) {
    const ByteView left = ByteView(bytes).substr(0, split);
    const ByteView right = ByteView(bytes).substr(split);
    ASSERT_EQ(crc32c(right, crc32c(left)), whole);
    ASSERT_EQ(crc32c_portable(right, crc32c_portable(left)), whole);
  }
}

}  // namespace
}  // namespace sluice
