// What --help prints: usage, aligned options with short texts, examples.
#pragma once

#include <CLI/CLI.hpp>

#include <string>

namespace sluice::cli {

class HelpText final : public CLI::FormatterBase {
 public:
  // Lines of at most 80 columns where the texts allow.
  std::string make_help(const CLI::App* app,
                        std::string name,
                        CLI::AppFormatMode mode) const override;
};

}  // namespace sluice::cli
