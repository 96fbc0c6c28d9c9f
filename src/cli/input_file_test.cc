// Tests of cli/input_file.h.
#include "cli/input_file.h"

#include "cli/terminal_fixture.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <array>

namespace sluice::cli {
namespace {

TEST(InputFile, ReadsToTheEndAndKnowsItsSize) {
  const TemporaryFolder folder;
  auto file = InputFile::open(folder.write("a", "hello"));
  ASSERT_TRUE(file);
  EXPECT_EQ(file->size(), 5U);
  std::array<char, 4> block{};
  EXPECT_EQ(*file->read(block.data(), block.size()), 4U);
  EXPECT_EQ(*file->read(block.data(), block.size()), 1U);
  EXPECT_EQ(*file->read(block.data(), block.size()), 0U);
}

TEST(InputFile, WhatCannotBeReadIsNamed) {
  const TemporaryFolder folder;
  const auto missing = InputFile::open(folder.path("nothing"));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().fault(), Fault::missing);
  EXPECT_NE(missing.error().message().find(folder.path("nothing")), std::string::npos);
  const auto directory = InputFile::open(folder.path());
  ASSERT_FALSE(directory);
  EXPECT_NE(directory.error().message().find("is a folder"), std::string::npos);
}

TEST(InputFile, IsLookedAtWithoutBeingOpened) {
  const TemporaryFolder folder;
  EXPECT_EQ(look_at_input(folder.write("a", "hello"))->size, 5U);
  EXPECT_FALSE(look_at_input("-")->size);
  ASSERT_EQ(::mkfifo(folder.path("pipe").c_str(), 0600), 0);
  EXPECT_FALSE(look_at_input(folder.path("pipe"))->size);
  EXPECT_EQ(look_at_input(folder.path("nothing")).error().fault(), Fault::missing);
  EXPECT_NE(look_at_input(folder.path()).error().message().find("is a folder"), std::string::npos);
}

TEST(InputFile, OneFileMayHaveTwoNames) {
  const TemporaryFolder folder;
  const std::string file = folder.write("a", "x");
  std::filesystem::create_hard_link(file, folder.path("b"));
  EXPECT_TRUE(is_same_file(file, folder.path("b")));
  EXPECT_FALSE(is_same_file(file, folder.write("c", "x")));
  EXPECT_FALSE(is_same_file(file, folder.path("nothing")));
}

}  // namespace
}  // namespace sluice::cli
