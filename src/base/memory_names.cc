// The folders of a disk that forgets.
#include "base/memory_names.h"

#include "base/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace sluice {

namespace {

// The names on the way; "." and empty ones say nothing, ".." takes one back.
std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> names;
  while (!path.empty()) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    const std::string_view name = path.substr(0, slash);
    path.remove_prefix(std::min(slash + 1, path.size()));
    if (name == "..") {
      names.resize(names.empty() ? 0 : names.size() - 1);
    } else if (!name.empty() && name != ".") {
      names.emplace_back(name);
    }
  }
  return names;
}

MemoryNodePtr child_of(const MemoryNode& folder, const std::string& name) {
  const auto found = folder.visible.find(name);
  return found == folder.visible.end() ? nullptr : found->second;
}

bool holds(const MemoryNode& folder, const MemoryNode* wanted) {
  return &folder == wanted ||
         std::any_of(folder.visible.begin(), folder.visible.end(), [&](const auto& entry) {
           return holds(*entry.second, wanted);
         });
}

// Names and contents go back to what is durable.
void restore(MemoryNode& node, Random& random) {
  if (!node.is_directory) {
    node.contents.crash(random);
  }
  node.visible = node.durable;
  for (const auto& [name, child] : node.visible) {
    child->is_named = true;
    restore(*child, random);
  }
}

void visit_files(MemoryNode& node, const std::function<void(MemoryNode&)>& visit) {
  if (!node.is_directory) {
    visit(node);
  }
  for (const auto& [name, child] : node.visible) {
    visit_files(*child, visit);
  }
}

}  // namespace

MemoryNames::MemoryNames() : root_(std::make_shared<MemoryNode>(true)) {}

Result<MemoryNames::Place> MemoryNames::locate(const std::string& path) const {
  Place place{.folder = root_, .name = {}, .node = root_};
  for (const std::string& name : split(path)) {
    if (place.node == nullptr) {
      return fail_errno(ENOENT, path);
    }
    if (!place.node->is_directory) {
      return fail_errno(ENOTDIR, path);
    }
    MemoryNodePtr child = child_of(*place.node, name);
    place = {.folder = std::move(place.node), .name = name, .node = std::move(child)};
  }
  return place;
}

Result<MemoryNodePtr> MemoryNames::find(const std::string& path) const {
  SLUICE_TRY(place, locate(path));
  if (place.node == nullptr) {
    return fail_errno(ENOENT, path);
  }
  return place.node;
}

bool MemoryNames::is_durable(const std::string& path) const {
  const Result<Place> place = locate(path);
  if (!place || place->node == nullptr) {
    return false;
  }
  const auto found = place->folder->durable.find(place->name);
  return place->node == root_ ||
         (found != place->folder->durable.end() && found->second == place->node);
}

Result<MemoryNodePtr> MemoryNames::create(const std::string& path, bool is_directory) {
  SLUICE_TRY(place, locate(path));
  if (place.node != nullptr) {
    return fail_errno(EEXIST, path);
  }
  auto node = std::make_shared<MemoryNode>(is_directory);
  change({.owner = place.folder.get(),
          .edits = {{place.folder, place.name, node}},
          .moves_folder = false});
  return node;
}

Result<MemoryNodePtr> MemoryNames::remove(const std::string& path, bool is_directory) {
  SLUICE_TRY(place, locate(path));
  if (place.node == nullptr) {
    return fail_errno(ENOENT, path);
  }
  if (place.node->is_directory != is_directory) {
    return fail_errno(is_directory ? ENOTDIR : EISDIR, path);
  }
  if (!place.node->visible.empty()) {
    return fail_errno(ENOTEMPTY, path);
  }
  if (place.node == root_) {
    return fail_errno(EBUSY, path);
  }
  change({.owner = place.folder.get(),
          .edits = {{place.folder, place.name, nullptr}},
          .moves_folder = false});
  place.node->is_named = false;
  return place.node;
}

Result<MemoryNodePtr> MemoryNames::rename(const std::string& from, const std::string& to) {
  SLUICE_TRY(source, locate(from));
  SLUICE_TRY(target, locate(to));
  if (source.node == nullptr) {
    return fail_errno(ENOENT, from);
  }
  if (source.node == target.node) {
    return MemoryNodePtr();
  }
  if (source.node == root_ || holds(*source.node, target.folder.get())) {
    return fail_errno(EINVAL, to);
  }
  if (target.node != nullptr) {
    if (source.node->is_directory != target.node->is_directory) {
      return fail_errno(target.node->is_directory ? EISDIR : ENOTDIR, to);
    }
    if (!target.node->visible.empty()) {
      return fail_errno(ENOTEMPTY, to);
    }
    target.node->is_named = false;
  }
  change(
      {.owner = target.folder.get(),
       .edits = {{source.folder, source.name, nullptr}, {target.folder, target.name, source.node}},
       .moves_folder = source.node->is_directory});
  SLUICE_CHECK(source.node->is_named);
  return target.node;
}

void MemoryNames::change(Change change) {
  for (const Edit& edit : change.edits) {
    apply(edit.folder->visible, edit);
  }
  pending_.push_back(std::move(change));
}

void MemoryNames::apply(std::map<std::string, MemoryNodePtr>& names, const Edit& edit) {
  if (edit.node == nullptr) {
    names.erase(edit.name);
  } else {
    names[edit.name] = edit.node;
  }
}

void MemoryNames::make_durable(const Change& change) {
  for (const Edit& edit : change.edits) {
    apply(edit.folder->durable, edit);
  }
}

bool MemoryNames::touches(const Change& change, const std::set<Key>& keys) {
  return std::any_of(change.edits.begin(), change.edits.end(), [&](const Edit& edit) {
    return keys.contains({edit.folder.get(), edit.name});
  });
}

void MemoryNames::add_keys(const Change& change, std::set<Key>& keys) {
  for (const Edit& edit : change.edits) {
    keys.emplace(edit.folder.get(), edit.name);
  }
}

Result<void> MemoryNames::sync(const std::string& path) {
  SLUICE_TRY(folder, find(path));
  if (!folder->is_directory) {
    return fail_errno(ENOTDIR, path);
  }
  // Newest first, so that what a change builds on is taken as well.
  std::set<Key> keys;
  std::vector<Change> taken;
  std::vector<Change> left;
  bool takes_all = false;
  std::for_each(pending_.rbegin(), pending_.rend(), [&](Change& change) {
    if (takes_all || change.owner == folder.get() || touches(change, keys)) {
      add_keys(change, keys);
      takes_all = takes_all || change.moves_folder;
      taken.push_back(std::move(change));
    } else {
      left.push_back(std::move(change));
    }
  });
  std::for_each(taken.rbegin(), taken.rend(), make_durable);
  std::reverse(left.begin(), left.end());
  pending_ = std::move(left);
  return {};
}

void MemoryNames::crash(Random& random) {
  enum class Survival : std::uint8_t { none, some, all };
  const auto survival = static_cast<Survival>(random.below(3));
  std::set<Key> lost_keys;
  for (const Change& change : std::exchange(pending_, {})) {
    const bool is_unlucky =
        survival == Survival::none || (survival == Survival::some && random.below(2) == 0);
    const bool misses_its_base =
        touches(change, lost_keys) || (change.moves_folder && !lost_keys.empty());
    if (is_unlucky || misses_its_base) {
      add_keys(change, lost_keys);
    } else {
      make_durable(change);
    }
  }
  restore(*root_, random);
}

void MemoryNames::for_each_file(const std::function<void(MemoryNode&)>& visit) const {
  visit_files(*root_, visit);
}

}  // namespace sluice
