// DELTA_BINARY_PACKED.
//
// The encoder works through blocks of constant size, the last one padded, so that its loops have
// neither branches nor odd ends: differences, their minimum, the bits each miniblock needs.  What
// remains is packing, unrolled for each width.
#include "parquet/delta_binary_packed.h"

#include "base/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <type_traits>
#include <utility>

namespace sluice::parquet {

namespace {

constexpr std::size_t block_values = 128;
constexpr std::size_t block_miniblocks = 4;
constexpr std::size_t miniblock_values = block_values / block_miniblocks;

// Block size, miniblocks, count, first value.
constexpr std::size_t header_bytes_max = 2 + 1 + 10 + 10;

// Larger layouts than anybody writes are refused before they cost memory or time.
constexpr std::uint64_t block_values_max = std::uint64_t{1} << 20;
constexpr std::uint64_t miniblocks_max = std::uint64_t{1} << 15;

char* write_varint(char* to, std::uint64_t value) {
  while (value >= 0x80) {
    *to++ = static_cast<char>(value | 0x80);
    value >>= 7;
  }
  *to++ = static_cast<char>(value);
  return to;
}

template <unsigned width, class U>
char* pack(const U* values, char* to) {
  constexpr unsigned word_bits = 64;
  std::uint64_t word = 0;
  unsigned bits = 0;
#pragma clang loop unroll(full)
  for (std::size_t i = 0; i < miniblock_values; ++i) {
    const std::uint64_t value = values[i];
    word |= value << bits;
    bits += width;
    if (bits >= word_bits) {
      store_le(to, word);
      to += sizeof(word);
      bits -= word_bits;
      word = bits == 0 ? 0 : value >> (width - bits);
    }
  }
  if (bits > 0) {  // half a word: a miniblock is a whole number of 32 bits
    store_le(to, static_cast<std::uint32_t>(word));
    to += sizeof(std::uint32_t);
  }
  return to;
}

template <class U>
char* pack_nothing(const U* /*values*/, char* to) {
  return to;
}

template <class U>
using Pack = char* (*)(const U*, char*);

template <class U, unsigned... widths>
constexpr std::array<Pack<U>, sizeof...(widths) + 1> make_packers(
    std::integer_sequence<unsigned, widths...>) {
  return {&pack_nothing<U>, &pack<widths + 1, U>...};
}

template <class U>
constexpr auto packers = make_packers<U>(std::make_integer_sequence<unsigned, sizeof(U) * 8>());

// Writes the block of the `count` values behind `values[0]`, which is the last of the block before.
template <class T>
char* write_block(const T* values, std::size_t count, char* to) {
  using U = std::make_unsigned_t<T>;
  std::array<U, block_values> deltas;
  if (count == block_values) {
    for (std::size_t i = 0; i < block_values; ++i) {
      deltas[i] = static_cast<U>(values[i + 1]) - static_cast<U>(values[i]);
    }
  } else {
    for (std::size_t i = 0; i < count; ++i) {
      deltas[i] = static_cast<U>(values[i + 1]) - static_cast<U>(values[i]);
    }
    std::fill(deltas.begin() + static_cast<std::ptrdiff_t>(count), deltas.end(), deltas[0]);
  }
  T least = static_cast<T>(deltas[0]);
  for (std::size_t i = 0; i < block_values; ++i) {
    least = std::min(least, static_cast<T>(deltas[i]));
  }
  for (std::size_t i = 0; i < block_values; ++i) {
    deltas[i] -= static_cast<U>(least);
  }
  std::fill(deltas.begin() + static_cast<std::ptrdiff_t>(count), deltas.end(), U{0});
  to = write_varint(to, zigzag(least));
  char* widths = to;
  to += block_miniblocks;
  for (std::size_t i = 0; i < block_miniblocks; ++i) {
    const U* const miniblock = deltas.data() + i * miniblock_values;
    U used = 0;
    for (std::size_t j = 0; j < miniblock_values; ++j) {
      used |= miniblock[j];
    }
    const auto width = static_cast<unsigned>(std::bit_width(used));
    widths[i] = static_cast<char>(width);
    to = packers<U>[width](miniblock, to);
  }
  return to;
}

template <class T>
void encode(std::span<const T> values, Bytes& out) {
  constexpr std::size_t block_bytes_max = 10 + block_miniblocks + block_values * sizeof(T);
  const std::size_t deltas = values.empty() ? 0 : values.size() - 1;
  const std::size_t blocks = (deltas + block_values - 1) / block_values;
  const std::size_t start = out.size();
  const std::size_t room = start + header_bytes_max + blocks * block_bytes_max;
  out.resize_and_overwrite(room, [&](char* data, std::size_t) {
    char* to = write_varint(data + start, block_values);
    to = write_varint(to, block_miniblocks);
    to = write_varint(to, values.size());
    to = write_varint(to, zigzag(values.empty() ? T{0} : values[0]));
    for (std::size_t done = 0; done < deltas; done += block_values) {
      to = write_block(values.data() + done, std::min(block_values, deltas - done), to);
    }
    return static_cast<std::size_t>(to - data);
  });
}

std::unexpected<Error> damaged() {
  return fail(Fault::corrupt, "the page's deltas are damaged or end too early");
}

// 32 values of `width` bits from the front of `bytes`, which hold them.
template <class U>
void unpack(const char* bytes, unsigned width, U* values) {
  constexpr std::size_t slack = 16;  // whole words are read behind the last value
  char padded[miniblock_values * sizeof(U) + slack];
  const std::size_t size = miniblock_values / 8 * width;
  std::memcpy(padded, bytes, size);
  std::memset(padded + size, 0, slack);
  const U mask = width == sizeof(U) * 8 ? ~U{0} : static_cast<U>((U{1} << width) - 1);
  for (std::size_t i = 0; i < miniblock_values; ++i) {
    const std::size_t bit = i * width;
    const char* const from = padded + bit / 8;
    const unsigned shift = bit % 8;
    std::uint64_t word = load_le<std::uint64_t>(from) >> shift;
    if (shift + width > 64) {
      const auto last = static_cast<unsigned char>(from[8]);
      word |= static_cast<std::uint64_t>(last) << (64 - shift);
    }
    values[i] = static_cast<U>(word) & mask;
  }
}

// How the stream at hand is laid out.
struct Layout {
  std::size_t miniblocks = 0;     // in a block
  std::size_t values_in_one = 0;  // a multiple of 32
};

std::optional<Layout> read_layout(ByteReader& in) {
  const std::optional<std::uint64_t> values = in.varint();
  const std::optional<std::uint64_t> miniblocks = in.varint();
  if (!values || !miniblocks || *values == 0 || *values > block_values_max ||
      *values % block_values != 0 || *miniblocks == 0 || *miniblocks > miniblocks_max ||
      *values % (*miniblocks * miniblock_values) != 0) {
    return std::nullopt;
  }
  return Layout{.miniblocks = static_cast<std::size_t>(*miniblocks),
                .values_in_one = static_cast<std::size_t>(*values / *miniblocks)};
}

// Turns the deltas of one miniblock into values; `values` may be fewer than it has room for.
template <class T>
bool decode_miniblock(ByteReader& in,
                      unsigned width,
                      std::size_t values_in_one,
                      T least,
                      T& previous,
                      std::span<T> values) {
  using U = std::make_unsigned_t<T>;
  const std::optional<ByteView> packed = in.take(values_in_one / 8 * width);
  if (!packed) {
    return false;
  }
  std::array<U, miniblock_values> deltas;
  const char* from = packed->data();
  auto value = static_cast<U>(previous);
  while (!values.empty()) {
    unpack(from, width, deltas.data());
    from += miniblock_values / 8 * width;
    const std::size_t count = std::min(miniblock_values, values.size());
    for (std::size_t i = 0; i < count; ++i) {
      value += deltas[i] + static_cast<U>(least);
      values[i] = static_cast<T>(value);
    }
    values = values.subspan(count);
  }
  previous = static_cast<T>(value);
  return true;
}

template <class T>
Result<void> decode(ByteReader& in, std::span<T> values) {
  const std::optional<Layout> layout = read_layout(in);
  const std::optional<std::uint64_t> count = layout ? in.varint() : std::nullopt;
  const std::optional<std::uint64_t> first = count ? in.varint() : std::nullopt;
  if (!first) {
    return damaged();
  }
  if (*count != values.size()) {
    return fail(
        Fault::corrupt,
        fmt::format("the page has {} deltas where {} values are due", *count, values.size()));
  }
  if (values.empty()) {
    return {};
  }
  T previous = static_cast<T>(unzigzag(*first));
  values[0] = previous;
  values = values.subspan(1);
  while (!values.empty()) {
    const std::optional<std::uint64_t> least = in.varint();
    const std::optional<ByteView> widths = least ? in.take(layout->miniblocks) : std::nullopt;
    if (!widths) {
      return damaged();
    }
    for (std::size_t i = 0; i < widths->size() && !values.empty(); ++i) {
      const auto width = static_cast<unsigned char>((*widths)[i]);
      const std::size_t taken = std::min(layout->values_in_one, values.size());
      if (width > sizeof(T) * 8 || !decode_miniblock(in,
                                                     width,
                                                     layout->values_in_one,
                                                     static_cast<T>(unzigzag(*least)),
                                                     previous,
                                                     values.first(taken))) {
        return damaged();
      }
      values = values.subspan(taken);
    }
  }
  return {};
}

}  // namespace

void encode_delta_packed(std::span<const std::int32_t> values, Bytes& out) {
  encode(values, out);
}

void encode_delta_packed(std::span<const std::int64_t> values, Bytes& out) {
  encode(values, out);
}

Result<void> decode_delta_packed(ByteReader& in, std::span<std::int32_t> values) {
  return decode(in, values);
}

Result<void> decode_delta_packed(ByteReader& in, std::span<std::int64_t> values) {
  return decode(in, values);
}

}  // namespace sluice::parquet
