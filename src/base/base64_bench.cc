// Base64, in bytes of plain data per second.
#include "base/base64.h"
#include "base/check.h"

#include <benchmark/benchmark.h>

namespace sluice {
namespace {

Bytes plain_of(const benchmark::State& state) {
  Bytes bytes;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    bytes.push_back(static_cast<char>(i * 37));
  }
  return bytes;
}

void count_bytes(benchmark::State& state) {
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

void encode(benchmark::State& state) {
  const Bytes bytes = plain_of(state);
  std::string out;
  for (auto _ : state) {
    out.clear();
    base64_append(out, bytes);
    benchmark::DoNotOptimize(out.data());
  }
  count_bytes(state);
}

void decode(benchmark::State& state) {
  const std::string text = base64_encode(plain_of(state));
  Bytes out;
  for (auto _ : state) {
    out.clear();
    SLUICE_CHECK(base64_decode_append(text, out));
    benchmark::DoNotOptimize(out.data());
  }
  count_bytes(state);
}

BENCHMARK(encode)->Arg(100)->Arg(1 << 16);
BENCHMARK(decode)->Arg(62)->Arg(100)->Arg(1 << 16);

}  // namespace
}  // namespace sluice
