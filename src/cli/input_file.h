// A file or standard input, read from front to back.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::cli {

// Stands for standard input where a path is asked for.
inline constexpr std::string_view standard_input = "-";

// What can be said of an input without opening it.
struct InputFacts {
  std::optional<std::uint64_t> size;  // of a regular file
};

// Fails as InputFile::open() would, but opens nothing: a pipe is read once.
Result<InputFacts> look_at_input(const std::string& path);

// True when both are names of one regular file.
bool is_same_file(const std::string& left, const std::string& right);

// Not thread-safe.
class InputFile {
 public:
  // Fault::missing when there is no such file; a folder is refused.
  static Result<InputFile> open(const std::string& path);

  InputFile(InputFile&& other) noexcept;
  InputFile& operator=(InputFile&& other) noexcept;
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;
  ~InputFile();

  // Reads at most `count` bytes to `to`; 0 at the end.  Fault::cancelled after an
  // interruption (cli/interruption.h), also while waiting for a pipe.
  Result<std::size_t> read(char* to, std::size_t count);

  // Bytes in all, for a regular file.
  std::optional<std::uint64_t> size() const { return size_; }

  // For messages: the path, or "standard input".
  const std::string& name() const { return name_; }

 private:
  InputFile(int descriptor, std::string name) : descriptor_(descriptor), name_(std::move(name)) {}

  Result<void> wait_for_bytes() const;

  int descriptor_ = -1;  // owned unless it is standard input
  std::string name_;
  std::optional<std::uint64_t> size_;
};

}  // namespace sluice::cli
