// What goes wrong in a simulated world, drawn from its seed.
//
// Every operation of the world asks before it takes effect and again before its answer is given:
// it may fail without effect, take effect and lose its answer, or be the moment at which the
// process dies.  Once dead, everything fails without effect until a new life begins.
//
// All that is asked and drawn goes into a digest: two runs of one seed have the same.
#pragma once

#include "base/random.h"
#include "base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::sim {

// Chances of one operation, in a thousand.
struct FaultRates {
  std::uint64_t fails = 0;
  std::uint64_t loses_answer = 0;
  std::uint64_t dies = 0;
};

// One fault at one place, decided beforehand.
struct Strike {
  enum class What : std::uint8_t {
    dies,
    fails,  // without effect, or having lost the answer, as the place is
  };

  What what = What::dies;
  std::string operation = {};  // empty: any
  bool is_after = false;       // the effect; counts for a named operation only
  std::uint64_t nth = 1;       // of the times that is asked, from 1
};

class Faults {
 public:
  // `random` must outlive it.
  Faults(Random& random, FaultRates rates) : random_(random), rates_(rates) {}

  // The operation does not take effect if this fails.
  Result<void> before(std::string_view operation, std::uint64_t subject);

  // The operation took effect; an error here is all the caller learns.
  Result<void> after(std::string_view operation, std::uint64_t subject);

  // From now on, beside what is drawn.  Only the last one set counts.
  void strike(Strike strike);

  // Whether it has happened.
  bool has_struck() const { return has_struck_; }

  // The process dies now.
  void die() { is_dead_ = true; }

  bool is_dead() const { return is_dead_; }

  // A new life begins.
  void revive();

  // Nothing goes wrong from now on.
  void calm() {
    rates_ = {};
    strike_.reset();
  }

  bool is_calm() const { return rates_.fails == 0 && rates_.loses_answer == 0 && rates_.dies == 0; }

  // Adds to the digest.
  void note(std::string_view what, std::uint64_t subject);

  std::uint64_t digest() const { return digest_; }

  // Operations that were asked about.
  std::uint64_t operations() const { return operations_; }

 private:
  bool draw(std::uint64_t in_a_thousand);
  std::optional<Strike::What> struck(std::string_view operation, bool is_after);
  Result<void> die(std::string_view operation);

  Random& random_;
  FaultRates rates_;
  std::optional<Strike> strike_;
  bool has_struck_ = false;
  bool is_dead_ = false;
  std::uint64_t digest_ = 0;
  std::uint64_t operations_ = 0;
};

}  // namespace sluice::sim
