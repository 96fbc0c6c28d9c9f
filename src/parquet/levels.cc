// Levels, framed or not.
#include "parquet/levels.h"

#include "base/check.h"
#include "parquet/hybrid.h"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::parquet {

namespace {

// Frames what is written while it lives.
class Frame {
 public:
  Frame(LevelFraming framing, Bytes& out) : framing_(framing), out_(out), start_(out.size()) {
    if (framing_ == LevelFraming::prefixed) {
      put_le<std::uint32_t>(out_, 0);
    }
  }

  ~Frame() {
    if (framing_ == LevelFraming::prefixed) {
      const std::size_t length = out_.size() - start_ - sizeof(std::uint32_t);
      SLUICE_CHECK(length <= UINT32_MAX);
      store_le(out_.data() + start_, static_cast<std::uint32_t>(length));
    }
  }

  Frame(const Frame&) = delete;
  Frame& operator=(const Frame&) = delete;

 private:
  LevelFraming framing_;
  Bytes& out_;
  std::size_t start_;
};

}  // namespace

void encode_levels(std::span<const std::uint8_t> levels,
                   std::uint8_t level_max,
                   Bytes& out,
                   LevelFraming framing) {
  SLUICE_CHECK(level_max > 0);
  const Frame frame(framing, out);
  encode_hybrid(levels, level_width(level_max), out);
}

void encode_full_levels(std::size_t count,
                        std::uint8_t level_max,
                        Bytes& out,
                        LevelFraming framing) {
  SLUICE_CHECK(level_max > 0);
  const Frame frame(framing, out);
  encode_repeated(level_max, count, level_width(level_max), out);
}

Result<void> decode_levels(ByteReader& in, std::uint8_t level_max, std::span<std::uint8_t> levels) {
  const std::optional<std::uint32_t> length = in.le<std::uint32_t>();
  const std::optional<ByteView> runs = length ? in.take(*length) : std::nullopt;
  if (!runs) {
    return fail(Fault::corrupt, "the page ends within its levels");
  }
  return decode_level_runs(*runs, level_max, levels);
}

Result<void> decode_level_runs(ByteView runs,
                               std::uint8_t level_max,
                               std::span<std::uint8_t> levels) {
  if (!decode_hybrid(runs, level_width(level_max), levels)) {
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
