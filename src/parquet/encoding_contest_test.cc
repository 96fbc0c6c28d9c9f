// Which encoding wins: by bytes, by bytes after compression, and with time in the balance.
#include "parquet/encoding_contest.h"

#include "base/random.h"
#include "parquet/dictionary_pages.h"

#include <gtest/gtest.h>

#include <vector>

namespace sluice::parquet {

namespace {

Bytes noise(std::size_t size) {
  SeededRandom random(1);
  Bytes out;
  while (out.size() < size) {
    out.push_back(static_cast<char>(random.next()));
  }
  return out;
}

TEST(EncodingContest, TheFewestBytesWin) {
  Compressor compressor(Codec::snappy);
  EncodingContest contest({}, compressor);
  const Bytes plain(100, 'x');
  const Bytes dictionary(60, 'x');
  contest.begin(10);
  contest.enter(Encoding::plain, plain);
  contest.enter_indices(IndexWidth::fewest, dictionary) = Bytes(39, 'x');
  EXPECT_EQ(contest.decide().encoding, Encoding::rle_dictionary);
  contest.begin(10);
  contest.enter(Encoding::plain, plain);
  contest.enter_indices(IndexWidth::fewest, dictionary) = Bytes(40, 'x');
  EXPECT_EQ(contest.decide().encoding, Encoding::plain) << "of equals the first";
}

TEST(EncodingContest, CompressionMayTurnTheTables) {
  const Bytes dull(1'000, 'x');
  const Bytes random = noise(800);
  Compressor compressor(Codec::zstd);
  for (const bool weighs_compressed : {false, true}) {
    EncodingContest contest({.set = EncodingSet::all, .weighs_compressed = weighs_compressed},
                            compressor);
    contest.begin(100);
    contest.enter(Encoding::plain, dull);
    contest.enter(Encoding::delta_binary_packed) = random;
    EXPECT_EQ(contest.decide().encoding,
              weighs_compressed ? Encoding::plain : Encoding::delta_binary_packed);
  }
}

TEST(EncodingContest, ASlowEncodingMustSaveABitEveryFourNanoseconds) {
  Compressor compressor(Codec::uncompressed);
  const Bytes plain = noise(1'000);
  for (const std::size_t saved : {24U, 25U, 26U}) {
    EncodingContest contest({.set = EncodingSet::all, .weighs_time = true}, compressor);
    contest.begin(100);  // eight nanoseconds, two bits each
    contest.enter(Encoding::plain, plain);
    contest.enter(Encoding::delta_byte_array) = plain.substr(saved);
    EXPECT_EQ(contest.decide().encoding, saved > 25 ? Encoding::delta_byte_array : Encoding::plain)
        << saved;
  }
}

TEST(EncodingContest, TwiceTheBytesAreNotEvenCompressedWhereTimeCounts) {
  Compressor compressor(Codec::zstd);
  const Bytes dull(3'000, 'x');
  const Bytes random = noise(1'000);
  for (const bool weighs_time : {false, true}) {
    EncodingContest contest(
        {.set = EncodingSet::all, .weighs_compressed = true, .weighs_time = weighs_time},
        compressor);
    contest.begin(10);
    contest.enter(Encoding::plain, dull);
    contest.enter(Encoding::delta_binary_packed) = random;
    EXPECT_EQ(contest.decide().encoding,
              weighs_time ? Encoding::delta_binary_packed : Encoding::plain);
  }
}

TEST(EncodingContest, ACodecSeesIndicesOfWholeBytes) {
  // Seven bits, mostly the same few of 100 values.
  Compressor compressor(Codec::zstd);
  EncodingContest contest({.set = EncodingSet::all, .weighs_compressed = true}, compressor);
  ASSERT_TRUE(contest.weighs_compressed());
  SeededRandom random(1);
  std::vector<std::uint32_t> indices;
  for (int i = 0; i < 10'000; ++i) {
    indices.push_back(static_cast<std::uint32_t>(random.below(10) * random.below(10)));
  }
  contest.begin(indices.size());
  for (const IndexWidth width : {IndexWidth::fewest, IndexWidth::whole_bytes}) {
    encode_indices(indices, 100, width, contest.enter_indices(width, {}));
  }
  EXPECT_EQ(contest.decide(), (EncodingChoice{Encoding::rle_dictionary, IndexWidth::whole_bytes}));
}

TEST(EncodingContest, BuffersAreUsedAgain) {
  Compressor compressor(Codec::uncompressed);
  EncodingContest contest({}, compressor);
  contest.begin(1);
  contest.enter(Encoding::rle) = Bytes(1'000, 'x');
  EXPECT_EQ(contest.decide().encoding, Encoding::rle);
  contest.begin(1);
  EXPECT_TRUE(contest.enter(Encoding::plain).empty());
  EXPECT_EQ(contest.decide().encoding, Encoding::plain);
  EXPECT_GE(contest.bytes_held(), 1'000U);
}

}  // namespace

}  // namespace sluice::parquet
