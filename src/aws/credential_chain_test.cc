// Tests of aws/credential_chain.h against an environment, files and services made up on the spot.
#include "aws/credential_chain.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <thread>

namespace sluice::aws {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr std::int64_t start = 1'784'135'433'000;  // 2026-07-15T17:10:33Z
constexpr const char* config_path = "/home/me/.aws/config";
constexpr const char* credentials_path = "/home/me/.aws/credentials";

std::string sts_xml(std::string_view id, std::string_view until) {
  return fmt::format(
      "<R><AssumeRoleResult><Credentials><AccessKeyId>{}</AccessKeyId><SecretAccessKey>s"
      "</SecretAccessKey><SessionToken>t</SessionToken><Expiration>{}</Expiration></Credentials>"
      "</AssumeRoleResult></R>",
      id,
      until);
}

std::string metadata_json(std::string_view id, std::string_view until) {
  return fmt::format(
      R"({{"Code":"Success","AccessKeyId":"{}","SecretAccessKey":"s","Token":"t","Expiration":"{}"}})",
      id,
      until);
}

struct CredentialChainTest : testing::Test {
  std::map<std::string, std::string> variables{{"HOME", "/home/me"}};
  std::map<std::string, std::string> files{};
  std::map<std::string, FetchAnswer> answers{};  // by method and URL
  std::vector<FetchRequest> asked{};
  ManualClock clock{unix_millis(start)};

  std::unique_ptr<CredentialChain> chain(KeyOptions options = {}) {
    return std::make_unique<CredentialChain>(
        ClientSources{[this](const char* name) {
                        const auto found = variables.find(name);
                        return found == variables.end() ? std::string() : found->second;
                      },
                      [this](const std::string& path) -> Result<std::optional<Bytes>> {
                        const auto found = files.find(path);
                        return found == files.end() ? std::nullopt : std::optional(found->second);
                      }},
        [this](const FetchRequest& request) -> Result<FetchAnswer> {
          asked.push_back(request);
          const auto found = answers.find(request.method + " " + request.url);
          if (found == answers.end()) {
            return fail(Fault::unavailable, "nobody answers");
          }
          return found->second;
        },
        clock,
        std::move(options));
  }

  std::string id(KeyOptions options = {}) {
    const auto key = chain(std::move(options))->get();
    return key ? key->access_key_id : "failed: " + key.error().message();
  }

  std::string header(std::size_t request, std::string_view name) const {
    for (const auto& [key, value] : asked.at(request).headers) {
      if (key == name) {
        return value;
      }
    }
    return {};
  }

  void is_instance() {
    const std::string base = "http://169.254.169.254/latest/";
    answers["PUT " + base + "api/token"] = {200, "token"};
    answers["GET " + base + "meta-data/iam/security-credentials/"] = {200, "my role"};
    answers["GET " + base + "meta-data/iam/security-credentials/my%20role"] = {
        200, metadata_json("INSTANCE", "2026-07-15T23:00:00Z")};
  }
};

TEST_F(CredentialChainTest, NobodyHasAKeyAndItSaysWhereItLooked) {
  const auto key = chain()->get();
  ASSERT_FALSE(key);
  EXPECT_EQ(key.error().fault(), Fault::missing);
  EXPECT_THAT(key.error().message(), HasSubstr("environment, the profile default, a container"));
}

TEST_F(CredentialChainTest, TheFirstThatHasAKeyIsTaken) {
  is_instance();
  EXPECT_EQ(id(), "INSTANCE");
  variables["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "/v2/x";
  answers["GET http://169.254.170.2/v2/x"] = {200,
                                              metadata_json("CONTAINER", "2026-07-15T23:00:00Z")};
  EXPECT_EQ(id(), "CONTAINER");
  files[credentials_path] = "[default]\naws_access_key_id=FILE\naws_secret_access_key=f\n";
  EXPECT_EQ(id(), "FILE");
  variables["AWS_WEB_IDENTITY_TOKEN_FILE"] = "/token";
  variables["AWS_ROLE_ARN"] = "arn:aws:iam::123456789012:role/web";
  files["/token"] = "a.b+c\n";
  answers["POST https://sts.amazonaws.com/"] = {200, sts_xml("WEB", "2026-07-15T18:00:00Z")};
  EXPECT_EQ(id(), "WEB");
  EXPECT_EQ(asked.back().body,
            "Action=AssumeRoleWithWebIdentity&WebIdentityToken=a.b%2Bc&Version=2011-06-15&RoleArn="
            "arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fweb&RoleSessionName=sluice");
  EXPECT_EQ(header(asked.size() - 1, "Authorization"), "");
  variables["AWS_ACCESS_KEY_ID"] = "ENV";
  variables["AWS_SECRET_ACCESS_KEY"] = "e";
  EXPECT_EQ(id(), "ENV");
}

TEST_F(CredentialChainTest, ANamedProfileGoesBeforeEverythingElse) {
  is_instance();
  variables["AWS_ACCESS_KEY_ID"] = "ENV";
  variables["AWS_SECRET_ACCESS_KEY"] = "e";
  files[credentials_path] = "[work]\naws_access_key_id=WORK\naws_secret_access_key=w\n[empty]\n";
  EXPECT_EQ(id({.profile = "work", .region = ""}), "WORK");
  EXPECT_THAT(id({.profile = "empty", .region = ""}), HasSubstr("profile empty has no key"));
  EXPECT_THAT(id({.profile = "none", .region = ""}), HasSubstr("no profile none"));
}

TEST_F(CredentialChainTest, ARoleIsAssumedWithTheKeyOfItsSource) {
  files[config_path] =
      "[profile lake]\nrole_arn = arn:aws:iam::123456789012:role/lake\nsource_profile = base\n"
      "region = eu-west-1\nexternal_id = e&x\nrole_session_name = me\nduration_seconds = 900\n";
  files[credentials_path] = "[base]\naws_access_key_id=BASE\naws_secret_access_key=b\n";
  answers["POST https://sts.eu-west-1.amazonaws.com/"] = {200,
                                                          sts_xml("ROLE", "2026-07-15T18:00:00Z")};
  const auto key = chain({.profile = "lake", .region = ""})->get();
  ASSERT_TRUE(key) << key.error().message();
  EXPECT_EQ(key->access_key_id, "ROLE");
  EXPECT_EQ(key->session_token, "t");
  EXPECT_EQ(asked.back().body,
            "Action=AssumeRole&ExternalId=e%26x&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A"
            "123456789012%3Arole%2Flake&RoleSessionName=me&DurationSeconds=900");
  EXPECT_THAT(header(0, "Authorization"),
              HasSubstr("Credential=BASE/20260715/eu-west-1/sts/aws4_request"));
  EXPECT_EQ(header(0, "Host"), "sts.eu-west-1.amazonaws.com");
}

TEST_F(CredentialChainTest, RolesMayLeadToRoles) {
  files[config_path] =
      "[profile c]\nrole_arn = C\nsource_profile = b\nregion = r1\n"
      "[profile b]\nrole_arn = B\nsource_profile = b\nregion = r2\naws_access_key_id = X\n"
      "aws_secret_access_key = x\n";
  answers["POST https://sts.r2.amazonaws.com/"] = {200, sts_xml("B", "2026-07-15T18:00:00Z")};
  answers["POST https://sts.r1.amazonaws.com/"] = {200, sts_xml("C", "2026-07-15T18:00:00Z")};
  EXPECT_EQ(id({.profile = "c", .region = ""}), "C");
  ASSERT_EQ(asked.size(), 2);
  EXPECT_THAT(header(0, "Authorization"), HasSubstr("Credential=X/"));
  EXPECT_THAT(header(1, "Authorization"), HasSubstr("Credential=B/"));
}

TEST_F(CredentialChainTest, WhatCannotBeFollowedIsToldInOneLine) {
  struct Case {
    const char* config;
    const char* message;
  };

  const Case cases[] = {
      {"[profile p]\nrole_arn = R\n", "neither source_profile nor credential_source"},
      {"[profile p]\nrole_arn = R\nsource_profile = q\ncredential_source = Environment\n",
       "both source_profile and credential_source"},
      {"[profile p]\nrole_arn = R\nsource_profile = q\n", "names q as its source_profile"},
      {"[profile p]\nrole_arn = R\nsource_profile = q\n[profile q]\nrole_arn = Q\n"
       "source_profile = p\n",
       "profiles p, q are each other's"},
      {"[profile p]\nrole_arn = R\nsource_profile = q\n[profile q]\nregion = x\n",
       "profile q, source of p, has no key"},
      {"[profile p]\nrole_arn = R\ncredential_source = Moon\n", "Environment, EcsContainer or"},
      {"[profile p]\nrole_arn = R\ncredential_source = Environment\n", "has no key"},
      {"[profile p]\nrole_arn = R\nsource_profile = q\nmfa_serial = m\n", "mfa_serial"},
      {"[profile p]\nrole_arn = R\nweb_identity_token_file = /none\n", "/none, which is not there"},
      {"[profile p]\ncredential_process = rm\n", "credential_process"},
      {"[profile p]\naws_access_key_id = A\n", "no aws_secret_access_key"},
      {"[profile p]\nsso_session = s\n", "sso-session s, which is not there"},
      {"[profile p]\nsso_start_url = u\nsso_region = x\n", "run aws sso login --profile p"},
  };
  for (const Case& c : cases) {
    files[config_path] = c.config;
    EXPECT_THAT(id({.profile = "p", .region = ""}), HasSubstr(c.message)) << c.config;
  }
  EXPECT_TRUE(asked.empty());
}

TEST_F(CredentialChainTest, ARefusedRoleSaysWhy) {
  files[config_path] =
      "[profile p]\nrole_arn = R\nsource_profile = p\naws_access_key_id = A\n"
      "aws_secret_access_key = a\nendpoint_url = http://127.0.0.1:9/sts/\n";
  answers["POST http://127.0.0.1:9/sts/"] = {
      403, "<E><Error><Code>AccessDenied</Code><Message>not you</Message></Error></E>"};
  auto refused = chain({.profile = "p", .region = ""})->get();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fault(), Fault::invalid);
  EXPECT_THAT(refused.error().message(), HasSubstr("status 403, AccessDenied: not you"));
  answers["POST http://127.0.0.1:9/sts/"] = {503, "<html>"};
  refused = chain({.profile = "p", .region = ""})->get();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fault(), Fault::unavailable);
}

TEST_F(CredentialChainTest, ASignOnIsTakenFromItsFile) {
  files[config_path] =
      "[sso-session corp]\nsso_region = eu-west-1\nsso_start_url = https://x\n[profile p]\n"
      "sso_session = corp\nsso_account_id = 123456789012\nsso_role_name = Read Only\n";
  // The SHA-1 of "corp".
  const std::string file = "/home/me/.aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json";
  files[file] = R"({"accessToken":"secret","expiresAt":"2026-07-15T18:00:00Z"})";
  answers
      ["GET https://portal.sso.eu-west-1.amazonaws.com/federation/credentials?account_id="
       "123456789012&role_name=Read%20Only"] = {
          200,
          R"({"roleCredentials":{"accessKeyId":"SSO","secretAccessKey":"s","sessionToken":"t",)"
          R"("expiration":1784150000000}})"};
  EXPECT_EQ(id({.profile = "p", .region = ""}), "SSO");
  EXPECT_EQ(header(0, "x-amz-sso_bearer_token"), "secret");
  files[file] = R"({"accessToken":"secret","expiresAt":"2026-07-15T17:00:00Z"})";
  EXPECT_THAT(id({.profile = "p", .region = ""}), HasSubstr("has ended: run aws sso login"));
}

TEST_F(CredentialChainTest, TheContainersTokenGoesToItsAgentOnly) {
  variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://127.0.0.1:8080/key";
  variables["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = "/token";
  files["/token"] = "secret\n";
  answers["GET http://127.0.0.1:8080/key"] = {200, metadata_json("POD", "2026-07-15T18:00:00Z")};
  EXPECT_EQ(id(), "POD");
  EXPECT_EQ(header(0, "Authorization"), "secret");
  asked.clear();
  for (const char* url : {"http://example.com/key",
                          "http://127.0.0.1.example.com/",
                          "http://example.com/127.0.0.1",
                          "ftp://127.0.0.1/"}) {
    variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = url;
    EXPECT_THAT(id(), HasSubstr("must be https")) << url;
  }
  variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://127.0.0.1:8080/key";
  files["/token"] = "a\r\nHost: b";
  EXPECT_THAT(id(), HasSubstr("no header's value"));
  EXPECT_TRUE(asked.empty());
}

TEST_F(CredentialChainTest, AnInstanceIsAskedWithATokenAndOnlyWhenAllowed) {
  is_instance();
  EXPECT_EQ(id(), "INSTANCE");
  EXPECT_EQ(header(0, "x-aws-ec2-metadata-token-ttl-seconds"), "21600");
  EXPECT_EQ(header(2, "x-aws-ec2-metadata-token"), "token");
  asked.clear();
  variables["AWS_EC2_METADATA_DISABLED"] = "true";
  EXPECT_THAT(id(), HasSubstr("no key was found"));
  EXPECT_TRUE(asked.empty());
}

TEST_F(CredentialChainTest, AKeyIsAskedForAnewBeforeItEnds) {
  is_instance();
  const auto keys = chain();
  ASSERT_TRUE(keys->get());
  const std::size_t asked_once = asked.size();
  clock.jump_to(unix_millis(start) + 5h + 40min);  // it ends at 23:00
  ASSERT_TRUE(keys->get());
  EXPECT_EQ(asked.size(), asked_once);
  clock.jump_to(unix_millis(start) + 5h + 45min);
  ASSERT_TRUE(keys->get());
  EXPECT_EQ(asked.size(), 2 * asked_once);
}

TEST_F(CredentialChainTest, AnOldKeyServesWhileNobodyAnswersAndItLasts) {
  is_instance();
  const auto keys = chain();
  ASSERT_TRUE(keys->get());
  answers.clear();
  asked.clear();
  clock.jump_to(unix_millis(start) + 5h + 46min);
  ASSERT_TRUE(keys->get());
  ASSERT_TRUE(keys->get());
  EXPECT_EQ(asked.size(), 1);  // not asked again at once
  clock.advance(CredentialChain::patience);
  ASSERT_TRUE(keys->get());
  EXPECT_EQ(asked.size(), 2);
  clock.jump_to(unix_millis(start) + 6h);
  EXPECT_FALSE(keys->get());
  is_instance();
  clock.advance(CredentialChain::patience);
  EXPECT_TRUE(keys->get());
}

TEST_F(CredentialChainTest, ARefusedKeyIsLookedForAnew) {
  files[credentials_path] = "[default]\naws_access_key_id=OLD\naws_secret_access_key=f\n";
  const auto keys = chain();
  EXPECT_EQ(keys->get()->access_key_id, "OLD");
  files[credentials_path] = "[default]\naws_access_key_id=NEW\naws_secret_access_key=f\n";
  EXPECT_EQ(keys->get()->access_key_id, "OLD");
  keys->forget();
  EXPECT_EQ(keys->get()->access_key_id, "NEW");
}

}  // namespace
}  // namespace sluice::aws
