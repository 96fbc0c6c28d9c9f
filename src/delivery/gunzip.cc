#include "delivery/gunzip.h"

#include "base/check.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <memory>

namespace sluice::delivery {

namespace {

constexpr int gzip_window_bits = 15 + 16;
constexpr std::size_t first_bytes_min = 4096;
constexpr std::size_t expected_ratio = 8;

struct InflateEnd {
  void operator()(z_stream* stream) const { inflateEnd(stream); }
};

std::size_t most_of(ByteView packed, const GunzipLimits& limits) {
  // No record is so large that this could overflow.
  return std::min(limits.bytes_max, limits.bytes_always + limits.ratio_max * packed.size());
}

Error too_large(std::size_t most, const GunzipLimits& limits) {
  const std::string_view why =
      most == limits.bytes_max ? "which is the most there may be" : "which is an unlikely ratio";
  return Error(Fault::too_large, fmt::format("it unpacks to more than {} bytes, {}", most, why));
}

Error damaged(const z_stream& stream, ByteView packed) {
  const std::string_view why = stream.msg == nullptr ? "it is cut off" : stream.msg;
  return Error(Fault::corrupt,
               fmt::format("{} (at byte {})", why, packed.size() - std::size_t{stream.avail_in}));
}

}  // namespace

Result<Bytes> gunzip(ByteView packed, const GunzipLimits& limits) {
  if (packed.empty()) {
    return fail(Fault::corrupt, "it is empty");
  }
  const std::size_t most = most_of(packed, limits);
  z_stream stream{};
  SLUICE_CHECK(inflateInit2(&stream, gzip_window_bits) == Z_OK);
  const std::unique_ptr<z_stream, InflateEnd> ended(&stream);
  // zlib does not write to what it reads.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  Bytes out;
  std::size_t written = 0;
  while (true) {
    if (written == out.size()) {
      // One byte more than there may be shows that there is more.
      const std::size_t wanted =
          std::max({first_bytes_min, expected_ratio * packed.size(), 2 * out.size()});
      out.resize(std::min(wanted, most + 1));
    }
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + written);
    stream.avail_out = static_cast<uInt>(out.size() - written);
    const int result = inflate(&stream, Z_NO_FLUSH);
    written = out.size() - stream.avail_out;
    if (written > most) {
      return std::unexpected(too_large(most, limits));
    }
    if (result == Z_STREAM_END) {
      if (stream.avail_in == 0) {
        break;
      }
      SLUICE_CHECK(inflateReset(&stream) == Z_OK);
    } else if (result != Z_OK || (stream.avail_in == 0 && stream.avail_out > 0)) {
      return std::unexpected(damaged(stream, packed));
    }
  }
  out.resize(written);
  return out;
}

}  // namespace sluice::delivery
