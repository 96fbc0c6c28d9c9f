// Codecs: everything comes back, the frames are those of the format, damage is refused.
#include "parquet/codec.h"

#include "base/random.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice::parquet {

namespace {

constexpr Codec all_codecs[] = {
    Codec::uncompressed, Codec::snappy, Codec::gzip, Codec::zstd, Codec::lz4_raw};

Bytes sample(std::uint64_t seed, std::size_t size) {
  SeededRandom random(seed);
  Bytes out;
  for (std::size_t i = 0; i < size; ++i) {
    out.push_back(static_cast<char>(random.below(seed % 3 == 0 ? 256 : 4)));
  }
  return out;
}

TEST(Codec, EverySizeComesBack) {
  for (Codec codec : all_codecs) {
    Compressor compressor(codec);
    for (std::size_t size : {0U, 1U, 2U, 14U, 100U, 65'535U, 65'536U, 300'000U}) {
      const Bytes body = sample(size, size);
      Bytes packed = "before";
      compressor.compress(body, packed);
      ASSERT_EQ(packed.substr(0, 6), "before");
      EXPECT_LE(packed.size() - 6, compressed_bytes_max(codec, size));
      const Result<Bytes> back = decompress(codec, ByteView(packed).substr(6), size);
      ASSERT_TRUE(back) << to_string(codec) << ": " << back.error().message();
      EXPECT_EQ(*back, body);
    }
  }
}

TEST(Codec, TheOutputDependsOnTheInputAlone) {
  for (Codec codec : all_codecs) {
    Compressor used(codec);
    Bytes ignored;
    used.compress(sample(1, 5'000), ignored);
    Compressor fresh(codec);
    Bytes left;
    Bytes right;
    used.compress(sample(2, 3'000), left);
    fresh.compress(sample(2, 3'000), right);
    EXPECT_EQ(left, right) << to_string(codec);
  }
}

TEST(Codec, ALayoutHelpsSnappyAlone) {
  SeededRandom random(1);
  Bytes times;
  for (std::int64_t i = 0, time = 1'752'599'433'123'456; i < 2'000; ++i) {
    time += static_cast<std::int64_t>(random.below(20'000));
    put_le(times, time);
  }
  constexpr ValueLayout layout{.offset = 0, .width = 8};
  for (Codec codec : all_codecs) {
    Compressor compressor(codec);
    EXPECT_EQ(compressor.knows(layout), codec == Codec::snappy);
    EXPECT_FALSE(compressor.knows({}));
    for (const Bytes& body : {times, sample(3, 20'000), Bytes()}) {
      Bytes general;
      compressor.compress(body, general);
      Bytes packed = "before";
      compressor.compress(body, layout, packed);
      ASSERT_EQ(packed.substr(0, 6), "before");
      EXPECT_EQ(compressor.compressed_bytes(body, layout), packed.size() - 6);
      EXPECT_EQ(decompress(codec, ByteView(packed).substr(6), body.size()), body);
      const bool is_helped = codec == Codec::snappy && body == times;
      EXPECT_EQ(packed.substr(6) == general, !is_helped) << to_string(codec);
      EXPECT_LE(packed.size() - 6, general.size());
    }
  }
}

TEST(Codec, FramesBeginAsTheFormatDemands) {
  Bytes gzip;
  Compressor(Codec::gzip).compress("text", gzip);
  EXPECT_EQ(gzip.substr(0, 3), "\x1f\x8b\x08");
  Bytes zstd;
  Compressor(Codec::zstd).compress("text", zstd);
  EXPECT_EQ(zstd.substr(0, 4), "\x28\xb5\x2f\xfd");
  Bytes snappy;
  Compressor(Codec::snappy).compress("text", snappy);
  EXPECT_EQ(snappy[0], 4) << "the raw format begins with the length";
}

TEST(Codec, SeveralGzipMembersAreOneBody) {
  Compressor compressor(Codec::gzip);
  Bytes packed;
  compressor.compress("heart ", packed);
  compressor.compress("rate", packed);
  const Result<Bytes> back = decompress(Codec::gzip, packed, 10);
  ASSERT_TRUE(back);
  EXPECT_EQ(*back, "heart rate");
}

TEST(Codec, DamageAndWrongSizesAreRefused) {
  const Bytes body = sample(1, 1'000);
  for (Codec codec : all_codecs) {
    Compressor compressor(codec);
    Bytes packed;
    compressor.compress(body, packed);
    EXPECT_FALSE(decompress(codec, packed, body.size() - 1)) << to_string(codec);
    EXPECT_FALSE(decompress(codec, packed, body.size() + 1)) << to_string(codec);
    EXPECT_FALSE(decompress(codec, ByteView(packed).substr(0, packed.size() / 2), body.size()));
    EXPECT_FALSE(decompress(codec, "", body.size()));
  }
  const Result<Bytes> huge = decompress(Codec::snappy, "", page_body_bytes_max + 1);
  ASSERT_FALSE(huge);
  EXPECT_EQ(huge.error().fault(), Fault::too_large);
}

TEST(Codec, CompressionPaysFromItsGainOn) {
  const Compressor common(Codec::snappy);
  EXPECT_TRUE(common.pays(100, 95));
  EXPECT_FALSE(common.pays(100, 96));
  EXPECT_FALSE(common.pays(0, 0));
  EXPECT_FALSE(common.pays(0, 1));
  const Compressor keen(Codec::zstd, 19, 1);
  EXPECT_TRUE(keen.pays(100, 99));
  EXPECT_FALSE(keen.pays(100, 100));
}

TEST(Codec, HigherLevelsMakeLessOfIt) {
  Bytes body;
  SeededRandom random(1);
  for (int i = 0; i < 20'000; ++i) {
    body += "word-" + std::to_string(random.below(500));
  }
  Compressor fast(Codec::zstd);
  Compressor small(Codec::zstd, 19);
  EXPECT_LT(small.compressed_bytes(body), fast.compressed_bytes(body));
  Bytes packed;
  small.compress(body, packed);
  EXPECT_EQ(packed.size(), small.compressed_bytes(body));
  EXPECT_EQ(decompress(Codec::zstd, packed, body.size()), body);
}

}  // namespace

}  // namespace sluice::parquet
