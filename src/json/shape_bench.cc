// A shape against heart-rate records, beside the lines alone and the full parser.
#include "base/random.h"
#include "json/shape.h"
#include "json/tape.h"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <string>
#include <vector>

namespace sluice::json {
namespace {

std::string heartbeats() {
  SeededRandom random(7);
  std::string text;
  for (int index = 0; index < 10'000; ++index) {
    fmt::format_to(std::back_inserter(text),
                   "{{\"timestamp\": \"2025-07-15T17:{:02}:{:02}.{:06}\", \"heart_rate\": {}}}\n",
                   index / 60 % 60,
                   index % 60,
                   random.below(1'000'000),
                   60 + random.below(120));
  }
  return text;
}

// Hands each line to `take`.
template <class Take>
void each_line(benchmark::State& state, Take take) {
  const std::string text = heartbeats();
  std::size_t lines = 0;
  for (auto _ : state) {
    lines = 0;
    for (std::size_t at = 0; at < text.size(); ++lines) {
      const std::size_t end = text.find('\n', at);
      take(std::string_view(text).substr(at, end - at));
      at = end + 1;
    }
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(lines));
}

void lines_split(benchmark::State& state) {
  each_line(state, [](std::string_view line) { benchmark::DoNotOptimize(line.data()); });
}

void tape_parses(benchmark::State& state) {
  Tape tape;
  each_line(state, [&](std::string_view line) {
    benchmark::DoNotOptimize(tape.parse(line, Documents::one).has_value());
  });
}

void shape_matches(benchmark::State& state) {
  const std::string first = heartbeats().substr(0, 64);
  const std::string record = first.substr(0, first.find('\n'));
  Tape tape;
  Shape shape;
  if (!tape.parse(record) || !shape.learn(record, *tape.documents().begin())) {
    state.SkipWithError("the shape was not learned");
    return;
  }
  std::vector<Node> values(shape.values());
  each_line(state, [&](std::string_view line) {
    benchmark::DoNotOptimize(shape.match(line.data(), line.data() + line.size(), values.data()));
  });
}

BENCHMARK(lines_split);
BENCHMARK(tape_parses);
BENCHMARK(shape_matches);

}  // namespace
}  // namespace sluice::json
