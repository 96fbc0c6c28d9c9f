// Tests of aws/shared_config.h.
#include "aws/shared_config.h"

#include <gtest/gtest.h>

namespace sluice::aws {
namespace {

SharedConfig read(std::string_view text, SharedFile file = SharedFile::config) {
  SharedConfig config;
  const auto done = read_shared_file(text, file, config);
  EXPECT_TRUE(done) << done.error().message();
  return config;
}

TEST(SharedConfig, AProfileIsCalledProfileInOneFileAndByItsNameInTheOther) {
  constexpr std::string_view text =
      "[default]\nregion = a\n[profile work]\nregion = b\n[sso-session x]\nregion = c\n";
  const SharedConfig config = read(text);
  EXPECT_EQ(config.property("default", "region"), "a");
  EXPECT_EQ(config.property("work", "region"), "b");
  EXPECT_EQ(config.profiles.size(), 2U);
  const SharedConfig credentials = read("[work]\nregion = d\n", SharedFile::credentials);
  EXPECT_EQ(credentials.property("work", "region"), "d");
}

TEST(SharedConfig, ReadsWhatPeopleWrite) {
  struct Case {
    const char* name;
    const char* text;
    const char* value;
  };

  for (const Case& one : {
           Case{"blanks around", "[default]\n  \nkey   =  v w \r\n", "v w"},
           Case{"no blanks", "[default]\nkey=v", "v"},
           Case{"equals signs in the value", "[default]\nkey = a/b+c==\n", "a/b+c=="},
           Case{"any case", "[default]\nKEY = v\n", "v"},
           Case{"a remark", "[default] # mine\nkey = v # remark\n", "v"},
           Case{"a mark in the value", "[default]\nkey = v#w;x\n", "v#w;x"},
           Case{"comments", "# one\n; two\n[default]\n  # three\nkey = v\n", "v"},
           Case{"said twice", "[default]\nkey = u\n[default]\nkey = v\n", "v"},
           Case{"quotes", "[profile \"default\"]\nkey = v\n", "v"},
           Case{"a byte order mark", "\xef\xbb\xbf[default]\nkey = v\n", "v"},
           Case{"a nested list passed over", "[default]\ns3 =\n  a = b\nkey = v\n", "v"},
           Case{"a continued value", "[default]\nlong = a\n  b\nkey = v\n", "v"},
       }) {
    EXPECT_EQ(read(one.text).property("default", "key"), one.value) << one.name;
  }
}

TEST(SharedConfig, ServicesNestTheirProperties) {
  const SharedConfig config = read(
      "[services mine]\nkinesis =\n  endpoint_url = http://k\ns3 =\n  endpoint_url = http://s\n");
  EXPECT_EQ(config.services.at("mine").at("kinesis.endpoint_url"), "http://k");
  EXPECT_EQ(config.services.at("mine").at("s3.endpoint_url"), "http://s");
}

TEST(SharedConfig, NamesTheLineThatIsNoneAndKeepsItsContentToItself) {
  struct Case {
    const char* name;
    const char* text;
    const char* line;
  };

  for (const Case& one : {
           Case{"no equals sign", "[default]\nsecret\n", "line 2 "},
           Case{"no section yet", "secret = v\n", "line 1 "},
           Case{"a section that does not end", "\n[default\n", "line 2 "},
           Case{"something behind a section", "[default] secret\n", "line 1 "},
           Case{"no name", "[default]\n= secret\n", "line 2 "},
           Case{"indented below nothing", "[default]\n  a = secret\n", "line 2 "},
           Case{"nested without equals sign", "[default]\ns3 =\n  secret\n", "line 3 "},
       }) {
    SharedConfig config;
    const auto done = read_shared_file(one.text, SharedFile::config, config);
    ASSERT_FALSE(done) << one.name;
    EXPECT_EQ(done.error().fault(), Fault::invalid) << one.name;
    EXPECT_TRUE(done.error().message().starts_with(one.line)) << done.error().message();
    EXPECT_EQ(done.error().message().find("secret"), std::string::npos) << one.name;
  }
}

}  // namespace
}  // namespace sluice::aws
