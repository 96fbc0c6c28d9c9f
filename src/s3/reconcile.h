// Brings the index of a bucket in line with its tree: files that were put there or removed by hand.
//
// A folder whose time of change is what it was at the last look holds the same names; only the
// others are read again.  What the files themselves are now is checked when a page of them is
// listed.
//
// Puts of our own change folders too, and one with a million files takes seconds to read.  So the
// time that such a put leaves is noted as known.  What somebody else did to the folder in the same
// moment could hide behind that: a large folder that we change is therefore read again after a
// minute at the latest.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "s3/rooted_directory.h"
#include "store/object_index.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::s3 {

// What was seen of a bucket's folders.  Thread-safe.
class TreeWatch {
 public:
  // Takes the keys of files that were found, some at a time; most of them it will know.
  using Take = std::function<Result<void>(std::vector<std::string> keys)>;

  // Looks at every folder that can hold keys beginning with `prefix` and tells of the files in
  // those that changed.  What is gone is not told: whoever lists it finds out.  `now` tells whether
  // a time of change is old enough to be relied on.  Another look at the same time waits.
  Result<void> look(const RootedDirectory& tree,
                    std::string_view prefix,
                    UnixMillis now,
                    const Take& take);

  // Forgets what was seen: the next look reads everything.
  void forget();

  // To be asked before a file of ours gets its name in a folder, or loses it; what it says is given
  // to changed() after that.  Changes of ours happen one at a time.
  std::optional<std::int64_t> changing(const RootedDirectory& tree, std::string_view folder);
  void changed(const RootedDirectory& tree,
               std::string_view folder,
               std::optional<std::int64_t> before);

 private:
  struct Folder {
    std::int64_t modified_ns = 0;
    bool is_settled = false;  // no change can have hidden behind the clock's grain

    // Times of the folder between which all changes were ours, as far as they show.
    std::int64_t own_begin_ns = 0;
    std::int64_t own_end_ns = -1;

    std::size_t files = 0;  // when it was read
    UnixMillis read_at{};
    std::vector<std::string> folders;  // paths of the folders in it

    bool is_own_time(std::int64_t time_ns) const {
      return own_begin_ns <= time_ns && time_ns <= own_end_ns;
    }

    // Whether nothing can have been done to it that was not seen.
    bool is_fresh(std::int64_t time_ns, UnixMillis now) const;
  };

  // What a look works with.
  struct Look {
    const RootedDirectory& tree;
    UnixMillis now;
    const Take& take;
  };

  // The folders in one, which is read if need be; std::nullopt when it is gone.
  Result<std::optional<std::vector<std::string>>> visit(const Look& look, const std::string& path);
  Result<std::optional<std::vector<std::string>>> read(const Look& look, const std::string& path);
  void forget_below(const std::string& path);

  std::mutex looking_;

  std::mutex mutex_;                                    // guards those below, never for long
  std::map<std::string, Folder, std::less<>> folders_;  // by path
};

// The row of a file that was put into the tree by hand: its ETag has a dash, so that no client
// takes it for an MD5.
store::IndexedObject describe_by_hand(std::string key,
                                      store::Placement placement,
                                      const store::FileIdentity& file);

}  // namespace sluice::s3
