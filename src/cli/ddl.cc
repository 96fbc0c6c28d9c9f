// sluice ddl: a table of a data directory as Athena's CREATE EXTERNAL TABLE.
#include "cli/command.h"
#include "cli/data_directory.h"
#include "cli/quantity.h"
#include "query/athena_ddl.h"
#include "query/partition_layout.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::cli {
namespace {

struct Options {
  std::string table;
  std::string data_directory = "./data";
  std::string years;  // "2024-2033"; empty: ten from the first of the delivery stream
  bool lists_partitions = false;
  query::DdlOptions ddl;
};

struct Years {
  int first = 0;
  int count = 0;
};

// "2024-2033" or "2024".
Result<Years> parse_years(std::string_view text) {
  constexpr int year_min = 1000;  // four digits, as folders have them
  constexpr int year_max = 9999;
  int first = 0;
  const char* const end = text.data() + text.size();
  auto parsed = std::from_chars(text.data(), end, first);
  int last = first;
  if (parsed.ec == std::errc() && parsed.ptr != end && *parsed.ptr == '-') {
    parsed = std::from_chars(parsed.ptr + 1, end, last);
  }
  const bool is_number = parsed.ec == std::errc() && parsed.ptr == end;
  if (!is_number || first < year_min || last < first || last > year_max) {
    return fail(Fault::invalid,
                fmt::format("cannot take --years {}; give the first and the last, as 2024-2033",
                            printable(text)));
  }
  return Years{first, last - first + 1};
}

// What the delivery stream that fills the table says about its times.
void take_times(const delivery::DeliveryStream& stream, query::DdlOptions& options) {
  const auto day = std::chrono::floor<std::chrono::days>(stream.created);
  options.first_year = static_cast<int>(std::chrono::year_month_day(day).year());
  const std::string zone = stream.s3.custom_time_zone.value_or("UTC");
  options.is_ahead_of_utc = zone != "UTC";
}

// "heart_rate" is enough where one database has it.
bool is_meant(const query::TablePlan& plan, std::string_view name) {
  return plan.database + "." + plan.name == name || plan.name == name;
}

Result<query::AthenaDdl> make(const Options& options, std::optional<Years> years) {
  SLUICE_TRY(directory, DataDirectory::open(options.data_directory));
  SLUICE_TRY(plans, query::plan_tables(directory->warehouse()));
  std::erase_if(plans, [&](const auto& plan) { return !is_meant(plan, options.table); });
  if (plans.size() != 1) {
    return fail(Fault::missing,
                fmt::format("{} {}; `sluice query --tables` shows the tables",
                            plans.empty() ? "there is no table" : "several databases have a table",
                            options.table));
  }
  const query::TablePlan& plan = plans.front();
  query::DdlOptions ddl = options.ddl;
  if (options.lists_partitions) {
    SLUICE_TRY(sql, query::athena_partitions(plan, ddl));
    return query::AthenaDdl{std::move(sql), {}};
  }
  for (const delivery::DeliveryStream& stream : directory->delivery_streams()) {
    const auto& schema = stream.s3.conversion ? stream.s3.conversion->schema : std::nullopt;
    if (schema && schema->table == plan.name) {
      take_times(stream, ddl);
    }
  }
  if (auto layout = query::layout_of_partitions(plan, directory->delivery_streams())) {
    if (layout->writer != nullptr) {
      take_times(*layout->writer, ddl);
      ddl.first_year = std::min(ddl.first_year, layout->first_year.value_or(ddl.first_year));
    }
    ddl.registered = std::move(layout->keys);
  }
  if (years) {
    ddl.first_year = years->first;
    ddl.years = years->count;
  }
  return query::athena_ddl(plan, ddl);
}

ExitCode run_ddl(const Options& options, Terminal& terminal) {
  std::optional<Years> years;
  if (!options.years.empty()) {
    const auto parsed = parse_years(options.years);
    if (!parsed) {
      terminal.complain("ddl", parsed.error().message());
      return ExitCode::usage;
    }
    years = *parsed;
  }
  const auto made = make(options, years);
  if (!made) {
    terminal.complain("ddl", made.error().message());
    return ExitCode::failed;
  }
  terminal.print(made->sql);
  for (const std::string& note : made->notes) {
    terminal.note(terminal.error_paint()(Ink::dim, "note: " + note) + "\n");
  }
  return ExitCode::ok;
}

}  // namespace

void add_ddl(CLI::App& parent, Action& chosen) {
  CLI::App& app = *parent.add_subcommand("ddl", "print a table as Athena's CREATE EXTERNAL TABLE");
  const auto options = std::make_shared<Options>();
  app.add_option("TABLE", options->table, "DATABASE.TABLE")->type_name("TABLE")->required();
  app.add_option("--data-dir", options->data_directory, "of the server, running or not (./data)")
      ->type_name("DIR");
  app.add_option("--bucket", options->ddl.bucket, "the bucket on S3, where it has another name")
      ->type_name("NAME");
  app.add_flag("--injected",
               options->ddl.injects,
               "columns that every query must name, for folders that cannot be counted up");
  app.add_option("--years",
                 options->years,
                 "that are projected (ten from the first of its delivery stream)")
      ->type_name("A-B");
  app.add_flag("--partitions",
               options->lists_partitions,
               "print ALTER TABLE ADD PARTITION of those registered, in its place");
  app.footer(
      "Partitions are projected where a delivery stream's prefix or the table itself\n"
      "says how: no crawler, no MSCK REPAIR TABLE.  Where neither does, a note says how\n"
      "Athena comes to know them.  The database must exist.\n"
      "\n"
      "Examples:\n"
      "  sluice ddl hr_data.heart_rate --bucket my-real-bucket\n");
  app.callback([options, &chosen] {
    chosen = [options](Terminal& terminal) { return run_ddl(*options, terminal); };
  });
}

}  // namespace sluice::cli
