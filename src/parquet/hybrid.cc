// The hybrid, once for bytes (levels) and once for 32-bit numbers (indices).
#include "parquet/hybrid.h"

#include "base/check.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace sluice::parquet {

namespace {

constexpr std::size_t group = 8;

// A header of one byte counts up to 63 groups, and other writers stop there too.
constexpr std::size_t packed_groups_max = 63;

// Packing writes whole 32-bit words, up to this far behind the packed bytes.
constexpr std::size_t packing_slack = 4;

template <unsigned width, class T>
void pack_groups(const T* values, std::size_t groups, char* out) {
  if constexpr (width == 1 && sizeof(T) == 1) {
    // Eight bytes of 0 or 1: the product gathers their lowest bits in the top byte.
    constexpr std::uint64_t gather = 0x0102040810204080;
    for (std::size_t i = 0; i < groups; ++i) {
      out[i] = static_cast<char>(
          (load_le<std::uint64_t>(reinterpret_cast<const char*>(values + i * group)) * gather) >>
          56);
    }
  } else {
    for (std::size_t i = 0; i < groups; ++i) {
      std::uint64_t word = 0;
      unsigned bits = 0;
      char* to = out + i * width;
      for (std::size_t j = 0; j < group; ++j) {
        word |= static_cast<std::uint64_t>(values[i * group + j]) << bits;
        bits += width;
        if (bits >= 32) {
          store_le(to, static_cast<std::uint32_t>(word));
          to += 4;
          word >>= 32;
          bits -= 32;
        }
      }
      if (bits > 0) {
        store_le(to, static_cast<std::uint32_t>(word));
      }
    }
  }
}

template <class T>
using PackGroups = void (*)(const T*, std::size_t, char*);

template <class T, unsigned... widths>
constexpr std::array<PackGroups<T>, sizeof...(widths)> make_packers(
    std::integer_sequence<unsigned, widths...>) {
  return {&pack_groups<widths + 1, T>...};
}

template <class T>
constexpr auto packers = make_packers<T>(std::make_integer_sequence<unsigned, sizeof(T) * 8>());

template <class T>
bool is_group_equal(const T* values) {
  if constexpr (sizeof(T) == 1) {
    constexpr std::uint64_t every_byte = 0x0101010101010101;
    return load_le<std::uint64_t>(reinterpret_cast<const char*>(values)) ==
           every_byte * static_cast<std::uint64_t>(values[0]);
  } else {
    T differences = 0;
    for (std::size_t i = 1; i < group; ++i) {
      differences |= values[0] ^ values[i];
    }
    return differences == 0;
  }
}

// Whole groups, and a last one padded with zeros when `values` is not a multiple of eight.
template <class T>
void encode_packed(std::span<const T> values, unsigned width, Bytes& out) {
  const PackGroups<T> pack = packers<T>[width - 1];
  while (!values.empty()) {
    const std::size_t count = std::min(values.size(), packed_groups_max * group);
    const std::size_t groups = (count + group - 1) / group;
    put_varint(out, (groups << 1) | 1);
    const std::size_t start = out.size();
    out.resize(start + groups * width + packing_slack);
    const std::size_t whole = count / group;
    pack(values.data(), whole, out.data() + start);
    if (whole < groups) {
      std::array<T, group> last{};
      std::copy(values.begin() + static_cast<std::ptrdiff_t>(whole * group),
                values.begin() + static_cast<std::ptrdiff_t>(count),
                last.begin());
      pack(last.data(), 1, out.data() + start + whole * width);
    }
    out.resize(start + groups * width);
    values = values.subspan(count);
  }
}

template <class T>
void encode(std::span<const T> values, unsigned width, Bytes& out) {
  SLUICE_CHECK(width >= 1);
  SLUICE_CHECK(width <= sizeof(T) * 8);
  std::size_t packed_from = 0;
  std::size_t i = 0;
  while (i + group <= values.size()) {
    if (!is_group_equal(values.data() + i)) {
      i += group;
      continue;
    }
    const T value = values[i];
    std::size_t end = i + group;
    while (end < values.size() && values[end] == value) {
      ++end;
    }
    encode_packed(values.subspan(packed_from, i - packed_from), width, out);
    encode_repeated(value, end - i, width, out);
    i = end;
    packed_from = end;
  }
  encode_packed(values.subspan(packed_from), width, out);
}

// Values of `width` bits from the front of `bytes`, which has enough of them.
template <class T>
void unpack(ByteView bytes, unsigned width, std::span<T> values) {
  const std::uint64_t mask = (std::uint64_t{1} << width) - 1;
  std::size_t bit = 0;
  for (T& value : values) {
    const std::size_t at = bit / 8;
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, std::min(sizeof(word), bytes.size() - at));
    value = static_cast<T>((word >> (bit % 8)) & mask);
    bit += width;
  }
}

template <class T>
bool decode(ByteView bytes, unsigned width, std::span<T> values) {
  SLUICE_CHECK(width <= sizeof(T) * 8);
  ByteReader in(bytes);
  const std::size_t value_bytes = (width + 7) / 8;
  while (!values.empty()) {
    const std::optional<std::uint64_t> header = in.varint();
    if (!header || *header >> 1 == 0) {
      return false;
    }
    const std::uint64_t length = *header >> 1;
    if ((*header & 1) == 0) {
      const std::optional<ByteView> raw = in.take(value_bytes);
      if (!raw) {
        return false;
      }
      std::uint32_t value = 0;
      std::memcpy(&value, raw->data(), value_bytes);
      if (width < 32 && value >> width != 0) {
        return false;
      }
      const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(length, values.size()));
      std::fill_n(values.begin(), count, static_cast<T>(value));
      values = values.subspan(count);
    } else {
      const auto count =
          length > values.size() / group ? values.size() : static_cast<std::size_t>(length) * group;
      const std::size_t needed = (count * width + 7) / 8;
      // A last run may lack the bytes that would only be padding.
      const std::uint64_t groups_left = width == 0 ? 0 : in.remaining() / width + 1;
      const std::size_t stated = static_cast<std::size_t>(std::min(length, groups_left)) * width;
      const std::optional<ByteView> raw = in.take(std::min(stated, in.remaining()));
      if (!raw || raw->size() < needed) {
        return false;
      }
      unpack(*raw, width, values.first(count));
      values = values.subspan(count);
    }
  }
  return true;
}

}  // namespace

void encode_repeated(std::uint32_t value, std::size_t count, unsigned width, Bytes& out) {
  SLUICE_CHECK(count > 0);
  SLUICE_CHECK(width >= 1);
  put_varint(out, static_cast<std::uint64_t>(count) << 1);
  char raw[sizeof(value)];
  store_le(raw, value);
  out.append(raw, (width + 7) / 8);
}

void encode_hybrid(std::span<const std::uint8_t> values, unsigned width, Bytes& out) {
  encode(values, width, out);
}

void encode_hybrid(std::span<const std::uint32_t> values, unsigned width, Bytes& out) {
  encode(values, width, out);
}

bool decode_hybrid(ByteView bytes, unsigned width, std::span<std::uint8_t> values) {
  return decode(bytes, width, values);
}

bool decode_hybrid(ByteView bytes, unsigned width, std::span<std::uint32_t> values) {
  return decode(bytes, width, values);
}

}  // namespace sluice::parquet
