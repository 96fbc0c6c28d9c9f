// sluice convert: lines of JSON into Parquet files.
#include "base/clock.h"
#include "base/file_system.h"
#include "base/freed_memory.h"
#include "base/random.h"
#include "cli/command.h"
#include "cli/conversion.h"
#include "cli/conversion_report.h"
#include "cli/conversion_schema.h"
#include "cli/convert_options.h"
#include "cli/converted_files.h"
#include "cli/input_files.h"
#include "cli/interruption.h"
#include "cli/output_file.h"
#include "cli/progress.h"
#include "cli/quantity.h"
#include "parquet/format.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice::cli {
namespace {

// Reasons shown on the terminal when no rejects file keeps them.
constexpr std::uint64_t reasons_shown_max = 3;

// Buffers of a page or a row group come and go by the megabyte; the process ends soon.
constexpr FreedMemory freed_memory = {.largest_kept_bytes = std::size_t{32} << 20,
                                      .kept_bytes = std::size_t{256} << 20};

// A forgotten OUT makes the last input the output: it is not to be lost.
Result<void> refuse_to_replace_text(const std::string& path) {
  std::error_code failed;
  if (!std::filesystem::is_regular_file(path, failed)) {
    return {};
  }
  SLUICE_TRY(file, InputFile::open(path));
  std::string beginning(parquet::file_magic.size(), '\0');
  SLUICE_TRY(bytes, file.read(beginning.data(), beginning.size()));
  if (bytes > 0 && beginning != parquet::file_magic) {
    return fail(Fault::invalid,
                fmt::format("cannot write {}: there is a file that is no Parquet; name another, or "
                            "remove it",
                            path));
  }
  return {};
}

// One run of the command.
class Converting final : public ConversionOutput {
 public:
  Converting(const ConvertOptions& options, Terminal& terminal)
      : options_(options), terminal_(terminal), files_(make_posix_file_system()) {}

  ExitCode run();

  Result<void> begin_text() override { return output_->begin_text(); }

  Result<void> begin_rows(const columnar::RowBatch& rows) override {
    return output_->begin_rows(rows);
  }

  Result<std::size_t> next_parts() override { return output_->next_parts(); }

  Result<void> append_part(std::size_t part) override { return output_->append_part(part); }

  Result<void> reject(const RejectedLine& line, const serde::Rejection& why) override;

  Result<void> end_text() override { return output_->end_text(); }

  void progress(std::uint64_t bytes_read) override { progress_->advance_to(bytes_read); }

 private:
  Result<void> prepare();
  Result<ConvertedPaths> output_paths() const;
  Result<void> open_files();
  Result<void> convert();
  bool is_success() const;
  ExitCode explain(const Error& error);
  ExitCode report();
  const std::string& output_name() const;
  void tell(const std::string& text) const;

  ConvertOptions options_;
  Terminal& terminal_;
  std::unique_ptr<FileSystem> files_;
  SystemRandom random_;
  SystemClock clock_;
  Interruption interruption_;
  ConversionSettings settings_;
  parquet::WriterOptions writing_;
  std::unique_ptr<InputFiles> input_;
  std::optional<ConvertedFiles> output_;
  std::unique_ptr<OutputFile> rejects_;
  std::optional<Progress> progress_;
  std::uint64_t reasons_shown_ = 0;
  ConversionCounts counts_;
  std::chrono::nanoseconds elapsed_{0};
};

ExitCode Converting::run() {
  keep_freed_memory(freed_memory);
  if (const auto prepared = prepare(); !prepared) {
    terminal_.complain("convert", prepared.error().message());
    return ExitCode::usage;
  }
  if (const auto opened = open_files(); !opened) {
    const Error& error = opened.error();
    terminal_.complain("convert", error.message());
    return error.fault() == Fault::invalid ? ExitCode::usage : exit_code_of(error.fault());
  }
  if (const auto converted = convert(); !converted) {
    return explain(converted.error());
  }
  return report();
}

// What is wrong here is wrong on the command line.
Result<void> Converting::prepare() {
  SLUICE_TRY_DO(split_words(options_));
  SLUICE_TRY(settings, conversion_of(options_));
  settings_ = std::move(settings);
  SLUICE_TRY(writing, writing_of(options_));
  writing_ = std::move(writing);
  writing_.lanes = settings_.threads;
  return {};
}

Result<ConvertedPaths> Converting::output_paths() const {
  if (options_.output_directory.empty()) {
    return ConvertedPaths{ConvertedPaths::Kind::one, {options_.output}};
  }
  return options_.file_size.empty() ? paths_in_directory(options_.output_directory, input_->paths())
                                    : paths_of_parts(*files_, options_.output_directory);
}

Result<void> Converting::open_files() {
  SLUICE_TRY(paths, find_inputs(*files_, options_.inputs));
  SLUICE_TRY(input, InputFiles::look_at(std::move(paths)));
  input_ = std::move(input);
  if (options_.schema == infer_word) {
    SLUICE_TRY(schema, schema_of_input(*input_, key_case_of(options_)));
    settings_.schema = std::move(schema);
  }
  SLUICE_TRY(outputs, output_paths());
  std::vector<std::string> written = outputs.files;
  if (!options_.rejects.empty()) {
    written.push_back(options_.rejects);
  }
  for (const std::string& path : written) {
    if (input_->contains(path)) {
      return fail(Fault::invalid,
                  fmt::format("cannot write {}: it is the input; name another file", path));
    }
  }
  for (const std::string& path : outputs.files) {
    SLUICE_TRY_DO(refuse_to_replace_text(path));
    if (path == options_.rejects && path != "/dev/null") {
      return fail(Fault::invalid,
                  fmt::format("cannot write rows and rejects to {}; name two files", path));
    }
  }
  output_.emplace(
      *files_,
      random_,
      ConvertedFiles::Settings{settings_.schema, std::move(writing_), std::move(outputs)});
  SLUICE_TRY_DO(output_->begin());
  if (!options_.rejects.empty()) {
    SLUICE_TRY(rejects, OutputFile::create(*files_, random_, options_.rejects));
    rejects_ = std::move(rejects);
  }
  return {};
}

Result<void> Converting::convert() {
  progress_.emplace(
      terminal_, clock_, Progress::Settings{"Converting", ProgressUnit::bytes, input_->size()});
  SLUICE_TRY(counts, convert_texts(settings_, *input_, *this));
  counts_ = counts;
  if (is_success()) {
    SLUICE_TRY_DO(output_->finish());
  }
  if (Interruption::has_happened()) {
    return fail(Fault::cancelled, "interrupted");
  }
  if (rejects_) {
    SLUICE_TRY_DO(rejects_->commit());
  }
  if (is_success()) {
    SLUICE_TRY_DO(output_->commit());
  }
  progress_->wipe();
  elapsed_ = progress_->elapsed();
  return {};
}

Result<void> Converting::reject(const RejectedLine& line, const serde::Rejection& why) {
  const std::string input = input_->name(line.text);
  if (rejects_) {
    return rejects_->append(reject_record(input, line, why));
  }
  if (++reasons_shown_ <= reasons_shown_max) {
    progress_->wipe();
    terminal_.note(
        fmt::format("{}:{}: {}\n", printable(input), line.number, printable(why.message)));
  } else if (reasons_shown_ == reasons_shown_max + 1) {
    terminal_.note("More lines are left out; --rejects FILE keeps them all with their reasons.\n");
  }
  return {};
}

bool Converting::is_success() const {
  const bool is_all_rejected = counts_.lines > 0 && counts_.rejected == counts_.lines;
  return !is_all_rejected && !(options_.is_strict && counts_.rejected > 0);
}

ExitCode Converting::explain(const Error& error) {
  progress_->wipe();
  const bool is_interrupted = error.fault() == Fault::cancelled;
  terminal_.complain("convert",
                     is_interrupted ? "interrupted; nothing was written" : error.message());
  // A type that cannot be converted is a matter of --schema.
  return error.fault() == Fault::unsupported ? ExitCode::usage : exit_code_of(error.fault());
}

const std::string& Converting::output_name() const {
  return options_.output_directory.empty() ? options_.output : options_.output_directory;
}

// Standard output may be taken by the file itself.
void Converting::tell(const std::string& text) const {
  const bool is_taken = options_.output == "-" || options_.output == "/dev/stdout";
  is_taken ? terminal_.note(text) : terminal_.print(text);
}

ExitCode Converting::report() {
  ConversionReport report;
  report.output = output_name();
  report.is_written = is_success();
  report.rejects = options_.rejects;
  if (options_.schema == infer_word) {
    report.inferred = columns_text(settings_.schema);
  }
  report.inputs = input_->paths().size();
  report.files = is_success() ? output_->count() : 0;
  report.threads = settings_.threads;
  report.bytes_read = input_->bytes_read();
  report.bytes_out = is_success() ? output_->bytes() : 0;
  report.counts = counts_;
  report.elapsed = elapsed_;
  if (options_.is_json) {
    tell(report_json(report));
  } else if (is_success()) {
    tell(report_text(report, terminal_.paint()));
  } else {
    terminal_.complain(
        "convert",
        fmt::format("{} of {} could not be converted; {} was not written{}",
                    human_count(counts_.rejected),
                    counted(counts_.lines, "line", "lines"),
                    output_name(),
                    rejects_ ? fmt::format("; the reasons are in {}", options_.rejects) : ""));
  }
  return is_success() ? ExitCode::ok : ExitCode::failed;
}

}  // namespace

void add_convert(CLI::App& parent, Action& chosen) {
  const auto options = std::make_shared<ConvertOptions>();
  CLI::App& app = *parent.add_subcommand("convert", "turn lines of JSON into Parquet files");
  add_convert_options(app, *options);
  app.callback([options, &chosen] {
    chosen = [options](Terminal& terminal) { return Converting(*options, terminal).run(); };
  });
}

}  // namespace sluice::cli
