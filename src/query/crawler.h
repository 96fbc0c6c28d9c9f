// One crawl: the objects of a crawler's targets, their footers, and the tables they make up.
//
// Reads footers only, each with bounded memory.  What is no whole Parquet file (foreign, half
// written, damaged, encrypted) is skipped and named; so are keys that cannot be partition values.
// Names that begin with '_' or '.', at any level below the include path, are hidden, as in Hive; so
// are empty objects.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "catalog/catalog.h"
#include "query/crawl_layout.h"
#include "query/crawler_definition.h"
#include "s3/local_store.h"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::query {

// What a crawl found in one include path.
struct Survey {
  const CrawlTarget* target = nullptr;  // of the definition
  Layout layout;
  std::vector<std::string> skipped;  // keys of files that are there and could not be read
};

struct CrawlReport {
  std::uint64_t tables_created = 0;
  std::uint64_t tables_updated = 0;
  std::uint64_t tables_deleted = 0;  // or deprecated
  std::uint64_t partitions_created = 0;
  std::uint64_t partitions_updated = 0;
  std::uint64_t partitions_deleted = 0;
  std::uint64_t files_read = 0;
  std::uint64_t files_skipped = 0;
  std::vector<std::string> notes;  // the first few skipped files and what else was noticed

  // Adds a note unless there are many already.
  void note(std::string text);
};

// Of the notes of a crawl at most so many are kept.
inline constexpr std::size_t crawl_notes_max = 50;

// What a crawl works on.  Borrows everything.
struct CrawlWorld {
  catalog::Catalog& catalog;
  s3::LocalStore& buckets;
  const Clock& clock;
  // Called after a table's columns were changed or the table deleted.
  std::function<void(std::string_view database, std::string_view table)> table_changed;
};

// Lists and reads.  `keep_on` is asked between objects; false ends it with Fault::cancelled.
// Fault::missing for a bucket that does not exist.
Result<std::vector<Survey>> survey(s3::LocalStore& buckets,
                                   const CrawlerDefinition& crawler,
                                   const std::function<bool()>& keep_on,
                                   CrawlReport& report);

// The whole crawl: survey, and what it found written into the catalog (query/crawl_writer.h), whose
// database is made if it is not there.  The report holds what was done before a failure.
Result<void> crawl(const CrawlWorld& world,
                   const CrawlerDefinition& crawler,
                   const std::function<bool()>& keep_on,
                   CrawlReport& report);

}  // namespace sluice::query
