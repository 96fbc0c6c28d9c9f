// Tests of cli/input_file.h.
#include "cli/input_file.h"

#include "cli/terminal_fixture.h"

#include <gtest/gtest.h>

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

TEST(InputFile, KnowsItselfUnderAnotherName) {
  const TemporaryFolder folder;
  const auto file = InputFile::open(folder.write("a", "x"));
  std::filesystem::create_hard_link(folder.path("a"), folder.path("b"));
  EXPECT_TRUE(file->is_same_file(folder.path("b")));
  EXPECT_FALSE(file->is_same_file(folder.write("c", "x")));
  EXPECT_FALSE(file->is_same_file(folder.path("nothing")));
}

}  // namespace
}  // namespace sluice::cli
