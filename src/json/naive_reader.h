// A second JSON reader for tests and fuzzers, written to be obviously right rather than fast: plain
// recursion over RFC 8259's grammar, one character at a time, sharing no code with the Tape.
//
// It turns a text into a listing of its values; the same listing made from a Tape must be equal.
#pragma once

#include "json/view.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::json {

class NaiveReader {
 public:
  // The values of `text`, or std::nullopt if it breaks a rule the Tape states.
  static std::optional<std::string> list(std::string_view text, bool one_document) {
    NaiveReader reader{text};
    std::string out;
    if (text.size() >= 3 && text.substr(0, 3) == "\xEF\xBB\xBF") {
      reader.rest_.remove_prefix(3);
    }
    reader.blanks();
    if (one_document && reader.rest_.empty()) {
      return std::nullopt;
    }
    while (!reader.rest_.empty()) {
      const char first = reader.rest_[0];
      if (!reader.value(out, 0)) {
        return std::nullopt;
      }
      const std::size_t before = reader.rest_.size();
      reader.blanks();
      const bool separated = before != reader.rest_.size();
      if (!reader.rest_.empty()) {
        const bool delimits_itself = first == '{' || first == '[' || first == '"';
        if (one_document || (!separated && !delimits_itself)) {
          return std::nullopt;
        }
      }
    }
    return out;
  }

  // The same listing of parsed values.
  static void list(View view, std::string& out) {
    switch (view.kind()) {
      case Kind::object:
        out += "{";
        for (const Member member : view.members()) {
          put_string(out, member.key);
          list(member.value, out);
        }
        out += "}";
        break;
      case Kind::array:
        out += "[";
        for (const View element : view.elements()) {
          list(element, out);
        }
        out += "]";
        break;
      case Kind::string:
        put_string(out, view.text());
        break;
      default:
        out += "<" + std::string(view.text()) + ">";
    }
  }

 private:
  explicit NaiveReader(std::string_view text) : rest_(text) {}

  static void put_string(std::string& out, std::string_view text) {
    out += std::to_string(text.size()) + ":" + std::string(text);
  }

  char peek() const { return rest_.empty() ? '\xff' : rest_[0]; }

  bool take(char c) {
    if (peek() != c || rest_.empty()) {
      return false;
    }
    rest_.remove_prefix(1);
    return true;
  }

  bool take(std::string_view word) {
    if (rest_.substr(0, word.size()) != word) {
      return false;
    }
    rest_.remove_prefix(word.size());
    return true;
  }

  void blanks() {
    while (take(' ') || take('\t') || take('\r') || take('\n')) {
    }
  }

  bool value(std::string& out, int depth) {
    if (take('{')) {
      return depth < 1024 && object(out, depth + 1);
    }
    if (take('[')) {
      return depth < 1024 && array(out, depth + 1);
    }
    if (peek() == '"') {
      return string(out);
    }
    for (const std::string_view word : {"true", "false", "null"}) {
      if (take(word)) {
        out += "<" + std::string(word) + ">";
        return true;
      }
    }
    return number(out);
  }

  bool object(std::string& out, int depth) {
    out += "{";
    blanks();
    if (!take('}')) {
      do {
        blanks();
        if (!string(out)) {
          return false;
        }
        blanks();
        if (!take(':')) {
          return false;
        }
        blanks();
        if (!value(out, depth)) {
          return false;
        }
        blanks();
      } while (take(','));
      if (!take('}')) {
        return false;
      }
    }
    out += "}";
    return true;
  }

  bool array(std::string& out, int depth) {
    out += "[";
    blanks();
    if (!take(']')) {
      do {
        blanks();
        if (!value(out, depth)) {
          return false;
        }
        blanks();
      } while (take(','));
      if (!take(']')) {
        return false;
      }
    }
    out += "]";
    return true;
  }

  bool digits(std::string& text) {
    const std::size_t before = text.size();
    while (!rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9') {
      text += rest_[0];
      rest_.remove_prefix(1);
    }
    return text.size() > before;
  }

  bool number(std::string& out) {
    std::string text;
    if (take('-')) {
      text += '-';
    }
    if (take('0')) {
      text += '0';
    } else if (!digits(text)) {
      return false;
    }
    if (take('.')) {
      text += '.';
      if (!digits(text)) {
        return false;
      }
    }
    if (peek() == 'e' || peek() == 'E') {
      text += rest_[0];
      rest_.remove_prefix(1);
      if (peek() == '+' || peek() == '-') {
        text += rest_[0];
        rest_.remove_prefix(1);
      }
      if (!digits(text)) {
        return false;
      }
    }
    out += "<" + text + ">";
    return true;
  }

  bool string(std::string& out) {
    if (!take('"')) {
      return false;
    }
    std::string text;
    std::optional<std::uint32_t> first_half;
    while (!rest_.empty() && rest_[0] != '"') {
      std::uint32_t point = 0;
      const bool is_escaped_unit = rest_.substr(0, 2) == "\\u";
      if (rest_[0] == '\\' ? !escape(point) : !character(point)) {
        return false;
      }
      if (first_half) {
        if (!is_escaped_unit || point < 0xDC00 || point > 0xDFFF) {
          return false;
        }
        point = 0x10000 + (*first_half - 0xD800) * 0x400 + (point - 0xDC00);
        first_half.reset();
      } else if (point >= 0xDC00 && point <= 0xDFFF) {
        return false;
      } else if (point >= 0xD800 && point <= 0xDBFF) {
        first_half = point;
        continue;
      }
      encode(text, point);
    }
    if (first_half || !take('"')) {
      return false;
    }
    put_string(out, text);
    return true;
  }

  bool escape(std::uint32_t& point) {
    constexpr std::string_view letters = "\"\\/bfnrt";
    constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
    if (rest_.size() < 2) {
      return false;
    }
    const std::size_t found = letters.find(rest_[1]);
    if (found != std::string_view::npos) {
      point = static_cast<unsigned char>(meanings[found]);
      rest_.remove_prefix(2);
      return true;
    }
    if (rest_[1] != 'u' || rest_.size() < 6) {
      return false;
    }
    constexpr std::string_view hex = "0123456789abcdefABCDEF";
    for (const char c : rest_.substr(2, 4)) {
      const std::size_t digit = hex.find(c);
      if (digit == std::string_view::npos) {
        return false;
      }
      point = point * 16 + static_cast<std::uint32_t>(digit < 16 ? digit : digit - 6);
    }
    rest_.remove_prefix(6);
    return true;
  }

  // One raw character: decoded, then encoded again; what differs was not the shortest form.
  bool character(std::uint32_t& point) {
    const auto lead = static_cast<unsigned char>(rest_[0]);
    std::size_t length = 1;
    if (lead < 0x80) {
      point = lead;
    } else if ((lead & 0xE0) == 0xC0) {
      length = 2;
      point = lead & 0x1Fu;
    } else if ((lead & 0xF0) == 0xE0) {
      length = 3;
      point = lead & 0x0Fu;
    } else if ((lead & 0xF8) == 0xF0) {
      length = 4;
      point = lead & 0x07u;
    } else {
      return false;
    }
    if (rest_.size() < length) {
      return false;
    }
    for (std::size_t index = 1; index < length; ++index) {
      const auto next = static_cast<unsigned char>(rest_[index]);
      if ((next & 0xC0) != 0x80) {
        return false;
      }
      point = point * 64 + (next & 0x3Fu);
    }
    std::string again;
    encode(again, point);
    if (point < 0x20 || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF) ||
        again != rest_.substr(0, length)) {
      return false;
    }
    rest_.remove_prefix(length);
    return true;
  }

  static void encode(std::string& out, std::uint32_t point) {
    const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
    if (point < 0x80) {
      put(point);
    } else if (point < 0x800) {
      put(0xC0 + point / 64);
      put(0x80 + point % 64);
    } else if (point < 0x10000) {
      put(0xE0 + point / 4096);
      put(0x80 + point / 64 % 64);
      put(0x80 + point % 64);
    } else {
      put(0xF0 + point / 262144);
      put(0x80 + point / 4096 % 64);
      put(0x80 + point / 64 % 64);
      put(0x80 + point % 64);
    }
  }

  std::string_view rest_;
};

}  // namespace sluice::json
