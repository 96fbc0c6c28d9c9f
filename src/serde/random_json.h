// Schemas and records out of a seed, for tests and fuzzers: types of every kind in each other, and
// records that mostly fit them, with everything in them that can go wrong.
#pragma once

#include "base/random.h"
#include "columnar/type.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace sluice::serde {

enum class Binary : bool { without, with };

class RandomJson {
 public:
  explicit RandomJson(Random& random) : random_(random) {}

  columnar::Schema schema(Binary binary) {
    binary_ = binary;
    columnar::Schema out;
    out.columns = fields(0);
    return out;
  }

  std::string record(const columnar::Schema& schema) {
    std::string out;
    for (std::uint64_t left = one_in(6) ? 2 : 1; left > 0; --left) {
      out += object(schema.columns, 0);
    }
    if (one_in(40)) {
      out.resize(below(out.size()));
    }
    return out;
  }

 private:
  using Kind = columnar::Kind;
  using Type = columnar::Type;

  std::uint64_t below(std::uint64_t bound) { return bound == 0 ? 0 : random_.below(bound); }

  bool one_in(std::uint64_t count) { return below(count) == 0; }

  std::vector<columnar::Field> fields(int depth) {
    constexpr std::array<std::string_view, 6> names = {"a", "b", "key", "x_y", "é", "_col1"};
    std::vector<columnar::Field> out;
    for (std::uint64_t left = 1 + below(4); left > 0; --left) {
      std::string name(names[(out.size() + below(2)) % names.size()]);
      const bool is_new = std::ranges::find(out, name, &columnar::Field::name) == out.end();
      if (is_new) {
        out.push_back({std::move(name), type(depth)});
      }
    }
    return out;
  }

  Type type(int depth) {
    const std::uint64_t nested = depth < 4 ? below(6) : 3;
    if (nested == 0) {
      return {.kind = Kind::array, .children = {{"element", type(depth + 1)}}};
    }
    if (nested == 1) {
      return {.kind = Kind::map, .children = {{"key", scalar()}, {"value", type(depth + 1)}}};
    }
    if (nested == 2) {
      return {.kind = Kind::structure, .children = fields(depth + 1)};
    }
    return scalar();
  }

  Type scalar() {
    constexpr std::array kinds = {Kind::boolean,
                                  Kind::tinyint,
                                  Kind::smallint,
                                  Kind::integer,
                                  Kind::bigint,
                                  Kind::float32,
                                  Kind::float64,
                                  Kind::string,
                                  Kind::string,
                                  Kind::fixed_char,
                                  Kind::varchar,
                                  Kind::date,
                                  Kind::timestamp,
                                  Kind::decimal,
                                  Kind::binary};
    const Kind kind = kinds[below(kinds.size() - (binary_ == Binary::with ? 0 : 1))];
    Type out{.kind = kind, .children = {}};
    if (kind == Kind::decimal) {
      out.precision = static_cast<std::int32_t>(1 + below(38));
      out.scale = static_cast<std::int32_t>(below(static_cast<std::uint64_t>(out.precision) + 1));
    } else if (kind == Kind::fixed_char || kind == Kind::varchar) {
      out.precision = static_cast<std::int32_t>(1 + below(6));
    }
    return out;
  }

  // A name as a record may spell it.
  std::string key(std::string_view name) {
    std::string out(name);
    if (one_in(5)) {
      out = name == "x_y" ? "x.Y" : name == "é" ? "É" : name == "b" ? "KEY" : "A";
    }
    return out;
  }

  std::string object(const std::vector<columnar::Field>& fields, int depth) {
    constexpr std::array<std::string_view, 4> strangers = {"zz", "_col0", "_col2", "_col07"};
    std::string out;
    const auto put = [&](std::string_view name, const std::string& value) {
      out += fmt::format("{}\"{}\":{}", out.empty() ? "" : ",", name, value);
    };
    for (const columnar::Field& field : fields) {
      for (std::uint64_t times = one_in(8) ? below(3) : 1; times > 0; --times) {
        put(key(field.name), value(field.type, depth + 1));
      }
    }
    if (one_in(6)) {
      put(strangers[below(one_in(4) ? strangers.size() : 2)], anything(depth + 1));
    }
    return "{" + out + "}";
  }

  std::string value(const Type& type, int depth) {
    if (one_in(9)) {
      return "null";
    }
    if (one_in(30)) {
      return anything(depth);
    }
    switch (type.kind) {
      case Kind::structure: {
        if (!one_in(10)) {
          return object(type.children, depth);
        }
        std::string out;
        for (const columnar::Field& field : type.children) {
          out += (out.empty() ? "" : ",") + value(field.type, depth + 1);
        }
        return "[" + out + "]";
      }
      case Kind::array:
        return one_in(12) ? value(type.children[0].type, depth + 1)
                          : list(type.children[0].type, depth);
      case Kind::map: {
        std::string out;
        for (std::uint64_t left = below(4); left > 0; --left) {
          out += fmt::format("{}{}:{}",
                             out.empty() ? "" : ",",
                             quoted(scalar_text(type.children[0].type)),
                             value(type.children[1].type, depth + 1));
        }
        return "{" + out + "}";
      }
      default:
        return scalar_value(type);
    }
  }

  std::string list(const Type& element, int depth) {
    std::string out;
    for (std::uint64_t left = below(4); left > 0; --left) {
      out += (out.empty() ? "" : ",") + value(element, depth + 1);
    }
    return "[" + out + "]";
  }

  static std::string quoted(const std::string& text) { return "\"" + text + "\""; }

  std::string scalar_value(const Type& type) {
    const std::string text = scalar_text(type);
    const bool is_number = type.kind != Kind::string && type.kind != Kind::date &&
                           type.kind != Kind::binary && type.kind != Kind::fixed_char &&
                           type.kind != Kind::varchar &&
                           text.find_first_not_of("0123456789") == std::string::npos;
    const bool is_word = type.kind == Kind::boolean && (text == "true" || text == "false");
    return (is_number || is_word) && !one_in(4) ? text : quoted(text);
  }

  std::string scalar_text(const Type& type) {
    switch (type.kind) {
      case Kind::boolean:
        return one_in(2) ? "true" : one_in(5) ? "TRUE" : "false";
      case Kind::date:
        return fmt::format("{}-{}-{}", 1900 + below(200), 1 + below(12), 1 + below(29));
      case Kind::timestamp:
        return one_in(3) ? std::to_string(1 + below(2'000'000'000'000))
                         : fmt::format("20{:02}-{:02}-{:02} {:02}:{:02}:{:02}.{}",
                                       below(100),
                                       1 + below(12),
                                       1 + below(29),
                                       below(24),
                                       below(60),
                                       below(60),
                                       below(1'000'000));
      case Kind::binary:
        return one_in(8) ? "oops" : "AQID";
      case Kind::string:
      case Kind::fixed_char:
      case Kind::varchar: {
        constexpr std::array<std::string_view, 7> texts = {
            "", " ", "x", "Ünï", "a\\u0000b", "longer than that ", "\\ud83d\\ude00"};
        return std::string(texts[below(texts.size())]);
      }
      case Kind::tinyint:
        return std::to_string(1 + below(one_in(10) ? 300 : 127));
      default:
        return std::to_string(1 + below(one_in(10) ? 3'000'000'000 : 9));
    }
  }

  // Of no type in particular.
  std::string anything(int depth) {
    constexpr std::array<std::string_view, 12> values = {"null",
                                                         "true",
                                                         "-0",
                                                         "1e400",
                                                         "12345678901234567890123",
                                                         "0.5",
                                                         "\"\"",
                                                         "\" \"",
                                                         "\"oops\"",
                                                         "[]",
                                                         "{}",
                                                         "[[1],{\"K\":2,\"k\":3}]"};
    const std::string_view chosen = values[below(values.size())];
    return depth < 6 && one_in(6) ? fmt::format("{{\"Deep\":[{}]}}", anything(depth + 1))
                                  : std::string(chosen);
  }

  Random& random_;
  Binary binary_ = Binary::with;
};

inline columnar::Schema random_schema(Random& random, Binary binary) {
  return RandomJson(random).schema(binary);
}

inline std::string random_record(Random& random, const columnar::Schema& schema) {
  return RandomJson(random).record(schema);
}

}  // namespace sluice::serde
