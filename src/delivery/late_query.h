// A metadata query whose evaluator is made when records come: one that cannot be made now (jq's
// child process does not start) holds back the records that need it, and nothing else.
#pragma once

#include "base/result.h"
#include "delivery/metadata_query.h"

#include <memory>
#include <string_view>

namespace sluice::delivery {

// Fault::invalid for a query whose keys cannot be told.  That the rest of it is good is found out
// by the first evaluation, which may be tried again as long as the evaluator cannot be made.  It
// can be slow unless the query is a plain selection (delivery/plain_selection.h).
Result<std::unique_ptr<MetadataQuery>> make_late_query(std::string_view query,
                                                       MetadataQueries queries);

}  // namespace sluice::delivery
