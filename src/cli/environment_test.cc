// Tests of cli/environment.h.
#include "cli/environment.h"

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

TEST(Environment, TheServiceOwnEndpointGoesBeforeTheGeneralOne) {
  const Variable general("AWS_ENDPOINT_URL", "http://general");
  {
    const Variable own("AWS_ENDPOINT_URL_KINESIS", "http://own");
    EXPECT_EQ(endpoint_of_environment(), "http://own");
  }
  const Variable none("AWS_ENDPOINT_URL_KINESIS", nullptr);
  EXPECT_EQ(endpoint_of_environment(), "http://general");
  const Variable empty("AWS_ENDPOINT_URL", "");
  EXPECT_EQ(endpoint_of_environment(), "http://127.0.0.1:4566");
}

TEST(Environment, TheRegionHasADefault) {
  const Variable region("AWS_REGION", nullptr);
  {
    const Variable other("AWS_DEFAULT_REGION", "ap-south-1");
    EXPECT_EQ(region_of_environment(), "ap-south-1");
  }
  const Variable none("AWS_DEFAULT_REGION", nullptr);
  EXPECT_EQ(region_of_environment(), "us-east-1");
}

TEST(Environment, WithoutAWholeKeyAMadeUpOneIsUsed) {
  const Variable id("AWS_ACCESS_KEY_ID", "AKID");
  {
    const Variable secret("AWS_SECRET_ACCESS_KEY", "secret");
    const Variable token("AWS_SESSION_TOKEN", "token");
    EXPECT_EQ(credentials_of_environment().secret_access_key, "secret");
    EXPECT_EQ(credentials_of_environment().session_token, "token");
  }
  const Variable none("AWS_SECRET_ACCESS_KEY", nullptr);
  EXPECT_EQ(credentials_of_environment().access_key_id, "sluice");
}

}  // namespace
}  // namespace sluice::cli
