// A chunk and its dictionary, page by page.
#include "parquet/dictionary_pages.h"

#include <gtest/gtest.h>

#include <vector>

namespace sluice::parquet {

namespace {

TEST(DictionaryPages, IndicesBeginWithTheirWidth) {
  const std::vector<std::uint32_t> indices = {0, 0, 1, 1, 1, 1, 2, 2};
  Bytes out;
  encode_indices(indices, 3, IndexWidth::fewest, out);
  EXPECT_EQ(out, ByteView("\x02\x03\x50\xa5"));
  for (const auto& [size, width] : {std::pair(1U, 1),
                                    std::pair(2U, 1),
                                    std::pair(4U, 2),
                                    std::pair(5U, 3),
                                    std::pair(256U, 8),
                                    std::pair(257U, 9)}) {
    out.clear();
    encode_indices({}, size, IndexWidth::fewest, out);
    EXPECT_EQ(out, Bytes(1, static_cast<char>(width))) << size;
    out.clear();
    encode_indices({}, size, IndexWidth::whole_bytes, out);
    EXPECT_EQ(out, Bytes(1, static_cast<char>(width > 8 ? 16 : 8))) << size;
  }
}

TEST(DictionaryPages, AChunkIsDecidedOnce) {
  ChunkStage stage({.enabled = true, .bytes_max = 10});
  EXPECT_TRUE(stage.may_use_dictionary());
  EXPECT_TRUE(stage.fits(10));
  EXPECT_FALSE(stage.fits(11));
  stage.decide({.encoding = Encoding::rle_dictionary, .indices = IndexWidth::whole_bytes});
  EXPECT_EQ(stage.index_width(), IndexWidth::whole_bytes);
  EXPECT_TRUE(stage.is_dictionary());
  EXPECT_FALSE(stage.may_use_dictionary());
  EXPECT_FALSE(stage.has_dictionary()) << "no page yet";
  stage.count_coded(3);
  EXPECT_TRUE(stage.covers_chunk());
  stage.count_direct(0);
  EXPECT_TRUE(stage.covers_chunk());
  stage.decide({});
  stage.count_direct(1);
  EXPECT_TRUE(stage.has_dictionary());
  EXPECT_FALSE(stage.covers_chunk());
  EXPECT_EQ(stage.size_before(), 3U);
  stage.start_chunk();
  EXPECT_FALSE(stage.is_decided());
  EXPECT_FALSE(stage.has_dictionary());
}

TEST(DictionaryPages, ADictionaryThatIsOffIsNeverTried) {
  EXPECT_FALSE(ChunkStage({.enabled = false, .bytes_max = 10}).may_use_dictionary());
}

}  // namespace

}  // namespace sluice::parquet
