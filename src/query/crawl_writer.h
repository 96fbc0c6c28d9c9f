// Writes what a crawl found into the catalog, as the crawler's SchemaChangePolicy says.
//
// A table is written under TablePrefix and its folder's name.  A table of that name is updated if
// it has this location or none; if it lies elsewhere, the new one gets eight hexadecimal digits of
// its location's checksum behind its name.  Existing tables:
//
//   UPDATE_IN_DATABASE   columns, keys and location become those found (with MergeNewColumns only
//                        new columns are added); figures alone make no new version
//   LOG                  the table stays as it is; a difference is noted
//
// Partitions found are always added; existing ones are brought up to date unless UpdateBehavior is
// LOG.  Of what this crawler wrote and whose files are gone: DELETE_FROM_DATABASE deletes tables
// and partitions, DEPRECATE_IN_DATABASE marks tables with DEPRECATED_BY_CRAWLER, LOG notes them.  A
// folder with files that could not be read is not gone.
#pragma once

#include "base/result.h"
#include "query/crawler.h"

#include <functional>
#include <vector>

namespace sluice::query {

// Stops at the first failure of the catalog, and with Fault::cancelled when `keep_on`, asked
// between tables and between batches of partitions, says so; what was written before stays.
Result<void> write_surveys(const CrawlWorld& world,
                           const CrawlerDefinition& crawler,
                           const std::vector<Survey>& surveys,
                           const std::function<bool()>& keep_on,
                           CrawlReport& report);

}  // namespace sluice::query
