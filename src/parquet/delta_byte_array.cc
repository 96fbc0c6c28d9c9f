// Byte strings by lengths and by shared prefixes.
#include "parquet/delta_byte_array.h"

#include "base/check.h"
#include "parquet/delta_binary_packed.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <utility>

namespace sluice::parquet {

namespace {

// How many bytes `left` and `right` share at their front, of `most` that both have.
std::size_t shared_bytes(const char* left, const char* right, std::size_t most) {
  std::size_t shared = 0;
  while (shared + sizeof(std::uint64_t) <= most) {
    const std::uint64_t differences =
        load_le<std::uint64_t>(left + shared) ^ load_le<std::uint64_t>(right + shared);
    if (differences != 0) {
      return shared + static_cast<std::size_t>(std::countr_zero(differences)) / 8;
    }
    shared += sizeof(std::uint64_t);
  }
  while (shared < most && left[shared] == right[shared]) {
    ++shared;
  }
  return shared;
}

}  // namespace

void encode_delta_length(const ByteArrays& values, Bytes& out) {
  encode_delta_packed(values.lengths, out);
  out.append(values.heap);
}

void encode_delta_byte_array(const ByteArrays& values, Bytes& out) {
  const std::size_t count = values.lengths.size();
  std::vector<std::int32_t> prefixes(count);
  std::vector<std::int32_t> lengths(count);
  Bytes heap;
  const char* value = values.heap.data();
  const char* last = value;
  std::int32_t last_length = 0;
  heap.resize_and_overwrite(values.heap.size(), [&](char* data, std::size_t) {
    char* to = data;
    for (std::size_t i = 0; i < count; ++i) {
      const std::int32_t length = values.lengths[i];
      const std::size_t prefix =
          shared_bytes(last, value, static_cast<std::size_t>(std::min(length, last_length)));
      prefixes[i] = static_cast<std::int32_t>(prefix);
      lengths[i] = length - prefixes[i];
      to = std::copy_n(value + prefix, lengths[i], to);
      last = value;
      last_length = length;
      value += length;
    }
    return static_cast<std::size_t>(to - data);
  });
  encode_delta_packed(std::span<const std::int32_t>(prefixes), out);
  encode_delta_length({.lengths = lengths, .heap = heap}, out);
}

Result<DeltaLengthReader> DeltaLengthReader::open(ByteReader& in, std::size_t count) {
  std::vector<std::int32_t> lengths(count);
  SLUICE_TRY_DO(decode_delta_packed(in, std::span(lengths)));
  std::uint64_t total = 0;
  for (const std::int32_t length : lengths) {
    if (length < 0) {
      return fail(Fault::corrupt, fmt::format("the page has a byte array of length {}", length));
    }
    total += static_cast<std::uint64_t>(length);
  }
  const std::optional<ByteView> heap =
      total <= in.remaining() ? in.take(static_cast<std::size_t>(total)) : std::nullopt;
  if (!heap) {
    return fail(
        Fault::corrupt,
        fmt::format(
            "the page's byte arrays take {} bytes where {} are left", total, in.remaining()));
  }
  return DeltaLengthReader(std::move(lengths), *heap);
}

ByteView DeltaLengthReader::next() {
  SLUICE_CHECK(value_ < lengths_.size());
  const auto length = static_cast<std::size_t>(lengths_[value_++]);
  const ByteView value = heap_.substr(position_, length);
  position_ += length;
  return value;
}

Result<DeltaByteArrayReader> DeltaByteArrayReader::open(ByteReader& in, std::size_t count) {
  std::vector<std::int32_t> prefixes(count);
  SLUICE_TRY_DO(decode_delta_packed(in, std::span(prefixes)));
  SLUICE_TRY(remainders, DeltaLengthReader::open(in, count));
  return DeltaByteArrayReader(std::move(prefixes), std::move(remainders));
}

Result<ByteView> DeltaByteArrayReader::next() {
  SLUICE_CHECK(value_ < prefixes_.size());
  const std::int32_t prefix = prefixes_[value_++];
  if (prefix < 0 || static_cast<std::size_t>(prefix) > last_.size()) {
    return fail(Fault::corrupt,
                fmt::format("a byte array shares {} bytes with one of {}", prefix, last_.size()));
  }
  last_.resize(static_cast<std::size_t>(prefix));
  last_.append(remainders_.next());
  return ByteView(last_);
}

}  // namespace sluice::parquet
