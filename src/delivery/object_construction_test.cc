#include "delivery/object_construction.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice::delivery {
namespace {

// "key=value;", or what is wrong.
std::string read(std::string_view query) {
  const auto members = read_object_construction(query);
  if (!members) {
    EXPECT_EQ(members.error().fault(), Fault::invalid) << query;
    return members.error().message();
  }
  std::string out;
  for (const ConstructedMember& member : *members) {
    out += member.key + "=" + std::string(member.value) + ";";
  }
  return out;
}

TEST(ObjectConstruction, keys_and_values_are_found_without_running_it) {
  struct Case {
    std::string_view query;
    std::string_view members;
  };

  const Case cases[] = {
      {"{customer_id: .customer_id}", "customer_id=.customer_id;"},
      {R"({customer_id: .customer_id, year: .ts|strftime("%Y")})",
       R"(customer_id=.customer_id;year=.ts|strftime("%Y");)"},
      {R"( { "quoted key": .x , ident , "alone", } # done)", "quoted key=.x;ident=;alone=;"},
      {"{\n  # the device\n  device:.device,\n  year:(.a, .b)\n}", "device=.device;year=(.a, .b);"},
      {"{if: 1, __loc__: 2, true: 3, and:4}", "if=1;__loc__=2;true=3;and=4;"},
      {"{geo::cell: .c}", "geo::cell=.c;"},
      {R"({"\u00e9\n": .a})", "é\n=.a;"},
      {R"q({a: "}, \(.b | {c: ","})"})q", R"q(a="}, \(.b | {c: ","})";)q"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(read(c.query), c.members) << c.query;
  }
}

TEST(ObjectConstruction, what_is_none_is_refused_with_its_place) {
  struct Case {
    std::string_view query;
    std::string_view message;
  };

  constexpr std::string_view no_name =
      "a key of the query must be a name or a string; one that depends on the record is of no use "
      "in a prefix";
  const Case cases[] = {
      {"",
       "line 1, column 1: a query is a jq object construction, such as {customer: .customer_id}"},
      {". | {a}",
       "line 1, column 1: a query is a jq object construction, such as {customer: .customer_id}"},
      {"{}", "line 1, column 3: a query has at least one key"},
      {"{a: .a", "line 1, column 7: a comma or '}' must follow a member"},
      {"{a: .a} | {b}", "line 1, column 9: nothing may follow the object"},
      {"{a: .a}, {b: .b}", "line 1, column 8: nothing may follow the object"},
      {"{a: .a, b: .b, a: .c}", "line 1, column 16: the key 'a' stands twice"},
      {R"({a: .a, "\u0061": .b})", "line 1, column 9: the key 'a' stands twice"},
      {"{a: }", "line 1, column 5: a value is missing"},
      {"{a b}", "line 1, column 4: a comma or '}' must follow a member"},
      {R"({"": .a})", "line 1, column 2: a key of the query must not be empty"},
      {"{if}", "line 1, column 2: 'if' is a word of jq; as a key it needs a value"},
      {R"q({"\(.a)": .b})q",
       "line 1, column 3: a string with an expression in it, \\(...), has no fixed value"},
      {"{a: .b: .c}", "line 1, column 7: no ':' may stand here; put the value in parentheses"},
  };

  for (const Case& c : cases) {
    EXPECT_EQ(read(c.query), c.message) << c.query;
  }
  for (const std::string_view query :
       {"{(.a): .b}", "{$x}", "{$ENV}", "{@text \"a\": 1}", "{1: 2}", "{,}"}) {
    EXPECT_EQ(read(query), "line 1, column 2: " + std::string(no_name)) << query;
  }
}

TEST(ObjectConstruction, text_and_keys_are_bounded) {
  EXPECT_EQ(read(std::string("{a: .a\0}", 8)), "a query is valid UTF-8 without a zero byte");
  EXPECT_EQ(read("{a: \"\xff\"}"), "a query is valid UTF-8 without a zero byte");
  EXPECT_EQ(read("{a}" + std::string(query_bytes_max - 3, ' ')), "a=;");
  EXPECT_EQ(read("{a}" + std::string(query_bytes_max - 2, ' ')), "a query has at most 20480 bytes");
  std::string query = "{";
  for (std::size_t key = 0; key < query_keys_max; ++key) {
    query += "k" + std::to_string(key) + ",";
  }
  EXPECT_EQ(read_object_construction(query + "}")->size(), query_keys_max);
  EXPECT_EQ(read(query + "more}"), "line 1, column 192: a query has at most 50 keys");
}

}  // namespace
}  // namespace sluice::delivery
