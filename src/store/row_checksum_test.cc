// Checksums tell rows apart; tallies tell tables apart.
#include "store/row_checksum.h"

#include "store/temporary_folder.h"

#include <gtest/gtest.h>

namespace sluice::store {
namespace {

TEST(RowChecksum, DependsOnTableValuesAndTheirBorders) {
  const auto sum = [](std::string_view table, std::string_view a, std::string_view b) {
    return RowChecksum(table).add(a).add(b).value();
  };
  EXPECT_EQ(sum("t", "ab", "c"), sum("t", "ab", "c"));
  EXPECT_NE(sum("t", "ab", "c"), sum("t", "a", "bc"));
  EXPECT_NE(sum("t", "ab", "c"), sum("u", "ab", "c"));
  EXPECT_NE(RowChecksum("t").add(std::uint64_t{1}).value(),
            RowChecksum("t").add(std::uint64_t{2}).value());
}

// The stored form may never change.  The value comes from Python: the first eight bytes, little
// endian, of the SHA-256 of the lengths (eight bytes each) and texts of both strings and the
// number.
TEST(RowChecksum, IsTheSameForEver) {
  EXPECT_EQ(RowChecksum("marks").add("a").add(std::uint64_t{7}).value(), 0xbb9ad75dd28cfdafu);
}

TEST(Tally, AddsAndRemovesInAnyOrder) {
  Tally tally;
  tally.add(5);
  tally.add(~std::uint64_t{0});
  tally.add(9);
  tally.remove(5);
  tally.remove(9);
  Tally other;
  other.add(~std::uint64_t{0});
  EXPECT_EQ(tally, other);
}

TEST(Tally, IsCheckedAgainstWhatIsStored) {
  const TemporaryFolder folder;
  auto database = Database::open(folder / "sluice.db");
  ASSERT_TRUE(database.has_value());
  const Tally tally{3, 77};
  ASSERT_TRUE((*database)->write(
      [&](Transaction& transaction) { return save_tally(transaction, "marks", "a", tally); }));
  const auto done = (*database)->read([&](Transaction& transaction) -> Result<void> {
    SLUICE_TRY(stored, load_tally(transaction, "marks", "a"));
    EXPECT_EQ(stored, tally);
    SLUICE_TRY(none, load_tally(transaction, "marks", "b"));
    EXPECT_EQ(none, Tally{});
    SLUICE_TRY_DO(check_tally(transaction, "marks", "a", tally));
    return check_tally(transaction, "marks", "a", Tally{2, 77});
  });
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().fault(), Fault::corrupt);
  EXPECT_NE(done.error().message().find("table marks, a"), std::string::npos);
}

}  // namespace
}  // namespace sluice::store
