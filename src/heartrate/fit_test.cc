// Tests of the layout of FIT files.
#include "heartrate/fit.h"

#include <gtest/gtest.h>

namespace sluice::heartrate {
namespace {

TEST(Fit, TheChecksumIsTheKnownOne) {
  EXPECT_EQ(fit_crc("123456789"), 0xBB3D);
  EXPECT_EQ(fit_crc("6789", fit_crc("12345")), 0xBB3D);
  EXPECT_EQ(fit_crc(""), 0);
}

TEST(Fit, AFileIsHeaderDefinitionsDataAndChecksum) {
  FitWriter writer;
  writer.define(3,
                {.message = 20,
                 .fields = {{253, FitType::uint32}, {3, FitType::uint8}},
                 .developer_fields = {{0, FitType::uint16, 2}}});
  writer.begin(3);
  writer.put(std::uint32_t{0x01020304});
  writer.put(std::uint8_t{89});
  writer.put(std::uint16_t{0x0506});
  writer.put(std::uint16_t{0x0708});
  const Bytes file = std::move(writer).finish();
  using namespace std::string_literals;
  const Bytes data =
      "\x63\x00\x00\x14\x00\x02\xfd\x04\x86\x03\x01\x02\x01\x00\x04\x00"
      "\x03\x04\x03\x02\x01\x59\x06\x05\x08\x07"s;
  ASSERT_EQ(file.size(), 14 + data.size() + 2);
  EXPECT_EQ(file.substr(0, 2), "\x0e\x20");
  EXPECT_EQ(load_le<std::uint32_t>(file.data() + 4), data.size());
  EXPECT_EQ(file.substr(8, 4), ".FIT");
  EXPECT_EQ(fit_crc(file.substr(0, 12)), load_le<std::uint16_t>(file.data() + 12));
  EXPECT_EQ(file.substr(14, data.size()), data);
  EXPECT_EQ(fit_crc(file), 0) << "a CRC over itself is 0";
}

TEST(Fit, TextIsCutBetweenCharacters) {
  struct Case {
    const char* text;
    std::uint8_t bytes;
    const char* written;
  };

  for (const Case& one : {Case{"abc", 5, "abc"},
                          Case{"abcd", 5, "abcd"},
                          Case{"abcde", 5, "abcd"},
                          Case{"abc\xc3\xad", 5, "abc"},
                          Case{"ab\xc3\xad", 5, "ab\xc3\xad"},
                          Case{"", 5, ""}}) {
    FitWriter writer;
    writer.define(
        0, {.message = 1, .fields = {{0, FitType::string, one.bytes}}, .developer_fields = {}});
    const std::size_t before = writer.bytes() + 1;
    writer.begin(0);
    writer.put_text(one.text, one.bytes);
    const Bytes file = std::move(writer).finish();
    Bytes expected = one.written;
    expected.resize(one.bytes);
    EXPECT_EQ(file.substr(before, one.bytes), expected) << one.text;
  }
}

}  // namespace
}  // namespace sluice::heartrate
