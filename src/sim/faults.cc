// Draws what goes wrong.
#include "sim/faults.h"

#include "base/check.h"
#include "base/crc32c.h"

#include <string>
#include <utility>

namespace sluice::sim {

namespace {

constexpr std::uint64_t digest_factor = 0x9e3779b97f4a7c15;

Error death(std::string_view operation) {
  return Error(Fault::cancelled, std::string(operation) + ": the process is dead");
}

}  // namespace

bool Faults::draw(std::uint64_t in_a_thousand) {
  return in_a_thousand > 0 && random_.below(1000) < in_a_thousand;
}

void Faults::note(std::string_view what, std::uint64_t subject) {
  digest_ = (digest_ ^ crc32c(what) ^ subject) * digest_factor;
  digest_ ^= digest_ >> 29;
}

void Faults::revive() {
  is_dead_ = false;
  note("revive", 0);
}

void Faults::strike(Strike strike) {
  SLUICE_CHECK(strike.nth > 0);
  strike_ = std::move(strike);
  has_struck_ = false;
}

std::optional<Strike::What> Faults::struck(std::string_view operation, bool is_after) {
  const bool is_meant =
      strike_ && (strike_->operation.empty() ||
                  (strike_->operation == operation && strike_->is_after == is_after));
  if (!is_meant || --strike_->nth > 0) {
    return std::nullopt;
  }
  has_struck_ = true;
  const Strike::What what = strike_->what;
  strike_.reset();
  return what;
}

Result<void> Faults::die(std::string_view operation) {
  is_dead_ = true;
  note("dies", operations_);
  return std::unexpected(death(operation));
}

Result<void> Faults::before(std::string_view operation, std::uint64_t subject) {
  if (is_dead_) {
    return std::unexpected(death(operation));
  }
  ++operations_;
  note(operation, subject);
  const auto strike = struck(operation, false);
  if (strike == Strike::What::dies || draw(rates_.dies)) {
    return die(operation);
  }
  if (strike || draw(rates_.fails)) {
    note("fails", operations_);
    return fail(Fault::unavailable, std::string(operation) + ": simulated failure");
  }
  return {};
}

Result<void> Faults::after(std::string_view operation, std::uint64_t subject) {
  if (is_dead_) {
    return std::unexpected(death(operation));
  }
  note(operation, ~subject);
  const auto strike = struck(operation, true);
  if (strike == Strike::What::dies || draw(rates_.dies)) {
    return die(operation);
  }
  if (strike || draw(rates_.loses_answer)) {
    note("loses the answer", operations_);
    return fail(Fault::unavailable, std::string(operation) + ": simulated loss of the answer");
  }
  return {};
}

}  // namespace sluice::sim
