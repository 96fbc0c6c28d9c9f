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

Result<Bytes> InputFiles::sample(std::size_t bytes_max) {
  SLUICE_CHECK(next_ == 0);
  Bytes sample;
  for (std::size_t index = 0; index < paths_.size() && sample.size() < bytes_max; ++index) {
    SLUICE_TRY_DO(open(index));
    const bool is_pipe = !file_->size();
    if (is_pipe && index > 0) {
      break;
    }
    Bytes text(bytes_max - sample.size(), '\0');
    std::size_t bytes = 0;
    std::size_t got = 0;
    do {
      SLUICE_TRY(count, text_->read(text.data() + bytes, text.size() - bytes));
      got = count;
      bytes += got;
    } while (got > 0 && bytes < text.size());
    text.resize(bytes);
    const bool is_whole = got == 0;
    if (is_pipe) {
      sampled_ = text;
    }
    text.resize(is_whole ? bytes : text.rfind('\n') + 1);  // npos + 1 is 0
    sample += text;
    if (is_whole && !text.empty() && !text.ends_with('\n')) {
      sample += '\n';
    }
    if (is_pipe) {
      return sample;
    }
    bytes_read_ = 0;
  }
  text_.reset();
  file_.reset();
  return sample;
}

Result<bool> InputFiles::open_next() {
  if (next_ == paths_.size()) {
    text_.reset();
    file_.reset();
    return false;
  }
  // A pipe that has been sampled is open.
  if (next_ > 0 || !text_) {
    SLUICE_TRY_DO(open(next_));
  }
  ++next_;
  return true;
}

Result<void> InputFiles::open(std::size_t index) {
  text_.reset();
  SLUICE_TRY(file, InputFile::open(paths_[index].path));
  file_ = std::move(file);
  text_.emplace(
      [this](char* to, std::size_t count) -> Result<std::size_t> {
        SLUICE_TRY(got, file_->read(to, count));
        bytes_read_ += got;
        return got;
      },
      file_->name());
  return {};
}

Result<std::size_t> InputFiles::read(char* to, std::size_t count) {
  SLUICE_CHECK(text_.has_value());
  if (sampled_used_ < sampled_.size()) {
    const std::size_t bytes = sampled_.copy(to, count, sampled_used_);
    sampled_used_ += bytes;
    return bytes;
  }
  sampled_ = Bytes();
  sampled_used_ = 0;
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
