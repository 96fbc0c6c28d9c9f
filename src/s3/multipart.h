// Uploads in parts: parts are files of their own until they are made one object.
//
//   <data>/multipart/<upload id>/upload          bucket, key and headers, as JSON
//   <data>/multipart/<upload id>/<number>-<md5>  a part, synced; the newest of its number counts
//   <data>/multipart/<upload id>/<number>-<md5>-<checksum>
//                                                the same in an upload with checksums: base64,
//                                                where / is written as _
//
// The folder is the whole truth about what is under way, so that a restart changes nothing.
#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "s3/local_store.h"
#include "s3/upload_checksum.h"
#include "s3/xml_requests.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::s3 {

// All but the last part of an object must have as many bytes.
inline constexpr std::uint64_t part_bytes_min = std::uint64_t{5} << 20;

// The largest object that can be put together.
inline constexpr std::uint64_t multipart_bytes_max = std::uint64_t{5} << 40;

// Uploads that nobody has completed or aborted after this are removed.
inline constexpr std::chrono::hours multipart_expiry{7 * 24};

// Which upload a call is about: all three must fit together.
struct UploadName {
  std::string bucket;
  std::string key;
  std::string id;
};

struct StoredPart {
  std::uint32_t number = 0;
  std::string etag;  // without quotes
  std::uint64_t bytes = 0;
  UnixMillis modified{};
  std::string checksum{};  // base64; empty: the upload has none
};

struct PartsPage {
  std::optional<UploadChecksum> checksum;
  std::vector<StoredPart> parts;  // by number
  bool is_truncated = false;
};

struct Completion {
  std::vector<CompletedPart> parts;
  Conditions conditions{};
  std::optional<Checksum> checksum{};    // what that of the object should be
  std::optional<std::uint64_t> bytes{};  // likewise
};

struct Completed {
  std::string etag;
  std::optional<Checksum> checksum;
};

struct PendingUpload {
  std::string key;
  std::string id;
  UnixMillis begun{};
  std::optional<UploadChecksum> checksum{};
};

struct UploadsRequest {
  std::string prefix{};
  std::string key_marker{};  // keys behind it; at it with an id behind `id_marker`
  std::string id_marker{};   // of no meaning without a key_marker
  std::size_t limit = 1000;
};

struct UploadsPage {
  std::vector<PendingUpload> uploads;  // by key, then by id
  bool is_truncated = false;
};

class MultipartUploads;

// A part on its way in.  One thread at a time.  Unless finish() succeeds nothing of it remains.
// Must be gone before its uploads are.
class PartUpload {
 public:
  ~PartUpload();
  PartUpload(const PartUpload&) = delete;
  PartUpload& operator=(const PartUpload&) = delete;

  // S3Code::slow_down when the disk is full, entity_too_large above put_bytes_max.
  S3Result<void> write(ByteView piece);

  // Of its upload.
  const std::optional<UploadChecksum>& upload_checksum() const { return upload_checksum_; }

  struct Made {
    std::string etag;
    std::optional<Checksum> checksum;  // by the upload's algorithm
  };

  // Checks what was expected and makes the part durable; it replaces an older one of its number.
  // no_such_upload when the upload has ended meanwhile.  Call once.
  S3Result<Made> finish(const BodyExpectations& expected);

 private:
  friend class MultipartUploads;
  PartUpload(MultipartUploads& uploads,
             std::string id,
             std::uint32_t number,
             std::string path,
             std::unique_ptr<File> file,
             std::optional<UploadChecksum> checksum);

  MultipartUploads& uploads_;
  const std::string id_;
  const std::uint32_t number_;
  const std::string path_;  // of the file, until it has its name
  std::unique_ptr<File> file_;
  const std::optional<UploadChecksum> upload_checksum_;
  std::optional<RunningChecksum> checksum_;
  RunningDigest digest_;
  std::uint64_t bytes_ = 0;
};

// Thread-safe.  All calls block on the disk.  Every call that names an upload says no_such_bucket
// or no_such_upload where there is none.
class MultipartUploads {
 public:
  // Creates the folder and removes what a crash left half written.  Borrows store, clock and
  // random.
  static Result<std::unique_ptr<MultipartUploads>> open(const std::string& data_directory,
                                                        LocalStore& store,
                                                        const Clock& clock,
                                                        Random& random);

  MultipartUploads(const MultipartUploads&) = delete;
  MultipartUploads& operator=(const MultipartUploads&) = delete;
  ~MultipartUploads() = default;

  // The upload's id; once an hour expired ones are removed first.  no_such_bucket, key_too_long,
  // metadata_too_large.
  S3Result<std::string> create(const std::string& bucket,
                               const std::string& key,
                               const ObjectHeaders& headers,
                               const std::optional<UploadChecksum>& checksum = std::nullopt);

  // `number` from 1 to part_number_max.
  S3Result<std::unique_ptr<PartUpload>> start_part(const UploadName& name, std::uint32_t number);

  // Makes the object of these parts.  invalid_part_order unless their numbers ascend; invalid_part
  // for one that is not there or has another ETag or checksum; entity_too_small; bad_digest and
  // invalid_request where the object is not what was expected; operation_aborted while another call
  // completes the same upload; and what a put may say.  When the upload is gone but the object is
  // there with the ETag that these parts make, an earlier call had done it.
  S3Result<Completed> complete(const UploadName& name, const Completion& completion);

  S3Result<void> abort(const UploadName& name);

  // At most `limit` parts with numbers above `after`.
  S3Result<PartsPage> list_parts(const UploadName& name, std::uint32_t after, std::size_t limit);

  S3Result<UploadsPage> list(const std::string& bucket, const UploadsRequest& request);

  // The bucket is gone, and so is what was on its way there.
  Result<void> forget_bucket(std::string_view bucket);

  // Removes what is older than multipart_expiry; how many that were.
  Result<std::size_t> expire();

 private:
  friend class PartUpload;

  struct State {
    std::string bucket;
    std::string key;
    ObjectHeaders headers;
    UnixMillis begun{};
    std::optional<UploadChecksum> checksum;
  };

  MultipartUploads(LocalStore& store, const Clock& clock, Random& random, RootedDirectory folder)
      : store_(store), clock_(clock), random_(random), folder_(std::move(folder)) {}

  Result<void> remove_half_written();
  Result<std::vector<std::string>> ids() const;
  Result<std::optional<State>> read_state(const std::string& id) const;
  S3Result<State> find(const UploadName& name) const;
  Result<void> remove(const std::string& id);
  Result<std::vector<StoredPart>> parts_of(const std::string& id) const;
  S3Result<void> keep_part(const PartUpload& part, const PartUpload::Made& made);
  S3Result<std::vector<StoredPart>> chosen_parts(const UploadName& name,
                                                 const std::vector<CompletedPart>& parts) const;
  S3Result<Completed> completed_before(const UploadName& name,
                                       const std::string& etag,
                                       S3Error error);
  S3Result<Completed> put_together(const UploadName& name,
                                   const State& state,
                                   const std::vector<StoredPart>& parts,
                                   std::string etag,
                                   const Completion& completion);
  std::string new_path(const std::string& id);
  Result<void> sweep();

  LocalStore& store_;
  const Clock& clock_;
  Random& random_;
  const RootedDirectory folder_;
  std::atomic<std::uint64_t> next_file_{1};

  // Parts get and lose their names, uploads end.
  std::mutex mutex_;
  UnixMillis next_sweep_{};
  std::set<std::string, std::less<>> completing_;
};

}  // namespace sluice::s3
