// Buckets and uploads of the local store.
#include "s3/local_store.h"

#include "base/check.h"
#include "json/document.h"
#include "json/writer.h"
#include "s3/bucket_name.h"
#include "s3/copied_bytes.h"
#include "s3/key_mapping.h"
#include "s3/object_file.h"
#include "s3/upload_checksum.h"
#include "s3/verified_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace sluice::s3 {
namespace {

constexpr std::int64_t bucket_format_version = 1;

// Smaller pieces are digested on the spot.
constexpr std::size_t errand_bytes_min = std::size_t{32} << 10;

std::string encode_bucket(const BucketInfo& info) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.member("format", bucket_format_version);
  out.member("region", std::string_view(info.region));
  out.member("created_ms", to_count(info.created));
  out.end_object();
  return text;
}

Result<BucketInfo> decode_bucket(const store::Definition& definition) {
  SLUICE_TRY(document, json::Document::parse(definition.body));
  const json::View root = document.root();
  const auto format = root.find("format").as_int64();
  const auto region = root.find("region").as_string();
  const auto created = root.find("created_ms").as_int64();
  if (format && *format > bucket_format_version) {
    return fail(
        Fault::unsupported,
        fmt::format("bucket {}: its definition was written by a newer sluice", definition.key));
  }
  if (!format || !region || !created || !check_bucket_name(definition.key)) {
    return fail(Fault::corrupt, fmt::format("bucket {}: broken definition", definition.key));
  }
  return BucketInfo{definition.key, std::string(*region), unix_millis(*created)};
}

S3Error no_such_bucket(std::string_view bucket) {
  return {S3Code::no_such_bucket, fmt::format("The specified bucket does not exist: {}", bucket)};
}

store::IndexedObject describe(const std::string& key, const Adoption& adoption) {
  store::IndexedObject object;
  object.key = key;
  object.file.bytes = adoption.bytes;
  object.etag = to_hex(adoption.md5);
  object.sha256 = adoption.sha256;
  object.headers = to_header_map(adoption.headers);
  return object;
}

// Identity of a regular file, after everything about it has been synced.
Result<store::FileIdentity> sync_file(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC));
  if (!file.is_open()) {
    return fail_errno(errno, fmt::format("open {}", path));
  }
  struct stat status = {};
  if (fsync(file.number()) != 0 || fstat(file.number(), &status) != 0) {
    return fail_errno(errno, fmt::format("sync {}", path));
  }
  if (!S_ISREG(status.st_mode)) {
    return fail(Fault::invalid, fmt::format("{} is not a regular file", path));
  }
  constexpr std::int64_t ns_per_s = 1'000'000'000;
  return store::FileIdentity{status.st_ino,
                             static_cast<std::uint64_t>(status.st_size),
                             status.st_mtim.tv_sec * ns_per_s + status.st_mtim.tv_nsec};
}

// The object that a sealed file is to be.
S3Result<store::IndexedObject> take_sealed(const LocalStore::Adoptee& file) {
  SLUICE_S3_TRY_DO(check_key(file.key));
  SLUICE_TRY(identity, sync_file(file.adoption.path));
  if (identity.bytes != file.adoption.bytes) {
    return fail_s3(S3Code::invalid_argument,
                   fmt::format("{} has {} bytes instead of {}: it was changed after it was sealed",
                               file.adoption.path,
                               identity.bytes,
                               file.adoption.bytes));
  }
  store::IndexedObject object = describe(file.key, file.adoption);
  object.file = identity;
  return object;
}

}  // namespace

Upload::Upload(LocalStore& store,
               std::string bucket,
               std::string key,
               std::string temporary_name,
               std::unique_ptr<File> file,
               const UploadRules& rules)
    : store_(store),
      bucket_(std::move(bucket)),
      key_(std::move(key)),
      temporary_name_(std::move(temporary_name)),
      file_(std::move(file)),
      rules_(rules) {}

Upload::~Upload() {
  if (!is_finished_) {
    // A name that cannot be removed now is removed at the next start.
    static_cast<void>(store_.temporary_->remove_file(temporary_name_));
  }
}

S3Result<void> Upload::write(ByteView piece) {
  SLUICE_CHECK(!is_finished_);
  if (piece.size() > rules_.bytes_max - bytes_) {
    return fail_s3(S3Code::entity_too_large,
                   fmt::format("Your proposed upload exceeds the maximum allowed size: {} GiB",
                               rules_.bytes_max >> 30));
  }
  // An MD5 takes longer than all the rest together.
  md5_.begin(piece.size() >= errand_bytes_min ? &store_.helpers_ : nullptr,
             [this, piece] { digest_.update_md5(piece); });
  quick_.update(piece);
  if (rules_.has_sha256) {
    digest_.update_sha256(piece);
  }
  auto written = file_->write_at(bytes_, piece);
  md5_.finish();
  SLUICE_TRY_DO(std::move(written));
  bytes_ += piece.size();
  return {};
}

S3Result<PutResult> Upload::finish(const PutOptions& options) {
  SLUICE_CHECK(!is_finished_);
  return store_.finish_upload(*this, options);
}

LocalStore::LocalStore(std::string data_directory, store::Database& database, const Clock& clock)
    : data_directory_(std::move(data_directory)),
      database_(database),
      definitions_(database),
      index_(database),
      clock_(clock) {}

LocalStore::~LocalStore() = default;

Result<std::unique_ptr<LocalStore>> LocalStore::open(const std::string& data_directory,
                                                     store::Database& database,
                                                     const Clock& clock) {
  std::unique_ptr<LocalStore> opened(new LocalStore(data_directory, database, clock));
  const std::string temporary = join_path(data_directory, "tmp");
  const auto files = make_posix_file_system();
  SLUICE_TRY_DO(files->create_directories(join_path(data_directory, "buckets")));
  SLUICE_TRY_DO(files->create_directories(join_path(data_directory, "escaped")));
  SLUICE_TRY_DO(files->create_directories(temporary));
  SLUICE_TRY(temporary_folder, RootedDirectory::open(temporary));
  opened->temporary_ = std::move(temporary_folder);
  SLUICE_TRY_DO(opened->load_buckets());
  SLUICE_TRY_DO(opened->settle_staged());
  SLUICE_TRY_DO(opened->empty_temporary());
  return opened;
}

Result<void> LocalStore::load_buckets() {
  SLUICE_TRY(definitions, definitions_.load_all(store::kind_bucket));
  for (const store::Definition& definition : definitions) {
    SLUICE_TRY(info, decode_bucket(definition));
    SLUICE_TRY(files, BucketFiles::open(data_directory_, info.name, index_, clock_));
    buckets_.emplace(definition.key, Bucket{std::move(info), std::move(files)});
  }
  return {};
}

Result<void> LocalStore::settle_staged() {
  SLUICE_TRY(all, index_.staged());
  for (const store::StagedObject& staged : all) {
    const auto bucket = buckets_.find(staged.bucket);
    SLUICE_TRY_DO(bucket == buckets_.end() ? index_.drop(staged.id)
                                           : bucket->second.files->settle(staged));
  }
  return {};
}

Result<void> LocalStore::empty_temporary() const {
  return temporary_->clear(true);
}

S3Result<std::shared_ptr<BucketFiles>> LocalStore::files_of(std::string_view bucket) const {
  const std::lock_guard lock(buckets_mutex_);
  const auto found = buckets_.find(bucket);
  if (found == buckets_.end()) {
    return std::unexpected(no_such_bucket(bucket));
  }
  return found->second.files;
}

S3Result<void> LocalStore::create_bucket(const std::string& bucket, const std::string& region) {
  SLUICE_S3_TRY_DO(check_bucket_name(bucket));
  const std::lock_guard lock(buckets_mutex_);
  if (buckets_.contains(bucket)) {
    return fail_s3(S3Code::bucket_already_owned_by_you,
                   "Your previous request to create the named bucket succeeded and you already own "
                   "it.");
  }
  BucketInfo info{bucket, region, clock_.now()};
  SLUICE_TRY(files, BucketFiles::open(data_directory_, bucket, index_, clock_));
  SLUICE_TRY_DO(definitions_.create(store::kind_bucket, bucket, encode_bucket(info)));
  buckets_.emplace(bucket, Bucket{std::move(info), std::move(files)});
  return {};
}

S3Result<BucketInfo> LocalStore::head_bucket(std::string_view bucket) const {
  const std::lock_guard lock(buckets_mutex_);
  const auto found = buckets_.find(bucket);
  if (found == buckets_.end()) {
    return std::unexpected(no_such_bucket(bucket));
  }
  return found->second.info;
}

std::vector<BucketInfo> LocalStore::list_buckets() const {
  const std::lock_guard lock(buckets_mutex_);
  std::vector<BucketInfo> all;
  all.reserve(buckets_.size());
  for (const auto& [name, bucket] : buckets_) {
    all.push_back(bucket.info);
  }
  return all;
}

S3Result<void> LocalStore::delete_bucket(const std::string& bucket) {
  // Held throughout, so that nobody creates the bucket anew while its folders go.
  const std::lock_guard lock(buckets_mutex_);
  const auto found = buckets_.find(bucket);
  if (found == buckets_.end()) {
    return std::unexpected(no_such_bucket(bucket));
  }
  SLUICE_S3_TRY_DO(found->second.files->close([&] {
    return database_.write([&](store::Transaction& transaction) -> Result<void> {
      SLUICE_TRY_DO(store::Definitions::remove(transaction, store::kind_bucket, bucket));
      auto forgotten = store::Definitions::remove(transaction, store::kind_lifecycle, bucket);
      if (!forgotten && forgotten.error().fault() != Fault::missing) {
        return forgotten;
      }
      return store::ObjectIndex::remove_bucket(transaction, bucket);
    });
  }));
  buckets_.erase(found);
  return {};
}

S3Result<std::unique_ptr<Upload>> LocalStore::start_upload(const std::string& bucket,
                                                           const std::string& key,
                                                           const UploadRules& rules) {
  SLUICE_S3_TRY(files, files_of(bucket));
  SLUICE_S3_TRY_DO(check_key(key));
  std::string name = fmt::format("{}", next_temporary_++);
  SLUICE_TRY(descriptor, temporary_->create_file(name));
  auto file = make_object_file(std::move(descriptor), fmt::format("upload {}", name));
  return std::unique_ptr<Upload>(
      new Upload(*this, bucket, key, std::move(name), std::move(file), rules));
}

S3Result<PutResult> LocalStore::finish_upload(Upload& upload, const PutOptions& options) {
  SLUICE_S3_TRY_DO(check_metadata(options.headers));
  SLUICE_CHECK(upload.rules_.has_sha256 || !options.expected.sha256);
  const RunningDigest::Digests digests = upload.digest_.finish();
  SLUICE_S3_TRY_DO(check_expectations(options.expected, upload.bytes_, digests));
  SLUICE_TRY_DO(upload.file_->sync());
  SLUICE_TRY(entry, temporary_->look_at(upload.temporary_name_));
  if (!entry || entry->kind != EntryKind::file || entry->file.bytes != upload.bytes_) {
    return fail_s3(S3Code::internal_error,
                   fmt::format("the upload's file {}/{} was changed or removed",
                               temporary_->path(),
                               upload.temporary_name_));
  }
  Adoption adoption;
  adoption.bytes = upload.bytes_;
  adoption.md5 = digests.md5;
  adoption.sha256 = digests.sha256;
  adoption.headers = options.headers;
  store::IndexedObject object = describe(upload.key_, adoption);
  object.headers.emplace(quick_digest_entry, upload.quick_.so_far());
  object.file = entry->file;
  if (!upload.rules_.has_sha256) {
    object.sha256.reset();
  }
  if (!options.etag.empty()) {
    object.etag = options.etag;
  }
  PutResult result{object.etag, upload.bytes_};
  const std::string from = fmt::format("{}/{}", temporary_->path(), upload.temporary_name_);
  SLUICE_S3_TRY_DO(
      put_file(upload.bucket_, std::move(object), from, options.conditions, options.how));
  upload.is_finished_ = true;
  return result;
}

store::Notice LocalStore::notice_of(const std::string& bucket,
                                    const std::string& key,
                                    Creation how) {
  return events_ == nullptr
             ? store::Notice()
             : store::Notice{
                   std::string(event_of(how)), clock_.now(), events_->receivers(bucket, key, how)};
}

S3Result<store::Placement> LocalStore::put_file(const std::string& bucket,
                                                store::IndexedObject object,
                                                const std::string& from,
                                                const Conditions& conditions,
                                                Creation how) {
  SLUICE_S3_TRY(files, files_of(bucket));
  const store::Notice notice = notice_of(bucket, object.key, how);
  SLUICE_S3_TRY(placement, files->put(std::move(object), AT_FDCWD, from, conditions, notice));
  if (!notice.receivers.empty()) {
    events_->on_notifications();
  }
  return placement;
}

S3Result<PutResult> LocalStore::put(const std::string& bucket,
                                    const std::string& key,
                                    ByteView body,
                                    const PutOptions& options) {
  SLUICE_S3_TRY(upload,
                start_upload(bucket, key, {.has_sha256 = options.expected.sha256.has_value()}));
  SLUICE_S3_TRY_DO(upload->write(body));
  return upload->finish(options);
}

S3Result<PutResult> LocalStore::adopt(const std::string& bucket,
                                      const std::string& key,
                                      const Adoption& adoption) {
  const Adoptee file{key, adoption};
  Adopted adopted = adopt_all(bucket, {&file, 1});
  SLUICE_S3_TRY_DO(adopted.next);
  return std::move(adopted.results.front());
}

LocalStore::Adopted LocalStore::adopt_all(const std::string& bucket,
                                          std::span<const Adoptee> files) {
  Adopted adopted;
  const auto of_bucket = files_of(bucket);
  if (!of_bucket) {
    adopted.next = std::unexpected(of_bucket.error());
    return adopted;
  }
  std::vector<store::ObjectIndex::Arrival> arrivals;
  std::vector<std::string> paths;
  bool is_anybody_told = false;
  for (const Adoptee& file : files) {
    auto object = take_sealed(file);
    if (!object) {
      adopted.next = std::unexpected(std::move(object).error());
      break;
    }
    adopted.results.push_back({object->etag, file.adoption.bytes, false});
    store::Notice notice = notice_of(bucket, file.key, Creation::put);
    is_anybody_told |= !notice.receivers.empty();
    arrivals.push_back({*std::move(object), std::move(notice)});
    paths.push_back(file.adoption.path);
  }
  if (arrivals.empty()) {
    return adopted;
  }
  BucketFiles::Outcome put = (*of_bucket)->put_all(std::move(arrivals), paths);
  adopted.results.resize(put.placements.size());
  for (std::size_t i = 0; i < put.placements.size(); ++i) {
    adopted.results[i].is_escaped = put.placements[i] == store::Placement::escaped;
  }
  if (!put.next) {
    adopted.next = std::move(put.next);
  }
  if (is_anybody_told) {
    events_->on_notifications();
  }
  return adopted;
}

S3Result<PutResult> LocalStore::confirm(const std::string& bucket,
                                        const std::string& key,
                                        const Adoption& adoption) {
  SLUICE_S3_TRY(files, files_of(bucket));
  SLUICE_S3_TRY_DO(check_key(key));
  SLUICE_S3_TRY_DO(files->confirm(describe(key, adoption)));
  return PutResult{to_hex(adoption.md5), adoption.bytes};
}

S3Result<GetResult> LocalStore::get(const std::string& bucket, const std::string& key) {
  SLUICE_S3_TRY(files, files_of(bucket));
  SLUICE_S3_TRY_DO(check_key(key));
  SLUICE_S3_TRY(found, files->find(key));
  ObjectInfo info = info_of(found.object);
  auto file = make_object_file(std::move(found.file), key);
  if (!info.sha256 && info.quick_digest.empty()) {
    return GetResult{std::move(info), std::move(file)};  // made by hand
  }
  StoredDigest stored{
      fmt::format("object s3://{}/{}", bucket, key), info.bytes, info.sha256, info.quick_digest};
  // Without it the next reader has to look closely again; the files may outlive the store.
  const auto note =
      [store = std::weak_ptr(files), key, identity = found.object.file](const std::string& quick) {
        if (const auto alive = store.lock()) {
          static_cast<void>(alive->note_quick_digest(key, identity, quick));
        }
      };
  return GetResult{
      std::move(info),
      make_verified_file(
          std::move(file), std::move(stored), [counter = damaged_reads_] { ++*counter; }, note)};
}

S3Result<ObjectInfo> LocalStore::head(const std::string& bucket, const std::string& key) {
  SLUICE_S3_TRY(files, files_of(bucket));
  SLUICE_S3_TRY_DO(check_key(key));
  SLUICE_S3_TRY(found, files->find(key));
  return info_of(found.object);
}

S3Result<void> LocalStore::set_tags(const std::string& bucket,
                                    const std::string& key,
                                    const std::string& tags) {
  SLUICE_S3_TRY(files, files_of(bucket));
  SLUICE_S3_TRY_DO(check_key(key));
  return files->set_tags(key, tags);
}

S3Result<void> LocalStore::remove(const std::string& bucket, const std::string& key) {
  SLUICE_S3_TRY(files, files_of(bucket));
  SLUICE_S3_TRY_DO(check_key(key));
  return files->remove(key);
}

S3Result<bool> LocalStore::remove_as_of(const std::string& bucket,
                                        const std::string& key,
                                        UnixMillis modified) {
  SLUICE_S3_TRY(files, files_of(bucket));
  return files->remove_as_of(key, modified);
}

S3Result<ObjectInfo> LocalStore::copy(const std::string& from_bucket,
                                      const std::string& from_key,
                                      const std::string& bucket,
                                      const std::string& key,
                                      const CopyOptions& options) {
  SLUICE_S3_TRY(source, get(from_bucket, from_key));
  if (judge_read(options.source, source.info.etag, source.info.modified) != Verdict::proceed) {
    return fail_s3(S3Code::precondition_failed,
                   "At least one of the pre-conditions you specified did not hold");
  }
  SLUICE_S3_TRY(upload, start_upload(bucket, key));
  // A composite checksum is of parts, which the copy has not.
  const std::optional<Checksum>& known = source.info.headers.checksum;
  std::optional<RunningChecksum> whole;
  if (known && type_of(*known) == ChecksumType::composite) {
    whole.emplace(known->algorithm);
  }
  SLUICE_S3_TRY_DO(copy_bytes(*source.file, 0, source.info.bytes, [&](ByteView piece) {
    if (whole) {
      whole->update(piece);
    }
    return upload->write(piece);
  }));
  PutOptions put;
  put.headers = options.headers.value_or(source.info.headers);
  put.headers.checksum = whole ? whole->finish() : known;
  put.headers.parts.clear();
  put.conditions = options.conditions;
  put.how = Creation::copy;
  SLUICE_S3_TRY_DO(upload->finish(put));
  return head(bucket, key);
}

S3Result<ListPage> LocalStore::list(const std::string& bucket, const ListRequest& request) {
  SLUICE_S3_TRY(files, files_of(bucket));
  return files->list(request);
}

}  // namespace sluice::s3
