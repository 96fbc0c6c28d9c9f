#include "net/body_budget.h"

#include "net/progress_rule.h"
#include "net/receive_buffer.h"

#include <gtest/gtest.h>

namespace sluice::net {
namespace {

TEST(BodyBudget, GivesUntilItIsUsedUpAndTakesBack) {
  BodyBudget budget(100, 0);
  BodyBudget::Share first(budget, "a");
  EXPECT_TRUE(first.grow_to(60));
  EXPECT_TRUE(first.grow_to(40));
  EXPECT_EQ(first.held(), 60u);
  {
    BodyBudget::Share second(budget, "a");
    EXPECT_FALSE(second.grow_to(41));
    EXPECT_TRUE(second.grow_to(40));
    EXPECT_EQ(budget.used(), 100u);
  }
  EXPECT_EQ(budget.used(), 60u);
  first.clear();
  EXPECT_EQ(budget.used(), 0u);
}

TEST(BodyBudget, OneAddressGetsItsPartOnly) {
  BodyBudget budget(100, 30);
  BodyBudget::Share first(budget, "a");
  BodyBudget::Share second(budget, "a");
  BodyBudget::Share other(budget, "b");
  EXPECT_TRUE(first.grow_to(20));
  EXPECT_FALSE(second.grow_to(11));
  EXPECT_TRUE(second.grow_to(10));
  EXPECT_TRUE(other.grow_to(30));
  EXPECT_FALSE(other.grow_to(31));
  EXPECT_EQ(other.held(), 30u);
}

using std::chrono::seconds;

TEST(ProgressRule, EveryStretchMustBringItsBytes) {
  ProgressRule rule(seconds(10), 100, seconds(0));
  EXPECT_EQ(rule.deadline(), seconds(10));
  rule.on_bytes(99, seconds(9));
  EXPECT_EQ(rule.deadline(), seconds(10));
  rule.on_bytes(1, seconds(9));
  EXPECT_EQ(rule.deadline(), seconds(19));
}

TEST(ProgressRule, AFastStartEarnsNoCredit) {
  ProgressRule rule(seconds(10), 100, seconds(0));
  rule.on_bytes(1'000'000, seconds(1));
  EXPECT_EQ(rule.deadline(), seconds(11));
}

// Writes `text` in pieces of what prepare() offers, at most `piece` bytes each.
void fill(ReceiveBuffer& buffer, ByteView text, std::size_t capacity_max) {
  while (!text.empty()) {
    char* const to = buffer.prepare(capacity_max);
    const std::size_t part = std::min(text.size(), buffer.room());
    std::memcpy(to, text.data(), part);
    buffer.commit(part);
    text.remove_prefix(part);
  }
}

TEST(ReceiveBuffer, GrowsToItsBoundAndNotBeyond) {
  ReceiveBuffer buffer(4);
  fill(buffer, "abcdefghijklmno", 16);
  EXPECT_EQ(buffer.bytes(), "abcdefghijklmno");
  EXPECT_LE(buffer.capacity(), 16u);
}

TEST(ReceiveBuffer, MovesDownRatherThanGrowing) {
  ReceiveBuffer buffer(8);
  fill(buffer, "abcdefgh", 64);
  buffer.consume(6);
  fill(buffer, "ijklmn", 64);
  EXPECT_EQ(buffer.bytes(), "ghijklmn");
  EXPECT_EQ(buffer.capacity(), 8u);
}

TEST(ReceiveBuffer, ShrinksWhenEmpty) {
  ReceiveBuffer buffer(4);
  fill(buffer, "abcdefgh", 64);
  buffer.consume(8);
  buffer.shrink(4);
  EXPECT_EQ(buffer.capacity(), 4u);
  fill(buffer, "xy", 64);
  EXPECT_EQ(buffer.bytes(), "xy");
}

}  // namespace
}  // namespace sluice::net
