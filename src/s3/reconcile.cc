// Walks a bucket's folders and finds the files that nobody told us of.
#include "s3/reconcile.h"

#include "base/digest.h"
#include "s3/key_mapping.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace sluice::s3 {
namespace {

// A change that comes this soon after another may leave the folder's time as it was: kernels count
// it in ticks of a few milliseconds, old file systems in two seconds.
constexpr std::chrono::seconds time_grain{2};

// Folders of fewer files are read again after each change: that costs little and hides nothing.
constexpr std::size_t large_folder_files = 1000;

// How long it may stay unseen what somebody did to a large folder in the very moment of a put.
constexpr std::chrono::minutes unseen_max{1};

// Keys that are told of at a time.
constexpr std::size_t keys_at_once = 10'000;

std::string join(std::string_view folder, std::string_view name) {
  return folder.empty() ? std::string(name) : fmt::format("{}/{}", folder, name);
}

// Whether keys in this folder can begin with the prefix.
bool can_hold(std::string_view folder, std::string_view prefix) {
  const std::string start = folder.empty() ? std::string() : fmt::format("{}/", folder);
  return prefix.starts_with(start) || std::string_view(start).starts_with(prefix);
}

// The folder that all keys with this prefix lie in; std::nullopt when no plain key has it.
std::optional<std::string> folder_of_prefix(std::string_view prefix) {
  const std::size_t slash = prefix.rfind('/');
  if (slash == std::string_view::npos) {
    return std::string();
  }
  const std::string_view folder = prefix.substr(0, slash);
  return is_plain_key(folder) ? std::optional(std::string(folder)) : std::nullopt;
}

}  // namespace

bool TreeWatch::Folder::is_fresh(std::int64_t time_ns, UnixMillis now) const {
  if (time_ns == modified_ns && is_settled) {
    return true;
  }
  return modified_ns == own_end_ns && is_own_time(time_ns) && now >= read_at &&
         now - read_at < unseen_max;
}

void TreeWatch::forget() {
  const std::lock_guard lock(mutex_);
  folders_.clear();
}

Result<void> TreeWatch::look(const RootedDirectory& tree,
                             std::string_view prefix,
                             UnixMillis now,
                             const Take& take) {
  const auto start = folder_of_prefix(prefix);
  if (!start) {
    return {};
  }
  const std::lock_guard looking(looking_);
  const Look look{tree, now, take};
  std::vector<std::string> waiting = {*start};
  while (!waiting.empty()) {
    const std::string path = std::move(waiting.back());
    waiting.pop_back();
    SLUICE_TRY(below, visit(look, path));
    if (!below) {
      forget_below(path);
      continue;
    }
    for (std::string& folder : *below) {
      if (can_hold(folder, prefix)) {
        waiting.push_back(std::move(folder));
      }
    }
  }
  return {};
}

Result<std::optional<std::vector<std::string>>> TreeWatch::visit(const Look& look,
                                                                 const std::string& path) {
  SLUICE_TRY(entry, look.tree.look_at(path));
  if (!entry || entry->kind != EntryKind::directory) {
    return std::nullopt;
  }
  {
    const std::lock_guard lock(mutex_);
    const auto known = folders_.find(path);
    if (known != folders_.end() && known->second.is_fresh(entry->file.modified_ns, look.now)) {
      return known->second.folders;
    }
  }
  return read(look, path);
}

Result<std::optional<std::vector<std::string>>> TreeWatch::read(const Look& look,
                                                                const std::string& path) {
  Folder folder;
  std::vector<std::string> keys;
  const auto tell = [&]() -> Result<void> {
    return keys.empty() ? Result<void>() : look.take(std::exchange(keys, {}));
  };
  const auto modified_ns = look.tree.visit(path, [&](const NamedEntry& entry) -> Result<void> {
    std::string key = join(path, entry.name);
    // What cannot be a key cannot be an object either; a folder is judged by the keys it could
    // hold.
    if (!is_plain_key(key)) {
      return {};
    }
    if (entry.kind == EntryKind::directory) {
      folder.folders.push_back(std::move(key));
    } else if (entry.kind == EntryKind::file) {
      ++folder.files;
      keys.push_back(std::move(key));
    }
    return keys.size() < keys_at_once ? Result<void>() : tell();
  });
  if (!modified_ns && modified_ns.error().fault() == Fault::missing) {
    return std::nullopt;
  }
  if (!modified_ns) {
    return std::unexpected(modified_ns.error());
  }
  SLUICE_TRY_DO(tell());
  folder.modified_ns = *modified_ns;
  folder.read_at = look.now;
  const std::chrono::nanoseconds age =
      look.now.time_since_epoch() - std::chrono::nanoseconds(folder.modified_ns);
  folder.is_settled = age > time_grain;
  const std::lock_guard lock(mutex_);
  Folder& kept = folders_[path];
  folder.own_begin_ns = kept.own_begin_ns;
  folder.own_end_ns = kept.own_end_ns;
  if (folder.is_own_time(folder.modified_ns)) {
    folder.modified_ns = folder.own_end_ns;  // what came while it was read was ours
  }
  kept = std::move(folder);
  return kept.folders;
}

std::optional<std::int64_t> TreeWatch::changing(const RootedDirectory& tree,
                                                std::string_view folder) {
  {
    const std::lock_guard lock(mutex_);
    const auto known = folders_.find(folder);
    if (known == folders_.end() || known->second.files < large_folder_files) {
      return std::nullopt;
    }
  }
  const auto entry = tree.look_at(folder);
  return entry && *entry ? std::optional((*entry)->file.modified_ns) : std::nullopt;
}

void TreeWatch::changed(const RootedDirectory& tree,
                        std::string_view folder,
                        std::optional<std::int64_t> before) {
  if (!before) {
    return;
  }
  const auto entry = tree.look_at(folder);
  const std::lock_guard lock(mutex_);
  const auto known = folders_.find(folder);
  if (known == folders_.end() || !entry || !*entry) {
    return;
  }
  Folder& seen = known->second;
  const std::int64_t after = (*entry)->file.modified_ns;
  if (seen.own_end_ns != *before) {
    seen.own_begin_ns = *before;
  }
  seen.own_end_ns = after;
  if (seen.modified_ns == *before) {
    seen.modified_ns = after;
    seen.is_settled = false;
  }
}

void TreeWatch::forget_below(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (path.empty()) {
    folders_.clear();
    return;
  }
  folders_.erase(path);
  const std::string start = path + '/';
  auto from = folders_.lower_bound(start);
  auto to = from;
  while (to != folders_.end() && to->first.starts_with(start)) {
    ++to;
  }
  folders_.erase(from, to);
}

store::IndexedObject describe_by_hand(std::string key,
                                      store::Placement placement,
                                      const store::FileIdentity& file) {
  Bytes seen;
  put_le(seen, file.bytes);
  put_le(seen, file.modified_ns);
  store::IndexedObject object;
  object.key = std::move(key);
  object.placement = placement;
  object.file = file;
  object.etag = to_hex(md5(seen)) + "-1";
  return object;
}

}  // namespace sluice::s3
