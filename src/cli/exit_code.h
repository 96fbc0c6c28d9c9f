// What the process tells its caller when it ends.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <string_view>

namespace sluice::cli {

enum class ExitCode : std::uint8_t {
  ok = 0,
  failed = 1,         // the work failed, or the data was bad
  usage = 2,          // wrong arguments or configuration
  unreachable = 3,    // no server answered, or there is no Bluetooth
  unknown = 4,        // explain: nobody has heard of it; verify: no fault, and not all is proven
  held = 5,           // explain: it waits for something that does not happen by itself
  gone = 6,           // explain: it is not among the delivered data, and does not come there
  interrupted = 130,  // by Ctrl-C or SIGTERM, before the work was done
};

// For a failure of the work itself.  What is wrong with arguments or configuration is for the
// command to say: Fault::invalid may as well be a record.
inline ExitCode exit_code_of(Fault fault) {
  switch (fault) {
    case Fault::unavailable:
      return ExitCode::unreachable;
    case Fault::cancelled:
      return ExitCode::interrupted;
    default:
      return ExitCode::failed;
  }
}

// For the end of --help.
inline constexpr std::string_view exit_codes_help =
    "Exit codes:\n"
    "  0    done\n"
    "  1    the work failed, or the data was bad\n"
    "  2    wrong arguments or configuration\n"
    "  3    nothing answered: no server, or no Bluetooth\n"
    "  4-6  see `sluice explain --help` and `sluice verify --help`\n"
    "  130  interrupted\n";

}  // namespace sluice::cli
