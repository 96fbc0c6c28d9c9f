// Names of the format's numbers, and which codecs can be read.
#include "parquet/metadata.h"

#include <gtest/gtest.h>

namespace sluice::parquet {

namespace {

TEST(MetadataNames, AreThoseOfTheFormat) {
  EXPECT_EQ(to_string(PhysicalType::fixed_len_byte_array), "FIXED_LEN_BYTE_ARRAY");
  EXPECT_EQ(to_string(PhysicalType::boolean), "BOOLEAN");
  EXPECT_EQ(to_string(Repetition::repeated), "REPEATED");
  EXPECT_EQ(to_string(Encoding::rle_dictionary), "RLE_DICTIONARY");
  EXPECT_EQ(to_string(CodecId::lz4_raw), "LZ4_RAW");
  EXPECT_EQ(to_string(PageType::data_v2), "DATA_PAGE_V2");
  EXPECT_EQ(to_string(BoundaryOrder::descending), "DESCENDING");
}

TEST(MetadataNames, NumbersWithoutANameAreShownAsNumbers) {
  EXPECT_EQ(to_string(static_cast<Encoding>(1)), "encoding 1");
  EXPECT_EQ(to_string(static_cast<Encoding>(-7)), "encoding -7");
  EXPECT_EQ(to_string(static_cast<CodecId>(8)), "codec 8");
}

TEST(Codecs, OursHaveNumbersAndForeignOnesAreRefused) {
  for (Codec codec :
       {Codec::uncompressed, Codec::snappy, Codec::gzip, Codec::zstd, Codec::lz4_raw}) {
    const Result<Codec> back = codec_of(id_of(codec));
    ASSERT_TRUE(back);
    EXPECT_EQ(*back, codec);
  }
  for (CodecId id :
       {CodecId::lzo, CodecId::brotli, CodecId::lz4_hadoop, static_cast<CodecId>(99)}) {
    const Result<Codec> refused = codec_of(id);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().fault(), Fault::unsupported);
  }
}

}  // namespace

}  // namespace sluice::parquet
