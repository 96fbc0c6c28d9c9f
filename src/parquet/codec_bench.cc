// The codecs alone, over pages of what a heart-rate stream is made of: times in PLAIN form, deltas
// of which little can be had, and text.
#include "base/check.h"
#include "base/random.h"
#include "parquet/codec.h"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <string>

namespace sluice::parquet {

namespace {

constexpr std::size_t page_values = 20'000;

// Two a second, with jitter.
Bytes times() {
  SeededRandom random(1);
  Bytes out;
  std::int64_t time = 1'752'599'433'123'456;
  for (std::size_t i = 0; i < page_values; ++i) {
    time += 480'000 + static_cast<std::int64_t>(random.below(40'000));
    put_le(out, static_cast<std::uint64_t>(time));
  }
  return out;
}

Bytes noise() {
  SeededRandom random(1);
  Bytes out;
  for (std::size_t i = 0; i < page_values; ++i) {
    put_le(out, random.next());
  }
  return out;
}

Bytes text() {
  SeededRandom random(1);
  Bytes out;
  for (std::size_t i = 0; i < page_values; ++i) {
    const std::string value =
        fmt::format("2025-07-15T17:10:{:02}.{:06}", i / 2 % 60, random.below(1'000'000));
    put_le(out, static_cast<std::uint32_t>(value.size()));
    out += value;
  }
  return out;
}

// Items are values; bytes are those before compression, in both directions.
void report(benchmark::State& state, ByteView body, std::size_t compressed) {
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(page_values));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
  state.counters["ratio"] = static_cast<double>(body.size()) / static_cast<double>(compressed);
}

void compressed(benchmark::State& state, Codec codec, Bytes (*make)()) {
  const Bytes body = make();
  Compressor compressor(codec);
  Bytes out;
  for (auto _ : state) {
    out.clear();
    compressor.compress(body, out);
    benchmark::DoNotOptimize(out.data());
  }
  report(state, body, out.size());
}

void decompressed(benchmark::State& state, Codec codec, Bytes (*make)()) {
  const Bytes body = make();
  Bytes stored;
  Compressor(codec).compress(body, stored);
  for (auto _ : state) {
    benchmark::DoNotOptimize(decompress(codec, stored, body.size()).has_value());
  }
  report(state, body, stored.size());
}

BENCHMARK_CAPTURE(compressed, snappy_times, Codec::snappy, times);
BENCHMARK_CAPTURE(compressed, snappy_text, Codec::snappy, text);
BENCHMARK_CAPTURE(compressed, snappy_noise, Codec::snappy, noise);
BENCHMARK_CAPTURE(compressed, lz4_raw_times, Codec::lz4_raw, times);
BENCHMARK_CAPTURE(compressed, lz4_raw_text, Codec::lz4_raw, text);
BENCHMARK_CAPTURE(compressed, zstd_times, Codec::zstd, times);
BENCHMARK_CAPTURE(compressed, zstd_text, Codec::zstd, text);
BENCHMARK_CAPTURE(compressed, gzip_times, Codec::gzip, times);
BENCHMARK_CAPTURE(compressed, gzip_text, Codec::gzip, text);
BENCHMARK_CAPTURE(decompressed, snappy_times, Codec::snappy, times);
BENCHMARK_CAPTURE(decompressed, lz4_raw_times, Codec::lz4_raw, times);
BENCHMARK_CAPTURE(decompressed, zstd_times, Codec::zstd, times);
BENCHMARK_CAPTURE(decompressed, gzip_times, Codec::gzip, times);

}  // namespace

}  // namespace sluice::parquet
