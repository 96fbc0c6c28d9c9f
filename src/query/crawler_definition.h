// A crawler as Glue describes it: where it looks, into which database it writes, and what it does
// about what has changed.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "json/view.h"
#include "json/writer.h"
#include "query/crawl_layout.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::query {

inline constexpr std::size_t table_prefix_bytes_max = 128;

struct CrawlTarget {
  std::string path;    // as it was given: "s3://bucket/folder/", "s3://" and the last '/' may lack
  std::string bucket;  // of it
  std::string folder;  // of it: key prefix, empty or ending in '/'
  std::vector<std::string> exclusions;  // globs (query/glob.h) below the folder
};

enum class UpdateBehavior : std::uint8_t { log, update_in_database };
enum class DeleteBehavior : std::uint8_t { log, delete_from_database, deprecate_in_database };
enum class RecrawlBehavior : std::uint8_t { everything, new_folders_only };

// What Configuration (JSON in a string) asks for.
struct CrawlConfiguration {
  LayoutRules layout;
  bool merges_new_columns = false;        // CrawlerOutput.Tables.AddOrUpdateBehavior
  bool partitions_inherit = false;        // CrawlerOutput.Partitions.AddOrUpdateBehavior
  std::optional<std::size_t> tables_max;  // CrawlerOutput.Tables.TableThreshold
};

struct CrawlerDefinition {
  std::string name;
  std::string role;
  std::string database;  // folded
  std::string description;
  std::string table_prefix;
  std::vector<CrawlTarget> targets;
  UpdateBehavior update_behavior = UpdateBehavior::update_in_database;
  DeleteBehavior delete_behavior = DeleteBehavior::deprecate_in_database;
  RecrawlBehavior recrawl = RecrawlBehavior::everything;
  std::string configuration;  // as it was given, empty when not
  CrawlConfiguration settings;
  std::map<std::string, std::string> tags;
  std::uint64_t version = 1;
  UnixMillis created{};
  UnixMillis updated{};
};

// Takes bucket and folder out of a path.  Fault::invalid.
Result<CrawlTarget> crawl_target(std::string path);

// Reads the Configuration of a crawler; what Glue knows and has no meaning here is let be.
// Fault::invalid.
Result<CrawlConfiguration> parse_crawl_configuration(std::string_view text);

// Changes what the members of a CreateCrawler or UpdateCrawler request give; the request's shape is
// known to be right.  Fault::invalid for what cannot be crawled here (JDBC, catalog targets and so
// on; schedules; classifiers), naming it.
Result<void> apply_crawler_members(json::View request, CrawlerDefinition& definition);

// What must be there at last: a database, a target.  Fault::invalid.
Result<void> check_crawler(const CrawlerDefinition& definition);

// Writes what is defined as members of an object that is open.
void write_crawler_members(json::Writer& out, const CrawlerDefinition& definition);

// Reads what write_crawler_members() wrote.  Fault::corrupt.
Result<CrawlerDefinition> read_stored_crawler(json::View stored);

}  // namespace sluice::query
