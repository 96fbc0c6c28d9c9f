// Compression of page bodies.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <cstdint>
#include <memory>
#include <string_view>

namespace sluice::parquet {

enum class Codec : std::uint8_t { uncompressed, snappy, gzip, zstd, lz4_raw };

// "snappy", "zstd", ...
std::string_view to_string(Codec codec);

// The most that `size` bytes can grow to.
std::size_t compressed_bytes_max(Codec codec, std::size_t size);

// Keeps the memory that zlib and zstd work in.  The output depends on the input alone.  Not
// thread-safe.
class Compressor {
 public:
  explicit Compressor(Codec codec);
  ~Compressor();
  Compressor(const Compressor&) = delete;
  Compressor& operator=(const Compressor&) = delete;

  Codec codec() const { return codec_; }

  // Appends the compressed form of `body`, which is at most page_body_bytes_max long.
  void compress(ByteView body, Bytes& out);

 private:
  struct State;
  Codec codec_;
  std::unique_ptr<State> state_;
};

// Sizes in page headers are signed 32-bit numbers, before and after compression.
inline constexpr std::size_t page_body_bytes_max = std::size_t{1} << 30;

// The `size` bytes that `body` was made of.  Fault::corrupt when it is not a stream of this codec
// or of another size; never holds more than `size` bytes.
Result<Bytes> decompress(Codec codec, ByteView body, std::size_t size);

}  // namespace sluice::parquet
