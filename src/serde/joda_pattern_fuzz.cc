// Any pattern on any text: a moment within bounds, or none; and the same again.
#include "base/check.h"
#include "serde/civil_time.h"
#include "serde/joda_pattern.h"

#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t line = input.find('\n');
  const auto pattern = sluice::serde::JodaPattern::parse(input.substr(0, line));
  if (!pattern) {
    SLUICE_CHECK(!pattern.error().message().empty());
    return 0;
  }
  const std::string_view text =
      line == std::string_view::npos ? std::string_view() : input.substr(line + 1);
  const auto micros = pattern->read(text);
  if (micros) {
    SLUICE_CHECK(*micros >= sluice::serde::timestamp_micros_min);
    SLUICE_CHECK(*micros <= sluice::serde::timestamp_micros_max);
  }
  SLUICE_CHECK(pattern->read(text) == micros);
  return 0;
}
