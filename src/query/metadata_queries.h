// Who answers the queries of MetadataExtraction processors: Sluice's own reader those of plain
// selections, jq in a confined child process all others, and the few records of the former that
// only jq is sure about.
#pragma once

#include "delivery/metadata_query.h"
#include "query/jq_evaluator.h"

namespace sluice::query {

// The factory may be called from any thread.  A query that is no plain selection is tried in a
// child, so that what jq refuses is refused here (Fault::invalid); a child that cannot be started
// is a failure of another kind, which may be tried again.  The program must call run_if_jq_worker()
// (query/jq_worker.h) before anything else.
delivery::MetadataQueries make_metadata_queries(JqLimits limits = {});

}  // namespace sluice::query
