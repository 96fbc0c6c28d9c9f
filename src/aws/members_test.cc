#include "aws/members.h"

#include "json/document.h"

#include <gtest/gtest.h>

namespace sluice::aws {
namespace {

constexpr Pattern letters = {
    "[a-z]+", [](std::string_view text) {
      return !text.empty() && text.find_first_not_of("abcdefghijklmnopqrstuvwxyz") == text.npos;
    }};

json::Document parse(std::string_view text) {
  return *json::Document::parse(std::string(text));
}

TEST(Members, GivesTypedValues) {
  const auto document = parse(
      R"({"Name":"ab","Count":3,"On":true,"At":1700000000.5,"Data":"aGk=","List":[1],"Map":{"a":"b"}})");
  Members members(document.root());
  Bytes data;
  EXPECT_EQ(members.string("Name"), "ab");
  EXPECT_EQ(members.integer("Count"), 3);
  EXPECT_EQ(members.boolean("On"), true);
  EXPECT_EQ(members.timestamp("At"), unix_millis(1'700'000'000'500));
  EXPECT_EQ(members.blob("Data", {}, data), 2U);
  EXPECT_EQ(data, "hi");
  EXPECT_EQ(members.list("List").size(), 1U);
  EXPECT_EQ(members.string_map("Map").size(), 1U);
  EXPECT_EQ(members.string("Absent"), std::nullopt);
  EXPECT_FALSE(members.refusal());
}

TEST(Members, ReadsListsOfTextsAndJudgesEach) {
  const auto document = parse(R"({"Keys":["abc","A1"],"Wrong":["a",1]})");
  Members members(document.root());
  EXPECT_EQ(members.strings("Keys", {.length_max = 2}, {.pattern = &letters}),
            (std::vector<std::string_view>{"abc", "A1"}));
  ASSERT_TRUE(members.refusal());
  EXPECT_EQ(members.refusal()->message,
            "1 validation error detected: Value 'A1' at 'keys.2.member' failed to satisfy "
            "constraint: Member must satisfy regular expression pattern: [a-z]+");
  EXPECT_EQ(members.strings("Wrong", {}).size(), 1U);
  EXPECT_EQ(members.refusal()->type, "SerializationException");
}

TEST(Members, NullEqualsAbsence) {
  const auto document = parse(R"({"Name":null})");
  Members members(document.root());
  EXPECT_EQ(members.string("Name"), std::nullopt);
  EXPECT_FALSE(members.refusal());
}

TEST(Members, AllBrokenConstraintsStandInOneMessage) {
  const auto document = parse(R"({"Name":"A1","Count":0})");
  Members members(document.root());
  members.string("Name", {.length_min = 3, .pattern = &letters});
  members.integer("Count", {.min = 1});
  members.string("Other", {.is_required = true});
  const auto refused = members.refusal();
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->type, "ValidationException");
  EXPECT_EQ(refused->message,
            "4 validation errors detected: "
            "Value 'A1' at 'name' failed to satisfy constraint: Member must satisfy regular "
            "expression pattern: [a-z]+; "
            "Value 'A1' at 'name' failed to satisfy constraint: Member must have length greater "
            "than or equal to 3; "
            "Value '0' at 'count' failed to satisfy constraint: Member must have value greater "
            "than or equal to 1; "
            "Value null at 'other' failed to satisfy constraint: Member must not be null");
}

TEST(Members, WrongTypesComeBeforeBrokenConstraints) {
  struct Case {
    std::string_view body;
    void (*read)(Members&);
    std::string_view message;
  };

  const Case cases[] = {
      {R"({"A":true})",
       [](Members& m) { m.string("A"); },
       "class java.lang.Boolean can not be converted to an String"},
      {R"({"A":1})",
       [](Members& m) { m.string("A"); },
       "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an "
       "String"},
      {R"({"A":"x"})",
       [](Members& m) { m.integer("A"); },
       "class java.lang.String can not be converted to an Integer"},
      {R"({"A":"yes"})",
       [](Members& m) { m.boolean("A"); },
       "'YES' can not be converted to an Boolean"},
      {R"({"A":"x"})",
       [](Members& m) { m.timestamp("A"); },
       "class java.lang.String can not be converted to milliseconds since epoch"},
      {R"({"A":"x"})", [](Members& m) { m.list("A"); }, "Expected list or null"},
      {R"({"A":"x"})", [](Members& m) { m.object("A"); }, "Expected null"},
      {R"({"A":[]})", [](Members& m) { m.string("A"); }, "Start of list found where not expected"},
      {R"({"A":{}})",
       [](Members& m) { m.string("A"); },
       "Start of structure or map found where not expected."},
      {R"({"A":"abc"})",
       [](Members& m) {
         Bytes out;
         m.blob("A", {}, out);
       },
       "'abc' can not be converted to a Blob: Base64 encoded length is expected a multiple of 4 "
       "bytes but found: 3"},
      {R"({"A":"ab*="})",
       [](Members& m) {
         Bytes out;
         m.blob("A", {}, out);
       },
       "'ab*=' can not be converted to a Blob: Invalid Base64 character: '*'"},
  };
  for (const Case& c : cases) {
    const auto document = parse(c.body);
    Members members(document.root());
    members.string("Required", {.is_required = true});
    c.read(members);
    const auto refused = members.refusal();
    ASSERT_TRUE(refused) << c.body;
    EXPECT_EQ(refused->type, "SerializationException");
    EXPECT_TRUE(refused->is_capital);
    EXPECT_EQ(refused->message, c.message);
  }
}

TEST(Members, NestedPathsAreDottedAndCountFromOne) {
  const auto document = parse(R"({"Records":[{"PartitionKey":"a"},{}],"Filter":{}})");
  Members members(document.root());
  std::size_t index = 0;
  for (const json::View element : members.list("Records").elements()) {
    members.element("Records", index++, element).string("PartitionKey", {.is_required = true});
  }
  members.object("Filter").string("Type", {.is_required = true});
  EXPECT_EQ(members.refusal()->message,
            "2 validation errors detected: Value null at 'records.2.member.partitionKey' failed to "
            "satisfy constraint: "
            "Member must not be null; Value null at 'filter.type' failed to satisfy constraint: "
            "Member must not be null");
}

TEST(Members, WhatIsMissingIsNamedOnceAndNotItsMembersToo) {
  const auto document = parse("{}");
  Members members(document.root(), Shown::paths);
  Bytes out;
  members.object("Record", true).blob("Data", {.is_required = true}, out);
  EXPECT_EQ(members.refusal()->message,
            "1 validation error detected: Value at 'record' failed to satisfy constraint: Member "
            "must not be null");
}

TEST(Members, FirehosesFormLeavesValuesOut) {
  const auto document = parse(R"({"Name":"A1"})");
  Members members(document.root(), Shown::paths);
  members.string("Name", {.length_min = 3});
  EXPECT_EQ(members.refusal()->message,
            "1 validation error detected: Value at 'name' failed to satisfy constraint: Member "
            "must have length greater than or equal to 3");
}

TEST(Members, BlobsInListsAreToldByTheirLength) {
  const auto document = parse(R"({"Records":[{"Data":"YWJj","PartitionKey":"k","N":[1,true]}]})");
  Members members(document.root());
  members.list("Records", {.length_min = 2});
  EXPECT_EQ(
      members.refusal()->message,
      "1 validation error detected: Value "
      "'[{\"Data\":java.nio.HeapByteBuffer[pos=0 lim=3 cap=3],\"PartitionKey\":\"k\",\"N\":"
      "[1,true]}]' at 'records' failed to satisfy constraint: Member must have length greater "
      "than or equal to 2");
}

TEST(Members, ARefusalNeverBringsTheRequestBack) {
  std::string many = R"({"Name":")" + std::string(1'000'000, 'x') + R"(","Blob":")" +
                     std::string(1'000'001, 'A') + R"(","List":[)";
  for (int i = 0; i < 600; ++i) {
    many.append(i == 0 ? "" : ",").append(R"({"Key":")" + std::string(2'000, 'k') + "\"}");
  }
  const auto document = parse(many + "]}");
  Members members(document.root());
  members.string("Name", {.length_max = 5});
  members.list("List", {.length_max = 500});
  EXPECT_LT(members.refusal()->message.size(), 4'000U);
  EXPECT_NE(members.refusal()->message.find("xxx... (1000000 bytes)"), std::string::npos);
  Bytes out;
  members.blob("Blob", {}, out);
  EXPECT_LT(members.refusal()->message.size(), 2'000U);
  EXPECT_NE(members.refusal()->message.find("but found: 1000001"), std::string::npos);
}

TEST(Members, AtMostTenViolationsAreNamed) {
  const auto document = parse("{}");
  Members members(document.root());
  for (int i = 0; i < 20; ++i) {
    members.string("A", {.is_required = true});
  }
  EXPECT_TRUE(members.refusal()->message.starts_with("10 validation errors detected: "));
}

TEST(Members, HugeIntegersAreClamped) {
  const auto document = parse(R"({"A":99999999999999999999})");
  Members members(document.root());
  EXPECT_EQ(members.integer("A"), 2147483647);
}

}  // namespace
}  // namespace sluice::aws
