// Snappy, gzip, zstd and LZ4 as Parquet frames them: not at all, but for gzip's own header.
#include "parquet/codec.h"

#include "base/check.h"

#include <fmt/format.h>
#include <lz4.h>
#include <snappy.h>
#include <zlib.h>
#include <zstd.h>

#include <limits>

namespace sluice::parquet {

namespace {

constexpr int gzip_level = 6;

// zlib's way to ask for a gzip header around a window of 32 KiB.
constexpr int gzip_window_bits = 15 + 16;
constexpr int gzip_memory_level = 8;

static_assert(page_body_bytes_max <= LZ4_MAX_INPUT_SIZE);

// zlib takes non-const pointers to what it only reads.
Bytef* zlib_bytes(const char* bytes) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(bytes));
}

void gzip_compress(z_stream& stream, ByteView body, Bytes& out, std::size_t room) {
  const std::size_t start = out.size();
  out.resize(start + room);
  SLUICE_CHECK(deflateReset(&stream) == Z_OK);
  stream.next_in = zlib_bytes(body.data());
  stream.avail_in = static_cast<uInt>(body.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data() + start);
  stream.avail_out = static_cast<uInt>(room);
  SLUICE_CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(start + stream.total_out);
}

// Reads every member: gzip streams may be concatenated.
bool gzip_decompress(ByteView body, Bytes& out) {
  z_stream stream{};
  if (inflateInit2(&stream, gzip_window_bits) != Z_OK) {
    return false;
  }
  stream.next_in = zlib_bytes(body.data());
  stream.avail_in = static_cast<uInt>(body.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  int status = inflate(&stream, Z_FINISH);
  while (status == Z_STREAM_END && stream.avail_in > 0 && inflateReset(&stream) == Z_OK) {
    status = inflate(&stream, Z_FINISH);
  }
  inflateEnd(&stream);
  return status == Z_STREAM_END && stream.avail_in == 0 && stream.avail_out == 0;
}

bool snappy_decompress(ByteView body, Bytes& out) {
  std::size_t size = 0;
  return snappy::GetUncompressedLength(body.data(), body.size(), &size) && size == out.size() &&
         snappy::RawUncompress(body.data(), body.size(), out.data());
}

bool lz4_decompress(ByteView body, Bytes& out) {
  const int size = LZ4_decompress_safe(
      body.data(), out.data(), static_cast<int>(body.size()), static_cast<int>(out.size()));
  return size >= 0 && static_cast<std::size_t>(size) == out.size();
}

}  // namespace

std::string_view to_string(Codec codec) {
  switch (codec) {
    case Codec::uncompressed:
      return "none";
    case Codec::snappy:
      return "snappy";
    case Codec::gzip:
      return "gzip";
    case Codec::zstd:
      return "zstd";
    case Codec::lz4_raw:
      return "lz4_raw";
  }
  SLUICE_CHECK(false && "every codec has a name");
  return {};
}

std::size_t compressed_bytes_max(Codec codec, std::size_t size) {
  SLUICE_CHECK(size <= page_body_bytes_max);
  switch (codec) {
    case Codec::uncompressed:
      return size;
    case Codec::snappy:
      return snappy::MaxCompressedLength(size);
    case Codec::gzip: {
      // deflateBound() of a stream not yet begun assumes zlib's shorter header.
      constexpr std::size_t gzip_frame_bytes = 18;
      return compressBound(size) + gzip_frame_bytes;
    }
    case Codec::zstd:
      return ZSTD_compressBound(size);
    case Codec::lz4_raw:
      return static_cast<std::size_t>(LZ4_compressBound(static_cast<int>(size)));
  }
  SLUICE_CHECK(false && "every codec has a bound");
  return 0;
}

struct Compressor::State {
  z_stream gzip{};
  ZSTD_CCtx* zstd = nullptr;
  SnappyEncoder snappy;
  Bytes trial;  // of compressed_bytes()
};

Compressor::Compressor(Codec codec, int zstd_level, std::size_t gain_percent)
    : codec_(codec),
      zstd_level_(zstd_level),
      gain_percent_(gain_percent),
      state_(std::make_unique<State>()) {
  if (codec == Codec::gzip) {
    SLUICE_CHECK(deflateInit2(&state_->gzip,
                              gzip_level,
                              Z_DEFLATED,
                              gzip_window_bits,
                              gzip_memory_level,
                              Z_DEFAULT_STRATEGY) == Z_OK);
  } else if (codec == Codec::zstd) {
    state_->zstd = ZSTD_createCCtx();
    SLUICE_CHECK(state_->zstd != nullptr);
  }
}

Compressor::~Compressor() {
  if (codec_ == Codec::gzip) {
    deflateEnd(&state_->gzip);
  }
  ZSTD_freeCCtx(state_->zstd);
}

void Compressor::compress(ByteView body, Bytes& out) {
  SLUICE_CHECK(body.size() <= page_body_bytes_max);
  if (codec_ == Codec::uncompressed) {
    out.append(body);
    return;
  }
  const std::size_t start = out.size();
  const std::size_t room = compressed_bytes_max(codec_, body.size());
  if (codec_ == Codec::gzip) {
    gzip_compress(state_->gzip, body, out, room);
    return;
  }
  out.resize_and_overwrite(start + room, [&](char* data, std::size_t) {
    std::size_t size = 0;
    if (codec_ == Codec::snappy) {
      snappy::RawCompress(body.data(), body.size(), data + start, &size);
    } else if (codec_ == Codec::zstd) {
      size = ZSTD_compressCCtx(
          state_->zstd, data + start, room, body.data(), body.size(), zstd_level_);
      SLUICE_CHECK(!ZSTD_isError(size));
    } else {
      const int packed = LZ4_compress_default(
          body.data(), data + start, static_cast<int>(body.size()), static_cast<int>(room));
      SLUICE_CHECK(packed > 0);
      size = static_cast<std::size_t>(packed);
    }
    return start + size;
  });
}

void Compressor::compress(ByteView body, ValueLayout layout, Bytes& out) {
  bool is_done = false;
  if (knows(layout)) {
    SLUICE_CHECK(body.size() <= page_body_bytes_max);
    const std::size_t start = out.size();
    const std::size_t room = compressed_bytes_max(codec_, body.size());
    out.resize_and_overwrite(start + room, [&](char* data, std::size_t) {
      const auto size = state_->snappy.encode(body, layout, data + start);
      is_done = size.has_value();
      return start + size.value_or(0);
    });
  }
  if (!is_done) {
    compress(body, out);
  }
}

std::size_t Compressor::compressed_bytes(ByteView body, ValueLayout layout) {
  state_->trial.clear();
  compress(body, layout, state_->trial);
  return state_->trial.size();
}

std::size_t Compressor::compressed_bytes(ByteView body) {
  state_->trial.clear();
  compress(body, state_->trial);
  return state_->trial.size();
}

Result<Bytes> decompress(Codec codec, ByteView body, std::size_t size) {
  if (size > page_body_bytes_max || body.size() > std::numeric_limits<int>::max()) {
    return fail(Fault::too_large, fmt::format("a page of {} bytes is too large to read", size));
  }
  Bytes out(codec == Codec::uncompressed ? 0 : size, '\0');
  bool is_whole = false;
  switch (codec) {
    case Codec::uncompressed:
      out = body;
      is_whole = body.size() == size;
      break;
    case Codec::snappy:
      is_whole = snappy_decompress(body, out);
      break;
    case Codec::gzip:
      is_whole = gzip_decompress(body, out);
      break;
    case Codec::zstd:
      is_whole = ZSTD_decompress(out.data(), out.size(), body.data(), body.size()) == size;
      break;
    case Codec::lz4_raw:
      is_whole = lz4_decompress(body, out);
      break;
  }
  if (!is_whole) {
    return fail(Fault::corrupt,
                fmt::format("{} bytes do not decompress with {} to the {} bytes promised",
                            body.size(),
                            to_string(codec),
                            size));
  }
  return out;
}

}  // namespace sluice::parquet
