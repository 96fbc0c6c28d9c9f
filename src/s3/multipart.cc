#include "s3/multipart.h"

#include "base/check.h"
#include "json/document.h"
#include "json/writer.h"
#include "s3/copied_bytes.h"
#include "s3/key_mapping.h"
#include "s3/object_parts.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace sluice::s3 {
namespace {

constexpr std::string_view state_name = "upload";
constexpr std::string_view new_prefix = "new-";
constexpr std::size_t id_length = 32;
constexpr std::size_t md5_hex_length = 32;
constexpr std::int64_t format_version = 1;

S3Error no_such_upload() {
  return {S3Code::no_such_upload,
          "The specified upload does not exist. The upload ID may be invalid, or the upload may "
          "have been aborted or completed."};
}

// Nothing else becomes part of a path.
bool is_id(std::string_view text) {
  return text.size() == id_length && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
         });
}

std::string part_name(std::uint32_t number, std::string_view etag, std::string checksum) {
  std::ranges::replace(checksum, '/', '_');
  return fmt::format("{}-{}{}{}", number, etag, checksum.empty() ? "" : "-", checksum);
}

std::string part_name(const StoredPart& part) {
  return part_name(part.number, part.etag, part.checksum);
}

// Number, ETag and checksum of a part's file; std::nullopt for any other.
std::optional<StoredPart> read_part_name(std::string_view name) {
  StoredPart part;
  const auto [end, fault] = std::from_chars(name.data(), name.data() + name.size(), part.number);
  const auto digits = static_cast<std::size_t>(end - name.data());
  const std::size_t etag_end = digits + 1 + md5_hex_length;
  if (fault != std::errc() || name.size() < etag_end || name[digits] != '-') {
    return std::nullopt;
  }
  part.etag = name.substr(digits + 1, md5_hex_length);
  if (name.size() > etag_end) {
    if (name[etag_end] != '-') {
      return std::nullopt;
    }
    part.checksum = name.substr(etag_end + 1);
    std::ranges::replace(part.checksum, '_', '/');
  }
  return part;
}

// What the object should be, if the client says.
S3Result<void> check_whole(const Completion& completion,
                           std::uint64_t bytes,
                           const std::optional<Checksum>& checksum) {
  if (completion.bytes && *completion.bytes != bytes) {
    return fail_s3(S3Code::invalid_request,
                   fmt::format("The provided 'x-amz-mp-object-size' header does not match what was "
                               "computed: {} is not {}.",
                               *completion.bytes,
                               bytes));
  }
  if (completion.checksum && checksum && *completion.checksum != *checksum) {
    return fail_s3(S3Code::bad_digest,
                   fmt::format("The {} you specified did not match the calculated checksum.",
                               name_of(completion.checksum->algorithm)));
  }
  return {};
}

// What each part's checksum should be, if the client says.
S3Result<void> check_checksums(const std::vector<CompletedPart>& given,
                               const std::vector<StoredPart>& stored,
                               const std::optional<UploadChecksum>& checksum) {
  for (std::size_t i = 0; i < given.size(); ++i) {
    const std::optional<Checksum>& wanted = given[i].checksum;
    const bool is_right =
        !wanted || !checksum ||
        (wanted->algorithm == checksum->algorithm && wanted->text == stored[i].checksum);
    if (!is_right) {
      return fail_s3(S3Code::invalid_part,
                     fmt::format("One or more of the specified parts could not be found: part {} "
                                 "was uploaded with another checksum.",
                                 given[i].number));
    }
  }
  return {};
}

// The MD5 of the parts' MD5s, and how many they are.
S3Result<std::string> etag_of(const std::vector<CompletedPart>& parts) {
  Bytes digests;
  for (const CompletedPart& part : parts) {
    if (part.etag.size() != md5_hex_length) {
      return fail_s3(S3Code::invalid_part,
                     fmt::format("Part {} was uploaded with another ETag.", part.number));
    }
    for (std::size_t at = 0; at < md5_hex_length; at += 2) {
      std::uint8_t byte = 0;
      const char* const from = part.etag.data() + at;
      const auto [end, fault] = std::from_chars(from, from + 2, byte, 16);
      if (fault != std::errc() || end != from + 2) {
        return fail_s3(S3Code::invalid_part,
                       fmt::format("Part {} was uploaded with another ETag.", part.number));
      }
      digests.push_back(static_cast<char>(byte));
    }
  }
  return fmt::format("{}-{}", to_hex(md5(digests)), parts.size());
}

}  // namespace

PartUpload::PartUpload(MultipartUploads& uploads,
                       std::string id,
                       std::uint32_t number,
                       std::string path,
                       std::unique_ptr<File> file,
                       std::optional<UploadChecksum> checksum)
    : uploads_(uploads),
      id_(std::move(id)),
      number_(number),
      path_(std::move(path)),
      file_(std::move(file)),
      upload_checksum_(checksum) {
  if (checksum) {
    checksum_.emplace(checksum->algorithm);
  }
}

PartUpload::~PartUpload() {
  // Of a part that was kept nothing has this name any more.
  static_cast<void>(uploads_.folder_.remove_file(path_));
}

S3Result<void> PartUpload::write(ByteView piece) {
  if (piece.size() > put_bytes_max - bytes_) {
    return fail_s3(S3Code::entity_too_large,
                   "Your proposed upload exceeds the maximum allowed size: 5 GiB");
  }
  SLUICE_TRY_DO(file_->write_at(bytes_, piece));
  digest_.update(piece);
  if (checksum_) {
    checksum_->update(piece);
  }
  bytes_ += piece.size();
  return {};
}

S3Result<PartUpload::Made> PartUpload::finish(const BodyExpectations& expected) {
  const RunningDigest::Digests digests = digest_.finish();
  SLUICE_S3_TRY_DO(check_expectations(expected, bytes_, digests));
  SLUICE_TRY_DO(file_->sync());
  Made made{to_hex(digests.md5), std::nullopt};
  if (checksum_) {
    made.checksum = checksum_->finish();
  }
  SLUICE_S3_TRY_DO(uploads_.keep_part(*this, made));
  return made;
}

Result<std::unique_ptr<MultipartUploads>> MultipartUploads::open(const std::string& data_directory,
                                                                 LocalStore& store,
                                                                 const Clock& clock,
                                                                 Random& random) {
  const std::string path = join_path(data_directory, "multipart");
  SLUICE_TRY_DO(make_posix_file_system()->create_directories(path));
  SLUICE_TRY(folder, RootedDirectory::open(path));
  std::unique_ptr<MultipartUploads> opened(
      new MultipartUploads(store, clock, random, std::move(folder)));
  SLUICE_TRY_DO(opened->remove_half_written());
  return opened;
}

Result<void> MultipartUploads::remove_half_written() {
  SLUICE_TRY(all, ids());
  for (const std::string& id : all) {
    SLUICE_TRY(listing, folder_.list(id));
    for (const NamedEntry& entry : listing.entries) {
      if (entry.name.starts_with(new_prefix)) {
        SLUICE_TRY_DO(folder_.remove_file(fmt::format("{}/{}", id, entry.name)));
      }
    }
    SLUICE_TRY(state, read_state(id));
    if (!state) {
      SLUICE_TRY_DO(remove(id));  // ended, or never begun
    }
  }
  return {};
}

Result<std::vector<std::string>> MultipartUploads::ids() const {
  SLUICE_TRY(listing, folder_.list(""));
  std::vector<std::string> found;
  for (NamedEntry& entry : listing.entries) {
    if (entry.kind == EntryKind::directory && is_id(entry.name)) {
      found.push_back(std::move(entry.name));
    }
  }
  return found;
}

Result<std::optional<MultipartUploads::State>> MultipartUploads::read_state(
    const std::string& id) const {
  auto opened = folder_.open_file(fmt::format("{}/{}", id, state_name));
  if (!opened) {
    if (opened.error().fault() == Fault::missing) {
      return std::nullopt;
    }
    return std::unexpected(std::move(opened).error());
  }
  Bytes text;
  const std::uint64_t bytes = opened->file.bytes;
  const auto file = make_object_file(std::move(opened->descriptor), id);
  SLUICE_TRY_DO(file->read_at(0, bytes, text));
  SLUICE_TRY(document, json::Document::parse(std::move(text)));
  const json::View root = document.root();
  const auto format = root.find("format").as_int64();
  const auto bucket = root.find("bucket").as_string();
  const auto key = root.find("key").as_string();
  const auto begun = root.find("begun_ms").as_int64();
  if (!format || *format != format_version || !bucket || !key || !begun) {
    return fail(Fault::corrupt,
                fmt::format("{}/{}/{} cannot be read: abort the upload and begin it again",
                            folder_.path(),
                            id,
                            state_name));
  }
  const auto text_of = [&root](std::string_view name) {
    return root.find(name).as_string().value_or(std::string_view());
  };
  // Those of an upload that an older program began are absent.
  auto checksum = upload_checksum(text_of("checksum_algorithm"), text_of("checksum_type"));
  if (!checksum) {
    return std::unexpected(std::move(checksum).error().to_error());
  }
  State state{std::string(*bucket), std::string(*key), {}, unix_millis(*begun), *checksum};
  store::IndexedObject object;
  for (const json::Member& header : root.find("headers").members()) {
    object.headers[std::string(header.key)] =
        std::string(header.value.as_string().value_or(std::string_view()));
  }
  state.headers = info_of(object).headers;
  return state;
}

S3Result<MultipartUploads::State> MultipartUploads::find(const UploadName& name) const {
  SLUICE_S3_TRY(bucket, store_.head_bucket(name.bucket));
  if (!is_id(name.id)) {
    return std::unexpected(no_such_upload());
  }
  SLUICE_TRY(state, read_state(name.id));
  if (!state || state->bucket != name.bucket || state->key != name.key) {
    return std::unexpected(no_such_upload());
  }
  return std::move(*state);
}

std::string MultipartUploads::new_path(const std::string& id) {
  return fmt::format("{}/{}{}", id, new_prefix, next_file_++);
}

Result<void> MultipartUploads::sweep() {
  constexpr std::chrono::hours pause{1};
  {
    const std::lock_guard lock(mutex_);
    if (clock_.now() < next_sweep_) {
      return {};
    }
    next_sweep_ = clock_.now() + pause;
  }
  SLUICE_TRY_DO(expire());
  return {};
}

S3Result<std::string> MultipartUploads::create(const std::string& bucket,
                                               const std::string& key,
                                               const ObjectHeaders& headers,
                                               const std::optional<UploadChecksum>& checksum) {
  SLUICE_S3_TRY(info, store_.head_bucket(bucket));
  SLUICE_S3_TRY_DO(check_key(key));
  SLUICE_S3_TRY_DO(check_metadata(headers));
  SLUICE_TRY_DO(sweep());
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.member("format", format_version);
  out.member("bucket", std::string_view(bucket));
  out.member("key", std::string_view(key));
  out.member("begun_ms", to_count(clock_.now()));
  if (checksum) {
    out.member("checksum_algorithm", name_of(checksum->algorithm));
    out.member("checksum_type", name_of(checksum->type));
  }
  out.key("headers");
  out.begin_object();
  for (const auto& [name, value] : to_header_map(headers)) {
    out.member(name, std::string_view(value));
  }
  out.end_object();
  out.end_object();
  std::string id = random_alphanumeric(random_, id_length);
  SLUICE_TRY_DO(folder_.ensure_directory(id));
  const std::string path = new_path(id);
  SLUICE_TRY(descriptor, folder_.create_file(path));
  const auto file = make_object_file(std::move(descriptor), path);
  SLUICE_TRY_DO(file->write_at(0, text));
  SLUICE_TRY_DO(file->sync());
  SLUICE_TRY_DO(folder_.adopt(
      AT_FDCWD, fmt::format("{}/{}", folder_.path(), path), fmt::format("{}/{}", id, state_name)));
  return id;
}

S3Result<std::unique_ptr<PartUpload>> MultipartUploads::start_part(const UploadName& name,
                                                                   std::uint32_t number) {
  SLUICE_CHECK(number >= 1 && number <= part_number_max);
  SLUICE_S3_TRY(state, find(name));
  std::string path = new_path(name.id);
  auto descriptor = folder_.create_file(path);
  if (!descriptor) {
    if (descriptor.error().fault() == Fault::missing) {
      return std::unexpected(no_such_upload());  // it has just ended
    }
    return std::unexpected(S3Error(std::move(descriptor).error()));
  }
  auto file = make_object_file(std::move(*descriptor), path);
  return std::unique_ptr<PartUpload>(
      new PartUpload(*this, name.id, number, std::move(path), std::move(file), state.checksum));
}

S3Result<void> MultipartUploads::keep_part(const PartUpload& part, const PartUpload::Made& made) {
  const std::lock_guard lock(mutex_);
  if (completing_.contains(part.id_)) {
    return fail_s3(S3Code::operation_aborted, "The upload is being completed.");
  }
  SLUICE_TRY(state, read_state(part.id_));
  if (!state) {
    return std::unexpected(no_such_upload());
  }
  SLUICE_TRY(before, parts_of(part.id_));
  const std::string kept =
      part_name(part.number_, made.etag, made.checksum ? made.checksum->text : "");
  SLUICE_TRY_DO(folder_.adopt(AT_FDCWD,
                              fmt::format("{}/{}", folder_.path(), part.path_),
                              fmt::format("{}/{}", part.id_, kept)));
  for (const StoredPart& old : before) {
    if (old.number == part.number_ && part_name(old) != kept) {
      SLUICE_TRY_DO(folder_.remove_file(fmt::format("{}/{}", part.id_, part_name(old))));
    }
  }
  return {};
}

// By number.  A crash may have left two of one number: the newer counts, as if the removal of the
// older had come through.
Result<std::vector<StoredPart>> MultipartUploads::parts_of(const std::string& id) const {
  SLUICE_TRY(listing, folder_.list(id));
  std::vector<StoredPart> parts;
  for (const NamedEntry& entry : listing.entries) {
    auto part = read_part_name(entry.name);
    if (!part || entry.kind != EntryKind::file) {
      continue;
    }
    SLUICE_TRY(found, folder_.look_at(fmt::format("{}/{}", id, entry.name)));
    if (found) {
      const std::chrono::nanoseconds modified(found->file.modified_ns);
      part->bytes = found->file.bytes;
      part->modified = UnixMillis(std::chrono::floor<std::chrono::milliseconds>(modified));
      parts.push_back(*std::move(part));
    }
  }
  std::ranges::sort(parts, [](const StoredPart& left, const StoredPart& right) {
    return left.number != right.number ? left.number < right.number
                                       : left.modified > right.modified;
  });
  const auto older = std::ranges::unique(parts, {}, &StoredPart::number);
  parts.erase(older.begin(), older.end());
  return parts;
}

S3Result<std::vector<StoredPart>> MultipartUploads::chosen_parts(
    const UploadName& name, const std::vector<CompletedPart>& parts) const {
  SLUICE_TRY(stored, parts_of(name.id));
  std::vector<StoredPart> chosen;
  for (const CompletedPart& part : parts) {
    const auto found = std::ranges::lower_bound(stored, part.number, {}, &StoredPart::number);
    if (found == stored.end() || found->number != part.number || found->etag != part.etag) {
      return fail_s3(S3Code::invalid_part,
                     fmt::format("One or more of the specified parts could not be found: part {} "
                                 "was not uploaded, or with another ETag.",
                                 part.number));
    }
    chosen.push_back(*found);
  }
  for (std::size_t at = 0; at + 1 < chosen.size(); ++at) {
    if (chosen[at].bytes < part_bytes_min) {
      return fail_s3(S3Code::entity_too_small,
                     fmt::format("Your proposed upload is smaller than the minimum allowed size: "
                                 "part {} has {} bytes, and all but the last need 5 MiB.",
                                 chosen[at].number,
                                 chosen[at].bytes));
    }
  }
  return chosen;
}

S3Result<Completed> MultipartUploads::complete(const UploadName& name,
                                               const Completion& completion) {
  const std::vector<CompletedPart>& parts = completion.parts;
  const auto descends = [](const CompletedPart& left, const CompletedPart& right) {
    return left.number >= right.number;
  };
  if (std::ranges::adjacent_find(parts, descends) != parts.end()) {
    return fail_s3(S3Code::invalid_part_order,
                   "The list of parts was not in ascending order. Parts must be ordered by part "
                   "number.");
  }
  SLUICE_S3_TRY(etag, etag_of(parts));
  auto state = find(name);
  if (!state) {
    return completed_before(name, etag, std::move(state).error());
  }
  {
    const std::lock_guard lock(mutex_);
    if (!completing_.insert(name.id).second) {
      return fail_s3(S3Code::operation_aborted, "The upload is being completed.");
    }
  }
  // Another call may have completed it in between.
  if (auto still = find(name); !still) {
    {
      const std::lock_guard lock(mutex_);
      completing_.erase(name.id);
    }
    return completed_before(name, etag, std::move(still).error());
  }
  S3Result<Completed> done = fail_s3(S3Code::internal_error, "");
  if (auto chosen = chosen_parts(name, parts); chosen) {
    done = put_together(name, *state, *chosen, std::move(etag), completion);
  } else {
    done = std::unexpected(std::move(chosen).error());
  }
  const std::lock_guard lock(mutex_);
  completing_.erase(name.id);
  if (done) {
    SLUICE_TRY_DO(remove(name.id));
  }
  return done;
}

// Of an upload that is gone, where the object is there that its parts make; otherwise the error.
S3Result<Completed> MultipartUploads::completed_before(const UploadName& name,
                                                       const std::string& etag,
                                                       S3Error error) {
  const auto object = store_.head(name.bucket, name.key);
  if (error.code() == S3Code::no_such_upload && object && object->etag == etag) {
    return Completed{etag, object->headers.checksum};
  }
  return std::unexpected(std::move(error));
}

S3Result<Completed> MultipartUploads::put_together(const UploadName& name,
                                                   const State& state,
                                                   const std::vector<StoredPart>& parts,
                                                   std::string etag,
                                                   const Completion& completion) {
  SLUICE_S3_TRY_DO(check_checksums(completion.parts, parts, state.checksum));
  SLUICE_S3_TRY(upload,
                store_.start_upload(name.bucket, name.key, {.bytes_max = multipart_bytes_max}));
  std::optional<RunningChecksum> whole;
  if (state.checksum && state.checksum->type == ChecksumType::full_object) {
    whole.emplace(state.checksum->algorithm);
  } else if (!state.checksum && completion.checksum) {
    whole.emplace(completion.checksum->algorithm);  // which the upload did not announce
  }
  std::vector<ObjectPart> kept;
  std::vector<std::string> checksums;
  for (const StoredPart& part : parts) {
    const std::string path = fmt::format("{}/{}", name.id, part_name(part));
    SLUICE_TRY(opened, folder_.open_file(path));
    const auto file = make_object_file(std::move(opened.descriptor), path);
    RunningDigest digest;
    SLUICE_S3_TRY_DO(copy_bytes(*file, 0, part.bytes, [&](ByteView piece) {
      digest.update(piece);
      if (whole) {
        whole->update(piece);
      }
      return upload->write(piece);
    }));
    if (to_hex(digest.finish().md5) != part.etag) {
      return fail_s3(S3Code::internal_error,
                     fmt::format("the disk has changed part {} since it was uploaded: upload it "
                                 "again",
                                 part.number));
    }
    kept.push_back({part.bytes, whole ? "" : part.checksum});
    checksums.push_back(part.checksum);
  }
  PutOptions options;
  options.how = Creation::complete_multipart_upload;
  options.headers = state.headers;
  options.headers.parts = parts_text(kept);
  if (whole) {
    options.headers.checksum = whole->finish();
  } else if (state.checksum) {
    for (const std::string& checksum : checksums) {
      SLUICE_S3_TRY(valid, checksum_of_text(state.checksum->algorithm, checksum));
    }
    options.headers.checksum = composite_checksum(state.checksum->algorithm, checksums);
  }
  SLUICE_S3_TRY_DO(check_whole(completion, upload->bytes(), options.headers.checksum));
  options.conditions = completion.conditions;
  options.etag = std::move(etag);
  SLUICE_S3_TRY(made, upload->finish(options));
  return Completed{std::move(made.etag), std::move(options.headers.checksum)};
}

S3Result<void> MultipartUploads::abort(const UploadName& name) {
  const std::lock_guard lock(mutex_);
  SLUICE_S3_TRY(state, find(name));
  if (completing_.contains(name.id)) {
    return fail_s3(S3Code::operation_aborted, "The upload is being completed.");
  }
  SLUICE_TRY_DO(remove(name.id));
  return {};
}

// The state goes first: without it the upload has ended.
Result<void> MultipartUploads::remove(const std::string& id) {
  const std::string state = fmt::format("{}/{}", id, state_name);
  SLUICE_TRY_DO(folder_.remove_file(state));
  SLUICE_TRY(listing, folder_.list(id));
  for (const NamedEntry& entry : listing.entries) {
    SLUICE_TRY_DO(folder_.remove_file(fmt::format("{}/{}", id, entry.name)));
  }
  folder_.remove_empty_parents(state);
  return {};
}

S3Result<PartsPage> MultipartUploads::list_parts(const UploadName& name,
                                                 std::uint32_t after,
                                                 std::size_t limit) {
  SLUICE_S3_TRY(state, find(name));
  SLUICE_TRY(parts, parts_of(name.id));
  PartsPage page;
  page.checksum = state.checksum;
  for (StoredPart& part : parts) {
    if (part.number <= after) {
      continue;
    }
    if (page.parts.size() == limit) {
      page.is_truncated = true;
      break;
    }
    page.parts.push_back(std::move(part));
  }
  return page;
}

S3Result<UploadsPage> MultipartUploads::list(const std::string& bucket,
                                             const UploadsRequest& request) {
  SLUICE_S3_TRY(info, store_.head_bucket(bucket));
  SLUICE_TRY(all, ids());
  std::vector<PendingUpload> found;
  for (const std::string& id : all) {
    SLUICE_TRY(state, read_state(id));
    const bool is_wanted = state && state->bucket == bucket &&
                           state->key.starts_with(request.prefix) &&
                           (request.key_marker.empty() || state->key > request.key_marker ||
                            (state->key == request.key_marker && !request.id_marker.empty() &&
                             id > request.id_marker));
    if (is_wanted) {
      found.push_back({std::move(state->key), id, state->begun, state->checksum});
    }
  }
  std::ranges::sort(found, [](const PendingUpload& left, const PendingUpload& right) {
    return std::tie(left.key, left.id) < std::tie(right.key, right.id);
  });
  UploadsPage page;
  page.is_truncated = found.size() > request.limit;
  found.resize(std::min(found.size(), request.limit));
  page.uploads = std::move(found);
  return page;
}

Result<void> MultipartUploads::forget_bucket(std::string_view bucket) {
  const std::lock_guard lock(mutex_);
  SLUICE_TRY(all, ids());
  for (const std::string& id : all) {
    SLUICE_TRY(state, read_state(id));
    if (state && state->bucket == bucket && !completing_.contains(id)) {
      SLUICE_TRY_DO(remove(id));
    }
  }
  return {};
}

Result<std::size_t> MultipartUploads::expire() {
  const std::lock_guard lock(mutex_);
  SLUICE_TRY(all, ids());
  std::size_t expired = 0;
  for (const std::string& id : all) {
    SLUICE_TRY(state, read_state(id));
    const bool is_old = state && state->begun + multipart_expiry < clock_.now();
    if (is_old && !completing_.contains(id)) {
      SLUICE_TRY_DO(remove(id));
      ++expired;
    }
  }
  return expired;
}

}  // namespace sluice::s3
