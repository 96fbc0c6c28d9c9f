// Compression of page bodies.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "parquet/snappy_encoder.h"

#include <cstdint>
#include <memory>
#include <string_view>

namespace sluice::parquet {

enum class Codec : std::uint8_t { uncompressed, snappy, gzip, zstd, lz4_raw };

// "snappy", "zstd", ...
std::string_view to_string(Codec codec);

// The most that `size` bytes can grow to.
std::size_t compressed_bytes_max(Codec codec, std::size_t size);

// Speed first: at level 1 zstd already beats snappy by a half on such data.
inline constexpr int zstd_level_fast = 1;

// A codec is worth its time, and the reader's, where it saves so much.
inline constexpr std::size_t codec_gain_percent = 5;

// Keeps the memory that zlib and zstd work in.  The output depends on the input alone.  Not
// thread-safe.
class Compressor {
 public:
  // `zstd_level` is 1 to 22 and means nothing to other codecs; `gain_percent` is for pays().
  explicit Compressor(Codec codec,
                      int zstd_level = zstd_level_fast,
                      std::size_t gain_percent = codec_gain_percent);
  ~Compressor();
  Compressor(const Compressor&) = delete;
  Compressor& operator=(const Compressor&) = delete;

  Codec codec() const { return codec_; }

  // Appends the compressed form of `body`, which is at most page_body_bytes_max long.
  void compress(ByteView body, Bytes& out);

  // Whether a layout changes anything.
  bool knows(ValueLayout layout) const {
    return codec_ == Codec::snappy && layout.width >= snappy_value_bytes_min;
  }

  // The same for a body whose values lie as `layout` says, by the encoder that knows how; as
  // without when they do not suit it.
  void compress(ByteView body, ValueLayout layout, Bytes& out);

  // How many bytes compress() would append.
  std::size_t compressed_bytes(ByteView body);
  std::size_t compressed_bytes(ByteView body, ValueLayout layout);

  // Whether bytes that became so many are to be kept compressed.
  bool pays(std::size_t bytes_before, std::size_t bytes_after) const {
    return bytes_after < bytes_before &&
           (bytes_before - bytes_after) * 100 >= bytes_before * gain_percent_;
  }

 private:
  struct State;
  Codec codec_;
  int zstd_level_;
  std::size_t gain_percent_;
  std::unique_ptr<State> state_;
};

// Sizes in page headers are signed 32-bit numbers, before and after compression.
inline constexpr std::size_t page_body_bytes_max = std::size_t{1} << 30;

// The `size` bytes that `body` was made of.  Fault::corrupt when it is not a stream of this codec
// or of another size; never holds more than `size` bytes.
Result<Bytes> decompress(Codec codec, ByteView body, std::size_t size);

}  // namespace sluice::parquet
