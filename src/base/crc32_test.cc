// CRC-32: published values, and both forms against each other at every length and place.
#include "base/crc32.h"

#include "base/random.h"

#include <gtest/gtest.h>

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

TEST(Crc32, PublishedValuesAreFound) {
  struct Published {
    ByteView bytes;
    std::uint32_t checksum;
  };

  for (const Published& given :
       {Published{"", 0},
        Published{"123456789", 0xcbf43926},
        Published{"The quick brown fox jumps over the lazy dog", 0x414fa339}}) {
    EXPECT_EQ(crc32(given.bytes), given.checksum);
    EXPECT_EQ(crc32_portable(given.bytes), given.checksum);
  }
}

TEST(Crc32, BothFormsAgreeAtEveryLengthAndPlace) {
  const Bytes bytes = random_bytes(1200);
  for (std::size_t start = 0; start < 17; ++start) {
    for (std::size_t length = 0; start + length <= bytes.size(); ++length) {
      const ByteView piece = ByteView(bytes).substr(start, length);
      ASSERT_EQ(crc32(piece), crc32_portable(piece)) << start << " " << length;
    }
  }
}

TEST(Crc32, PiecesOneAfterTheOtherGiveTheWhole) {
  const Bytes bytes = random_bytes(5000);
  const std::uint32_t whole = crc32(bytes);
  for (std::size_t cut = 0; cut <= bytes.size(); cut += 37) {
    const ByteView view(bytes);
    EXPECT_EQ(crc32(view.substr(cut), crc32(view.substr(0, cut))), whole);
  }
}

}  // namespace
}  // namespace sluice
