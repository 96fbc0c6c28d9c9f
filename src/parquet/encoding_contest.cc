// Weighing encodings.
#include "parquet/encoding_contest.h"

#include "base/check.h"

#include <algorithm>
#include <limits>
#include <span>

namespace sluice::parquet {

namespace {

// Nanoseconds a value, measured once on a core of 2.4 GHz (encodings_bench.cc,
// file_writer_bench.cc) and written down: a table, so that no choice depends on the machine.
std::uint64_t encoding_ns(Encoding encoding) {
  switch (encoding) {
    case Encoding::delta_byte_array:
      return 8;
    case Encoding::byte_stream_split:
    case Encoding::rle_dictionary:
      return 2;
    case Encoding::delta_binary_packed:
    case Encoding::delta_length_byte_array:
    case Encoding::rle:
      return 1;
    default:
      return 0;
  }
}

// Picoseconds a byte of input, likewise.
std::uint64_t codec_ps(Codec codec) {
  switch (codec) {
    case Codec::uncompressed:
      return 0;
    case Codec::snappy:
    case Codec::lz4_raw:
      return 1'000;
    case Codec::zstd:
      return 2'000;
    case Codec::gzip:
      return 20'000;
  }
  SLUICE_CHECK(false && "every codec takes time");
  return 0;
}

// An encoding that takes so many times the bytes of the smallest will not be saved by a codec.
constexpr std::size_t hopeless_factor = 2;

// What time weighs.
constexpr std::uint64_t ns_a_bit = 4;

}  // namespace

void EncodingContest::begin(std::size_t values) {
  SLUICE_CHECK(values > 0);
  values_ = values;
  entered_ = 0;
}

EncodingContest::Entry& EncodingContest::open(EncodingChoice choice) {
  Entry& entry = entries_.at(entered_++);
  entry.choice = choice;
  entry.is_borrowed = false;
  entry.own.clear();
  entry.dictionary = {};
  return entry;
}

void EncodingContest::enter(Encoding encoding, ByteView body) {
  Entry& entry = open({.encoding = encoding});
  entry.is_borrowed = true;
  entry.borrowed = body;
}

Bytes& EncodingContest::enter(Encoding encoding) {
  return open({.encoding = encoding}).own;
}

Bytes& EncodingContest::enter_indices(IndexWidth width, ByteView dictionary) {
  Entry& entry = open({.encoding = Encoding::rle_dictionary, .indices = width});
  entry.dictionary = dictionary;
  return entry.own;
}

// In bits.
std::uint64_t EncodingContest::weigh(const Entry& entry) {
  std::size_t bytes = entry.bytes();
  std::uint64_t ns = values_ * encoding_ns(entry.choice.encoding);
  if (weighs_compressed()) {
    const std::size_t compressed =
        compressor_.compressed_bytes(entry.body()) +
        (entry.dictionary.empty() ? 0 : compressor_.compressed_bytes(entry.dictionary));
    if (compressor_.pays(bytes, compressed)) {
      ns += bytes * codec_ps(compressor_.codec()) / 1'000;
      bytes = compressed;
    }
  }
  return std::uint64_t{bytes} * 8 + (options_.weighs_time ? ns / ns_a_bit : 0);
}

EncodingChoice EncodingContest::decide() {
  SLUICE_CHECK(entered_ > 0);
  const std::span<const Entry> entries = std::span(entries_).first(entered_);
  if (entries.size() == 1) {
    return entries[0].choice;
  }
  std::size_t smallest = std::numeric_limits<std::size_t>::max();
  for (const Entry& entry : entries) {
    smallest = std::min(smallest, entry.bytes());
  }
  EncodingChoice best = entries[0].choice;
  std::uint64_t least = std::numeric_limits<std::uint64_t>::max();
  for (const Entry& entry : entries) {
    if (options_.weighs_time && entry.bytes() / hopeless_factor > smallest) {
      continue;
    }
    const std::uint64_t weight = weigh(entry);
    if (weight < least) {
      least = weight;
      best = entry.choice;
    }
  }
  return best;
}

std::size_t EncodingContest::bytes_held() const {
  std::size_t total = 0;
  for (const Entry& entry : entries_) {
    total += entry.own.capacity();
  }
  return total;
}

}  // namespace sluice::parquet
