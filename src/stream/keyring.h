// Encryption of records at rest: the keys, and what is done with them.
//
// A key file holds master keys; each stream's own key is derived from one of them.  A block's
// content is encrypted whole, tables (with the partition keys) and payload, before it is written:
//
//   content = key id (4) · nonce (12) · AES-256-GCM of tables and payload · tag (16)
//
// and the tag vouches for the stream, the shard and the number of records as well.  Nonces are
// random; a stream may have 2^32 blocks under one master key before two of them become likely to
// meet (a chance of 2^-33), so a key should be replaced long before.
#pragma once

#include "base/aead.h"
#include "base/bytes.h"
#include "base/random.h"
#include "base/result.h"
#include "stream/ids.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::stream {

// Which master key it was.
using KeyId = std::uint32_t;

// Master keys.  Immutable; thread-safe.
class Keyring {
 public:
  // The text of a key file: a key a line, as 64 hexadecimal digits; the first is in use, the others
  // are for what was written before.  Blank lines and those that begin with # are passed over.
  // Fault::invalid names the line, and never shows what is in it.
  static Result<Keyring> parse(std::string_view text);

  // A key file with one new key.  `random` must not be predictable.
  static std::string new_key_file(Random& random);

  struct Key {
    KeyId id = 0;
    AeadKey bytes{};
  };

  // At least one; the one in use first.
  const std::vector<Key>& keys() const { return keys_; }

 private:
  std::vector<Key> keys_;
};

// Encrypts and decrypts the blocks of one stream.  Thread-safe if `random` is.
class BlockCipher {
 public:
  static constexpr std::size_t head_bytes = 16;  // before what is encrypted
  static constexpr std::size_t added_bytes = head_bytes + aead_tag_bytes;

  // `random` must outlive it.
  BlockCipher(const Keyring& keys, const StreamIncarnation& stream, Random& random);

  // `content` is head_bytes of room, `plain_bytes` to be encrypted, and room for the tag.
  void seal(char* content, std::size_t plain_bytes, ShardIndex shard, std::uint32_t records) const;

  // What was sealed.  Fault::unavailable, with the key's id, without its key; Fault::corrupt where
  // the tag does not vouch for it.
  Result<Bytes> open(ByteView content, ShardIndex shard, std::uint32_t records) const;

 private:
  AeadNonce new_nonce() const;
  Bytes associated(ShardIndex shard, std::uint32_t records) const;

  const StreamIncarnation stream_;
  Random& random_;
  KeyId in_use_ = 0;
  std::map<KeyId, AeadKey> keys_;  // derived
};

}  // namespace sluice::stream
