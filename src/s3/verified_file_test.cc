// A file whose bytes are compared with the digest they were stored under, while it is read.
#include "s3/verified_file.h"

#include "base/memory_file_system.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::s3 {
namespace {

using testing::HasSubstr;

const Bytes stored = "twenty bytes of bytes";

// What a reader in pieces of `piece` bytes gets of a file that holds `bytes`.  `quick`: what is
// known of the quick digest, before and after.
Result<Bytes> read_in_pieces(const Bytes& bytes,
                             std::size_t piece,
                             int* damages,
                             std::string* quick) {
  MemoryFileSystem files;
  EXPECT_TRUE(replace_file(files, "a", bytes));
  auto plain = files.open("a", OpenMode::read);
  const auto file = make_verified_file(
      *std::move(plain),
      {"object b/a", stored.size(), sha256(stored), *quick},
      [damages] { ++*damages; },
      [quick](const std::string& found) { *quick = found; });
  Bytes read;
  while (read.size() < stored.size()) {
    const std::size_t before = read.size();
    SLUICE_TRY_DO(file->read_at(before, std::min(piece, stored.size() - before), read));
    if (read.size() == before) {
      break;
    }
  }
  return read;
}

TEST(VerifiedFile, WhatWasStoredIsReadWhateverThePieces) {
  int damages = 0;
  for (std::size_t piece = 1; piece <= stored.size(); ++piece) {
    std::string quick;
    EXPECT_EQ(read_in_pieces(stored, piece, &damages, &quick), stored);
    EXPECT_EQ(quick, "bc4a18ac8ca6e0061cf0f43bdbbccde9");
    EXPECT_EQ(read_in_pieces(stored, piece, &damages, &quick), stored);
  }
  EXPECT_EQ(damages, 0);
}

TEST(VerifiedFile, NobodyReadsToTheEndWhereABitHasFlipped) {
  int flips = 0;
  int damages = 0;
  std::string known;
  ASSERT_TRUE(read_in_pieces(stored, 4, &damages, &known));
  for (std::size_t at = 0; at < stored.size(); ++at) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      Bytes flipped = stored;
      flipped[at] = static_cast<char>(flipped[at] ^ (1 << bit));
      for (const std::string& before : {std::string(), known}) {
        std::string quick = before;
        const auto read = read_in_pieces(flipped, 1 + at % 7, &damages, &quick);
        ++flips;
        ASSERT_FALSE(read.has_value());
        EXPECT_EQ(read.error().fault(), Fault::corrupt);
        EXPECT_THAT(read.error().message(), HasSubstr("object b/a is DAMAGED"));
        EXPECT_EQ(quick, before);
      }
    }
  }
  EXPECT_EQ(damages, flips);
}

TEST(VerifiedFile, APartIsReadAsItIs) {
  MemoryFileSystem files;
  ASSERT_TRUE(replace_file(files, "a", Bytes(stored.size(), 'x')));
  const auto file = make_verified_file(
      *files.open("a", OpenMode::read), {"a", stored.size(), sha256(stored)}, [] { FAIL(); });
  Bytes read;
  ASSERT_TRUE(file->read_at(5, stored.size(), read));
  EXPECT_EQ(read.size(), stored.size() - 5);
  ASSERT_TRUE(file->read_at(0, 3, read));
  EXPECT_EQ(file->size().value(), stored.size());
}

}  // namespace
}  // namespace sluice::s3
