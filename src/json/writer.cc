// Writes compact JSON.
#include "json/writer.h"

#include "base/check.h"
#include "base/utf8.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <vector>

namespace sluice::json {

namespace {

bool needs_escape(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

void append_escaped(std::string& out, char c) {
  switch (c) {
    case '"':
    case '\\':
      out += {'\\', c};
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned char>(c));
  }
}

// Bytes of the longest valid sequence at the front; 0 when the first byte begins none.
std::size_t valid_sequence(std::string_view text) {
  for (std::size_t length = 1; length <= 4 && length <= text.size(); ++length) {
    if (is_utf8(text.substr(0, length))) {
      return length;
    }
  }
  return 0;
}

std::string repaired(std::string_view text) {
  constexpr std::uint32_t replacement_character = 0xfffd;
  std::string out;
  while (!text.empty()) {
    const std::size_t length = valid_sequence(text);
    if (length == 0) {
      append_utf8(out, replacement_character);
      text.remove_prefix(1);
    } else {
      out.append(text.substr(0, length));
      text.remove_prefix(length);
    }
  }
  return out;
}

template <class T>
void append_number(std::string& out, T value) {
  std::array<char, 32> buffer;  // 24 characters are the longest double
  const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  SLUICE_CHECK(result.ec == std::errc{});
  out.append(buffer.data(), result.ptr);
}

}  // namespace

void append_string(std::string& out, std::string_view text) {
  if (!is_utf8(text)) {
    append_string(out, repaired(text));
    return;
  }
  out.push_back('"');
  std::size_t run = 0;
  for (std::size_t index = 0; index < text.size(); ++index) {
    if (needs_escape(text[index])) {
      out.append(text.substr(run, index - run));
      append_escaped(out, text[index]);
      run = index + 1;
    }
  }
  out.append(text.substr(run));
  out.push_back('"');
}

void append_timestamp(std::string& out, UnixMillis time) {
  const std::int64_t millis = to_count(time);
  const auto magnitude =
      millis < 0 ? -static_cast<std::uint64_t>(millis) : static_cast<std::uint64_t>(millis);
  if (millis < 0) {
    out.push_back('-');
  }
  fmt::format_to(std::back_inserter(out), "{}.{:03}", magnitude / 1000, magnitude % 1000);
  while (out.ends_with('0') && !out.ends_with(".0")) {
    out.pop_back();
  }
}

void append_double(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "\"NaN\"";
  } else if (std::isinf(value)) {
    out += value < 0 ? "\"-Infinity\"" : "\"Infinity\"";
  } else {
    append_number(out, value);
  }
}

void Writer::key(std::string_view name) {
  SLUICE_CHECK(depth_ > 0);
  separate();
  append_string(out_, name);
  out_.push_back(':');
  needs_comma_ = false;
}

void Writer::value(std::string_view text) {
  separate();
  append_string(out_, text);
}

void Writer::value(bool value) {
  raw(value ? "true" : "false");
}

void Writer::value(double value) {
  separate();
  append_double(out_, value);
}

void Writer::value(UnixMillis time) {
  separate();
  append_timestamp(out_, time);
}

void Writer::null() {
  raw("null");
}

// Walks the nodes instead of calling itself: a parsed text may be nested deeper than the stack.
void Writer::value(View parsed) {
  SLUICE_CHECK(parsed.exists());

  struct Open {
    const Node* end;
    bool is_object;
  };

  std::vector<Open> open;
  const Node* node = &parsed.node();
  const Node* const end = node + node->span;
  bool is_key = false;
  while (node != end) {
    const bool is_container = node->kind == Kind::array || node->kind == Kind::object;
    if (is_key) {
      key({node->data, node->size});
      is_key = false;
      ++node;
      continue;
    }
    if (is_container) {
      begin(node->kind == Kind::object ? '{' : '[');
      open.push_back({node + node->span, node->kind == Kind::object});
    } else if (node->kind == Kind::string) {
      value(std::string_view(node->data, node->size));
    } else {
      raw({node->data, node->size});
    }
    ++node;
    while (!open.empty() && open.back().end == node) {
      this->end(open.back().is_object ? '}' : ']');
      open.pop_back();
    }
    is_key = !open.empty() && open.back().is_object;
  }
  SLUICE_CHECK(open.empty());
}

void Writer::raw(std::string_view json) {
  separate();
  out_.append(json);
}

void Writer::begin(char bracket) {
  separate();
  out_.push_back(bracket);
  ++depth_;
  needs_comma_ = false;
}

void Writer::end(char bracket) {
  SLUICE_CHECK(depth_ > 0);
  out_.push_back(bracket);
  --depth_;
  needs_comma_ = true;
}

// Puts the comma before a key or a value that follows another.
void Writer::separate() {
  if (needs_comma_) {
    out_.push_back(',');
  }
  needs_comma_ = true;
}

void Writer::signed_value(std::int64_t number) {
  separate();
  append_number(out_, number);
}

void Writer::unsigned_value(std::uint64_t number) {
  separate();
  append_number(out_, number);
}

}  // namespace sluice::json
