#include "server/s3/copy_calls.h"

#include <gtest/gtest.h>

namespace sluice::server {
namespace {

TEST(CopySource, IsABucketAndAKey) {
  struct Case {
    const char* text = "";
    const char* bucket = "";  // empty: refused
    const char* key = "";
  };

  const Case cases[] = {
      {"/b/k", "b", "k"},
      {"b/a/b%20c", "b", "a/b c"},
      {"b%2Fk", "b", "k"},
      {"b//k", "b", "/k"},
      {"b/k?versionId=null", "b", "k"},
      {"b/k?versionId=3", "", ""},
      {"b/", "", ""},
      {"b", "", ""},
      {"//k", "", ""},
      {"b/%ff", "", ""},
      {"b/%z", "", ""},
      {"", "", ""},
  };
  for (const Case& c : cases) {
    const auto source = parse_copy_source(c.text);
    EXPECT_EQ(source ? source->bucket : "", c.bucket) << c.text;
    EXPECT_EQ(source ? source->key : "", c.key) << c.text;
  }
}

}  // namespace
}  // namespace sluice::server
