// Which keys are paths, and where the others go.
#include "s3/key_mapping.h"

#include "base/random.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace sluice::s3 {
namespace {

using namespace std::string_literals;

TEST(KeyMapping, PlainKeysArePaths) {
  for (const std::string& key : {"a"s,
                                 "heart_rate_data/2025/07/13/session_21-25-19/part-1.parquet"s,
                                 "..."s,
                                 ".hidden"s,
                                 "a/..b/c.."s,
                                 "a b/!*'()/+=&%"s,
                                 "\xe0\xa4\x89"s,
                                 "\xc2\xa0"s,  // U+00A0, no control character
                                 std::string(255, 'x') + "/y",
                                 ".sluice"s}) {
    EXPECT_TRUE(is_plain_key(key)) << key;
  }
}

TEST(KeyMapping, KeysThatCannotBePathsAreNotPlain) {
  for (const std::string& key : {""s,
                                 "/"s,
                                 "a/"s,
                                 "/a"s,
                                 "a//b"s,
                                 "."s,
                                 ".."s,
                                 "../etc/passwd"s,
                                 "a/../b"s,
                                 "a/./b"s,
                                 "a\0b"s,
                                 "a\nb"s,
                                 "\x7f"s,
                                 "\xc2\x85"s,  // U+0085
                                 "a\xff"s,
                                 "\xed\xa0\x80"s,      // a surrogate
                                 "\xc0\xae\xc0\xae"s,  // overlong ".."
                                 ".sluice-x"s,
                                 "a/.sluice-x/b"s,
                                 std::string(256, 'x'),
                                 std::string(1025, 'x')}) {
    EXPECT_FALSE(is_plain_key(key)) << key;
  }
}

TEST(KeyMapping, LimitsTheLengthOfKeys) {
  EXPECT_TRUE(check_key("a").has_value());
  EXPECT_TRUE(check_key(std::string(1024, 'x')).has_value());
  EXPECT_EQ(check_key(std::string(1025, 'x')).error().code(), S3Code::key_too_long);
  EXPECT_EQ(check_key("").error().code(), S3Code::invalid_uri);
}

TEST(KeyMapping, EscapedPathsReadAsWritten) {
  struct Case {
    std::string key;
    std::string path;
  };

  const std::vector<Case> cases = {
      {"a//b", "a%2F%2Fb="},
      {"../etc", "..%2Fetc="},
      {"..", "..="},
      {"/", "%2F="},
      {"a\0"s, "a%00="},
      {"=+%", "%3D%2B%25="},
      {std::string(200, 'x'), std::string(200, 'x') + "="},
      {std::string(200, 'x') + "y", std::string(200, 'x') + "+/y="},
  };
  for (const Case& row : cases) {
    EXPECT_EQ(escaped_path(row.key), row.path);
    EXPECT_EQ(key_of_escaped_path(row.path), row.key);
  }
}

TEST(KeyMapping, PathsThatAreNotOursHaveNoKey) {
  for (const std::string& path : {""s,
                                  "="s,
                                  "a"s,
                                  "a+"s,
                                  "a=/b="s,
                                  "a+/b="s,
                                  "/a="s,
                                  "a%2f="s,
                                  "a%41="s,
                                  "a%="s,
                                  "a b="s,
                                  std::string(201, 'x') + "=",
                                  std::string(200, 'x') + "+/="}) {
    EXPECT_EQ(key_of_escaped_path(path), std::nullopt) << path;
  }
}

TEST(KeyMapping, LongestAndWorstKeysFit) {
  const std::string path = escaped_path(std::string(key_bytes_max, '\xff'));
  EXPECT_LE(path.size(), 3277u);
  EXPECT_EQ(key_of_escaped_path(path), std::string(key_bytes_max, '\xff'));
}

// Random keys of few different bytes: paths never leave their tree, no two keys share one, and no
// escaped file is in the way of another's folder.
TEST(KeyMapping, GivesEachKeyAPlaceOfItsOwn) {
  SeededRandom random(3);
  std::set<std::string> keys;
  std::set<std::string> paths;
  for (int round = 0; round < 20'000; ++round) {
    std::string key;
    for (std::uint64_t length = random.below(6) + 1; length > 0; --length) {
      constexpr std::string_view letters("./+=%a\0\xff", 8);
      const char letter = letters[random.below(letters.size())];
      key.append(random.below(8) == 0 ? 200 : 1, letter);
    }
    if (key.size() > key_bytes_max || !keys.insert(key).second) {
      continue;
    }
    const std::string path = escaped_path(key);
    EXPECT_TRUE(paths.insert(path).second);
    EXPECT_EQ(key_of_escaped_path(path), key);
    EXPECT_TRUE(is_plain_key(path.substr(0, key_bytes_max)) || path.size() > key_bytes_max);
  }
  for (const std::string& path : paths) {
    const auto below = paths.lower_bound(path + "/");
    EXPECT_FALSE(below != paths.end() && below->starts_with(path + "/"));
  }
}

}  // namespace
}  // namespace sluice::s3
