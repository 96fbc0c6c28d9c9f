// Randomness, as something that is handed in.
#pragma once

#include <cstdint>
#include <string>

namespace sluice {

class Random {
 public:
  Random() = default;
  Random(const Random&) = delete;
  Random& operator=(const Random&) = delete;
  virtual ~Random() = default;

  // 64 uniform bits.
  virtual std::uint64_t next() = 0;

  // Uniform in [0, bound); bound must be positive.
  std::uint64_t below(std::uint64_t bound);
};

// The kernel's generator.  Thread-safe.
class SystemRandom final : public Random {
 public:
  std::uint64_t next() override;
};

// SplitMix64: the same seed gives the same numbers on every machine.  Not thread-safe.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() override;

 private:
  std::uint64_t state_;
};

// A version-4 UUID, lower case, 36 characters (RFC 4122).
std::string uuid_v4(Random& random);

// `length` characters of [A-Za-z0-9].
std::string random_alphanumeric(Random& random, std::size_t length);

}  // namespace sluice
