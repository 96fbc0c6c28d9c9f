// The encodings, and Snappy, alone: a page of 20,000 values at a time.  Bytes are those before
// encoding, in both directions.
#include "base/random.h"
#include "parquet/byte_stream_split.h"
#include "parquet/codec.h"
#include "parquet/delta_binary_packed.h"
#include "parquet/delta_byte_array.h"
#include "parquet/dictionary.h"
#include "parquet/hybrid.h"
#include "parquet/plain.h"

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
  state.SetBytesProcessed(state.iterations() *
                          static_cast<std::int64_t>(values.size() * sizeof(T)));
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
  state.SetBytesProcessed(state.iterations() *
                          static_cast<std::int64_t>(values.size() * sizeof(T)));
}

// Byte strings that begin alike, as times do.
struct Times {
  Times() {
    SeededRandom random(1);
    for (std::size_t i = 0; i < page_values; ++i) {
      const std::string value =
          "2025-07-15T17:10:" + std::to_string(10'000'000 + i * 499 + random.below(400));
      lengths.push_back(static_cast<std::int32_t>(value.size()));
      heap += value;
    }
  }

  ByteArrays values() const { return {.lengths = lengths, .heap = heap}; }

  std::vector<std::int32_t> lengths;
  Bytes heap;
};

void report(benchmark::State& state, std::size_t plain_bytes, std::size_t encoded_bytes) {
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(page_values));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(plain_bytes));
  state.counters["bytes_a_value"] = static_cast<double>(encoded_bytes) / page_values;
}

// `encode` appends to its argument.
template <class Encode>
void time_encoding(benchmark::State& state, std::size_t plain_bytes, Encode encode) {
  Bytes out;
  for (auto _ : state) {
    out.clear();
    encode(out);
    benchmark::DoNotOptimize(out.data());
  }
  report(state, plain_bytes, out.size());
}

void plain_texts(benchmark::State& state) {
  const Times times;
  time_encoding(state, times.heap.size(), [&](Bytes& out) {
    std::size_t at = 0;
    for (const std::int32_t length : times.lengths) {
      put_plain_bytes(out, ByteView(times.heap).substr(at, static_cast<std::size_t>(length)));
      at += static_cast<std::size_t>(length);
    }
  });
}

void plain_booleans(benchmark::State& state) {
  SeededRandom random(1);
  std::vector<std::uint8_t> values;
  for (std::size_t i = 0; i < page_values; ++i) {
    values.push_back(static_cast<std::uint8_t>(random.below(2)));
  }
  time_encoding(
      state, values.size(), [&](Bytes& out) { encode_plain_booleans(std::span(values), out); });
}

void delta_length_times(benchmark::State& state) {
  const Times times;
  time_encoding(
      state, times.heap.size(), [&](Bytes& out) { encode_delta_length(times.values(), out); });
}

void delta_times(benchmark::State& state) {
  const Times times;
  time_encoding(
      state, times.heap.size(), [&](Bytes& out) { encode_delta_byte_array(times.values(), out); });
}

void delta_times_back(benchmark::State& state) {
  const Times times;
  Bytes encoded;
  encode_delta_byte_array(times.values(), encoded);
  for (auto _ : state) {
    ByteReader in(encoded);
    auto reader = DeltaByteArrayReader::open(in, page_values);
    for (std::size_t i = 0; i < page_values; ++i) {
      benchmark::DoNotOptimize(reader->next()->data());
    }
  }
  report(state, times.heap.size(), encoded.size());
}

void byte_streams(benchmark::State& state) {
  const Bytes plain(page_values * sizeof(double), 'x');
  time_encoding(state, plain.size(), [&](Bytes& out) {
    encode_byte_stream_split(plain, sizeof(double), out);
  });
}

void byte_streams_back(benchmark::State& state) {
  const Bytes split(page_values * sizeof(double), 'x');
  time_encoding(state, split.size(), [&](Bytes& out) {
    decode_byte_stream_split(split, sizeof(double), out);
  });
}

// Numbers of so many bits, in no order.
std::vector<std::uint32_t> any_numbers(std::int64_t bits) {
  SeededRandom random(1);
  std::vector<std::uint32_t> values;
  for (std::size_t i = 0; i < page_values; ++i) {
    values.push_back(static_cast<std::uint32_t>(random.below(std::uint64_t{1} << bits)));
  }
  return values;
}

void hybrid_indices(benchmark::State& state) {
  const std::vector<std::uint32_t> values = any_numbers(state.range(0));
  time_encoding(state, values.size() * sizeof(std::uint32_t), [&](Bytes& out) {
    encode_hybrid(std::span(values), static_cast<unsigned>(state.range(0)), out);
  });
}

void hybrid_indices_back(benchmark::State& state) {
  std::vector<std::uint32_t> values = any_numbers(state.range(0));
  const auto width = static_cast<unsigned>(state.range(0));
  Bytes encoded;
  encode_hybrid(std::span<const std::uint32_t>(values), width, encoded);
  for (auto _ : state) {
    benchmark::DoNotOptimize(decode_hybrid(encoded, width, std::span(values)));
  }
  report(state, values.size() * sizeof(std::uint32_t), encoded.size());
}

void dictionary_of_numbers(benchmark::State& state) {
  const std::vector<std::uint32_t> values = any_numbers(state.range(0));
  FixedDictionary<std::uint32_t> dictionary;
  std::vector<std::uint32_t> indices;
  for (auto _ : state) {
    dictionary.clear();
    indices.clear();
    dictionary.add(values.data(), values.size(), indices);
    benchmark::DoNotOptimize(indices.data());
  }
  report(state, values.size() * sizeof(std::uint32_t), dictionary.plain_bytes());
}

void dictionary_of_texts(benchmark::State& state) {
  std::vector<std::string> texts;
  std::size_t plain_bytes = 0;
  for (const std::uint32_t number : any_numbers(state.range(0))) {
    texts.push_back("watch-" + std::to_string(number));
    plain_bytes += texts.back().size();
  }
  BytesDictionary dictionary(0);
  for (auto _ : state) {
    dictionary.clear();
    for (const std::string& text : texts) {
      benchmark::DoNotOptimize(dictionary.add(text));
    }
  }
  report(state, plain_bytes, dictionary.plain_bytes());
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
BENCHMARK(plain_texts);
BENCHMARK(plain_booleans);
BENCHMARK(hybrid_indices)->Arg(1)->Arg(7)->Arg(17)->ArgName("bits");
BENCHMARK(hybrid_indices_back)->Arg(1)->Arg(7)->Arg(17)->ArgName("bits");
BENCHMARK(dictionary_of_numbers)->Arg(7)->Arg(13)->ArgName("bits");
BENCHMARK(dictionary_of_texts)->Arg(7)->Arg(13)->ArgName("bits");
BENCHMARK(delta_length_times);
BENCHMARK(delta_times);
BENCHMARK(delta_times_back);
BENCHMARK(byte_streams);
BENCHMARK(byte_streams_back);

}  // namespace

}  // namespace sluice::parquet
