// Bytes in, the same bytes and their digests out, durable.
#include "delivery/spool_file.h"

#include "base/memory_file_system.h"

#include <gtest/gtest.h>

namespace sluice::delivery {
namespace {

class SpoolFileTest : public testing::Test {
 protected:
  SpoolFileTest() { EXPECT_TRUE(files_.create_directories("/spool")); }

  MemoryFileSystem files_;
  SeededRandom random_{1};
};

TEST_F(SpoolFileTest, SmallAndLargePiecesSurviveAPowerCutOnceFinished) {
  auto file = SpoolFile::create(files_, "/spool/a");
  ASSERT_TRUE(file);
  Bytes expected;
  for (const std::size_t size : {std::size_t{1},
                                 std::size_t{0},
                                 SpoolFile::buffer_bytes_max,
                                 SpoolFile::buffer_bytes_max + 1,
                                 std::size_t{7}}) {
    const Bytes piece(size, static_cast<char>('a' + size % 26));
    ASSERT_TRUE((*file)->append(piece));
    expected += piece;
    EXPECT_EQ((*file)->bytes(), expected.size());
  }
  const auto digests = (*file)->finish();
  ASSERT_TRUE(digests);
  EXPECT_EQ(digests->sha256, sha256(expected));
  EXPECT_EQ(digests->md5, md5(expected));
  files_.crash(random_);
  const auto back = read_file(files_, "/spool/a");
  ASSERT_TRUE(back);
  EXPECT_EQ(*back, expected);
}

TEST_F(SpoolFileTest, AFileThatExistsIsNotOverwritten) {
  ASSERT_TRUE(SpoolFile::create(files_, "/spool/a"));
  const auto second = SpoolFile::create(files_, "/spool/a");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().fault(), Fault::conflict);
}

TEST_F(SpoolFileTest, AFullDiskIsToldToTheCaller) {
  auto file = SpoolFile::create(files_, "/spool/a");
  ASSERT_TRUE(file);
  files_.set_capacity(10);
  ASSERT_TRUE((*file)->append("more than ten bytes"));
  const auto digests = (*file)->finish();
  ASSERT_FALSE(digests);
  EXPECT_EQ(digests.error().fault(), Fault::throttled);
}

}  // namespace
}  // namespace sluice::delivery
