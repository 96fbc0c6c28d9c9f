// The operating system's files.
#include "base/check.h"
#include "base/file_system.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace sluice {

namespace {

// Records may be private: nothing for users outside the group.
constexpr mode_t file_mode = 0640;
constexpr mode_t folder_mode = 0750;

// Owns a descriptor.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}

  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}

  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  Descriptor& operator=(Descriptor&&) = delete;

  ~Descriptor() {
    if (number_ >= 0) {
      close(number_);
    }
  }

  bool is_open() const { return number_ >= 0; }

  int number() const { return number_; }

 private:
  int number_;
};

// Makes a system call again for as long as signals interrupt it.
template <class Call>
auto retry(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) {
    result = call();
  }
  return result;
}

int open_flags(OpenMode mode) {
  switch (mode) {
    case OpenMode::read:
      return O_RDONLY;
    case OpenMode::write:
      return O_RDWR;
    case OpenMode::create:
      return O_RDWR | O_CREAT | O_EXCL;
    case OpenMode::write_or_create:
      return O_RDWR | O_CREAT;
  }
  check_failed("mode is one of the enumerators", __FILE__, __LINE__);
}

class PosixFile final : public File {
 public:
  PosixFile(Descriptor descriptor, std::string path)
      : descriptor_(std::move(descriptor)), path_(std::move(path)) {
    SLUICE_CHECK(descriptor_.is_open());
  }

  Result<void> read_at(std::uint64_t offset, std::size_t count, Bytes& out) const override {
    const std::size_t before = out.size();
    int error_number = 0;
    out.resize_and_overwrite(before + count, [&](char* buffer, std::size_t) {
      const std::size_t got = read_fully(offset, buffer + before, count, error_number);
      SLUICE_CHECK(got <= count);
      return error_number == 0 ? before + got : before;
    });
    if (error_number != 0) {
      return fail_errno(error_number,
                        fmt::format("cannot read {} bytes at {} of {}", count, offset, path_));
    }
    return {};
  }

  Result<void> write_at(std::uint64_t offset, ByteView bytes) override {
    std::size_t written = 0;
    while (written < bytes.size()) {
      const ssize_t put = retry([&] {
        return pwrite(descriptor_.number(),
                      bytes.data() + written,
                      bytes.size() - written,
                      static_cast<off_t>(offset + written));
      });
      if (put <= 0) {
        return fail_errno(
            put < 0 ? errno : EIO,
            fmt::format("cannot write {} bytes at {} of {}", bytes.size(), offset, path_));
      }
      written += static_cast<std::size_t>(put);
      SLUICE_CHECK(written <= bytes.size());
    }
    return {};
  }

  Result<void> sync() override {
    if (retry([&] { return fdatasync(descriptor_.number()); }) != 0) {
      return fail_errno(errno, fmt::format("cannot sync {}", path_));
    }
    return {};
  }

  void write_behind() override {
    static_cast<void>(::sync_file_range(descriptor_.number(), 0, 0, SYNC_FILE_RANGE_WRITE));
  }

  Result<void> truncate(std::uint64_t size) override {
    const auto length = static_cast<off_t>(size);
    if (retry([&] { return ftruncate(descriptor_.number(), length); }) != 0) {
      return fail_errno(errno, fmt::format("cannot truncate {} to {} bytes", path_, size));
    }
    return {};
  }

  Result<std::uint64_t> size() const override {
    struct stat status{};
    if (fstat(descriptor_.number(), &status) != 0) {
      return fail_errno(errno, fmt::format("cannot get the size of {}", path_));
    }
    SLUICE_CHECK(status.st_size >= 0);
    return static_cast<std::uint64_t>(status.st_size);
  }

 private:
  // Reads until `count` bytes are there or the file ends.
  std::size_t read_fully(std::uint64_t offset,
                         char* to,
                         std::size_t count,
                         int& error_number) const {
    std::size_t done = 0;
    while (done < count) {
      const ssize_t got = retry([&] {
        return pread(
            descriptor_.number(), to + done, count - done, static_cast<off_t>(offset + done));
      });
      if (got < 0) {
        error_number = errno;
        return 0;
      }
      if (got == 0) {
        break;
      }
      done += static_cast<std::size_t>(got);
    }
    return done;
  }

  Descriptor descriptor_;
  std::string path_;
};

// 0 or the error number.
int sync_folder(const std::string& path) {
  const Descriptor folder(
      retry([&] { return open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
  if (!folder.is_open() || retry([&] { return fsync(folder.number()); }) != 0) {
    return errno;
  }
  return 0;
}

// `path` and those above it that do not exist, deepest first, then the deepest one that does.
Result<std::vector<std::string>> missing_folders(const std::string& path) {
  std::vector<std::string> chain{path};
  struct stat status{};
  while (stat(chain.back().c_str(), &status) != 0) {
    const int error_number = errno;
    std::string parent = parent_path(chain.back());
    if (error_number != ENOENT || parent == chain.back()) {
      return fail_errno(error_number, fmt::format("cannot create the folder {}", path));
    }
    chain.push_back(std::move(parent));
  }
  if (!S_ISDIR(status.st_mode)) {
    return fail(
        Fault::conflict,
        fmt::format("cannot create the folder {}: {} is a file; move it away", path, chain.back()));
  }
  return chain;
}

class PosixFileSystem final : public FileSystem {
 public:
  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override {
    const int flags = open_flags(mode) | O_CLOEXEC;
    Descriptor descriptor(retry([&] { return ::open(path.c_str(), flags, file_mode); }));
    struct stat status{};
    if (!descriptor.is_open() || fstat(descriptor.number(), &status) != 0) {
      return fail_errno(errno, fmt::format("cannot open {}", path));
    }
    if (!S_ISREG(status.st_mode)) {
      return fail(Fault::io, fmt::format("cannot open {}: it is not a regular file", path));
    }
    return std::make_unique<PosixFile>(std::move(descriptor), path);
  }

  Result<void> rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) {
      return fail_errno(errno, fmt::format("cannot rename {} to {}", from, to));
    }
    return {};
  }

  Result<void> remove(const std::string& path) override {
    if (unlink(path.c_str()) != 0) {
      return fail_errno(errno, fmt::format("cannot remove {}", path));
    }
    return {};
  }

  Result<void> remove_directory(const std::string& path) override {
    if (rmdir(path.c_str()) != 0) {
      return fail_errno(errno, fmt::format("cannot remove the folder {}", path));
    }
    return {};
  }

  Result<void> create_directories(const std::string& path) override {
    SLUICE_TRY(chain, missing_folders(path));
    SLUICE_CHECK(!chain.empty());
    // A process that died between mkdir and fsync has left its last folder without a durable name.
    // Above folders of other owners we may not look, and have created nothing.
    const std::string existing = std::move(chain.back());
    chain.pop_back();
    const int above = sync_folder(parent_path(existing));
    if (above != 0 && above != EACCES && above != EPERM) {
      return fail_errno(above, fmt::format("cannot sync the folder {}", parent_path(existing)));
    }
    for (; !chain.empty(); chain.pop_back()) {
      const std::string& folder = chain.back();
      if (mkdir(folder.c_str(), folder_mode) != 0 && errno != EEXIST) {
        return fail_errno(errno, fmt::format("cannot create the folder {}", folder));
      }
      SLUICE_TRY_DO(sync_directory(parent_path(folder)));
    }
    return {};
  }

  Result<void> sync_directory(const std::string& path) override {
    const int error_number = sync_folder(path);
    if (error_number != 0) {
      return fail_errno(error_number, fmt::format("cannot sync the folder {}", path));
    }
    return {};
  }

  Result<std::vector<DirectoryEntry>> list(const std::string& path) const override {
    const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir(path.c_str()), closedir);
    std::vector<DirectoryEntry> entries;
    while (folder != nullptr) {
      errno = 0;
      // Safe beside other threads: glibc guards each stream, and this one is nobody else's.
      const dirent* entry = readdir(folder.get());  // NOLINT(concurrency-mt-unsafe)
      if (entry == nullptr) {
        break;
      }
      const std::string_view name(static_cast<const char*>(entry->d_name));
      if (name != "." && name != "..") {
        entries.push_back({std::string(name), is_folder(dirfd(folder.get()), *entry)});
      }
    }
    if (folder == nullptr || errno != 0) {
      return fail_errno(errno, fmt::format("cannot list {}", path));
    }
    std::sort(entries.begin(), entries.end(), [](const auto& left, const auto& right) {
      return left.name < right.name;
    });
    return entries;
  }

  bool exists(const std::string& path) const override {
    struct stat status{};
    return lstat(path.c_str(), &status) == 0;
  }

  Result<std::uint64_t> free_bytes(const std::string& path) const override {
    struct statvfs status{};
    if (retry([&] { return statvfs(path.c_str(), &status); }) != 0) {
      return fail_errno(errno, fmt::format("cannot get the free space at {}", path));
    }
    return std::uint64_t{status.f_bavail} * status.f_frsize;
  }

 private:
  // Symbolic links are names of their own, never folders.
  static bool is_folder(int folder, const dirent& entry) {
    if (entry.d_type != DT_UNKNOWN) {
      return entry.d_type == DT_DIR;
    }
    struct stat status{};
    const int done =
        fstatat(folder, static_cast<const char*>(entry.d_name), &status, AT_SYMLINK_NOFOLLOW);
    return done == 0 && S_ISDIR(status.st_mode);
  }
};

}  // namespace

std::unique_ptr<FileSystem> make_posix_file_system() {
  return std::make_unique<PosixFileSystem>();
}

}  // namespace sluice
