// The files that a conversion reads.
#include "cli/input_files.h"

#include "base/check.h"

#include <algorithm>
#include <utility>

namespace sluice::cli {

Result<std::unique_ptr<InputFiles>> InputFiles::look_at(std::vector<InputPath> paths) {
  std::unique_ptr<InputFiles> files(new InputFiles(std::move(paths)));
  files->size_ = 0;
  for (const InputPath& input : files->paths_) {
    SLUICE_TRY(facts, look_at_input(input.path));
    if (facts.size && files->size_) {
      *files->size_ += *facts.size;
    } else {
      files->size_.reset();
    }
  }
  return files;
}

Result<bool> InputFiles::open_next() {
  text_.reset();
  file_.reset();
  if (next_ == paths_.size()) {
    return false;
  }
  SLUICE_TRY(file, InputFile::open(paths_[next_].path));
  ++next_;
  file_ = std::move(file);
  text_.emplace(
      [this](char* to, std::size_t count) -> Result<std::size_t> {
        SLUICE_TRY(got, file_->read(to, count));
        bytes_read_ += got;
        return got;
      },
      file_->name());
  return true;
}

Result<std::size_t> InputFiles::read(char* to, std::size_t count) {
  SLUICE_CHECK(text_.has_value());
  return text_->read(to, count);
}

std::string InputFiles::name(std::size_t index) const {
  const std::string& path = paths_[index].path;
  return path == standard_input ? "standard input" : path;
}

bool InputFiles::contains(const std::string& path) const {
  return std::ranges::any_of(
      paths_, [&path](const InputPath& input) { return is_same_file(input.path, path); });
}

}  // namespace sluice::cli
