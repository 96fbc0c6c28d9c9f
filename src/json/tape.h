// The full JSON reader: strict RFC 8259, everything validated, nothing allocated once warm.
//
// What it takes and refuses:
//   - every value is checked, whether anybody looks at it or not: grammar, UTF-8 (no overlong
//   forms,
//     no encoded surrogates), control characters, escapes; \u escapes must form whole pairs;
//   - numbers of any size are kept as text;
//   - a repeated key is kept each time, in order;
//   - a UTF-8 byte order mark at the very start is skipped;
//   - nesting is bounded, and read without recursion;
//   - Documents::many: any number of values, also none, one after another with or without white
//     space; after a bare number or word white space is needed.
//
// Example: {"a": [1, "x\n"]} fills five nodes: object, "a", array, 1, "x<newline>".
#pragma once

#include "base/bytes.h"
#include "json/view.h"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <vector>

namespace sluice::json {

// Why a text was refused, and at which byte.
struct ParseError {
  std::size_t offset = 0;
  std::string
      message;  // without the place: "Unexpected character ('x' (code 120)): expected a value"

  // The message with its place in `text`: "... at line 1, column 7"; columns count bytes, from 1.
  std::string within(ByteView text) const;
};

enum class Documents : std::uint8_t { one, many };

struct Limits {
  std::uint32_t depth_max = 1024;                    // objects and arrays within each other
  std::uint32_t nodes_max = std::uint32_t{1} << 28;  // values and keys; 24 bytes of memory each
};

// Texts from this size on are refused.
inline constexpr std::size_t text_bytes_max = std::size_t{1} << 31;

// Parsed values in flat arrays that are reused from text to text.  Not thread-safe.
class Tape {
 public:
  Tape() = default;
  Tape(Tape&& other) noexcept;
  Tape& operator=(Tape&& other) noexcept;
  Tape(const Tape&) = delete;
  Tape& operator=(const Tape&) = delete;

  // Replaces what the tape holds.  The text is borrowed until the next call; it needs no padding.
  // After an error the tape is empty.
  std::expected<void, ParseError> parse(ByteView text,
                                        Documents expected = Documents::many,
                                        Limits limits = {});

  // The same for the one value that `text` begins with, without a blank before it; what follows is
  // left alone.  Its bytes.
  std::expected<std::size_t, ParseError> parse_front(ByteView text, Limits limits = {});

  // The top-level values, in order.
  Elements documents() const { return {nodes_.data(), nodes_.data() + node_count_}; }

  // Memory in use.
  std::size_t bytes_held() const;

 private:
  // An object or array whose end has not been read yet.
  struct Container {
    std::uint32_t node = 0;   // index into nodes_
    std::uint32_t count = 0;  // elements or members so far
    bool is_object = false;
  };

  std::vector<Node> nodes_;  // the first node_count_ are in use
  std::size_t node_count_ = 0;
  std::vector<Container> outer_;  // the containers around the one being read
  std::vector<char> unescaped_;   // strings that had escapes; never grows while one is in use

  class Parser;
};

}  // namespace sluice::json
