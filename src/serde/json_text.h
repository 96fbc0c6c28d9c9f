// A parsed value as compact JSON text: what a text column receives when the record holds an object
// or an array.
#pragma once

#include "json/view.h"
#include "serde/distinct_members.h"

#include <string>

namespace sluice::serde {

// Members as DistinctMembers has them; numbers keep their text.
//
// Holds scratch memory; not thread-safe.  Recursive: the parser bounds the depth.
class JsonText {
 public:
  explicit JsonText(bool lower_keys) : members_(lower_keys) {}

  void append(std::string& out, json::View value);

 private:
  void append_object(std::string& out, json::View object);
  void append_array(std::string& out, json::View array);

  DistinctMembers members_;
};

}  // namespace sluice::serde
