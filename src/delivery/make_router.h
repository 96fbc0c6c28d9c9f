// From a definition to what routes its records: which processors there are, and whether records go
// to sessions, to partitions or as they are.
#pragma once

#include "base/random.h"
#include "base/result.h"
#include "delivery/definition.h"
#include "delivery/lambda.h"
#include "delivery/metadata_query.h"
#include "delivery/router.h"
#include "delivery/world.h"

#include <memory>

namespace sluice::delivery {

// What makes the parts of processors that need the world.
struct ProcessorMakers {
  MetadataQueries queries;
  LambdaFunctions functions;
};

// Whether the processors of a valid definition can be made.  Fault::invalid with the rule that its
// query breaks, or the setting that its Lambda function needs.
Result<void> check_processors(const DeliveryStream& stream, const ProcessorMakers& makers);

// The router of a valid definition; nullptr where records go as they are.  A query that cannot be
// made now holds back its records only.  `source` and `random` are borrowed.
Result<std::unique_ptr<Router>> make_router(const DeliveryStream& stream,
                                            const ProcessorMakers& makers,
                                            Source& source,
                                            Random& random);

}  // namespace sluice::delivery
