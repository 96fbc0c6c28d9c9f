// sluice demo: the whole way, from a watch's beats to Parquet, with a server of its own.
#include "cli/asking.h"
#include "cli/command.h"
#include "cli/demo_report.h"
#include "cli/environment.h"
#include "cli/interruption.h"
#include "cli/kinesis_producer.h"
#include "cli/progress.h"
#include "cli/quantity.h"
#include "cli/recording.h"
#include "cli/server_process.h"
#include "query/engine.h"
#include "server/config.h"

#include <CLI/CLI.hpp>
#include <date/date.h>
#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace sluice::cli {
namespace {

struct Options {
  std::string recording;
  std::string config;
  std::string keep;
  bool is_colourless = false;
};

constexpr std::chrono::seconds ready_patience{20};
constexpr std::chrono::seconds stop_patience{60};

// Up to here every beat is a call of its own, as the watch's producer does it.
constexpr std::size_t single_records_max = 2000;
constexpr std::size_t demo_batch_records = 25;

// The column whose range is the answer.
constexpr const char* answer_column = "heart_rate";

// `path` as seen from the current folder, where it lies below it.
std::string short_path(const std::filesystem::path& path) {
  std::error_code failed;
  const auto relative = std::filesystem::relative(path, failed);
  const bool is_below = !failed && !relative.empty() && *relative.begin() != "..";
  return is_below ? relative.string() : path.string();
}

// The folder of the project this program was built in: the binary is <project>/build/<kind>/sluice.
std::optional<std::filesystem::path> project_directory() {
  std::error_code failed;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", failed);
  if (failed) {
    return std::nullopt;
  }
  const auto build = program.parent_path().parent_path();
  if (build.filename() != "build") {
    return std::nullopt;
  }
  return build.parent_path();
}

// One run of the command.
class Demo {
 public:
  Demo(const Options& options, Terminal& terminal) : options_(options), terminal_(terminal) {}

  ExitCode run();

 private:
  Result<void> prepare();
  Result<void> choose_config();
  Result<void> make_data_directory();
  Result<void> replay();
  Result<std::string> start_server();
  Result<void> send_all(const std::string& address);
  Result<void> drain();
  Result<void> answer();
  Result<void> show();

  const Options& options_;
  Terminal& terminal_;
  std::unique_ptr<FileSystem> files_ = make_posix_file_system();
  SystemClock clock_;
  SystemRandom random_;
  net::HttpClient client_;
  Interruption interruption_;
  std::string config_path_;
  server::Config config_;
  Recording recording_;
  DemoResult result_;
  std::optional<ServerProcess> server_;
};

Result<void> Demo::choose_config() {
  if (!options_.config.empty()) {
    config_path_ = options_.config;
  } else {
    const auto project = project_directory();
    config_path_ = project ? (*project / "examples" / "heart-rate.toml").string() : "";
    if (!project || !files_->exists(config_path_)) {
      return fail(
          Fault::missing,
          "cannot find examples/heart-rate.toml beside this program; name it with --config");
    }
  }
  auto text = read_file(*files_, config_path_);
  if (!text) {
    return fail(text.error().fault(),
                fmt::format("cannot read the configuration: {}", text.error().message()));
  }
  SLUICE_TRY(config, server::parse_config(*text, config_path_));
  config_ = std::move(config);
  for (const delivery::DeliveryStream& delivery : config_.delivery_streams) {
    if (delivery.source_type == delivery::SourceType::kinesis_stream) {
      const std::string& arn = delivery.source_stream_arn;
      result_.stream = arn.substr(arn.find_last_of('/') + 1);
      result_.delivery_stream = delivery.name;
      result_.bucket = delivery.s3.bucket();
      if (delivery.s3.converts() && delivery.s3.conversion->schema) {
        const delivery::SchemaReference& schema = *delivery.s3.conversion->schema;
        result_.table = schema.database + "." + schema.table;
      }
      result_.config = short_path(config_path_);
      return {};
    }
  }
  return fail(Fault::invalid,
              fmt::format("cannot use {}: it has no [[delivery_stream]] with a source; take "
                          "examples/heart-rate.toml as a pattern",
                          config_path_));
}

// A folder of its own for every run, so that each starts from nothing.
Result<void> Demo::make_data_directory() {
  std::filesystem::path directory = options_.keep;
  if (options_.keep.empty()) {
    const auto project = project_directory();
    const char* temporary = std::getenv("TMPDIR");
    const std::filesystem::path base =
        project ? *project / "build" / "demo"
                : std::filesystem::path(temporary == nullptr ? "/tmp" : temporary) / "sluice-demo";
    const std::string time = date::format(
        "%Y%m%d-%H%M%S", std::chrono::time_point_cast<std::chrono::seconds>(clock_.now()));
    directory = base / time;
    for (int run = 2; files_->exists(directory.string()); ++run) {
      directory = base / fmt::format("{}-{}", time, run);
    }
  }
  const auto there = files_->list(directory.string());
  if (there && !there->empty()) {
    return fail(
        Fault::conflict,
        fmt::format("cannot use {}: it is not empty; name a new folder", directory.string()));
  }
  SLUICE_TRY_DO(files_->create_directories(directory.string()));
  result_.data_directory = short_path(directory);
  return {};
}

Result<void> Demo::prepare() {
  SLUICE_TRY_DO(choose_config());
  if (options_.recording.empty()) {
    recording_ = simulate_recording();
  } else {
    SLUICE_TRY(recording, load_recording(options_.recording));
    recording_ = std::move(recording);
  }
  std::error_code failed;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", failed);
  result_.program = failed ? "sluice" : short_path(program);
  return make_data_directory();
}

Result<std::string> Demo::start_server() {
  const std::string ready_file = join_path(result_.data_directory, "demo.ready");
  SLUICE_TRY(server,
             ServerProcess::start({"serve",
                                   "--listen",
                                   "127.0.0.1:0",
                                   "--data-dir",
                                   result_.data_directory,
                                   "--config",
                                   config_path_,
                                   "--on-stop",
                                   "drain",
                                   "--ready-file",
                                   ready_file},
                                  join_path(result_.data_directory, "demo.log")));
  server_.emplace(std::move(server));
  return server_->wait_until_ready(ready_file, ready_patience);
}

Result<void> Demo::send_all(const std::string& address) {
  ProducerSettings settings;
  settings.endpoint = "http://" + address;
  settings.region = config_.delivery_account().region;
  settings.stream = result_.stream;
  settings.partition_key = "watch";
  settings.credentials = config_.credentials.empty() ? aws::Credentials{"demo", "demo", ""}
                                                     : config_.credentials.front();
  SLUICE_TRY(producer,
             KinesisProducer::create(std::move(settings),
                                     {[this](const net::HttpClientRequest& request) {
                                        return client_.perform(request);
                                      },
                                      clock_,
                                      random_,
                                      pause_unless_interrupted}));
  const bool is_single = recording_.records.size() <= single_records_max;
  const std::size_t step = is_single ? 1 : demo_batch_records;
  Progress progress(terminal_,
                    clock_,
                    {"  Replaying",
                     ProgressUnit::records,
                     recording_.records.size(),
                     std::chrono::milliseconds(0)});
  const std::vector<ByteView> records(recording_.records.begin(), recording_.records.end());
  while (result_.records < records.size()) {
    if (Interruption::has_happened()) {
      return fail(Fault::cancelled, "interrupted");
    }
    const auto part = std::span(records).subspan(result_.records,
                                                 std::min(step, records.size() - result_.records));
    SLUICE_TRY_DO(is_single ? producer.put_record(part.front()) : producer.put_records(part));
    for (const ByteView record : part) {
      ++result_.records;
      result_.bytes_in += record.size();
    }
    progress.advance_to(result_.records);
  }
  progress.wipe();
  terminal_.print(demo_step("sent",
                            fmt::format("{} in {}, {}",
                                        counted(result_.records, "record", "records"),
                                        human_duration(progress.elapsed()),
                                        is_single ? "one PutRecord each" : "25 in a PutRecords"),
                            terminal_.paint()));
  return {};
}

Result<void> Demo::drain() {
  const auto begin = clock_.steady();
  SLUICE_TRY_DO(server_->stop(stop_patience));
  server_.reset();
  terminal_.print(demo_step("delivered",
                            fmt::format("by {} in {}, as the server stopped",
                                        result_.delivery_stream,
                                        human_duration(clock_.steady() - begin)),
                            terminal_.paint()));
  return {};
}

Result<void> Demo::replay() {
  const Paint paint = terminal_.paint();
  SLUICE_TRY(address, start_server());
  terminal_.print(
      demo_step("server", fmt::format("http://{}, set up by {}", address, result_.config), paint));
  terminal_.print(demo_step("data", result_.data_directory, paint));
  static_cast<void>(terminal_.flush());
  SLUICE_TRY_DO(send_all(address));
  return drain();
}

// Asks the question as `sluice query` does; without its engine the files are looked at directly.
Result<void> Demo::answer() {
  const auto engine = query::Engine::find();
  if (!engine || result_.table.empty()) {
    terminal_.print(answer_text(result_, terminal_.paint()));
    if (!engine) {
      terminal_.print(fmt::format("  {}\n", engine.error().message()));
    }
    return {};
  }
  terminal_.print(question_text(result_, terminal_.paint()));
  static_cast<void>(terminal_.flush());
  QuestionOptions question;
  question.data_directory = result_.data_directory;
  if (ask(question, *engine, question_sql(result_), terminal_) != ExitCode::ok) {
    return fail(Fault::io, "the question was not answered");
  }
  return {};
}

Result<void> Demo::show() {
  SLUICE_TRY(landing, read_landing(*files_, result_.bucket_directory(), answer_column));
  result_.landing = std::move(landing);
  const std::string missing = what_is_missing(result_);
  terminal_.print(landing_text(result_, terminal_.paint()));
  if (!missing.empty()) {
    return fail(Fault::corrupt, missing);
  }
  SLUICE_TRY_DO(answer());
  terminal_.print(next_steps_text(result_, terminal_.paint()));
  return {};
}

ExitCode Demo::run() {
  if (options_.is_colourless) {
    terminal_.drop_colours();
  }
  if (const auto prepared = prepare(); !prepared) {
    terminal_.complain("demo", prepared.error().message());
    return ExitCode::usage;
  }
  terminal_.print(fmt::format(
      "{}\n\n",
      terminal_.paint()(Ink::bold,
                        fmt::format("From a watch to Parquet: {}", recording_.description))));
  auto done = replay();
  if (!done) {
    terminal_.complain(
        "demo",
        fmt::format(
            "{}; the server's log is {}/demo.log", done.error().message(), result_.data_directory));
    return exit_code_of(done.error().fault());
  }
  done = show();
  if (!done) {
    terminal_.complain("demo", done.error().message());
    return ExitCode::failed;
  }
  return ExitCode::ok;
}

}  // namespace

void add_demo(CLI::App& parent, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App& app = *parent.add_subcommand(
      "demo", "the whole way in a few seconds: a watch's session into Parquet");
  app.add_option("--recording",
                 options->recording,
                 "session to replay, a JSON record on each line (a simulated run)")
      ->type_name("FILE");
  app.add_option("--config", options->config, "what to set up (examples/heart-rate.toml)")
      ->type_name("FILE");
  app.add_option("--keep", options->keep, "data directory, new or empty (build/demo/TIME)")
      ->type_name("DIR");
  app.add_flag("--no-color", options->is_colourless, "without colours; NO_COLOR does the same");
  app.footer(
      "Starts a server on a free port, replays the session through the Kinesis wire\n"
      "protocol, stops the server, which delivers what it holds, and shows what landed.\n"
      "\n"
      "Examples:\n"
      "  sluice demo\n"
      "  sluice demo --recording run.ndjson --keep /tmp/run\n");
  app.callback([options, &chosen] {
    chosen = [options](Terminal& terminal) { return Demo(*options, terminal).run(); };
  });
}

}  // namespace sluice::cli
