// A writer's state as bytes and back, and what is refused.
#include "delivery/parked_writer.h"

#include "base/crc32c.h"

#include <gtest/gtest.h>

namespace sluice::delivery {
namespace {

ParkedState some_state() {
  return {.form = SpoolForm::parquet,
          .spool_sha256 = sha256("spooled"),
          .rows = 70'000,
          .file = "where the file stands"};
}

// With the checksum that belongs to it.
Bytes sealed(Bytes body) {
  put_le(body, crc32c(body));
  return body;
}

TEST(ParkedState, ComesBack) {
  for (const ParkedState& state :
       {some_state(),
        ParkedState{.form = SpoolForm::raw_zip,
                    .spool_sha256 = sha256("zip"),
                    .rows = 2,
                    .file = "sizes and name"},
        ParkedState{
            .form = SpoolForm::raw_hadoop_snappy, .spool_sha256 = {}, .rows = 0, .file = {}},
        ParkedState{
            .form = SpoolForm::error_lines, .spool_sha256 = sha256("lines"), .rows = 3, .file = {}},
        ParkedState()}) {
    const auto back = decode_parked_state(encode(state));
    ASSERT_TRUE(back) << back.error().message();
    EXPECT_EQ(back->form, state.form);
    EXPECT_EQ(back->spool_sha256, state.spool_sha256);
    EXPECT_EQ(back->rows, state.rows);
    EXPECT_EQ(back->file, state.file);
  }
}

TEST(ParkedState, ABitThatFlippedOrAnEndThatIsMissingIsRefused) {
  const Bytes whole = encode(some_state());
  for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    Bytes flipped = whole;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
    const auto back = decode_parked_state(flipped);
    ASSERT_FALSE(back) << bit;
    EXPECT_EQ(back.error().fault(), Fault::corrupt) << bit;
  }
  for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
    ASSERT_FALSE(decode_parked_state(ByteView(whole).substr(0, bytes))) << bytes;
  }
  EXPECT_FALSE(decode_parked_state(whole + "x"));
}

TEST(ParkedState, WhatNoWriterSaysIsRefusedThoughItsChecksumIsRight) {
  const Bytes head = Bytes("\x01\x00", 2) + to_bytes(sha256(""));
  EXPECT_TRUE(decode_parked_state(sealed(head + "\x05")));
  for (const Bytes& body : {Bytes(),
                            Bytes("\x01", 1),
                            Bytes("\x01\x00", 2),
                            head,
                            head + "\x85",
                            head + "\x05more",
                            Bytes("\x01\x03", 2) + to_bytes(sha256("")) + "\x05",
                            Bytes("\x02\x07", 2) + to_bytes(sha256("")) + "\x05",
                            Bytes("\x00\x00", 2) + to_bytes(sha256("")) + "\x05"}) {
    const auto back = decode_parked_state(sealed(body));
    ASSERT_FALSE(back) << to_hex(body);
    EXPECT_EQ(back.error().fault(), Fault::corrupt);
  }
}

TEST(ParkedState, OfANewerProgramSaysSo) {
  const auto back = decode_parked_state(sealed("\x03whatever it is"));
  ASSERT_FALSE(back);
  EXPECT_EQ(back.error().fault(), Fault::unsupported);
  EXPECT_NE(back.error().message().find("newer"), std::string::npos);
}

}  // namespace
}  // namespace sluice::delivery
