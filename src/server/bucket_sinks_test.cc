#include "server/bucket_sinks.h"

#include "base/memory_file_system.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::server {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

class LocalSinkForTest final : public delivery::Sink {
 public:
  Result<void> put(const delivery::ObjectPlan& plan, const std::string&) override {
    buckets.push_back(plan.bucket);
    return {};
  }

  std::vector<std::string> buckets;
};

struct Fixture {
  Fixture() {
    SLUICE_CHECK(files.create_directories("data").has_value());
    SLUICE_CHECK(replace_file(files, "key", " secret\n").has_value());
    SLUICE_CHECK(replace_file(files, "spool", "content").has_value());
    setting.place = "c.toml:3";
    setting.buckets = {"landing", "logs-*"};
    setting.access_key_id = "AKID";
    setting.secret_access_key_file = "key";
    // Nobody listens there.
    setting.client.store = {"http://127.0.0.1:1", "eu-west-1", s3::Addressing::path};
  }

  Result<std::unique_ptr<BucketSinks>> open() {
    return BucketSinks::open(
        {setting},
        {.data_directory = "data",
         .local = local,
         .files = files,
         .clock = clock,
         .random = random,
         .sources = {.variable = [](const char*) { return std::string(); },
                     .read = [](const std::string&) -> Result<std::optional<Bytes>> {
                       return std::optional<Bytes>();
                     }}});
  }

  static delivery::ObjectPlan plan_of(std::string bucket) {
    delivery::ObjectPlan plan;
    plan.bucket = std::move(bucket);
    plan.key = "a";
    plan.bytes = 7;
    plan.sha256 = sha256("content");
    plan.md5 = md5("content");
    return plan;
  }

  MemoryFileSystem files;
  ManualClock clock{unix_millis(1'752'400'000'000)};
  SeededRandom random{1};
  LocalSinkForTest local;
  S3Setting setting;
};

TEST(BucketSinks, SendEachBucketsObjectsWhereItLies) {
  Fixture fixture;
  auto sinks = fixture.open();
  ASSERT_TRUE(sinks.has_value()) << sinks.error().message();
  EXPECT_TRUE((*sinks)->is_remote("landing"));
  EXPECT_TRUE((*sinks)->is_remote("logs-2"));
  EXPECT_FALSE((*sinks)->is_remote("here"));
  EXPECT_TRUE((*sinks)->put(Fixture::plan_of("here"), "spool").has_value());
  EXPECT_THAT(fixture.local.buckets, ElementsAre("here"));
  const auto remote = (*sinks)->put(Fixture::plan_of("logs-2"), "spool");
  ASSERT_FALSE(remote.has_value());
  EXPECT_EQ(remote.error().fault(), Fault::unavailable);
  EXPECT_THAT(remote.error().message(), HasSubstr("http://127.0.0.1:1/logs-2/a"));
  (*sinks)->stop();
  EXPECT_EQ((*sinks)->put(Fixture::plan_of("landing"), "spool").error().fault(), Fault::cancelled);
}

TEST(BucketSinks, RememberTheBucketsOfOtherStores) {
  Fixture fixture;
  for (const std::string bucket : {"logs-2", "landing", "logs-2", "here"}) {
    auto sinks = fixture.open();
    ASSERT_TRUE(sinks.has_value());
    static_cast<void>((*sinks)->put(Fixture::plan_of(bucket), "spool"));
  }
  const auto known = load_remote_buckets(fixture.files, "data");
  ASSERT_TRUE(known.has_value());
  EXPECT_THAT(*known, ElementsAre("landing", "logs-2"));
  EXPECT_TRUE(load_remote_buckets(fixture.files, "elsewhere")->empty());
}

TEST(BucketSinks, StartOnlyWithFilesThatCanBeRead) {
  struct Case {
    std::string content;
    std::string what;
  };

  for (const Case& one : std::vector<Case>{{"", "must hold the secret key"},
                                           {" \n", "must hold the secret key"},
                                           {"two words", "must hold the secret key"}}) {
    Fixture fixture;
    SLUICE_CHECK(replace_file(fixture.files, "key", one.content).has_value());
    const auto sinks = fixture.open();
    ASSERT_FALSE(sinks.has_value());
    EXPECT_THAT(sinks.error().message(), StartsWith("c.toml:3: "));
    EXPECT_THAT(sinks.error().message(), HasSubstr(one.what));
    EXPECT_EQ(sinks.error().message().find("words"), std::string::npos);
  }
  Fixture fixture;
  fixture.setting.client.ca_bundle = "ca.pem";
  EXPECT_THAT(fixture.open().error().message(), HasSubstr("c.toml:3: ca_bundle cannot be read"));
  fixture.setting.client.ca_bundle.clear();
  fixture.setting.secret_access_key_file = "no-such-file";
  EXPECT_THAT(fixture.open().error().message(),
              HasSubstr("c.toml:3: secret_access_key_file cannot be read"));
}

}  // namespace
}  // namespace sluice::server
