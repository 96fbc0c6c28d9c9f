// Deflate with the two frames around it, and chunks of Snappy with theirs.
//
// Parking deflate: a sync flush ends the block at a whole byte, and what follows is a fresh deflate
// stream, which refers to nothing before it.  To a reader both are blocks of one stream, so gzip
// keeps its one member and zip its one entry.
#include "delivery/raw_compression.h"

#include "base/check.h"

#include <fmt/format.h>
#include <snappy.h>
#include <zlib.h>

#include <algorithm>
#include <bit>
#include <concepts>
#include <limits>
#include <optional>
#include <utility>

namespace sluice::delivery {

namespace {

constexpr std::size_t output_bytes = std::size_t{32} << 10;

template <std::integral T>
void put_be(Bytes& out, T value) {
  put_le(out, std::byteswap(value));
}

// --- deflate ---

// What java.util.zip takes by default, like zlib.
constexpr int deflate_level = Z_DEFAULT_COMPRESSION;
constexpr int deflate_window_bits = -15;  // bare, without a frame of zlib's
constexpr int deflate_memory_level = 8;

// zlib takes non-const pointers to what it only reads.
Bytef* zlib_bytes(ByteView bytes) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
}

// What a frame tells of the bytes within.
struct Body {
  std::uint32_t crc32 = 0;
  std::uint64_t bytes = 0;
  std::uint64_t compressed_bytes = 0;
};

class Deflate {
 public:
  Deflate() : output_(output_bytes, '\0') {
    SLUICE_CHECK(deflateInit2(&stream_,
                              deflate_level,
                              Z_DEFLATED,
                              deflate_window_bits,
                              deflate_memory_level,
                              Z_DEFAULT_STRATEGY) == Z_OK);
  }

  Deflate(const Deflate&) = delete;
  Deflate& operator=(const Deflate&) = delete;

  ~Deflate() { deflateEnd(&stream_); }

  Result<void> append(ByteView bytes, Body& body, parquet::ByteSink& out) {
    body.crc32 = static_cast<std::uint32_t>(
        crc32_z(body.crc32, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
    body.bytes += bytes.size();
    while (!bytes.empty()) {
      const std::size_t piece = std::min<std::size_t>(bytes.size(), piece_bytes_max);
      stream_.next_in = zlib_bytes(bytes);
      stream_.avail_in = static_cast<uInt>(piece);
      SLUICE_TRY_DO(run(Z_NO_FLUSH, body, out));
      bytes.remove_prefix(piece);
    }
    return {};
  }

  // Ends what was begun at a whole byte; what comes next refers to nothing before.
  Result<void> cut(Body& body, parquet::ByteSink& out) {
    if (stream_.total_in > 0) {
      SLUICE_TRY_DO(run(Z_SYNC_FLUSH, body, out));
      SLUICE_CHECK(deflateReset(&stream_) == Z_OK);
    }
    return {};
  }

  Result<void> finish(Body& body, parquet::ByteSink& out) { return run(Z_FINISH, body, out); }

  // zlib's own figure for this window and memory level, and the output.
  static constexpr std::size_t bytes_held = (std::size_t{256} << 10) + output_bytes;

 private:
  static constexpr std::size_t piece_bytes_max = std::size_t{1} << 30;

  // Until all input is taken and, with a flush, all output is out.
  Result<void> run(int flush, Body& body, parquet::ByteSink& out) {
    bool is_full = true;
    while (is_full) {
      stream_.next_out = reinterpret_cast<Bytef*>(output_.data());
      stream_.avail_out = static_cast<uInt>(output_.size());
      const int status = deflate(&stream_, flush);
      SLUICE_CHECK(status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR);
      const std::size_t made = output_.size() - stream_.avail_out;
      is_full = made == output_.size();
      if (made > 0) {
        SLUICE_TRY_DO(out.append(ByteView(output_).substr(0, made)));
        body.compressed_bytes += made;
      }
    }
    SLUICE_CHECK(stream_.avail_in == 0);
    return {};
  }

  z_stream stream_{};
  Bytes output_;
};

Bytes encode(const Body& body) {
  Bytes out;
  put_le(out, body.crc32);
  put_varint(out, body.bytes);
  put_varint(out, body.compressed_bytes);
  return out;
}

std::optional<Body> decode_body(ByteReader& reader) {
  const auto crc32 = reader.le<std::uint32_t>();
  const auto bytes = reader.varint();
  const auto compressed_bytes = reader.varint();
  if (!crc32 || !bytes || !compressed_bytes) {
    return std::nullopt;
  }
  return Body{*crc32, *bytes, *compressed_bytes};
}

// RFC 1952.  No time, no name, an unknown operating system.
class Gzip final : public RawCompression {
 public:
  static constexpr ByteView header = {"\x1f\x8b\x08\0\0\0\0\0\0\xff", 10};

  explicit Gzip(const Body& body = {}) : body_(body) {}

  Result<void> append(ByteView bytes, parquet::ByteSink& out) override {
    return deflate_.append(bytes, body_, out);
  }

  Result<Bytes> park(parquet::ByteSink& out) override {
    SLUICE_TRY_DO(deflate_.cut(body_, out));
    return encode(body_);
  }

  Result<void> finish(parquet::ByteSink& out) override {
    SLUICE_TRY_DO(deflate_.finish(body_, out));
    Bytes trailer;
    put_le(trailer, body_.crc32);
    put_le(trailer, static_cast<std::uint32_t>(body_.bytes));  // modulo 2^32, says the format
    return out.append(trailer);
  }

  std::size_t bytes_held() const override { return Deflate::bytes_held; }

 private:
  Deflate deflate_;
  Body body_;
};

// PKWARE's APPNOTE: a local header whose sizes stand behind the data, the directory of one entry,
// and its end.  The time is the first that the format knows.
class Zip final : public RawCompression {
 public:
  explicit Zip(std::string_view name, const Body& body = {}) : name_(name), body_(body) {}

  Bytes local_header() const {
    Bytes header;
    put_le(header, std::uint32_t{0x04034b50});
    put_common(header, {});
    header += name_;
    return header;
  }

  Result<void> append(ByteView bytes, parquet::ByteSink& out) override {
    return deflate_.append(bytes, body_, out);
  }

  Result<Bytes> park(parquet::ByteSink& out) override {
    SLUICE_TRY_DO(deflate_.cut(body_, out));
    return encode(body_) + name_;
  }

  Result<void> finish(parquet::ByteSink& out) override {
    SLUICE_TRY_DO(deflate_.finish(body_, out));
    const std::uint64_t directory_at =
        local_header().size() + body_.compressed_bytes + descriptor_bytes;
    if (std::max(body_.bytes, directory_at) > std::numeric_limits<std::uint32_t>::max()) {
      return fail(Fault::too_large,
                  fmt::format("a zip archive of {} bytes is not offered: its sizes have 32 bits",
                              body_.bytes));
    }
    Bytes tail;
    put_le(tail, std::uint32_t{0x08074b50});
    put_sizes(tail, body_);
    SLUICE_CHECK(tail.size() == descriptor_bytes);
    put_directory(tail, static_cast<std::uint32_t>(directory_at));
    return out.append(tail);
  }

  std::size_t bytes_held() const override { return Deflate::bytes_held; }

 private:
  static constexpr std::size_t descriptor_bytes = 16;
  static constexpr std::uint16_t version = 20;  // 2.0: deflate
  static constexpr std::uint16_t sizes_follow = 1U << 3;
  static constexpr std::uint16_t deflated = 8;
  static constexpr std::uint16_t midnight = 0;
  static constexpr std::uint16_t first_of_1980 = (1U << 5) | 1U;

  static void put_sizes(Bytes& out, const Body& body) {
    put_le(out, body.crc32);
    put_le(out, static_cast<std::uint32_t>(body.compressed_bytes));
    put_le(out, static_cast<std::uint32_t>(body.bytes));
  }

  // What the local header and the directory say alike.
  void put_common(Bytes& out, const Body& body) const {
    for (const std::uint16_t field : {version, sizes_follow, deflated, midnight, first_of_1980}) {
      put_le(out, field);
    }
    put_sizes(out, body);
    put_le(out, static_cast<std::uint16_t>(name_.size()));
    put_le(out, std::uint16_t{0});  // no extra field
  }

  void put_directory(Bytes& out, std::uint32_t directory_at) const {
    const std::size_t before = out.size();
    put_le(out, std::uint32_t{0x02014b50});
    put_le(out, version);
    put_common(out, body_);
    put_le(out, std::uint16_t{0});  // no comment
    put_le(out, std::uint16_t{0});  // the first disk
    put_le(out, std::uint16_t{0});  // internal attributes
    put_le(out, std::uint32_t{0});  // external ones
    put_le(out, std::uint32_t{0});  // the local header is at the beginning
    out += name_;
    const auto directory_bytes = static_cast<std::uint32_t>(out.size() - before);
    put_le(out, std::uint32_t{0x06054b50});
    put_le(out, std::uint16_t{0});  // this disk, and that of the directory
    put_le(out, std::uint16_t{0});
    put_le(out, std::uint16_t{1});  // entries on this disk, and on all
    put_le(out, std::uint16_t{1});
    put_le(out, directory_bytes);
    put_le(out, directory_at);
    put_le(out, std::uint16_t{0});  // no comment
  }

  const std::string name_;
  Deflate deflate_;
  Body body_;
};

// --- Snappy ---

// snappy-java's magic, its version and the oldest one that reads it.
constexpr ByteView snappy_java_header = {"\x82SNAPPY\0\0\0\0\x01\0\0\0\x01", 16};

class SnappyChunks final : public RawCompression {
 public:
  static constexpr std::size_t chunk_bytes_max = std::size_t{32} << 10;

  explicit SnappyChunks(bool has_lengths_before) : has_lengths_before_(has_lengths_before) {
    input_.reserve(chunk_bytes_max);
  }

  Result<void> append(ByteView bytes, parquet::ByteSink& out) override {
    while (!bytes.empty()) {
      const ByteView piece = bytes.substr(0, chunk_bytes_max - input_.size());
      input_ += piece;
      bytes.remove_prefix(piece.size());
      if (input_.size() == chunk_bytes_max) {
        SLUICE_TRY_DO(write_chunk(out));
      }
    }
    return {};
  }

  Result<Bytes> park(parquet::ByteSink& out) override {
    SLUICE_TRY_DO(write_chunk(out));
    return Bytes();
  }

  Result<void> finish(parquet::ByteSink& out) override { return write_chunk(out); }

  std::size_t bytes_held() const override { return input_.capacity() + chunk_.capacity(); }

 private:
  Result<void> write_chunk(parquet::ByteSink& out) {
    if (input_.empty()) {
      return {};
    }
    chunk_.clear();
    if (has_lengths_before_) {
      put_be(chunk_, static_cast<std::uint32_t>(input_.size()));
    }
    const std::size_t block_at = chunk_.size() + sizeof(std::uint32_t);
    chunk_.resize(block_at + snappy::MaxCompressedLength(input_.size()));
    std::size_t size = 0;
    snappy::RawCompress(input_.data(), input_.size(), chunk_.data() + block_at, &size);
    chunk_.resize(block_at + size);
    store_le(chunk_.data() + block_at - sizeof(std::uint32_t),
             std::byteswap(static_cast<std::uint32_t>(size)));
    input_.clear();
    return out.append(chunk_);
  }

  const bool has_lengths_before_;
  Bytes input_;  // of the chunk in progress
  Bytes chunk_;  // reused
};

std::unexpected<Error> damaged() {
  return fail(Fault::corrupt,
              "the state of a parked compressed object is not one that was written");
}

}  // namespace

std::optional<RawFormat> raw_format_of(std::string_view compression_format) {
  static constexpr std::pair<std::string_view, RawFormat> formats[] = {
      {"UNCOMPRESSED", RawFormat::uncompressed},
      {"GZIP", RawFormat::gzip},
      {"ZIP", RawFormat::zip},
      {"Snappy", RawFormat::snappy},
      {"HADOOP_SNAPPY", RawFormat::hadoop_snappy}};
  for (const auto& [name, format] : formats) {
    if (name == compression_format) {
      return format;
    }
  }
  return std::nullopt;
}

Result<std::unique_ptr<RawCompression>> begin_raw_compression(RawFormat format,
                                                              std::string_view entry_name,
                                                              parquet::ByteSink& out) {
  switch (format) {
    case RawFormat::gzip:
      SLUICE_TRY_DO(out.append(Gzip::header));
      return std::make_unique<Gzip>();
    case RawFormat::zip: {
      auto zip = std::make_unique<Zip>(entry_name);
      SLUICE_TRY_DO(out.append(zip->local_header()));
      return zip;
    }
    case RawFormat::snappy:
      SLUICE_TRY_DO(out.append(snappy_java_header));
      return std::make_unique<SnappyChunks>(false);
    case RawFormat::hadoop_snappy:
      return std::make_unique<SnappyChunks>(true);
    case RawFormat::uncompressed:
      break;
  }
  SLUICE_CHECK(false && "what is not compressed needs no compression");
  return nullptr;
}

Result<std::unique_ptr<RawCompression>> resume_raw_compression(RawFormat format, ByteView state) {
  ByteReader reader(state);
  const bool is_deflated = format == RawFormat::gzip || format == RawFormat::zip;
  const std::optional<Body> body = is_deflated ? decode_body(reader) : Body();
  if (!body) {
    return damaged();
  }
  const ByteView name = state.substr(reader.position());
  if (name.empty() != (format != RawFormat::zip)) {
    return damaged();
  }
  switch (format) {
    case RawFormat::gzip:
      return std::make_unique<Gzip>(*body);
    case RawFormat::zip:
      return std::make_unique<Zip>(name, *body);
    case RawFormat::snappy:
    case RawFormat::hadoop_snappy:
      return std::make_unique<SnappyChunks>(format == RawFormat::hadoop_snappy);
    case RawFormat::uncompressed:
      break;
  }
  SLUICE_CHECK(false && "what is not compressed needs no compression");
  return nullptr;
}

}  // namespace sluice::delivery
