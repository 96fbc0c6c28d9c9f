// Patterns as clients of Glue write them.
#include "catalog/name_pattern.h"

#include <gtest/gtest.h>

namespace sluice::catalog {
namespace {

TEST(NamePattern, MatchesAsHiveDoes) {
  struct Case {
    const char* name;
    const char* pattern;
    bool matches;
  };

  for (const Case& row : {Case{"heart_rate", "heart_rate", true},
                          {"heart_rate", "HEART*", true},
                          {"heart_rate", "heart.*", true},
                          {"heart_rate", "*rate", true},
                          {"heart_rate", "*art*at*", true},
                          {"heart_rate", "heart", false},
                          {"heart_rate", "rate", false},
                          {"heart_rate", "heart.rate", true},
                          {"heart_rate", "steps|heart*", true},
                          {"heart_rate", "steps|sleep", false},
                          {"heart_rate", "*", true},
                          {"heart_rate", ".*", true},
                          {"heart_rate", "heart_rate*", true},
                          {"heart_rate", "", false},
                          {"aab", "*ab", true},
                          {"ab", "*.*b", true},
                          {"a", "..", false}}) {
    EXPECT_EQ(matches_name_pattern(row.name, row.pattern), row.matches)
        << row.name << " " << row.pattern;
  }
}

}  // namespace
}  // namespace sluice::catalog
