// Numbers and names as a person reads them.
#pragma once

#include "base/count_text.h"  // IWYU pragma: export

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::cli {

// "0 B", "999 B", "1.0 KiB", "45.6 MiB"
std::string human_bytes(std::uint64_t bytes);

// "64MiB", "64M", "64 mib", "64MB" (decimal), "1048576" -> bytes; nothing for anything else and
// past 2^63.
std::optional<std::uint64_t> parse_bytes(std::string_view text);

// "850 ms", "2.1 s", "3 min 20 s", "2 h 5 min"
std::string human_duration(std::chrono::nanoseconds duration);

// `text` safe to show: control characters and bytes that are not UTF-8 as \x1b.  What comes from
// files must not steer the terminal.
std::string printable(std::string_view text);

// Columns that UTF-8 text takes: its code points.  Wide characters count as one.
std::size_t display_width(std::string_view text);

// `text` cut to `width` columns, with "…" at the end where something is missing; width at least 1.
std::string shorten(std::string_view text, std::size_t width);

}  // namespace sluice::cli
