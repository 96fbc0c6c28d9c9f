#include "delivery/record_split.h"

#include "base/digest.h"
#include "delivery/gzip_for_test.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sluice::delivery {
namespace {

using testing::ElementsAre;

const SplitRule json = {SplitRule::Form::json, {}};
const SplitRule by_hashes = {SplitRule::Form::delimited, "##"};

std::vector<std::string> parts_of(const SplitRule& rule, ByteView record) {
  RecordSplitter splitter;
  SplitRecord split;
  std::deque<Bytes> held;
  splitter.split(rule, record, split, held);
  EXPECT_TRUE(split.refusals.empty());
  for (const ByteView part : split.parts) {
    EXPECT_TRUE(rule.is_compressed || part.data() >= record.data());
    EXPECT_TRUE(rule.is_compressed || part.data() + part.size() <= record.data() + record.size());
  }
  return {split.parts.begin(), split.parts.end()};
}

SplitRule unpacked(SplitRule rule = {}, bool extracts_messages = false) {
  rule.is_compressed = true;
  rule.extracts_messages = extracts_messages;
  return rule;
}

Bytes log_of(const std::vector<std::string>& messages) {
  std::string text = R"({"messageType":"DATA_MESSAGE","logEvents":[)";
  for (const std::string& message : messages) {
    text += (text.back() == '[' ? R"({"message":")" : R"(,{"message":")") + message + "\"}";
  }
  return gzip_of(text + "]}");
}

const Bytes control_message = gzip_of(R"({"messageType":"CONTROL_MESSAGE"})");

// An aggregate of the Kinesis Producer Library with these payloads, all of one partition key.
Bytes aggregate_of(const std::vector<std::string>& payloads) {
  Bytes message("\x0a\x01k");
  for (const std::string& payload : payloads) {
    Bytes packed("\x08");
    packed.push_back('\0');
    packed += "\x1a";
    put_varint(packed, payload.size());
    packed += payload;
    message += "\x1a";
    put_varint(message, packed.size());
    message += packed;
  }
  Bytes frame("\xf3\x89\x9a\xc2");
  frame += message;
  for (const std::uint8_t byte : md5(message)) {
    frame.push_back(static_cast<char>(byte));
  }
  return frame;
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) {
    out += text;
  }
  return out;
}

struct Case {
  std::string record;
  std::vector<std::string> parts;
};

TEST(RecordSplit, JsonObjectsArePartsWhateverIsBetweenThem) {
  const Case cases[] = {
      {R"({"a":1})", {R"({"a":1})"}},
      {R"({"a":1}{"a":2})", {R"({"a":1})", R"({"a":2})"}},
      {" {\"a\" : 1}\r\n\n\t{\"b\":{\"c\":[{}]}}\n", {"{\"a\" : 1}", "{\"b\":{\"c\":[{}]}}"}},
      {R"({"a":"}{"}{})", {R"({"a":"}{"})", "{}"}},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(parts_of(json, each.record), each.parts);
  }
}

TEST(RecordSplit, WhatIsNoSequenceOfObjectsStaysWhole) {
  for (const std::string record : {"",
                                   " \n",
                                   R"([{"a":1},{"a":2}])",
                                   R"({"a":1}[2])",
                                   R"({"a":1},{"a":2})",
                                   R"({"a":1}{"a":)",
                                   R"({"a":1} text)",
                                   "7",
                                   "{\"a\":\"\xff\"}"}) {
    EXPECT_THAT(parts_of(json, record), ElementsAre(record));
  }
}

TEST(RecordSplit, PiecesBetweenDelimitersAreParts) {
  const Case cases[] = {
      {"a##b##c", {"a", "b", "c"}},
      {"a##b##", {"a", "b"}},
      {"##a####b", {"a", "b"}},
      {"a#b", {"a#b"}},
      {"a###b", {"a", "#b"}},
      {"####", {"####"}},
      {"", {""}},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(parts_of(by_hashes, each.record), each.parts);
  }
}

TEST(RecordSplit, ARecordOfMoreThan500PartsStaysWhole) {
  EXPECT_EQ(parts_of(json, repeated("{}", 500)).size(), 500U);
  EXPECT_EQ(parts_of(by_hashes, repeated("x##", 500)).size(), 500U);
  const std::string objects = repeated("{}", 501);
  EXPECT_THAT(parts_of(json, objects), ElementsAre(objects));
  const std::string pieces = repeated("x##", 501);
  EXPECT_THAT(parts_of(by_hashes, pieces), ElementsAre(pieces));
}

TEST(RecordSplit, AggregatesAreUnpackedFirst) {
  const Bytes aggregate = aggregate_of({"{}{}", "[1]", repeated("{}", 500)});
  EXPECT_THAT(parts_of({}, aggregate), ElementsAre("{}{}", "[1]", repeated("{}", 500)));
  EXPECT_EQ(parts_of(json, aggregate).size(), 503U);
  const Bytes nothing = aggregate_of({});
  EXPECT_THAT(parts_of(json, nothing), ElementsAre(nothing));
}

TEST(RecordSplit, WhatIsCompressedIsUnpackedFirst) {
  EXPECT_THAT(parts_of(unpacked(), gzip_of("{}{}")), ElementsAre("{}{}"));
  EXPECT_THAT(parts_of(unpacked(json), gzip_of("{}{}")), ElementsAre("{}", "{}"));
  EXPECT_THAT(parts_of(unpacked(by_hashes), gzip_of("a##") + gzip_of("b")), ElementsAre("a", "b"));
  EXPECT_THAT(parts_of(unpacked(), aggregate_of({gzip_of("a"), gzip_of("")})),
              ElementsAre("a", ""));
}

TEST(RecordSplit, MessagesOfLogEventsAreParts) {
  EXPECT_THAT(parts_of(unpacked({}, true), log_of({"a", "", "b"})), ElementsAre("a", "", "b"));
  EXPECT_THAT(parts_of(unpacked(json, true), log_of({"{}{}", "text"})),
              ElementsAre("{}", "{}", "text"));
  EXPECT_THAT(parts_of(unpacked({}, true), control_message), ElementsAre());
  EXPECT_THAT(
      parts_of(unpacked({}, true), aggregate_of({control_message, log_of({"a"}), log_of({})})),
      ElementsAre("a"));
}

// A user record that cannot be used does not take the others with it.
TEST(RecordSplit, WhatCannotBeUnpackedIsRefusedAsItCame) {
  RecordSplitter splitter;
  SplitRecord split;
  std::deque<Bytes> held;
  const Bytes cut = gzip_of("text").substr(0, 9);
  const Bytes other = gzip_of("{}");
  const Bytes aggregate = aggregate_of({cut, log_of({"a", "b"}), other});
  splitter.split(unpacked({}, true), aggregate, split, held);
  EXPECT_THAT(split.parts, ElementsAre(cut, "a", "b", other));
  ASSERT_EQ(split.refusals.size(), 2U);
  EXPECT_EQ(split.refusals[0].part, 0U);
  EXPECT_EQ(split.refusals[0].kind, ObjectKind::decompression_failed);
  EXPECT_EQ(split.refusals[0].why.code, "Decompression.InvalidData");
  EXPECT_EQ(split.refusals[1].part, 3U);
  EXPECT_EQ(split.refusals[1].kind, ObjectKind::processing_failed);
  EXPECT_EQ(split.refusals[1].why.code, "CloudWatchLogProcessing.InvalidData");
  EXPECT_EQ(split.refusals[1].why.message,
            "The record is not what CloudWatch Logs sends: it has no messageType");
}

TEST(RecordSplit, TheSplitterIsUsedAgain) {
  RecordSplitter splitter;
  SplitRecord split;
  std::deque<Bytes> held;
  splitter.split(unpacked(), "", split, held);
  EXPECT_EQ(split.refusals.size(), 1U);
  splitter.split(json, "{}{}", split, held);
  EXPECT_THAT(split.parts, ElementsAre("{}", "{}"));
  EXPECT_TRUE(split.refusals.empty());
  splitter.split(json, "broken", split, held);
  EXPECT_THAT(split.parts, ElementsAre("broken"));
  splitter.split({}, "", split, held);
  EXPECT_THAT(split.parts, ElementsAre(""));
}

}  // namespace
}  // namespace sluice::delivery
