// Walks a bucket's folders and finds the files that nobody told us of.
#include "s3/reconcile.h"

#include "base/digest.h"
#include "s3/key_mapping.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace sluice::s3 {
namespace {

// A change that comes this soon after another may leave the folder's time as it was: kernels count
// it in ticks of a few milliseconds, old file systems in two seconds.
constexpr std::chrono::seconds time_grain{2};

// Rows written in one transaction.
constexpr std::size_t rows_at_once = 1000;

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

Result<void> add_rows(const RootedDirectory& tree,
                      store::ObjectIndex& index,
                      std::string_view bucket,
                      std::vector<std::string> keys) {
  SLUICE_TRY(unknown, index.without_row(bucket, std::move(keys)));
  std::vector<store::IndexedObject> rows;
  for (std::size_t done = 0; done < unknown.size(); ++done) {
    SLUICE_TRY(entry, tree.look_at(unknown[done]));
    if (entry && entry->kind == EntryKind::file) {
      rows.push_back(
          describe_by_hand(std::move(unknown[done]), store::Placement::tree, entry->file));
    }
    if (rows.size() == rows_at_once || (done + 1 == unknown.size() && !rows.empty())) {
      SLUICE_TRY_DO(index.save_all(bucket, rows));
      rows.clear();
    }
  }
  return {};
}

}  // namespace

Result<void> TreeWatch::reconcile(const RootedDirectory& tree,
                                  store::ObjectIndex& index,
                                  std::string_view bucket,
                                  std::string_view prefix,
                                  UnixMillis now) {
  const auto start = folder_of_prefix(prefix);
  if (!start) {
    return {};
  }
  const Look look{tree, index, bucket, now};
  std::vector<std::string> waiting = {*start};
  while (!waiting.empty()) {
    const std::string path = std::move(waiting.back());
    waiting.pop_back();
    SLUICE_TRY(folder, visit(look, path));
    if (folder == nullptr) {
      forget_below(path);
      continue;
    }
    for (const std::string& below : folder->folders) {
      if (can_hold(below, prefix)) {
        waiting.push_back(below);
      }
    }
  }
  return {};
}

Result<const TreeWatch::Folder*> TreeWatch::visit(const Look& look, const std::string& path) {
  SLUICE_TRY(entry, look.tree.look_at(path));
  if (!entry || entry->kind != EntryKind::directory) {
    return nullptr;
  }
  const auto known = folders_.find(path);
  if (known != folders_.end() && known->second.is_settled &&
      known->second.modified_ns == entry->file.modified_ns) {
    return &known->second;
  }
  return read(look, path);
}

Result<const TreeWatch::Folder*> TreeWatch::read(const Look& look, const std::string& path) {
  auto listing = look.tree.list(path);
  if (!listing && listing.error().fault() == Fault::missing) {
    return nullptr;
  }
  if (!listing) {
    return std::unexpected(std::move(listing).error());
  }
  Folder folder;
  folder.modified_ns = listing->modified_ns;
  const std::chrono::nanoseconds age =
      look.now.time_since_epoch() - std::chrono::nanoseconds(listing->modified_ns);
  folder.is_settled = age > time_grain;
  std::vector<std::string> keys;
  for (const NamedEntry& entry : listing->entries) {
    std::string key = join(path, entry.name);
    // What cannot be a key cannot be an object either; a folder is judged by the keys it could
    // hold.
    if (!is_plain_key(key)) {
      continue;
    }
    if (entry.kind == EntryKind::directory) {
      folder.folders.push_back(std::move(key));
    } else if (entry.kind == EntryKind::file) {
      keys.push_back(std::move(key));
    }
  }
  SLUICE_TRY_DO(add_rows(look.tree, look.index, look.bucket, std::move(keys)));
  return &folders_.insert_or_assign(path, std::move(folder)).first->second;
}

void TreeWatch::forget_below(const std::string& path) {
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
