// Names of recorded sessions.
#include "heartrate/session_id.h"

#include <fmt/format.h>

namespace sluice::heartrate {

std::string new_session_id(SampleTime begin, Random& random) {
  std::string id;
  for (const char letter : to_text(std::chrono::floor<std::chrono::seconds>(begin))) {
    if (letter != '-' && letter != ':') {
      id += letter;
    }
  }
  constexpr std::uint64_t chances = 0x10000;
  return fmt::format("{}-{:04x}", id, random.below(chances));
}

}  // namespace sluice::heartrate
