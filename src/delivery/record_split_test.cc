#include "delivery/record_split.h"

#include "base/digest.h"

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
  std::vector<ByteView> parts;
  splitter.split(rule, record, parts);
  for (const ByteView part : parts) {
    EXPECT_GE(part.data(), record.data());
    EXPECT_LE(part.data() + part.size(), record.data() + record.size());
  }
  return {parts.begin(), parts.end()};
}

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

TEST(RecordSplit, TheSplitterIsUsedAgainAndAddsToWhatIsThere) {
  RecordSplitter splitter;
  std::vector<ByteView> parts;
  splitter.split(json, "{}{}", parts);
  splitter.split(json, "broken", parts);
  splitter.split(by_hashes, "####", parts);
  splitter.split({}, "", parts);
  EXPECT_THAT(parts, ElementsAre("{}", "{}", "broken", "####", ""));
}

}  // namespace
}  // namespace sluice::delivery
