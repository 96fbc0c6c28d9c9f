// Authenticated encryption: AES-256-GCM (NIST SP 800-38D), on OpenSSL.
//
// A nonce must never be used twice with one key.
#pragma once

#include "base/bytes.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace sluice {

using AeadKey = std::array<std::uint8_t, 32>;
using AeadNonce = std::array<std::uint8_t, 12>;

inline constexpr std::size_t aead_tag_bytes = 16;

// Encrypts `size` bytes in place and writes the tag to `tag` (aead_tag_bytes), which also vouches
// for `associated`.
void aead_seal(const AeadKey& key,
               const AeadNonce& nonce,
               ByteView associated,
               char* bytes,
               std::size_t size,
               char* tag);

// The other way round, in place.  False, and what is in `bytes` means nothing, unless key, nonce,
// associated bytes, encrypted bytes and tag (aead_tag_bytes) belong together.
[[nodiscard]] bool aead_open(const AeadKey& key,
                             const AeadNonce& nonce,
                             ByteView associated,
                             char* bytes,
                             std::size_t size,
                             ByteView tag);

}  // namespace sluice
