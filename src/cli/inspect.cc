// sluice inspect: what a Parquet file holds.
#include "base/file_system.h"
#include "cli/command.h"
#include "cli/parquet_summary.h"
#include "cli/quantity.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

namespace sluice::cli {
namespace {

struct Options {
  std::vector<std::string> paths;
  bool is_json = false;
};

Result<ParquetSummary> summarize_file(FileSystem& files, const std::string& path) {
  if (files.list(path)) {
    return fail(Fault::invalid, "it is a folder; name the files in it");
  }
  SLUICE_TRY(file, files.open(path, OpenMode::read));
  SLUICE_TRY(reader, parquet::FileReader::open(*file));
  return summarize(reader);
}

ExitCode inspect(const Options& options, Terminal& terminal) {
  const auto files = make_posix_file_system();
  ExitCode code = ExitCode::ok;
  bool is_first = true;
  for (const std::string& path : options.paths) {
    const auto summary = summarize_file(*files, path);
    if (!summary) {
      terminal.complain(
          "inspect",
          fmt::format("cannot read {}: {}", printable(path), printable(summary.error().message())));
      code = ExitCode::failed;
      continue;
    }
    std::string out;
    if (options.is_json) {
      json::Writer writer(out);
      to_json(*summary, path, writer);
      out += '\n';
    } else {
      out = (is_first ? "" : "\n") + to_text(*summary, path, terminal.paint());
    }
    terminal.print(out);
    is_first = false;
  }
  return code;
}

}  // namespace

void add_inspect(CLI::App& parent, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App& app = *parent.add_subcommand("inspect", "show what a Parquet file holds");
  app.add_option("FILE", options->paths, "Parquet files")->required();
  app.add_flag("--json", options->is_json, "one JSON object a line for each file");
  app.footer(
      "Shows schema, row groups, encodings, sizes, statistics and indexes.  PAGES counts\n"
      "data pages, +1 for a dictionary; RATIO is what compression of the pages saved.\n"
      "\n"
      "Examples:\n"
      "  sluice inspect run.parquet\n"
      "  sluice inspect --json data/buckets/*/*.parquet | jq .rows\n");
  app.callback([options, &chosen] {
    chosen = [options](Terminal& terminal) { return inspect(*options, terminal); };
  });
}

}  // namespace sluice::cli
