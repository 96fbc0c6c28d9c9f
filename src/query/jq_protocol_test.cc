#include "query/jq_protocol.h"

#include "delivery/partition_value.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::query {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;

TEST(JqProtocol, frames_come_out_however_the_bytes_come_in) {
  Bytes stream;
  put_jq_frame(stream, "first");
  put_jq_frame(stream, "");
  put_jq_frame(stream, std::string(1000, 'x'));
  for (const std::size_t step : {std::size_t{1}, std::size_t{3}, stream.size()}) {
    JqFrames frames;
    std::vector<Bytes> payloads;
    for (std::size_t at = 0; at < stream.size(); at += step) {
      frames.add(ByteView(stream).substr(at, step));
      for (auto payload = frames.next(); *payload; payload = frames.next()) {
        payloads.emplace_back(**payload);
      }
    }
    EXPECT_THAT(payloads, ElementsAre("first", "", std::string(1000, 'x')));
  }
}

TEST(JqProtocol, a_frame_over_the_bound_is_refused) {
  JqFrames frames;
  frames.add("\xff\xff\xff\xff");
  EXPECT_EQ(frames.next().error().fault(), Fault::corrupt);
}

TEST(JqProtocol, messages_come_out_as_they_went_in) {
  const auto start = decode_jq_start(
      encode(JqStart{1 << 30, seconds(7), milliseconds(9), "{a: .a}", {"a", "b c"}}));
  ASSERT_TRUE(start);
  EXPECT_EQ(start->memory_bytes, 1 << 30);
  EXPECT_EQ(start->processor_time, seconds(7));
  EXPECT_EQ(start->idle_time, milliseconds(9));
  EXPECT_EQ(start->query, "{a: .a}");
  EXPECT_THAT(start->keys, ElementsAre("a", "b c"));

  const auto started = decode_jq_started(encode(JqStarted{JqStarted::Outcome::refused, "why"}));
  ASSERT_TRUE(started);
  EXPECT_EQ(started->outcome, JqStarted::Outcome::refused);
  EXPECT_EQ(started->why, "why");

  const Bytes asked = encode(JqAsk{true, milliseconds(250), {"{}", "", std::string_view("\0", 1)}});
  const auto ask = decode_jq_ask(asked);
  ASSERT_TRUE(ask);
  EXPECT_TRUE(ask->one_by_one);
  EXPECT_EQ(ask->time, milliseconds(250));
  EXPECT_THAT(ask->records, ElementsAre("{}", "", std::string_view("\0", 1)));
}

// Two keys: the answers "x", "y" and "no".
Bytes two_answers() {
  delivery::QueryAnswers answers;
  answers.reset(2);
  answers.accept(std::vector<std::string_view>{"x", "y"});
  answers.refuse("no");
  Bytes out;
  put_jq_answer(out, answers, 0);
  put_jq_answer(out, answers, 1);
  return out;
}

TEST(JqProtocol, answers_come_out_as_they_went_in) {
  delivery::QueryAnswers answers;
  answers.reset(2);
  EXPECT_EQ(decode_jq_answers(two_answers(), 2, 2, answers), 2);
  EXPECT_EQ(answers.value(0, 0), "x");
  EXPECT_EQ(answers.value(0, 1), "y");
  EXPECT_EQ(answers.why(1), "no");
  EXPECT_EQ(decode_jq_answers("", 2, 2, answers), 0);
}

TEST(JqProtocol, a_worker_is_not_believed) {
  const auto is_corrupt = [](ByteView payload, std::size_t records_max) {
    delivery::QueryAnswers answers;
    answers.reset(2);
    const auto decoded = decode_jq_answers(payload, 2, records_max, answers);
    return !decoded && decoded.error().fault() == Fault::corrupt;
  };
  const Bytes good = two_answers();
  EXPECT_FALSE(is_corrupt(good, 2));
  EXPECT_TRUE(is_corrupt(good, 1)) << "more answers than records";
  EXPECT_TRUE(is_corrupt(good.substr(0, good.size() - 1), 2)) << "an answer that ends early";
  EXPECT_TRUE(is_corrupt(good + "\2", 3)) << "an answer of no kind";
  EXPECT_TRUE(is_corrupt(ByteView("\0\1x\0", 4), 2)) << "an empty value";
  EXPECT_TRUE(is_corrupt(ByteView("\0\1x\1\xff", 5), 2)) << "a value that is no UTF-8";
  EXPECT_TRUE(is_corrupt(ByteView("\1\0", 2), 2)) << "no reason";
  // Two values that are over the bound together.
  Bytes too_long("\0", 1);
  put_varint(too_long, delivery::partition_values_bytes_max);
  too_long.append(delivery::partition_values_bytes_max, 'x');
  EXPECT_TRUE(is_corrupt(too_long + "\1y", 2));
  const Bytes why(1025, 'x');
  Bytes long_reason("\1");
  put_varint(long_reason, why.size());
  EXPECT_TRUE(is_corrupt(long_reason + why, 2));
}

TEST(JqProtocol, a_message_that_ends_early_or_late_is_corrupt) {
  const Bytes start = encode(JqStart{1, seconds(1), milliseconds(1), "{a}", {"a"}});
  const Bytes started = encode(JqStarted{JqStarted::Outcome::runs, ""});
  const Bytes ask = encode(JqAsk{false, milliseconds(1), {"{}"}});
  EXPECT_FALSE(decode_jq_start(start.substr(0, start.size() - 1)));
  EXPECT_FALSE(decode_jq_start(start + "x"));
  EXPECT_FALSE(decode_jq_started(started.substr(0, started.size() - 1)));
  EXPECT_FALSE(decode_jq_started(started + "x"));
  EXPECT_FALSE(decode_jq_ask(ask.substr(0, ask.size() - 1)));
  EXPECT_FALSE(decode_jq_ask(ask + "x"));
}

}  // namespace
}  // namespace sluice::query
