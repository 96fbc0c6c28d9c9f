// Files behind descriptors.
#include "s3/object_file.h"

#include "store/temporary_folder.h"

#include <fcntl.h>
#include <gtest/gtest.h>

namespace sluice::s3 {
namespace {

TEST(ObjectFile, WritesSyncsAndReads) {
  const store::TemporaryFolder folder;
  const std::string path = folder / "f";
  const auto file =
      make_object_file(Descriptor(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)), "f");
  ASSERT_TRUE(file->write_at(0, "hello"));
  ASSERT_TRUE(file->write_at(5, " world"));
  ASSERT_TRUE(file->sync());
  EXPECT_EQ(file->size(), 11u);
  Bytes out = "> ";
  ASSERT_TRUE(file->read_at(6, 100, out));
  EXPECT_EQ(out, "> world");
  ASSERT_TRUE(file->truncate(3));
  EXPECT_EQ(file->size(), 3u);
}

TEST(ObjectFile, SaysWhatFailed) {
  const auto file = make_object_file(Descriptor(open("/dev/full", O_RDWR | O_CLOEXEC)), "full");
  const auto written = file->write_at(0, "x");
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(written.error().fault(), Fault::throttled);
  EXPECT_NE(written.error().message().find("full"), std::string::npos);
}

TEST(Descriptor, MovesItsNumber) {
  Descriptor first(open("/dev/null", O_RDONLY | O_CLOEXEC));
  const int number = first.number();
  Descriptor second(std::move(first));
  EXPECT_EQ(second.number(), number);
  Descriptor third;
  EXPECT_FALSE(third.is_open());
  third = std::move(second);
  EXPECT_EQ(third.number(), number);
}

}  // namespace
}  // namespace sluice::s3
