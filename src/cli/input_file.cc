// A file or standard input.
#include "cli/input_file.h"

#include "base/check.h"
#include "cli/interruption.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <iterator>
#include <utility>

namespace sluice::cli {
namespace {

Result<void> refuse_folder(const struct stat& status, const std::string& path) {
  if (S_ISDIR(status.st_mode)) {
    return fail(
        Fault::invalid,
        fmt::format(
            "cannot read {}: it is a folder; name a file, or all in it as '{}/*'", path, path));
  }
  return {};
}

}  // namespace

Result<InputFacts> look_at_input(const std::string& path) {
  if (path == standard_input) {
    return InputFacts();
  }
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0 || ::access(path.c_str(), R_OK) != 0) {
    return fail_errno(errno, fmt::format("cannot read {}", path));
  }
  SLUICE_TRY_DO(refuse_folder(status, path));
  InputFacts facts;
  if (S_ISREG(status.st_mode)) {
    facts.size = static_cast<std::uint64_t>(status.st_size);
  }
  return facts;
}

bool is_same_file(const std::string& left, const std::string& right) {
  struct stat first{};
  struct stat second{};
  return ::stat(left.c_str(), &first) == 0 && ::stat(right.c_str(), &second) == 0 &&
         S_ISREG(first.st_mode) && first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

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
  SLUICE_TRY_DO(refuse_folder(status, path));
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
    if (!size_) {
      SLUICE_TRY_DO(wait_for_bytes());
    }
    if (Interruption::has_happened()) {
      return fail(Fault::cancelled, "interrupted");
    }
    const ssize_t got = ::read(descriptor_, to, count);
    if (got >= 0) {
      return static_cast<std::size_t>(got);
    }
    if (errno != EINTR && errno != EAGAIN) {
      return fail_errno(errno, fmt::format("cannot read {}", name_));
    }
  }
}

// A pipe may keep quiet for ever, and the signal may come in another thread.
Result<void> InputFile::wait_for_bytes() const {
  pollfd waits[] = {{descriptor_, POLLIN, 0}, {Interruption::wake_descriptor(), POLLIN, 0}};
  if (::poll(waits, std::size(waits), -1) < 0 && errno != EINTR) {
    return fail_errno(errno, fmt::format("cannot wait for {}", name_));
  }
  return {};
}

}  // namespace sluice::cli
