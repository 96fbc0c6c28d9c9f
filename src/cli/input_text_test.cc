// Tests of cli/input_text.h, on bytes of zlib and zstd themselves.
#include "cli/input_text.h"

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cstring>
#include <string>

namespace sluice::cli {
namespace {

std::string gzip(const std::string& text) {
  z_stream stream{};
  EXPECT_EQ(::deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(::deflateBound(&stream, text.size()), '\0');
  std::string in = text;
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(::deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  EXPECT_EQ(::deflateEnd(&stream), Z_OK);
  return out;
}

std::string zstd(const std::string& text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 1));
  return out;
}

// RFC 8878, 3.1.2: four bytes that say nothing.
const std::string skippable_frame("\x50\x2a\x4d\x18\x04\x00\x00\x00skip", 12);

// All of it, or what was wrong.
std::string text_of(const std::string& bytes, std::size_t piece, std::size_t room) {
  InputText input(
      [&bytes, piece, at = std::size_t{0}](char* to,
                                           std::size_t count) mutable -> Result<std::size_t> {
        const std::size_t got = std::min({count, piece, bytes.size() - at});
        std::memcpy(to, bytes.data() + at, got);
        at += got;
        return got;
      },
      "in.json");
  std::string out;
  std::string part(room, '\0');
  for (;;) {
    const auto got = input.read(part.data(), part.size());
    if (!got) {
      EXPECT_EQ(got.error().fault(), Fault::corrupt);
      return got.error().message();
    }
    if (*got == 0) {
      return out;
    }
    out += part.substr(0, *got);
  }
}

TEST(InputText, IsTheSameHoweverItIsCompressedAndRead) {
  struct Case {
    std::string bytes;
    std::string text;
  };

  const std::string zeros(5, '\0');
  for (const Case& each : {Case{"", ""},
                           Case{"{}", "{}"},
                           Case{"plain text", "plain text"},
                           Case{gzip("one"), "one"},
                           Case{gzip(""), ""},
                           Case{gzip("one") + gzip("") + gzip("two"), "onetwo"},
                           Case{gzip("one") + zeros, "one"},
                           Case{zstd("one"), "one"},
                           Case{zstd(""), ""},
                           Case{zstd("one") + zstd("two"), "onetwo"},
                           Case{skippable_frame + zstd("one") + skippable_frame, "one"}}) {
    for (const std::size_t piece : {1U, 2U, 3U, 7U, 1000U}) {
      for (const std::size_t room : {1U, 2U, 64U}) {
        ASSERT_EQ(text_of(each.bytes, piece, room), each.text) << piece << " " << room;
      }
    }
  }
}

TEST(InputText, LongTextsComeWholeAndFewBytesMayBeMany) {
  const std::string text(3'000'000, 'x');
  EXPECT_EQ(text_of(gzip(text), 4096, 1 << 20), text);
  EXPECT_EQ(text_of(zstd(text), 4096, 1 << 20), text);
}

TEST(InputText, CutOffAnywhereItIsAnErrorThatNamesTheInput) {
  for (const std::string& whole : {gzip("one two three"), zstd("one two three")}) {
    for (std::size_t bytes = 4; bytes < whole.size(); ++bytes) {
      const std::string said = text_of(whole.substr(0, bytes), 1000, 64);
      ASSERT_TRUE(said.starts_with("cannot read in.json: it is cut off: its ")) << said;
      ASSERT_NE(said.find("ends at byte " + std::to_string(bytes)), std::string::npos) << said;
    }
  }
  const std::string second = gzip("one") + gzip("two");
  EXPECT_NE(text_of(second.substr(0, second.size() - 1), 1000, 64).find("is cut off"),
            std::string::npos);
}

TEST(InputText, DamageIsFound) {
  std::string bad_sum = gzip("one two three");
  bad_sum[bad_sum.size() - 6] = static_cast<char>(bad_sum[bad_sum.size() - 6] ^ 1);
  EXPECT_NE(text_of(bad_sum, 1000, 64).find("its gzip data is damaged near byte "),
            std::string::npos);
  std::string bad_block = zstd("one two three");
  bad_block[5] = static_cast<char>(bad_block[5] ^ 0x7F);
  EXPECT_NE(text_of(bad_block, 1000, 64).find("cannot read in.json: its zstd data is "),
            std::string::npos);
  EXPECT_NE(text_of(gzip("one") + "more", 1000, 64).find("damaged"), std::string::npos);
  EXPECT_NE(text_of(zstd("one") + "more text", 1000, 64).find("damaged"), std::string::npos);
}

TEST(InputText, AFailedReadIsPassedOn) {
  InputText input([](char*, std::size_t) -> Result<std::size_t> { return fail(Fault::io, "no"); },
                  "in.json");
  char byte = 0;
  EXPECT_EQ(input.read(&byte, 1).error().message(), "no");
}

}  // namespace
}  // namespace sluice::cli
