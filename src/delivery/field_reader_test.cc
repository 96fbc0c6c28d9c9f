#include "delivery/field_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace sluice::delivery {
namespace {

using testing::ElementsAre;

FieldReader reader_of(const std::vector<std::string>& paths) {
  std::vector<FieldPath> parsed;
  for (const std::string& path : paths) {
    parsed.push_back(parse_field_path(path).value());
  }
  return FieldReader(std::move(parsed));
}

std::string read(FieldReader& reader, ByteView record, std::size_t fields = 1) {
  if (!reader.read(record)) {
    return "no JSON";
  }
  std::string out;
  for (std::size_t i = 0; i < fields; ++i) {
    out += i == 0 ? "" : "|";
    out += reader.field(i).exists() ? reader.field(i).text() : "-";
  }
  return out;
}

TEST(FieldPath, IsAPathOrANameOfAMember) {
  EXPECT_THAT(parse_field_path(".a.b").value(), ElementsAre("a", "b"));
  EXPECT_THAT(parse_field_path(".a").value(), ElementsAre("a"));
  EXPECT_THAT(parse_field_path("a").value(), ElementsAre("a"));
  EXPECT_THAT(parse_field_path("a.b").value(), ElementsAre("a.b"));
  for (const std::string_view bad : {"", ".", ".a.", "..a", ".a..b"}) {
    EXPECT_FALSE(parse_field_path(bad)) << bad;
  }
}

// Each record several times: by the parser first, by its shape then.
TEST(FieldReader, FindsMembersOfMembersOrNothing) {
  struct Case {
    std::string_view record;
    std::string_view found;
  };

  constexpr Case cases[] = {
      {R"({"a":{"b":"x"},"c":1})", "x|1"},
      {R"({"c":2,"a":{"b":"y\n"}})", "y\n|2"},
      {R"({"c":2})", "-|2"},
      {R"({"a":null,"c":2})", "-|2"},
      {R"({"a":3,"c":2})", "-|2"},
      {R"({"a":[{"b":1}],"c":2})", "-|2"},
      {R"({"a":{"b":{"b":1}},"c":null})", R"({"b":1}|null)"},
      {R"({"a":{"b":1,"b":2},"c":[1, 2]})", "2|[1, 2]"},
      {R"({"a":{"b":1}}{"a":{"b":2}})", "1|-"},
      {R"({})", "-|-"},
      {"[1]", "-|-"},
      {"7", "-|-"},
      {"", "no JSON"},
      {"{", "no JSON"},
      {R"({"a":{"b":1}} x)", "no JSON"},
      {"\xff", "no JSON"},
  };
  FieldReader reader = reader_of({".a.b", "c"});
  for (int round = 0; round < 3; ++round) {
    for (const Case& each : cases) {
      EXPECT_EQ(read(reader, each.record, 2), each.found) << each.record;
    }
  }
  for (const Case& each : cases) {
    FieldReader alone = reader_of({".a.b", "c"});
    for (int round = 0; round < 3; ++round) {
      EXPECT_EQ(read(alone, each.record, 2), each.found) << each.record;
    }
  }
}

TEST(FieldReader, AFieldThatARecordOfOneShapeLacksIsFoundInTheNextOfAnotherShape) {
  FieldReader reader = reader_of({"end"});
  EXPECT_EQ(read(reader, R"({"t":1})"), "-");
  EXPECT_EQ(read(reader, R"({"t":2})"), "-");
  EXPECT_EQ(read(reader, R"({"t":3,"end":true})"), "true");
  EXPECT_EQ(read(reader, R"({"t":4})"), "-");
  EXPECT_EQ(read(reader, R"({"t":5,"end":false})"), "false");
}

// Where a container stood, another may stand: nothing may be concluded from its shape.
TEST(FieldReader, AnArrayInThePlaceOfAnObjectIsNoProofOfAbsence) {
  FieldReader reader = reader_of({".a.b"});
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(read(reader, R"({"a":[]})"), "-");
    EXPECT_EQ(read(reader, R"({"a":{"b":1}})"), "1");
    EXPECT_EQ(read(reader, R"({"a":"b"})"), "-");
  }
}

}  // namespace
}  // namespace sluice::delivery
