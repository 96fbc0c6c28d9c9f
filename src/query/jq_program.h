// A jq program that makes an object of each record, run by libjq in this process.
//
// Only a confined worker and tests run one: a program may need any time and memory, and what libjq
// cannot do it ends the process for.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "delivery/metadata_query.h"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct jq_state;

namespace sluice::query {

// What is longer of a reason is cut.
inline constexpr std::size_t jq_reason_bytes_max = 512;

// Not thread-safe.
class JqProgram {
 public:
  // `keys` are the members wanted of the objects; `on_memory_end` is called when libjq finds no
  // memory, and must not return.  Fault::invalid with jq's words for text that is no program.
  static Result<JqProgram> compile(const std::string& text,
                                   std::vector<std::string> keys,
                                   void (*on_memory_end)(void*));

  JqProgram(JqProgram&&) noexcept = default;
  JqProgram& operator=(JqProgram&&) noexcept = default;

  // Adds the record's answer: the values of the keys, strings as they are, numbers and booleans as
  // jq prints them, or why there are none.
  void evaluate(ByteView record, delivery::QueryAnswers& answers);

 private:
  struct Teardown {
    void operator()(jq_state* state) const;
  };

  JqProgram(std::unique_ptr<jq_state, Teardown> state, std::vector<std::string> keys);

  std::unique_ptr<jq_state, Teardown> state_;
  std::vector<std::string> keys_;
  std::vector<std::string> values_;       // of each key
  std::vector<std::string_view> answer_;  // the same, as it is handed over
};

}  // namespace sluice::query
