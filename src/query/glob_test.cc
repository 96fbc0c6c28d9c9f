// Exclude patterns as Glue describes them.
#include "query/glob.h"

#include <gtest/gtest.h>

namespace sluice::query {
namespace {

TEST(Glob, MatchesAsGlueDoes) {
  struct Case {
    const char* pattern;
    const char* path;
    bool matches;
  };

  for (const Case& row : {Case{"*.csv", "a.csv", true},
                          {"*.csv", "b/a.csv", false},
                          {"**.csv", "b/a.csv", true},
                          {"*.*", "a.csv", true},
                          {"*.*", "a", false},
                          {"*.{csv,avro}", "a.avro", true},
                          {"*.{csv,avro}", "a.json", false},
                          {"foo.?", "foo.a", true},
                          {"foo.?", "foo.ab", false},
                          {"myfolder/*", "myfolder/mytext.txt", true},
                          {"myfolder/*", "myfolder/a/b.txt", false},
                          {"myfolder/*/*", "myfolder/a/b.txt", true},
                          {"myfolder/**", "myfolder/a/b/c.txt", true},
                          {"myfolder**", "myfolder", true},
                          {"[abc].txt", "b.txt", true},
                          {"[a-cx].txt", "x.txt", true},
                          {"[!a-c].txt", "b.txt", false},
                          {"[!a-c].txt", "d.txt", true},
                          {"a?b", "a/b", false},
                          {"a[!x]b", "a/b", false},
                          {"a\\*b", "a*b", true},
                          {"a\\*b", "axb", false},
                          {"{a,b}{c,d}", "bc", true},
                          {"{a,b}{c,d}", "ab", false},
                          {"", "", true},
                          {"*", "", true},
                          {"*", ".hidden", true},
                          {"2025/0[1-6]/**", "2025/06/x/y", true}}) {
    const auto glob = Glob::parse(row.pattern);
    ASSERT_TRUE(glob.has_value()) << row.pattern << ": " << glob.error().message();
    EXPECT_EQ(glob->matches(row.path), row.matches) << row.pattern << " " << row.path;
  }
}

TEST(Glob, RefusesWhatIsNone) {
  std::string many;
  for (int group = 0; group < 5; ++group) {
    many += "{a,b,c,d,e}";
  }
  for (const std::string& pattern : {std::string("[abc"),
                                     std::string("[]"),
                                     std::string("{a,b"),
                                     std::string("{a,{b}}"),
                                     many,
                                     std::string(2000, 'x')}) {
    const auto glob = Glob::parse(pattern);
    ASSERT_FALSE(glob.has_value()) << pattern;
    EXPECT_EQ(glob.error().fault(), Fault::invalid);
  }
}

TEST(Glob, NoPatternTakesLong) {
  std::string stars;
  for (int count = 0; count < 300; ++count) {
    stars += "*a";
  }
  const auto glob = Glob::parse(stars + "b");
  ASSERT_TRUE(glob.has_value());
  EXPECT_FALSE(glob->matches(std::string(1000, 'a')));
}

}  // namespace
}  // namespace sluice::query
