// DELTA_BINARY_PACKED: the format's example byte by byte, every width and length back and forth,
// other writers' layouts, damage refused.
#include "parquet/delta_binary_packed.h"

#include "base/random.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace sluice::parquet {

namespace {

template <class T>
Bytes encoded(const std::vector<T>& values) {
  Bytes out;
  encode_delta_packed(std::span<const T>(values), out);
  return out;
}

template <class T>
void expect_round_trip(const std::vector<T>& values) {
  const Bytes bytes = encoded(values) + "tail";
  ByteReader in(bytes);
  std::vector<T> back(values.size());
  const Result<void> done = decode_delta_packed(in, std::span<T>(back));
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_EQ(back, values);
  EXPECT_EQ(in.remaining(), 4U) << "the reader stands behind the stream";
}

TEST(DeltaBinaryPacked, TheExampleOfTheFormat) {
  const Bytes expected("\x80\x01\x04\x08\x0e\x03\x02\0\0\0\xc0\x3f\0\0\0\0\0\0", 18);
  EXPECT_EQ(encoded<std::int32_t>({7, 5, 3, 1, 2, 3, 4, 5}), expected);
  EXPECT_EQ(encoded<std::int64_t>({7, 5, 3, 1, 2, 3, 4, 5}), expected);
}

TEST(DeltaBinaryPacked, StreamsOfNoneAndOne) {
  EXPECT_EQ(encoded<std::int64_t>({}), ByteView("\x80\x01\x04\0\0", 5));
  EXPECT_EQ(encoded<std::int64_t>({-1}), ByteView("\x80\x01\x04\x01\x01", 5));
  expect_round_trip<std::int32_t>({});
  expect_round_trip<std::int32_t>({std::numeric_limits<std::int32_t>::min()});
}

TEST(DeltaBinaryPacked, EqualStepsTakeNoBitsAValue) {
  std::vector<std::int64_t> values;
  for (std::int64_t i = 0; i < 129; ++i) {
    values.push_back(i * 500'000);
  }
  EXPECT_EQ(encoded(values).size(), 2U + 1 + 2 + 1 + 3 + 4);
}

template <class T>
void expect_every_width() {
  using U = std::make_unsigned_t<T>;
  SeededRandom random(7);
  for (unsigned width = 0; width <= sizeof(T) * 8; ++width) {
    const U mask = width == sizeof(T) * 8 ? ~U{0} : static_cast<U>((U{1} << width) - 1);
    for (const std::size_t count : {2U, 33U, 129U, 130U, 500U}) {
      U value = static_cast<U>(random.next());
      std::vector<T> values;
      for (std::size_t i = 0; i < count; ++i) {
        value += static_cast<U>(random.next()) & mask;
        values.push_back(static_cast<T>(value));
      }
      ASSERT_NO_FATAL_FAILURE(expect_round_trip(values)) << width << " bits, " << count;
    }
  }
}

TEST(DeltaBinaryPacked, EveryWidthComesBack) {
  expect_every_width<std::int32_t>();
  expect_every_width<std::int64_t>();
}

TEST(DeltaBinaryPacked, EveryLengthOverThreeBlocksComesBack) {
  SeededRandom random(11);
  std::vector<std::int32_t> small;
  std::vector<std::int64_t> large;
  for (std::size_t count = 0; count < 400; ++count) {
    expect_round_trip(small);
    expect_round_trip(large);
    small.push_back(static_cast<std::int32_t>(random.below(1'000)) - 500);
    large.push_back(static_cast<std::int64_t>(random.next() >> random.below(64)));
  }
}

TEST(DeltaBinaryPacked, DifferencesWrapAround) {
  constexpr auto least = std::numeric_limits<std::int64_t>::min();
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  expect_round_trip<std::int64_t>({least, most, least, 0, most, -1, least, most});
  expect_round_trip<std::int32_t>({std::numeric_limits<std::int32_t>::max(),
                                   std::numeric_limits<std::int32_t>::min(),
                                   0,
                                   std::numeric_limits<std::int32_t>::max()});
}

TEST(DeltaBinaryPacked, OtherLayoutsAreRead) {
  // 256 values in two miniblocks of 128, of 1 and 0 bits; the second has a width though it is not
  // there.
  Bytes bytes("\x80\x02\x02\x05\x04\x02\x01\x17", 8);
  bytes += Bytes("\x05", 1) + Bytes(15, '\0');
  ByteReader in(bytes);
  std::vector<std::int64_t> values(5);
  const Result<void> done = decode_delta_packed(in, std::span(values));
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_EQ(values, (std::vector<std::int64_t>{2, 4, 5, 7, 8}));
  EXPECT_EQ(in.remaining(), 0U);
}

TEST(DeltaBinaryPacked, DamageIsRefused) {
  struct Case {
    const char* what;
    Bytes bytes;
  };

  const Case cases[] = {
      {"nothing", ""},
      {"an endless varint", Bytes(20, '\xff')},
      {"blocks of no values", Bytes("\0\x04\x08\x0e", 4)},
      {"blocks of 100 values", Bytes("\x64\x04\x08\x0e", 4)},
      {"no miniblocks", Bytes("\x80\x01\0\x08\x0e", 5)},
      {"miniblocks of 16 values", Bytes("\x80\x01\x08\x08\x0e", 5)},
      {"a block of 2^30 values", Bytes("\x80\x80\x80\x80\x04\x01\x08\x0e", 8)},
      {"another count", Bytes("\x80\x01\x04\x07\x0e", 5)},
      {"no block", Bytes("\x80\x01\x04\x08\x0e", 5)},
      {"widths cut short", Bytes("\x80\x01\x04\x08\x0e\x03\x02\0", 8)},
      {"33 bits for a 32-bit number",
       Bytes("\x80\x01\x04\x08\x0e\x03\x21\0\0\0", 10) + Bytes(132, 0)},
      {"a miniblock cut short", Bytes("\x80\x01\x04\x08\x0e\x03\x02\0\0\0\xc0\x3f\0\0\0\0\0", 17)},
  };
  for (const Case& each : cases) {
    ByteReader in(each.bytes);
    std::vector<std::int32_t> values(8);
    const Result<void> done = decode_delta_packed(in, std::span(values));
    ASSERT_FALSE(done) << each.what;
    EXPECT_EQ(done.error().fault(), Fault::corrupt) << each.what;
  }
}

}  // namespace

}  // namespace sluice::parquet
