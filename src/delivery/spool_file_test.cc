// Bytes in, the same bytes and their digests out, durable.
#include "delivery/spool_file.h"

#include "base/memory_file_system.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <string>
#include <vector>

namespace sluice::delivery {
namespace {

class SpoolFileTest : public testing::Test {
 protected:
  // Finishes a file, and makes it and its name durable.
  Result<RunningDigest::Digests> seal(SpoolFile& file) {
    SLUICE_TRY(digests, file.finish());
    SLUICE_TRY_DO(file.sync());
    SLUICE_TRY_DO(files_.sync_directory("/spool"));
    return digests;
  }

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
  const auto digests = seal(**file);
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
  const auto digests = seal(**file);
  ASSERT_FALSE(digests);
  EXPECT_EQ(digests.error().fault(), Fault::throttled);
}

// Pieces that are buffered and pieces that are not.
std::vector<Bytes> some_pieces() {
  std::vector<Bytes> pieces;
  for (const std::size_t size : {std::size_t{3},
                                 SpoolFile::buffer_bytes_max + 1,
                                 std::size_t{100},
                                 SpoolFile::buffer_bytes_max - 5,
                                 std::size_t{0},
                                 std::size_t{7},
                                 6 * SpoolFile::buffer_bytes_max}) {
    pieces.emplace_back(size, static_cast<char>('a' + pieces.size()));
  }
  return pieces;
}

TEST_F(SpoolFileTest, GoesOnBehindWhatWasParkedAfterAPowerCut) {
  const std::vector<Bytes> pieces = some_pieces();
  for (std::size_t parked_at = 0; parked_at <= pieces.size(); ++parked_at) {
    const std::string path = "/spool/" + std::to_string(parked_at);
    auto file = SpoolFile::create(files_, path);
    ASSERT_TRUE(file);
    Bytes expected;
    Bytes kept;
    ParkedSpool parked;
    for (std::size_t i = 0; i <= pieces.size(); ++i) {
      if (i == parked_at) {
        const auto result = (*file)->park();
        ASSERT_TRUE(result);
        parked = *result;
        kept = expected;
        EXPECT_EQ((*file)->bytes(), kept.size());
      }
      if (i < pieces.size()) {
        ASSERT_TRUE((*file)->append(pieces[i]));
        expected += pieces[i];
      }
    }
    EXPECT_EQ(parked.bytes, kept.size());
    EXPECT_EQ(parked.sha256, sha256(kept));
    files_.crash(random_);
    auto resumed = SpoolFile::resume(files_, path, parked);
    ASSERT_TRUE(resumed) << resumed.error().message();
    EXPECT_EQ((*resumed)->bytes(), kept.size());
    EXPECT_EQ(*read_file(files_, path), kept);
    for (std::size_t i = parked_at; i < pieces.size(); ++i) {
      ASSERT_TRUE((*resumed)->append(pieces[i]));
    }
    const auto digests = seal(**resumed);
    ASSERT_TRUE(digests);
    EXPECT_EQ(digests->sha256, sha256(expected));
    EXPECT_EQ(digests->md5, md5(expected));
    files_.crash(random_);
    EXPECT_EQ(*read_file(files_, path), expected);
  }
}

TEST_F(SpoolFileTest, ParkingIsNoEndForTheOneThatWasParked) {
  auto file = SpoolFile::create(files_, "/spool/a");
  ASSERT_TRUE(file);
  ASSERT_TRUE((*file)->append("one"));
  ASSERT_TRUE((*file)->park());
  ASSERT_TRUE((*file)->append("two"));
  const auto again = (*file)->park();
  ASSERT_TRUE(again);
  EXPECT_EQ(again->bytes, 6U);
  EXPECT_EQ(again->sha256, sha256("onetwo"));
  ASSERT_TRUE((*file)->append("three"));
  const auto digests = seal(**file);
  ASSERT_TRUE(digests);
  EXPECT_EQ(digests->sha256, sha256("onetwothree"));
}

TEST_F(SpoolFileTest, WhatIsNotWhatWasParkedIsRefusedAndLeftAsItIs) {
  auto file = SpoolFile::create(files_, "/spool/a");
  ASSERT_TRUE(file);
  const Bytes kept(3'000'000, 'k');
  ASSERT_TRUE((*file)->append(kept));
  const auto parked = (*file)->park();
  ASSERT_TRUE(parked);
  ASSERT_TRUE((*file)->append("behind it"));
  ASSERT_TRUE(seal(**file));
  for (const std::uint64_t at : {std::uint64_t{0}, kept.size() / 2, kept.size() - 1}) {
    files_.corrupt("/spool/a", at, "j");
    const auto resumed = SpoolFile::resume(files_, "/spool/a", *parked);
    ASSERT_FALSE(resumed) << at;
    EXPECT_EQ(resumed.error().fault(), Fault::corrupt);
    EXPECT_NE(resumed.error().message().find("/spool/a"), std::string::npos);
    EXPECT_EQ(read_file(files_, "/spool/a")->size(), kept.size() + 9);
    files_.corrupt("/spool/a", at, "k");
  }
  // Damage behind it is not looked at.
  files_.corrupt("/spool/a", kept.size(), "j");
  EXPECT_TRUE(SpoolFile::resume(files_, "/spool/a", *parked));
}

TEST_F(SpoolFileTest, ACutThatWasLostWithAFailedSyncIsMadeAgain) {
  for (int attempt = 0; attempt < 30; ++attempt) {
    const std::string path = "/spool/" + std::to_string(attempt);
    auto file = SpoolFile::create(files_, path);
    ASSERT_TRUE(file);
    ASSERT_TRUE((*file)->append("parked"));
    const auto parked = (*file)->park();
    ASSERT_TRUE(parked);
    ASSERT_TRUE((*file)->append(" and more"));
    ASSERT_TRUE((*file)->park());
    {
      auto cut = SpoolFile::resume(files_, path, *parked);
      ASSERT_TRUE(cut);
      files_.set_fault_hook(MemoryFileSystem::fail_nth(1, EIO));
      ASSERT_FALSE(seal(**cut));
      files_.set_fault_hook({});
    }
    files_.kill();
    auto resumed = SpoolFile::resume(files_, path, *parked);
    ASSERT_TRUE(resumed);
    ASSERT_TRUE((*resumed)->append("!"));
    ASSERT_TRUE(seal(**resumed));
    files_.crash(random_);
    const auto back = read_file(files_, path);
    ASSERT_TRUE(back);
    EXPECT_EQ(*back, "parked!") << attempt;
  }
}

TEST_F(SpoolFileTest, AFileThatIsGoneOrTooShortIsToldApart) {
  const ParkedSpool parked{.bytes = 4, .sha256 = sha256("abcd")};
  const auto gone = SpoolFile::resume(files_, "/spool/a", parked);
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().fault(), Fault::missing);
  EXPECT_FALSE(files_.exists("/spool/a"));
  auto file = SpoolFile::create(files_, "/spool/a");
  ASSERT_TRUE(file);
  ASSERT_TRUE((*file)->append("abc"));
  ASSERT_TRUE(seal(**file));
  const auto shorter = SpoolFile::resume(files_, "/spool/a", parked);
  ASSERT_FALSE(shorter);
  EXPECT_EQ(shorter.error().fault(), Fault::corrupt);
}

TEST_F(SpoolFileTest, WhatTheDiskRefusesWhileItIsParkedOrResumedReachesTheCaller) {
  using enum MemoryFileSystem::Operation;
  for (const auto refused : {open, read, write, sync, sync_directory, truncate}) {
    const std::string path = "/spool/" + std::to_string(static_cast<int>(refused));
    auto file = SpoolFile::create(files_, path);
    ASSERT_TRUE(file);
    ASSERT_TRUE((*file)->append("abc"));
    const auto parked = (*file)->park();
    ASSERT_TRUE(parked);
    ASSERT_TRUE((*file)->append("def"));
    const bool is_of_park = refused == write || refused == sync || refused == sync_directory;
    if (!is_of_park) {
      ASSERT_TRUE((*file)->park());
    }
    files_.set_fault_hook([refused](MemoryFileSystem::Operation operation, const std::string&) {
      return operation == refused ? Result<void>(fail(Fault::io, "refused")) : Result<void>();
    });
    if (is_of_park) {
      const auto failed = (*file)->park();
      ASSERT_FALSE(failed) << static_cast<int>(refused);
      EXPECT_EQ(failed.error().fault(), Fault::io);
    } else {
      const auto failed = SpoolFile::resume(files_, path, *parked);
      ASSERT_FALSE(failed) << static_cast<int>(refused);
      EXPECT_EQ(failed.error().fault(), Fault::io);
    }
    files_.set_fault_hook({});
    // What was parked before is still safe.
    auto resumed = SpoolFile::resume(files_, path, *parked);
    ASSERT_TRUE(resumed);
    ASSERT_TRUE((*resumed)->append("xyz"));
    ASSERT_TRUE(seal(**resumed));
    EXPECT_EQ(*read_file(files_, path), "abcxyz");
  }
}

}  // namespace
}  // namespace sluice::delivery
