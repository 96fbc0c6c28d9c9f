// Crawlers read from requests, checked, and written.
#include "query/crawler_definition.h"

#include "catalog/table.h"
#include "json/document.h"
#include "query/glob.h"
#include "s3/bucket_name.h"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace sluice::query {
namespace {

constexpr std::array<std::string_view, 2> update_names = {"LOG", "UPDATE_IN_DATABASE"};
constexpr std::array<std::string_view, 3> delete_names = {
    "LOG", "DELETE_FROM_DATABASE", "DEPRECATE_IN_DATABASE"};
constexpr std::array<std::string_view, 2> recrawl_names = {"CRAWL_EVERYTHING",
                                                           "CRAWL_NEW_FOLDERS_ONLY"};

template <class Enum, std::size_t count>
Result<void> read_name(json::View object,
                       std::string_view member,
                       const std::array<std::string_view, count>& names,
                       Enum& out) {
  const auto text = object.find(member).as_string();
  if (!text) {
    return {};
  }
  for (std::size_t index = 0; index < count; ++index) {
    if (names[index] == *text) {
      out = static_cast<Enum>(index);
      return {};
    }
  }
  return fail(
      Fault::invalid,
      fmt::format("{} {} is not offered; there are {}", member, *text, fmt::join(names, ", ")));
}

void read_text(json::View object, std::string_view member, std::string& out) {
  if (const auto text = object.find(member).as_string()) {
    out = *text;
  }
}

Result<std::vector<CrawlTarget>> read_targets(json::View targets) {
  for (const json::Member member : targets.members()) {
    if (member.key != "S3Targets" && member.value.size() > 0) {
      return fail(Fault::invalid,
                  fmt::format("Targets.{} cannot be crawled here; give S3Targets", member.key));
    }
  }
  std::vector<CrawlTarget> read;
  for (const json::View element : targets.find("S3Targets").elements()) {
    SLUICE_TRY(
        target,
        crawl_target(std::string(element.find("Path").as_string().value_or(std::string_view()))));
    for (const std::string_view unknown : {"ConnectionName", "EventQueueArn"}) {
      if (!element.find(unknown).as_string().value_or(std::string_view()).empty()) {
        return fail(Fault::invalid, fmt::format("S3Targets.{} is not offered here", unknown));
      }
    }
    for (const json::View exclusion : element.find("Exclusions").elements()) {
      const std::string_view pattern = exclusion.as_string().value_or(std::string_view());
      if (auto glob = Glob::parse(pattern); !glob) {
        return std::unexpected(std::move(glob).error().within("Exclusions"));
      }
      target.exclusions.emplace_back(pattern);
    }
    read.push_back(std::move(target));
  }
  return read;
}

// What a crawler on AWS may have and one here may not.
Result<void> refuse_unknown(json::View request) {
  if (!request.find("Schedule").as_string().value_or(std::string_view()).empty()) {
    return fail(Fault::invalid,
                "Schedule: crawlers run only when they are started here; leave it out, and call "
                "StartCrawler from cron or a systemd timer");
  }
  if (request.find("Classifiers").size() > 0) {
    return fail(Fault::invalid,
                "Classifiers: only Parquet is recognised here, by the built-in rule");
  }
  return {};
}

}  // namespace

Result<CrawlTarget> crawl_target(std::string path) {
  constexpr std::string_view scheme = "s3://";
  std::string_view rest = path;
  if (rest.starts_with(scheme)) {
    rest.remove_prefix(scheme.size());
  }
  const std::size_t slash = rest.find('/');
  CrawlTarget target;
  target.bucket = rest.substr(0, slash);
  target.folder = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
  if (!target.folder.empty() && !target.folder.ends_with('/')) {
    target.folder += '/';
  }
  if (auto checked = s3::check_bucket_name(target.bucket); !checked) {
    return fail(Fault::invalid,
                fmt::format("the path '{}' names no bucket ({}); write s3://BUCKET/FOLDER/",
                            path,
                            checked.error().message()));
  }
  target.path = std::move(path);
  return target;
}

Result<CrawlConfiguration> parse_crawl_configuration(std::string_view text) {
  CrawlConfiguration settings;
  if (text.empty()) {
    return settings;
  }
  const auto document = json::Document::parse(Bytes(text));
  if (!document || !document->root().is(json::Kind::object)) {
    return fail(Fault::invalid,
                fmt::format("Configuration is no JSON object{}{}",
                            document ? "" : ": ",
                            document ? "" : document.error().message()));
  }
  const json::View root = document->root();
  const json::View grouping = root.find("Grouping");
  if (const auto policy = grouping.find("TableGroupingPolicy").as_string()) {
    if (*policy != "CombineCompatibleSchemas") {
      return fail(Fault::invalid,
                  fmt::format("Configuration: TableGroupingPolicy {} is not offered; there is "
                              "CombineCompatibleSchemas",
                              *policy));
    }
    settings.layout.ignores_similarity = true;
  }
  if (const json::View level = grouping.find("TableLevelConfiguration"); level.exists()) {
    const auto number = level.as_int64();
    if (!number || *number < 1) {
      return fail(Fault::invalid,
                  "Configuration: TableLevelConfiguration must be a number from 1 (the bucket) on");
    }
    settings.layout.table_level = static_cast<std::size_t>(*number);
  }
  const json::View output = root.find("CrawlerOutput");
  settings.merges_new_columns =
      output.find("Tables").find("AddOrUpdateBehavior").as_string() == "MergeNewColumns";
  settings.partitions_inherit =
      output.find("Partitions").find("AddOrUpdateBehavior").as_string() == "InheritFromTable";
  if (const json::View threshold = output.find("Tables").find("TableThreshold");
      threshold.exists()) {
    const auto number = threshold.as_int64();
    if (!number || *number < 1) {
      return fail(Fault::invalid, "Configuration: TableThreshold must be a number from 1 on");
    }
    settings.tables_max = static_cast<std::size_t>(*number);
  }
  return settings;
}

Result<void> apply_crawler_members(json::View request, CrawlerDefinition& definition) {
  SLUICE_TRY_DO(refuse_unknown(request));
  read_text(request, "Role", definition.role);
  read_text(request, "Description", definition.description);
  read_text(request, "TablePrefix", definition.table_prefix);
  if (const auto database = request.find("DatabaseName").as_string();
      database && !database->empty()) {
    SLUICE_TRY(folded, catalog::fold_name(*database, "DatabaseName"));
    definition.database = std::move(folded);
  }
  if (const json::View targets = request.find("Targets"); !targets.is_missing_or_null()) {
    SLUICE_TRY(read, read_targets(targets));
    definition.targets = std::move(read);
  }
  const json::View policy = request.find("SchemaChangePolicy");
  SLUICE_TRY_DO(read_name(policy, "UpdateBehavior", update_names, definition.update_behavior));
  SLUICE_TRY_DO(read_name(policy, "DeleteBehavior", delete_names, definition.delete_behavior));
  SLUICE_TRY_DO(read_name(
      request.find("RecrawlPolicy"), "RecrawlBehavior", recrawl_names, definition.recrawl));
  if (const auto configuration = request.find("Configuration").as_string()) {
    SLUICE_TRY(settings, parse_crawl_configuration(*configuration));
    definition.configuration = *configuration;
    definition.settings = settings;
  }
  return {};
}

Result<void> check_crawler(const CrawlerDefinition& definition) {
  if (definition.database.empty()) {
    return fail(Fault::invalid,
                "DatabaseName is missing: a crawler writes its tables into a database");
  }
  if (definition.targets.empty()) {
    return fail(Fault::invalid, "Targets.S3Targets is empty: a crawler needs a path to look at");
  }
  if (definition.table_prefix.size() > table_prefix_bytes_max) {
    return fail(Fault::invalid,
                fmt::format("TablePrefix must have at most {} bytes", table_prefix_bytes_max));
  }
  const bool changes_tables = definition.update_behavior != UpdateBehavior::log ||
                              definition.delete_behavior != DeleteBehavior::log;
  if (definition.recrawl == RecrawlBehavior::new_folders_only && changes_tables) {
    return fail(
        Fault::invalid,
        "CRAWL_NEW_FOLDERS_ONLY changes no table: UpdateBehavior and DeleteBehavior must be "
        "LOG");
  }
  return {};
}

void write_crawler_members(json::Writer& out, const CrawlerDefinition& definition) {
  out.member("Name", std::string_view(definition.name));
  out.member("Role", std::string_view(definition.role));
  out.key("Targets");
  out.begin_object();
  out.key("S3Targets");
  out.begin_array();
  for (const CrawlTarget& target : definition.targets) {
    out.begin_object();
    out.member("Path", std::string_view(target.path));
    out.key("Exclusions");
    out.begin_array();
    for (const std::string& exclusion : target.exclusions) {
      out.value(std::string_view(exclusion));
    }
    out.end_array();
    out.end_object();
  }
  out.end_array();
  for (const std::string_view other :
       {"JdbcTargets", "MongoDBTargets", "DynamoDBTargets", "CatalogTargets", "DeltaTargets"}) {
    out.key(other);
    out.begin_array();
    out.end_array();
  }
  out.end_object();
  out.member("DatabaseName", std::string_view(definition.database));
  if (!definition.description.empty()) {
    out.member("Description", std::string_view(definition.description));
  }
  out.key("Classifiers");
  out.begin_array();
  out.end_array();
  out.key("RecrawlPolicy");
  out.begin_object();
  out.member("RecrawlBehavior", recrawl_names[static_cast<std::size_t>(definition.recrawl)]);
  out.end_object();
  out.key("SchemaChangePolicy");
  out.begin_object();
  out.member("UpdateBehavior", update_names[static_cast<std::size_t>(definition.update_behavior)]);
  out.member("DeleteBehavior", delete_names[static_cast<std::size_t>(definition.delete_behavior)]);
  out.end_object();
  out.key("LineageConfiguration");
  out.begin_object();
  out.member("CrawlerLineageSettings", "DISABLE");
  out.end_object();
  if (!definition.table_prefix.empty()) {
    out.member("TablePrefix", std::string_view(definition.table_prefix));
  }
  if (!definition.configuration.empty()) {
    out.member("Configuration", std::string_view(definition.configuration));
  }
  out.member("Version", definition.version);
  out.member("CreationTime", definition.created);
  out.member("LastUpdated", definition.updated);
}

Result<CrawlerDefinition> read_stored_crawler(json::View stored) {
  CrawlerDefinition definition;
  read_text(stored, "Name", definition.name);
  const auto version = stored.find("Version").as_int64();
  const auto created = stored.find("CreationTime").as_double();
  const auto updated = stored.find("LastUpdated").as_double();
  auto applied = apply_crawler_members(stored, definition);
  if (definition.name.empty() || !version || !created || !updated || !applied) {
    return fail(Fault::corrupt, "crawler: the stored definition is broken");
  }
  constexpr double milliseconds = 1000;
  constexpr double half = 0.5;
  definition.version = static_cast<std::uint64_t>(*version);
  definition.created = unix_millis(static_cast<std::int64_t>((*created * milliseconds) + half));
  definition.updated = unix_millis(static_cast<std::int64_t>((*updated * milliseconds) + half));
  return definition;
}

}  // namespace sluice::query
