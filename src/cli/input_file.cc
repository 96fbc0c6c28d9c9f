// A file or standard input.
#include "cli/input_file.h"

#include "base/check.h"
#include "cli/interruption.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace sluice::cli {

Result<InputFile> InputFile::open(const std::string& path) {
  if (path == standard_input) {
    return InputFile(STDIN_FILENO, "standard input");
  }
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    return fail_errno(errno, fmt::format("cannot read {}", path));
  }
  InputFile file(descriptor, path);
  struct stat status{};
  if (::fstat(descriptor, &status) != 0) {
    return fail_errno(errno, fmt::format("cannot read {}", path));
  }
  if (S_ISDIR(status.st_mode)) {
    return fail(Fault::invalid, fmt::format("cannot read {}: it is a folder; name a file", path));
  }
  if (S_ISREG(status.st_mode)) {
    file.size_ = static_cast<std::uint64_t>(status.st_size);
    // Only advice: a failure changes nothing.
    static_cast<void>(::posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL));
  }
  return file;
}

InputFile::InputFile(InputFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      name_(std::move(other.name_)),
      size_(other.size_) {}

InputFile& InputFile::operator=(InputFile&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(name_, other.name_);
  std::swap(size_, other.size_);
  return *this;
}

InputFile::~InputFile() {
  if (descriptor_ > STDIN_FILENO) {
    ::close(descriptor_);
  }
}

Result<std::size_t> InputFile::read(char* to, std::size_t count) {
  SLUICE_CHECK(descriptor_ >= 0);
  for (;;) {
    if (Interruption::has_happened()) {
      return fail(Fault::cancelled, "interrupted");
    }
    const ssize_t got = ::read(descriptor_, to, count);
    if (got >= 0) {
      return static_cast<std::size_t>(got);
    }
    if (errno != EINTR) {
      return fail_errno(errno, fmt::format("cannot read {}", name_));
    }
  }
}

bool InputFile::is_same_file(const std::string& path) const {
  struct stat mine{};
  struct stat other{};
  return ::fstat(descriptor_, &mine) == 0 && ::stat(path.c_str(), &other) == 0 &&
         S_ISREG(mine.st_mode) && mine.st_dev == other.st_dev && mine.st_ino == other.st_ino;
}

}  // namespace sluice::cli
