// What the local bucket knows about its objects beside their bytes, in the order of their keys.
//
// The files in the tree are the truth about what exists; a row says what S3 knows of a file (its
// ETag, headers, digest) and by which identity to recognise that file.  A row whose file is another
// one by now is worthless, and its owner replaces it.
//
// A put is recorded in two steps: stage() durably before the file gets its name, promote() after.
// What a crash leaves staged is settled at the next start by looking at the file.
#pragma once

#include "base/digest.h"
#include "base/result.h"
#include "store/database.h"
#include "store/notifications.h"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::store {

// Where an object's file lies.
enum class Placement : std::uint8_t {
  tree = 0,     // under its own key in the bucket's folder
  escaped = 1,  // under an escaped name outside it
};

// What tells one file from another under the same name.
struct FileIdentity {
  std::uint64_t inode = 0;
  std::uint64_t bytes = 0;
  std::int64_t modified_ns = 0;  // since the Unix epoch

  // Size and time of change are the same.  The inode is left out: a restored backup has others.
  bool looks_like(const FileIdentity& other) const {
    return bytes == other.bytes && modified_ns == other.modified_ns;
  }

  friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
};

struct IndexedObject {
  std::string key;  // any bytes
  Placement placement = Placement::tree;
  FileIdentity file;
  std::string etag;                    // without quotes
  std::optional<Sha256Digest> sha256;  // where it is known
  // Header names in lower case ("content-type", "x-amz-meta-…") and their values.
  std::map<std::string, std::string> headers;

  friend bool operator==(const IndexedObject&, const IndexedObject&) = default;
};

// Which keys a page holds: those that begin with `prefix` and lie after `after` (or at it), by
// bytes.
struct PageQuery {
  std::string prefix;
  std::string after;
  bool includes_after = false;  // `after` itself is wanted too
  std::size_t limit = 1000;
};

struct StagedObject {
  std::int64_t id = 0;
  std::string bucket;
  IndexedObject object;
  Notice notice{};
};

// Thread-safe.  Borrows the database.
class ObjectIndex {
 public:
  explicit ObjectIndex(Database& database) : database_(database) {}

  // std::nullopt when there is no row.
  Result<std::optional<IndexedObject>> find(std::string_view bucket, std::string_view key);

  // Takes one descent of the index and a walk over the rows returned, wherever the page lies.
  Result<std::vector<IndexedObject>> page(std::string_view bucket, const PageQuery& query);

  // Those of `keys` that have no row for a file in the tree, in the same order.
  Result<std::vector<std::string>> without_row(std::string_view bucket,
                                               std::vector<std::string> keys);

  // Writes a row, replacing an older one.  Not synced: a lost row is found again from the file.
  Result<void> save(std::string_view bucket, const IndexedObject& object);
  Result<void> save_all(std::string_view bucket, const std::vector<IndexedObject>& objects);

  // Removes rows; those that do not exist do not matter.  Not synced.
  Result<void> remove_all(std::string_view bucket, const std::vector<std::string>& keys);

  // Removes all rows of a bucket as part of a larger change.
  static Result<void> remove_bucket(Transaction& transaction, std::string_view bucket);

  // Records durably what is about to happen to a key, and who is to be told of it; returns the id
  // for promote() or drop().
  Result<std::int64_t> stage(std::string_view bucket,
                             const IndexedObject& object,
                             const Notice& notice = {});

  // What stage() takes.
  struct Arrival {
    IndexedObject object;
    Notice notice{};
  };

  // Several in one change; the ids in their order.
  Result<std::vector<std::int64_t>> stage_all(std::string_view bucket,
                                              std::span<const Arrival> arrivals);

  // The file is in place: the staged row becomes the key's row, and its notifications are there.
  // Not synced.
  Result<void> promote(std::int64_t id) { return promote_all({&id, 1}); }

  Result<void> promote_all(std::span<const std::int64_t> ids);

  // Nothing came of it.  Not synced.
  Result<void> drop(std::int64_t id);

  // What the last process left staged, oldest first.
  Result<std::vector<StagedObject>> staged();

 private:
  Database& database_;
};

// The smallest string greater than every string that begins with `prefix`; std::nullopt when there
// is none (`prefix` is empty or all 0xff).
std::optional<std::string> prefix_end(std::string_view prefix);

}  // namespace sluice::store
