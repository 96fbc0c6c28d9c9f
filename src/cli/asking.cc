// One question.
#include "cli/asking.h"

#include "base/file_system.h"
#include "base/random.h"
#include "cli/data_directory.h"
#include "cli/interruption.h"
#include "cli/output_file.h"
#include "cli/progress.h"
#include "cli/quantity.h"
#include "cli/sql_text.h"
#include "cli/table.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <utility>

namespace sluice::cli {
namespace {

constexpr std::size_t skipped_named_max = 10;
constexpr std::size_t caret_width = 76;

// Columns of the terminal that standard output is; 0 when it is none or does not say.
std::size_t width_of(const Terminal& terminal) {
  winsize size{};
  const bool is_known =
      terminal.is_out_terminal() && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
  return is_known ? size.ws_col : 0;
}

// Where a result goes.
class Destination {
 public:
  Destination(const QuestionOptions& options, Terminal& terminal)
      : options_(options), terminal_(terminal), files_(make_posix_file_system()) {}

  ~Destination() {
    if (!partial_.empty()) {
      static_cast<void>(files_->remove(partial_));
    }
  }

  Destination(const Destination&) = delete;
  Destination& operator=(const Destination&) = delete;

  // Makes sure that there can be a result before anybody waits for it.
  Result<void> open() {
    if (options_.format == ResultFormat::parquet) {
      return open_parquet();
    }
    return options_.output.empty() ? Result<void>() : open_file();
  }

  // What the engine shall write; empty when it hands over rows.
  const std::string& parquet_path() const { return partial_; }

  Result<void> write(std::string_view text) {
    if (file_) {
      return file_->append(text);
    }
    has_printed_ = true;
    terminal_.print(text);
    return terminal_.flush() ? Result<void>() : fail(Fault::io, "cannot write to standard output");
  }

  // What was printed cannot be taken back.
  bool rewind() {
    file_.reset();
    return options_.output.empty() ? !has_printed_ : open_file().has_value();
  }

  Result<void> commit() {
    if (file_) {
      return file_->commit();
    }
    if (partial_.empty()) {
      return {};
    }
    SLUICE_TRY(file, files_->open(partial_, OpenMode::write));
    SLUICE_TRY_DO(file->sync());
    SLUICE_TRY_DO(files_->rename(partial_, options_.output));
    partial_.clear();
    return files_->sync_directory(parent_path(options_.output));
  }

 private:
  Result<void> open_file() {
    SLUICE_TRY(file, OutputFile::create(*files_, random_, options_.output));
    file_ = std::move(file);
    return {};
  }

  Result<void> open_parquet() {
    std::error_code failed;
    const auto status = std::filesystem::status(options_.output, failed);
    if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
      return fail(Fault::invalid, fmt::format("{} is no regular file", options_.output));
    }
    constexpr std::size_t name_letters = 8;
    const auto target = std::filesystem::absolute(options_.output);
    partial_ =
        fmt::format("{}.partial-{}", target.string(), random_alphanumeric(random_, name_letters));
    SLUICE_TRY(file, files_->open(partial_, OpenMode::create));
    return {};
  }

  const QuestionOptions& options_;
  Terminal& terminal_;
  std::unique_ptr<FileSystem> files_;
  SystemRandom random_;
  std::unique_ptr<OutputFile> file_;
  std::string partial_;
  bool has_printed_ = false;
};

class Asking {
 public:
  Asking(const QuestionOptions& options, const std::string& sql, Terminal& terminal)
      : options_(options), sql_(sql), terminal_(terminal), destination_(options, terminal) {}

  ExitCode run(const query::Engine& engine) {
    if (const Result<void> opened = destination_.open(); !opened) {
      terminal_.complain("query", opened.error().message());
      return ExitCode::usage;
    }
    const bool goes_to_terminal = options_.output.empty();
    sink_ = make_text_sink(options_.format,
                           {.width = goes_to_terminal ? width_of(terminal_) : 0,
                            .paint = goes_to_terminal ? terminal_.paint() : Paint(false)},
                           {.write = [this](std::string_view text) { return write(text); },
                            .rewind = [this] { return destination_.rewind(); }});
    const auto done = ask(engine);
    progress_.wipe();
    if (!done) {
      return explain(done.error());
    }
    report(*done);
    return ExitCode::ok;
  }

 private:
  Result<query::RunStatistics> ask(const query::Engine& engine) {
    SLUICE_TRY(directory, DataDirectory::open(options_.data_directory));
    SLUICE_TRY(question,
               query::Question::prepare(directory->warehouse(),
                                        {.sql = sql_,
                                         .database = options_.database,
                                         .parquet_to = destination_.parquet_path(),
                                         .nested_as_json = options_.format == ResultFormat::json}));
    const auto keep_on = [this] {
      progress_.advance_to(0);
      return !Interruption::has_happened();
    };
    const auto done = question.ask(engine, options_.limits, *sink_, keep_on);
    skipped_ = question.skipped();
    if (!done) {
      return std::unexpected(done.error());
    }
    SLUICE_TRY_DO(sink_->finish());
    SLUICE_TRY_DO(destination_.commit());
    return *done;
  }

  Result<void> write(std::string_view text) {
    progress_.wipe();
    return destination_.write(text);
  }

  ExitCode explain(const Error& error) {
    if (error.fault() == Fault::cancelled) {
      terminal_.note("interrupted\n");
      return ExitCode::interrupted;
    }
    terminal_.complain("query", error.message());
    if (const auto wrong = sink_->wrong()) {
      terminal_.note(pointed_at(sql_, *wrong, caret_width));
    }
    name_skipped();
    return ExitCode::failed;
  }

  void name_skipped() {
    const Paint paint = terminal_.error_paint();
    for (std::size_t i = 0; i < std::min(skipped_.size(), skipped_named_max); ++i) {
      terminal_.note(fmt::format("{} s3://{}/{}: {}\n",
                                 paint(Ink::yellow, "left out:"),
                                 skipped_[i].bucket,
                                 printable(skipped_[i].key),
                                 skipped_[i].reason));
    }
    if (skipped_.size() > skipped_named_max) {
      terminal_.note(fmt::format("{} and {} more\n",
                                 paint(Ink::yellow, "left out:"),
                                 human_count(skipped_.size() - skipped_named_max)));
    }
  }

  void report(const query::RunStatistics& done) {
    name_skipped();
    if (!done.is_guarded_by_kernel) {
      terminal_.note(
          "this kernel has no Landlock: DuckDB's own checks alone keep a query to its files\n");
    }
    std::string text =
        fmt::format("{} in {}", counted(done.rows, "row", "rows"), human_duration(done.time));
    if (done.files_opened > 0) {
      text += fmt::format(", {} read of {}",
                          human_bytes(done.bytes_scanned),
                          counted(done.files_opened, "file", "files"));
    }
    terminal_.note(terminal_.error_paint()(Ink::dim, text + "\n"));
  }

  const QuestionOptions& options_;
  const std::string& sql_;
  Terminal& terminal_;
  SystemClock clock_;
  Destination destination_;
  Progress progress_{
      terminal_, clock_, {.label = "Asking", .unit = ProgressUnit::records, .total = {}}};
  std::unique_ptr<TextSink> sink_;
  std::vector<query::SkippedFile> skipped_;
};

std::string place_text(const query::TablePlan& plan) {
  if (plan.location && !plan.places.empty() && plan.places.front().is_registered()) {
    return fmt::format("s3://{}/{} in {}",
                       plan.location->bucket,
                       plan.location->key,
                       counted(plan.places.size(), "partition", "partitions"));
  }
  std::string text;
  for (const query::TablePlace& place : plan.places) {
    if (!text.empty()) {
      return text + fmt::format(" and {} more", plan.places.size() - 1);
    }
    text = fmt::format("s3://{}/{}", place.bucket, place.prefix);
  }
  return text.empty() ? "nowhere: no delivery stream fills it and it has no location" : text;
}

std::string table_text(const query::TablePlan& plan, const Paint& paint) {
  std::string text = fmt::format("{}  {}\n",
                                 paint(Ink::bold, printable(plan.database + "." + plan.name)),
                                 paint(Ink::dim, printable(place_text(plan))));
  if (!plan.problem.empty()) {
    return text + fmt::format("  cannot be asked: {}\n", printable(plan.problem));
  }
  Table columns({{"COLUMN"}, {"TYPE"}, {"FROM"}});
  for (const columnar::Field& column : plan.schema.columns) {
    columns.add_row({printable(column.name), columnar::to_string(column.type), "rows"});
  }
  for (const columnar::Field& column : plan.partition_columns) {
    columns.add_row({printable(column.name), columnar::to_string(column.type), "key"});
  }
  constexpr std::size_t indent = 2;
  return text + columns.to_string(paint, indent);
}

}  // namespace

ExitCode ask(const QuestionOptions& options,
             const query::Engine& engine,
             const std::string& sql,
             Terminal& terminal) {
  const Interruption interruption;
  return Asking(options, sql, terminal).run(engine);
}

ExitCode list_tables(const std::string& data_directory, std::string_view part, Terminal& terminal) {
  const auto directory = DataDirectory::open(data_directory);
  if (!directory) {
    terminal.complain("query", directory.error().message());
    return ExitCode::failed;
  }
  const auto plans = query::plan_tables((*directory)->warehouse());
  if (!plans) {
    terminal.complain("query", plans.error().message());
    return ExitCode::failed;
  }
  std::size_t shown = 0;
  for (const query::TablePlan& plan : *plans) {
    if ((plan.database + "." + plan.name).find(part) != std::string::npos) {
      terminal.print((shown++ == 0 ? "" : "\n") + table_text(plan, terminal.paint()));
    }
  }
  if (shown == 0) {
    terminal.note(plans->empty() ? "there is no table yet\n" : "no table has that in its name\n");
  }
  return ExitCode::ok;
}

}  // namespace sluice::cli
