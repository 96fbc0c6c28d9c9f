// Draws what goes wrong.
#include "sim/faults.h"

#include "base/crc32c.h"

#include <string>

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

Result<void> Faults::before(std::string_view operation, std::uint64_t subject) {
  if (is_dead_) {
    return std::unexpected(death(operation));
  }
  ++operations_;
  note(operation, subject);
  if (draw(rates_.dies)) {
    is_dead_ = true;
    note("dies before", operations_);
    return std::unexpected(death(operation));
  }
  if (draw(rates_.fails)) {
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
  if (draw(rates_.dies)) {
    is_dead_ = true;
    note("dies after", operations_);
    return std::unexpected(death(operation));
  }
  if (draw(rates_.loses_answer)) {
    note("loses the answer", operations_);
    return fail(Fault::unavailable, std::string(operation) + ": simulated loss of the answer");
  }
  return {};
}

}  // namespace sluice::sim
