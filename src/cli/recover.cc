// sluice recover: the ledger, made again from what the buckets hold.
#include "base/file_system.h"
#include "cli/progress.h"
#include "cli/proof_commands.h"
#include "cli/quantity.h"
#include "proof/recovery.h"
#include "server/config.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::cli {
namespace {

struct Options {
  std::string data_directory = "./data";
  std::string config;
  std::vector<std::string> stated;  // NAME=FOLDER
  bool redelivers_missing = false;
  bool is_confirmed = false;
};

// What --config and --stream say.
Result<void> read_definitions(const Options& options, proof::RecoveryOptions& recovering) {
  if (!options.config.empty()) {
    const auto text = read_file(*make_posix_file_system(), options.config);
    if (!text) {
      return fail(text.error().fault(),
                  fmt::format("cannot read the configuration: {}", text.error().message()));
    }
    SLUICE_TRY(config, server::parse_config(*text, options.config));
    recovering.config = std::move(config);
    recovering.config_name = options.config;
  }
  for (const std::string& stated : options.stated) {
    const std::size_t at = stated.find('=');
    if (at == std::string::npos || at == 0) {
      return fail(Fault::invalid,
                  fmt::format("--stream is NAME=FOLDER, not '{}'", printable(stated)));
    }
    recovering.stated[stated.substr(0, at)] = stated.substr(at + 1);
  }
  return {};
}

Result<std::unique_ptr<proof::Recovery>> look(const Options& options,
                                              proof::RecoveryOptions recovering,
                                              Terminal& terminal) {
  const SystemClock clock;
  Progress progress(
      terminal, clock, {.label = "Reading", .unit = ProgressUnit::bytes, .total = std::nullopt});
  recovering.data_directory = options.data_directory;
  recovering.redelivers_missing = options.redelivers_missing;
  recovering.on_progress = [&](std::uint64_t bytes) { progress.advance_to(bytes); };
  return proof::Recovery::prepare(recovering);
}

std::string told_text(std::string_view heading,
                      const std::vector<std::string>& found,
                      const std::vector<std::string>& refusals,
                      const Paint& paint) {
  std::string text = paint(Ink::bold, printable(heading)) + "\n";
  for (const std::string& sentence : found) {
    text += fmt::format("  {}\n", printable(sentence));
  }
  for (const std::string& sentence : refusals) {
    text += fmt::format("  {}  {}\n", paint(Ink::red, "cannot be recovered"), printable(sentence));
  }
  return text;
}

// Says what was found; true if all of it can be written.
bool tell(const proof::Recovery& recovery, Terminal& terminal) {
  bool is_clear = true;
  if (const auto& restored = recovery.restored()) {
    terminal.print(told_text("sluice.db", restored->found, restored->refusals, terminal.paint()));
    is_clear = restored->refusals.empty();
  }
  for (const proof::Recovery::Item& item : recovery.items()) {
    const proof::Rebuilt& rebuilt = item.rebuilt;
    std::string text =
        told_text(item.delivery.name, rebuilt.found, rebuilt.refusals, terminal.paint());
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

// Objects that were removed count as delivered; what would change that.
void tell_removed(const proof::Recovery& recovery, const Options& options, Terminal& terminal) {
  if (recovery.removed_objects() == 0) {
    return;
  }
  const std::string removed =
      fmt::format("{} with {} {} delivered and {} not in the bucket any more",
                  counted(recovery.removed_objects(), "object", "objects"),
                  counted(recovery.removed_records(), "record", "records"),
                  recovery.removed_objects() == 1 ? "was" : "were",
                  recovery.removed_objects() == 1 ? "is" : "are");
  if (options.redelivers_missing) {
    terminal.print(
        fmt::format("{}, and cannot be\ndelivered again: the stream does not keep them any more, "
                    "or they are parts of records.\n",
                    removed));
    return;
  }
  terminal.print(fmt::format(
      "{}.  --redeliver-missing\n"
      "delivers them again, as far as the stream still has them: whoever has taken them from\n"
      "there meets them twice.\n",
      removed));
}

ExitCode recover(const Options& options, Terminal& terminal) {
  proof::RecoveryOptions recovering;
  if (const auto read = read_definitions(options, recovering); !read) {
    terminal.complain("recover", read.error().message());
    return ExitCode::usage;
  }
  auto recovery = look(options, std::move(recovering), terminal);
  if (!recovery) {
    terminal.complain("recover", recovery.error().message());
    return ExitCode::failed;
  }
  tell_removed(**recovery, options, terminal);
  if ((*recovery)->items().empty() && !(*recovery)->restored()) {
    terminal.print(
        "The ledger is whole, and knows of every object: there is nothing to recover.\n"
        "Whether every object is as it was put, `sluice verify` tells.\n");
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
  terminal.print(
      fmt::format("Written{}.\n`sluice verify` compares it with the buckets.\n",
                  aside->empty() ? "" : fmt::format("; the old file is {}", printable(*aside))));
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
  app.add_option("--config",
                 options->config,
                 "TOML file of the server; used where sluice.db is gone or cannot be read")
      ->type_name("FILE");
  app.add_option("--stream",
                 options->stated,
                 "with it: the folder below streams/ that is a stream's log; any number")
      ->type_name("NAME=FOLDER")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_flag("--redeliver-missing",
               options->redelivers_missing,
               "deliver again what was in objects that are not in the bucket any more");
  app.footer(
      "For a start that says that rows of the ledger are damaged or lost, after an\n"
      "older sluice.db was brought back, and, with --config, where there is none any\n"
      "more.  Takes what is left of the ledger, the records that the objects prove, and\n"
      "the log, says what it found, and asks before it writes.  Afterwards a start\n"
      "delivers what no object holds, and nothing twice.  Where a doubt remains it\n"
      "writes nothing and says why.\n"
      "\n"
      "An object that somebody removed counts as delivered: it may have been used\n"
      "before it went.  --redeliver-missing gives that up: its records land again, as\n"
      "far as the stream still has them, and whoever has taken them meets them twice.\n"
      "\n"
      "Examples:\n"
      "  sluice recover --data-dir /var/lib/sluice\n"
      "  sluice recover --config /etc/sluice.toml\n"
      "  sluice recover --yes && sluice verify\n");
  app.callback([options, &chosen] {
    chosen = [options](Terminal& terminal) { return recover(*options, terminal); };
  });
}

}  // namespace sluice::cli
