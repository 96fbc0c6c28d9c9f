// What records of one stream have in common: the text that stood around the values of the last one
// is expected around the values of the next.
//
// A Shape learns from a record that the full parser (json/tape.h) has accepted: the bytes between
// its values, as literals.  A record is then read as literal, value, literal, value, ...: literals
// are compared, values scanned by the grammar.  Whatever is not as expected (another key, another
// blank, a container where a scalar was) leaves the record to the full parser.  The loop that reads
// so is serde/row_loop.h.
//
//   {"timestamp": "2025-07-15T17:10:33", "heart_rate": 89}
//   literals:  {"timestamp":_   ,_"heart_rate":_   }          values: "2025-…", 89
//
// Why a match is a proof.  The literals come from a valid text with the values cut out, and every
// value found in their place is a whole one by RFC 8259, so the record is valid and its structure
// is that of the record learned from.  serde_row_loop_fuzz holds both readers together.
#pragma once

#include "base/bytes.h"
#include "json/view.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace sluice::json {

// Not thread-safe while learning.
class Shape {
 public:
  // Records with more values or longer literals are left to the full parser.
  static constexpr std::size_t values_max = 1024;
  static constexpr std::size_t literal_bytes_max = std::size_t{1} << 16;

  // Learns from `text`, whose only document is `document`, as a Tape read it; objects among `whole`
  // are values as arrays are.  False, and the shape has no parts, when it is no object or holds a
  // line break before its end: a record that matches never spans a line.
  bool learn(ByteView text, View document, std::span<const View> whole = {});

  // Which part's value is `value`, a view of the document learned from; std::nullopt for an object
  // that is not whole.  Asked before that document goes away.
  std::optional<std::size_t> index_of(View value) const;

  // A value and the literal before it: scalars, and arrays and whole objects as one.
  struct Part {
    std::uint32_t literal;  // offset in literals()
    std::uint32_t literal_bytes;
    Kind kind;  // of the value learned from

    bool is_container() const { return kind == Kind::array || kind == Kind::object; }
  };

  // In the order of the text.
  const std::vector<Part>& parts() const { return parts_; }

  // The literal behind the last value; its `kind` means nothing.
  Part tail() const { return {tail_, tail_bytes_, Kind::null}; }

  // What parts lie in.  Behind the tail stand a line end and wide_step bytes, so that whole steps
  // can be read.
  const Bytes& literals() const { return literals_; }

  // Reads the scalar that begins at `at`, or a container where it `may_be_container`; the place
  // behind it, or null.  Strings with escapes, line breaks and deep nesting are left alone.
  static const char* read_value(const char* at,
                                const char* end,
                                bool may_be_container,
                                Node& value);

 private:
  class Learner;

  std::vector<Part> parts_;
  std::uint32_t tail_ = 0;  // the literal behind the last value
  std::uint32_t tail_bytes_ = 0;
  Bytes literals_;
  std::vector<const Node*> learned_;  // of each part, while the document lives
};

}  // namespace sluice::json
