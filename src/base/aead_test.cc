#include "base/aead.h"

#include "base/digest.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice {
namespace {

// Test case 14 of "The Galois/Counter Mode of Operation" (McGrew, Viega): all zero.
TEST(Aead, SealsAsThePublishedTestCase) {
  const AeadKey key{};
  const AeadNonce nonce{};
  std::string bytes(16, '\0');
  std::string tag(aead_tag_bytes, '\0');
  aead_seal(key, nonce, {}, bytes.data(), bytes.size(), tag.data());
  EXPECT_EQ(to_hex(bytes), "cea7403d4d606b6e074ec5d3baf39d18");
  EXPECT_EQ(to_hex(tag), "d0d1c8a799996bf0265b98b5d48ab919");
}

TEST(Aead, OpensWhatItSealedAndNothingElse) {
  const AeadKey key{1, 2, 3};
  const AeadNonce nonce{4, 5, 6};
  std::string sealed = "a heart rate of 89";
  std::string tag(aead_tag_bytes, '\0');
  aead_seal(key, nonce, "shard 3", sealed.data(), sealed.size(), tag.data());
  EXPECT_NE(sealed, "a heart rate of 89");

  const auto opens = [&](const AeadKey& with, ByteView associated, std::string bytes, ByteView by) {
    const bool is_open = aead_open(with, nonce, associated, bytes.data(), bytes.size(), by);
    EXPECT_TRUE(!is_open || bytes == "a heart rate of 89");
    return is_open;
  };
  EXPECT_TRUE(opens(key, "shard 3", sealed, tag));
  EXPECT_FALSE(opens(AeadKey{1, 2, 4}, "shard 3", sealed, tag));
  EXPECT_FALSE(opens(key, "shard 4", sealed, tag));
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string flipped = sealed;
    flipped[i] = static_cast<char>(flipped[i] ^ 1);
    EXPECT_FALSE(opens(key, "shard 3", flipped, tag)) << i;
  }
  for (std::size_t i = 0; i < tag.size(); ++i) {
    std::string flipped = tag;
    flipped[i] = static_cast<char>(flipped[i] ^ 128);
    EXPECT_FALSE(opens(key, "shard 3", sealed, flipped)) << i;
  }
}

TEST(Aead, SealsNothingTooAndVouchesForWhatBelongsToIt) {
  const AeadKey key{};
  const AeadNonce nonce{};
  std::string tag(aead_tag_bytes, '\0');
  char none = 0;
  aead_seal(key, nonce, "x", &none, 0, tag.data());
  EXPECT_TRUE(aead_open(key, nonce, "x", &none, 0, tag));
  EXPECT_FALSE(aead_open(key, nonce, "y", &none, 0, tag));
}

}  // namespace
}  // namespace sluice
