// Configuration files of arbitrary content: refused with a message or read, never a crash.
#include "server/config.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto config =
      sluice::server::parse_config({reinterpret_cast<const char*>(data), size}, "f");
  if (!config && config.error().message().empty()) {
    std::abort();
  }
  return 0;
}
