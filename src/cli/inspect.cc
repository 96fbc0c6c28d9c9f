// sluice inspect: what a Parquet file holds.
#include "base/file_system.h"
#include "cli/command.h"
#include "cli/file_listing.h"
#include "cli/parquet_summary.h"
#include "cli/quantity.h"
#include "cli/verification_text.h"
#include "parquet/verify.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice::cli {
namespace {

struct Options {
  std::vector<std::string> paths;
  bool is_json = false;
  bool is_verified = false;
};

// What is shown of one file.
struct Inspected {
  ParquetSummary summary;
  std::optional<parquet::Verification> verification;
};

Result<Inspected> inspect_file(FileSystem& files, const std::string& path, bool is_verified) {
  SLUICE_TRY(file, files.open(path, OpenMode::read));
  SLUICE_TRY(reader, parquet::FileReader::open(*file));
  SLUICE_TRY(summary, summarize(reader));
  Inspected inspected{.summary = std::move(summary), .verification = std::nullopt};
  if (is_verified) {
    inspected.verification = parquet::verify(reader);
  }
  return inspected;
}

// The file itself, or the Parquet files below a folder.
Result<std::vector<std::string>> files_of(FileSystem& files, const std::string& path) {
  if (!files.list(path)) {
    return std::vector{path};
  }
  SLUICE_TRY(names, files_below(files, path));
  std::vector<std::string> paths;
  for (const std::string& name : names) {
    if (name.ends_with(".parquet")) {
      paths.push_back(join_path(path, name));
    }
  }
  if (paths.empty()) {
    return fail(Fault::missing, "no file below this folder is called *.parquet");
  }
  return paths;
}

// One run of the command.
class Inspecting {
 public:
  Inspecting(const Options& options, Terminal& terminal)
      : options_(options), terminal_(terminal), files_(make_posix_file_system()) {}

  ExitCode run() {
    for (const std::string& path : options_.paths) {
      const auto paths = files_of(*files_, path);
      if (!paths) {
        complain(path, paths.error());
        continue;
      }
      for (const std::string& file : *paths) {
        show(file);
      }
    }
    return code_;
  }

 private:
  void show(const std::string& path) {
    const auto inspected = inspect_file(*files_, path, options_.is_verified);
    if (!inspected) {
      complain(path, inspected.error());
      return;
    }
    const std::optional<parquet::Verification>& verification = inspected->verification;
    std::string out;
    if (options_.is_json) {
      json::Writer writer(out);
      to_json(inspected->summary, path, verification ? &*verification : nullptr, writer);
      out += '\n';
    } else {
      out = (is_first_ ? "" : "\n") + to_text(inspected->summary, path, terminal_.paint());
      out += verification ? "\n" + to_text(*verification, terminal_.paint()) : "";
    }
    terminal_.print(out);
    is_first_ = false;
    if (verification && !(verification->contradictions.empty() && verification->unread.empty())) {
      code_ = ExitCode::failed;
    }
  }

  void complain(const std::string& path, const Error& error) {
    terminal_.complain(
        "inspect", fmt::format("cannot read {}: {}", printable(path), printable(error.message())));
    code_ = ExitCode::failed;
  }

  const Options& options_;
  Terminal& terminal_;
  std::unique_ptr<FileSystem> files_;
  ExitCode code_ = ExitCode::ok;
  bool is_first_ = true;
};

}  // namespace

void add_inspect(CLI::App& parent, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App& app = *parent.add_subcommand("inspect", "show what a Parquet file holds");
  app.add_option("FILE", options->paths, "Parquet files, or folders to look for *.parquet in")
      ->required();
  app.add_flag("--verify", options->is_verified, "read all of it and compare with what it claims");
  app.add_flag("--json", options->is_json, "one JSON object a line for each file");
  app.footer(
      "Shows schema, row groups, encodings, sizes, statistics and indexes.  PAGES\n"
      "counts data pages, +1 for a dictionary; RATIO is what compression saved.\n"
      "--verify checks checksums, counts, statistics, page indexes, bloom filters and\n"
      "order against every value; the exit code is 1 where something does not hold or\n"
      "could not be read.\n"
      "\n"
      "Examples:\n"
      "  sluice inspect run.parquet\n"
      "  sluice inspect --verify run.parquet\n"
      "  sluice inspect --json data/buckets | jq .rows\n");
  app.callback([options, &chosen] {
    chosen = [options](Terminal& terminal) { return Inspecting(*options, terminal).run(); };
  });
}

}  // namespace sluice::cli
