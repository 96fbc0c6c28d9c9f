#include "s3/copied_bytes.h"

#include "base/memory_file_system.h"

#include <gtest/gtest.h>

namespace sluice::s3 {
namespace {

TEST(CopiedBytes, ArePiecesInOrderAndNoMoreThanAskedFor) {
  MemoryFileSystem files;
  const auto file = files.open("f", OpenMode::create).value();
  const Bytes text = Bytes((std::size_t{2} << 20) + 5, 'x') + "end";
  ASSERT_TRUE(file->write_at(0, text));
  Bytes copied;
  std::size_t pieces = 0;
  const auto take = [&](ByteView piece) -> S3Result<void> {
    copied += piece;
    ++pieces;
    return {};
  };
  ASSERT_TRUE(copy_bytes(*file, 0, text.size(), take));
  EXPECT_EQ(copied, text);
  EXPECT_EQ(pieces, 3u);
  copied.clear();
  ASSERT_TRUE(copy_bytes(*file, text.size() - 4, 3, take));
  EXPECT_EQ(copied, "xen");
  EXPECT_EQ(copy_bytes(*file, 0, text.size() + 1, take).error().code(), S3Code::internal_error);
}

TEST(CopiedBytes, EndWithTheRefusalOfTheirTaker) {
  MemoryFileSystem files;
  const auto file = files.open("f", OpenMode::create).value();
  ASSERT_TRUE(file->write_at(0, "abc"));
  const auto done = copy_bytes(
      *file, 0, 3, [](ByteView) -> S3Result<void> { return fail_s3(S3Code::slow_down, "full"); });
  EXPECT_EQ(done.error().code(), S3Code::slow_down);
}

}  // namespace
}  // namespace sluice::s3
