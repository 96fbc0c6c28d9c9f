// One bucket's files and its part of the index, kept in step.
//
// Files with plain keys stand in the bucket's tree, the others under escaped names beside it.  A
// key that would be a folder of another, or the other way round, is escaped too: whichever comes
// second.
#pragma once

#include "base/clock.h"
#include "s3/conditions.h"
#include "s3/error.h"
#include "s3/listing.h"
#include "s3/reconcile.h"
#include "s3/rooted_directory.h"
#include "store/object_index.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::s3 {

// Thread-safe: changes happen one at a time, reads beside them.
class BucketFiles {
 public:
  // Creates the two folders if they are not there.  Borrows index and clock.
  static Result<std::shared_ptr<BucketFiles>> open(const std::string& data_directory,
                                                   const std::string& bucket,
                                                   store::ObjectIndex& index,
                                                   const Clock& clock);

  BucketFiles(const BucketFiles&) = delete;
  BucketFiles& operator=(const BucketFiles&) = delete;

  // Gives a synced file its key, atomically and durably.  `object` says everything but the
  // placement, which is returned. `from` is a name in the folder `from_directory` (or AT_FDCWD).
  // `notice`: who is to be told of it.  no_such_bucket when the bucket was deleted meanwhile;
  // precondition_failed.
  S3Result<store::Placement> put(store::IndexedObject object,
                                 int from_directory,
                                 const std::string& from,
                                 const Conditions& conditions,
                                 const store::Notice& notice = {});

  // How many files got their keys, from the first on, where they stand, and why the next one did
  // not.
  struct Outcome {
    std::vector<store::Placement> placements;
    S3Result<void> next{};
  };

  // As put() for several, without conditions: the files at `from`, one for each.  Their names and
  // rows are synced together, in about the time of one.
  Outcome put_all(std::vector<store::ObjectIndex::Arrival> arrivals,
                  std::span<const std::string> from);

  struct Found {
    store::IndexedObject object;
    Descriptor file;  // for reading
  };

  // no_such_key.
  S3Result<Found> find(const std::string& key);

  // Nothing there is success.
  S3Result<void> remove(const std::string& key);

  // The same, unless what is there was modified later than that; whether something was removed.
  S3Result<bool> remove_as_of(const std::string& key, UnixMillis modified);

  // Keeps the quick digest of a file that was read, if it is still the object's.
  Result<void> note_quick_digest(const std::string& key,
                                 const store::FileIdentity& file,
                                 const std::string& digest);

  // Changes the tags of an object; durable.  no_such_key.
  S3Result<void> set_tags(const std::string& key, const std::string& tags);

  S3Result<ListPage> list(const ListRequest& request);

  // The object is there already with these very bytes: makes that durable, and the index say the
  // rest. no_such_key; precondition_failed when it holds other bytes.
  S3Result<void> confirm(const store::IndexedObject& expected);

  // What a crash left of a put: takes over the staged row if its file got its name, drops it if
  // not.
  Result<void> settle(const store::StagedObject& staged);

  // Ends the bucket if it is empty: `forget` makes that durable, then the folders go.
  // bucket_not_empty.
  S3Result<void> close(const std::function<Result<void>()>& forget);

 private:
  using Lock = std::unique_lock<std::mutex>;

  BucketFiles(const std::string& data_directory,
              std::string bucket,
              store::ObjectIndex& index,
              const Clock& clock);

  // The two folders, opened.
  struct Roots {
    RootedDirectory tree;
    RootedDirectory escaped;

    const RootedDirectory& of(store::Placement placement) const {
      return placement == store::Placement::tree ? tree : escaped;
    }
  };

  std::shared_ptr<const Roots> roots() const;
  Result<void> open_folders();

  // For a change: takes the lock and makes sure of the bucket and its folders.
  S3Result<Lock> begin();

  // The rest of the functions need the lock, but for find_fast().
  Result<std::optional<Found>> find_fast(const std::string& key) const;
  Result<std::optional<Found>> find_settling(const std::string& key);
  Result<std::optional<Found>> take_as_found(const std::string& key,
                                             store::Placement placement,
                                             RootedDirectory::OpenFile file,
                                             const std::optional<store::IndexedObject>& row);

  S3Result<void> judge(const std::string& key, const Conditions& conditions);
  Result<store::Placement> choose_placement(const std::string& key) const;
  struct NewNames;
  Result<void> ensure_folders(store::Placement placement, const std::string& path, NewNames& names);
  Result<void> move_in(const store::IndexedObject& object,
                       int from_directory,
                       const std::string& from,
                       NewNames& names);
  Result<void> sync(const NewNames& names);
  S3Result<void> take_in(std::span<store::ObjectIndex::Arrival> arrivals,
                         int from_directory,
                         std::span<const std::string> from,
                         std::vector<store::Placement>& placements);
  Result<void> remove_at(store::Placement placement, const std::string& key);
  Result<void> remove_anywhere(const std::string& key);

  S3Result<std::vector<store::IndexedObject>> checked_page(store::PageQuery query, Lock& lock);

  // Without the lock: finds files that were put into the tree by hand.
  Result<void> look_at_tree(std::string_view prefix);
  Result<void> add_rows(const RootedDirectory& tree, std::vector<std::string> keys);

  const std::string tree_path_;
  const std::string escaped_path_;
  const std::string bucket_;
  store::ObjectIndex& index_;
  const Clock& clock_;

  TreeWatch watch_;

  // Changes of files, rows and of what stands below.
  std::mutex mutex_;
  bool is_closed_ = false;
  std::set<std::string, std::less<>> durable_folders_;  // whose names this process has synced

  // Replaced when somebody has put another folder in the place of the bucket's.
  mutable std::mutex roots_mutex_;
  std::shared_ptr<const Roots> roots_;
};

}  // namespace sluice::s3
