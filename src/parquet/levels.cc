// Levels in pages of version 1.
#include "parquet/levels.h"

#include "base/check.h"
#include "parquet/hybrid.h"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::parquet {

namespace {

// Leaves room for the length; returns where it goes.
std::size_t begin_length(Bytes& out) {
  put_le<std::uint32_t>(out, 0);
  return out.size() - sizeof(std::uint32_t);
}

void end_length(Bytes& out, std::size_t at) {
  const std::size_t length = out.size() - at - sizeof(std::uint32_t);
  SLUICE_CHECK(length <= UINT32_MAX);
  store_le(out.data() + at, static_cast<std::uint32_t>(length));
}

}  // namespace

void encode_levels(std::span<const std::uint8_t> levels, std::uint8_t level_max, Bytes& out) {
  SLUICE_CHECK(level_max > 0);
  const std::size_t at = begin_length(out);
  encode_hybrid(levels, level_width(level_max), out);
  end_length(out, at);
}

void encode_full_levels(std::size_t count, std::uint8_t level_max, Bytes& out) {
  SLUICE_CHECK(level_max > 0);
  const std::size_t at = begin_length(out);
  encode_repeated(level_max, count, level_width(level_max), out);
  end_length(out, at);
}

Result<void> decode_levels(ByteReader& in, std::uint8_t level_max, std::span<std::uint8_t> levels) {
  const std::optional<std::uint32_t> length = in.le<std::uint32_t>();
  const std::optional<ByteView> runs = length ? in.take(*length) : std::nullopt;
  if (!runs) {
    return fail(Fault::corrupt, "the page ends within its levels");
  }
  if (!decode_hybrid(*runs, level_width(level_max), levels)) {
    return fail(Fault::corrupt,
                fmt::format("the page's levels are damaged or fewer than {}", levels.size()));
  }
  const auto highest = std::max_element(levels.begin(), levels.end());
  if (highest != levels.end() && *highest > level_max) {
    return fail(Fault::corrupt,
                fmt::format("the page has a level of {}, above {}", *highest, level_max));
  }
  return {};
}

}  // namespace sluice::parquet
