// The compressed forms of raw objects, read back with zlib's and Snappy's own decoders.
#include "delivery/raw_compression.h"

#include "base/random.h"
#include "parquet/codec.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <string>
#include <vector>

namespace sluice::delivery {
namespace {

constexpr RawFormat formats[] = {
    RawFormat::gzip, RawFormat::zip, RawFormat::snappy, RawFormat::hadoop_snappy};
constexpr ByteView entry_name = "0b2c1c5e-7c1a-4f1e-9d3a-2f4b6a8c0e12";

class Gathered final : public parquet::ByteSink {
 public:
  Result<void> append(ByteView more) override {
    bytes += more;
    return {};
  }

  Bytes bytes;
};

std::uint32_t be32(ByteView bytes, std::size_t at) {
  return std::byteswap(load_le<std::uint32_t>(bytes.substr(at, 4).data()));
}

// A bare deflate stream that is `bytes` long to its last byte.
Bytes inflated(ByteView bytes) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, -15), Z_OK);
  Bytes input(bytes);
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  Bytes out;
  Bytes piece(4096, '\0');
  int status = Z_OK;
  while (status == Z_OK) {
    stream.next_out = reinterpret_cast<Bytef*>(piece.data());
    stream.avail_out = static_cast<uInt>(piece.size());
    status = inflate(&stream, Z_NO_FLUSH);
    out.append(piece, 0, piece.size() - stream.avail_out);
  }
  EXPECT_EQ(status, Z_STREAM_END);
  EXPECT_EQ(stream.avail_in, 0U);
  inflateEnd(&stream);
  return out;
}

std::uint32_t crc_of(ByteView bytes) {
  return static_cast<std::uint32_t>(
      crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

Bytes read_gzip(ByteView file) {
  EXPECT_EQ(file.substr(0, 10), ByteView("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10));
  Bytes data = inflated(file.substr(10, file.size() - 18));
  EXPECT_EQ(load_le<std::uint32_t>(file.data() + file.size() - 8), crc_of(data));
  EXPECT_EQ(load_le<std::uint32_t>(file.data() + file.size() - 4), data.size());
  return data;
}

// By way of the directory, as readers of archives do.
Bytes read_zip(ByteView file) {
  const ByteView end = file.substr(file.size() - 22);
  EXPECT_EQ(end.substr(0, 4), "PK\x05\x06");
  const auto directory_bytes = load_le<std::uint32_t>(end.data() + 12);
  const auto directory_at = load_le<std::uint32_t>(end.data() + 16);
  EXPECT_EQ(directory_at + directory_bytes + 22, file.size());
  const ByteView directory = file.substr(directory_at, directory_bytes);
  EXPECT_EQ(directory.substr(0, 4), "PK\x01\x02");
  EXPECT_EQ(directory.substr(46), entry_name);
  const auto crc = load_le<std::uint32_t>(directory.data() + 16);
  const auto compressed_bytes = load_le<std::uint32_t>(directory.data() + 20);
  const auto bytes = load_le<std::uint32_t>(directory.data() + 24);
  EXPECT_EQ(file.substr(0, 4), "PK\x03\x04");
  EXPECT_EQ(file.substr(30, entry_name.size()), entry_name);
  EXPECT_EQ(directory_at, 30 + entry_name.size() + compressed_bytes + 16);
  EXPECT_EQ(file.substr(directory_at - 16, 4), "PK\x07\x08");
  EXPECT_EQ(file.substr(directory_at - 12, 12), directory.substr(16, 12));
  Bytes data = inflated(file.substr(30 + entry_name.size(), compressed_bytes));
  EXPECT_EQ(crc_of(data), crc);
  EXPECT_EQ(data.size(), bytes);
  return data;
}

Bytes read_snappy(ByteView file, bool is_hadoop) {
  if (!is_hadoop) {
    EXPECT_EQ(file.substr(0, 16), ByteView("\x82SNAPPY\0\0\0\0\x01\0\0\0\x01", 16));
    file.remove_prefix(16);
  }
  Bytes out;
  while (!file.empty()) {
    std::size_t bytes = 0;
    if (is_hadoop) {
      bytes = be32(file, 0);
      file.remove_prefix(4);
    }
    const ByteView block = file.substr(4, be32(file, 0));
    file.remove_prefix(4 + block.size());
    ByteReader length(block);
    const std::size_t told = length.varint().value_or(0);
    EXPECT_EQ(is_hadoop ? bytes : told, told);
    EXPECT_LE(told, 32'768U);
    const auto data = parquet::decompress(parquet::Codec::snappy, block, told);
    EXPECT_TRUE(data);
    out += data.value_or(Bytes());
  }
  return out;
}

Bytes read(RawFormat format, ByteView file) {
  switch (format) {
    case RawFormat::gzip:
      return read_gzip(file);
    case RawFormat::zip:
      return read_zip(file);
    case RawFormat::snappy:
      return read_snappy(file, false);
    case RawFormat::hadoop_snappy:
      return read_snappy(file, true);
    case RawFormat::uncompressed:
      break;
  }
  return Bytes(file);
}

// What is between noise and repetition.
std::vector<Bytes> pieces(std::uint64_t seed, std::size_t count, std::size_t bytes_max) {
  SeededRandom random(seed);
  std::vector<Bytes> out;
  for (std::size_t i = 0; i < count; ++i) {
    Bytes piece = random_alphanumeric(random, random.below(bytes_max / 2 + 1));
    piece.append(random.below(bytes_max / 2 + 1), 'x');
    out.push_back(std::move(piece));
  }
  return out;
}

Bytes joined(const std::vector<Bytes>& all) {
  Bytes out;
  for (const Bytes& piece : all) {
    out += piece;
  }
  return out;
}

enum class Park : std::uint8_t { never, same_goes_on, another_goes_on };

// Parked before each piece whose index `every` divides.
Bytes written(RawFormat format, const std::vector<Bytes>& all, Park park, std::size_t every = 1) {
  Gathered out;
  auto writer = begin_raw_compression(format, entry_name, out).value();
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (park != Park::never && i % every == 0) {
      const auto state = writer->park(out);
      EXPECT_TRUE(state);
      if (park == Park::another_goes_on) {
        writer = resume_raw_compression(format, *state).value();
      }
    }
    EXPECT_TRUE(writer->append(all[i], out));
  }
  EXPECT_TRUE(writer->finish(out));
  return out.bytes;
}

TEST(RawCompression, WhatGoesInComesOut) {
  for (const RawFormat format : formats) {
    for (const std::size_t bytes_max : {0U, 1U, 100U, 40'000U, 200'000U}) {
      const std::vector<Bytes> all = pieces(bytes_max, 9, bytes_max);
      EXPECT_EQ(read(format, written(format, all, Park::never)), joined(all)) << bytes_max;
    }
    EXPECT_EQ(read(format, written(format, {}, Park::never)), "");
  }
}

TEST(RawCompression, LengthsAroundAChunkArriveWhole) {
  for (const RawFormat format : formats) {
    for (const std::size_t bytes : {32'767U, 32'768U, 32'769U, 65'536U, 65'537U}) {
      const std::vector<Bytes> all = {Bytes(bytes, 'a'), "b"};
      EXPECT_EQ(read(format, written(format, all, Park::never)), joined(all)) << bytes;
    }
  }
}

TEST(RawCompression, HowTheBytesWereDividedDoesNotShowInSnappy) {
  const std::vector<Bytes> all = pieces(5, 40, 5'000);
  for (const RawFormat format : {RawFormat::snappy, RawFormat::hadoop_snappy}) {
    EXPECT_EQ(written(format, all, Park::never), written(format, {joined(all)}, Park::never));
  }
}

TEST(RawCompression, TheSameInputGivesTheSameBytes) {
  const std::vector<Bytes> all = pieces(6, 20, 30'000);
  for (const RawFormat format : formats) {
    EXPECT_EQ(written(format, all, Park::never), written(format, all, Park::never));
  }
}

// A parked file is still one member, one entry or a row of chunks, whoever goes on with it.
TEST(RawCompression, WhatWasParkedGoesOnAsOneFile) {
  const std::vector<Bytes> all = pieces(7, 30, 20'000);
  for (const RawFormat format : formats) {
    for (const std::size_t every : {1U, 2U, 7U}) {
      const Bytes same = written(format, all, Park::same_goes_on, every);
      EXPECT_EQ(read(format, same), joined(all));
      EXPECT_EQ(written(format, all, Park::another_goes_on, every), same);
    }
  }
}

TEST(RawCompression, ParkingWithoutNewsWritesNothing) {
  for (const RawFormat format : formats) {
    Gathered out;
    const auto writer = begin_raw_compression(format, entry_name, out).value();
    ASSERT_TRUE(writer->append("something", out));
    ASSERT_TRUE(writer->park(out));
    const std::size_t bytes = out.bytes.size();
    ASSERT_TRUE(writer->park(out));
    EXPECT_EQ(out.bytes.size(), bytes);
  }
}

TEST(RawCompression, WhatIsHeldDoesNotGrowWithTheObject) {
  for (const RawFormat format : formats) {
    Gathered out;
    const auto writer = begin_raw_compression(format, entry_name, out).value();
    for (const Bytes& piece : pieces(8, 40, 100'000)) {
      ASSERT_TRUE(writer->append(piece, out));
      EXPECT_LE(writer->bytes_held(), std::size_t{512} << 10);
    }
  }
}

TEST(RawCompression, AStateOfAnotherFormatIsRefused) {
  const auto kind = [](RawFormat format) {
    return format == RawFormat::hadoop_snappy ? RawFormat::snappy : format;
  };
  for (const RawFormat written_as : formats) {
    Gathered out;
    const auto writer = begin_raw_compression(written_as, entry_name, out).value();
    const Bytes state = writer->park(out).value();
    for (const RawFormat read_as : formats) {
      EXPECT_EQ(resume_raw_compression(read_as, state).has_value(),
                kind(written_as) == kind(read_as));
    }
  }
  EXPECT_EQ(resume_raw_compression(RawFormat::gzip, "abc").error().fault(), Fault::corrupt);
}

TEST(RawCompression, FormatsHaveTheNamesOfTheService) {
  EXPECT_EQ(raw_format_of("UNCOMPRESSED"), RawFormat::uncompressed);
  EXPECT_EQ(raw_format_of("GZIP"), RawFormat::gzip);
  EXPECT_EQ(raw_format_of("ZIP"), RawFormat::zip);
  EXPECT_EQ(raw_format_of("Snappy"), RawFormat::snappy);
  EXPECT_EQ(raw_format_of("HADOOP_SNAPPY"), RawFormat::hadoop_snappy);
  EXPECT_EQ(raw_format_of("SNAPPY"), std::nullopt);
}

}  // namespace
}  // namespace sluice::delivery
