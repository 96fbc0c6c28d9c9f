// sluice serve: the server, until a signal ends it.
#include "base/check.h"
#include "base/file_system.h"
#include "base/freed_memory.h"
#include "cli/command.h"
#include "cli/quantity.h"
#include "server/config.h"
#include "server/server.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <csignal>
#include <memory>
#include <string>
#include <string_view>

namespace sluice::cli {
namespace {

// Empty: as the configuration file says, or its default.
struct Options {
  std::string listen;
  std::string data_directory;
  std::string config;
  std::string on_stop;
  std::string ready_file;
};

// SIGINT, SIGTERM and the hang-up of a closed terminal, kept for one thread to wait for.
class StopSignals {
 public:
  // Before any other thread is started: they inherit that the signals are blocked.
  StopSignals() {
    SLUICE_CHECK(::sigemptyset(&set_) == 0);
    SLUICE_CHECK(::sigaddset(&set_, SIGINT) == 0);
    SLUICE_CHECK(::sigaddset(&set_, SIGTERM) == 0);
    SLUICE_CHECK(::sigaddset(&set_, SIGHUP) == 0);
    SLUICE_CHECK(::pthread_sigmask(SIG_BLOCK, &set_, nullptr) == 0);
  }

  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  ~StopSignals() = default;

  std::string_view wait() {
    int signal = 0;
    SLUICE_CHECK(::sigwait(&set_, &signal) == 0);
    return signal == SIGINT ? "SIGINT" : signal == SIGHUP ? "SIGHUP" : "SIGTERM";
  }

  // From now on the next SIGINT ends the process at once, as it does by default.
  void let_interrupt_through() {
    sigset_t interrupt;
    SLUICE_CHECK(::sigemptyset(&interrupt) == 0);
    SLUICE_CHECK(::sigaddset(&interrupt, SIGINT) == 0);
    SLUICE_CHECK(::pthread_sigmask(SIG_UNBLOCK, &interrupt, nullptr) == 0);
  }

 private:
  sigset_t set_{};
};

Result<server::Config> load_config(FileSystem& files, const Options& options) {
  server::Config config;
  if (!options.config.empty()) {
    auto text = read_file(files, options.config);
    if (!text) {
      return fail(text.error().fault(),
                  fmt::format("cannot read the configuration: {}", text.error().message()));
    }
    SLUICE_TRY(parsed, server::parse_config(*text, options.config));
    config = std::move(parsed);
  }
  if (!options.listen.empty()) {
    SLUICE_TRY_DO(server::parse_listen(options.listen));
    config.listen = options.listen;
  }
  if (!options.data_directory.empty()) {
    config.data_directory = options.data_directory;
  }
  if (!options.on_stop.empty()) {
    config.on_stop = options.on_stop == "leave" ? server::OnStop::leave : server::OnStop::drain;
  }
  return config;
}

std::string url_of(const std::string& address, const server::Config& config) {
  return (config.tls ? "https://" : "http://") + address;
}

std::string hints(const std::string& url, const server::Config& config, const Paint& paint) {
  const bool has_streams = !config.streams.empty();
  const std::string stream = has_streams ? config.streams.front().name : "my-stream";
  std::string out = has_streams
                        ? fmt::format("  sluice put --endpoint {} --stream {} FILE\n", url, stream)
                        : fmt::format(
                              "  aws --endpoint-url {} kinesis create-stream "
                              "--stream-name {} --shard-count 1\n",
                              url,
                              stream);
  out += fmt::format("  aws --endpoint-url {} s3 ls\n", url);
  out += config.on_stop == server::OnStop::drain
             ? "  Ctrl-C delivers what is buffered and stops\n"
             : "  Ctrl-C stops; what is buffered is delivered after the next start\n";
  return paint(Ink::dim, out);
}

std::shared_ptr<spdlog::logger> make_logger(const Terminal& terminal) {
  const auto colours =
      terminal.error_paint().is_coloured() ? spdlog::color_mode::always : spdlog::color_mode::never;
  auto sink = std::make_shared<spdlog::sinks::stderr_color_sink_mt>(colours);
  auto logger = std::make_shared<spdlog::logger>("sluice", std::move(sink));
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z  %v");
  return logger;
}

// Each stream that is written to or read holds a file open, and each client a socket: as many as
// the system lets us have, where shells and services begin with 1,024.
void raise_descriptor_limit() {
  struct rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);  // a refusal leaves it as it was
  }
}

// Runs the server until a signal; `signals` have been blocked before any thread started.
ExitCode serve_until_signal(server::Config config,
                            const Options& options,
                            FileSystem& files,
                            StopSignals& signals,
                            Terminal& terminal) {
  raise_descriptor_limit();
  const auto logger = make_logger(terminal);
  const server::Config kept = config;
  auto server = server::Server::start(
      std::move(config), [logger](std::string_view line) { logger->info("{}", line); });
  if (!server) {
    terminal.complain("serve", server.error().message());
    return server.error().fault() == Fault::invalid ? ExitCode::usage : ExitCode::failed;
  }
  const std::string address = (*server)->address();
  if (!options.ready_file.empty()) {
    if (const auto written = replace_file(files, options.ready_file, address + "\n"); !written) {
      terminal.complain("serve",
                        fmt::format("cannot write --ready-file: {}", written.error().message()));
      return ExitCode::failed;
    }
  }
  const std::string url = url_of(address, kept);
  terminal.print(
      fmt::format("Listening on {} — Kinesis, Firehose, Glue, Athena and S3; data in {}\n",
                  terminal.paint()(Ink::bold, url),
                  printable(kept.data_directory)));
  if (terminal.is_out_terminal()) {
    terminal.print(hints(url, kept, terminal.paint()));
  }
  static_cast<void>(terminal.flush());
  const std::string_view signal = signals.wait();
  signals.let_interrupt_through();
  logger->info("{}: {}",
               signal,
               kept.on_stop == server::OnStop::drain
                   ? "delivering what is buffered, then stopping"
                   : "stopping; what is buffered stays in the log");
  const server::StopReport report = (*server)->stop(kept.on_stop);
  for (const std::string& name : report.not_drained) {
    logger->warn("{} could not deliver everything in time; the rest follows after the next start",
                 printable(name));
  }
  if (!options.ready_file.empty()) {
    // It may be gone already.
    static_cast<void>(files.remove(options.ready_file));
  }
  logger->info("stopped");
  return ExitCode::ok;
}

ExitCode serve(const Options& options, Terminal& terminal) {
  const auto files = make_posix_file_system();
  auto config = load_config(*files, options);
  if (!config) {
    terminal.complain("serve", config.error().message());
    return ExitCode::usage;
  }
  if (!options.ready_file.empty()) {
    // One of an earlier run would say that this one is ready.
    static_cast<void>(files->remove(options.ready_file));
  }
  keep_freed_memory(server::freed_memory);
  StopSignals signals;
  // A peer that goes away is an error of one write.
  static_cast<void>(std::signal(SIGPIPE, SIG_IGN));
  return serve_until_signal(std::move(*config), options, *files, signals, terminal);
}

// An empty value is a script's unset variable more often than a wish.
std::string refuse_empty(const std::string& text) {
  return text.empty() ? "it is empty; leave the option out for its default" : "";
}

}  // namespace

void add_serve(CLI::App& parent, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App& app = *parent.add_subcommand("serve", "run the server");
  app.add_option("--listen", options->listen, "address to listen on (127.0.0.1:4566); port 0: any")
      ->type_name("HOST:PORT")
      ->check(refuse_empty);
  app.add_option("--data-dir", options->data_directory, "where everything is kept (./data)")
      ->type_name("DIR")
      ->check(refuse_empty);
  app.add_option("--config", options->config, "TOML file; options given here go before it")
      ->type_name("FILE")
      ->check(refuse_empty);
  app.add_option("--on-stop",
                 options->on_stop,
                 "what is buffered: drain delivers it (default), leave keeps it in the log")
      ->type_name("drain|leave")
      ->check(CLI::IsMember({"drain", "leave"}));
  app.add_option(
         "--ready-file", options->ready_file, "written with the address once requests are answered")
      ->type_name("FILE");
  app.footer(
      "SIGTERM, SIGHUP or Ctrl-C stops it; a second Ctrl-C ends it at once.  Nothing\n"
      "that was acknowledged is lost either way.  The log goes to standard error.\n"
      "\n"
      "Examples:\n"
      "  sluice serve\n"
      "  sluice serve --data-dir /srv/sluice --config examples/heart-rate.toml\n"
      "  sluice serve --listen 127.0.0.1:0 --ready-file /run/sluice.address\n");
  app.callback([options, &chosen] {
    chosen = [options](Terminal& terminal) { return serve(*options, terminal); };
  });
}

}  // namespace sluice::cli
