// Brings the index of a bucket in line with its tree: files that were put there or removed by hand.
//
// A folder whose time of change is what it was at the last look holds the same names; only the
// others are read again.  What the files themselves are now is checked when a page of them is
// listed.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "s3/rooted_directory.h"
#include "store/object_index.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::s3 {

// What was seen of a bucket's folders.  Belongs to one bucket; not thread-safe.
class TreeWatch {
 public:
  // Looks at every folder that can hold keys beginning with `prefix` and adds rows for files that
  // have none.  Rows of files that are gone are left: whoever lists them finds out.  `now` tells
  // whether a time of change is old enough to be relied on.
  Result<void> reconcile(const RootedDirectory& tree,
                         store::ObjectIndex& index,
                         std::string_view bucket,
                         std::string_view prefix,
                         UnixMillis now);

  // Forgets what was seen: the next look reads everything.
  void forget() { folders_.clear(); }

 private:
  struct Folder {
    std::int64_t modified_ns = 0;
    bool is_settled = false;           // no change can have hidden behind the clock's grain
    std::vector<std::string> folders;  // paths of the folders in it
  };

  // What a look works with.
  struct Look {
    const RootedDirectory& tree;
    store::ObjectIndex& index;
    std::string_view bucket;
    UnixMillis now;
  };

  // The folder as it is now, read again if need be; nullptr when it is gone.
  Result<const Folder*> visit(const Look& look, const std::string& path);
  Result<const Folder*> read(const Look& look, const std::string& path);
  void forget_below(const std::string& path);

  std::map<std::string, Folder, std::less<>> folders_;  // by path
};

// The row of a file that was put into the tree by hand: its ETag has a dash, so that no client
// takes it for an MD5.
store::IndexedObject describe_by_hand(std::string key,
                                      store::Placement placement,
                                      const store::FileIdentity& file);

}  // namespace sluice::s3
