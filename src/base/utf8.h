// UTF-8 (RFC 3629: no surrogates, no overlong forms, nothing above U+10FFFF).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice {

bool is_utf8(std::string_view text);

// Characters (code points); `text` must be valid UTF-8.
std::size_t count_code_points(std::string_view text);

// Appends one code point; surrogates and values above U+10FFFF become U+FFFD.
void append_utf8(std::string& out, std::uint32_t code_point);

}  // namespace sluice
