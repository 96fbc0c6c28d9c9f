// For tests: a terminal that writes into memory, and a folder that goes away.
#pragma once

#include "base/check.h"
#include "cli/command_line.h"
#include "cli/terminal.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace sluice::cli {

// What a command prints.
class CapturedTerminal {
 public:
  explicit CapturedTerminal(bool is_terminal = false)
      : out_(::open_memstream(&out_text_, &out_bytes_)),
        error_(::open_memstream(&error_text_, &error_bytes_)),
        terminal_({out_, is_terminal, false}, {error_, is_terminal, false}) {
    SLUICE_CHECK(out_ != nullptr);
    SLUICE_CHECK(error_ != nullptr);
  }

  CapturedTerminal(const CapturedTerminal&) = delete;
  CapturedTerminal& operator=(const CapturedTerminal&) = delete;

  ~CapturedTerminal() {
    std::fclose(out_);
    std::fclose(error_);
    std::free(out_text_);
    std::free(error_text_);
  }

  Terminal& terminal() { return terminal_; }

  std::string out() {
    std::fflush(out_);
    return {out_text_, out_bytes_};
  }

  std::string error() {
    std::fflush(error_);
    return {error_text_, error_bytes_};
  }

 private:
  char* out_text_ = nullptr;
  std::size_t out_bytes_ = 0;
  char* error_text_ = nullptr;
  std::size_t error_bytes_ = 0;
  std::FILE* out_;
  std::FILE* error_;
  Terminal terminal_;
};

// A run of the program.
struct Ran {
  ExitCode code;
  std::string out;
  std::string error;
};

inline Ran run_program(const std::vector<std::string>& arguments) {
  CapturedTerminal captured;
  const ExitCode code = run(arguments, captured.terminal());
  return {code, captured.out(), captured.error()};
}

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "sluice-cli-XXXXXX").string();
    SLUICE_CHECK(::mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }

  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  std::string path(const std::string& name) const { return path_ + "/" + name; }

  const std::string& path() const { return path_; }

  // Returns the path.
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path(name), std::ios::binary) << text;
    return path(name);
  }

  std::string read(const std::string& name) const {
    std::ifstream file(path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  // Names in the folder, sorted.
  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const auto& entry : std::filesystem::directory_iterator(path_)) {
      out.push_back(entry.path().filename().string());
    }
    std::sort(out.begin(), out.end());
    return out;
  }

 private:
  std::string path_;
};

}  // namespace sluice::cli
