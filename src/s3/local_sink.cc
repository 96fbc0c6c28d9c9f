// Puts planned objects into the local bucket.
#include "s3/local_sink.h"

#include <fmt/format.h>

namespace sluice::s3 {
namespace {

Adoption adoption_of(const delivery::ObjectPlan& plan, const std::string& spool_path) {
  Adoption adoption;
  adoption.path = spool_path;
  adoption.bytes = plan.bytes;
  adoption.md5 = plan.md5;
  adoption.sha256 = plan.sha256;
  adoption.headers.content_type = plan.content_type;
  adoption.headers.content_encoding = plan.content_encoding;
  adoption.headers.metadata = plan.metadata;
  return adoption;
}

std::unexpected<Error> explain(S3Error error, const delivery::ObjectPlan& plan) {
  const bool lacks_bucket = error.code() == S3Code::no_such_bucket;
  Error plain = std::move(error).to_error();
  if (lacks_bucket) {
    plain =
        Error(Fault::missing,
              fmt::format("bucket {} does not exist: create it and delivery goes on", plan.bucket));
  }
  return std::unexpected(
      std::move(plain).within(fmt::format("plan {}: object {}", plan.number.value, plan.key)));
}

}  // namespace

void LocalSink::tell_of_escaped(const delivery::ObjectPlan& plan) {
  {
    const std::lock_guard lock(mutex_);
    if (!report_ || !told_.insert(plan.bucket).second) {
      return;
    }
  }
  report_(fmt::format(
      "object {} of bucket {} is kept under an escaped name, as others like it will be: an object "
      "stands where its folder should be, or the key is no file name. S3 calls see it, readers of "
      "the bucket's folder do not; delete the object in the way or choose another prefix",
      plan.key,
      plan.bucket));
}

Result<void> LocalSink::put(const delivery::ObjectPlan& plan, const std::string& spool_path) {
  const Adoption adoption = adoption_of(plan, spool_path);
  auto adopted = store_.adopt(plan.bucket, plan.key, adoption);
  if (adopted) {
    if (adopted->is_escaped) {
      tell_of_escaped(plan);
    }
    return {};
  }
  if (adopted.error().code() != S3Code::no_such_key) {
    return explain(std::move(adopted).error(), plan);
  }
  auto confirmed = store_.confirm(plan.bucket, plan.key, adoption);
  if (confirmed) {
    return {};
  }
  if (confirmed.error().code() == S3Code::no_such_key) {
    return explain(S3Error(S3Code::no_such_key,
                           fmt::format("spool file {} is gone, and the object is not in bucket {}",
                                       spool_path,
                                       plan.bucket)),
                   plan);
  }
  return explain(std::move(confirmed).error(), plan);
}

}  // namespace sluice::s3
