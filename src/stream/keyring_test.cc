#include "stream/keyring.h"

#include "base/random.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

namespace sluice::stream {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr StreamIncarnation stream{.created_ms = 1700000000000, .random = 77};
constexpr ShardIndex shard{3};

std::string line(char digit) {
  return std::string(64, digit) + "\n";
}

Keyring keys_of(const std::string& text) {
  return *Keyring::parse(text);
}

Bytes sealed(const BlockCipher& cipher, ByteView plain) {
  Bytes content(BlockCipher::head_bytes, '\0');
  content.append(plain).append(aead_tag_bytes, '\0');
  cipher.seal(content.data(), plain.size(), shard, 2);
  return content;
}

TEST(Keyring, ReadsAKeyALineAndTheFirstIsInUse) {
  const Keyring keys = keys_of("# of 2025\n\n  " + line('A') + line('b') + std::string(64, '0'));
  ASSERT_EQ(keys.keys().size(), 3U);
  EXPECT_EQ(keys.keys()[0].bytes[0], 0xaa);
  EXPECT_EQ(keys.keys()[1].bytes[31], 0xbb);
  EXPECT_NE(keys.keys()[0].id, keys.keys()[1].id);
  EXPECT_EQ(keys_of(line('a')).keys()[0].id, keys.keys()[0].id);
}

TEST(Keyring, WhatIsNoKeyIsNamedByItsLineAndNeverShown) {
  for (const std::string& text : {std::string("# a\n1234secret\n"),
                                  "\n" + std::string(63, 'a'),
                                  "\n" + std::string(65, 'a'),
                                  "\n" + std::string(63, 'a') + "g"}) {
    const auto keys = Keyring::parse(text);
    ASSERT_FALSE(keys) << text;
    EXPECT_EQ(keys.error().fault(), Fault::invalid);
    EXPECT_THAT(keys.error().message(), HasSubstr("line 2"));
    EXPECT_THAT(keys.error().message(), Not(HasSubstr("secret")));
  }
  for (const char* const text : {"", "# only words\n", "\n\r\n"}) {
    EXPECT_THAT(Keyring::parse(text).error().message(), HasSubstr("no key"));
  }
}

TEST(Keyring, ANewKeyFileHoldsOneKeyAndNoOtherHasIt) {
  SystemRandom random;
  const Keyring first = keys_of(Keyring::new_key_file(random));
  const Keyring second = keys_of(Keyring::new_key_file(random));
  EXPECT_EQ(first.keys().size(), 1U);
  EXPECT_NE(first.keys()[0].bytes, second.keys()[0].bytes);
}

TEST(BlockCipher, GivesBackWhatItSealedAndShowsNothingOfIt) {
  SystemRandom random;
  const BlockCipher cipher(keys_of(line('a')), stream, random);
  for (const std::string& plain : {std::string(), std::string("x"), std::string(100'000, 'x')}) {
    const Bytes content = sealed(cipher, plain);
    EXPECT_EQ(content.size(), plain.size() + BlockCipher::added_bytes);
    EXPECT_EQ(*cipher.open(content, shard, 2), plain);
    EXPECT_THAT(content, Not(HasSubstr("xxxx")));
  }
}

TEST(BlockCipher, NeverUsesANonceTwice) {
  SystemRandom random;
  const BlockCipher cipher(keys_of(line('a')), stream, random);
  std::set<Bytes> seen;
  for (int i = 0; i < 1000; ++i) {
    seen.insert(sealed(cipher, "the same"));
  }
  EXPECT_EQ(seen.size(), 1000U);
}

TEST(BlockCipher, RefusesWhatWasChangedOrBelongsElsewhere) {
  SystemRandom random;
  const Keyring keys = keys_of(line('a'));
  const BlockCipher cipher(keys, stream, random);
  const Bytes content = sealed(cipher, "89 beats");
  const auto fault_of = [&](const BlockCipher& by, ByteView bytes, ShardIndex of, std::uint32_t n) {
    const auto plain = by.open(bytes, of, n);
    return plain ? std::optional<Fault>() : plain.error().fault();
  };
  EXPECT_EQ(fault_of(cipher, content, ShardIndex(4), 2), Fault::corrupt);
  EXPECT_EQ(fault_of(cipher, content, shard, 3), Fault::corrupt);
  EXPECT_EQ(fault_of(cipher, ByteView(content).substr(0, 31), shard, 2), Fault::corrupt);
  const BlockCipher of_another({keys}, {.created_ms = 1700000000000, .random = 78}, random);
  EXPECT_EQ(fault_of(of_another, content, shard, 2), Fault::corrupt);
  for (std::size_t i = sizeof(KeyId); i < content.size(); ++i) {
    Bytes flipped = content;
    flipped[i] = static_cast<char>(flipped[i] ^ 1);
    EXPECT_EQ(fault_of(cipher, flipped, shard, 2), Fault::corrupt) << i;
  }
}

TEST(BlockCipher, AReplacedKeyStillReadsAndAMissingOneIsNamed) {
  SystemRandom random;
  const Bytes content = sealed(BlockCipher(keys_of(line('a')), stream, random), "89 beats");
  const BlockCipher with_both(keys_of(line('b') + line('a')), stream, random);
  EXPECT_EQ(*with_both.open(content, shard, 2), "89 beats");
  EXPECT_NE(load_le<KeyId>(sealed(with_both, "").data()), load_le<KeyId>(content.data()));
  const auto without = BlockCipher(keys_of(line('b')), stream, random).open(content, shard, 2);
  ASSERT_FALSE(without);
  EXPECT_EQ(without.error().fault(), Fault::unavailable);
  EXPECT_THAT(without.error().message(), HasSubstr("which the key file does not hold"));
}

}  // namespace
}  // namespace sluice::stream
