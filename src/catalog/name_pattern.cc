// Patterns of names: a walk that goes back to the last star.
#include "catalog/name_pattern.h"

#include <cstddef>

namespace sluice::catalog {
namespace {

char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// ".*" means the same as "*".
bool is_star(std::string_view pattern, std::size_t at, std::size_t& bytes) {
  const std::string_view rest = pattern.substr(at);
  bytes = rest.starts_with(".*") ? 2 : 1;
  return rest.starts_with(".*") || rest.starts_with("*");
}

bool matches_alternative(std::string_view name, std::string_view pattern) {
  std::size_t at = 0;
  std::size_t in_pattern = 0;
  std::size_t behind_star = std::string_view::npos;
  std::size_t star_end = 0;
  std::size_t bytes = 0;
  while (at < name.size()) {
    if (is_star(pattern, in_pattern, bytes)) {
      in_pattern += bytes;
      behind_star = in_pattern;
      star_end = at;
    } else if (in_pattern < pattern.size() &&
               (pattern[in_pattern] == '.' ||
                to_lower(pattern[in_pattern]) == to_lower(name[at]))) {
      ++at;
      ++in_pattern;
    } else if (behind_star != std::string_view::npos) {
      at = ++star_end;
      in_pattern = behind_star;
    } else {
      return false;
    }
  }
  while (is_star(pattern, in_pattern, bytes)) {
    in_pattern += bytes;
  }
  return in_pattern == pattern.size();
}

}  // namespace

bool matches_name_pattern(std::string_view name, std::string_view pattern) {
  while (true) {
    const std::size_t bar = pattern.find('|');
    if (matches_alternative(name, pattern.substr(0, bar))) {
      return true;
    }
    if (bar == std::string_view::npos) {
      return false;
    }
    pattern.remove_prefix(bar + 1);
  }
}

}  // namespace sluice::catalog
