// sluice ddl: a table of a data directory as Athena's CREATE EXTERNAL TABLE.
#include "cli/command.h"
#include "cli/data_directory.h"
#include "query/athena_ddl.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>

namespace sluice::cli {
namespace {

struct Options {
  std::string table;
  std::string data_directory = "./data";
  query::DdlOptions ddl;
};

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

Result<query::AthenaDdl> make(const Options& options) {
  SLUICE_TRY(directory, DataDirectory::open(options.data_directory));
  SLUICE_TRY(plans, query::plan_tables(directory->warehouse()));
  std::erase_if(plans, [&](const auto& plan) { return !is_meant(plan, options.table); });
  if (plans.size() != 1) {
    return fail(Fault::missing,
                fmt::format("{} {}; `sluice query --tables` shows the tables",
                            plans.empty() ? "there is no table" : "several databases have a table",
                            options.table));
  }
  query::DdlOptions ddl = options.ddl;
  for (const delivery::DeliveryStream& stream : directory->delivery_streams()) {
    const auto& schema = stream.s3.conversion ? stream.s3.conversion->schema : std::nullopt;
    if (schema && schema->table == plans.front().name) {
      take_times(stream, ddl);
    }
  }
  return query::athena_ddl(plans.front(), ddl);
}

ExitCode run_ddl(const Options& options, Terminal& terminal) {
  const auto made = make(options);
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
  app.footer(
      "Partitions are projected: no crawler, no MSCK REPAIR TABLE.  Its database must\n"
      "exist.\n"
      "\n"
      "Examples:\n"
      "  sluice ddl hr_data.heart_rate --bucket my-real-bucket\n"
      "\n" +
      std::string(exit_codes_help));
  app.callback([options, &chosen] {
    chosen = [options](Terminal& terminal) { return run_ddl(*options, terminal); };
  });
}

}  // namespace sluice::cli
