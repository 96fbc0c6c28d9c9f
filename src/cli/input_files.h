// The files that a conversion reads, one after the other.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "cli/conversion.h"
#include "cli/input_file.h"
#include "cli/input_paths.h"
#include "cli/input_text.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice::cli {

// One file is open at a time.  As thread-safe as ConversionInput asks.
class InputFiles final : public ConversionInput {
 public:
  // Looks at each of them, so that a missing one is known before the work begins.  Fails as
  // InputFile::open() does.
  static Result<std::unique_ptr<InputFiles>> look_at(std::vector<InputPath> paths);

  // Text from the beginning of the first input and, while there is room and they are files, of
  // those behind it; what was read of a pipe comes again later.  Each input's part ends with a line
  // end; a line that is not whole is left out.  Call it before the first open_next().
  Result<Bytes> sample(std::size_t bytes_max);

  Result<bool> open_next() override;
  Result<std::size_t> read(char* to, std::size_t count) override;

  std::uint64_t bytes_read() const override { return bytes_read_; }

  const std::vector<InputPath>& paths() const { return paths_; }

  // For messages.
  std::string name(std::size_t index) const;

  // Bytes in all, where every input is a regular file.
  std::optional<std::uint64_t> size() const { return size_; }

  // Whether one of them is this file, under this name or another.
  bool contains(const std::string& path) const;

 private:
  explicit InputFiles(std::vector<InputPath> paths) : paths_(std::move(paths)) {}

  Result<void> open(std::size_t index);

  std::vector<InputPath> paths_;
  std::optional<std::uint64_t> size_;
  std::size_t next_ = 0;
  std::uint64_t bytes_read_ = 0;
  std::optional<InputFile> file_;
  std::optional<InputText> text_;  // borrows file_
  Bytes sampled_;                  // of a pipe that is open, before what is still to be read
  std::size_t sampled_used_ = 0;
};

}  // namespace sluice::cli
