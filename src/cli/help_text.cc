// What --help prints.
#include "cli/help_text.h"

#include "cli/quantity.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::cli {
namespace {

constexpr std::size_t line_columns = 80;
constexpr std::size_t margin = 2;
constexpr std::size_t gap = 2;

struct Entry {
  std::string left;
  std::string text;
};

// Words into lines of at most `columns`.
std::vector<std::string> wrapped(std::string_view text, std::size_t columns) {
  std::vector<std::string> lines(1);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    std::string& line = lines.back();
    if (!line.empty() && display_width(line) + 1 + display_width(word) > columns) {
      lines.emplace_back(word);
    } else {
      line += line.empty() ? std::string(word) : fmt::format(" {}", word);
    }
  }
  return lines;
}

void append_section(std::string& out, std::string_view title, const std::vector<Entry>& entries) {
  if (entries.empty()) {
    return;
  }
  std::size_t width = 0;
  for (const Entry& entry : entries) {
    width = std::max(width, display_width(entry.left));
  }
  const std::size_t indent = margin + width + gap;
  out += fmt::format("\n{}:\n", title);
  for (const Entry& entry : entries) {
    std::string left = entry.left;
    for (const std::string& line : wrapped(entry.text, line_columns - indent)) {
      out += fmt::format("{:{}}{:{}}{}\n", "", margin, left, width + gap, line);
      left.clear();
    }
  }
}

std::string option_left(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.get_snames()) {
    names.push_back("-" + name);
  }
  for (const std::string& name : option.get_lnames()) {
    names.push_back("--" + name);
  }
  std::string left = fmt::format("{}", fmt::join(names, ", "));
  if (option.get_items_expected_max() > 0) {
    // The library adds what a check allows: "drain|leave:{drain,leave}", "N:UINT in [1 - 256]".
    const std::string type = option.get_type_name();
    const std::size_t check = std::min({type.find(":{"), type.find(":UINT"), type.find(":INT")});
    left += " " + type.substr(0, check);
  }
  return left;
}

std::string usage_of(const CLI::App& app, const std::string& path) {
  std::string usage = "Usage: " + path;
  for (const CLI::Option* option : app.get_options()) {
    if (!option->get_positional() && option->get_required()) {
      usage += " " + option_left(*option);
    }
  }
  if (!app.get_subcommands({}).empty()) {
    usage += " COMMAND";
  }
  usage += " [OPTIONS]";
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_positional()) {
      const std::string name =
          option->get_name() + (option->get_items_expected_max() > 1 ? "..." : "");
      usage += option->get_required() ? " " + name : fmt::format(" [{}]", name);
    }
  }
  return usage + "\n";
}

}  // namespace

std::string HelpText::make_help(const CLI::App* app,
                                std::string /*name*/,
                                CLI::AppFormatMode /*mode*/) const {
  std::string path = app->get_name();
  for (const CLI::App* above = app->get_parent(); above != nullptr; above = above->get_parent()) {
    path = above->get_name() + " " + path;
  }
  std::vector<Entry> commands;
  for (const CLI::App* command : app->get_subcommands({})) {
    commands.push_back({command->get_name(), command->get_description()});
  }
  std::vector<Entry> arguments;
  std::vector<Entry> options;
  std::vector<Entry> last_options;
  for (const CLI::Option* option : app->get_options()) {
    if (option->get_positional()) {
      arguments.push_back({option->get_name(), option->get_description()});
    } else {
      const std::string left = option_left(*option);
      const bool is_way_out = left == "-h, --help" || left == "--version";
      (is_way_out ? last_options : options).push_back({left, option->get_description()});
    }
  }
  // The way out of every page stands last.
  options.insert(options.end(), last_options.begin(), last_options.end());
  std::string out = fmt::format("{}: {}\n\n{}", path, app->get_description(), usage_of(*app, path));
  append_section(out, "Commands", commands);
  append_section(out, "Arguments", arguments);
  append_section(out, "Options", options);
  if (!app->get_footer().empty()) {
    out += "\n" + app->get_footer();
  }
  return out;
}

}  // namespace sluice::cli
