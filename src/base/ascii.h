// Letters of ASCII, whatever the locale.
#pragma once

#include <string>
#include <string_view>

namespace sluice {

// A to Z become a to z; everything else stays.
constexpr char lower(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

inline std::string lower(std::string_view text) {
  std::string out(text);
  for (char& letter : out) {
    letter = lower(letter);
  }
  return out;
}

}  // namespace sluice
