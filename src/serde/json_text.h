// A parsed value as compact JSON text: what a text column receives when the record holds an object
// or an array.
#pragma once

#include "json/view.h"

#include <cstdint>
#include <string>
#include <vector>

namespace sluice::serde {

// Of members with equal keys (equal in lower case, where keys are lowered) the last value stands in
// the place of the first, as in a Java map.  Numbers keep their text.
//
// Holds scratch memory; not thread-safe.  Recursive: the parser bounds the depth.
class JsonText {
 public:
  explicit JsonText(bool lower_keys) : lower_keys_(lower_keys) {}

  void append(std::string& out, json::View value);

 private:
  struct Entry {
    std::uint32_t key_begin;  // in keys_
    std::uint32_t key_size;
    std::uint32_t order;  // among the members of its object
    bool is_repeat;
    json::View value;
  };

  void append_object(std::string& out, json::View object);
  void append_array(std::string& out, json::View array);
  void settle_repeats(std::size_t first);
  std::string_view key(const Entry& entry) const;

  bool lower_keys_;
  std::vector<Entry> entries_;  // of the objects being written, outermost first
  std::string keys_;
};

}  // namespace sluice::serde
