// Memory copied: what the other stages are compared with.
#include "base/bytes.h"

#include <benchmark/benchmark.h>

#include <cstring>

namespace sluice {
namespace {

void bytes_copied(benchmark::State& state) {
  const Bytes from(static_cast<std::size_t>(state.range(0)), 'x');
  Bytes to(from.size(), '\0');
  for (auto _ : state) {
    std::memcpy(to.data(), from.data(), from.size());
    benchmark::DoNotOptimize(to.data());
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

BENCHMARK(bytes_copied)->Arg(1 << 16)->Arg(1 << 26);

}  // namespace
}  // namespace sluice
