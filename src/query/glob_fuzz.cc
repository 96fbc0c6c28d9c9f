// Any pattern is a glob or refused, and no path takes long.
#include "base/check.h"
#include "query/glob.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

// The bytes before the first newline are the pattern, those behind it the path.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t line = text.find('\n');
  const auto glob = sluice::query::Glob::parse(text.substr(0, line));
  if (!glob) {
    SLUICE_CHECK(glob.error().fault() == sluice::Fault::invalid);
  } else if (line != std::string_view::npos) {
    glob->matches(text.substr(line + 1));
  }
  return 0;
}
