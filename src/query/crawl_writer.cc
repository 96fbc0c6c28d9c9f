// From surveys to the catalog.
#include "query/crawl_writer.h"

#include "base/check.h"
#include "base/count_text.h"
#include "base/crc32c.h"
#include "query/crawled_input.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <utility>

namespace sluice::query {
namespace {

using catalog::Column;
using catalog::Partition;
using catalog::Table;

constexpr std::size_t partitions_at_once = 1000;
// "_" and eight digits find room behind it.
constexpr std::size_t plain_name_bytes_max = catalog::name_bytes_max - 9;

// Columns of `found` that `before` does not have, behind all of those.
std::vector<Column> with_new(const std::vector<Column>& before, const std::vector<Column>& found) {
  std::vector<Column> columns = before;
  for (const Column& column : found) {
    const bool is_known = std::any_of(before.begin(), before.end(), [&](const Column& known) {
      return known.name == column.name;
    });
    if (!is_known) {
      columns.push_back(column);
    }
  }
  return columns;
}

std::vector<std::string> names_of(const std::vector<Column>& columns) {
  std::vector<std::string> names;
  for (const Column& column : columns) {
    names.push_back(column.name);
  }
  return names;
}

class CrawlWriter {
 public:
  CrawlWriter(const CrawlWorld& world,
              const CrawlerDefinition& crawler,
              const std::function<bool()>& keep_on,
              CrawlReport& report)
      : world_(world), crawler_(crawler), keep_on_(keep_on), report_(report) {}

  Result<void> write(const std::vector<Survey>& surveys) {
    std::size_t tables = 0;
    for (const Survey& survey : surveys) {
      tables += survey.layout.tables.size();
    }
    if (crawler_.settings.tables_max && tables > *crawler_.settings.tables_max) {
      return fail(Fault::invalid,
                  fmt::format("{} tables were found and TableThreshold allows {}: nothing was "
                              "written; give paths nearer to the tables",
                              tables,
                              *crawler_.settings.tables_max));
    }
    for (const Survey& survey : surveys) {
      for (const FoundTable& found : survey.layout.tables) {
        SLUICE_TRY_DO(go_on());
        SLUICE_TRY_DO(write_table(survey, found));
      }
    }
    return settle_gone(surveys);
  }

 private:
  Result<void> go_on() const {
    if (!keep_on_()) {
      return fail(Fault::cancelled, "the crawler was stopped");
    }
    return {};
  }

  // The name for a table at `location`, and the table of that name where there is one.
  struct Place {
    std::string name;
    std::optional<Table> before;
  };

  Result<std::optional<Table>> find(const std::string& name) const {
    auto table = world_.catalog.table(crawler_.database, name);
    if (!table && table.error().fault() != Fault::missing) {
      return std::unexpected(std::move(table).error());
    }
    return table ? std::optional(*std::move(table)) : std::nullopt;
  }

  Result<Place> place_for(const FoundTable& found, const std::string& location) {
    SLUICE_TRY(
        plain,
        catalog::fold_name((crawler_.table_prefix + found.name).substr(0, plain_name_bytes_max),
                           "table name"));
    SLUICE_TRY(before, find(plain));
    const bool is_free =
        !before || before->location.empty() || is_same_location(before->location, location);
    if (is_free && written_.insert(plain).second) {
      return Place{std::move(plain), std::move(before)};
    }
    std::string longer = fmt::format("{}_{:08x}", plain, crc32c(location));
    SLUICE_TRY(before_longer, find(longer));
    written_.insert(longer);
    return Place{std::move(longer), std::move(before_longer)};
  }

  bool updates() const { return crawler_.update_behavior == UpdateBehavior::update_in_database; }

  Result<void> write_table(const Survey& survey, const FoundTable& found) {
    const std::string& bucket = survey.target->bucket;
    SLUICE_TRY(place, place_for(found, location_of(bucket, found.folder)));
    std::vector<Column> columns =
        columns_of(found.schema, place.before ? place.before->columns : std::vector<Column>());
    if (!place.before) {
      Table table = crawled_table(crawler_.name, place.name, bucket, found, columns, nullptr);
      SLUICE_TRY_DO(world_.catalog.create_table(crawler_.database, std::move(table)));
      ++report_.tables_created;
    } else {
      SLUICE_TRY(is_fit, update(place, bucket, found, columns));
      if (!is_fit) {
        return {};
      }
    }
    return write_partitions(survey, place.name, found, columns);
  }

  // False when the table stays as it is and its keys are not those found, so that partitions would
  // not fit.
  Result<bool> update(const Place& place,
                      const std::string& bucket,
                      const FoundTable& found,
                      std::vector<Column>& columns) {
    const Table& before = *place.before;
    if (crawler_.settings.merges_new_columns) {
      columns = with_new(before.columns, columns);
    }
    Table table = crawled_table(crawler_.name, place.name, bucket, found, columns, &before);
    const bool has_other_keys = names_of(before.partition_keys) != found.partition_keys;
    const bool has_other_columns = !are_same_columns(before.columns, columns);
    const bool is_elsewhere = !is_same_location(before.location, table.location);
    const bool is_other = has_other_keys || has_other_columns || is_elsewhere;
    if (!updates()) {
      if (is_other) {
        report_.note(
            fmt::format("table {} is other than its files (columns, keys or location); "
                        "UpdateBehavior LOG leaves it",
                        place.name));
      }
      columns = before.columns;
      return !has_other_keys;
    }
    if (has_other_keys) {
      SLUICE_TRY_DO(drop_all_partitions(place.name));
    }
    if (!is_other && table.parameters == before.parameters) {
      return true;
    }
    SLUICE_TRY_DO(world_.catalog.update_table(
        crawler_.database, std::move(table), {.skips_archive = !is_other}));
    if (is_other) {
      ++report_.tables_updated;
      world_.table_changed(crawler_.database, place.name);
    }
    return true;
  }

  Result<void> drop_all_partitions(const std::string& table) {
    SLUICE_TRY(all, world_.catalog.partitions(crawler_.database, table));
    std::vector<std::vector<std::string>> values;
    for (Partition& partition : all) {
      values.push_back(std::move(partition.values));
    }
    return drop_partitions(table, values);
  }

  Result<void> drop_partitions(const std::string& table,
                               const std::vector<std::vector<std::string>>& values) {
    for (std::size_t start = 0; start < values.size(); start += partitions_at_once) {
      const std::size_t end = std::min(start + partitions_at_once, values.size());
      const auto first = values.begin() + static_cast<std::ptrdiff_t>(start);
      const auto last = values.begin() + static_cast<std::ptrdiff_t>(end);
      SLUICE_TRY(outcomes,
                 world_.catalog.delete_partitions(crawler_.database, table, {first, last}));
      report_.partitions_deleted +=
          static_cast<std::uint64_t>(std::count(outcomes.begin(), outcomes.end(), std::nullopt));
    }
    return {};
  }

  Result<void> write_partitions(const Survey& survey,
                                const std::string& table,
                                const FoundTable& found,
                                const std::vector<Column>& table_columns) {
    SLUICE_TRY(listed, world_.catalog.partitions(crawler_.database, table));
    std::map<std::vector<std::string>, Partition> known;
    for (Partition& partition : listed) {
      std::vector<std::string> values = partition.values;
      known.emplace(std::move(values), std::move(partition));
    }
    std::vector<Partition> created;
    for (const FoundPartition& one : found.partitions) {
      Partition wanted = crawled_partition(
          crawler_.name,
          survey.target->bucket,
          one,
          crawler_.settings.partitions_inherit ? table_columns : columns_of(one.schema, {}));
      const auto before = known.find(one.values);
      if (before == known.end()) {
        created.push_back(std::move(wanted));
        if (created.size() == partitions_at_once) {
          SLUICE_TRY_DO(go_on());
          SLUICE_TRY_DO(create(table, std::exchange(created, {})));
        }
        continue;
      }
      const Partition old = std::move(before->second);
      known.erase(before);
      if (updates() && old.input != wanted.input) {
        SLUICE_TRY_DO(world_.catalog.update_partition(
            crawler_.database, table, one.values, std::move(wanted)));
        ++report_.partitions_updated;
      }
    }
    SLUICE_TRY_DO(create(table, std::move(created)));
    return settle_gone_partitions(survey, table, found, known);
  }

  Result<void> create(const std::string& table, std::vector<Partition> partitions) {
    SLUICE_TRY(outcomes,
               world_.catalog.create_partitions(crawler_.database, table, std::move(partitions)));
    for (const auto& outcome : outcomes) {
      if (!outcome) {
        ++report_.partitions_created;
      } else if (outcome->fault() != Fault::conflict) {  // somebody else made it meanwhile
        report_.note(outcome->message());
      }
    }
    return {};
  }

  // Whether files lie below a key prefix that could not be read.
  static bool has_skipped(const Survey& survey, std::string_view folder) {
    return std::any_of(survey.skipped.begin(), survey.skipped.end(), [&](const std::string& key) {
      return key.starts_with(folder);
    });
  }

  // The key prefix that a location names, if it lies in the survey's include path.
  static std::optional<std::string> folder_in(const Survey& survey, std::string_view location) {
    const std::string root = location_of(survey.target->bucket, survey.target->folder);
    if (!location.starts_with(root)) {
      return std::nullopt;
    }
    return survey.target->folder + std::string(location.substr(root.size()));
  }

  Result<void> settle_gone_partitions(const Survey& survey,
                                      const std::string& table,
                                      const FoundTable& found,
                                      const std::map<std::vector<std::string>, Partition>& known) {
    std::vector<std::vector<std::string>> gone;
    for (const auto& [values, partition] : known) {
      const auto folder = folder_in(survey, partition.location);
      if (folder && folder->starts_with(found.folder) && !has_skipped(survey, *folder)) {
        gone.push_back(values);
      }
    }
    if (gone.empty()) {
      return {};
    }
    if (crawler_.delete_behavior != DeleteBehavior::delete_from_database) {
      report_.note(fmt::format("{} of table {} {} no files any more",
                               counted(gone.size(), "partition", "partitions"),
                               table,
                               gone.size() == 1 ? "has" : "have"));
      return {};
    }
    return drop_partitions(table, gone);
  }

  Result<void> settle_gone(const std::vector<Survey>& surveys) {
    SLUICE_TRY(tables, world_.catalog.tables(crawler_.database));
    for (const Table& table : tables) {
      const auto by = table.parameters.find(std::string(updated_by_parameter));
      if (by == table.parameters.end() || by->second != crawler_.name ||
          written_.contains(table.name)) {
        continue;
      }
      const bool is_gone = std::any_of(surveys.begin(), surveys.end(), [&](const Survey& survey) {
        const auto folder = folder_in(survey, table.location);
        return folder && !has_skipped(survey, *folder);
      });
      if (is_gone) {
        SLUICE_TRY_DO(settle_gone(table));
      }
    }
    return {};
  }

  Result<void> settle_gone(const Table& table) {
    if (crawler_.delete_behavior == DeleteBehavior::log) {
      report_.note(fmt::format("table {} has no files any more", table.name));
      return {};
    }
    if (crawler_.delete_behavior == DeleteBehavior::delete_from_database) {
      SLUICE_TRY_DO(world_.catalog.delete_table(crawler_.database, table.name));
      ++report_.tables_deleted;
      world_.table_changed(crawler_.database, table.name);
      return {};
    }
    if (table.parameters.contains(std::string(deprecated_by_parameter))) {
      return {};
    }
    ++report_.tables_deleted;
    return world_.catalog.update_table(
        crawler_.database,
        with_parameter(
            table, deprecated_by_parameter, std::to_string(to_count(world_.clock.now()))));
  }

  const CrawlWorld& world_;
  const CrawlerDefinition& crawler_;
  const std::function<bool()>& keep_on_;
  CrawlReport& report_;
  std::set<std::string> written_;  // names of the tables that were found
};

}  // namespace

Result<void> write_surveys(const CrawlWorld& world,
                           const CrawlerDefinition& crawler,
                           const std::vector<Survey>& surveys,
                           const std::function<bool()>& keep_on,
                           CrawlReport& report) {
  return CrawlWriter(world, crawler, keep_on, report).write(surveys);
}

}  // namespace sluice::query
