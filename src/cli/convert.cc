// sluice convert: lines of JSON into a Parquet file.
#include "base/clock.h"
#include "base/file_system.h"
#include "base/random.h"
#include "cli/command.h"
#include "cli/conversion.h"
#include "cli/input_file.h"
#include "cli/interruption.h"
#include "cli/output_file.h"
#include "cli/progress.h"
#include "cli/quantity.h"
#include "json/writer.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>

namespace sluice::cli {
namespace {

struct Options {
  std::string input;
  std::string output;
  std::string schema;
  std::string codec = "snappy";
  std::string rejects;
  bool is_case_sensitive = false;
  bool is_strict = false;
  bool is_json = false;
};

// Reasons shown on the terminal when no rejects file keeps them.
constexpr std::uint64_t reasons_shown_max = 3;

Result<parquet::Codec> codec_named(const std::string& name) {
  using parquet::Codec;
  for (const Codec codec :
       {Codec::snappy, Codec::gzip, Codec::zstd, Codec::lz4_raw, Codec::uncompressed}) {
    if (parquet::to_string(codec) == name) {
      return codec;
    }
  }
  return fail(Fault::invalid,
              fmt::format("there is no codec '{}'; take snappy, gzip, zstd, lz4_raw or none",
                          printable(name)));
}

Result<ConversionSettings> settings_of(const Options& options) {
  ConversionSettings settings;
  auto schema = columnar::parse_columns(options.schema);
  if (!schema) {
    return fail(
        Fault::invalid,
        fmt::format("cannot read --schema: {}; write it as 'timestamp string, heart_rate int'",
                    schema.error().message()));
  }
  settings.schema = std::move(*schema);
  SLUICE_TRY(codec, codec_named(options.codec));
  settings.codec = codec;
  settings.is_case_sensitive = options.is_case_sensitive;
  return settings;
}

// One run of the command.
class Converting {
 public:
  Converting(const Options& options, Terminal& terminal)
      : options_(options), terminal_(terminal), files_(make_posix_file_system()) {}

  ExitCode run();

 private:
  Result<ConversionCounts> convert(const ConversionSettings& settings);
  Result<void> open_files();
  Result<void> note_reject(const Line& line, const serde::Rejection& why);
  bool is_success(const ConversionCounts& counts) const;
  void report(const ConversionCounts& counts) const;
  void report_as_json(const ConversionCounts& counts) const;
  void tell(const std::string& text) const;

  const Options& options_;
  Terminal& terminal_;
  std::unique_ptr<FileSystem> files_;
  SystemRandom random_;
  SystemClock clock_;
  Interruption interruption_;
  std::optional<InputFile> input_;
  std::unique_ptr<OutputFile> output_;
  std::unique_ptr<OutputFile> rejects_;
  std::unique_ptr<Progress> progress_;
  std::uint64_t reasons_shown_ = 0;
  std::chrono::nanoseconds elapsed_{0};
};

ExitCode Converting::run() {
  auto settings = settings_of(options_);
  if (!settings) {
    terminal_.complain("convert", settings.error().message());
    return ExitCode::usage;
  }
  auto counts = convert(*settings);
  if (!counts) {
    const bool is_interrupted = counts.error().fault() == Fault::cancelled;
    terminal_.complain(
        "convert", is_interrupted ? "interrupted; nothing was written" : counts.error().message());
    // A type that cannot be converted is a matter of --schema.
    return counts.error().fault() == Fault::unsupported ? ExitCode::usage
                                                        : exit_code_of(counts.error().fault());
  }
  if (options_.is_json) {
    report_as_json(*counts);
  } else {
    report(*counts);
  }
  return is_success(*counts) ? ExitCode::ok : ExitCode::failed;
}

Result<void> Converting::open_files() {
  SLUICE_TRY(input, InputFile::open(options_.input));
  input_ = std::move(input);
  for (const std::string& path : {options_.output, options_.rejects}) {
    if (!path.empty() && input_->is_same_file(path)) {
      return fail(Fault::invalid,
                  fmt::format("cannot write {}: it is the input; name another file", path));
    }
  }
  if (options_.output == options_.rejects && options_.output != "/dev/null") {
    return fail(
        Fault::invalid,
        fmt::format("cannot write rows and rejects to {}; name two files", options_.output));
  }
  SLUICE_TRY(output, OutputFile::create(*files_, random_, options_.output));
  output_ = std::move(output);
  if (!options_.rejects.empty()) {
    SLUICE_TRY(rejects, OutputFile::create(*files_, random_, options_.rejects));
    rejects_ = std::move(rejects);
  }
  return {};
}

Result<ConversionCounts> Converting::convert(const ConversionSettings& settings) {
  SLUICE_TRY_DO(open_files());
  progress_ = std::make_unique<Progress>(
      terminal_, clock_, Progress::Settings{"Converting", ProgressUnit::bytes, input_->size()});
  LineReader lines([this](char* to, std::size_t count) { return input_->read(to, count); }, {});
  SLUICE_TRY(
      counts,
      convert_lines(
          lines,
          settings,
          *output_,
          [this](const Line& line, const serde::Rejection& why) { return note_reject(line, why); },
          [this](std::uint64_t bytes) { progress_->advance_to(bytes); }));
  if (rejects_) {
    SLUICE_TRY_DO(rejects_->commit());
  }
  if (is_success(counts)) {
    SLUICE_TRY_DO(output_->commit());
  }
  progress_->wipe();
  elapsed_ = progress_->elapsed();
  return counts;
}

Result<void> Converting::note_reject(const Line& line, const serde::Rejection& why) {
  if (rejects_) {
    return rejects_->append(reject_record(line, why));
  }
  if (++reasons_shown_ <= reasons_shown_max) {
    progress_->wipe();
    terminal_.note(fmt::format("{}:{}: {}\n", input_->name(), line.number, printable(why.message)));
  } else if (reasons_shown_ == reasons_shown_max + 1) {
    terminal_.note("More lines are left out; --rejects FILE keeps them all with their reasons.\n");
  }
  return {};
}

bool Converting::is_success(const ConversionCounts& counts) const {
  const bool is_all_rejected = counts.lines > 0 && counts.rejected == counts.lines;
  return !is_all_rejected && !(options_.is_strict && counts.rejected > 0);
}

// Standard output may be taken by the file itself.
void Converting::tell(const std::string& text) const {
  const bool is_taken = options_.output == "-" || options_.output == "/dev/stdout";
  is_taken ? terminal_.note(text) : terminal_.print(text);
}

void Converting::report(const ConversionCounts& counts) const {
  const Paint paint = terminal_.paint();
  if (!is_success(counts)) {
    terminal_.complain(
        "convert",
        fmt::format("{} of {} could not be converted; {} was not written{}",
                    human_count(counts.rejected),
                    counted(counts.lines, "line", "lines"),
                    options_.output,
                    rejects_ ? fmt::format("; the reasons are in {}", options_.rejects) : ""));
    return;
  }
  // Of a shorter time the rate says nothing.
  constexpr double seconds_min = 0.1;
  const double seconds = std::chrono::duration<double>(elapsed_).count();
  const double bytes_per_second = static_cast<double>(counts.bytes_in) / std::max(seconds, 1e-9);
  const std::string rate =
      seconds < seconds_min
          ? ""
          : fmt::format(" ({}/s)", human_bytes(static_cast<std::uint64_t>(bytes_per_second)));
  tell(fmt::format("{}  {} in {}, {} from {}{}\n",
                   paint(Ink::bold, printable(options_.output)),
                   counted(counts.rows, "row", "rows"),
                   human_duration(elapsed_),
                   human_bytes(counts.bytes_out),
                   human_bytes(counts.bytes_in),
                   rate));
  if (counts.rejected > 0) {
    tell(fmt::format(
        "{}\n",
        paint(Ink::yellow,
              fmt::format(
                  "{} left out{}",
                  counted(counts.rejected, "line", "lines"),
                  rejects_ ? fmt::format("; the reasons are in {}", options_.rejects) : ""))));
  }
}

void Converting::report_as_json(const ConversionCounts& counts) const {
  std::string out;
  json::Writer writer(out);
  writer.begin_object();
  writer.member("output", options_.output);
  writer.member("written", is_success(counts));
  writer.member("lines", counts.lines);
  writer.member("rows", counts.rows);
  writer.member("rejected", counts.rejected);
  writer.member("bytes_in", counts.bytes_in);
  writer.member("bytes_out", counts.bytes_out);
  writer.member("seconds", std::chrono::duration<double>(elapsed_).count());
  writer.end_object();
  tell(out + "\n");
}

}  // namespace

void add_convert(CLI::App& parent, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App& app = *parent.add_subcommand("convert", "turn lines of JSON into a Parquet file");
  app.add_option("IN", options->input, "file with a JSON record on each line; - for standard input")
      ->required();
  app.add_option("OUT",
                 options->output,
                 "Parquet file, put in place when it is complete; - for standard output")
      ->required();
  app.add_option("--schema", options->schema, "columns with their Hive types")
      ->type_name("COLUMNS")
      ->required();
  app.add_option("--codec", options->codec, "snappy (default), gzip, zstd, lz4_raw or none")
      ->type_name("NAME");
  app.add_flag("--case-sensitive", options->is_case_sensitive, "match keys letter for letter");
  app.add_option("--rejects", options->rejects, "keep lines that cannot be converted, as JSON")
      ->type_name("FILE");
  app.add_flag("--strict", options->is_strict, "write nothing unless every line converts");
  app.add_flag("--json", options->is_json, "print the summary as JSON");
  app.footer(
      "Lines are read by the rules of the OpenX JSON SerDe, as Amazon Data Firehose\n"
      "does.  A line that cannot be converted is left out and reported; the exit code\n"
      "is 1 when no line could be converted, or with --strict when one could not.\n"
      "\n"
      "Examples:\n"
      "  sluice convert in.json out.parquet --schema 'timestamp string, heart_rate int'\n"
      "  zcat in.gz | sluice convert - out.parquet --schema 'a int' --rejects bad.json\n");
  app.callback([options, &chosen] {
    chosen = [options](Terminal& terminal) { return Converting(*options, terminal).run(); };
  });
}

}  // namespace sluice::cli
