// sluice put: the lines of a file as records of a stream.
#include "cli/command.h"
#include "cli/environment.h"
#include "cli/input_file.h"
#include "cli/interruption.h"
#include "cli/kinesis_producer.h"
#include "cli/line_reader.h"
#include "cli/progress.h"
#include "cli/quantity.h"
#include "json/writer.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdlib>
#include <ctime>
#include <memory>
#include <string>

namespace sluice::cli {
namespace {

struct Options {
  std::string input;
  std::string stream;
  ServiceOptions service;
  std::string partition_key = "sluice-put";
  std::size_t batch = batch_records_max;
  bool is_json = false;
};

struct Sent {
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
};

// A record is a line as it stands, newline included.
class Putting {
 public:
  Putting(const Options& options, Terminal& terminal) : options_(options), terminal_(terminal) {}

  ExitCode run();

 private:
  Result<KinesisProducer> create_producer();
  Result<void> send_all(InputFile& input, KinesisProducer& producer);
  Result<void> send(KinesisProducer& producer, RecordBatch& batch);
  void report(const KinesisProducer& producer, std::chrono::nanoseconds elapsed) const;

  const Options& options_;
  Terminal& terminal_;
  SystemClock clock_;
  SystemRandom random_;
  net::HttpClient client_;
  Interruption interruption_;
  std::unique_ptr<Progress> progress_;
  Sent sent_;
};

Result<KinesisProducer> Putting::create_producer() {
  SLUICE_TRY(found, client_settings_of_process("kinesis"));
  SLUICE_TRY(address, resolve_service(options_.service, found, "kinesis"));
  ProducerSettings settings;
  settings.endpoint = address.endpoint;
  settings.region = address.region;
  settings.stream = options_.stream;
  settings.partition_key = options_.partition_key;
  settings.credentials = address.credentials;
  return KinesisProducer::create(
      std::move(settings),
      {[this](const net::HttpClientRequest& request) { return client_.perform(request); },
       clock_,
       random_,
       pause_unless_interrupted});
}

ExitCode Putting::run() {
  if (options_.batch < 1 || options_.batch > batch_records_max) {
    terminal_.complain("put",
                       fmt::format("cannot send {} records in a call; take --batch from 1 to {}",
                                   options_.batch,
                                   batch_records_max));
    return ExitCode::usage;
  }
  constexpr std::size_t key_bytes_max = 256;
  if (options_.partition_key.empty() || options_.partition_key.size() > key_bytes_max) {
    terminal_.complain(
        "put",
        fmt::format("cannot use that --partition-key; take 1 to {} characters", key_bytes_max));
    return ExitCode::usage;
  }
  auto producer = create_producer();
  if (!producer) {
    terminal_.complain("put", producer.error().message());
    return ExitCode::usage;
  }
  auto input = InputFile::open(options_.input);
  if (!input) {
    terminal_.complain("put", input.error().message());
    return ExitCode::failed;
  }
  progress_ = std::make_unique<Progress>(
      terminal_, clock_, Progress::Settings{"Sending", ProgressUnit::bytes, input->size()});
  const auto sent = send_all(*input, *producer);
  progress_->wipe();
  if (!sent) {
    const std::string before =
        sent_.records == 0
            ? ""
            : fmt::format("; {} sent before", counted(sent_.records, "record was", "records were"));
    terminal_.complain("put", sent.error().message() + before);
    return exit_code_of(sent.error().fault());
  }
  report(*producer, progress_->elapsed());
  return ExitCode::ok;
}

Result<void> Putting::send_all(InputFile& input, KinesisProducer& producer) {
  LineReader::Limits limits;
  limits.line_bytes_max = record_bytes_max;
  LineReader lines([&input](char* to, std::size_t count) { return input.read(to, count); }, limits);
  RecordBatch batch(options_.batch);
  Bytes record;
  for (;;) {
    SLUICE_TRY(line, lines.next());
    if (!line) {
      return send(producer, batch);
    }
    record = line->text;
    if (line->has_newline) {
      record += '\n';
    }
    const std::size_t bytes = record.size() + options_.partition_key.size();
    if (line->is_too_long || bytes > record_bytes_max) {
      return fail(Fault::too_large,
                  fmt::format("cannot send line {} of {}: a record may have {}, its key included",
                              line->number,
                              input.name(),
                              human_bytes(record_bytes_max)));
    }
    if (!batch.add(record, options_.partition_key.size())) {
      SLUICE_TRY_DO(send(producer, batch));
      const bool is_added = batch.add(record, options_.partition_key.size());
      SLUICE_CHECK(is_added);
    }
  }
}

Result<void> Putting::send(KinesisProducer& producer, RecordBatch& batch) {
  if (batch.empty()) {
    return {};
  }
  if (Interruption::has_happened()) {
    return fail(Fault::cancelled, "interrupted");
  }
  const auto records = batch.records();
  SLUICE_TRY_DO(options_.batch == 1 ? producer.put_record(records.front())
                                    : producer.put_records(records));
  for (const ByteView record : records) {
    ++sent_.records;
    sent_.bytes += record.size();
  }
  progress_->advance_to(sent_.bytes);
  batch.clear();
  return {};
}

void Putting::report(const KinesisProducer& producer, std::chrono::nanoseconds elapsed) const {
  const double seconds = std::chrono::duration<double>(elapsed).count();
  if (options_.is_json) {
    std::string out;
    json::Writer writer(out);
    writer.begin_object();
    writer.member("stream", options_.stream);
    writer.member("records", sent_.records);
    writer.member("bytes", sent_.bytes);
    writer.member("seconds", seconds);
    writer.member("retries", producer.retries());
    writer.end_object();
    terminal_.print(out + "\n");
    return;
  }
  const double rate = seconds > 0 ? static_cast<double>(sent_.records) / seconds : 0;
  std::string text = fmt::format("Sent {} ({}) to {} in {}, {} a second",
                                 counted(sent_.records, "record", "records"),
                                 human_bytes(sent_.bytes),
                                 terminal_.paint()(Ink::bold, printable(options_.stream)),
                                 human_duration(elapsed),
                                 human_count(static_cast<std::uint64_t>(rate)));
  if (producer.retries() > 0) {
    text += fmt::format("; {}", counted(producer.retries(), "retry", "retries"));
  }
  terminal_.print(text + "\n");
}

}  // namespace

void add_put(CLI::App& parent, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App& app = *parent.add_subcommand("put", "send the lines of a file to a stream");
  app.add_option("FILE",
                 options->input,
                 "each line, its newline included, becomes a record; - for standard input")
      ->required();
  app.add_option("--stream", options->stream, "name of the stream")->type_name("NAME")->required();
  app.add_option("--endpoint",
                 options->service.endpoint,
                 "server (AWS_ENDPOINT_URL, http://127.0.0.1:4566)")
      ->type_name("URL");
  app.add_flag("--aws", options->service.is_aws, "send to AWS itself");
  app.add_option("--region", options->service.region, "region to sign for (AWS_REGION, us-east-1)")
      ->type_name("NAME");
  app.add_option("--partition-key",
                 options->partition_key,
                 "key of all records, which keeps them in order (sluice-put)")
      ->type_name("KEY");
  app.add_option("--batch", options->batch, "records in a call, 1 to 500 (500); 1 uses PutRecord")
      ->type_name("N");
  app.add_flag("--json", options->is_json, "print the summary as JSON");
  app.footer(
      "Key, region and endpoint come from AWS's variables and from ~/.aws, as for AWS's\n"
      "own tools.  Without a key a made-up one is used, which a server without\n"
      "credentials accepts.\n"
      "\n"
      "Examples:\n"
      "  sluice put --stream hr-kinesis-stream run.ndjson\n"
      "  tail -f beats.log | sluice put --stream hr-kinesis-stream --batch 1 -\n");
  app.callback([options, &chosen] {
    chosen = [options](Terminal& terminal) { return Putting(*options, terminal).run(); };
  });
}

}  // namespace sluice::cli
