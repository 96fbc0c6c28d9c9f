// Partition keys out of heart-rate records: read by the shape of the record before, and where every
// record has another shape.
#include "base/check.h"
#include "base/random.h"
#include "delivery/plain_selection.h"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::delivery {
namespace {

struct Records {
  // `variants`: how many names the first member has.
  explicit Records(std::size_t variants) {
    SeededRandom random(7);
    for (int index = 0; index < 10'000; ++index) {
      records.push_back(
          fmt::format("{{\"timestamp{}\": \"2025-07-15T17:{:02}:{:02}.{:06}\", \"heart_rate\": {}, "
                      "\"device\": \"{}\"}}",
                      variants == 1 ? "" : std::to_string(random.below(variants)),
                      index / 60 % 60,
                      index % 60,
                      random.below(1'000'000),
                      60 + random.below(120),
                      static_cast<char>('a' + random.below(26))));
      bytes += records.back().size();
    }
  }

  std::vector<std::string> records;
  std::size_t bytes = 0;
};

void selection_answers(benchmark::State& state, std::string_view query, std::size_t variants) {
  const Records input(variants);
  auto selection = PlainSelection::compile(read_object_construction(query).value()).value();
  QueryAnswers answers;
  for (auto _ : state) {
    answers.reset(selection.keys());
    for (const std::string& record : input.records) {
      SLUICE_CHECK(selection.evaluate(record, answers));
    }
    benchmark::DoNotOptimize(answers.size());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(input.bytes));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(input.records.size()));
}

BENCHMARK_CAPTURE(selection_answers, alike, "{device}", 1);
BENCHMARK_CAPTURE(selection_answers, alike_two_keys, "{device, rate: .heart_rate}", 1);
BENCHMARK_CAPTURE(selection_answers, alike_a_slice, "{day: .timestamp[0:10]}", 1);
BENCHMARK_CAPTURE(selection_answers, unlike, "{device}", 1'000'000);

}  // namespace
}  // namespace sluice::delivery
