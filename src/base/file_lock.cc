// One process per data directory, by flock: the kernel lets go of it when the process ends.
#include "base/file_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace sluice {

namespace {

constexpr mode_t lock_file_mode = 0644;

// What the holder wrote, "4711" or "4711 draining"; empty in the moment before it has.
LockHolder read_note(int descriptor) {
  std::array<char, 64> text{};
  const ssize_t got = pread(descriptor, text.data(), text.size(), 0);
  std::string_view written(text.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
  written = written.substr(0, written.find('\n'));
  const std::size_t digits = std::min(written.find_first_not_of("0123456789"), written.size());
  const bool has_word = digits < written.size() && written[digits] == ' ';
  return {std::string(written.substr(0, digits)),
          std::string(has_word ? written.substr(digits + 1) : std::string_view())};
}

// The process id alone.
std::string read_holder(int descriptor) {
  return read_note(descriptor).process;
}

int lock_now(int descriptor) {
  while (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

// A child that was between fork and exec when its process died holds the lock for a moment longer.
constexpr std::chrono::milliseconds orphan_patience{3'000};
constexpr std::chrono::milliseconds orphan_pause{20};

bool is_gone(const std::string& holder) {
  pid_t process = 0;
  const auto [end, failed] = std::from_chars(holder.data(), holder.data() + holder.size(), process);
  return failed == std::errc() && end == holder.data() + holder.size() && process > 0 &&
         kill(process, 0) != 0 && errno == ESRCH;
}

// 0, or why the lock cannot be had.
int lock_unless_alive(int descriptor) {
  int error_number = lock_now(descriptor);
  for (auto waited = orphan_pause;
       error_number == EWOULDBLOCK && waited < orphan_patience && is_gone(read_holder(descriptor));
       waited += orphan_pause) {
    std::this_thread::sleep_for(orphan_pause);
    error_number = lock_now(descriptor);
  }
  return error_number;
}

// "1: FLOCK  ADVISORY  WRITE 4711 08:01:131074 0 EOF".  The device is left out: some file systems
// give files another than the kernel lists.
bool is_listed(ino_t inode, const std::string& process) {
  std::ifstream locks("/proc/locks");
  const std::string end = fmt::format(":{}", inode);
  for (std::string line; std::getline(locks, line);) {
    std::istringstream words(line);
    std::string number;
    std::string kind;
    std::string nature;
    std::string mode;
    std::string holder;
    std::string file;
    words >> number >> kind >> nature >> mode >> holder >> file;
    if (kind == "FLOCK" && mode == "WRITE" && holder == process && file.ends_with(end)) {
      return true;
    }
  }
  return false;
}

// For the message that the next one to try will print.  The lock holds without it, so a full disk
// must not keep the process from starting.
void write_holder(int descriptor, std::string_view doing) {
  const std::string text = fmt::format("{}{}{}\n", getpid(), doing.empty() ? "" : " ", doing);
  [[maybe_unused]] const bool is_written =
      ftruncate(descriptor, 0) == 0 && pwrite(descriptor, text.data(), text.size(), 0) > 0;
}

}  // namespace

Result<FileLock> FileLock::acquire(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, lock_file_mode);
  if (descriptor < 0) {
    return fail_errno(errno, fmt::format("cannot open the lock file {}", path));
  }
  FileLock lock(descriptor);
  const int error_number = lock_unless_alive(descriptor);
  if (error_number == EWOULDBLOCK) {
    const std::string holder = read_holder(descriptor);
    return fail(Fault::conflict,
                fmt::format("{} is locked by {}; stop that process or use another data directory",
                            path,
                            holder.empty() ? "another process" : "process " + holder));
  }
  if (error_number != 0) {
    return fail_errno(error_number, fmt::format("cannot lock {}", path));
  }
  write_holder(descriptor, "");
  return lock;
}

std::optional<LockHolder> FileLock::holder_of(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    return std::nullopt;
  }
  struct stat status = {};
  const bool is_known = fstat(descriptor, &status) == 0;
  LockHolder holder = read_note(descriptor);
  close(descriptor);
  const bool is_held =
      is_known && !holder.process.empty() && is_listed(status.st_ino, holder.process);
  return is_held ? std::optional(std::move(holder)) : std::nullopt;
}

void FileLock::note(std::string_view doing) const {
  write_holder(descriptor_, doing);
}

FileLock::FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

FileLock::~FileLock() {
  if (descriptor_ >= 0) {
    close(descriptor_);
  }
}

}  // namespace sluice
