// What is wrong with a command line, in our words.
//
// The library that parses it (CLI11) has its own, made for programmers: "Could not convert: --batch
// = many".
#pragma once

#include <string>

// NOLINTBEGIN(readability-identifier-naming): the library's own names.
namespace CLI {
class App;
class ParseError;
}  // namespace CLI

// NOLINTEND(readability-identifier-naming)

namespace sluice::cli {

// One line without an end.  `called` is the innermost command that was named.
std::string what_is_wrong(const CLI::ParseError& error, const CLI::App& called);

}  // namespace sluice::cli
