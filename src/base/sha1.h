// SHA-1, on OpenSSL: for names and checksums that others make with it, never to protect anything.
#pragma once

#include "base/bytes.h"

#include <array>
#include <cstdint>
#include <memory>
#include <string>

namespace sluice {

using Sha1Digest = std::array<std::uint8_t, 20>;

// Over a stream of bytes, piece by piece.  Not thread-safe; movable.
class RunningSha1 {
 public:
  RunningSha1();
  ~RunningSha1();
  RunningSha1(RunningSha1&&) noexcept;
  RunningSha1& operator=(RunningSha1&&) noexcept;

  void update(ByteView bytes);

  // update() may not be called afterwards.
  Sha1Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// In lower-case hexadecimal.
std::string sha1_hex(ByteView bytes);

}  // namespace sluice
