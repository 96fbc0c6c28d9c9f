// Queries whose every value is a plain selection, `.a`, `.a.b`, `.a["b"]` or `."a"`, or the slice
// of one, `.time[0:10]`, answered by Sluice's own JSON reader.
//
// What it answers is what jq 1.6 answers, byte by byte; where that is not certain it says so, and
// jq must be asked: for texts that are not strict JSON (jq takes some of them), for several values
// in one record, for nesting that nears jq's bound, for long numbers, and where a member is looked
// for in something that has none.
//
// A record is first read by the shape of those before it (json/shape.h), then by the full reader.
#pragma once

#include "base/bytes.h"
#include "delivery/metadata_query.h"
#include "delivery/object_construction.h"
#include "delivery/plain_number.h"
#include "delivery/shape_guesses.h"
#include "json/tape.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::delivery {

// Not thread-safe.
class PlainSelection {
 public:
  // std::nullopt when one of the values is something else.
  static std::optional<PlainSelection> compile(std::span<const ConstructedMember> members);

  std::size_t keys() const { return selections_.size(); }

  // Adds the record's answer to `answers`; false, and nothing is added, when jq must be asked.
  bool evaluate(ByteView record, QueryAnswers& answers);

 private:
  // Characters of a string, by their numbers: [first, end).
  struct Slice {
    std::uint32_t first = 0;
    std::uint32_t end = std::numeric_limits<std::uint32_t>::max();
  };

  struct Selection {
    std::vector<std::string> path;  // member within member
    std::optional<Slice> slice;     // of what is there
  };

  class Reader;

  explicit PlainSelection(std::vector<Selection> selections);

  bool read_whole(ByteView record, QueryAnswers& answers);
  bool find_text(std::size_t key);
  bool answer(QueryAnswers& answers);
  void learn(ByteView record);

  std::vector<Selection> selections_;  // of each key
  json::Tape tape_;
  std::vector<json::View> selected_;     // of each key; absent where there is nothing
  std::vector<std::string_view> texts_;  // of each key
  std::vector<NumberText> numbers_;      // of each key, room for its text
  ShapeGuesses guesses_;
};

}  // namespace sluice::delivery
