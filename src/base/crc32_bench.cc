// CRC-32 by carry-less products and by table, in bytes per second.
#include "base/crc32.h"

#include <benchmark/benchmark.h>

namespace sluice {
namespace {

template <std::uint32_t (*checksum)(ByteView, std::uint32_t)>
void sum(benchmark::State& state) {
  const Bytes bytes(static_cast<std::size_t>(state.range(0)), 'x');
  for (auto _ : state) {
    benchmark::DoNotOptimize(checksum(bytes, 0));
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

BENCHMARK(sum<crc32>)->Arg(100)->Arg(1 << 10)->Arg(1 << 16);
BENCHMARK(sum<crc32_portable>)->Arg(100)->Arg(1 << 16);

}  // namespace
}  // namespace sluice
