// Lines split; and the reader beside simdjson 3.0's on-demand parser, which must do the same work
// to be comparable: walk every value, undo string escapes, keep the text of numbers.
#include "base/base64.h"
#include "base/random.h"
#include "json/document.h"
#include "json/tape.h"

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <simdjson.h>

#include <string>
#include <vector>

namespace sluice::json {
namespace {

// Padded at the very end only, as simdjson wants it; each record is a view.
struct Records {
  Records() {
    SeededRandom random(7);
    std::vector<std::size_t> ends;
    for (int index = 0; index < 10'000; ++index) {
      fmt::format_to(std::back_inserter(text),
                     "{{\"timestamp\": \"2025-07-15T17:{:02}:{:02}.{:06}\", \"heart_rate\": {}}}\n",
                     index / 60 % 60,
                     index % 60,
                     random.below(1'000'000),
                     60 + random.below(120));
      ends.push_back(text.size());
    }
    bytes = text.size();
    text.reserve(bytes + simdjson::SIMDJSON_PADDING);
    std::size_t start = 0;
    for (const std::size_t end : ends) {
      records.push_back(std::string_view(text).substr(start, end - start));
      start = end;
    }
  }

  std::string text;
  std::size_t bytes = 0;
  std::vector<std::string_view> records;
};

std::string wide_document() {
  SeededRandom random(11);
  std::string out = "[";
  for (int index = 0; index < 5000; ++index) {
    fmt::format_to(std::back_inserter(out),
                   "{}{{\"id\": {}, \"name\": \"user {}\", \"text\": \"{} \\\"quoted\\\" é {}\", "
                   "\"score\": {}.{}, \"flags\": [true, false, null], \"at\": {{\"x\": -{}, \"y\": "
                   "1.5e3}}}}",
                   index == 0 ? "" : ",\n",
                   random.next(),
                   index,
                   random_alphanumeric(random, 60),
                   random_alphanumeric(random, 30),
                   random.below(100),
                   random.below(1'000'000),
                   random.below(1000));
  }
  return out + "]";
}

std::string put_records_request() {
  SeededRandom random(13);
  std::string out = "{\"StreamName\": \"beats\", \"Records\": [";
  for (int index = 0; index < 500; ++index) {
    fmt::format_to(std::back_inserter(out),
                   "{}{{\"Data\": \"{}\", \"PartitionKey\": \"watch-{}\"}}",
                   index == 0 ? "" : ", ",
                   base64_encode(random_alphanumeric(random, 7500)),
                   index);
  }
  return out + "]}";
}

std::size_t walk(simdjson::ondemand::value value) {
  namespace od = simdjson::ondemand;
  switch (value.type().value()) {
    case od::json_type::object: {
      std::size_t sum = 0;
      for (auto field : value.get_object()) {
        sum += field.unescaped_key().value().size();
        sum += walk(field.value());
      }
      return sum;
    }
    case od::json_type::array: {
      std::size_t sum = 0;
      for (auto element : value.get_array()) {
        sum += walk(element.value());
      }
      return sum;
    }
    case od::json_type::string:
      return value.get_string().value().size();
    case od::json_type::boolean:
      return value.get_bool().value() ? 1 : 0;
    case od::json_type::null:
      return value.is_null() ? 1 : 0;
    default:
      return value.raw_json_token().size();
  }
}

std::size_t walk(simdjson::ondemand::document& document) {
  return walk(document.get_value().value());
}

void simdjson_walks_records(benchmark::State& state) {
  const Records input;
  simdjson::ondemand::parser parser;
  for (auto _ : state) {
    for (const std::string_view record : input.records) {
      auto document = parser.iterate(simdjson::padded_string_view(
          record.data(), record.size(), record.size() + simdjson::SIMDJSON_PADDING));
      benchmark::DoNotOptimize(walk(document.value()));
    }
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(input.bytes));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(input.records.size()));
}

void tape_reads_records(benchmark::State& state) {
  const Records input;
  Tape tape;
  for (auto _ : state) {
    for (const std::string_view record : input.records) {
      benchmark::DoNotOptimize(tape.parse(record).has_value());
    }
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(input.bytes));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(input.records.size()));
}

void simdjson_walks_a_document(benchmark::State& state, std::string (*make)()) {
  const simdjson::padded_string text(make());
  simdjson::ondemand::parser parser;
  for (auto _ : state) {
    auto document = parser.iterate(text);
    benchmark::DoNotOptimize(walk(document.value()));
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}

void tape_reads_a_document(benchmark::State& state, std::string (*make)()) {
  const std::string text = make();
  Tape tape;
  for (auto _ : state) {
    benchmark::DoNotOptimize(tape.parse(text).has_value());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}

// The least that any reader of lines does.
void lines_split(benchmark::State& state) {
  const Records input;
  const std::string_view text(input.text.data(), input.bytes);
  for (auto _ : state) {
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = text.find('\n', at);
      benchmark::DoNotOptimize(text.data() + end);
      at = end + 1;
    }
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(input.bytes));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(input.records.size()));
}

// As a request arrives: the body moves in, the tape is new.
void document_parses_a_request(benchmark::State& state) {
  const std::string text = put_records_request();
  for (auto _ : state) {
    state.PauseTiming();
    std::string body = text;
    state.ResumeTiming();
    benchmark::DoNotOptimize(Document::parse(std::move(body)).has_value());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}

BENCHMARK(lines_split);
BENCHMARK(simdjson_walks_records);
BENCHMARK(tape_reads_records);
BENCHMARK_CAPTURE(simdjson_walks_a_document, wide, wide_document);
BENCHMARK_CAPTURE(tape_reads_a_document, wide, wide_document);
BENCHMARK_CAPTURE(simdjson_walks_a_document, put_records, put_records_request);
BENCHMARK_CAPTURE(tape_reads_a_document, put_records, put_records_request);
BENCHMARK(document_parses_a_request)->Iterations(50);

}  // namespace
}  // namespace sluice::json
