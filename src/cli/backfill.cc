// sluice backfill: what a stream still holds of some time, delivered once more under another
// prefix.
#include "cli/command.h"
#include "cli/interruption.h"
#include "cli/own_caller.h"
#include "cli/progress.h"
#include "cli/proof_commands.h"
#include "cli/quantity.h"
#include "cli/table.h"
#include "json/document.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace sluice::cli {
namespace {

constexpr std::chrono::milliseconds poll_interval{200};
constexpr std::size_t indent = 2;

struct Options {
  std::string delivery_stream;
  ServiceOptions service;
  std::string from;
  std::string to;
  std::string prefix;
  std::string id;
  bool is_stop = false;
  bool is_json = false;
};

struct Report {
  Bytes answer;  // as it came
  std::string state;
  std::uint64_t records = 0;
  std::uint64_t delivered_now = 0;
  std::optional<std::uint64_t> delivered;  // in all, once it has ended
  std::uint64_t lost = 0;
  std::map<std::string, std::uint64_t> refused;
  std::string last_error;
};

Result<Report> parse_report(Bytes answer) {
  SLUICE_TRY(document, json::Document::parse(Bytes(answer)));
  const json::View root = document.root().find("Backfill");
  if (!root.is(json::Kind::object)) {
    return fail(Fault::invalid, "the answer is not that of a backfill");
  }
  const auto count = [](json::View object, std::string_view name) {
    return static_cast<std::uint64_t>(object.find(name).as_int64().value_or(0));
  };
  const auto text = [](json::View object, std::string_view name) {
    return std::string(object.find(name).as_string().value_or(std::string_view()));
  };
  Report report;
  report.state = text(root, "State");
  report.records = count(root, "Records");
  report.delivered_now = count(root, "DeliveredNow");
  if (root.find("Delivered").exists()) {
    report.delivered = count(root, "Delivered");
  }
  report.lost = count(root, "Lost");
  for (const json::View one : root.find("Refused").elements()) {
    report.refused[text(one, "Code")] = count(one, "Records");
  }
  report.last_error = text(root, "LastError");
  report.answer = std::move(answer);
  return report;
}

// The times without what a name cannot have: "20250713T000000Z-20250714T000000Z".
std::string id_of(const Options& options) {
  if (!options.id.empty()) {
    return options.id;
  }
  std::string id = options.from + "-" + options.to;
  std::erase_if(id, [](char c) { return c == ':' || c == '+' || c == ' '; });
  return id;
}

class Backfilling {
 public:
  Backfilling(const Options& options, Terminal& terminal)
      : options_(options), id_(id_of(options)), terminal_(terminal) {}

  ExitCode run() {
    const auto from = time_of("--from", options_.from);
    const auto to = from ? time_of("--to", options_.to) : from;
    auto caller = to ? OwnCaller::create(options_.service)
                     : Result<std::unique_ptr<OwnCaller>>(std::unexpected(to.error()));
    const bool has_all = options_.is_stop ? !id_.empty() && id_ != "-"
                                          : !options_.from.empty() && !options_.to.empty() &&
                                                !options_.prefix.empty();
    if (!caller || !has_all) {
      terminal_.complain("backfill",
                         caller ? "--from, --to and --prefix are needed, and to stop one, its --id"
                                : caller.error().message());
      return ExitCode::usage;
    }
    caller_ = *std::move(caller);
    const auto report = options_.is_stop ? ask("StopBackfill") : backfill(**from, **to);
    if (!report) {
      terminal_.complain("backfill", report.error().message());
      return exit_code_of(report.error().fault());
    }
    terminal_.print(options_.is_json ? report->answer + "\n" : text_of(*report));
    if (options_.is_stop) {
      return ExitCode::ok;
    }
    if (report->state != "DONE") {
      return ExitCode::failed;
    }
    return report->refused.empty() && report->lost == 0 ? ExitCode::ok : ExitCode::gone;
  }

 private:
  Result<Report> ask(std::string_view operation) {
    SLUICE_TRY(answer, caller_->call(operation, options_.delivery_stream, [this](auto& out) {
      out.member("Id", std::string_view(id_));
    }));
    return parse_report(std::move(answer));
  }

  Result<Report> backfill(double from_s, double to_s) {
    SLUICE_TRY(answer, caller_->attempt("StartBackfill", options_.delivery_stream, [&](auto& out) {
      out.member("Id", std::string_view(id_));
      out.member("Prefix", std::string_view(options_.prefix));
      out.member("From", from_s);
      out.member("To", to_s);
    }));
    if (!answer && (answer.error().code != in_use ||
                    answer.error().message.find("under way") == std::string::npos)) {
      return refused(answer.error());
    }
    return watch();
  }

  // Until it has ended.
  Result<Report> watch() {
    SLUICE_TRY(report, ask("DescribeBackfill"));
    Progress progress(
        terminal_,
        clock_,
        {.label = "Backfilling", .unit = ProgressUnit::records, .total = report.records});
    std::string told;
    while (report.state == "RUNNING") {
      if (!pause_unless_interrupted(poll_interval)) {
        return fail(Fault::cancelled,
                    "interrupted; the backfill goes on in the server: the same command watches it "
                    "again, and --stop ends it");
      }
      SLUICE_TRY(next, ask("DescribeBackfill"));
      report = std::move(next);
      progress.advance_to(report.delivered_now);
      if (!report.last_error.empty() && report.last_error != told) {
        told = report.last_error;
        progress.wipe();
        terminal_.note(fmt::format("it is held up, and goes on trying: {}\n", printable(told)));
      }
    }
    return report;
  }

  std::string text_of(const Report& report) const {
    const Paint paint = terminal_.paint();
    std::string text = fmt::format("{} of {} from {} to {} under {}\n",
                                   counted(report.records, "record", "records"),
                                   paint(Ink::bold, printable(options_.delivery_stream)),
                                   options_.from,
                                   options_.to,
                                   printable(options_.prefix));
    if (options_.is_stop) {
      text = fmt::format("backfill {}: {}\n", id_, report.state);
    }
    Table table({{"OUTCOME"}, {"RECORDS", Align::right}, {"WHY"}});
    table.add_row({"delivered now", human_count(report.delivered_now), ""});
    if (report.delivered) {
      table.add_row({"delivered in all", human_count(*report.delivered), ""});
    }
    for (const auto& [code, records] : report.refused) {
      table.add_row({"refused", human_count(records), printable(code)});
    }
    if (report.lost > 0) {
      table.add_row({"lost", human_count(report.lost), "damaged or trimmed; see the server's log"});
    }
    return text + table.to_string(paint, indent);
  }

  const Options& options_;
  const std::string id_;
  Terminal& terminal_;
  SystemClock clock_;
  Interruption interruption_;
  std::unique_ptr<OwnCaller> caller_;
};

}  // namespace

void add_backfill(CLI::App& parent, Action& chosen) {
  CLI::App& app =
      *parent.add_subcommand("backfill", "deliver a stream's past under another prefix");
  const auto options = std::make_shared<Options>();
  app.add_option("STREAM", options->delivery_stream, "the delivery stream")->required();
  app.add_option("--from", options->from, "what arrived at this time or later")->type_name("TIME");
  app.add_option("--to", options->to, "and before this time, which is past")->type_name("TIME");
  app.add_option("--prefix", options->prefix, "of its objects; not the delivery stream's")
      ->type_name("PREFIX");
  app.add_option("--id", options->id, "its name (made of the two times)")->type_name("ID");
  app.add_flag("--stop", options->is_stop, "end one under way");
  app.add_option("--endpoint",
                 options->service.endpoint,
                 "server (AWS_ENDPOINT_URL, http://127.0.0.1:4566)")
      ->type_name("URL");
  app.add_option("--region", options->service.region, "region to sign for (AWS_REGION, us-east-1)")
      ->type_name("NAME");
  app.add_flag("--json", options->is_json, "print the server's answer");
  app.footer(
      "Reads again what the stream still holds of that time, and delivers it under the\n"
      "delivery stream's definition as it is now, with a ledger and plan numbers of its\n"
      "own.  The same id is the same backfill: called again it goes on where it was,\n"
      "and once it is done nothing comes again.  What is refused stays in the stream,\n"
      "and the same call tries it again.\n"
      "\n"
      "Exit code:\n"
      "  0  all of it is delivered\n"
      "  1  it did not come to its end; call it again\n"
      "  2  wrong arguments\n"
      "  3  no server answered\n"
      "  6  some of it is refused, or lost\n"
      "\n"
      "Examples:\n"
      "  sluice backfill events_to_parquet --from 2025-07-13T00:00:00Z \\\n"
      "    --to 2025-07-14T00:00:00Z --prefix again/\n");
  app.callback([options, &chosen] {
    chosen = [options](Terminal& terminal) { return Backfilling(*options, terminal).run(); };
  });
}

}  // namespace sluice::cli
