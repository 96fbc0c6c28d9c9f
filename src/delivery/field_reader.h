// Reads a few fields out of one JSON record after another.
//
// A field is named by a path, `.a.b`, or by the name of a member, `a` (all of what does not begin
// with a dot, other dots too).  Of several documents in one record the first one counts.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "delivery/shape_guesses.h"
#include "json/tape.h"
#include "json/view.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::delivery {

// Member within member; never empty.
using FieldPath = std::vector<std::string>;

// Fault::invalid for an empty name in it.
Result<FieldPath> parse_field_path(std::string_view text);

// Not thread-safe.
class FieldReader {
 public:
  explicit FieldReader(std::vector<FieldPath> paths);

  // False for a record that is no JSON; then all fields are absent.
  bool read(ByteView record);

  // Of the record read last, which must still be there; absent where the path leads nowhere.
  json::View field(std::size_t index) const { return fields_[index]; }

 private:
  std::vector<FieldPath> paths_;
  json::Tape tape_;
  ShapeGuesses guesses_;
  std::vector<json::View> fields_;  // of each path
};

}  // namespace sluice::delivery
