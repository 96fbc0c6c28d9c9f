// Keys as paths: the plain rule and the escape.
#include "s3/key_mapping.h"

#include "base/check.h"
#include "base/utf8.h"

#include <algorithm>

namespace sluice::s3 {
namespace {

// An escaped name is cut into pieces of this many characters, so that with the mark at its end each
// fits into a file name.
constexpr std::size_t piece_chars = 200;
static_assert(piece_chars + 1 <= segment_bytes_max);

constexpr char folder_mark = '+';
constexpr char file_mark = '=';

constexpr std::string_view hex_digits = "0123456789ABCDEF";

bool stands_for_itself(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.';
}

// C0, DEL and C1; the latter are two bytes, 0xc2 and 0x80 to 0x9f.  `text` is valid UTF-8.
bool has_control_character(std::string_view text) {
  for (std::size_t index = 0; index < text.size(); ++index) {
    const auto byte = static_cast<unsigned char>(text[index]);
    if (byte < 0x20 || byte == 0x7f) {
      return true;
    }
    if (byte == 0xc2 && static_cast<unsigned char>(text[index + 1]) < 0xa0) {
      return true;
    }
  }
  return false;
}

std::string percent_encode(std::string_view key) {
  std::string encoded;
  encoded.reserve(key.size() * 3);
  for (const char c : key) {
    if (stands_for_itself(c)) {
      encoded.push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded.push_back('%');
    encoded.push_back(hex_digits[byte >> 4]);
    encoded.push_back(hex_digits[byte & 0xf]);
  }
  return encoded;
}

// Lenient: what is no encoding of ours is found out by encoding again.
std::string percent_decode(std::string_view encoded) {
  std::string key;
  for (std::size_t index = 0; index < encoded.size(); ++index) {
    if (encoded[index] != '%' || index + 2 >= encoded.size()) {
      key.push_back(encoded[index]);
      continue;
    }
    const std::size_t high = hex_digits.find(encoded[index + 1]);
    const std::size_t low = hex_digits.find(encoded[index + 2]);
    if (high == std::string_view::npos || low == std::string_view::npos) {
      key.push_back(encoded[index]);
      continue;
    }
    key.push_back(static_cast<char>(high << 4 | low));
    index += 2;
  }
  return key;
}

}  // namespace

S3Result<void> check_key(std::string_view key) {
  if (key.empty()) {
    return fail_s3(S3Code::invalid_uri, "The key is empty.");
  }
  if (key.size() > key_bytes_max) {
    return fail_s3(S3Code::key_too_long, "Your key is too long: 1024 bytes is the limit.");
  }
  return {};
}

bool is_plain_segment(std::string_view segment) {
  return !segment.empty() && segment.size() <= segment_bytes_max && segment != "." &&
         segment != ".." && segment.find('/') == std::string_view::npos && is_utf8(segment) &&
         !has_control_character(segment) && !segment.starts_with(reserved_segment_prefix);
}

bool is_plain_key(std::string_view key) {
  if (key.empty() || key.size() > key_bytes_max) {
    return false;
  }
  while (true) {
    const std::size_t slash = key.find('/');
    if (!is_plain_segment(key.substr(0, slash))) {
      return false;
    }
    if (slash == std::string_view::npos) {
      return true;
    }
    key.remove_prefix(slash + 1);
  }
}

std::string escaped_path(std::string_view key) {
  SLUICE_CHECK(!key.empty());
  SLUICE_CHECK(key.size() <= key_bytes_max);
  const std::string encoded = percent_encode(key);
  std::string path;
  path.reserve(encoded.size() + 2 * (encoded.size() / piece_chars + 1));
  std::string_view rest = encoded;
  while (rest.size() > piece_chars) {
    path.append(rest.substr(0, piece_chars));
    path.push_back(folder_mark);
    path.push_back('/');
    rest.remove_prefix(piece_chars);
  }
  path.append(rest);
  path.push_back(file_mark);
  return path;
}

std::optional<std::string> key_of_escaped_path(std::string_view path) {
  std::string encoded;
  std::string_view rest = path;
  while (true) {
    const std::size_t slash = rest.find('/');
    std::string_view piece = rest.substr(0, slash);
    if (piece.empty()) {
      return std::nullopt;
    }
    piece.remove_suffix(1);
    encoded.append(piece);
    if (slash == std::string_view::npos) {
      break;
    }
    rest.remove_prefix(slash + 1);
  }
  std::string key = percent_decode(encoded);
  const bool is_ours = !key.empty() && key.size() <= key_bytes_max && escaped_path(key) == path;
  return is_ours ? std::optional(std::move(key)) : std::nullopt;
}

}  // namespace sluice::s3
