#include "net/receive_buffer.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice::net {
namespace {

constexpr std::size_t capacity_max = 64;

void receive(ReceiveBuffer& buffer, const std::string& bytes) {
  std::memcpy(buffer.prepare(capacity_max), bytes.data(), bytes.size());
  buffer.commit(bytes.size());
}

TEST(ReceiveBuffer, GivesWhatCameInOrderAndForgetsWhatIsUsedUp) {
  ReceiveBuffer buffer(8);
  receive(buffer, "abc");
  buffer.consume(1);
  receive(buffer, "de");
  EXPECT_EQ(buffer.bytes(), "bcde");
  buffer.consume(4);
  EXPECT_TRUE(buffer.empty());
}

TEST(ReceiveBuffer, GrowsForBytesThatAreNotUsedUp) {
  ReceiveBuffer buffer(8);
  receive(buffer, "12345678");
  receive(buffer, "9");
  EXPECT_EQ(buffer.bytes(), "123456789");
  EXPECT_LE(buffer.capacity(), 16u);
}

TEST(ReceiveBuffer, GrowsAfterItWasFilledUpToItsLimitAndShrinksWhenTold) {
  ReceiveBuffer buffer(8);
  for (const std::size_t expected : {8u, 16u, 32u, 64u, 64u}) {
    buffer.prepare(capacity_max);
    EXPECT_EQ(buffer.capacity(), expected);
    buffer.commit(buffer.room());
    buffer.consume(buffer.bytes().size());
  }
  buffer.shrink(8);
  buffer.prepare(capacity_max);
  EXPECT_EQ(buffer.capacity(), 8u);
}

TEST(ReceiveBuffer, StaysAsItIsWhileLessComesThanFits) {
  ReceiveBuffer buffer(8);
  for (int i = 0; i < 10; ++i) {
    receive(buffer, "1234567");
    buffer.consume(7);
  }
  EXPECT_EQ(buffer.capacity(), 8u);
}

}  // namespace
}  // namespace sluice::net
