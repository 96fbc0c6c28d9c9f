// sluice heartrate record: a sensor's notifications as records of a stream.
#include "base/digest.h"
#include "base/file_lock.h"
#include "base/file_system.h"
#include "cli/command.h"
#include "cli/environment.h"
#include "cli/heartrate_commands.h"
#include "cli/interruption.h"
#include "cli/quantity.h"
#include "cli/record_report.h"
#include "heartrate/bluez_radio.h"
#include "heartrate/kinesis_call.h"
#include "heartrate/recorder.h"
#include "heartrate/sender.h"
#include "heartrate/spool.h"
#include "net/http_client.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>

namespace sluice::cli {
namespace {

constexpr const char* command = "heartrate record";
constexpr std::int64_t duration_s_max = std::int64_t{7} * 24 * 3600;
constexpr std::chrono::milliseconds flush_patience{10'000};
constexpr std::chrono::milliseconds answer_patience{10'000};

struct Options {
  std::string sensor;
  std::string stream;
  ServiceOptions service;
  std::optional<std::int64_t> duration_s;
  std::string fields = "seed";
  std::string spool;
  std::optional<std::int32_t> age;
  std::optional<std::int32_t> max_rate;
  bool is_json = false;
};

Result<heartrate::Zones> zones_of(const Options& options) {
  if (options.age) {
    return heartrate::Zones::from_age(*options.age);
  }
  if (options.max_rate) {
    constexpr double shares[] = {0.5, 0.6, 0.7, 0.8, 0.9};
    std::vector<std::int32_t> bounds;
    for (const double share : shares) {
      bounds.push_back(static_cast<std::int32_t>(std::lround(share * *options.max_rate)));
    }
    return heartrate::Zones::from_bounds(std::move(bounds));
  }
  return heartrate::Zones();
}

// Where spools lie when nobody says: below XDG_STATE_HOME, as state that is no configuration.
Result<std::string> spool_home(const Options& options) {
  if (!options.spool.empty()) {
    return options.spool;
  }
  for (const auto& [name, below] : {std::pair("XDG_STATE_HOME", "sluice/heartrate"),
                                    std::pair("HOME", ".local/state/sluice/heartrate")}) {
    const char* folder = std::getenv(name);
    if (folder != nullptr && *folder != '\0') {
      return join_path(folder, below);
    }
  }
  return fail(Fault::invalid, "there is no home folder for the spool; name one with --spool");
}

// One folder for each sensor, stream and server, so that what waits never goes anywhere else.
std::string spool_folder(const std::string& home,
                         const Options& options,
                         const ServiceAddress& address) {
  constexpr std::size_t digits = 12;
  const std::string what =
      options.sensor + '\n' + options.stream + '\n' + address.endpoint + '\n' + address.region;
  return join_path(home,
                   fmt::format("{}-{}", options.stream, to_hex(sha256(what)).substr(0, digits)));
}

// Everything of one run, in the order in which it is needed.
class Recording {
 public:
  Recording(const Options& options, Terminal& terminal) : options_(options), terminal_(terminal) {}

  ExitCode run();

 private:
  Result<void> prepare();

  const Options& options_;
  Terminal& terminal_;
  const SystemClock clock_;
  SystemRandom random_;
  const Interruption interruption_;
  const std::unique_ptr<FileSystem> files_ = make_posix_file_system();
  heartrate::Zones zones_;
  std::string folder_;
  std::string endpoint_;
  std::optional<FileLock> lock_;
  std::unique_ptr<heartrate::Spool> spool_;
  net::HttpClient client_;  // the sender's thread's
  std::unique_ptr<heartrate::Sender> sender_;
};

Result<void> Recording::prepare() {
  if (options_.duration_s && (*options_.duration_s < 1 || *options_.duration_s > duration_s_max)) {
    return fail(Fault::invalid,
                fmt::format("cannot record for {} s; take --duration from 1 to {}",
                            *options_.duration_s,
                            duration_s_max));
  }
  SLUICE_TRY(zones, zones_of(options_));
  zones_ = std::move(zones);
  SLUICE_TRY(found, client_settings_of_process("kinesis"));
  SLUICE_TRY(address, resolve_service(options_.service, found, "kinesis"));
  SLUICE_TRY(caller,
             heartrate::KinesisCaller::create(
                 {address.endpoint, address.region, options_.stream, address.credentials},
                 [this](const net::HttpClientRequest& request) {
                   net::HttpClientRequest bounded = request;
                   bounded.timeout = answer_patience;
                   return client_.perform(bounded);
                 },
                 clock_));
  endpoint_ = caller.target().endpoint;
  SLUICE_TRY(home, spool_home(options_));
  folder_ = spool_folder(home, options_, address);
  SLUICE_TRY_DO(files_->create_directories(folder_));
  auto lock = FileLock::acquire(join_path(folder_, "lock"));
  if (!lock) {
    return std::unexpected(
        std::move(lock).error().within("this sensor is being recorded into that stream already"));
  }
  lock_ = std::move(*lock);
  SLUICE_TRY(spool, heartrate::Spool::open(*files_, folder_));
  spool_ = std::move(spool);
  sender_ = std::make_unique<heartrate::Sender>(*spool_, std::move(caller), random_);
  return {};
}

ExitCode Recording::run() {
  if (auto prepared = prepare(); !prepared) {
    terminal_.complain(command, printable(prepared.error().message()));
    return prepared.error().fault() == Fault::invalid ? ExitCode::usage : ExitCode::failed;
  }
  heartrate::SenderThread thread(*sender_);
  RecordReport::Subject subject{options_.sensor, options_.stream, endpoint_, {}, options_.is_json};
  heartrate::RecorderSettings settings{.sensor = options_.sensor};
  settings.fields =
      options_.fields == "all" ? heartrate::BeatFields::all : heartrate::BeatFields::seed;
  if (options_.duration_s) {
    settings.duration = subject.duration = std::chrono::seconds(*options_.duration_s);
  }
  RecordReport seen(terminal_, clock_, std::move(subject), zones_, [this, &thread] {
    thread.wake();
    return RecordReport::Traffic{spool_->counts(), sender_->status()};
  });
  seen.note_spool(spool_->report(), spool_->counts().waiting);
  const auto radio = heartrate::make_bluez_radio(clock_, heartrate::system_sample_time);
  heartrate::Recorder recorder(
      std::move(settings),
      {*radio,
       clock_,
       random_,
       *spool_,
       [](std::chrono::milliseconds wait) { static_cast<void>(pause_unless_interrupted(wait)); },
       [&seen] { return !Interruption::has_happened() && seen.is_heard(); }},
      seen);
  seen.watch(recorder);
  thread.start();
  const auto recorded = recorder.run();
  seen.close();
  thread.stop(flush_patience);
  if (!recorded) {
    terminal_.complain(command, printable(recorded.error().message()));
  }
  seen.summarise(folder_);
  return recorded ? ExitCode::ok : exit_code_of(recorded.error().fault());
}

}  // namespace

void add_heartrate_record(CLI::App& group, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App& app = *group.add_subcommand("record", "record a Bluetooth sensor into a stream");
  app.add_option("SENSOR", options->sensor, "name or address, as scan lists it")->required();
  app.add_option("--stream", options->stream, "name of the stream")->type_name("NAME")->required();
  app.add_option("--endpoint",
                 options->service.endpoint,
                 "server (AWS_ENDPOINT_URL, http://127.0.0.1:4566)")
      ->type_name("URL");
  app.add_flag("--aws", options->service.is_aws, "send to AWS itself");
  app.add_option("--region", options->service.region, "region to sign for (AWS_REGION, us-east-1)")
      ->type_name("NAME");
  app.add_option(
         "--duration", options->duration_s, "seconds from the connection on (until stopped)")
      ->type_name("S");
  app.add_option("--fields",
                 options->fields,
                 "of a record: seed is timestamp and heart_rate (default); or all there is")
      ->type_name("WHICH")
      ->check(CLI::IsMember({"seed", "all"}));
  app.add_option("--spool", options->spool, "folder for what is not sent (~/.local/state/sluice)")
      ->type_name("DIR");
  auto* age = app.add_option("--age", options->age, "years, for the zones (30)")->type_name("N");
  app.add_option("--max-hr", options->max_rate, "highest rate, for the zones (190)")
      ->type_name("N")
      ->excludes(age);
  app.add_flag("--json", options->is_json, "print each beat as JSON, all fields, once it is kept");
  app.footer(
      "Each notification is a record; its partition key is the sensor's address.\n"
      "Records wait on disk until the stream has them: record the same sensor into the\n"
      "same stream again and what an earlier run left is sent first.  Ctrl-C ends it.\n"
      "Key, region and endpoint are found as for sluice put.\n"
      "\n"
      "Examples:\n"
      "  sluice heartrate record Forerunner --stream hr-kinesis-stream --duration 900\n"
      "  sluice heartrate record AA:BB:CC:DD:EE:01 --stream hr --fields all --json\n");
  app.callback([options, &chosen] {
    chosen = [options](Terminal& terminal) { return Recording(*options, terminal).run(); };
  });
}

}  // namespace sluice::cli
