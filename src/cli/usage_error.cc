// Each kind of the library's errors, taken apart and said anew.
#include "cli/usage_error.h"

#include "cli/quantity.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::cli {
namespace {

struct Halves {
  std::string before;
  std::string after;
};

// The text around the first `mark`.
std::optional<Halves> split(std::string_view text, std::string_view mark) {
  const std::size_t at = text.find(mark);
  if (at == std::string_view::npos) {
    return std::nullopt;
  }
  return Halves{printable(text.substr(0, at)), printable(text.substr(at + mark.size()))};
}

const CLI::Option* find_option(const CLI::App& called, const std::string& name) {
  for (const CLI::Option* option : called.get_options()) {
    if (option->get_name() == name) {
      return option;
    }
  }
  return nullptr;
}

// "Could not convert: --batch = many"
std::optional<std::string> not_converted(std::string_view what, const CLI::App& called) {
  const auto halves = split(what, "Could not convert: ");
  const auto value = halves ? split(halves->after, " = ") : std::nullopt;
  if (!value) {
    return std::nullopt;
  }
  const CLI::Option* option = find_option(called, value->before);
  const bool is_flag = option != nullptr && option->get_items_expected_max() == 0;
  return is_flag ? fmt::format("{} takes no value", value->before)
                 : fmt::format("{} takes a number, not '{}'", value->before, value->after);
}

// "drain,leave}" as "drain or leave"
std::string choices(std::string names) {
  if (names.ends_with('}')) {
    names.pop_back();
  }
  std::string text;
  std::size_t begin = 0;
  for (std::size_t comma = names.find(','); comma != std::string::npos;
       comma = names.find(',', begin)) {
    const bool is_last = names.find(',', comma + 1) == std::string::npos;
    text += names.substr(begin, comma - begin) + (is_last ? " or " : ", ");
    begin = comma + 1;
  }
  return text + names.substr(begin);
}

// "--on-stop: never not in {drain,leave}", "--threads: Value 300 not in range 1 to 256"
std::optional<std::string> not_allowed(std::string_view what) {
  const auto option = split(what, ": ");
  if (!option) {
    return std::nullopt;
  }
  if (const auto range = split(option->after, " not in range ")) {
    const auto value = split(range->before, "Value ");
    return fmt::format("{} takes {}, not '{}'",
                       option->before,
                       range->after,
                       value ? value->after : range->before);
  }
  if (const auto set = split(option->after, " not in {")) {
    return fmt::format("{} takes {}, not '{}'", option->before, choices(set->after), set->before);
  }
  return std::nullopt;
}

// "--listen: At Most 1 required but received 2", "--listen: 1 required HOST:PORT missing"
std::optional<std::string> miscounted(std::string_view what) {
  const auto option = split(what, ": ");
  if (!option) {
    return std::nullopt;
  }
  if (const auto most = split(option->after, "At Most ")) {
    const auto count = split(most->after, " required but received ");
    if (count && count->before == "1") {
      return fmt::format("{} was given more than once", option->before);
    }
    return count ? std::optional(fmt::format("{} takes at most {} words, not {}",
                                             option->before,
                                             count->before,
                                             count->after))
                 : std::nullopt;
  }
  const auto required = split(option->after, " required ");
  const auto type = required ? split(required->after, " missing") : std::nullopt;
  return type ? std::optional(fmt::format("{0} needs a value: {0} {1}",
                                          option->before,
                                          type->before.substr(0, type->before.find(":{"))))
              : std::nullopt;
}

std::optional<std::string> unknown_word(const CLI::ParseError& error, const CLI::App& called) {
  const bool takes_command = !called.get_subcommands({}).empty();
  const bool is_missing = dynamic_cast<const CLI::RequiredError*>(&error) != nullptr;
  const bool is_extra = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr;
  const std::vector<std::string> unknown = called.remaining(true);
  if (!unknown.empty() && (is_extra || (is_missing && takes_command))) {
    const std::string word = printable(unknown.front());
    if (word.starts_with("-")) {
      return fmt::format("there is no option {}", word);
    }
    return takes_command ? fmt::format("there is no command '{}'", word)
                         : fmt::format("there is one argument too many: {}", word);
  }
  return is_missing && takes_command ? std::optional<std::string>("a command is missing")
                                     : std::nullopt;
}

std::optional<std::string> in_our_words(const CLI::ParseError& error, const CLI::App& called) {
  const std::string_view what = error.what();
  if (auto text = unknown_word(error, called)) {
    return text;
  }
  if (dynamic_cast<const CLI::ConversionError*>(&error) != nullptr) {
    return not_converted(what, called);
  }
  if (dynamic_cast<const CLI::ValidationError*>(&error) != nullptr) {
    return not_allowed(what);
  }
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) {
    return miscounted(what);
  }
  if (const auto pair = split(what, " excludes ")) {
    return fmt::format("{} and {} do not go together", pair->before, pair->after);
  }
  return std::nullopt;
}

}  // namespace

std::string what_is_wrong(const CLI::ParseError& error, const CLI::App& called) {
  std::string text = in_our_words(error, called).value_or(printable(error.what()));
  while (text.ends_with('.') || text.ends_with(' ')) {
    text.pop_back();
  }
  return text;
}

}  // namespace sluice::cli
