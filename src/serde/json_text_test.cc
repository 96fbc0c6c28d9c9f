#include "serde/json_text.h"

#include "json/tape.h"

#include <gtest/gtest.h>

namespace sluice::serde {
namespace {

std::string text_of(std::string_view json, bool lower_keys) {
  json::Tape tape;
  EXPECT_TRUE(tape.parse(json, json::Documents::one)) << json;
  std::string out;
  JsonText writer(lower_keys);
  writer.append(out, *tape.documents().begin());
  return out;
}

TEST(JsonText, IsCompactAndLowersKeysAtEveryDepth) {
  const struct {
    std::string_view json;
    std::string_view lowered;
    std::string_view as_written;
  } cases[] = {
      {R"({"MixedKey":1})", R"({"mixedkey":1})", R"({"MixedKey":1})"},
      {R"({ "A" : [ { "B" : "Cc" } , null , true ] , "É" : { } })",
       R"({"a":[{"b":"Cc"},null,true],"é":{}})",
       R"({"A":[{"B":"Cc"},null,true],"É":{}})"},
      {R"([ 1.50, -0, 1E+400, 123456789012345678901234567890, "\u00e9\n\/" ])",
       R"([1.50,-0,1E+400,123456789012345678901234567890,"é\n/"])",
       R"([1.50,-0,1E+400,123456789012345678901234567890,"é\n/"])"},
      {"[]", "[]", "[]"},
      {R"({"a":1,"b":2,"a":3})", R"({"a":3,"b":2})", R"({"a":3,"b":2})"},
      {R"({"a":1,"b":2,"A":3})", R"({"a":3,"b":2})", R"({"a":1,"b":2,"A":3})"},
      {R"({"x":{"k":1,"K":{"k":2,"K":3}},"X":[]})",
       R"({"x":[]})",
       R"({"x":{"k":1,"K":{"k":2,"K":3}},"X":[]})"},
  };

  for (const auto& expected : cases) {
    EXPECT_EQ(text_of(expected.json, true), expected.lowered);
    EXPECT_EQ(text_of(expected.json, false), expected.as_written);
  }
}

TEST(JsonText, ManyRepeatedKeysCostNoMoreThanSorting) {
  std::string json = "{";
  for (int index = 0; index < 100'000; ++index) {
    json +=
        (index == 0 ? "\"K" : ",\"k") + std::to_string(index / 2) + "\":" + std::to_string(index);
  }
  const std::string text = text_of(json + "}", true);
  EXPECT_TRUE(text.starts_with(R"({"k0":1,"k1":3,)"));
  EXPECT_TRUE(text.ends_with(R"("k49999":99999})"));
}

TEST(JsonText, TakesTheDeepestNestingThereIs) {
  const std::string json = std::string(1024, '[') + std::string(1024, ']');
  EXPECT_EQ(text_of(json, true), json);
}

}  // namespace
}  // namespace sluice::serde
