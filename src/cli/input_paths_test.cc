// Tests of cli/input_paths.h.
#include "cli/input_paths.h"

#include "base/memory_file_system.h"

#include <gtest/gtest.h>

namespace sluice::cli {
namespace {

class InputPaths : public testing::Test {
 protected:
  InputPaths() {
    for (const char* path : {"/in/b.json",
                             "/in/a.json",
                             "/in/a.json.gz",
                             "/in/.a.json.x.tmp",
                             "/in/2025/c.json",
                             "/in/2025/07/d.json",
                             "/in/2025/07/read[me].txt"}) {
      EXPECT_TRUE(files_.create_directories(parent_path(path)));
      EXPECT_TRUE(replace_file(files_, path, ""));
    }
  }

  // The paths, or what was wrong.
  std::vector<std::string> paths(const std::vector<std::string>& words) {
    const auto found = find_inputs(files_, words);
    std::vector<std::string> out;
    if (!found) {
      return {found.error().message()};
    }
    for (const InputPath& input : *found) {
      out.push_back(input.path);
    }
    return out;
  }

  MemoryFileSystem files_;
};

using Paths = std::vector<std::string>;

TEST_F(InputPaths, PlainWordsStayInTheirOrder) {
  EXPECT_EQ(paths({"/in/b.json", "-", "/not/there"}), (Paths{"/in/b.json", "-", "/not/there"}));
  EXPECT_EQ(paths({"/in/2025/07/read[me].txt"}), Paths{"/in/2025/07/read[me].txt"});
}

TEST_F(InputPaths, PatternsGiveWhatTheyMatchSorted) {
  EXPECT_EQ(paths({"/in/*.json"}), (Paths{"/in/a.json", "/in/b.json"}));
  EXPECT_EQ(paths({"/in/*.json*"}), (Paths{"/in/a.json", "/in/a.json.gz", "/in/b.json"}));
  EXPECT_EQ(paths({"/in/?.{json,txt}"}), (Paths{"/in/a.json", "/in/b.json"}));
  EXPECT_EQ(paths({"/in/*/*.json"}), Paths{"/in/2025/c.json"});
  EXPECT_EQ(paths({"/in/**/*.json"}),
            (Paths{"/in/2025/07/d.json", "/in/2025/c.json", "/in/a.json", "/in/b.json"}));
  EXPECT_EQ(paths({"/in/**/07/*.json"}), Paths{"/in/2025/07/d.json"});
}

TEST_F(InputPaths, HiddenNamesAreTakenOnlyWhenAskedFor) {
  EXPECT_EQ(paths({"/in/.*"}), Paths{"/in/.a.json.x.tmp"});
  EXPECT_EQ(paths({"/in/*.tmp"}), Paths{"no file matches /in/*.tmp"});
}

TEST_F(InputPaths, WhatLiesBelowThePatternsFolderIsKnown) {
  EXPECT_EQ(
      *find_inputs(files_, Paths{"/in/**/d.json", "/in/b.json"}),
      (std::vector<InputPath>{{"/in/2025/07/d.json", "2025/07/d.json"}, {"/in/b.json", "b.json"}}));
}

TEST_F(InputPaths, WhatIsWrongIsSaid) {
  EXPECT_EQ(paths({"/in/*.csv"}), Paths{"no file matches /in/*.csv"});
  EXPECT_EQ(paths({"/nowhere/*"}), Paths{"no file matches /nowhere/*"});
  EXPECT_EQ(paths({"/in/b.json", "/in/?.json"}),
            Paths{"/in/b.json is named twice; its rows would come twice"});
  EXPECT_NE(paths({"/in/[a"})[0].find("the pattern [a: "), std::string::npos);
}

}  // namespace
}  // namespace sluice::cli
