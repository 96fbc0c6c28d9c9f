// Ranges: which part, all of it, or none.
#include "s3/range.h"

#include <gtest/gtest.h>

namespace sluice::s3 {
namespace {

RangeDecision whole(std::uint64_t bytes) {
  return {RangeAnswer::whole, {0, bytes}};
}

RangeDecision part(std::uint64_t offset, std::uint64_t length) {
  return {RangeAnswer::part, {offset, length}};
}

TEST(Range, IsDecidedAsS3Does) {
  const RangeDecision none{RangeAnswer::unsatisfiable, {}};

  struct Case {
    std::string_view header;
    std::uint64_t bytes;
    RangeDecision expected;
  };

  const Case cases[] = {
      {"", 10, whole(10)},
      {"bytes=0-0", 10, part(0, 1)},
      {"bytes=0-9", 10, part(0, 10)},
      {"bytes=2-5", 10, part(2, 4)},
      {"bytes=2-", 10, part(2, 8)},
      {"bytes=9-", 10, part(9, 1)},
      {"bytes=2-100", 10, part(2, 8)},
      {"bytes=-3", 10, part(7, 3)},
      {"bytes=-10", 10, part(0, 10)},
      {"bytes=-100", 10, part(0, 10)},
      {"bytes=10-", 10, none},
      {"bytes=10-20", 10, none},
      {"bytes=-0", 10, none},
      {"bytes=0-", 0, none},
      {"bytes=-1", 0, none},
      {"bytes=0-99999999999999999999999", 10, part(0, 10)},
      {"bytes=99999999999999999999999-", 10, none},
      {"bytes=-99999999999999999999999", 10, part(0, 10)},
      {"BYTES = 2 - 5 ", 10, part(2, 4)},
      {"bytes=5-2", 10, whole(10)},
      {"bytes=0-1,3-4", 10, whole(10)},
      {"bytes=-", 10, whole(10)},
      {"bytes=a-b", 10, whole(10)},
      {"bytes=1", 10, whole(10)},
      {"bytes=+1-2", 10, whole(10)},
      {"bytes=--1", 10, whole(10)},
      {"bytes 1-2", 10, whole(10)},
      {"lines=1-2", 10, whole(10)},
  };
  for (const Case& row : cases) {
    EXPECT_EQ(decide_range(row.header, row.bytes), row.expected) << row.header;
  }
}

TEST(Range, IsNamedInTheAnswer) {
  EXPECT_EQ(content_range({0, 100}, 1000), "bytes 0-99/1000");
  EXPECT_EQ(content_range_unsatisfied(1000), "bytes */1000");
}

}  // namespace
}  // namespace sluice::s3
