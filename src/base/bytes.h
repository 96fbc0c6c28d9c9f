// Byte strings and little-endian coding.
//
// Bytes are std::string and std::string_view throughout: every library here (SQLite,
// OpenSSL, libcurl, the codecs) takes char pointers, and records are text more often than not.
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

using Bytes = std::string;
using ByteView = std::string_view;

static_assert(std::endian::native == std::endian::little, "the formats are read in place");

// Appends `value`, little endian.
template <std::integral T>
void put_le(Bytes& out, T value) {
  char raw[sizeof(T)];
  std::memcpy(raw, &value, sizeof(T));
  out.append(raw, sizeof(T));
}

// Reads a little-endian integer; sizeof(T) bytes must be readable at `from`.
template <std::integral T>
T load_le(const char* from) {
  T value;
  std::memcpy(&value, from, sizeof(T));
  return value;
}

// Overwrites sizeof(T) bytes at `to`, little endian.
template <std::integral T>
void store_le(char* to, T value) {
  std::memcpy(to, &value, sizeof(T));
}

// Appends an unsigned LEB128 varint (1 to 10 bytes).
inline void put_varint(Bytes& out, std::uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
}

// Maps signed to unsigned so that small magnitudes stay small: 0, -1, 1, -2 -> 0, 1, 2, 3.
inline std::uint64_t zigzag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}

inline std::int64_t unzigzag(std::uint64_t value) {
  return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}

// Walks over bytes from outside; every read is bounded and says std::nullopt past the end.
// Borrows the bytes.
class ByteReader {
 public:
  explicit ByteReader(ByteView bytes) : bytes_(bytes) {}

  std::size_t position() const { return position_; }

  std::size_t remaining() const { return bytes_.size() - position_; }

  template <std::integral T>
  std::optional<T> le() {
    if (remaining() < sizeof(T)) {
      return std::nullopt;
    }
    T value = load_le<T>(bytes_.data() + position_);
    position_ += sizeof(T);
    return value;
  }

  std::optional<ByteView> take(std::size_t count) {
    if (remaining() < count) {
      return std::nullopt;
    }
    ByteView taken = bytes_.substr(position_, count);
    position_ += count;
    return taken;
  }

  std::optional<std::uint64_t> varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && position_ < bytes_.size(); shift += 7) {
      const auto byte = static_cast<unsigned char>(bytes_[position_++]);
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) {
        return value;
      }
    }
    return std::nullopt;
  }

 private:
  ByteView bytes_;
  std::size_t position_ = 0;
};

}  // namespace sluice
