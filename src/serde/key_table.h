// From the keys of a JSON object to the columns they fill.
//
// A column looks for one key: its mapping, or its own name.  Where dots are converted it also
// takes, failing that, the first key whose dots turned into underscores spell its name.
//
// Where names may be positions, a key that no column looks for and that reads _col<digits> fills
// the column of that number, and is misplaced if there is none or the number is not written
// plainly.
//
// Records of one stream carry the same keys in the same order, so each position of an object
// remembers the key it last saw: a repeat costs one comparison and no hashing.
#pragma once

#include "json/view.h"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sluice::serde {

struct KeyRules {
  bool case_insensitive = true;
  bool dots_to_underscores = false;
  bool positional_names = false;  // "_col3" is the fourth column too
};

// Not thread-safe.
class KeyTable {
 public:
  explicit KeyTable(KeyRules rules) : rules_(rules) {}

  // The next column: its name, and the key it looks for.
  void add_column(std::string_view name, std::string_view key);

  // Sorts the members of `object` into columns.  Of equal keys the last counts.  False when a key
  // is misplaced; misplaced() then has it.
  bool match(json::View object);

  std::string_view misplaced() const { return misplaced_; }

  // What match() found for a column; absent if the object has no such key.
  json::View value(std::size_t column) const {
    const Column& wanted = columns_[column];
    const json::View exact = exact_[wanted.exact];
    return exact.exists() || !rules_.dots_to_underscores ? exact : dotted_[wanted.dotted].value;
  }

 private:
  static constexpr std::uint32_t no_slot = ~std::uint32_t{0};
  static constexpr std::uint32_t wrong_slot = no_slot - 1;  // of a misplaced key

  // Where the value of a key goes; both may be.
  struct Target {
    std::uint32_t exact = no_slot;   // index into exact_
    std::uint32_t dotted = no_slot;  // index into dotted_
  };

  struct Column {
    std::uint32_t exact;
    std::uint32_t dotted;
  };

  struct Dotted {
    std::string_view key;  // as the record has it
    json::View value;
  };

  // What an object's position held last.
  struct Guess {
    std::string key;
    Target target;
  };

  struct Hash {
    using is_transparent = void;

    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };

  using Slots = std::unordered_map<std::string, std::uint32_t, Hash, std::equal_to<>>;

  std::string fold(std::string_view text) const;
  bool is_same_key(std::string_view left, std::string_view right) const;
  Target look_up(std::size_t position, std::string_view key);
  std::uint32_t positional_slot(std::string_view key) const;
  void put_dotted(std::uint32_t slot, json::Member member);

  KeyRules rules_;
  std::vector<Column> columns_;
  Slots exact_slots_;
  Slots dotted_slots_;
  std::vector<json::View> exact_;
  std::vector<Dotted> dotted_;
  std::vector<Guess> guesses_;
  std::string folded_;
  std::string_view misplaced_;  // in the object matched last
};

}  // namespace sluice::serde
