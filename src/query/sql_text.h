// Text and names written as SQL.
#pragma once

#include <string>
#include <string_view>

namespace sluice::query {

// it's -> 'it''s'
inline std::string sql_string(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    out.append(c == '\'' ? 2 : 1, c);
  }
  return out + "'";
}

// a "name" -> "a ""name"""
inline std::string sql_name(std::string_view name) {
  std::string out = "\"";
  for (const char c : name) {
    out.append(c == '"' ? 2 : 1, c);
  }
  return out + "\"";
}

}  // namespace sluice::query
