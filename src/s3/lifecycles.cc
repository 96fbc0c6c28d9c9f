#include "s3/lifecycles.h"

#include <utility>

namespace sluice::s3 {

S3Result<void> Lifecycles::set(const std::string& bucket, const std::vector<LifecycleRule>& rules) {
  SLUICE_S3_TRY(info, store_.head_bucket(bucket));
  SLUICE_TRY_DO(definitions_.save(store::kind_lifecycle, bucket, lifecycle_xml(rules)));
  if (changed_) {
    changed_();
  }
  return {};
}

S3Result<std::vector<LifecycleRule>> Lifecycles::find(const std::string& bucket) {
  SLUICE_S3_TRY(info, store_.head_bucket(bucket));
  auto text = definitions_.find(store::kind_lifecycle, bucket);
  if (!text && text.error().fault() == Fault::missing) {
    return fail_s3(S3Code::no_such_lifecycle_configuration,
                   "The lifecycle configuration does not exist");
  }
  SLUICE_TRY(body, std::move(text));
  return parse_lifecycle(body);
}

S3Result<void> Lifecycles::remove(const std::string& bucket) {
  SLUICE_S3_TRY(info, store_.head_bucket(bucket));
  auto removed = definitions_.remove(store::kind_lifecycle, bucket);
  if (!removed && removed.error().fault() != Fault::missing) {
    return std::unexpected(S3Error(std::move(removed).error()));
  }
  return {};
}

Result<Lifecycles::Ended> Lifecycles::sweep() {
  SLUICE_TRY(all, definitions_.load_all(store::kind_lifecycle));
  Ended ended;
  for (const store::Definition& one : all) {
    const auto rules = parse_lifecycle(one.body);
    if (!rules) {
      return fail(Fault::corrupt,
                  "the lifecycle of bucket " + one.key + " cannot be read: put it again");
    }
    for (const LifecycleRule& rule : *rules) {
      if (!rule.is_enabled) {
        continue;
      }
      auto done = end_objects(one.key, rule, ended);
      if (done) {
        done = end_uploads(one.key, rule, ended);
      }
      if (!done && done.error().code() != S3Code::no_such_bucket) {
        return std::unexpected(std::move(done).error().to_error());
      }
    }
  }
  return ended;
}

S3Result<void> Lifecycles::end_objects(const std::string& bucket,
                                       const LifecycleRule& rule,
                                       Ended& ended) {
  if (!rule.ends_objects()) {
    return {};
  }
  ListRequest request;
  request.prefix = rule.prefix;
  bool is_truncated = true;
  while (is_truncated) {
    SLUICE_S3_TRY(page, store_.list(bucket, request));
    for (const ListEntry& entry : page.objects) {
      if (ends_object(rule, entry.bytes, entry.modified, clock_.now())) {
        SLUICE_S3_TRY(was_removed, store_.remove_as_of(bucket, entry.key, entry.modified));
        ended.objects += was_removed ? 1 : 0;
      }
    }
    is_truncated = page.is_truncated;
    request.continuation_token = std::move(page.next_continuation_token);
  }
  return {};
}

S3Result<void> Lifecycles::end_uploads(const std::string& bucket,
                                       const LifecycleRule& rule,
                                       Ended& ended) {
  if (!rule.upload_age) {
    return {};
  }
  UploadsRequest request;
  request.prefix = rule.prefix;
  bool is_truncated = true;
  while (is_truncated) {
    SLUICE_S3_TRY(page, uploads_.list(bucket, request));
    for (const PendingUpload& upload : page.uploads) {
      if (clock_.now() < end_of_life(upload.begun, *rule.upload_age)) {
        continue;
      }
      auto aborted = uploads_.abort({bucket, upload.key, upload.id});
      // One that is completed, or was, is no leftover.
      const bool is_busy = !aborted && (aborted.error().code() == S3Code::no_such_upload ||
                                        aborted.error().code() == S3Code::operation_aborted);
      if (!aborted && !is_busy) {
        return aborted;
      }
      ended.uploads += aborted ? 1 : 0;
    }
    is_truncated = page.is_truncated;
    if (!page.uploads.empty()) {
      request.key_marker = page.uploads.back().key;
      request.id_marker = page.uploads.back().id;
    }
  }
  return {};
}

}  // namespace sluice::s3
