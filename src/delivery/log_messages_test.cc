#include "delivery/log_messages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sluice::delivery {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct Extracted {
  Result<void> done;
  std::vector<std::string> messages;
};

Extracted extract(ByteView payload) {
  json::Tape tape;
  std::vector<ByteView> messages;
  std::deque<Bytes> held;
  Extracted extracted;
  extracted.done = append_log_messages(payload, tape, messages, held);
  extracted.messages.assign(messages.begin(), messages.end());
  return extracted;
}

constexpr std::string_view two_events =
    R"({"messageType":"DATA_MESSAGE","owner":"1","logGroup":"g","logStream":"s",)"
    R"("subscriptionFilters":["f"],"logEvents":[{"id":"1","timestamp":1,"message":"plain"},)"
    R"({"id":"2","timestamp":2,"message":"{\"a\":\"\\u00e9\",\n\"b\":1}"}]})";

TEST(LogMessages, AreTakenOutAsTheyWereLogged) {
  const Extracted extracted = extract(two_events);
  EXPECT_TRUE(extracted.done);
  EXPECT_THAT(extracted.messages, ElementsAre("plain", "{\"a\":\"\\u00e9\",\n\"b\":1}"));
}

TEST(LogMessages, AControlMessageHasNone) {
  const std::string control =
      R"({"messageType":"CONTROL_MESSAGE","logEvents":[{"message":"CWL CONTROL MESSAGE"}]})";
  EXPECT_TRUE(extract(control).done);
  EXPECT_THAT(extract(control).messages, IsEmpty());
  EXPECT_THAT(extract(control + "\n" + std::string(two_events) + control).messages,
              ElementsAre("plain", testing::_));
  EXPECT_THAT(extract(R"({"messageType":"DATA_MESSAGE","logEvents":[]})").messages, IsEmpty());
}

TEST(LogMessages, EmptyMessagesAreMessages) {
  EXPECT_THAT(
      extract(R"({"messageType":"DATA_MESSAGE","logEvents":[{"message":""},{"message":"b"}]})")
          .messages,
      ElementsAre("", "b"));
}

TEST(LogMessages, AnotherPayloadIsRefusedWhole) {
  struct Case {
    std::string payload;
    std::string_view why;
  };

  const Case cases[] = {
      {"", "it is empty"},
      {"a line", "it is no JSON"},
      {"42", "it has no messageType"},
      {R"({"a":1})", "it has no messageType"},
      {R"({"messageType":"OTHER"})", "neither DATA_MESSAGE nor CONTROL_MESSAGE: OTHER"},
      {R"({"messageType":"DATA_MESSAGE"})", "no list of logEvents"},
      {R"({"messageType":"DATA_MESSAGE","logEvents":{}})", "no list of logEvents"},
      {R"({"messageType":"DATA_MESSAGE","logEvents":[1]})", "has no message"},
      {R"({"messageType":"DATA_MESSAGE","logEvents":[{"message":1}]})", "has no message"},
      {std::string(two_events) + R"({"messageType":1})", "it has no messageType"},
  };
  for (const Case& each : cases) {
    const Extracted extracted = extract(each.payload);
    ASSERT_FALSE(extracted.done) << each.payload;
    EXPECT_THAT(extracted.done.error().message(), HasSubstr(each.why));
    EXPECT_THAT(extracted.messages, IsEmpty());
  }
}

TEST(LogMessages, APayloadOfTooManyValuesIsRefused) {
  std::string many = R"({"messageType":"DATA_MESSAGE","logEvents":[0)";
  for (int i = 0; i < 2'100'000; ++i) {
    many += ",0";
  }
  EXPECT_FALSE(extract(many + "]}").done);
}

}  // namespace
}  // namespace sluice::delivery
