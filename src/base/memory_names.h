// The folders of a disk that forgets: which names a process sees, and which a power cut leaves.
//
// Each change of names (create, remove, rename) is atomic and belongs to the folder that holds the
// name it made or took away; for a rename that is the folder of the new name.  Syncing that folder
// makes the change durable, and with it every earlier one about the same names.
#pragma once

#include "base/memory_contents.h"
#include "base/random.h"
#include "base/result.h"

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace sluice {

// A file or a folder.  Open files keep theirs alive when its name is gone.
struct MemoryNode {
  explicit MemoryNode(bool is_folder) : is_directory(is_folder) {}

  const bool is_directory;
  MemoryContents contents;                                     // of a file
  std::map<std::string, std::shared_ptr<MemoryNode>> visible;  // of a folder, by name
  std::map<std::string, std::shared_ptr<MemoryNode>> durable;
  bool is_named = true;  // a process sees it
};

using MemoryNodePtr = std::shared_ptr<MemoryNode>;

// Paths are split at slashes; relative ones start at the root, and ".." is taken literally as "one
// up".  Failures are the ones POSIX gives.  Not thread-safe.
class MemoryNames {
 public:
  MemoryNames();

  // Fault::missing if there is none.
  Result<MemoryNodePtr> find(const std::string& path) const;

  // A power cut now would certainly leave the name; false also where there is none.
  bool is_durable(const std::string& path) const;

  // The folder above must exist; Fault::conflict if the name is taken.
  Result<MemoryNodePtr> create(const std::string& path, bool is_directory);

  // A folder must be empty.  Returns what lost its name.
  Result<MemoryNodePtr> remove(const std::string& path, bool is_directory);

  // Returns what lost its name to `from`, or nullptr.
  Result<MemoryNodePtr> rename(const std::string& from, const std::string& to);

  Result<void> sync(const std::string& path);

  // Power cut: changes that are not durable survive or not, at random, but none without those it
  // builds on.  Contents are cut as well.
  void crash(Random& random);

  // Every file that has a name.
  void for_each_file(const std::function<void(MemoryNode&)>& visit) const;

 private:
  // A name within a folder.
  using Key = std::pair<const MemoryNode*, std::string>;

  struct Edit {
    MemoryNodePtr folder;
    std::string name;
    MemoryNodePtr node;  // nullptr: the name goes
  };

  struct Change {
    const MemoryNode* owner;  // the folder whose sync makes it durable
    std::vector<Edit> edits;
    bool moves_folder;  // builds on everything before, so that folders never form a ring
  };

  // Where a name is or would be.
  struct Place {
    MemoryNodePtr folder;
    std::string name;
    MemoryNodePtr node;  // nullptr: not there
  };

  Result<Place> locate(const std::string& path) const;
  void change(Change change);
  static void apply(std::map<std::string, MemoryNodePtr>& names, const Edit& edit);
  static void make_durable(const Change& change);
  static bool touches(const Change& change, const std::set<Key>& keys);
  static void add_keys(const Change& change, std::set<Key>& keys);

  MemoryNodePtr root_;
  std::vector<Change> pending_;  // oldest first
};

}  // namespace sluice
