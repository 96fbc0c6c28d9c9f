#include "delivery/plain_number.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice::delivery {
namespace {

std::string printed(std::string_view text) {
  NumberText room;
  return std::string(number_as_jq_prints(text, room).value_or("?"));
}

TEST(PlainNumber, is_written_as_jq_writes_doubles) {
  struct Case {
    std::string_view text;
    std::string_view printed;
  };

  const Case cases[] = {
      {"0", "0"},
      {"-0", "-0"},
      {"-0.000", "-0"},
      {"0e99", "0"},
      {"89", "89"},
      {"-7", "-7"},
      {"1.0", "1"},
      {"1.50", "1.5"},
      {"-12.250e1", "-122.5"},
      {"1e3", "1000"},
      {"1E+3", "1000"},
      {"100e-2", "1"},
      {"999999999999999", "999999999999999"},
      {"-999999999999999", "-999999999999999"},
      {"1000000000000000", "1000000000000000"},
      {"1752574233123456", "1752574233123456"},
      {"-1752574233123400", "-1752574233123400"},
      {"9007199254740992", "9007199254740992"},
      {"10000000000000000", "1e+16"},
      {"123456789012345000", "123456789012345000"},
      {"1234567890123450000000000000000", "1.23456789012345e+30"},
      {"123456789012345000000000000000", "123456789012345000000000000000"},
      {"0.1", "0.1"},
      {"0.001", "0.001"},
      {"0.0001", "0.0001"},
      {"0.00001", "1e-05"},
      {"0.000012", "1.2e-05"},
      {"1.5e-7", "1.5e-07"},
      {"1e100", "1e+100"},
      {"1e-100", "1e-100"},
      {"1e-290", "1e-290"},
      {"1234.5678", "1234.5678"},
      {"0.000123456789012345", "0.000123456789012345"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(printed(c.text), c.printed) << c.text;
  }
}

TEST(PlainNumber, long_ones_and_those_at_the_ends_of_the_range_are_left_to_jq) {
  for (const std::string_view text : {"9007199254740993",
                                      "9234567890123456",
                                      "-1.234567890123456",
                                      "10000000000000001",
                                      "0.1000000000000001",
                                      "1e1000",
                                      "1e-1000",
                                      "1e291",
                                      "1e99999999999999999999",
                                      "0e99999999999999999999",
                                      "5e-324"}) {
    EXPECT_EQ(printed(text), "?") << text;
  }
  EXPECT_EQ(printed("1" + std::string(400, '0')), "?");
}

}  // namespace
}  // namespace sluice::delivery
