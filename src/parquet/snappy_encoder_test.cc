// Whatever the encoder makes, libsnappy reads; and it makes less than libsnappy of what it is for.
#include "parquet/snappy_encoder.h"

#include "base/random.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <snappy.h>

#include <functional>
#include <string>
#include <vector>

namespace sluice::parquet {

namespace {

// What stands behind the room for the output, and must stay.
constexpr char guard = 0x5a;
constexpr std::size_t guard_bytes = 64;

// The compressed form, if there is one, after it was read back.
std::optional<Bytes> encode(SnappyEncoder& encoder, ByteView body, ValueLayout layout) {
  const std::size_t room = snappy::MaxCompressedLength(body.size());
  Bytes out(room + guard_bytes, guard);
  const std::optional<std::size_t> size = encoder.encode(body, layout, out.data());
  EXPECT_EQ(ByteView(out).substr(room), Bytes(guard_bytes, guard)) << "the bound does not hold";
  if (!size) {
    return std::nullopt;
  }
  EXPECT_LE(*size * 4, body.size() * snappy_quarters_max);
  out.resize(*size);
  Bytes back;
  EXPECT_TRUE(snappy::Uncompress(out.data(), out.size(), &back));
  EXPECT_TRUE(back == body) << body.size() << " bytes, values of " << layout.width << " from "
                            << layout.offset;
  return out;
}

std::size_t general_bytes(ByteView body) {
  Bytes out;
  return snappy::Compress(body.data(), body.size(), &out);
}

// Fifty watches: steps of about ten milliseconds.
std::vector<std::int64_t> times(std::size_t count) {
  SeededRandom random(1);
  std::vector<std::int64_t> out;
  std::int64_t time = 1'752'599'433'123'456;
  for (std::size_t i = 0; i < count; ++i) {
    out.push_back(time);
    time += static_cast<std::int64_t>(random.below(20'000));
  }
  return out;
}

Bytes words(const std::vector<std::int64_t>& values) {
  Bytes out;
  for (const std::int64_t value : values) {
    put_le(out, value);
  }
  return out;
}

// As PLAIN has byte strings.
Bytes texts(const std::vector<std::int64_t>& values,
            const std::function<std::string(std::int64_t)>& text) {
  Bytes out;
  for (const std::int64_t value : values) {
    const std::string one = text(value);
    put_le(out, static_cast<std::uint32_t>(one.size()));
    out += one;
  }
  return out;
}

std::string clock_text(std::int64_t micros) {
  const std::int64_t seconds = micros / 1'000'000;
  return fmt::format("2025-07-15T{:02}:{:02}:{:02}.{:06}",
                     seconds / 3'600 % 24,
                     seconds / 60 % 60,
                     seconds % 60,
                     micros % 1'000'000);
}

TEST(SnappyEncoder, TimesBecomeSmallerThanByAGeneralEncoder) {
  SnappyEncoder encoder;
  const Bytes levels("\x02\x00\x00\x00\x80\x02", 6);
  const Bytes body = levels + words(times(20'000));
  const std::optional<Bytes> packed = encode(encoder, body, {.offset = 6, .width = 8});
  ASSERT_TRUE(packed);
  EXPECT_LT(packed->size() * 100, general_bytes(body) * 99);
  EXPECT_LT(packed->size(), std::size_t{20'000} * 51 / 10);
}

TEST(SnappyEncoder, TimesAsTextDoToo) {
  SnappyEncoder encoder;
  for (const std::string zone : {"", "Z", "+05:30"}) {
    const Bytes body =
        texts(times(20'000), [&](std::int64_t time) { return clock_text(time) + zone; });
    const std::optional<Bytes> packed =
        encode(encoder, body, {.offset = 0, .width = 30 + zone.size()});
    ASSERT_TRUE(packed) << zone;
    EXPECT_LT(packed->size(), general_bytes(body)) << zone;
  }
}

TEST(SnappyEncoder, EqualValuesAreLongCopies) {
  SnappyEncoder encoder;
  for (const std::size_t width : {8U, 12U, 30U, 100U}) {
    Bytes value;
    for (std::size_t i = 0; i < width; ++i) {
      value.push_back(static_cast<char>(i * 7 + 1));
    }
    Bytes body;
    while (body.size() < 100'000) {
      body += value;
    }
    const std::optional<Bytes> packed = encode(encoder, body, {.offset = 0, .width = width});
    ASSERT_TRUE(packed) << width;
    EXPECT_LT(packed->size(), 100'000 * 3 / 64 + 5 * width) << width;
  }
}

TEST(SnappyEncoder, TheFormOfAnExampleIsThis) {
  // 128 values, the last two bytes of which change, but for the first of both: 00, 02, 04 ...
  Bytes body;
  for (int i = 0; i < 128; ++i) {
    body += {static_cast<char>(i * 2), static_cast<char>(i * 3), 1, 2, 3, 4, 5, 6};
  }
  SnappyEncoder encoder;
  const std::optional<Bytes> packed = encode(encoder, body, {.offset = 0, .width = 8});
  ASSERT_TRUE(packed);
  // Length 1,024; a literal of 18 bytes, a copy of six from eight before; two bytes, a copy ...
  EXPECT_EQ(packed->substr(0, 2), Bytes("\x80\x08", 2));
  EXPECT_EQ(packed->substr(2, 1), Bytes("\x44"));
  EXPECT_EQ(packed->substr(3, 18), body.substr(0, 18));
  EXPECT_EQ(packed->substr(21, 10), Bytes("\x09\x08\x04\x06\x09\x09\x08\x04\x08\x0c", 10));
}

TEST(SnappyEncoder, WhatDoesNotSuitItIsRefused) {
  SnappyEncoder encoder;
  SeededRandom random(1);
  Bytes noise;
  for (std::size_t i = 0; i < 100'000; ++i) {
    noise.push_back(static_cast<char>(random.below(256)));
  }
  for (const std::size_t width : {8U, 14U, 30U, 4'096U}) {
    EXPECT_FALSE(encode(encoder, noise, {.offset = 0, .width = width})) << width;
  }
  const Bytes body = words(times(1'000));
  EXPECT_FALSE(encode(encoder, body, {})) << "no layout";
  EXPECT_FALSE(encode(encoder, body, {.offset = 0, .width = 7}));
  EXPECT_FALSE(encode(encoder, body, {.offset = body.size(), .width = 8}));
  EXPECT_FALSE(encode(encoder, ByteView(body).substr(0, 1'000), {.offset = 0, .width = 8}));
  EXPECT_FALSE(encode(encoder, Bytes(1'000'000, 'x'), {.offset = 0, .width = 4'097}));
  EXPECT_TRUE(encode(encoder, body, {.offset = 0, .width = 8}));
  EXPECT_FALSE(encode(encoder, body + noise, {.offset = 0, .width = 8}))
      << "the beginning alone does not count";
}

TEST(SnappyEncoder, EveryLengthAndPlaceComesBack) {
  SnappyEncoder encoder;
  const Bytes numbers = words(times(400));
  const Bytes lines = texts(times(400), clock_text);
  for (std::size_t length = 0; length <= 300; ++length) {
    const std::size_t size = snappy_body_bytes_min + length;
    for (const std::size_t offset : {0U, 1U, 6U, 77U}) {
      EXPECT_FALSE(encode(encoder, numbers.substr(0, length), {.offset = 0, .width = 8}));
      EXPECT_TRUE(encode(
          encoder, Bytes(offset, 'l') + numbers.substr(0, size), {.offset = offset, .width = 8}));
      EXPECT_TRUE(encode(
          encoder, Bytes(offset, 'l') + lines.substr(0, size), {.offset = offset, .width = 30}));
    }
  }
}

// Bytes of few kinds, with stretches repeated from anywhere before.
Bytes repetitive(SeededRandom& random, std::size_t size) {
  const std::uint64_t kinds = 1 + random.below(4);
  Bytes out;
  while (out.size() < size) {
    const std::size_t length = 1 + random.below(random.below(8) == 0 ? 300 : 12);
    if (out.empty() || random.below(3) == 0) {
      for (std::size_t i = 0; i < length; ++i) {
        out.push_back(static_cast<char>(random.below(kinds)));
      }
    } else {
      const std::size_t from = random.below(out.size());
      for (std::size_t i = 0; i < length; ++i) {
        out.push_back(out[from + i]);
      }
    }
  }
  out.resize(size);
  return out;
}

TEST(SnappyEncoder, WrongLayoutsAreSafe) {
  SeededRandom random(7);
  SnappyEncoder encoder;
  std::size_t encoded = 0;
  for (int round = 0; round < 3'000; ++round) {
    const Bytes body = repetitive(random, snappy_body_bytes_min + random.below(4'000));
    const ValueLayout layout{.offset = random.below(40), .width = 8 + random.below(60)};
    encoded += encode(encoder, body, layout).has_value() ? 1 : 0;
  }
  EXPECT_GT(encoded, 500U);
}

TEST(SnappyEncoder, OffsetsStayBelowTheWindowOfReaders) {
  // A value that comes back after more than 65,535 bytes, between others that resemble each other.
  SeededRandom random(3);
  Bytes body;
  for (std::size_t i = 0; i < 6'000; ++i) {
    body +=
        i % 2'500 == 5 ? "a value that comes back, seldom: 25" : fmt::format("{:035}", i * 7'919);
  }
  SnappyEncoder encoder;
  EXPECT_TRUE(encode(encoder, body, {.offset = 0, .width = 35}));
}

TEST(SnappyEncoder, TheOutputDependsOnTheInputAlone) {
  const Bytes body = texts(times(2'000), clock_text);
  SnappyEncoder used;
  EXPECT_TRUE(encode(used, words(times(5'000)), {.offset = 0, .width = 8}));
  SnappyEncoder fresh;
  EXPECT_EQ(encode(used, body, {.offset = 0, .width = 30}),
            encode(fresh, body, {.offset = 0, .width = 30}));
}

}  // namespace

}  // namespace sluice::parquet
