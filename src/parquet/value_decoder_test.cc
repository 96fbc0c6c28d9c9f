// Every encoding of every physical type it suits, and the pairs that make no sense.
#include "parquet/value_decoder.h"

#include "parquet/byte_stream_split.h"
#include "parquet/delta_binary_packed.h"
#include "parquet/delta_byte_array.h"
#include "parquet/levels.h"
#include "parquet/plain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <string>

namespace sluice::parquet {

namespace {

constexpr Encoding all_encodings[] = {Encoding::plain,
                                      Encoding::plain_dictionary,
                                      Encoding::rle,
                                      Encoding::bit_packed,
                                      Encoding::delta_binary_packed,
                                      Encoding::delta_length_byte_array,
                                      Encoding::delta_byte_array,
                                      Encoding::rle_dictionary,
                                      Encoding::byte_stream_split};

SchemaElement element_of(PhysicalType type) {
  SchemaElement element;
  element.type = type;
  if (type == PhysicalType::fixed_len_byte_array) {
    element.type_length = 5;
  }
  return element;
}

// A decoder with all the memory it needs.
struct Fixture {
  explicit Fixture(PhysicalType type, std::size_t bytes = 100'000)
      : budget(bytes), decoder(value_shape(element_of(type)), budget) {}

  MemoryBudget budget;
  ValueDecoder decoder;
};

const Bytes twenty_bytes("the quick brown fox ");

TEST(ValueDecoder, FixedValuesComeBackFromEveryEncodingTheyMayHave) {
  const auto decoded = [](PhysicalType type, Encoding encoding, ByteView encoded, std::size_t n) {
    Fixture fixture(type);
    const Result<ByteView> values = fixture.decoder.fixed(encoding, encoded, n);
    EXPECT_TRUE(values) << values.error().message();
    return values ? Bytes(*values) : Bytes();
  };
  for (const PhysicalType type : {PhysicalType::int32,
                                  PhysicalType::float32,
                                  PhysicalType::int64,
                                  PhysicalType::float64,
                                  PhysicalType::int96,
                                  PhysicalType::fixed_len_byte_array}) {
    const std::size_t width = value_shape(element_of(type)).width;
    const std::size_t count = twenty_bytes.size() / width;
    const Bytes plain = twenty_bytes.substr(0, count * width);
    EXPECT_EQ(decoded(type, Encoding::plain, twenty_bytes, count), plain);
    Bytes split;
    encode_byte_stream_split(plain, width, split);
    EXPECT_EQ(decoded(type, Encoding::byte_stream_split, split, count), plain);
  }
  const std::vector<std::int32_t> numbers = {3, -1, 70};
  Bytes deltas;
  encode_delta_packed(std::span(numbers), deltas);
  EXPECT_EQ(decoded(PhysicalType::int32, Encoding::delta_binary_packed, deltas, 3),
            Bytes(reinterpret_cast<const char*>(numbers.data()), 12));
  EXPECT_EQ(load_le<std::int64_t>(
                decoded(PhysicalType::int64, Encoding::delta_binary_packed, deltas, 3).data() + 8),
            -1);
  const std::vector<std::uint8_t> flags = {1, 0, 1, 1};
  Bytes runs;
  encode_levels(flags, 1, runs);
  EXPECT_EQ(decoded(PhysicalType::boolean, Encoding::rle, runs, 4), ByteView("\1\0\1\1", 4));
  EXPECT_EQ(decoded(PhysicalType::boolean, Encoding::plain, "\x0d", 4), ByteView("\1\0\1\1", 4));
  const std::vector<std::int32_t> lengths = {5, 5};
  Bytes prefixes;
  encode_delta_byte_array({.lengths = lengths, .heap = "alphaalpen"}, prefixes);
  EXPECT_EQ(decoded(PhysicalType::fixed_len_byte_array, Encoding::delta_byte_array, prefixes, 2),
            "alphaalpen");
}

TEST(ValueDecoder, ByteArraysComeBackFromEveryEncodingTheyMayHave) {
  const std::vector<std::int32_t> lengths = {4, 0, 3};
  const ByteArrays values{.lengths = lengths, .heap = "restrun"};
  Bytes plain;
  put_plain_bytes(plain, "rest");
  put_plain_bytes(plain, "");
  put_plain_bytes(plain, "run");
  Bytes by_length;
  encode_delta_length(values, by_length);
  Bytes by_prefix;
  encode_delta_byte_array(values, by_prefix);
  for (const auto& [encoding, encoded] :
       {std::pair(Encoding::plain, plain),
        std::pair(Encoding::delta_length_byte_array, by_length),
        std::pair(Encoding::delta_byte_array, by_prefix),
        std::pair(Encoding::rle_dictionary, Bytes("\x02\x03\x24\0", 4))}) {
    Fixture fixture(PhysicalType::byte_array);
    ASSERT_TRUE(fixture.decoder.read_dictionary({.num_values = 3}, plain));
    std::vector<std::string> got;
    const Result<void> done =
        fixture.decoder.byte_arrays(encoding, encoded, 3, [&](ByteView value) -> Result<void> {
          got.emplace_back(value);
          return {};
        });
    ASSERT_TRUE(done) << to_string(encoding) << ": " << done.error().message();
    EXPECT_THAT(got, testing::ElementsAre("rest", "", "run")) << to_string(encoding);
  }
}

TEST(ValueDecoder, OtherPairsOfTypeAndEncodingAreUnsupported) {
  for (int number = 0; number < 8; ++number) {
    const auto type = static_cast<PhysicalType>(number);
    std::vector<Encoding> refused;
    for (const Encoding encoding : all_encodings) {
      Fixture fixture(type);
      Result<void> done;
      if (type == PhysicalType::byte_array) {
        done = fixture.decoder.byte_arrays(
            encoding, "", 0, [](ByteView) -> Result<void> { return {}; });
      } else if (const Result<ByteView> values = fixture.decoder.fixed(encoding, "", 0); !values) {
        done = std::unexpected(values.error());
      }
      if (!done && done.error().fault() == Fault::unsupported) {
        refused.push_back(encoding);
      }
    }
    const bool is_integer = type == PhysicalType::int32 || type == PhysicalType::int64;
    const bool is_fixed_bytes = type == PhysicalType::fixed_len_byte_array;
    std::vector<Encoding> expected;
    for (const Encoding encoding : all_encodings) {
      const bool is_known =
          encoding == Encoding::plain || encoding == Encoding::plain_dictionary ||
          encoding == Encoding::rle_dictionary ||
          (encoding == Encoding::rle && type == PhysicalType::boolean) ||
          (encoding == Encoding::delta_binary_packed && is_integer) ||
          (encoding == Encoding::delta_length_byte_array && type == PhysicalType::byte_array) ||
          (encoding == Encoding::delta_byte_array &&
           (type == PhysicalType::byte_array || is_fixed_bytes)) ||
          (encoding == Encoding::byte_stream_split && type != PhysicalType::boolean &&
           type != PhysicalType::byte_array);
      if (!is_known) {
        expected.push_back(encoding);
      }
    }
    EXPECT_EQ(refused, expected) << to_string(type);
  }
}

TEST(ValueDecoder, MemoryIsBoundedBeforeItIsTaken) {
  Fixture fixture(PhysicalType::int64, 1'000);
  Bytes deltas("\x80\x01\x04\x80\x08\0\0\0\0\0\0", 11);  // 1024 values, as many as one likes
  const Result<ByteView> values =
      fixture.decoder.fixed(Encoding::delta_binary_packed, deltas, 1'024);
  ASSERT_FALSE(values);
  EXPECT_EQ(values.error().fault(), Fault::too_large);
}

TEST(ValueDecoder, AFixedValueOfAnotherLengthIsRefused) {
  const std::vector<std::int32_t> lengths = {5, 4};
  Bytes prefixes;
  encode_delta_byte_array({.lengths = lengths, .heap = "alphaalpe"}, prefixes);
  Fixture fixture(PhysicalType::fixed_len_byte_array);
  const Result<ByteView> values = fixture.decoder.fixed(Encoding::delta_byte_array, prefixes, 2);
  ASSERT_FALSE(values);
  EXPECT_EQ(values.error().message(), "a value of 4 bytes where 5 are due");
}

TEST(ValueDecoder, ASecondDictionaryIsRefused) {
  Fixture fixture(PhysicalType::int32);
  ASSERT_TRUE(fixture.decoder.read_dictionary({.num_values = 1}, Bytes("\1\0\0\0", 4)));
  EXPECT_FALSE(fixture.decoder.read_dictionary({.num_values = 1}, Bytes("\1\0\0\0", 4)));
}

}  // namespace

}  // namespace sluice::parquet
