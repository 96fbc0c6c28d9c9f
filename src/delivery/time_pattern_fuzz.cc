// Any text as a time pattern, at any instant: refused, or printed the same way twice.

#include "base/check.h"
#include "delivery/time_pattern.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice;
  using namespace sluice::delivery;
  std::int64_t millis = 0;
  if (size < sizeof millis) {
    return 0;
  }
  std::memcpy(&millis, data, sizeof millis);
  const std::string_view text(reinterpret_cast<const char*>(data) + sizeof millis,
                              size - sizeof millis);
  const Result<TimePattern> pattern = TimePattern::parse(text);
  if (!pattern) {
    SLUICE_CHECK(pattern.error().fault() == Fault::invalid);
    return 0;
  }
  for (const std::string_view name : {"UTC", "America/St_Johns"}) {
    const TimeZone zone = TimeZone::find(name).value();
    const std::string once = pattern->format(unix_millis(millis), zone);
    SLUICE_CHECK(pattern->format(unix_millis(millis), zone) == once);
  }
  return 0;
}
