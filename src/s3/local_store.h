// The local bucket: S3's objects as plain files under a data directory.
//
//   <data>/buckets/<bucket>/<key>      an object whose key can be a path (s3/key_mapping.h)
//   <data>/escaped/<bucket>/<escaped>  any other object
//   <data>/tmp/<number>                an upload that is not finished; emptied at start
//
// Whoever looks with ls, DuckDB or pandas sees the objects; whoever puts files there by hand makes
// objects of them.  ETags, headers and digests are kept in the store's object index.  A put is
// atomic and durable when it returns: the bytes are synced, the index knows what is coming, new
// folders and the name itself are synced.
//
// Thread-safe.  All calls block on the disk.
#pragma once

#include "base/clock.h"
#include "base/digest.h"
#include "base/errand.h"
#include "base/file_system.h"
#include "s3/body_expectations.h"
#include "s3/bucket_files.h"
#include "s3/conditions.h"
#include "s3/error.h"
#include "s3/listing.h"
#include "s3/object_events.h"
#include "s3/object_info.h"
#include "s3/quick_digest.h"
#include "s3/rooted_directory.h"
#include "store/definitions.h"
#include "store/object_index.h"

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::s3 {

// The largest object that one PUT may bring.
inline constexpr std::uint64_t put_bytes_max = std::uint64_t{5} << 30;

// The file keeps this version readable whatever happens to the key.  Read from its first byte to
// its last by one reader, it ends in Fault::corrupt where the disk has changed what was put.
struct GetResult {
  ObjectInfo info;
  std::shared_ptr<const File> file;
};

struct PutOptions {
  ObjectHeaders headers;
  BodyExpectations expected;
  Conditions conditions;  // If-Match and If-None-Match, judged at the moment of the put
  std::string etag;       // empty: the MD5 of the body
  Creation how = Creation::put;
};

struct CopyOptions {
  Conditions source;                     // judged as for a GET of the source
  std::optional<ObjectHeaders> headers;  // std::nullopt: the source's
  Conditions conditions;                 // as for a put
};

struct PutResult {
  std::string etag;
  std::uint64_t bytes = 0;
  bool is_escaped = false;  // of adopt(): not in the bucket's tree, which outside readers see
};

class LocalStore;

// What an upload is to be.
struct UploadRules {
  std::uint64_t bytes_max = put_bytes_max;
  bool has_sha256 = false;  // its SHA-256 is taken: where one is expected it has to be
};

// An object on its way in.  One thread at a time.  Unless finish() succeeds nothing of it remains.
// Must be gone before its store is.
class Upload {
 public:
  ~Upload();
  Upload(const Upload&) = delete;
  Upload& operator=(const Upload&) = delete;

  // S3Code::slow_down when the disk is full, entity_too_large above what was said at its start.
  S3Result<void> write(ByteView piece);

  // Checks what was expected, makes the object visible and durable.  Call once.
  S3Result<PutResult> finish(const PutOptions& options);

  std::uint64_t bytes() const { return bytes_; }

 private:
  friend class LocalStore;
  Upload(LocalStore& store,
         std::string bucket,
         std::string key,
         std::string temporary_name,
         std::unique_ptr<File> file,
         const UploadRules& rules);

  LocalStore& store_;
  std::string bucket_;
  std::string key_;
  std::string temporary_name_;
  std::unique_ptr<File> file_;
  const UploadRules rules_;
  RunningDigest digest_;
  QuickDigest quick_;
  Errand md5_;  // of the piece that is being written
  std::uint64_t bytes_ = 0;
  bool is_finished_ = false;
};

// A finished file of this file system that is to become an object.
struct Adoption {
  std::string path;  // its name, absolute or relative to the process
  std::uint64_t bytes = 0;
  Md5Digest md5{};
  Sha256Digest sha256{};
  ObjectHeaders headers;
};

class LocalStore {
 public:
  // Creates the folders, settles what a crash left and empties tmp.  One store per data directory.
  // Borrows database and clock.
  static Result<std::unique_ptr<LocalStore>> open(const std::string& data_directory,
                                                  store::Database& database,
                                                  const Clock& clock);

  ~LocalStore();
  LocalStore(const LocalStore&) = delete;
  LocalStore& operator=(const LocalStore&) = delete;

  // From now on `events` are asked and told.  Before anything is put; borrows `events` until
  // nothing is put any longer.
  void set_events(ObjectEvents& events) { events_ = &events; }

  // invalid_bucket_name, bucket_already_owned_by_you.
  S3Result<void> create_bucket(const std::string& bucket, const std::string& region);

  // no_such_bucket.
  S3Result<BucketInfo> head_bucket(std::string_view bucket) const;

  // By name.
  std::vector<BucketInfo> list_buckets() const;

  // no_such_bucket, bucket_not_empty.
  S3Result<void> delete_bucket(const std::string& bucket);

  // no_such_bucket, key_too_long, slow_down.  The bucket is looked for again at the end.
  S3Result<std::unique_ptr<Upload>> start_upload(const std::string& bucket,
                                                 const std::string& key,
                                                 const UploadRules& rules = {});

  // A small object at once.
  S3Result<PutResult> put(const std::string& bucket,
                          const std::string& key,
                          ByteView body,
                          const PutOptions& options);

  // Moves a sealed and synced file to its key; durable on success.  no_such_bucket, no_such_key
  // when the file is gone, invalid_argument when its size is another.
  S3Result<PutResult> adopt(const std::string& bucket,
                            const std::string& key,
                            const Adoption& adoption);

  // A file to adopt.
  struct Adoptee {
    std::string key;
    Adoption adoption;
  };

  // What became of the first of them, and why the next one was not adopted.
  struct Adopted {
    std::vector<PutResult> results;
    S3Result<void> next{};
  };

  // Several; synced together, in about the time of one.
  Adopted adopt_all(const std::string& bucket, std::span<const Adoptee> files);

  // no_such_bucket, no_such_key.
  S3Result<GetResult> get(const std::string& bucket, const std::string& key);
  S3Result<ObjectInfo> head(const std::string& bucket, const std::string& key);

  // Reads all of an object and puts it under another key, or its own with other headers.
  // no_such_bucket, no_such_key, precondition_failed, and what a put may say.
  S3Result<ObjectInfo> copy(const std::string& from_bucket,
                            const std::string& from_key,
                            const std::string& bucket,
                            const std::string& key,
                            const CopyOptions& options);

  // Replaces the tags of an object, s3/tags.h's text; durable.  no_such_bucket, no_such_key.
  S3Result<void> set_tags(const std::string& bucket,
                          const std::string& key,
                          const std::string& tags);

  // An object that does not exist is deleted already.  no_such_bucket.
  S3Result<void> remove(const std::string& bucket, const std::string& key);

  // The same, unless it was modified later than that; whether something was removed.
  S3Result<bool> remove_as_of(const std::string& bucket,
                              const std::string& key,
                              UnixMillis modified);

  // Of both versions.  no_such_bucket, invalid_argument.
  S3Result<ListPage> list(const std::string& bucket, const ListRequest& request);

  // Makes the names of an object that is in place durable (again) and, if its bytes have these
  // digests, restores what the index should know of it.  no_such_bucket, no_such_key;
  // precondition_failed when the object is another one.
  S3Result<PutResult> confirm(const std::string& bucket,
                              const std::string& key,
                              const Adoption& adoption);

  // How often a reader has met an object whose bytes the disk has changed.
  std::uint64_t damaged_reads() const { return *damaged_reads_; }

 private:
  friend class Upload;

  struct Bucket {
    BucketInfo info;
    std::shared_ptr<BucketFiles> files;
  };

  LocalStore(std::string data_directory, store::Database& database, const Clock& clock);

  Result<void> load_buckets();
  Result<void> settle_staged();
  Result<void> empty_temporary() const;
  S3Result<std::shared_ptr<BucketFiles>> files_of(std::string_view bucket) const;
  S3Result<PutResult> finish_upload(Upload& upload, const PutOptions& options);
  store::Notice notice_of(const std::string& bucket, const std::string& key, Creation how);
  S3Result<store::Placement> put_file(const std::string& bucket,
                                      store::IndexedObject object,
                                      const std::string& from,
                                      const Conditions& conditions,
                                      Creation how);

  std::string data_directory_;
  store::Database& database_;
  store::Definitions definitions_;
  store::ObjectIndex index_;
  const Clock& clock_;
  ObjectEvents* events_ = nullptr;
  std::optional<RootedDirectory> temporary_;  // always there once open() is through
  std::atomic<std::uint64_t> next_temporary_{1};
  Helpers helpers_{1, "sluice-md5"};

  // Shared with the files of answers, which may outlive the store.
  std::shared_ptr<std::atomic<std::uint64_t>> damaged_reads_ =
      std::make_shared<std::atomic<std::uint64_t>>(0);

  mutable std::mutex buckets_mutex_;
  std::map<std::string, Bucket, std::less<>> buckets_;
};

}  // namespace sluice::s3
