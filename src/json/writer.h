// Writes compact JSON.
//
// Example: Writer out(text); out.begin_object(); out.member("Name", "a"); out.key("Tags");
// out.begin_array(); out.end_array(); out.end_object();   ->   {"Name":"a","Tags":[]}
#pragma once

#include "base/clock.h"
#include "json/view.h"

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::json {

// Appends `text` in quotes.  Escapes what JSON demands and no more; bytes that are not UTF-8 become
// U+FFFD.
void append_string(std::string& out, std::string_view text);

// Appends seconds since the epoch as AWS's JSON services write them: plain decimals, at least one
// and at most three behind the point: 1663147169.123, 1663147169.0.
void append_timestamp(std::string& out, UnixMillis time);

// Appends the shortest text that reads back equal.  NaN and the infinities become the strings
// "NaN", "Infinity" and "-Infinity", as in AWS's JSON protocol.
void append_double(std::string& out, double value);

// Appends to a string it borrows; puts the commas.  Calls out of order (a value without a key in an
// object, an end without a beginning) are bugs of the caller and may give text that is no JSON.
class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  void begin_object() { begin('{'); }

  void end_object() { end('}'); }

  void begin_array() { begin('['); }

  void end_array() { end(']'); }

  // The next value belongs to this key.
  void key(std::string_view name);

  void value(std::string_view text);

  void value(const char* text) { value(std::string_view(text)); }

  void value(bool value);
  void value(double value);
  void value(UnixMillis time);

  template <std::integral T>
    requires(!std::same_as<T, bool> && !std::same_as<T, char>)
  void value(T number) {
    if constexpr (std::signed_integral<T>) {
      signed_value(number);
    } else {
      unsigned_value(number);
    }
  }

  void null();

  // A parsed value, without white space; numbers keep their text, objects their repeated keys.
  void value(View parsed);

  // JSON text that is already right.
  void raw(std::string_view json);

  template <class T>
  void member(std::string_view name, const T& its_value) {
    key(name);
    value(its_value);
  }

 private:
  void begin(char bracket);
  void end(char bracket);
  void separate();
  void signed_value(std::int64_t number);
  void unsigned_value(std::uint64_t number);

  std::string& out_;
  std::uint32_t depth_ = 0;
  bool needs_comma_ = false;
};

}  // namespace sluice::json
