#include "json/view.h"

#include "json/tape.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace sluice::json {
namespace {

class ViewTest : public testing::Test {
 protected:
  View view(std::string_view text) {
    EXPECT_TRUE(tape_.parse(text, Documents::one)) << text;
    return *tape_.documents().begin();
  }

 private:
  Tape tape_;
};

TEST_F(ViewTest, FindsTheLastMemberOfAName) {
  const View root = view(R"({"a":1,"b":[1,{"a":9}],"a":{"c":2},"":3})");
  EXPECT_EQ(root.size(), 4U);
  EXPECT_EQ(root.find("a").find("c").as_int64(), 2);
  EXPECT_EQ(root.find("").as_int64(), 3);
  EXPECT_FALSE(root.find("z").exists());
  EXPECT_FALSE(root.find("z").find("deeper").exists());
  EXPECT_FALSE(root.find("b").find("a").exists());
}

TEST_F(ViewTest, WalksNestedValuesInOrder) {
  const View root = view(R"( {"a":[1,[],{"x":{}}],"b":[]} )");
  std::string seen;
  for (const Member member : root.members()) {
    seen += std::string(member.key) + "(";
    for (const View element : member.value.elements()) {
      seen += std::string(kind_name(element.kind())) + std::to_string(element.size()) + " ";
    }
    seen += ")";
  }
  EXPECT_EQ(seen, "a(number0 array0 object1 )b()");
  EXPECT_EQ(root.find("a").text(), R"([1,[],{"x":{}}])");
  EXPECT_EQ(root.find("a").size(), 3U);
}

TEST_F(ViewTest, ConvertsOnlyWhatIsOfTheKindAskedFor) {
  const View root = view(R"({"n":null,"t":true,"f":false,"i":10,"e":1e1,"d":1.5,"s":"10"})");
  EXPECT_EQ(root.find("t").as_bool(), true);
  EXPECT_EQ(root.find("f").as_bool(), false);
  EXPECT_EQ(root.find("i").as_int64(), 10);
  EXPECT_EQ(root.find("e").as_int64(), 10);
  EXPECT_EQ(root.find("d").as_double(), 1.5);
  EXPECT_EQ(root.find("i").as_double(), 10.0);
  EXPECT_EQ(root.find("s").as_string(), "10");
  EXPECT_FALSE(root.find("d").as_int64());
  EXPECT_FALSE(root.find("s").as_int64());
  EXPECT_FALSE(root.find("s").as_double());
  EXPECT_FALSE(root.find("i").as_string());
  EXPECT_FALSE(root.find("n").as_bool());
  EXPECT_FALSE(root.find("z").as_bool());
  EXPECT_TRUE(root.find("n").is_missing_or_null());
  EXPECT_TRUE(root.find("z").is_missing_or_null());
  EXPECT_FALSE(root.find("i").is_missing_or_null());
  EXPECT_TRUE(root.find("i").is(Kind::number));
  EXPECT_FALSE(View().is(Kind::null));
  EXPECT_TRUE(root.find("i").node().is_integer);
  EXPECT_FALSE(root.find("e").node().is_integer);
  EXPECT_FALSE(root.find("d").node().is_integer);
}

TEST_F(ViewTest, OtherKindsHaveNeitherElementsNorMembers) {
  EXPECT_TRUE(view("1").elements().empty());
  EXPECT_TRUE(view("[1]").members().empty());
  EXPECT_TRUE(view("{\"a\":1}").elements().empty());
  EXPECT_TRUE(View().elements().empty());
  EXPECT_TRUE(View().members().empty());
}

TEST_F(ViewTest, StringsKnowWhereTheyWereWritten) {
  const View root = view(R"(["ab", "c\n"])");
  EXPECT_EQ(View(&root.node() + 1).node().detail, 1U);
  EXPECT_EQ(View(&root.node() + 2).node().detail, 7U);
}

TEST(ViewDeathTest, AnAbsentValueHasNoKind) {
  EXPECT_DEATH(View().kind(), "node_ != nullptr");
}

}  // namespace
}  // namespace sluice::json
