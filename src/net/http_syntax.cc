// Characters, methods, targets, lengths.
#include "net/http_syntax.h"

#include <array>
#include <limits>

namespace sluice::net {
namespace {

constexpr std::size_t method_bytes_max = 32;

constexpr std::array<std::uint8_t, 256> make_classes() {
  std::array<std::uint8_t, 256> classes{};
  constexpr std::string_view token_marks = "!#$%&'*+-.^_`|~";
  constexpr std::string_view host_marks = "-._~%!$&'()*+,;=:[]";
  for (unsigned code = 0; code < classes.size(); ++code) {
    const bool is_alphanumeric = (code >= '0' && code <= '9') || (code >= 'A' && code <= 'Z') ||
                                 (code >= 'a' && code <= 'z');
    const auto letter = static_cast<char>(code);
    unsigned bits = 0;
    if (is_alphanumeric || (code != 0 && token_marks.contains(letter))) {
      bits |= token_class;
    }
    if (is_alphanumeric || (code != 0 && host_marks.contains(letter))) {
      bits |= host_class;
    }
    if (code == '\t' || (code >= 0x20 && code != 0x7f)) {
      bits |= field_class;
    }
    // Bytes above 0x7f are not allowed by RFC 3986, yet sent by clients that do not encode keys.
    if (code > 0x20 && code != 0x7f && letter != '#') {
      bits |= target_class;
    }
    classes[code] = static_cast<std::uint8_t>(bits);
  }
  return classes;
}

constexpr std::array<std::uint8_t, 256> classes = make_classes();

}  // namespace

bool consists_of(CharacterClass wanted, std::string_view text) {
  // Without an early exit the loop is branch-free; texts are short and nearly always right.
  unsigned all = wanted;
  for (const char letter : text) {
    all &= classes[static_cast<unsigned char>(letter)];
  }
  return all != 0;
}

Checked check_method(std::string_view method) {
  if (method.empty() || method.size() > method_bytes_max || !consists_of(token_class, method)) {
    return refused(400, "the method is not a token of 1 to 32 characters");
  }
  return {};
}

Checked check_target_text(std::string_view target) {
  if (!consists_of(target_class, target)) {
    return refused(400, "the request target holds a blank, '#' or control character");
  }
  return {};
}

Checked check_target_form(std::string_view target, std::string_view method) {
  const bool is_asterisk = target == "*" && method == "OPTIONS";
  if (!target.starts_with('/') && !is_asterisk) {
    return refused(400, "the request target does not start with '/'");
  }
  return {};
}

Checked check_host_text(std::string_view host) {
  if (!consists_of(host_class, host)) {
    return refused(400, "the Host header is not a host name or address");
  }
  return {};
}

std::optional<std::uint64_t> parse_length(std::string_view text) {
  constexpr std::size_t digits_max = 18;  // fits a signed 64-bit integer
  static_assert(std::numeric_limits<std::int64_t>::digits10 >= static_cast<int>(digits_max));
  if (text.empty() || text.size() > digits_max) {
    return std::nullopt;
  }
  std::uint64_t length = 0;
  for (const char digit : text) {
    if (digit < '0' || digit > '9') {
      return std::nullopt;
    }
    length = length * 10 + static_cast<std::uint64_t>(digit - '0');
  }
  return length;
}

Checked note_expectation(std::string_view value, RequestHead& head) {
  if (!equal_ignoring_case(value, "100-continue")) {
    return refused(417, "the only expectation accepted is 100-continue");
  }
  // HTTP/1.0 does not know interim answers (RFC 9110 section 10.1.1).
  head.expects_continue = head.version != HttpVersion::http_1_0;
  return {};
}

}  // namespace sluice::net
