// Records that look alike, for tests and fuzzers of the fast path: a table, some shapes of its
// records, and records of those shapes whose values change: mostly as the loop's steps expect them,
// now and then to something else, and now and then the text is damaged.
#pragma once

#include "base/random.h"
#include "columnar/type.h"
#include "serde/random_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::serde {

class AlikeRecords {
 public:
  explicit AlikeRecords(Random& random) : random_(random) {
    schema_ = one_in(4) ? RandomJson(random).schema(Binary::with) : table();
    for (std::uint64_t left = 1 + below(3); left > 0; --left) {
      shapes_.push_back(shape());
    }
  }

  const columnar::Schema& schema() const { return schema_; }

  // Of a shape, if nothing happens to it.
  std::string next() {
    if (!last_.empty() && one_in(8)) {
      if (one_in(2)) {
        change_digits(last_);
      }
      return last_;
    }
    at_ = one_in(6) ? below(shapes_.size()) : at_;
    const Shape& shape = shapes_[at_];
    std::string out;
    for (const Part& part : shape.parts) {
      out += part.literal;
      out += part.type == nullptr ? odd() : value(*part.type, 0);
    }
    out += shape.tail;
    last_ = one_in(10) ? damaged(std::move(out)) : std::move(out);
    return last_;
  }

 private:
  using Kind = columnar::Kind;
  using Type = columnar::Type;
  using Fields = std::vector<columnar::Field>;

  // A value, and the text before it.
  struct Part {
    std::string literal;
    const Type* type;  // null for a member that no column wants
  };

  struct Shape {
    std::vector<Part> parts;
    std::string tail;
  };

  static constexpr int depth_max = 3;

  // The text stays as long as it was: lines of one layout are.
  void change_digits(std::string& text) {
    for (char& c : text) {
      if (c >= '0' && c <= '9' && one_in(4)) {
        c = static_cast<char>('0' + below(10));
      }
    }
  }

  std::uint64_t below(std::uint64_t bound) { return random_.below(bound); }

  bool one_in(std::uint64_t count) { return below(count) == 0; }

  template <std::size_t count>
  std::string_view pick(const std::string_view (&from)[count]) {
    return from[below(count)];
  }

  // A table of the types that the loop has steps for.
  columnar::Schema table() {
    columnar::Schema out;
    out.columns = fields(0);
    return out;
  }

  Fields fields(int depth) {
    constexpr std::array<std::string_view, 7> names = {
        "at", "b", "x_y", "rate", "key", "a_rather_long_name_of_a_column_of_this_table", "é"};
    Fields out;
    const std::uint64_t first = below(names.size());
    for (std::uint64_t left = 1 + below(5); left > 0; --left) {
      out.push_back({std::string(names[(first + left) % names.size()]), type(depth)});
    }
    return out;
  }

  Type type(int depth) {
    const std::uint64_t nested = depth < depth_max ? below(10) : 9;
    if (nested == 0) {
      return {.kind = Kind::structure, .children = fields(depth + 1)};
    }
    if (nested == 1) {
      return {.kind = Kind::map,
              .children = {{"key", {.kind = Kind::string, .children = {}}},
                           {"value", type(depth + 1)}}};
    }
    if (nested < 4) {
      return {.kind = Kind::array,
              .children = {{"element", one_in(4) ? type(depth + 1) : scalar()}}};
    }
    return scalar();
  }

  Type scalar() {
    constexpr std::array kinds = {Kind::timestamp,
                                  Kind::timestamp,
                                  Kind::integer,
                                  Kind::bigint,
                                  Kind::bigint,
                                  Kind::float64,
                                  Kind::float64,
                                  Kind::string,
                                  Kind::string,
                                  Kind::boolean,
                                  Kind::tinyint,
                                  Kind::smallint,
                                  Kind::float32,
                                  Kind::date,
                                  Kind::varchar,
                                  Kind::fixed_char};
    Type out{.kind = kinds[below(kinds.size())], .children = {}};
    if (out.kind == Kind::varchar || out.kind == Kind::fixed_char) {
      out.precision = static_cast<std::int32_t>(1 + below(6));
    }
    return out;
  }

  Shape shape() {
    constexpr std::string_view blanks[] = {"", "", "", " ", " ", "  ", "\t"};
    before_colon_ = one_in(6) ? pick(blanks) : "";
    behind_colon_ = pick(blanks);
    behind_comma_ = one_in(30) ? "\n" : pick(blanks);
    Shape out;
    std::string literal(one_in(12) ? pick(blanks) : "");
    members(schema_.columns, 0, out, literal);
    out.tail = std::move(literal);
    out.tail += one_in(12) ? pick(blanks) : "";
    return out;
  }

  // An object laid flat; `literal` is the text since the last value.
  void members(const Fields& fields, int depth, Shape& out, std::string& literal) {
    constexpr std::string_view strangers[] = {
        "other", "a member that no column wants, under a long name", "", "rate", "x.y"};
    bool is_first = true;
    const auto begin_member = [&](std::string_view key) {
      literal += is_first ? "" : "," + std::string(behind_comma_);
      is_first = false;
      literal += fmt::format("\"{}\"{}:{}", key, before_colon_, behind_colon_);
    };
    const auto end_member = [&](const Type* type) {
      out.parts.push_back({std::move(literal), type});
      literal.clear();
    };
    literal += "{";
    for (const columnar::Field& field : fields) {
      if (one_in(8)) {
        continue;
      }
      for (int times = one_in(30) ? 2 : 1; times > 0; --times) {
        begin_member(spelled(field.name));
        if (field.type.kind == Kind::structure && !one_in(6)) {
          members(field.type.children, depth + 1, out, literal);
        } else {
          end_member(&field.type);
        }
      }
      if (one_in(8)) {
        begin_member(pick(strangers));
        end_member(one_in(2) ? nullptr : &field.type);
      }
    }
    literal += "}";
  }

  std::string spelled(const std::string& name) {
    if (one_in(12)) {
      return name == "x_y" ? "x.Y" : name == "é" ? "É" : name == "rate" ? "RATE" : "Key";
    }
    if (one_in(20)) {
      return name == "at" ? "\\u0061t" : name == "b" ? "\\u0062" : name;
    }
    return name;
  }

  std::string value(const Type& type, int depth) {
    if (one_in(24)) {
      return one_in(2) ? "null" : odd();
    }
    switch (type.kind) {
      case Kind::structure:
        return depth > depth_max ? "{}" : object(type.children, depth);
      case Kind::array:
        return list(type.children[0].type, depth);
      case Kind::map:
        return map(type.children[1].type, depth);
      default:
        return scalar_text(type);
    }
  }

  std::string object(const Fields& fields, int depth) {
    std::string out;
    for (const columnar::Field& field : fields) {
      out += fmt::format("{}\"{}\"{}:{}{}",
                         out.empty() ? "" : "," + std::string(behind_comma_),
                         field.name,
                         before_colon_,
                         behind_colon_,
                         value(field.type, depth + 1));
    }
    return "{" + out + "}";
  }

  std::string list(const Type& element, int depth) {
    std::string out;
    for (std::uint64_t left = one_in(20) ? below(60) : below(5); left > 0; --left) {
      out += (out.empty() ? "" : "," + std::string(behind_comma_)) + value(element, depth + 1);
    }
    return one_in(30) ? "[ " + out + " ]" : "[" + out + "]";
  }

  std::string map(const Type& of, int depth) {
    std::string out;
    for (std::uint64_t left = below(4); left > 0; --left) {
      out += fmt::format(
          "{}\"k{}\":{}", out.empty() ? "" : ",", one_in(6) ? 1 : left, value(of, depth + 1));
    }
    return "{" + out + "}";
  }

  std::string scalar_text(const Type& type) {
    switch (type.kind) {
      case Kind::boolean:
        return one_in(2) ? "true" : "false";
      case Kind::tinyint:
        return whole(2);
      case Kind::smallint:
        return whole(4);
      case Kind::integer:
        return whole(9);
      case Kind::bigint:
        return whole(one_in(12) ? 19 : 15);
      case Kind::float32:
      case Kind::float64:
        return one_in(4) ? whole(7) : whole(one_in(8) ? 9 : 7) + "." + digits(1 + below(8));
      case Kind::timestamp:
        return timestamp();
      case Kind::date:
        return fmt::format("\"2025-07-{:02}\"", 1 + below(31));
      case Kind::decimal:
        return one_in(2) ? whole(3) : "\"" + whole(2) + "." + digits(1) + "\"";
      case Kind::binary:
        return "\"AQID\"";
      default:
        return "\"" + text() + "\"";
    }
  }

  std::string digits(std::uint64_t count) {
    std::string out;
    for (; count > 0; --count) {
      out.push_back(static_cast<char>('0' + below(10)));
    }
    return out;
  }

  // Of at most so many digits.
  std::string whole(std::uint64_t digits_max) {
    std::string out = one_in(5) ? "-" : "";
    out.push_back(static_cast<char>('1' + below(9)));
    return out + digits(below(digits_max));
  }

  std::string timestamp() {
    std::string out = fmt::format("\"2025-07-{:02}{}{:02}:{:02}:{:02}",
                                  one_in(10) ? 10 + below(20) : 15,
                                  one_in(10) ? ' ' : 'T',
                                  below(one_in(20) ? 30 : 24),
                                  below(one_in(20) ? 70 : 60),
                                  below(one_in(20) ? 70 : 60));
    if (!one_in(4)) {
      out += "." + digits(one_in(3) ? below(11) : 6);
    }
    constexpr std::string_view zones[] = {"Z", "Z", "+05:30", "z", " ", "+00:00"};
    return out + std::string(one_in(4) ? pick(zones) : "") + "\"";
  }

  std::string text() {
    constexpr std::string_view plain =
        "words of some text, longer than one wide step and than two of them are together: 0123456";
    if (!one_in(6)) {
      const std::uint64_t from = below(plain.size());
      return std::string(plain.substr(from, below(one_in(4) ? plain.size() : 20)));
    }
    constexpr std::string_view others[] = {
        "Ünï", "é", "a\\u0000b", "\\ud83d\\ude00", "\\\"", "\\\\", "日本", "\x7f", "𝄞 clef", "  "};
    return std::string(pick(others)) + std::string(one_in(2) ? pick(others) : "");
  }

  // Whatever could stand where a value should.
  std::string odd() {
    constexpr std::string_view values[] = {"",
                                           "-",
                                           "-0",
                                           "0",
                                           "00",
                                           "01",
                                           "-01",
                                           "1.",
                                           ".5",
                                           "1.0",
                                           "-0.0",
                                           "1e3",
                                           "1E+5",
                                           "1e",
                                           "1e400",
                                           "+1",
                                           "0x10",
                                           "0.1234567890123456789",
                                           "2147483648",
                                           "-129",
                                           "32768",
                                           "true",
                                           "tru",
                                           "truE",
                                           "false",
                                           "fals",
                                           "nul",
                                           "NaN",
                                           "\"\"",
                                           "\" \"",
                                           "\"12\"",
                                           "\"0x1F\"",
                                           "\"true\"",
                                           "\"1.5f\"",
                                           "\"\\n\"",
                                           "\"\\ud800\"",
                                           "\"\\x\"",
                                           "\"\xc0\xaf",
                                           "\"\xe2\x82\"",
                                           "\"\x01\"",
                                           "\"\xff\"",
                                           "\"abc",
                                           "[]",
                                           "[1]",
                                           "[ 1, 2 ]",
                                           "[1,]",
                                           "[,1]",
                                           "[1 2]",
                                           "[\"a\",1]",
                                           "[[1],{\"K\":2,\"k\":3}]",
                                           "{}",
                                           "{\"a\":1}",
                                           "{\"a\"}",
                                           "{\"a\":}",
                                           "{\"at\":1,\"b\":2}",
                                           "1752599433",
                                           "1752599433123",
                                           "1752599433.5",
                                           "9223372036854775807",
                                           "9223372036854775808",
                                           "-9223372036854775808",
                                           "123456789012345",
                                           "1234567890123456",
                                           "12345678901234567890123",
                                           "\"2025-07-15\"",
                                           "\"2025-02-30T00:00:00\"",
                                           "\"2025-07-15T23:59:60\"",
                                           "\"2025-07-15T24:00:00.000000\"",
                                           "null "};
    if (one_in(20)) {
      const std::uint64_t depth = 28 + below(40);
      return std::string(depth, '[') + std::string(depth, ']');
    }
    return std::string(pick(values));
  }

  std::string damaged(std::string text) {
    constexpr std::string_view tails[] = {
        " ", "\r", " \t\r", "x", "{}", "{\"at\":1}", ",", "}", "\n", "\n\n", "\t \t"};
    constexpr std::string_view bytes[] = {"\"",
                                          "\\",
                                          "\n",
                                          ",",
                                          ":",
                                          "{",
                                          "}",
                                          "[",
                                          "]",
                                          "0",
                                          "-",
                                          "\x80",
                                          "\xc3",
                                          " ",
                                          "\t",
                                          "\x1f"};
    const std::uint64_t at = below(text.size());
    switch (below(7)) {
      case 0:
        text[at] = static_cast<char>(random_.next() >> 56);
        break;
      case 1:
        text.erase(at, 1 + below(3));
        break;
      case 2:
        text.insert(at, pick(bytes));
        break;
      case 3:
        text.resize(at);
        break;
      case 4:
        text.replace(at, 1, pick(bytes));
        break;
      case 5:
        text.insert(at, text.substr(below(text.size()), below(12)));
        break;
      default:
        text += pick(tails);
    }
    return text;
  }

  Random& random_;
  columnar::Schema schema_;
  std::string_view before_colon_;  // of the shape that was made last, and of values in values
  std::string_view behind_colon_;
  std::string_view behind_comma_;
  std::vector<Shape> shapes_;
  std::size_t at_ = 0;  // the shape of the last record
  std::string last_;
};

}  // namespace sluice::serde
