// A disk that forgets what was not synced and fails when told to.
#include "base/memory_file_system.h"

#include "base/check.h"
#include "base/memory_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <mutex>
#include <utility>

namespace sluice {

namespace {

constexpr std::uint64_t capacity_bytes_default = std::uint64_t{1} << 40;
constexpr std::uint64_t capacity_bytes_max = std::uint64_t{1} << 62;  // sums do not overflow
constexpr std::uint64_t failure_seed = 1;  // what a failed write or sync leaves is random, not new

template <class T>
Result<T> said_of(Result<T> result, std::string_view what) {
  return result ? std::move(result) : std::unexpected(std::move(result).error().within(what));
}

}  // namespace

struct MemoryFileSystem::State {
  mutable std::mutex mutex;
  MemoryNames names;
  std::uint64_t capacity = capacity_bytes_default;
  std::uint64_t used = 0;        // visible bytes of all files that have a name
  std::uint64_t generation = 0;  // counts crashes and kills; open files know theirs
  std::shared_ptr<const FaultHook> hook;
  SeededRandom failures{failure_seed};

  // Asks the hook, outside the lock so that the hook may crash the disk.
  Result<void> ask(Operation operation, const std::string& path) const {
    std::shared_ptr<const FaultHook> asked;
    {
      const std::scoped_lock lock(mutex);
      asked = hook;
    }
    return asked != nullptr && *asked ? (*asked)(operation, path) : Result<void>();
  }

  // Creates one folder if it is not there, and says whether its name is durable.
  Result<bool> ensure_folder(const std::string& path) {
    const std::scoped_lock lock(mutex);
    const Result<MemoryNodePtr> found = names.find(path);
    if (!found) {
      SLUICE_TRY_DO(said_of(names.create(path, true), "cannot create the folder"));
    } else if (!(*found)->is_directory) {
      return fail(Fault::conflict,
                  fmt::format("cannot create the folder {0}: {0} is a file; move it away", path));
    }
    return names.is_durable(path);
  }

  void forget(const MemoryNode* node) {
    if (node != nullptr) {
      SLUICE_CHECK(used >= node->contents.visible().size());
      used -= node->contents.visible().size();
    }
  }

  void count_used() {
    used = 0;
    names.for_each_file([this](const MemoryNode& node) { used += node.contents.visible().size(); });
  }
};

namespace {

struct NamedFile {
  std::string path;
  MemoryContents* contents;
};

void find_files(const std::string& path, MemoryNode& node, std::vector<NamedFile>& found) {
  if (!node.is_directory) {
    found.push_back({path, &node.contents});
  }
  for (const auto& [name, child] : node.visible) {
    find_files(join_path(path, name), *child, found);
  }
}

}  // namespace

// Outlives its disk; all of it is guarded by the disk's mutex.
class MemoryFileSystem::OpenFile final : public File {
 public:
  OpenFile(std::shared_ptr<State> state, MemoryNodePtr node, std::string path, bool is_writable)
      : state_(std::move(state)),
        node_(std::move(node)),
        path_(std::move(path)),
        generation_(state_->generation),
        is_writable_(is_writable) {
    SLUICE_CHECK(!node_->is_directory);
  }

  Result<void> read_at(std::uint64_t offset, std::size_t count, Bytes& out) const override {
    SLUICE_TRY_DO(state_->ask(Operation::read, path_));
    const std::scoped_lock lock(state_->mutex);
    SLUICE_TRY_DO(check_alive());
    const ByteView visible = node_->contents.visible();
    out += visible.substr(std::min<std::uint64_t>(offset, visible.size()), count);
    return {};
  }

  Result<void> write_at(std::uint64_t offset, ByteView bytes) override {
    const Result<void> asked = state_->ask(Operation::write, path_);
    const std::scoped_lock lock(state_->mutex);
    SLUICE_TRY_DO(check_writable());
    if (!asked) {
      const std::uint64_t done = state_->failures.below(bytes.size() + 1);
      static_cast<void>(write_what_fits(offset, bytes.substr(0, done)));
      return asked;
    }
    return write_what_fits(offset, bytes);
  }

  Result<void> sync() override {
    const Result<void> asked = state_->ask(Operation::sync, path_);
    const std::scoped_lock lock(state_->mutex);
    SLUICE_TRY_DO(check_alive());
    if (!asked) {
      node_->contents.fail_sync(state_->failures);
      return asked;
    }
    node_->contents.sync();
    return {};
  }

  Result<void> truncate(std::uint64_t size) override {
    SLUICE_TRY_DO(state_->ask(Operation::truncate, path_));
    const std::scoped_lock lock(state_->mutex);
    SLUICE_TRY_DO(check_writable());
    if (size > node_->contents.visible().size() + room()) {
      return fail_errno(ENOSPC, fmt::format("cannot truncate {} to {} bytes", path_, size));
    }
    resize_counted([&] { node_->contents.truncate(size); });
    return {};
  }

  Result<std::uint64_t> size() const override {
    const std::scoped_lock lock(state_->mutex);
    SLUICE_TRY_DO(check_alive());
    return node_->contents.visible().size();
  }

 private:
  Result<void> check_alive() const {
    if (generation_ != state_->generation) {
      return fail(Fault::io,
                  fmt::format("{} was open when the disk went down; open it again", path_));
    }
    return {};
  }

  Result<void> check_writable() const {
    SLUICE_TRY_DO(check_alive());
    return is_writable_ ? Result<void>()
                        : fail_errno(EBADF, fmt::format("{} is open for reading only", path_));
  }

  std::uint64_t room() const { return state_->capacity - std::min(state_->capacity, state_->used); }

  Result<void> write_what_fits(std::uint64_t offset, ByteView bytes) {
    const std::uint64_t end_max = node_->contents.visible().size() + room();
    const std::uint64_t fitting =
        std::min<std::uint64_t>(bytes.size(), end_max - std::min(end_max, offset));
    resize_counted([&] { node_->contents.write(offset, bytes.substr(0, fitting)); });
    if (fitting < bytes.size()) {
      return fail_errno(
          ENOSPC, fmt::format("cannot write {} bytes at {} of {}", bytes.size(), offset, path_));
    }
    return {};
  }

  template <class Change>
  void resize_counted(Change change) {
    const std::uint64_t before = node_->contents.visible().size();
    change();
    if (node_->is_named) {
      state_->used = state_->used - before + node_->contents.visible().size();
    }
  }

  std::shared_ptr<State> state_;
  MemoryNodePtr node_;
  std::string path_;
  std::uint64_t generation_;
  bool is_writable_;
};

MemoryFileSystem::MemoryFileSystem() : state_(std::make_shared<State>()) {}

MemoryFileSystem::~MemoryFileSystem() = default;

Result<std::unique_ptr<File>> MemoryFileSystem::open(const std::string& path, OpenMode mode) {
  SLUICE_TRY_DO(state_->ask(Operation::open, path));
  const std::scoped_lock lock(state_->mutex);
  const bool may_create = mode == OpenMode::create || mode == OpenMode::write_or_create;
  Result<MemoryNodePtr> node = state_->names.find(path);
  if (mode == OpenMode::create || (may_create && !node && node.error().fault() == Fault::missing)) {
    node = state_->names.create(path, false);
  }
  if (!node) {
    return std::unexpected(std::move(node).error().within("cannot open"));
  }
  if ((*node)->is_directory) {
    return fail(Fault::io, fmt::format("cannot open {}: it is not a regular file", path));
  }
  return std::make_unique<OpenFile>(state_, *std::move(node), path, mode != OpenMode::read);
}

Result<void> MemoryFileSystem::rename(const std::string& from, const std::string& to) {
  SLUICE_TRY_DO(state_->ask(Operation::rename, from));
  const std::scoped_lock lock(state_->mutex);
  SLUICE_TRY(
      replaced,
      said_of(state_->names.rename(from, to), fmt::format("cannot rename {} to {}", from, to)));
  state_->forget(replaced.get());
  return {};
}

Result<void> MemoryFileSystem::remove(const std::string& path) {
  SLUICE_TRY_DO(state_->ask(Operation::remove, path));
  const std::scoped_lock lock(state_->mutex);
  SLUICE_TRY(removed, said_of(state_->names.remove(path, false), "cannot remove"));
  state_->forget(removed.get());
  return {};
}

Result<void> MemoryFileSystem::remove_directory(const std::string& path) {
  SLUICE_TRY_DO(state_->ask(Operation::remove, path));
  const std::scoped_lock lock(state_->mutex);
  SLUICE_TRY_DO(said_of(state_->names.remove(path, true), "cannot remove the folder"));
  return {};
}

Result<void> MemoryFileSystem::create_directories(const std::string& path) {
  for (std::size_t end = 0; end < path.size(); ++end) {
    end = std::min(path.find('/', end), path.size());
    const std::string folder = path.substr(0, end);
    SLUICE_TRY(is_durable, state_->ensure_folder(folder));
    if (!is_durable) {  // made now, or before a sync that failed
      SLUICE_TRY_DO(sync_directory(parent_path(folder)));
    }
  }
  return {};
}

Result<void> MemoryFileSystem::sync_directory(const std::string& path) {
  SLUICE_TRY_DO(state_->ask(Operation::sync_directory, path));
  const std::scoped_lock lock(state_->mutex);
  return said_of(state_->names.sync(path), "cannot sync the folder");
}

Result<std::vector<DirectoryEntry>> MemoryFileSystem::list(const std::string& path) const {
  SLUICE_TRY_DO(state_->ask(Operation::read, path));
  const std::scoped_lock lock(state_->mutex);
  SLUICE_TRY(folder, said_of(state_->names.find(path), "cannot list"));
  if (!folder->is_directory) {
    return fail_errno(ENOTDIR, fmt::format("cannot list {}", path));
  }
  std::vector<DirectoryEntry> entries;
  for (const auto& [name, node] : folder->visible) {
    entries.push_back({name, node->is_directory});
  }
  return entries;
}

bool MemoryFileSystem::exists(const std::string& path) const {
  const std::scoped_lock lock(state_->mutex);
  return state_->names.find(path).has_value();
}

Result<std::uint64_t> MemoryFileSystem::free_bytes(const std::string& path) const {
  const std::scoped_lock lock(state_->mutex);
  SLUICE_TRY_DO(said_of(state_->names.find(path), "cannot get the free space at"));
  return state_->capacity - std::min(state_->capacity, state_->used);
}

void MemoryFileSystem::set_fault_hook(FaultHook hook) {
  const std::scoped_lock lock(state_->mutex);
  state_->hook = std::make_shared<const FaultHook>(std::move(hook));
}

MemoryFileSystem::FaultHook MemoryFileSystem::fail_nth(std::uint64_t nth, int error_number) {
  SLUICE_CHECK(nth > 0);
  return [asked = std::make_shared<std::atomic<std::uint64_t>>(0), nth, error_number](
             Operation, const std::string& path) -> Result<void> {
    return ++*asked == nth ? fail_errno(error_number, path) : Result<void>();
  };
}

void MemoryFileSystem::set_capacity(std::uint64_t bytes) {
  const std::scoped_lock lock(state_->mutex);
  state_->capacity = std::min(bytes, capacity_bytes_max);
}

void MemoryFileSystem::crash(Random& random) {
  const std::scoped_lock lock(state_->mutex);
  ++state_->generation;
  state_->names.crash(random);
  state_->count_used();
}

void MemoryFileSystem::kill() {
  const std::scoped_lock lock(state_->mutex);
  ++state_->generation;
}

void MemoryFileSystem::corrupt(const std::string& path, std::uint64_t offset, ByteView bytes) {
  const std::scoped_lock lock(state_->mutex);
  const Result<MemoryNodePtr> node = state_->names.find(path);
  SLUICE_CHECK(node.has_value());
  SLUICE_CHECK(!(*node)->is_directory);
  (*node)->contents.corrupt(offset, bytes);
}

void MemoryFileSystem::flip(const Bit& bit) {
  const std::scoped_lock lock(state_->mutex);
  const Result<MemoryNodePtr> node = state_->names.find(bit.path);
  SLUICE_CHECK(node.has_value());
  SLUICE_CHECK(!(*node)->is_directory);
  (*node)->contents.flip(bit.offset, bit.bit);
}

std::optional<MemoryFileSystem::Bit> MemoryFileSystem::rot(const std::string& folder,
                                                           Random& random) {
  const std::scoped_lock lock(state_->mutex);
  const Result<MemoryNodePtr> node = state_->names.find(folder);
  std::vector<NamedFile> files;
  if (node) {
    find_files(folder, **node, files);
  }
  // A byte that a process has cut away is nowhere to be read.
  const auto bytes_of = [](const NamedFile& file) -> std::uint64_t {
    return std::min(file.contents->durable().size(), file.contents->visible().size());
  };
  std::uint64_t bytes = 0;
  for (const NamedFile& file : files) {
    bytes += bytes_of(file);
  }
  if (bytes == 0) {
    return std::nullopt;
  }
  std::uint64_t at = random.below(bytes);
  auto file = files.begin();
  while (at >= bytes_of(*file)) {
    at -= bytes_of(*file++);
  }
  Bit bit{.path = file->path, .offset = at, .bit = static_cast<unsigned>(random.below(8))};
  file->contents->flip(bit.offset, bit.bit);
  return bit;
}

}  // namespace sluice
