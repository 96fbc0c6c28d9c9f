// Tests of aws/credentials.h against an environment and files made up on the spot.
#include "aws/credentials.h"

#include <gtest/gtest.h>

#include <map>

namespace sluice::aws {
namespace {

struct Machine {
  std::map<std::string, std::string> variables{{"HOME", "/home/me"}};
  std::map<std::string, std::string> files{};

  Result<ClientSettings> load(std::string_view service = "kinesis") const {
    return load_client_settings({[this](const char* name) {
                                   const auto found = variables.find(name);
                                   return found == variables.end() ? std::string() : found->second;
                                 },
                                 [this](const std::string& path) -> Result<std::optional<Bytes>> {
                                   const auto found = files.find(path);
                                   return found == files.end() ? std::nullopt
                                                               : std::optional(found->second);
                                 }},
                                service);
  }

  ClientSettings must_load() const {
    const auto settings = load();
    EXPECT_TRUE(settings) << settings.error().message();
    return settings.value_or(ClientSettings{});
  }
};

constexpr const char* credentials_path = "/home/me/.aws/credentials";
constexpr const char* config_path = "/home/me/.aws/config";

TEST(ClientSettings, AnEmptyMachineSaysNothing) {
  const ClientSettings settings = Machine().must_load();
  EXPECT_FALSE(settings.credentials);
  EXPECT_EQ(settings.region, "");
  EXPECT_EQ(settings.endpoint, "");
  EXPECT_EQ(settings.refused, "");
}

TEST(ClientSettings, TheEnvironmentsKeyGoesBeforeTheProfiles) {
  Machine machine;
  machine.files[credentials_path] =
      "[default]\naws_access_key_id = F\naws_secret_access_key = f\naws_session_token = t\n";
  EXPECT_EQ(machine.must_load().credentials->access_key_id, "F");
  EXPECT_EQ(machine.must_load().credentials->session_token, "t");
  machine.variables["AWS_ACCESS_KEY_ID"] = "E";
  machine.variables["AWS_SECRET_ACCESS_KEY"] = "e";
  EXPECT_EQ(machine.must_load().credentials->secret_access_key, "e");
  EXPECT_EQ(machine.must_load().credentials->session_token, "");
}

TEST(ClientSettings, TheProfileOfTheEnvironmentIsTakenFromBothFiles) {
  Machine machine;
  machine.variables["AWS_PROFILE"] = "work";
  machine.files[config_path] =
      "[default]\nregion = us-east-1\n[profile work]\nregion = eu-west-1\naws_access_key_id = C\n"
      "aws_secret_access_key = c\n";
  EXPECT_EQ(machine.must_load().region, "eu-west-1");
  EXPECT_EQ(machine.must_load().credentials->access_key_id, "C");
  machine.files[credentials_path] = "[work]\naws_access_key_id=W\naws_secret_access_key=w\n";
  EXPECT_EQ(machine.must_load().credentials->access_key_id, "W");
  machine.variables["AWS_PROFILE"] = "none";
  ASSERT_FALSE(machine.load());
  EXPECT_EQ(machine.load().error().fault(), Fault::missing);
  EXPECT_NE(machine.load().error().message().find(credentials_path), std::string::npos);
}

TEST(ClientSettings, TheFilesMayLieElsewhere) {
  Machine machine;
  machine.variables["AWS_CONFIG_FILE"] = "/etc/aws";
  machine.variables["AWS_SHARED_CREDENTIALS_FILE"] = "~/keys";
  machine.files["/etc/aws"] = "[default]\nregion = r\n";
  machine.files["/home/me/keys"] = "[default]\naws_access_key_id=K\naws_secret_access_key=k\n";
  EXPECT_EQ(machine.must_load().region, "r");
  EXPECT_EQ(machine.must_load().credentials->access_key_id, "K");
}

TEST(ClientSettings, HalfAKeyIsAMistakeWhereverItIs) {
  Machine machine;
  machine.variables["AWS_SECRET_ACCESS_KEY"] = "very secret";
  ASSERT_FALSE(machine.load());
  EXPECT_EQ(machine.load().error().message(),
            "the environment has AWS_SECRET_ACCESS_KEY but no AWS_ACCESS_KEY_ID; give both or "
            "neither");
  machine.variables.erase("AWS_SECRET_ACCESS_KEY");
  machine.files[credentials_path] = "[default]\naws_access_key_id = K\n";
  ASSERT_FALSE(machine.load());
  EXPECT_EQ(machine.load().error().message(),
            "the profile default has aws_access_key_id but no aws_secret_access_key; give both or "
            "neither");
}

TEST(ClientSettings, AKeyThatMustBeAskedForIsNamedAndNotAnError) {
  Machine machine;
  machine.files[config_path] = "[default]\ncredential_process = /bin/keys\nregion = r\n";
  const ClientSettings settings = machine.must_load();
  EXPECT_FALSE(settings.credentials);
  EXPECT_NE(settings.refused.find("credential_process"), std::string::npos);
  EXPECT_EQ(settings.region, "r");
}

TEST(ClientSettings, TheMoreParticularEndpointGoesFirst) {
  Machine machine;
  machine.files[config_path] =
      "[default]\nendpoint_url = http://profile\nservices = mine\n"
      "[services mine]\nkinesis =\n  endpoint_url = http://service\n";
  EXPECT_EQ(machine.must_load().endpoint, "http://service");
  EXPECT_EQ(machine.load("firehose")->endpoint, "http://profile");
  machine.variables["AWS_ENDPOINT_URL"] = "http://general";
  EXPECT_EQ(machine.must_load().endpoint, "http://general");
  machine.variables["AWS_ENDPOINT_URL_KINESIS"] = "http://own";
  EXPECT_EQ(machine.must_load().endpoint, "http://own");
  machine.variables["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] = "true";
  EXPECT_EQ(machine.must_load().endpoint, "");
}

TEST(ClientSettings, ARegionOfTheEnvironmentGoesFirst) {
  Machine machine;
  machine.files[config_path] = "[default]\nregion = c\n";
  machine.variables["AWS_DEFAULT_REGION"] = "b";
  EXPECT_EQ(machine.must_load().region, "b");
  machine.variables["AWS_REGION"] = "a";
  EXPECT_EQ(machine.must_load().region, "a");
}

TEST(ClientSettings, AFileThatCannotBeParsedIsNamed) {
  Machine machine;
  machine.files[config_path] = "[default]\nnonsense\n";
  ASSERT_FALSE(machine.load());
  EXPECT_EQ(machine.load().error().message(),
            "cannot read /home/me/.aws/config: line 2 is no [section], no property = value and no "
            "comment");
}

TEST(PublicEndpoint, IsThatOfTheRegion) {
  EXPECT_EQ(public_endpoint("kinesis", "eu-west-1"), "https://kinesis.eu-west-1.amazonaws.com");
  EXPECT_EQ(public_endpoint("kinesis", "cn-north-1"),
            "https://kinesis.cn-north-1.amazonaws.com.cn");
  EXPECT_FALSE(public_endpoint("kinesis", ""));
  EXPECT_FALSE(public_endpoint("kinesis", "evil.example/"));
}

}  // namespace
}  // namespace sluice::aws
