// Tests of cli/conversion_schema.h.
#include "cli/conversion_schema.h"

#include "cli/terminal_fixture.h"

#include <gtest/gtest.h>

namespace sluice::cli {
namespace {

std::string inferred(const std::vector<std::string>& paths) {
  std::vector<InputPath> inputs;
  for (const std::string& path : paths) {
    inputs.push_back({path, path});
  }
  const auto files = InputFiles::look_at(std::move(inputs));
  const auto schema = schema_of_input(**files, serde::KeyCase::ignored);
  return schema ? columns_text(*schema) : schema.error().message();
}

TEST(ConversionSchema, OfColumnsIsWrittenAsItIsRead) {
  for (const char* text : {"a int",
                           "timestamp string, heart_rate int",
                           "`at rest` boolean, `a``b` array<struct<`x y`:decimal(4,2),z:int>>",
                           "m map<string,array<bigint>>"}) {
    EXPECT_EQ(columns_text(*columnar::parse_columns(text)), text);
  }
}

TEST(ConversionSchema, OfTheInputIsWhatItsBeginningSuggests) {
  const TemporaryFolder folder;
  const std::string beats =
      folder.write("a.json", "{\"timestamp\": \"2025-07-13T15:55:19\", \"heart_rate\": 89}");
  const std::string more = folder.write("b.json", "{\"heart_rate\": 90, \"note\": \"x\"}\n");
  EXPECT_EQ(inferred({beats}), "timestamp timestamp, heart_rate bigint");
  EXPECT_EQ(inferred({beats, more}), "timestamp timestamp, heart_rate bigint, note string");
}

TEST(ConversionSchema, OfNothingCannotBeTold) {
  const TemporaryFolder folder;
  const std::string empty = folder.write("a.json", "");
  const std::string said = inferred({empty});
  EXPECT_TRUE(said.starts_with("cannot tell the columns from " + empty + ": ")) << said;
  EXPECT_TRUE(said.ends_with("; name them with --schema")) << said;
}

TEST(InputFiles, WhatWasSampledIsReadAgain) {
  const TemporaryFolder folder;
  const std::string text = "{\"a\": 1}\n{\"a\": 2}\n{\"a\"";
  const auto files = InputFiles::look_at({{folder.write("a", text), "a"}});
  EXPECT_EQ(*(*files)->sample(12), "{\"a\": 1}\n");
  EXPECT_EQ((*files)->bytes_read(), 0U);
  ASSERT_TRUE(*(*files)->open_next());
  std::string again(100, '\0');
  again.resize(*(*files)->read(again.data(), again.size()));
  EXPECT_EQ(again, text);
  EXPECT_FALSE(*(*files)->open_next());
}

}  // namespace
}  // namespace sluice::cli
