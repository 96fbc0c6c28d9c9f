// sluice explain: why a record, an object or a delivery stream is where it is.
#include "cli/explain_report.h"
#include "cli/proof_commands.h"
#include "cli/quantity.h"
#include "net/http_client.h"
#include "proof/situation.h"
#include "stream/shard_id.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice::cli {
namespace {

using proof::Explanation;
using proof::Situation;

constexpr std::string_view object_scheme = "s3://";

struct Options {
  std::vector<std::string> words;
  std::string data_directory = "./data";
  std::string endpoint = "http://127.0.0.1:4566";
  bool is_json = false;
};

struct Question {
  std::string name;             // of a stream, or of a delivery stream; or an object's URL
  std::string sequence_number;  // empty: it is not about a record
};

// What is wrong, or what is asked.
std::expected<Question, std::string> question_of(const std::vector<std::string>& words) {
  if (words.size() == 1) {
    return Question{words[0], ""};
  }
  const auto parts = stream::parse_sequence_parts(words.back());
  if (!parts) {
    return std::unexpected(fmt::format("{} is no sequence number", printable(words.back())));
  }
  if (words.size() == 3 && stream::parse_shard_id(words[1]) != parts->shard) {
    return std::unexpected(fmt::format("that sequence number is of {}, not of {}",
                                       stream::shard_id(parts->shard),
                                       printable(words[1])));
  }
  return Question{words[0], words.back()};
}

// The page of the server, with what it knows of the record.
std::string live_url(const Options& options, const Question& question, const Situation& situation) {
  std::string url = options.endpoint + "/_sluice/explain";
  const auto parts = stream::parse_sequence_parts(question.sequence_number);
  for (const stream::StreamDefinition& stream : situation.streams) {
    if (parts && stream.name == question.name) {
      url += fmt::format("?stream={}&shard={}&ordinal={}",
                         stream::to_hex(stream.incarnation),
                         parts->shard.value,
                         parts->ordinal.value);
      break;
    }
  }
  return url;
}

std::optional<proof::Live> ask_server(const std::string& url) {
  net::HttpClient client;
  net::HttpClientRequest request;
  request.url = url;
  request.timeout = std::chrono::milliseconds(5000);
  request.connect_timeout = std::chrono::milliseconds(500);
  const auto answer = client.perform(request);
  return answer && answer->status == 200 ? proof::parse_live(answer->body) : std::nullopt;
}

std::vector<Explanation> explain(const Question& question, const Situation& situation) {
  if (!question.sequence_number.empty()) {
    return proof::explain_record(situation, question.name, question.sequence_number);
  }
  if (question.name.starts_with(object_scheme)) {
    const std::string place = question.name.substr(object_scheme.size());
    const std::size_t slash = place.find('/');
    return {proof::explain_object(situation,
                                  place.substr(0, slash),
                                  slash == std::string::npos ? "" : place.substr(slash + 1))};
  }
  return {proof::explain_delivery(situation, question.name)};
}

ExitCode run_explain(const Options& options, Terminal& terminal) {
  const auto question = question_of(options.words);
  if (!question) {
    terminal.complain("explain", question.error());
    return ExitCode::usage;
  }
  // The store says what to ask the server for, and is read again behind its answer: what was
  // delivered in between is in it then.
  auto known = proof::read_situation(options.data_directory);
  if (!known) {
    terminal.complain("explain", known.error().message());
    return known.error().fault() == Fault::missing ? ExitCode::usage : ExitCode::failed;
  }
  const auto live = ask_server(live_url(options, *question, *known));
  known = proof::read_situation(options.data_directory);
  if (!known) {
    terminal.complain("explain", known.error().message());
    return ExitCode::failed;
  }
  known->live = live;
  known->endpoint = options.endpoint;
  const std::vector<Explanation> all = explain(*question, *known);
  terminal.print(options.is_json ? to_json(all) : to_text(all, terminal.paint()));
  return exit_code_of(all);
}

}  // namespace

void add_explain(CLI::App& parent, Action& chosen) {
  CLI::App& app = *parent.add_subcommand("explain", "say where a record or object is, and why");
  const auto options = std::make_shared<Options>();
  app.add_option("WHAT",
                 options->words,
                 "STREAM [SHARD] SEQUENCE-NUMBER, s3://BUCKET/KEY, or a delivery stream")
      ->required()
      ->expected(1, 3);
  app.add_option("--data-dir", options->data_directory, "of the server, running or not (./data)")
      ->type_name("DIR");
  app.add_option("--endpoint", options->endpoint, "of the server (http://127.0.0.1:4566)")
      ->type_name("URL");
  app.add_flag("--json", options->is_json, "a JSON array");
  app.footer(
      "Says of each delivery stream that reads a record where it is: in an object and\n"
      "which row, refused and why, sealed and waiting for the bucket and with what\n"
      "error, waiting for its object and until when, lost, or not there at all; and\n"
      "looks whether the bucket still has the object as it was put.  What only memory\n"
      "knows is asked of the server; without one the data directory tells.\n"
      "\n"
      "Exit code, the highest where there are several answers:\n"
      "  0  delivered and in the bucket, or on its way\n"
      "  1  the question could not be answered; the error says why\n"
      "  2  wrong arguments\n"
      "  4  unknown here: record, object, stream or delivery stream\n"
      "  5  held until somebody acts: no bucket, table or server, or a failing bucket\n"
      "  6  not among the delivered data: refused, lost, trimmed, of before the start;\n"
      "     or its object was removed from the bucket, or changed\n"
      "\n"
      "Examples:\n"
      "  sluice explain events 49680615739876303692063450657812949366142196195948232706\n"
      "  sluice explain s3://landing/events/2025/07/13/part-1.parquet\n"
      "  sluice explain events_to_parquet\n");
  app.callback([options, &chosen] {
    chosen = [options](Terminal& terminal) { return run_explain(*options, terminal); };
  });
}

}  // namespace sluice::cli
