// sluice verify: whether a bucket holds every delivered record once.
#include "cli/progress.h"
#include "cli/proof_commands.h"
#include "cli/verify_report.h"
#include "proof/check.h"
#include "proof/survey.h"

#include <CLI/CLI.hpp>

#include <memory>
#include <string>

namespace sluice::cli {
namespace {

struct Options {
  std::string bucket;
  std::string data_directory = "./data";
  bool is_bucket_only = false;
  bool is_json = false;
};

Result<proof::Facts> look(const Options& options, Terminal& terminal) {
  const SystemClock clock;
  std::uint64_t bytes_planned = 0;
  std::unique_ptr<Progress> progress;
  proof::SurveyOptions surveying;
  surveying.data_directory = options.data_directory;
  surveying.bucket = options.bucket;
  surveying.uses_ledger = !options.is_bucket_only;
  surveying.bytes_planned = &bytes_planned;
  surveying.on_progress = [&](std::uint64_t bytes) {
    if (progress == nullptr) {
      progress = std::make_unique<Progress>(
          terminal,
          clock,
          Progress::Settings{
              .label = "Verifying", .unit = ProgressUnit::bytes, .total = bytes_planned});
    }
    progress->advance_to(bytes);
  };
  return proof::survey(surveying);
}

ExitCode verify(const Options& options, Terminal& terminal) {
  const auto facts = look(options, terminal);
  if (!facts) {
    terminal.complain("verify", facts.error().message());
    return facts.error().fault() == Fault::missing ? ExitCode::usage : ExitCode::failed;
  }
  const proof::Verdict verdict = proof::check(*facts);
  terminal.print(options.is_json ? to_json(verdict, *facts)
                                 : to_text(verdict, *facts, terminal.paint()));
  return exit_code_of(verdict);
}

}  // namespace

void add_verify(CLI::App& parent, Action& chosen) {
  CLI::App& app = *parent.add_subcommand("verify", "prove that a bucket holds every record once");
  const auto options = std::make_shared<Options>();
  app.add_option("BUCKET", options->bucket, "one bucket; without it all of them");
  app.add_option("--data-dir", options->data_directory, "of the server, running or not (./data)")
      ->type_name("DIR");
  app.add_flag("--bucket-only", options->is_bucket_only, "by the objects alone, not the ledger");
  app.add_flag("--json", options->is_json, "one JSON object");
  app.footer(
      "Reads every object that was delivered and compares it with its plan in the\n"
      "ledger: there, with the bytes that were put.  Plans must be numbered without\n"
      "gaps and hold no record twice; what the marks call delivered must be in a plan.\n"
      "Objects that claim a delivery stream's plan must be that plan's.  Nothing is\n"
      "changed.  An object that somebody deleted on purpose counts as missing.\n"
      "\n"
      "Exit code:\n"
      "  0  proven: nothing is missing, double or foreign\n"
      "  1  faults were found, or something cannot be read\n"
      "  2  wrong arguments\n"
      "  4  proven in part: no fault, and the last lines say what could not be told;\n"
      "     always so with --bucket-only, and without sluice.db\n"
      "\n"
      "Examples:\n"
      "  sluice verify --data-dir /var/lib/sluice\n"
      "  sluice verify landing --json | jq '.faults[].key'\n");
  app.callback([options, &chosen] {
    chosen = [options](Terminal& terminal) { return verify(*options, terminal); };
  });
}

}  // namespace sluice::cli
