// The one place that opens files of buckets.
#include "s3/rooted_directory.h"

#include "base/check.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

namespace sluice::s3 {
namespace {

// As in the rest of the data directory: nothing for users outside the group.
constexpr mode_t file_mode = 0640;
constexpr mode_t folder_mode = 0750;

// The kernel gives up a resolution (EAGAIN) when folders are renamed meanwhile.
constexpr int resolve_attempts_max = 64;

int open_beneath_once(int directory, const std::string& path, std::uint64_t flags) {
  open_how how = {};
  how.flags = flags | O_CLOEXEC;
  how.mode = (flags & O_CREAT) != 0 ? file_mode : 0;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  return static_cast<int>(syscall(SYS_openat2, directory, path.c_str(), &how, sizeof(how)));
}

// Nothing is there, or the way there is no way of folders.
bool is_absence(int error) {
  return error == ENOENT || error == ENOTDIR || error == ELOOP;
}

store::FileIdentity identity_of(const struct stat& status) {
  constexpr std::int64_t ns_per_s = 1'000'000'000;
  return {status.st_ino,
          static_cast<std::uint64_t>(status.st_size),
          status.st_mtim.tv_sec * ns_per_s + status.st_mtim.tv_nsec};
}

EntryKind kind_of(mode_t mode) {
  if (S_ISREG(mode)) {
    return EntryKind::file;
  }
  return S_ISDIR(mode) ? EntryKind::directory : EntryKind::other;
}

Result<struct stat> status_of(const Descriptor& descriptor, std::string_view path) {
  struct stat status = {};
  if (fstat(descriptor.number(), &status) != 0) {
    return fail_errno(errno, fmt::format("look at {}", path));
  }
  return status;
}

Result<void> sync_names_in(const Descriptor& folder, std::string_view path) {
  if (fsync(folder.number()) != 0) {
    return fail_errno(errno, fmt::format("sync folder {}", path));
  }
  return {};
}

// "a/b/c" -> {"a/b", "c"}; "c" -> {"", "c"}.
struct SplitPath {
  std::string_view folder;
  std::string name;
};

SplitPath split(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) {
    return {{}, std::string(path)};
  }
  return {path.substr(0, slash), std::string(path.substr(slash + 1))};
}

EntryKind kind_of_entry(int folder, const dirent& entry) {
  switch (entry.d_type) {
    case DT_REG:
      return EntryKind::file;
    case DT_DIR:
      return EntryKind::directory;
    case DT_UNKNOWN:
      break;
    default:
      return EntryKind::other;
  }
  struct stat status = {};
  const bool is_known = fstatat(folder, entry.d_name, &status, AT_SYMLINK_NOFOLLOW) == 0;
  return is_known ? kind_of(status.st_mode) : EntryKind::other;
}

std::string join(std::string_view folder, std::string_view name) {
  return folder.empty() ? std::string(name) : fmt::format("{}/{}", folder, name);
}

}  // namespace

Result<RootedDirectory> RootedDirectory::open(const std::string& path) {
  Descriptor root(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root.is_open()) {
    return fail_errno(errno, fmt::format("open folder {}", path));
  }
  RootedDirectory opened(std::move(root), path);
  const Descriptor probe(open_beneath_once(opened.root_.number(), ".", O_PATH));
  if (!probe.is_open() && (errno == ENOSYS || errno == EPERM)) {
    return fail(
        Fault::unsupported,
        fmt::format("{}: this kernel or its sandbox does not offer openat2, without which keys "
                    "could leave their bucket: run on Linux 5.6 or later",
                    path));
  }
  return opened;
}

Result<Descriptor> RootedDirectory::open_beneath(std::string_view path, std::uint64_t flags) const {
  const std::string target = path.empty() ? "." : std::string(path);
  for (int attempt = 0; attempt < resolve_attempts_max; ++attempt) {
    Descriptor opened(open_beneath_once(root_.number(), target, flags));
    if (opened.is_open()) {
      return opened;
    }
    if (errno != EAGAIN && errno != EINTR) {
      break;
    }
  }
  const int error = is_absence(errno) ? ENOENT : errno;
  return fail_errno(error, fmt::format("open {}/{}", path_, path));
}

Result<Descriptor> RootedDirectory::open_directory(std::string_view path) const {
  return open_beneath(path, O_RDONLY | O_DIRECTORY);
}

bool RootedDirectory::is_at_its_path() const {
  struct stat opened = {};
  struct stat found = {};
  return fstat(root_.number(), &opened) == 0 && stat(path_.c_str(), &found) == 0 &&
         opened.st_dev == found.st_dev && opened.st_ino == found.st_ino;
}

Result<std::optional<Entry>> RootedDirectory::look_at(std::string_view path) const {
  auto opened = open_beneath(path, O_PATH | O_NOFOLLOW);
  if (!opened && opened.error().fault() == Fault::missing) {
    return std::nullopt;
  }
  if (!opened) {
    return std::unexpected(std::move(opened).error());
  }
  SLUICE_TRY(status, status_of(*opened, path));
  return Entry{kind_of(status.st_mode), identity_of(status)};
}

Result<RootedDirectory::OpenFile> RootedDirectory::open_file(std::string_view path) const {
  // Opening a device can have effects of its own, so look first.
  SLUICE_TRY(entry, look_at(path));
  if (!entry || entry->kind != EntryKind::file) {
    return fail(Fault::missing, fmt::format("{}/{} is not a regular file", path_, path));
  }
  SLUICE_TRY(opened, open_beneath(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW));
  SLUICE_TRY(status, status_of(opened, path));
  if (!S_ISREG(status.st_mode)) {
    return fail(Fault::missing, fmt::format("{}/{} is not a regular file", path_, path));
  }
  return OpenFile{std::move(opened), identity_of(status)};
}

Result<RootedDirectory::Listing> RootedDirectory::list(std::string_view path) const {
  Listing listing;
  SLUICE_TRY(modified_ns, visit(path, [&](NamedEntry entry) -> Result<void> {
               listing.entries.push_back(std::move(entry));
               return {};
             }));
  listing.modified_ns = modified_ns;
  return listing;
}

Result<std::int64_t> RootedDirectory::visit(
    std::string_view path, const std::function<Result<void>(NamedEntry entry)>& take) const {
  SLUICE_TRY(folder, open_directory(path));
  SLUICE_TRY(status, status_of(folder, path));
  const int duplicate = fcntl(folder.number(), F_DUPFD_CLOEXEC, 0);
  if (duplicate < 0) {
    return fail_errno(errno, fmt::format("list {}/{}", path_, path));
  }
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(fdopendir(duplicate), closedir);
  if (!stream) {
    const int error = errno;
    close(duplicate);
    return fail_errno(error, fmt::format("list {}/{}", path_, path));
  }
  while (true) {
    errno = 0;
    const dirent* entry = readdir(stream.get());
    if (entry == nullptr && errno != 0) {
      return fail_errno(errno, fmt::format("list {}/{}", path_, path));
    }
    if (entry == nullptr) {
      return identity_of(status).modified_ns;
    }
    std::string name(entry->d_name);
    if (name != "." && name != "..") {
      SLUICE_TRY_DO(take({std::move(name), kind_of_entry(folder.number(), *entry)}));
    }
  }
}

Result<Descriptor> RootedDirectory::create_file(std::string_view path) const {
  return open_beneath(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW);
}

Result<void> RootedDirectory::make_directory(std::string_view path) const {
  SLUICE_CHECK(!path.empty());
  const SplitPath parts = split(path);
  SLUICE_TRY(parent, open_directory(parts.folder));
  if (mkdirat(parent.number(), parts.name.c_str(), folder_mode) != 0 && errno != EEXIST) {
    return fail_errno(errno, fmt::format("create folder {}/{}", path_, path));
  }
  SLUICE_TRY(made, look_at(path));
  if (!made || made->kind != EntryKind::directory) {
    return fail(Fault::conflict, fmt::format("{}/{} is not a folder", path_, path));
  }
  return {};
}

Result<void> RootedDirectory::ensure_directory(std::string_view path) const {
  SLUICE_TRY_DO(make_directory(path));
  return sync_folder(split(path).folder);
}

Result<void> RootedDirectory::move_in(int from_directory,
                                      const std::string& from,
                                      std::string_view to) const {
  const SplitPath parts = split(to);
  SLUICE_TRY(parent, open_directory(parts.folder));
  if (renameat(from_directory, from.c_str(), parent.number(), parts.name.c_str()) != 0) {
    if (errno == EXDEV) {
      return fail(
          Fault::invalid,
          fmt::format("{} and {} lie on different file systems: keep spool and buckets in one "
                      "data directory",
                      from,
                      path_));
    }
    return fail_errno(errno, fmt::format("rename {} to {}/{}", from, path_, to));
  }
  return {};
}

Result<void> RootedDirectory::adopt(int from_directory,
                                    const std::string& from,
                                    std::string_view to) const {
  SLUICE_TRY_DO(move_in(from_directory, from, to));
  return sync_folder(split(to).folder);
}

Result<void> RootedDirectory::sync_folder(std::string_view path) const {
  SLUICE_TRY(folder, open_directory(path));
  return sync_names_in(folder, path);
}

Result<void> RootedDirectory::sync_names(std::string_view path) const {
  std::string_view folder = split(path).folder;
  while (true) {
    SLUICE_TRY(opened, open_directory(folder));
    SLUICE_TRY_DO(sync_names_in(opened, folder));
    if (folder.empty()) {
      return {};
    }
    folder = split(folder).folder;
  }
}

Result<void> RootedDirectory::remove_file(std::string_view path) const {
  const SplitPath parts = split(path);
  auto parent = open_directory(parts.folder);
  if (!parent && parent.error().fault() == Fault::missing) {
    return {};
  }
  if (!parent) {
    return std::unexpected(std::move(parent).error());
  }
  if (unlinkat(parent->number(), parts.name.c_str(), 0) != 0 && errno != ENOENT) {
    return fail_errno(errno, fmt::format("remove {}/{}", path_, path));
  }
  return sync_names_in(*parent, path);
}

void RootedDirectory::remove_empty_parents(std::string_view path) const {
  for (std::string_view folder = split(path).folder; !folder.empty();
       folder = split(folder).folder) {
    const SplitPath parts = split(folder);
    const auto parent = open_directory(parts.folder);
    if (!parent || unlinkat(parent->number(), parts.name.c_str(), AT_REMOVEDIR) != 0) {
      return;
    }
  }
}

Result<void> RootedDirectory::clear(bool removes_files) const {
  return clear_folder({}, removes_files);
}

Result<void> RootedDirectory::clear_folder(std::string_view path, bool removes_files) const {
  SLUICE_TRY(listing, list(path));
  SLUICE_TRY(folder, open_directory(path));
  for (const NamedEntry& entry : listing.entries) {
    const bool is_folder = entry.kind == EntryKind::directory;
    if (!is_folder && !removes_files) {
      return fail(Fault::conflict,
                  fmt::format("{}/{} is not empty", path_, join(path, entry.name)));
    }
    if (is_folder) {
      SLUICE_TRY_DO(clear_folder(join(path, entry.name), removes_files));
    }
    if (unlinkat(folder.number(), entry.name.c_str(), is_folder ? AT_REMOVEDIR : 0) != 0) {
      return fail_errno(errno, fmt::format("remove {}/{}", path_, join(path, entry.name)));
    }
  }
  return {};
}

}  // namespace sluice::s3
