// Heart-rate records into rows, beside what simdjson's on-demand parser needs only to find both
// fields, and beside the same with the timestamp as a typed column.
#include "base/random.h"
#include "json/tape.h"
#include "serde/openx.h"

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <simdjson.h>

#include <string>
#include <vector>

namespace sluice::serde {
namespace {

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

  void report(benchmark::State& state) const {
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes));
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(records.size()));
  }

  std::string text;
  std::size_t bytes = 0;
  std::vector<std::string_view> records;
};

void simdjson_finds_both_fields(benchmark::State& state) {
  const Records input;
  simdjson::ondemand::parser parser;
  for (auto _ : state) {
    for (const std::string_view record : input.records) {
      auto document = parser.iterate(simdjson::padded_string_view(
          record.data(), record.size(), record.size() + simdjson::SIMDJSON_PADDING));
      benchmark::DoNotOptimize(document["timestamp"].get_string().value().size());
      benchmark::DoNotOptimize(document["heart_rate"].get_int64().value());
    }
  }
  input.report(state);
}

void tape_reads(benchmark::State& state) {
  const Records input;
  json::Tape tape;
  for (auto _ : state) {
    for (const std::string_view record : input.records) {
      benchmark::DoNotOptimize(tape.parse(record).has_value());
    }
  }
  input.report(state);
}

void openx_converts(benchmark::State& state, std::string_view columns) {
  const Records input;
  const auto schema = columnar::parse_columns(columns);
  auto reader = OpenXReader::create(*schema, {});
  columnar::RowBatch batch(*schema);
  for (auto _ : state) {
    batch.clear();
    for (const std::string_view record : input.records) {
      benchmark::DoNotOptimize(reader->read(record, batch).has_value());
    }
  }
  input.report(state);
}

void openx_converts_alike(benchmark::State& state, std::string_view columns) {
  const Records input;
  const auto schema = columnar::parse_columns(columns);
  auto reader = OpenXReader::create(*schema, {});
  columnar::RowBatch batch(*schema);
  for (auto _ : state) {
    batch.clear();
    benchmark::DoNotOptimize(reader->read(input.records.front(), batch).has_value());
    benchmark::DoNotOptimize(reader->read_alike_lines(input.text, input.records.size(), batch));
  }
  input.report(state);
}

// Items are columns: what one costs must not depend on how many there are.
void openx_converts_columns(benchmark::State& state) {
  columnar::Schema schema;
  std::string record = "{";
  for (std::int64_t column = 0; column < state.range(0); ++column) {
    const std::string name = fmt::format("column_{}", column);
    schema.columns.push_back({name, {.kind = columnar::Kind::bigint, .children = {}}});
    record += fmt::format("{}\"{}\":{}", column == 0 ? "" : ",", name, column);
  }
  record += "}";
  auto reader = OpenXReader::create(schema, {});
  columnar::RowBatch batch(schema);
  for (auto _ : state) {
    batch.clear();
    benchmark::DoNotOptimize(reader->read(record, batch).has_value());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void openx_converts_nested(benchmark::State& state) {
  const auto schema = columnar::parse_columns(
      "id bigint, watch struct<model:string,firmware:struct<major:int,minor:int>>, "
      "rates array<int>, sensors array<struct<name:string,values:array<double>>>, "
      "tags map<string,string>");
  constexpr std::string_view record =
      R"({"id":7,"watch":{"model":"fr-255","firmware":{"major":21,"minor":17}},)"
      R"("rates":[88,89,90,null,91],"sensors":[{"name":"hr","values":[0.5,0.25]},)"
      R"({"name":"spo2","values":[]}],"tags":{"sport":"run","shoe":"old"}})";
  auto reader = OpenXReader::create(*schema, {});
  columnar::RowBatch batch(*schema);
  for (auto _ : state) {
    batch.clear();
    for (int row = 0; row < 1000; ++row) {
      benchmark::DoNotOptimize(reader->read(record, batch).has_value());
    }
  }
  state.SetBytesProcessed(state.iterations() * 1000 * static_cast<std::int64_t>(record.size()));
  state.SetItemsProcessed(state.iterations() * 1000);
}

BENCHMARK(simdjson_finds_both_fields);
BENCHMARK(tape_reads);
BENCHMARK_CAPTURE(openx_converts, as_text, "timestamp string, heart_rate int");
BENCHMARK_CAPTURE(openx_converts, typed, "timestamp timestamp, heart_rate int");
BENCHMARK_CAPTURE(openx_converts_alike, matched_only, "missing int");
BENCHMARK_CAPTURE(openx_converts_alike, as_text, "timestamp string, heart_rate int");
BENCHMARK_CAPTURE(openx_converts_alike, typed, "timestamp timestamp, heart_rate int");
BENCHMARK(openx_converts_nested);
BENCHMARK(openx_converts_columns)->Arg(100)->Arg(1000)->Arg(10'000);

}  // namespace
}  // namespace sluice::serde
