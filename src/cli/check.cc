// sluice check: what the delivery streams of a configuration file would deliver, without sending
// anything; and whether that is what is expected.
#include "base/clock.h"
#include "base/file_system.h"
#include "base/random.h"
#include "cli/check_expectation.h"
#include "cli/check_report.h"
#include "cli/command.h"
#include "cli/input_file.h"
#include "cli/line_reader.h"
#include "cli/quantity.h"
#include "cli/rehearsal.h"
#include "delivery/object_key.h"
#include "delivery/record_router.h"
#include "delivery/session_tags.h"
#include "query/metadata_queries.h"
#include "server/config.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sluice::cli {
namespace {

constexpr std::size_t record_bytes_max = 1'024'000;
constexpr std::size_t sample_bytes_max = std::size_t{64} << 20;

struct Options {
  std::string config;
  std::string sample;
  std::string expectations;
  std::string delivery_stream;  // empty: all
  std::string arrival;          // empty: now
  std::size_t rows = CheckReportOptions().rows_max;
  bool is_json = false;
};

// What the file says, as far as it is needed here.
struct Configured {
  std::vector<delivery::DeliveryStream> legs;
  std::vector<std::string> places;  // of each leg
  Tables tables;
  delivery::ProcessorMakers processors;
};

Result<Configured> read_config(const std::string& path) {
  SLUICE_TRY(text, read_file(*make_posix_file_system(), path));
  SLUICE_TRY(config, server::parse_config(text, path));
  Configured out;
  out.processors = {.queries = query::make_metadata_queries(),
                    .functions = server::make_lambda_functions(config.lambdas)};
  for (const server::TableSetting& table : config.tables) {
    SLUICE_TRY(schema, columnar::parse_columns(table.columns));
    std::string name = table.database + "." + table.name;
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char one) {
      return static_cast<char>(std::tolower(one));
    });
    out.tables.emplace(std::move(name), std::move(schema));
  }
  for (const delivery::DeliveryStream& stream : config.delivery_streams) {
    for (delivery::DeliveryStream& leg : delivery::legs_of(stream)) {
      out.places.push_back(config.delivery_stream_places.at(stream.name));
      out.legs.push_back(std::move(leg));
    }
  }
  return out;
}

// As `sluice put` takes them: a line each, newline included.
Result<std::vector<Bytes>> read_sample(const std::string& path) {
  SLUICE_TRY(input, InputFile::open(path));
  LineReader lines([&input](char* to, std::size_t count) { return input.read(to, count); },
                   {.line_bytes_max = record_bytes_max});
  std::vector<Bytes> records;
  for (;;) {
    SLUICE_TRY(line, lines.next());
    if (!line) {
      return records;
    }
    Bytes record(line->text);
    if (line->has_newline) {
      record += '\n';
    }
    if (line->is_too_long || record.size() > record_bytes_max) {
      return fail(
          Fault::too_large,
          fmt::format("line {} of {} is too long for a record", line->number, input.name()));
    }
    if (lines.bytes_taken() > sample_bytes_max) {
      return fail(Fault::too_large,
                  fmt::format("{} is too much for a sample: {} at most",
                              input.name(),
                              human_bytes(sample_bytes_max)));
    }
    records.push_back(std::move(record));
  }
}

// How keys of objects look whose oldest record arrives then; of partitions nothing can be said
// without records.
Result<std::vector<std::string>> keys_of(const delivery::DeliveryStream& leg, UnixMillis arrival) {
  SLUICE_TRY(keys, delivery::ObjectKeys::create(leg));
  SystemRandom random;
  std::vector<std::string> out;
  const auto add = [&](delivery::ObjectKind kind) -> Result<void> {
    SLUICE_TRY(key, keys.make_key(kind, {}, arrival, random));
    out.push_back(without_uuid(std::move(key)));
    return {};
  };
  SLUICE_TRY(sessions, delivery::session_tags_of(leg.tags));
  const bool is_routed = sessions.are_on() || delivery::RecordRouter::is_needed(leg);
  SLUICE_TRY_DO(
      add(is_routed ? delivery::ObjectKind::processing_failed : delivery::ObjectKind::data));
  if (leg.s3.converts()) {
    SLUICE_TRY_DO(add(delivery::ObjectKind::format_conversion_failed));
  }
  return out;
}

class Checking {
 public:
  Checking(const Options& options, Terminal& terminal) : options_(options), terminal_(terminal) {}

  ExitCode run();

 private:
  ExitCode show(UnixMillis arrival);
  ExitCode compare();
  CheckedStream check(std::size_t leg, const std::vector<Bytes>& records, UnixMillis arrival);
  Result<std::size_t> leg_named(const std::string& name) const;

  ExitCode refuse(const Error& error) {
    terminal_.complain("check", error.message());
    return ExitCode::usage;
  }

  const Options& options_;
  Terminal& terminal_;
  Configured configured_;
};

ExitCode Checking::run() {
  auto configured = read_config(options_.config);
  if (!configured) {
    return refuse(configured.error());
  }
  configured_ = *std::move(configured);
  if (!options_.expectations.empty()) {
    return compare();
  }
  if (options_.arrival.empty()) {
    return show(SystemClock().now());
  }
  const auto arrival = parse_arrival(options_.arrival);
  return arrival ? show(*arrival) : refuse(arrival.error());
}

// Empty: the only delivery stream.
Result<std::size_t> Checking::leg_named(const std::string& name) const {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < configured_.legs.size(); ++i) {
    if (configured_.legs[i].name == name) {
      return i;
    }
    names.push_back(configured_.legs[i].name);
  }
  if (name.empty() && names.size() == 1) {
    return 0;
  }
  return fail(Fault::missing,
              names.empty()  ? options_.config + " has no [[delivery_stream]]"
              : name.empty() ? fmt::format("name one of {}", fmt::join(names, ", "))
                             : fmt::format("there is no delivery stream {}; there are {}",
                                           printable(name),
                                           fmt::join(names, ", ")));
}

CheckedStream Checking::check(std::size_t leg,
                              const std::vector<Bytes>& records,
                              UnixMillis arrival) {
  CheckedStream out;
  out.definition = configured_.legs[leg];
  out.place = configured_.places[leg];
  auto rehearsal =
      rehearse(out.definition, configured_.tables, configured_.processors, records, arrival);
  if (!rehearsal) {
    out.held_back = rehearsal.error().message();
    return out;
  }
  out.rehearsal = *std::move(rehearsal);
  if (options_.sample.empty()) {
    auto keys = keys_of(out.definition, arrival);
    if (!keys) {
      out.held_back = keys.error().message();
      return out;
    }
    out.keys = *std::move(keys);
  }
  return out;
}

ExitCode Checking::show(UnixMillis arrival) {
  std::vector<Bytes> records;
  if (!options_.sample.empty()) {
    auto sample = read_sample(options_.sample);
    if (!sample) {
      return refuse(sample.error());
    }
    records = *std::move(sample);
  }
  std::size_t first = 0;
  std::size_t end = configured_.legs.size();
  if (!options_.delivery_stream.empty() || end == 0) {
    const auto leg = leg_named(options_.delivery_stream);
    if (!leg) {
      return refuse(leg.error());
    }
    first = *leg;
    end = first + 1;
  }
  std::vector<CheckedStream> streams;
  for (std::size_t leg = first; leg < end; ++leg) {
    streams.push_back(check(leg, records, arrival));
  }
  const CheckReportOptions report{.rows_max = options_.rows,
                                  .has_sample = !options_.sample.empty()};
  terminal_.print(options_.is_json ? to_json(streams)
                                   : to_text(streams, report, terminal_.paint()));
  const bool is_good = std::none_of(
      streams.begin(), streams.end(), [](const auto& one) { return one.held_back.has_value(); });
  return is_good ? ExitCode::ok : ExitCode::failed;
}

ExitCode Checking::compare() {
  auto text = read_file(*make_posix_file_system(), options_.expectations);
  if (!text) {
    return refuse(text.error());
  }
  const auto tests = parse_expectations(*std::move(text), options_.expectations);
  if (!tests) {
    return refuse(tests.error());
  }
  std::vector<CheckedExpectation> checked;
  for (const Expectation& test : *tests) {
    const auto leg = leg_named(test.delivery_stream);
    if (!leg) {
      return refuse(Error(Fault::missing, test.name + ": " + leg.error().message()));
    }
    const CheckedStream found = check(*leg, test.records, test.arrival);
    checked.push_back({test.name,
                       configured_.legs[*leg].name,
                       found.held_back
                           ? std::vector{"it delivers nothing: " + printable(*found.held_back)}
                           : differences(test, found.rehearsal)});
  }
  terminal_.print(options_.is_json ? to_json(checked) : to_text(checked, terminal_.paint()));
  const bool is_good = std::all_of(
      checked.begin(), checked.end(), [](const auto& one) { return one.differences.empty(); });
  return is_good ? ExitCode::ok : ExitCode::failed;
}

}  // namespace

void add_check(CLI::App& parent, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App& app =
      *parent.add_subcommand("check", "show what a configuration would deliver, sending nothing");
  app.add_option("CONFIG", options->config, "configuration file, as `sluice serve` takes it")
      ->required();
  CLI::Option* const sample =
      app.add_option("--sample",
                     options->sample,
                     "records to deliver: each line one, its newline included; - for standard "
                     "input")
          ->type_name("FILE");
  app.add_option("--expect",
                 options->expectations,
                 "tests in JSON: records, and the keys, rows, texts and errors that must come of "
                 "them")
      ->type_name("FILE")
      ->excludes(sample);
  app.add_option("--delivery-stream", options->delivery_stream, "only this one (all)")
      ->type_name("NAME");
  app.add_option("--arrival", options->arrival, "when the records arrive, in UTC (now)")
      ->type_name("TIME");
  app.add_option("--rows", options->rows, "rows and refusals shown of an object (10)")
      ->type_name("N");
  app.add_flag("--json", options->is_json, "print JSON");
  app.footer(
      "In keys * stands for the UUID.  Tables are those of the file.\n"
      "\n"
      "Exit codes: 0 as expected, 1 a difference or a stream that would deliver\n"
      "nothing, 2 a mistake in the arguments or in one of the files.\n"
      "\n"
      "Examples:\n"
      "  sluice check sluice.toml\n"
      "  sluice check sluice.toml --sample run.ndjson --arrival 2025-07-13T15:55:19Z\n"
      "  sluice check sluice.toml --expect tests.json\n"
      "\n"
      "A file of tests:\n"
      "  {\"tests\": [{\n"
      "    \"name\": \"a beat becomes a row\",\n"
      "    \"delivery_stream\": \"hr_firehose\",\n"
      "    \"arrival\": \"2025-07-13T15:55:19Z\",\n"
      "    \"records\": [{\"heart_rate\": 89}, \"no JSON\"],\n"
      "    \"keys\": [\"heart_rate_data/2025/07/13/*.parquet\", \"errors/*\"],\n"
      "    \"rows\": [{\"heart_rate\": 89}],\n"
      "    \"errors\": [{\"code\": \"DataFormatConversion.ParseError\"}]\n"
      "  }]}\n");
  app.callback([options, &chosen] {
    chosen = [options](Terminal& terminal) { return Checking(*options, terminal).run(); };
  });
}

}  // namespace sluice::cli
