// Randomness out of a fuzzer's input: each number is drawn from one of its bytes, so that a changed
// byte changes one decision; behind the end numbers follow from the length.
#pragma once

#include "base/bytes.h"
#include "base/random.h"

#include <cstddef>
#include <cstdint>

namespace sluice {

// Not thread-safe.  `input` must outlive it.
class InputRandom final : public Random {
 public:
  explicit InputRandom(ByteView input) : input_(input), more_(input.size()) {}

  // The byte decides below(): it stands highest.
  std::uint64_t next() override {
    const std::uint64_t drawn = more_.next();
    if (at_ == input_.size()) {
      return drawn;
    }
    const auto byte = static_cast<std::uint64_t>(static_cast<unsigned char>(input_[at_++]));
    return byte << 56 | drawn >> 8;
  }

 private:
  ByteView input_;
  std::size_t at_ = 0;
  SeededRandom more_;
};

}  // namespace sluice
