// sluice replay: the error output of a delivery stream, delivered after all.
#include "base/base64.h"
#include "cli/command.h"
#include "cli/input_file.h"
#include "cli/interruption.h"
#include "cli/line_reader.h"
#include "cli/own_caller.h"
#include "cli/progress.h"
#include "cli/proof_commands.h"
#include "cli/quantity.h"
#include "cli/replay_report.h"
#include "delivery/error_line.h"
#include "json/document.h"
#include "json/writer.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace sluice::cli {
namespace {

constexpr std::chrono::milliseconds poll_interval{200};
constexpr std::size_t repair_bytes_max = std::size_t{4} << 20;  // of the lines of one call
constexpr std::size_t repairs_max = 50'000;                     // likewise
constexpr std::size_t list_bytes_max = std::size_t{64} << 20;   // of one answer

struct Options {
  std::string delivery_stream;
  ServiceOptions service;
  std::string prefix;
  std::string code;
  std::string from;
  std::string to;
  std::string repair;
  bool is_list = false;
  bool is_dry = false;
  bool is_stop = false;
  bool is_json = false;
};

class Replaying {
 public:
  Replaying(const Options& options, Terminal& terminal) : options_(options), terminal_(terminal) {}

  ExitCode run();

 private:
  Result<void> prepare();
  Result<ReplayReport> ask(std::string_view operation, const WriteMembers& write = {});
  Result<ReplayReport> watch(ReplayReport report);
  Result<ReplayReport> replay(const WriteMembers& write);
  Result<ReplayReport> repair();
  Result<void> list();
  Result<ReplayReport> work();
  Result<void> pause();

  const Options& options_;
  Terminal& terminal_;
  SystemClock clock_;
  Interruption interruption_;
  std::unique_ptr<OwnCaller> caller_;
  std::optional<double> from_s_;
  std::optional<double> to_s_;
};

Result<void> Replaying::prepare() {
  SLUICE_TRY(from, time_of("--from", options_.from));
  SLUICE_TRY(to, time_of("--to", options_.to));
  from_s_ = from;
  to_s_ = to;
  SLUICE_TRY(caller, OwnCaller::create(options_.service));
  caller_ = std::move(caller);
  return {};
}

void write_selection(const Options& options,
                     std::optional<double> from_s,
                     std::optional<double> to_s,
                     json::Writer& out) {
  const auto text = [&out](std::string_view name, const std::string& value) {
    if (!value.empty()) {
      out.member(name, std::string_view(value));
    }
  };
  text("Prefix", options.prefix);
  text("Code", options.code);
  if (from_s) {
    out.member("From", *from_s);
  }
  if (to_s) {
    out.member("To", *to_s);
  }
}

Result<ReplayReport> Replaying::ask(std::string_view operation, const WriteMembers& write) {
  SLUICE_TRY(answer, caller_->call(operation, options_.delivery_stream, write));
  return parse_replay_report(answer);
}

Result<void> Replaying::pause() {
  if (!pause_unless_interrupted(poll_interval)) {
    return fail(Fault::cancelled,
                "interrupted; the replay goes on in the server: the same command watches it again, "
                "and --stop ends it");
  }
  return {};
}

// Until it has ended.
Result<ReplayReport> Replaying::watch(ReplayReport report) {
  Progress progress(terminal_,
                    clock_,
                    {.label = "Replaying", .unit = ProgressUnit::records, .total = report.lines});
  std::string told;
  while (report.state == "RUNNING") {
    SLUICE_TRY_DO(pause());
    SLUICE_TRY(next, ask("DescribeReplay"));
    report = std::move(next);
    progress.advance_to(report.passed);
    if (!report.last_error.empty() && report.last_error != told) {
      told = report.last_error;
      progress.wipe();
      terminal_.note(fmt::format("it is held up, and goes on trying: {}\n", printable(told)));
    }
  }
  return report;
}

// Behind one that is under way.
Result<ReplayReport> Replaying::replay(const WriteMembers& write) {
  while (true) {
    SLUICE_TRY(answer, caller_->attempt("StartReplay", options_.delivery_stream, write));
    if (answer) {
      SLUICE_TRY(begun, parse_replay_report(*answer));
      SLUICE_TRY(ended, watch(begun));
      ended.not_waiting = begun.not_waiting;
      return ended;
    }
    if (answer.error().code != in_use) {
      return refused(answer.error());
    }
    SLUICE_TRY(other, ask("DescribeReplay"));
    SLUICE_TRY_DO(watch(std::move(other)));
  }
}

// One line of the file that was edited, as a member of Repairs.
Result<std::string> repair_of(const Line& line) {
  auto parsed = line.is_too_long
                    ? Result<delivery::ErrorLine>(fail(Fault::too_large, "it is too long"))
                    : delivery::parse_error_line(line.text);
  if (!parsed || (parsed->replay_id.empty() && parsed->sequence_number.empty())) {
    return fail(Fault::invalid,
                fmt::format("line {}: {}",
                            line.number,
                            parsed ? "it has neither a replayId nor a sequenceNumber"
                                   : parsed.error().message()));
  }
  std::string text;
  json::Writer out(text);
  out.begin_object();
  if (parsed->replay_id.empty()) {
    out.member("SequenceNumber", std::string_view(parsed->sequence_number));
  } else {
    out.member("ReplayId", std::string_view(parsed->replay_id));
  }
  out.member("Data", std::string_view(base64_encode(parsed->raw_data)));
  out.end_object();
  return text;
}

// As many replays as the file needs: each takes so many lines that a call can carry them.
Result<ReplayReport> Replaying::repair() {
  SLUICE_TRY(input, InputFile::open(options_.repair));
  LineReader lines([&input](char* to, std::size_t count) { return input.read(to, count); },
                   {.line_bytes_max = delivery::error_line_bytes_max});
  ReplayReport sum;
  sum.state = "DONE";
  std::string batch;
  std::size_t count = 0;
  const auto send = [&]() -> Result<void> {
    if (count == 0) {
      return {};
    }
    SLUICE_TRY(report, replay([&batch](json::Writer& out) {
                 out.key("Repairs");
                 out.raw("[" + batch + "]");
               }));
    sum.add(report);
    batch.clear();
    count = 0;
    return {};
  };
  while (true) {
    SLUICE_TRY(line, lines.next());
    if (!line) {
      break;
    }
    if (is_blank(line->text)) {
      continue;
    }
    SLUICE_TRY(text, repair_of(*line));
    if (count == repairs_max || batch.size() + text.size() > repair_bytes_max) {
      SLUICE_TRY_DO(send());
    }
    batch += (count == 0 ? "" : ",") + text;
    ++count;
  }
  SLUICE_TRY_DO(send());
  return sum;
}

Result<void> Replaying::list() {
  std::string after;
  do {
    SLUICE_TRY(answer,
               caller_->call("ListReplayable", options_.delivery_stream, [&](json::Writer& out) {
                 write_selection(options_, from_s_, to_s_, out);
                 if (!after.empty()) {
                   out.member("After", std::string_view(after));
                 }
               }));
    SLUICE_TRY(document, json::Document::parse(std::move(answer), {.bytes_max = list_bytes_max}));
    for (const json::View line : document.root().find("Lines").elements()) {
      terminal_.print(std::string(line.as_string().value_or(std::string_view())) + "\n");
    }
    after = document.root().find("Next").as_string().value_or(std::string_view());
  } while (!after.empty());
  return {};
}

Result<ReplayReport> Replaying::work() {
  if (options_.is_stop) {
    return ask("StopReplay");
  }
  if (!options_.repair.empty()) {
    return repair();
  }
  const auto selection = [this](json::Writer& out) {
    write_selection(options_, from_s_, to_s_, out);
  };
  if (options_.is_dry) {
    return ask("StartReplay", [&](json::Writer& out) {
      selection(out);
      out.member("DryRun", true);
    });
  }
  return replay(selection);
}

ExitCode Replaying::run() {
  if (const auto prepared = prepare(); !prepared) {
    terminal_.complain("replay", prepared.error().message());
    return ExitCode::usage;
  }
  if (options_.is_list) {
    const auto listed = list();
    if (!listed) {
      terminal_.complain("replay", listed.error().message());
      return exit_code_of(listed.error().fault());
    }
    return ExitCode::ok;
  }
  const auto report = work();
  if (!report) {
    terminal_.complain("replay", report.error().message());
    return exit_code_of(report.error().fault());
  }
  const std::string& name = options_.delivery_stream;
  terminal_.print(options_.is_json  ? to_json(*report, name)
                  : options_.is_dry ? to_dry_text(*report, name, terminal_.paint())
                                    : to_text(*report, name, terminal_.paint()));
  return options_.is_dry || options_.is_stop ? ExitCode::ok : exit_code_of(*report);
}

}  // namespace

void add_replay(CLI::App& parent, Action& chosen) {
  CLI::App& app = *parent.add_subcommand("replay", "deliver what is in the error output, once");
  const auto options = std::make_shared<Options>();
  app.add_option("STREAM", options->delivery_stream, "the delivery stream")->required();
  app.add_option("--prefix", options->prefix, "only of objects whose keys begin so")
      ->type_name("KEY");
  app.add_option("--code", options->code, "only what was refused with this error code")
      ->type_name("CODE");
  app.add_option("--from", options->from, "only what arrived at this time or later")
      ->type_name("TIME");
  app.add_option("--to", options->to, "only what arrived before this time")->type_name("TIME");
  CLI::Option* const repair =
      app.add_option("--repair", options->repair, "deliver these edited lines in place of theirs")
          ->type_name("FILE");
  CLI::Option* const list =
      app.add_flag("--list", options->is_list, "print the lines that wait, to be edited");
  CLI::Option* const dry = app.add_flag("--dry-run", options->is_dry, "count only");
  CLI::Option* const stop = app.add_flag("--stop", options->is_stop, "end a replay under way");
  list->excludes(repair)->excludes(dry)->excludes(stop);
  repair->excludes(dry)->excludes(stop);
  dry->excludes(stop);
  app.add_option("--endpoint",
                 options->service.endpoint,
                 "server (AWS_ENDPOINT_URL, http://127.0.0.1:4566)")
      ->type_name("URL");
  app.add_option("--region", options->service.region, "region to sign for (AWS_REGION, us-east-1)")
      ->type_name("NAME");
  app.add_flag("--json", options->is_json, "print the summary as JSON");
  app.footer(
      "Sends the records of the error output through the delivery stream again: repair\n"
      "the cause (the table, the SerDe, the query), then replay.  What is delivered is\n"
      "so for ever, and no replay takes it again; what is refused again stays where it\n"
      "is, and is not written a second time.  A replay that ended half way goes on when\n"
      "it is called again.  Records keep the time at which they first arrived.\n"
      "\n"
      "To repair the records themselves, edit what --list prints (rawData is base64)\n"
      "and give it to --repair: the original and the repaired line are one record.\n"
      "\n"
      "Exit code:\n"
      "  0  all that was asked for is delivered\n"
      "  1  it did not come to its end; call it again\n"
      "  2  wrong arguments\n"
      "  3  no server answered\n"
      "  6  some of it is still refused, or could not be read\n"
      "\n"
      "Examples:\n"
      "  sluice replay events_to_parquet --dry-run\n"
      "  sluice replay events_to_parquet --code ParseError --from 2025-07-13T00:00:00Z\n"
      "  sluice replay events_to_parquet --list > lines.jsonl\n"
      "  sluice replay events_to_parquet --repair lines.jsonl\n");
  app.callback([options, &chosen] {
    chosen = [options](Terminal& terminal) { return Replaying(*options, terminal).run(); };
  });
}

}  // namespace sluice::cli
