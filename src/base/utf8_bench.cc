// Validation of UTF-8, in bytes per second.
#include "base/utf8.h"

#include <benchmark/benchmark.h>

namespace sluice {
namespace {

void validate(benchmark::State& state, std::string_view piece) {
  std::string text;
  while (text.size() < (1 << 16)) {
    text += piece;
  }
  for (auto _ : state) {
    benchmark::DoNotOptimize(is_utf8(text));
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}

BENCHMARK_CAPTURE(validate, ascii, "{\"heart_rate\": 142, \"zone\": 3}\n");
BENCHMARK_CAPTURE(validate, mostly_ascii, "{\"name\": \"Zo\xc3\xab\", \"heart_rate\": 142}\n");
BENCHMARK_CAPTURE(validate, three_bytes, "\xe2\x82\xac\xe0\xa4\xb9");

}  // namespace
}  // namespace sluice
