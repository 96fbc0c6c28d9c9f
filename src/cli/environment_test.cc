// Tests of cli/environment.h.
#include "cli/environment.h"

#include "cli/terminal_fixture.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>

namespace sluice::cli {
namespace {

// Sets a variable for the length of a test, or takes it away.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    const char* before = std::getenv(name);
    if (before != nullptr) {
      before_ = before;
    }
    set(value);
  }

  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

  ~Variable() { set(before_ ? before_->c_str() : nullptr); }

 private:
  void set(const char* value) { value == nullptr ? ::unsetenv(name_) : ::setenv(name_, value, 1); }

  const char* name_;
  std::optional<std::string> before_;
};

aws::ClientSettings settings(const char* endpoint, const char* region) {
  aws::ClientSettings found;
  found.profile = "default";
  found.endpoint = endpoint;
  found.region = region;
  return found;
}

TEST(Environment, WhatIsSaidGoesBeforeWhatIsFoundAndThatBeforeTheServerHere) {
  struct Case {
    const char* name;
    ServiceOptions options;
    aws::ClientSettings found;
    const char* endpoint;
    const char* region;
  };

  for (const Case& one : {
           Case{"nothing", {}, settings("", ""), "http://127.0.0.1:4566", "us-east-1"},
           Case{"found", {}, settings("http://f", "fr"), "http://f", "fr"},
           Case{"said", {"http://s", "sr"}, settings("http://f", "fr"), "http://s", "sr"},
       }) {
    const auto address = resolve_service(one.options, one.found, "kinesis");
    ASSERT_TRUE(address) << one.name;
    EXPECT_EQ(address->endpoint, one.endpoint) << one.name;
    EXPECT_EQ(address->region, one.region) << one.name;
    EXPECT_EQ(address->credentials.access_key_id, "sluice") << one.name;
  }
}

TEST(Environment, AwsIsCalledWhereItIsWhateverEndpointIsConfigured) {
  aws::ClientSettings found = settings("http://127.0.0.1:4566", "eu-west-1");
  found.credentials = aws::Credentials{"AKID", "secret", "token"};
  const auto address = resolve_service({.is_aws = true}, found, "kinesis");
  ASSERT_TRUE(address);
  EXPECT_EQ(address->endpoint, "https://kinesis.eu-west-1.amazonaws.com");
  EXPECT_EQ(address->credentials.session_token, "token");
}

TEST(Environment, AwsIsNotCalledWithoutAKeyOrARegion) {
  aws::ClientSettings found = settings("", "eu-west-1");
  found.refused = "the profile default gets its key through sso_session";
  const auto without_key = resolve_service({.is_aws = true}, found, "kinesis");
  ASSERT_FALSE(without_key);
  EXPECT_NE(without_key.error().message().find("sso_session"), std::string::npos);
  found.refused.clear();
  EXPECT_NE(resolve_service({.is_aws = true}, found, "kinesis")
                .error()
                .message()
                .find("AWS_ACCESS_KEY_ID"),
            std::string::npos);
  EXPECT_NE(resolve_service({.is_aws = true}, settings("", ""), "kinesis")
                .error()
                .message()
                .find("--region"),
            std::string::npos);
  EXPECT_FALSE(resolve_service({.endpoint = "http://e", .is_aws = true}, found, "kinesis"));
}

TEST(Environment, ThisProcessReadsItsVariablesAndFiles) {
  const TemporaryFolder folder;
  const std::string path = folder.write("config", "[default]\nregion = eu-north-1\n");
  const Variable config("AWS_CONFIG_FILE", path.c_str());
  const Variable none("AWS_SHARED_CREDENTIALS_FILE", folder.path("none").c_str());
  const Variable id("AWS_ACCESS_KEY_ID", "AKID");
  const Variable secret("AWS_SECRET_ACCESS_KEY", "secret");
  const Variable region("AWS_REGION", "");
  const Variable other_region("AWS_DEFAULT_REGION", nullptr);
  const Variable profile("AWS_PROFILE", nullptr);
  const auto found = client_settings_of_process("kinesis");
  ASSERT_TRUE(found) << found.error().message();
  EXPECT_EQ(found->credentials->access_key_id, "AKID");
  EXPECT_EQ(found->region, "eu-north-1");
}

}  // namespace
}  // namespace sluice::cli
