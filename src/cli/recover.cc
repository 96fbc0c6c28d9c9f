// sluice recover: the ledger, made again from what the buckets hold.
#include "cli/progress.h"
#include "cli/proof_commands.h"
#include "cli/quantity.h"
#include "proof/recovery.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

namespace sluice::cli {
namespace {

struct Options {
  std::string data_directory = "./data";
  bool redelivers_missing = false;
  bool is_confirmed = false;
};

Result<std::unique_ptr<proof::Recovery>> look(const Options& options, Terminal& terminal) {
  const SystemClock clock;
  Progress progress(
      terminal, clock, {.label = "Reading", .unit = ProgressUnit::bytes, .total = std::nullopt});
  proof::RecoveryOptions recovering;
  recovering.data_directory = options.data_directory;
  recovering.redelivers_missing = options.redelivers_missing;
  recovering.on_progress = [&](std::uint64_t bytes) { progress.advance_to(bytes); };
  return proof::Recovery::prepare(recovering);
}

// Says what was found; true if all of it can be written.
bool tell(const proof::Recovery& recovery, Terminal& terminal) {
  bool is_clear = true;
  for (const proof::Recovery::Item& item : recovery.items()) {
    const proof::Rebuilt& rebuilt = item.rebuilt;
    std::string text = terminal.paint()(Ink::bold, printable(item.delivery.name)) + "\n";
    for (const std::string& sentence : rebuilt.found) {
      text += fmt::format("  {}\n", printable(sentence));
    }
    for (const std::string& sentence : rebuilt.refusals) {
      text += fmt::format(
          "  {}  {}\n", terminal.paint()(Ink::red, "cannot be recovered"), printable(sentence));
    }
    is_clear = is_clear && rebuilt.refusals.empty();
    if (rebuilt.refusals.empty()) {
      text += fmt::format("  to be written: {}, {}\n",
                          counted(rebuilt.plans.size(), "plan", "plans"),
                          counted(rebuilt.marks.size(), "mark", "marks"));
    }
    terminal.print(text);
  }
  return is_clear;
}

bool is_agreed(Terminal& terminal) {
  terminal.print("Write this to sluice.db?  The old file is kept aside.  [y/N] ");
  terminal.flush();
  std::array<char, 16> answer{};
  const bool has_answer = std::fgets(answer.data(), answer.size(), stdin) != nullptr;
  return has_answer && (answer[0] == 'y' || answer[0] == 'Y');
}

ExitCode recover(const Options& options, Terminal& terminal) {
  auto recovery = look(options, terminal);
  if (!recovery) {
    terminal.complain("recover", recovery.error().message());
    return ExitCode::failed;
  }
  if ((*recovery)->items().empty()) {
    terminal.print(
        "The ledger is whole, and knows of every object: there is nothing to recover.\n"
        "Whether every object is there, `sluice verify` tells.\n");
    return ExitCode::ok;
  }
  if (!tell(**recovery, terminal)) {
    terminal.complain("recover", "nothing was written");
    return ExitCode::failed;
  }
  const bool can_ask = ::isatty(STDIN_FILENO) == 1;
  if (!options.is_confirmed && !can_ask) {
    terminal.complain("recover", "nothing was written; --yes writes it");
    return ExitCode::failed;
  }
  if (!options.is_confirmed && !is_agreed(terminal)) {
    terminal.complain("recover", "nothing was written");
    return ExitCode::failed;
  }
  const auto aside = (*recovery)->write();
  if (!aside) {
    terminal.complain("recover", aside.error().message());
    return ExitCode::failed;
  }
  terminal.print(fmt::format(
      "Written; the old file is {}.\n`sluice verify` compares it with the buckets.\n", *aside));
  return ExitCode::ok;
}

}  // namespace

void add_recover(CLI::App& parent, Action& chosen) {
  CLI::App& app = *parent.add_subcommand("recover", "make a damaged ledger again from the buckets");
  const auto options = std::make_shared<Options>();
  app.add_option(
         "--data-dir", options->data_directory, "of the server, which must be stopped (./data)")
      ->type_name("DIR");
  app.add_flag("--yes", options->is_confirmed, "write without asking");
  app.add_flag("--redeliver-missing",
               options->redelivers_missing,
               "where rows were lost: deliver again what may be gone");
  app.footer(
      "For a start that says that rows of the ledger are damaged or lost, and after an\n"
      "older sluice.db was brought back.  Takes what is left of the ledger, the records\n"
      "that the objects prove, and the log, says what it found, and asks before it\n"
      "writes.  Afterwards a start delivers what no object holds, and nothing twice.\n"
      "Where a doubt remains it writes nothing and says why.\n"
      "\n"
      "Examples:\n"
      "  sluice recover --data-dir /var/lib/sluice\n"
      "  sluice recover --yes && sluice verify\n");
  app.callback([options, &chosen] {
    chosen = [options](Terminal& terminal) { return recover(*options, terminal); };
  });
}

}  // namespace sluice::cli
