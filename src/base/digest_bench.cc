// Digests of short inputs (partition keys) and of long ones (objects).
#include "base/digest.h"
#include "base/md5_lanes.h"

#include <benchmark/benchmark.h>

#include <vector>

namespace sluice {
namespace {

template <auto digest>
void hash(benchmark::State& state) {
  const Bytes bytes(static_cast<std::size_t>(state.range(0)), 'x');
  for (auto _ : state) {
    benchmark::DoNotOptimize(digest(bytes));
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

BENCHMARK(hash<md5>)->Arg(8)->Arg(36)->Arg(1 << 20);

// Partition keys of one request.
void hash_many(benchmark::State& state) {
  const Bytes text(static_cast<std::size_t>(state.range(0)), 'x');
  const std::vector<ByteView> texts(500, text);
  std::vector<Md5Digest> digests(texts.size());
  for (auto _ : state) {
    md5_each(texts, digests);
    benchmark::DoNotOptimize(digests.data());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(texts.size()));
}

BENCHMARK(hash_many)->Arg(8)->Arg(36);
BENCHMARK(hash<sha256>)->Arg(36)->Arg(1 << 20);

void hmac(benchmark::State& state) {
  const Bytes message(100, 'x');
  for (auto _ : state) {
    benchmark::DoNotOptimize(hmac_sha256("0123456789abcdef0123456789abcdef", message));
  }
}

BENCHMARK(hmac);

}  // namespace
}  // namespace sluice
