// The members of JSON objects as a Java map holds them: of members with equal keys (equal in lower
// case, where keys are lowered) the last value stands in the place of the first.
//
// A stack, because objects hold objects: what was pushed last is popped first.  Not thread-safe;
// memory is reused from object to object.
#pragma once

#include "json/view.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::serde {

class DistinctMembers {
 public:
  explicit DistinctMembers(bool lower_keys) : lower_keys_(lower_keys) {}

  // The members of one object, from first to last; some are repeats.
  struct Range {
    std::size_t first;
    std::size_t last;
    std::size_t keys_before;
  };

  Range push(json::View object);

  // Forgets the object pushed last, which is `range`.
  void pop(const Range& range);

  // Whether a member's value stands elsewhere; it is passed over.
  bool is_repeat(std::size_t member) const { return entries_[member].is_repeat; }

  // Good until the next push.
  std::string_view key(std::size_t member) const { return key(entries_[member]); }

  json::View value(std::size_t member) const { return entries_[member].value; }

 private:
  struct Entry {
    std::uint32_t key_begin = 0;  // in keys_
    std::uint32_t key_size = 0;
    std::uint32_t order = 0;  // among the members of its object
    bool is_repeat = false;
    json::View value;
  };

  void settle_few(std::size_t first);
  void settle_many(std::size_t first);

  std::string_view key(const Entry& entry) const {
    return std::string_view(keys_).substr(entry.key_begin, entry.key_size);
  }

  bool lower_keys_;
  std::vector<Entry> entries_;  // of the objects on the stack, outermost first
  std::string keys_;
};

}  // namespace sluice::serde
