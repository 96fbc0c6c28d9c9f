// Globs over paths and keys: a crawler's exclude patterns, the inputs of a command.
//
// `*` any characters but '/', `**` any characters, `?` one character but '/', `[abc]` `[a-z]`
// `[!a]` one of a set, `{a,b}` either of several patterns (not within each other), `\` takes the
// next character as it is.  Source: AWS Glue Developer Guide, "Include and exclude patterns".
#pragma once

#include "base/result.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::query {

// Immutable; value type.
class Glob {
 public:
  // Fault::invalid for a bracket or brace that is not closed, and past a bound.
  static Result<Glob> parse(std::string_view pattern);

  // The whole of `path`.  Takes at most the product of the two lengths.
  bool matches(std::string_view path) const;

 private:
  // One step of a pattern without alternatives.
  struct Step {
    enum class Kind : unsigned char { literal, any_one, any_in_folder, any, set } kind;
    std::string characters;  // literal: one; set: pairs of first and last
    bool is_negated = false;
  };

  static Result<std::vector<Step>> parse_plain(std::string_view pattern);
  static bool takes(const Step& step, char c);
  static bool matches(const std::vector<Step>& steps, std::string_view path);

  std::vector<std::vector<Step>> alternatives_;
};

}  // namespace sluice::query
