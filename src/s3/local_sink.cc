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
  const Sealed sealed{plan, spool_path};
  return put_all({&sealed, 1}).next;
}

// Those of the first one's bucket.
delivery::Sink::Outcome LocalSink::put_all(std::span<const Sealed> sealed) {
  const std::string& bucket = sealed.front().plan.bucket;
  std::vector<LocalStore::Adoptee> files;
  for (const Sealed& one : sealed) {
    if (one.plan.bucket != bucket) {
      break;
    }
    files.push_back({one.plan.key, adoption_of(one.plan, one.spool_path)});
  }
  LocalStore::Adopted adopted = store_.adopt_all(bucket, files);
  const std::size_t done = adopted.results.size();
  for (std::size_t i = 0; i < done; ++i) {
    if (adopted.results[i].is_escaped) {
      tell_of_escaped(sealed[i].plan);
    }
  }
  if (adopted.next) {
    return {.done = done};
  }
  const delivery::ObjectPlan& plan = sealed[done].plan;
  if (adopted.next.error().code() != S3Code::no_such_key) {
    return {.done = done, .next = explain(std::move(adopted.next).error(), plan)};
  }
  // An earlier call may have done it.
  auto confirmed = store_.confirm(bucket, plan.key, files[done].adoption);
  if (confirmed) {
    return {.done = done + 1};
  }
  if (confirmed.error().code() == S3Code::no_such_key) {
    confirmed = fail_s3(S3Code::no_such_key,
                        fmt::format("spool file {} is gone, and the object is not in bucket {}",
                                    sealed[done].spool_path,
                                    bucket));
  }
  return {.done = done, .next = explain(std::move(confirmed).error(), plan)};
}

}  // namespace sluice::s3
