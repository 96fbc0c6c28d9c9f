// A folder that nothing reached through it can leave.
//
// Every path is resolved by the kernel beneath the folder and through no symbolic link (openat2
// with RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS), whatever somebody puts into the tree meanwhile.
// Only regular files are opened: a FIFO or a device in the tree is not an object.
#pragma once

#include "base/result.h"
#include "s3/object_file.h"
#include "store/object_index.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::s3 {

enum class EntryKind : std::uint8_t { file, directory, other };

struct Entry {
  EntryKind kind = EntryKind::other;
  store::FileIdentity file;  // `bytes` has a meaning for files only
};

struct NamedEntry {
  std::string name;
  EntryKind kind = EntryKind::other;
};

// Paths are relative, without a leading slash; "" is the folder itself.  Thread-safe: it holds
// nothing but a descriptor.  Movable.
class RootedDirectory {
 public:
  // The folder must exist; symbolic links on the way to it are followed.  Fault::unsupported on a
  // kernel without openat2 (before Linux 5.6, or a sandbox that forbids it).
  static Result<RootedDirectory> open(const std::string& path);

  // Whether the folder's path still leads to the folder that was opened.
  bool is_at_its_path() const;

  // What lies there; std::nullopt when nothing does, or when the way there leads through a file or
  // a symbolic link.  A symbolic link at the end is EntryKind::other.
  Result<std::optional<Entry>> look_at(std::string_view path) const;

  struct OpenFile {
    Descriptor descriptor;
    store::FileIdentity file;
  };

  // For reading.  Fault::missing when there is no regular file.
  Result<OpenFile> open_file(std::string_view path) const;

  // Unsorted; without "." and "..".  Fault::missing when there is no such folder.
  struct Listing {
    std::vector<NamedEntry> entries;
    std::int64_t modified_ns = 0;  // of the folder, before it was read
  };

  Result<Listing> list(std::string_view path) const;

  // The same, one entry at a time, for folders of any size; the folder's time of change.  Ends with
  // the first failure of `take`.
  Result<std::int64_t> visit(std::string_view path,
                             const std::function<Result<void>(NamedEntry entry)>& take) const;

  // Makes a new file for reading and writing.  Fault::conflict when there is something of that
  // name.
  Result<Descriptor> create_file(std::string_view path) const;

  // Makes sure that there is a folder; the folder it stands in must exist.  Not durable.
  // Fault::conflict when something else has the name.
  Result<void> make_directory(std::string_view path) const;

  // The same, and its name is durable.
  Result<void> ensure_directory(std::string_view path) const;

  // Gives a file of another folder a name here, replacing a file of that name.  Not durable.  The
  // folder of `to` must exist.  Fault::missing when `from` is gone; Fault::invalid when the two lie
  // on different file systems.
  Result<void> move_in(int from_directory, const std::string& from, std::string_view to) const;

  // The same; durable.
  Result<void> adopt(int from_directory, const std::string& from, std::string_view to) const;

  // Makes the names in a folder durable; "": the root's.
  Result<void> sync_folder(std::string_view path) const;

  // Makes the name of `path` and those of all folders on the way to it durable.
  Result<void> sync_names(std::string_view path) const;

  // Removes a file; durable.  Nothing there is success.
  Result<void> remove_file(std::string_view path) const;

  // Removes the folders above `path`, deepest first, as long as they are empty.
  void remove_empty_parents(std::string_view path) const;

  // Removes all empty folders below, and the files too where asked.  Not durable; stops at the
  // first failure.
  Result<void> clear(bool removes_files) const;

  const std::string& path() const { return path_; }

 private:
  RootedDirectory(Descriptor root, std::string path)
      : root_(std::move(root)), path_(std::move(path)) {}

  Result<Descriptor> open_beneath(std::string_view path, std::uint64_t flags) const;
  Result<Descriptor> open_directory(std::string_view path) const;
  Result<void> clear_folder(std::string_view path, bool removes_files) const;

  Descriptor root_;
  std::string path_;
};

}  // namespace sluice::s3
