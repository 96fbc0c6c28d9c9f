// The encodings, and Snappy, alone: a page of 20,000 values at a time.
#include "base/random.h"
#include "parquet/byte_stream_split.h"
#include "parquet/codec.h"
#include "parquet/delta_binary_packed.h"
#include "parquet/delta_byte_array.h"

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

namespace sluice::parquet {

namespace {

constexpr std::size_t page_values = 20'000;

// Steps of up to `bits` bits.
template <class T>
std::vector<T> steps(unsigned bits) {
  SeededRandom random(1);
  std::vector<T> values;
  T value = 0;
  for (std::size_t i = 0; i < page_values; ++i) {
    value += static_cast<T>(random.next() >> (64 - bits));
    values.push_back(value);
  }
  return values;
}

template <class T>
void delta_packed(benchmark::State& state) {
  const std::vector<T> values = steps<T>(static_cast<unsigned>(state.range(0)));
  Bytes out;
  for (auto _ : state) {
    out.clear();
    encode_delta_packed(std::span<const T>(values), out);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(values.size()));
  state.counters["bytes_a_value"] = static_cast<double>(out.size()) / page_values;
}

template <class T>
void delta_unpacked(benchmark::State& state) {
  const std::vector<T> values = steps<T>(static_cast<unsigned>(state.range(0)));
  Bytes packed;
  encode_delta_packed(std::span<const T>(values), packed);
  std::vector<T> back(values.size());
  for (auto _ : state) {
    ByteReader in(packed);
    benchmark::DoNotOptimize(decode_delta_packed(in, std::span<T>(back)));
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(values.size()));
}

void delta_times(benchmark::State& state) {
  SeededRandom random(1);
  std::vector<std::int32_t> lengths;
  Bytes heap;
  for (std::size_t i = 0; i < page_values; ++i) {
    const std::string value =
        "2025-07-15T17:10:" + std::to_string(10'000'000 + i * 499 + random.below(400));
    lengths.push_back(static_cast<std::int32_t>(value.size()));
    heap += value;
  }
  Bytes out;
  for (auto _ : state) {
    out.clear();
    encode_delta_byte_array({.lengths = lengths, .heap = heap}, out);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(page_values));
  state.counters["bytes_a_value"] = static_cast<double>(out.size()) / page_values;
}

void byte_streams(benchmark::State& state) {
  const Bytes plain(page_values * sizeof(double), 'x');
  Bytes out;
  for (auto _ : state) {
    out.clear();
    encode_byte_stream_split(plain, sizeof(double), out);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(page_values));
}

// Snappy over PLAIN times, in microseconds (8 bytes a value) or as text (with its length, 30);
// `by_layout` is our own encoder.
void snappy_times(benchmark::State& state) {
  const bool is_text = state.range(0) != 0;
  const bool by_layout = state.range(1) != 0;
  SeededRandom random(1);
  Bytes body;
  std::int64_t time = 1'752'599'433'123'456;
  for (std::size_t i = 0; i < page_values; ++i) {
    time += static_cast<std::int64_t>(random.below(20'000));
    if (is_text) {
      put_le(body, std::uint32_t{26});
      body += "2025-07-15T17:" + std::to_string(time).substr(6, 2) + ":" +
              std::to_string(time).substr(8, 2) + "." + std::to_string(time).substr(10);
    } else {
      put_le(body, time);
    }
  }
  const ValueLayout layout{.offset = 0, .width = by_layout ? body.size() / page_values : 0};
  Compressor compressor(Codec::snappy);
  Bytes out;
  for (auto _ : state) {
    out.clear();
    compressor.compress(body, layout, out);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(page_values));
  state.counters["bytes_a_value"] = static_cast<double>(out.size()) / page_values;
}

BENCHMARK(snappy_times)->ArgsProduct({{0, 1}, {0, 1}})->ArgNames({"text", "by_layout"});
BENCHMARK(delta_packed<std::int64_t>)->Arg(3)->Arg(17)->Arg(33)->ArgName("bits");
BENCHMARK(delta_packed<std::int32_t>)->Arg(3)->Arg(17)->ArgName("bits");
BENCHMARK(delta_unpacked<std::int64_t>)->Arg(17)->ArgName("bits");
BENCHMARK(delta_times);
BENCHMARK(byte_streams);

}  // namespace

}  // namespace sluice::parquet
