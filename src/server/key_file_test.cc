#include "server/key_file.h"

#include "base/memory_file_system.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace sluice::server {
namespace {

using testing::HasSubstr;

TEST(KeyFile, AMissingOrBadFileIsNamed) {
  MemoryFileSystem files;
  ASSERT_TRUE(files.create_directories("etc"));
  const auto missing = read_key_file(files, "etc/key");
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().message(), HasSubstr("etc/key does not exist"));
  ASSERT_TRUE(replace_file(files, "etc/key", "not a key\n"));
  const auto bad = read_key_file(files, "etc/key");
  ASSERT_FALSE(bad);
  EXPECT_THAT(bad.error().message(), HasSubstr("etc/key"));
  EXPECT_THAT(bad.error().message(), HasSubstr("line 1"));
}

TEST(KeyFile, TheDataDirectorysOwnIsMadeOnceForItsOwnerAlone) {
  std::string folder = std::filesystem::temp_directory_path() / "key-file-XXXXXX";
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  const auto files = make_posix_file_system();
  SystemRandom random;
  const auto made = own_key_file(*files, folder, random);
  ASSERT_TRUE(made) << made.error().message();
  struct stat status = {};
  ASSERT_EQ(::stat((folder + "/encryption.key").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  const auto again = own_key_file(*files, folder, random);
  ASSERT_TRUE(again);
  EXPECT_EQ((*again)->keys()[0].bytes, (*made)->keys()[0].bytes);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace sluice::server
