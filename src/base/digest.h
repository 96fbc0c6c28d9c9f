// Message digests, on OpenSSL.
#pragma once

#include "base/bytes.h"

#include <array>
#include <cstdint>
#include <memory>
#include <string>

namespace sluice {

using Md5Digest = std::array<std::uint8_t, 16>;
using Sha256Digest = std::array<std::uint8_t, 32>;

Md5Digest md5(ByteView bytes);
Sha256Digest sha256(ByteView bytes);
Sha256Digest hmac_sha256(ByteView key, ByteView message);

// Lower-case hexadecimal.
std::string to_hex(ByteView bytes);
std::string to_hex(const Md5Digest& digest);
std::string to_hex(const Sha256Digest& digest);

// The digest's bytes, for use as a key or for storage.
Bytes to_bytes(const Sha256Digest& digest);

// Equal, in a time that depends on the lengths alone.
bool equal_constant_time(ByteView left, ByteView right);

// A SHA-256 over a stream of bytes, piece by piece.  Not thread-safe; movable.
class RunningSha256 {
 public:
  RunningSha256();
  ~RunningSha256();
  RunningSha256(RunningSha256&&) noexcept;
  RunningSha256& operator=(RunningSha256&&) noexcept;

  void update(ByteView bytes);

  // The digest so far; update() may not be called afterwards.
  Sha256Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// A SHA-256 and an MD5 over the same stream of bytes, piece by piece.  Not thread-safe; movable.
class RunningDigest {
 public:
  RunningDigest();
  ~RunningDigest();
  RunningDigest(RunningDigest&&) noexcept;
  RunningDigest& operator=(RunningDigest&&) noexcept;

  void update(ByteView bytes);

  // The two halves of it; they may run side by side.
  void update_sha256(ByteView bytes);
  void update_md5(ByteView bytes);

  struct Digests {
    Sha256Digest sha256;
    Md5Digest md5;
  };

  // The digests of what came so far; more may follow.
  Digests so_far() const;

  // The same; update() may not be called afterwards.
  Digests finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sluice
