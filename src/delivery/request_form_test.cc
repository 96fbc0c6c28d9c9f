#include "delivery/request_form.h"

#include "json/document.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice::delivery {
namespace {

// Reads `text` with `read` and returns what was refused.
template <class Read>
std::string refused(std::string_view text, Read read) {
  const auto document = json::Document::parse(Bytes(text));
  FormReport report;
  const FormShape shape(document->root(), report);
  read(shape);
  const std::optional<Refusal> refusal = report.refusal();
  return refusal ? refusal->message : "good";
}

TEST(FormShape, WrongJsonTypesHaveTheServicesWords) {
  struct Case {
    std::string_view text;
    std::string_view message;
  };

  constexpr Case cases[] = {
      {R"({"A":true})", "class java.lang.Boolean can not be converted to an String"},
      {R"({"A":1})",
       "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an "
       "String"},
      {R"({"A":[]})", "Start of list found where not expected"},
      {R"({"A":{}})", "Start of structure or map found where not expected."},
      {R"({"N":"1"})", "class java.lang.String can not be converted to an Integer"},
      {R"({"N":1.5})", "1.5 is not an Integer"},
      {R"({"B":1})",
       "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an "
       "Boolean"},
      {R"({"S":"x"})", "Expected null"},
      {R"({"L":1})", "Expected list or null"},
      {R"({"L":[1]})", "Expected null"},
      {R"({"M":[]})", "Expected map or null"},
      {R"([])", "Expected null"},
      {R"({"A":null,"N":null,"B":null,"S":null,"L":null,"M":null})", "good"},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(refused(each.text,
                      [](const FormShape& shape) {
                        shape.text("A", prefix_rule);
                        shape.integer("N", {});
                        shape.boolean("B");
                        shape.structure("S");
                        shape.structures("L", {}, [](const FormShape&) {});
                        shape.map("M", no_white_space_rule, non_blank_rule);
                      }),
              each.message)
        << each.text;
  }
}

TEST(FormShape, EveryViolationIsNamedWithItsPath) {
  EXPECT_EQ(refused(R"({"Outer":{"List":[{"Key":"k"},{}]},"Name":""})",
                    [](const FormShape& shape) {
                      shape.text("Name", delivery_stream_name_rule);
                      shape.structure("Outer").structures(
                          "List", {3, 50}, [](const FormShape& element) {
                            element.text("Key", tag_key_rule, Presence::required);
                          });
                    }),
            "4 validation errors detected: Value at 'name' failed to satisfy constraint: Member "
            "must have length greater than or equal to 1; Value at 'name' failed to satisfy "
            "constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+; Value at "
            "'outer.list' failed to satisfy constraint: Member must have length greater than or "
            "equal to 3; Value at 'outer.list.2.member.key' failed to satisfy constraint: Member "
            "must not be null");
}

TEST(FormShape, NotANumberViolatesBothBoundsUpperFirst) {
  const auto read = [](const FormShape& shape) { shape.proportion("P"); };
  EXPECT_EQ(refused(R"({"P":"NaN"})", read),
            "2 validation errors detected: Value at 'p' failed to satisfy constraint: Member must "
            "have value less than or equal to 1; Value at 'p' failed to satisfy constraint: Member "
            "must have value greater than or equal to 0");
  EXPECT_EQ(refused(R"({"P":0.5})", read), "good");
  EXPECT_EQ(refused(R"({"P":1})", read), "good");
}

TEST(FormShape, AMapNamesItsRulesOnceForAllKeysAndOnceForAllValues) {
  EXPECT_EQ(
      refused(R"({"M":{"a b":"","c d":"x"}})",
              [](const FormShape& shape) { shape.map("M", no_white_space_rule, non_blank_rule); }),
      R"(2 validation errors detected: Value at 'm' failed to satisfy constraint: Map keys )"
      R"(must satisfy constraint: [Member must have length less than or equal to 1024, )"
      R"(Member must have length greater than or equal to 1, Member must satisfy regular )"
      R"(expression pattern: ^\S+$]; Value at 'm' failed to satisfy constraint: Map value )"
      R"(must satisfy constraint: [Member must have length less than or equal to 1024, )"
      R"(Member must have length greater than or equal to 1, Member must satisfy regular )"
      R"(expression pattern: ^(?!\s*$).+])");
}

TEST(FormShape, AtMostTenViolationsAreCounted) {
  std::string list;
  for (int i = 0; i < 30; ++i) {
    list += list.empty() ? "{}" : ",{}";
  }
  EXPECT_TRUE(refused("{\"L\":[" + list + "]}", [](const FormShape& shape) {
                shape.structures("L", {}, [](const FormShape& element) {
                  element.text("K", tag_key_rule, Presence::required);
                });
              }).starts_with("10 validation errors detected: "));
}

TEST(FormShape, NothingIsRequiredOfAnAbsentStructure) {
  EXPECT_EQ(refused("{}",
                    [](const FormShape& shape) {
                      const FormShape absent = shape.structure("S");
                      absent.text("A", role_arn_rule, Presence::required);
                      absent.structure("T", Presence::required);
                      EXPECT_FALSE(absent.is_given());
                      EXPECT_FALSE(absent.has("A"));
                    }),
            "good");
}

}  // namespace
}  // namespace sluice::delivery
