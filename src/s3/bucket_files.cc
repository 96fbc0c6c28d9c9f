// Puts, finds, lists and removes the files of one bucket.
#include "s3/bucket_files.h"

#include "base/check.h"
#include "base/file_system.h"
#include "s3/key_mapping.h"
#include "s3/object_info.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace sluice::s3 {
namespace {

using store::IndexedObject;
using store::Placement;

// Rows written in one transaction.
constexpr std::size_t rows_at_once = 1000;

// Folders remembered as durable; beyond it all are forgotten, which costs a sync each.
constexpr std::size_t durable_folders_max = 10'000;

std::string path_of(Placement placement, const std::string& key) {
  return placement == Placement::tree ? key : escaped_path(key);
}

std::string_view folder_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

std::string folder_mark(Placement placement, std::string_view folder) {
  return fmt::format("{}{}", placement == Placement::tree ? 't' : 'e', folder);
}

S3Error no_such_key() {
  return {S3Code::no_such_key, "The specified key does not exist."};
}

}  // namespace

BucketFiles::BucketFiles(const std::string& data_directory,
                         std::string bucket,
                         store::ObjectIndex& index,
                         const Clock& clock)
    : tree_path_(fmt::format("{}/buckets/{}", data_directory, bucket)),
      escaped_path_(fmt::format("{}/escaped/{}", data_directory, bucket)),
      bucket_(std::move(bucket)),
      index_(index),
      clock_(clock) {}

Result<std::shared_ptr<BucketFiles>> BucketFiles::open(const std::string& data_directory,
                                                       const std::string& bucket,
                                                       store::ObjectIndex& index,
                                                       const Clock& clock) {
  std::shared_ptr<BucketFiles> files(new BucketFiles(data_directory, bucket, index, clock));
  SLUICE_TRY_DO(files->open_folders());
  return files;
}

std::shared_ptr<const BucketFiles::Roots> BucketFiles::roots() const {
  const std::lock_guard lock(roots_mutex_);
  return roots_;
}

Result<void> BucketFiles::open_folders() {
  const auto files = make_posix_file_system();
  SLUICE_TRY_DO(files->create_directories(tree_path_));
  SLUICE_TRY_DO(files->create_directories(escaped_path_));
  SLUICE_TRY(tree, RootedDirectory::open(tree_path_));
  SLUICE_TRY(escaped, RootedDirectory::open(escaped_path_));
  watch_.forget();
  durable_folders_.clear();
  const std::lock_guard lock(roots_mutex_);
  roots_ = std::make_shared<const Roots>(Roots{std::move(tree), std::move(escaped)});
  return {};
}

S3Result<BucketFiles::Lock> BucketFiles::begin() {
  Lock lock(mutex_);
  if (is_closed_) {
    return fail_s3(S3Code::no_such_bucket, "The specified bucket does not exist");
  }
  const auto now = roots();
  if (!now->tree.is_at_its_path() || !now->escaped.is_at_its_path()) {
    SLUICE_TRY_DO(open_folders());
  }
  return lock;
}

Result<std::optional<BucketFiles::Found>> BucketFiles::find_fast(const std::string& key) const {
  const auto now = roots();
  if (!now->tree.is_at_its_path()) {
    return std::nullopt;
  }
  SLUICE_TRY(row, index_.find(bucket_, key));
  const bool is_plain = is_plain_key(key);
  if (!row || (row->placement == Placement::tree && !is_plain)) {
    return std::nullopt;
  }
  // A file in the tree goes before an escaped one, so that an escaped row must be looked at
  // closely.
  if (row->placement == Placement::escaped && is_plain) {
    return std::nullopt;
  }
  auto file = now->of(row->placement).open_file(path_of(row->placement, key));
  // One of another inode may be a newer one, whose row is about to come, of the same size and
  // within the same tick of the clock of files.
  if (!file || file->file != row->file) {
    return std::nullopt;
  }
  return Found{std::move(*row), std::move(file->descriptor)};
}

Result<std::optional<BucketFiles::Found>> BucketFiles::take_as_found(
    const std::string& key,
    Placement placement,
    RootedDirectory::OpenFile file,
    const std::optional<IndexedObject>& row) {
  if (row && row->placement == placement && row->file.looks_like(file.file)) {
    // A backup that was restored has other inodes: from now on these.
    IndexedObject object = *row;
    if (object.file != file.file) {
      object.file = file.file;
      SLUICE_TRY_DO(index_.save(bucket_, object));
    }
    return Found{std::move(object), std::move(file.descriptor)};
  }
  IndexedObject object = describe_by_hand(key, placement, file.file);
  SLUICE_TRY_DO(index_.save(bucket_, object));
  return Found{std::move(object), std::move(file.descriptor)};
}

Result<std::optional<BucketFiles::Found>> BucketFiles::find_settling(const std::string& key) {
  const auto now = roots();
  SLUICE_TRY(row, index_.find(bucket_, key));
  if (is_plain_key(key)) {
    auto file = now->tree.open_file(key);
    if (file) {
      return take_as_found(key, Placement::tree, std::move(*file), row);
    }
    if (file.error().fault() != Fault::missing) {
      return std::unexpected(std::move(file).error());
    }
  }
  if (row && row->placement == Placement::escaped) {
    auto file = now->escaped.open_file(escaped_path(key));
    if (file) {
      return take_as_found(key, Placement::escaped, std::move(*file), row);
    }
    if (file.error().fault() != Fault::missing) {
      return std::unexpected(std::move(file).error());
    }
  }
  if (row) {
    SLUICE_TRY_DO(index_.remove_all(bucket_, {key}));
  }
  return std::nullopt;
}

S3Result<BucketFiles::Found> BucketFiles::find(const std::string& key) {
  SLUICE_TRY(fast, find_fast(key));
  if (fast) {
    return std::move(*fast);
  }
  SLUICE_S3_TRY(lock, begin());
  SLUICE_TRY(found, find_settling(key));
  if (!found) {
    return std::unexpected(no_such_key());
  }
  return std::move(*found);
}

S3Result<void> BucketFiles::judge(const std::string& key, const Conditions& conditions) {
  if (!conditions.if_match && !conditions.if_none_match) {
    return {};
  }
  SLUICE_TRY(found, find_settling(key));
  if (!found && conditions.if_match) {
    return std::unexpected(no_such_key());
  }
  const auto etag = found ? std::optional(found->object.etag) : std::nullopt;
  if (judge_write(conditions, etag) != Verdict::proceed) {
    return fail_s3(S3Code::precondition_failed,
                   "At least one of the pre-conditions you specified did not hold");
  }
  return {};
}

Result<Placement> BucketFiles::choose_placement(const std::string& key) const {
  if (!is_plain_key(key)) {
    return Placement::escaped;
  }
  const auto now = roots();
  // A folder on the way that is missing can be made; anything else in its place blocks the way.
  for (std::size_t slash = key.find('/'); slash != std::string::npos;
       slash = key.find('/', slash + 1)) {
    SLUICE_TRY(folder, now->tree.look_at(std::string_view(key).substr(0, slash)));
    if (!folder) {
      return Placement::tree;
    }
    if (folder->kind != EntryKind::directory) {
      return Placement::escaped;
    }
  }
  SLUICE_TRY(entry, now->tree.look_at(key));
  const bool is_free = !entry || entry->kind == EntryKind::file;
  return is_free ? Placement::tree : Placement::escaped;
}

// Names that are to be synced: each in a folder, by folder_mark().
struct BucketFiles::NewNames {
  std::set<std::string, std::less<>> in;       // folders that hold some
  std::set<std::string, std::less<>> folders;  // that are made, or may have been

  void add(Placement placement, std::string_view path) {
    in.insert(folder_mark(placement, folder_of(path)));
  }
};

Result<void> BucketFiles::ensure_folders(Placement placement,
                                         const std::string& path,
                                         NewNames& names) {
  const auto now = roots();
  for (std::size_t slash = path.find('/'); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    const std::string_view folder = std::string_view(path).substr(0, slash);
    std::string mark = folder_mark(placement, folder);
    if (durable_folders_.contains(mark) || names.folders.contains(mark)) {
      continue;
    }
    SLUICE_TRY_DO(now->of(placement).make_directory(folder));
    names.add(placement, folder);
    names.folders.insert(std::move(mark));
  }
  return {};
}

Result<void> BucketFiles::move_in(const IndexedObject& object,
                                  int from_directory,
                                  const std::string& from,
                                  NewNames& names) {
  const std::string path = path_of(object.placement, object.key);
  const auto now = roots();
  SLUICE_TRY_DO(ensure_folders(object.placement, path, names));
  const bool is_watched = object.placement == Placement::tree;
  const auto before =
      is_watched ? watch_.changing(now->tree, folder_of(path)) : std::optional<std::int64_t>();
  auto moved = now->of(object.placement).move_in(from_directory, from, path);
  watch_.changed(now->tree, folder_of(path), before);
  if (!moved && moved.error().fault() == Fault::missing) {
    // Somebody may have removed a folder that we thought was there.
    durable_folders_.clear();
    names.folders.clear();
    SLUICE_TRY_DO(ensure_folders(object.placement, path, names));
    moved = now->of(object.placement).move_in(from_directory, from, path);
  }
  names.add(object.placement, path);
  return moved;
}

Result<void> BucketFiles::sync(const NewNames& names) {
  const auto now = roots();
  for (const std::string& mark : names.in) {
    const Placement placement = mark.front() == 't' ? Placement::tree : Placement::escaped;
    SLUICE_TRY_DO(now->of(placement).sync_folder(std::string_view(mark).substr(1)));
  }
  if (durable_folders_.size() + names.folders.size() > durable_folders_max) {
    durable_folders_.clear();
  }
  durable_folders_.insert(names.folders.begin(), names.folders.end());
  return {};
}

Result<void> BucketFiles::remove_at(Placement placement, const std::string& key) {
  const std::string path = path_of(placement, key);
  const auto now = roots();
  const RootedDirectory& root = now->of(placement);
  SLUICE_TRY(entry, root.look_at(path));
  if (!entry || entry->kind != EntryKind::file) {
    return {};
  }
  const auto before = placement == Placement::tree ? watch_.changing(root, folder_of(path))
                                                   : std::optional<std::int64_t>();
  SLUICE_TRY_DO(root.remove_file(path));
  watch_.changed(root, folder_of(path), before);
  root.remove_empty_parents(path);
  for (std::size_t slash = path.find('/'); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    durable_folders_.erase(folder_mark(placement, std::string_view(path).substr(0, slash)));
  }
  return {};
}

S3Result<Placement> BucketFiles::put(IndexedObject object,
                                     int from_directory,
                                     const std::string& from,
                                     const Conditions& conditions,
                                     const store::Notice& notice) {
  SLUICE_S3_TRY(lock, begin());
  SLUICE_S3_TRY_DO(judge(object.key, conditions));
  store::ObjectIndex::Arrival arrival{std::move(object), notice};
  std::vector<Placement> placements;
  SLUICE_S3_TRY_DO(take_in({&arrival, 1}, from_directory, {&from, 1}, placements));
  return placements.front();
}

BucketFiles::Outcome BucketFiles::put_all(std::vector<store::ObjectIndex::Arrival> arrivals,
                                          std::span<const std::string> from) {
  Outcome outcome;
  auto lock = begin();
  outcome.next = lock ? take_in(arrivals, AT_FDCWD, from, outcome.placements)
                      : std::unexpected(std::move(lock).error());
  return outcome;
}

// With the lock.  The rows first, durably; then the names; then the rows are those of the keys.
S3Result<void> BucketFiles::take_in(std::span<store::ObjectIndex::Arrival> arrivals,
                                    int from_directory,
                                    std::span<const std::string> from,
                                    std::vector<Placement>& placements) {
  SLUICE_CHECK(from.size() == arrivals.size());
  std::vector<std::optional<Placement>> before;
  for (auto& [object, notice] : arrivals) {
    SLUICE_TRY(row, index_.find(bucket_, object.key));
    before.push_back(row ? std::optional(row->placement) : std::nullopt);
    SLUICE_TRY(placement, choose_placement(object.key));
    object.placement = placement;
  }
  SLUICE_TRY(ids, index_.stage_all(bucket_, arrivals));
  NewNames names;
  std::size_t moved = 0;
  Result<void> next;
  while (moved < arrivals.size()) {
    next = move_in(arrivals[moved].object, from_directory, from[moved], names);
    if (!next) {
      break;
    }
    ++moved;
  }
  if (auto synced = sync(names); !synced) {
    moved = 0;
    next = std::move(synced);
  }
  SLUICE_TRY_DO(index_.promote_all(std::span(ids).first(moved)));
  for (std::size_t i = moved; i < arrivals.size(); ++i) {
    // The file may have its name although that is not durable: then the row must know it.
    SLUICE_TRY_DO(settle({ids[i], bucket_, arrivals[i].object}));
  }
  for (std::size_t i = 0; i < moved; ++i) {
    const IndexedObject& object = arrivals[i].object;
    if (before[i] && *before[i] != object.placement) {
      SLUICE_TRY_DO(remove_at(*before[i], object.key));
    }
    placements.push_back(object.placement);
  }
  return next ? S3Result<void>() : std::unexpected(S3Error(std::move(next).error()));
}

S3Result<void> BucketFiles::remove(const std::string& key) {
  SLUICE_S3_TRY(lock, begin());
  SLUICE_TRY_DO(remove_anywhere(key));
  return {};
}

S3Result<bool> BucketFiles::remove_as_of(const std::string& key, UnixMillis modified) {
  SLUICE_S3_TRY(lock, begin());
  SLUICE_TRY(found, find_settling(key));
  if (!found || info_of(found->object).modified > modified) {
    return false;
  }
  SLUICE_TRY_DO(remove_anywhere(key));
  return true;
}

Result<void> BucketFiles::remove_anywhere(const std::string& key) {
  if (is_plain_key(key)) {
    SLUICE_TRY_DO(remove_at(Placement::tree, key));
  }
  SLUICE_TRY_DO(remove_at(Placement::escaped, key));
  return index_.remove_all(bucket_, {key});
}

S3Result<void> BucketFiles::confirm(const IndexedObject& expected) {
  SLUICE_S3_TRY(lock, begin());
  SLUICE_TRY(found, find_settling(expected.key));
  if (!found) {
    return std::unexpected(no_such_key());
  }
  SLUICE_CHECK(expected.sha256.has_value());
  const Placement placement = found->object.placement;
  std::optional<Sha256Digest> sha256 = found->object.sha256;
  if (!sha256) {
    SLUICE_TRY(digest, sha256_of(*make_object_file(std::move(found->file), expected.key)));
    sha256 = digest;
  }
  if (found->object.file.bytes != expected.file.bytes || sha256 != expected.sha256) {
    return fail_s3(S3Code::precondition_failed,
                   fmt::format("{}/{} holds other bytes", bucket_, expected.key));
  }
  SLUICE_TRY_DO(roots()->of(placement).sync_names(path_of(placement, expected.key)));
  IndexedObject object = expected;
  object.placement = placement;
  object.file = found->object.file;
  if (object != found->object) {
    SLUICE_TRY(id, index_.stage(bucket_, object));
    SLUICE_TRY_DO(index_.promote(id));
  }
  return {};
}

Result<void> BucketFiles::note_quick_digest(const std::string& key,
                                            const store::FileIdentity& file,
                                            const std::string& digest) {
  const std::lock_guard lock(mutex_);
  SLUICE_TRY(row, index_.find(bucket_, key));
  if (is_closed_ || !row || row->file != file || !row->sha256) {
    return {};
  }
  row->headers.insert_or_assign(quick_digest_entry, digest);
  return index_.save(bucket_, *row);
}

S3Result<void> BucketFiles::set_tags(const std::string& key, const std::string& tags) {
  SLUICE_S3_TRY(lock, begin());
  SLUICE_TRY(found, find_settling(key));
  if (!found) {
    return std::unexpected(no_such_key());
  }
  IndexedObject object = std::move(found->object);
  if (tags.empty()) {
    object.headers.erase(tags_entry);
  } else {
    object.headers.insert_or_assign(tags_entry, tags);
  }
  SLUICE_TRY(id, index_.stage(bucket_, object));
  SLUICE_TRY_DO(index_.promote(id));
  return {};
}

Result<void> BucketFiles::settle(const store::StagedObject& staged) {
  const IndexedObject& object = staged.object;
  SLUICE_TRY(entry, roots()->of(object.placement).look_at(path_of(object.placement, object.key)));
  const bool is_there = entry && entry->kind == EntryKind::file && entry->file == object.file;
  return is_there ? index_.promote(staged.id) : index_.drop(staged.id);
}

S3Result<std::vector<IndexedObject>> BucketFiles::checked_page(store::PageQuery query, Lock& lock) {
  const auto now = roots();
  while (true) {
    SLUICE_TRY(rows, index_.page(bucket_, query));
    std::vector<IndexedObject> checked;
    for (IndexedObject& row : rows) {
      query.after = row.key;
      const std::string path = path_of(row.placement, row.key);
      SLUICE_TRY(entry, now->of(row.placement).look_at(path));
      if (entry && entry->kind == EntryKind::file && entry->file == row.file) {
        checked.push_back(std::move(row));
        continue;
      }
      const bool had_lock = lock.owns_lock();
      if (!had_lock) {
        lock.lock();
      }
      SLUICE_TRY(found, find_settling(query.after));
      if (found) {
        checked.push_back(std::move(found->object));
      }
      if (!had_lock) {
        lock.unlock();
      }
    }
    if (!checked.empty() || rows.empty()) {
      return checked;
    }
    query.includes_after = false;
  }
}

Result<void> BucketFiles::look_at_tree(std::string_view prefix) {
  const auto now = roots();
  return watch_.look(now->tree, prefix, clock_.now(), [&](std::vector<std::string> keys) {
    return add_rows(now->tree, std::move(keys));
  });
}

Result<void> BucketFiles::add_rows(const RootedDirectory& tree, std::vector<std::string> keys) {
  SLUICE_TRY(unknown, index_.without_row(bucket_, std::move(keys)));
  for (std::size_t begun = 0; begun < unknown.size(); begun += rows_at_once) {
    const auto first = unknown.begin() + static_cast<std::ptrdiff_t>(begun);
    const auto last =
        first + static_cast<std::ptrdiff_t>(std::min(rows_at_once, unknown.size() - begun));
    // What we are putting ourselves has its row when the lock is free.
    const std::lock_guard lock(mutex_);
    SLUICE_TRY(found, index_.without_row(bucket_, {first, last}));
    std::vector<IndexedObject> rows;
    for (std::string& key : found) {
      SLUICE_TRY(entry, tree.look_at(key));
      if (entry && entry->kind == EntryKind::file) {
        rows.push_back(describe_by_hand(std::move(key), Placement::tree, entry->file));
      }
    }
    if (!rows.empty() && !is_closed_) {
      SLUICE_TRY_DO(index_.save_all(bucket_, rows));
    }
  }
  return {};
}

S3Result<ListPage> BucketFiles::list(const ListRequest& request) {
  SLUICE_S3_TRY(lock, begin());
  lock.unlock();
  if (request.continuation_token.empty()) {
    SLUICE_TRY_DO(look_at_tree(request.prefix));
  }
  return list_page(request,
                   [&](const store::PageQuery& query) { return checked_page(query, lock); });
}

S3Result<void> BucketFiles::close(const std::function<Result<void>()>& forget) {
  SLUICE_TRY_DO(look_at_tree({}));
  SLUICE_S3_TRY(lock, begin());
  store::PageQuery any;
  any.limit = 1;
  SLUICE_S3_TRY(left, checked_page(any, lock));
  if (!left.empty()) {
    return fail_s3(S3Code::bucket_not_empty, "The bucket you tried to delete is not empty");
  }
  SLUICE_TRY_DO(forget());
  is_closed_ = true;
  // What stands in the tree and is no object (a symbolic link, say) was put there by hand and
  // stays.
  const auto now = roots();
  if (now->tree.clear(false)) {
    rmdir(tree_path_.c_str());
  }
  if (now->escaped.clear(true)) {
    rmdir(escaped_path_.c_str());
  }
  return {};
}

}  // namespace sluice::s3
