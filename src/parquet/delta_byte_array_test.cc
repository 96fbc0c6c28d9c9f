// Byte strings by lengths and by prefixes: bytes made by hand, everything comes back, damage is
// refused.
#include "parquet/delta_byte_array.h"

#include "base/random.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice::parquet {

namespace {

struct Strings {
  explicit Strings(const std::vector<std::string>& values) {
    for (const std::string& value : values) {
      lengths.push_back(static_cast<std::int32_t>(value.size()));
      heap += value;
    }
  }

  ByteArrays view() const { return {.lengths = lengths, .heap = heap}; }

  std::vector<std::int32_t> lengths;
  Bytes heap;
};

Bytes by_length(const std::vector<std::string>& values) {
  Bytes out;
  encode_delta_length(Strings(values).view(), out);
  return out;
}

Bytes by_prefix(const std::vector<std::string>& values) {
  Bytes out;
  encode_delta_byte_array(Strings(values).view(), out);
  return out;
}

void expect_comes_back(const std::vector<std::string>& values) {
  const Bytes lengths = by_length(values) + "tail";
  ByteReader in(lengths);
  Result<DeltaLengthReader> reader = DeltaLengthReader::open(in, values.size());
  ASSERT_TRUE(reader) << reader.error().message();
  EXPECT_EQ(in.remaining(), 4U);
  for (const std::string& value : values) {
    ASSERT_EQ(reader->next(), value);
  }
  const Bytes prefixes = by_prefix(values) + "tail";
  ByteReader from(prefixes);
  Result<DeltaByteArrayReader> joiner = DeltaByteArrayReader::open(from, values.size());
  ASSERT_TRUE(joiner) << joiner.error().message();
  EXPECT_EQ(from.remaining(), 4U);
  for (const std::string& value : values) {
    const Result<ByteView> next = joiner->next();
    ASSERT_TRUE(next) << next.error().message();
    ASSERT_EQ(*next, value);
  }
}

TEST(DeltaByteArray, LengthsThenBytes) {
  EXPECT_EQ(by_length({"rest", "run", "walk"}),
            Bytes("\x80\x01\x04\x03\x08\x01\x02\0\0\0\x08\0\0\0\0\0\0\0", 18) + "restrunwalk");
}

TEST(DeltaByteArray, PrefixesThenRemainders) {
  EXPECT_EQ(by_prefix({"axis", "axle", "babble", "babyhood"}),
            // Shared: 0 2 0 3.
            Bytes("\x80\x01\x04\x04\0\x03\x03\0\0\0\x44\x01\0\0\0\0\0\0\0\0\0\0", 22) +
                // Remainders of 4 2 6 5 bytes.
                Bytes("\x80\x01\x04\x04\x08\x03\x03\0\0\0\x70\0\0\0\0\0\0\0\0\0\0\0", 22) +
                "axislebabbleyhood");
}

TEST(DeltaByteArray, ValuesComeBack) {
  expect_comes_back({});
  expect_comes_back({""});
  expect_comes_back({"", "", ""});
  expect_comes_back({"a", "", "a", "aa", "aaa", "aa", "b"});
  SeededRandom random(5);
  std::vector<std::string> values;
  for (int i = 0; i < 600; ++i) {
    std::string value = values.empty() ? "" : values.back().substr(0, random.below(40));
    for (std::uint64_t more = random.below(20); more > 0; --more) {
      value.push_back(static_cast<char>(random.below(3)));
    }
    values.push_back(std::move(value));
  }
  expect_comes_back(values);
}

TEST(DeltaByteArray, SharedPrefixesOfEveryLength) {
  const std::string base(40, 'x');
  for (std::size_t length = 0; length <= base.size(); ++length) {
    expect_comes_back({base, base.substr(0, length), base.substr(0, length) + "y", base});
  }
}

TEST(DeltaByteArray, DamageIsRefused) {
  const Bytes negative("\x80\x01\x04\x01\x01", 5);
  ByteReader in(negative);
  const Result<DeltaLengthReader> reader = DeltaLengthReader::open(in, 1);
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().message(), "the page has a byte array of length -1");

  const Bytes whole = by_length({"rest", "run", "walk"});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    ByteReader cut(ByteView(whole).substr(0, size));
    EXPECT_FALSE(DeltaLengthReader::open(cut, 3)) << size;
  }
  ByteReader fewer(whole);
  EXPECT_FALSE(DeltaLengthReader::open(fewer, 2));
}

TEST(DeltaByteArray, APrefixLongerThanTheValueBeforeIsRefused) {
  Bytes bytes("\x80\x01\x04\x02\0\x08\0\0\0\0", 10);  // shared: 0 4
  bytes += by_length({"abc", "d"});
  ByteReader in(bytes);
  Result<DeltaByteArrayReader> reader = DeltaByteArrayReader::open(in, 2);
  ASSERT_TRUE(reader);
  EXPECT_EQ(*reader->next(), "abc");
  const Result<ByteView> next = reader->next();
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().message(), "a byte array shares 4 bytes with one of 3");
  bytes[5] = '\x05';  // 0 -3
  ByteReader again(bytes);
  reader = DeltaByteArrayReader::open(again, 2);
  ASSERT_TRUE(reader);
  EXPECT_TRUE(reader->next());
  EXPECT_FALSE(reader->next());
}

}  // namespace

}  // namespace sluice::parquet
