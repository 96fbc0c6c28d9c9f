#include "delivery/make_router.h"

#include "delivery/lambda_processor.h"
#include "delivery/late_query.h"
#include "delivery/record_router.h"
#include "delivery/session_router.h"
#include "delivery/session_tags.h"
#include "delivery/validate.h"

#include <optional>
#include <string>
#include <utility>

namespace sluice::delivery {

namespace {

std::optional<LambdaSettings> lambda_settings(const DeliveryStream& stream) {
  return stream.s3.processing ? lambda_of(*stream.s3.processing) : std::nullopt;
}

// nullptr: records are not asked for partition keys.
const std::string* query_of(const DeliveryStream& stream) {
  return stream.s3.is_partitioned() ? stream.s3.processing->metadata_query() : nullptr;
}

}  // namespace

Result<void> check_processors(const DeliveryStream& stream, const ProcessorMakers& makers) {
  if (const auto settings = lambda_settings(stream)) {
    SLUICE_TRY_DO(makers.functions(settings->arn));
  }
  const std::string* const query = query_of(stream);
  if (query == nullptr) {
    return {};
  }
  SLUICE_TRY(judged, makers.queries(*query));
  return validate_partition_keys(stream.s3, judged->keys());
}

Result<std::unique_ptr<Router>> make_router(const DeliveryStream& stream,
                                            const ProcessorMakers& makers,
                                            Source& source,
                                            Random& random) {
  SLUICE_TRY(sessions, session_tags_of(stream.tags));
  if (!sessions.are_on() && !RecordRouter::is_needed(stream)) {
    return nullptr;
  }
  std::unique_ptr<LambdaProcessor> lambda;
  if (const auto settings = lambda_settings(stream)) {
    SLUICE_TRY(function, makers.functions(settings->arn));
    lambda = std::make_unique<LambdaProcessor>(stream, std::move(function), source, random);
  }
  if (sessions.are_on()) {
    return SessionRouter::create(stream, std::move(lambda));
  }
  std::unique_ptr<MetadataQuery> query;
  if (const std::string* const text = query_of(stream)) {
    SLUICE_TRY(late, make_late_query(*text, makers.queries));
    query = std::move(late);
  }
  return RecordRouter::create(stream, std::move(query), std::move(lambda));
}

}  // namespace sluice::delivery
