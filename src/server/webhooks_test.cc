#include "server/webhooks.h"

#include "base/base64.h"
#include "base/digest.h"
#include "base/memory_file_system.h"
#include "net/loopback_fixture.h"
#include "store/object_index.h"
#include "store/temporary_folder.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>

namespace sluice::server {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::chrono::seconds patience{20};

struct Told {
  std::string method;
  net::HttpHeaders headers;
  Bytes body;
};

// Answers with the status it has, and keeps what came.
class Receiver {
 public:
  Receiver() {
    handler_.on_handle = [this](net::HttpRequest request, net::Responder respond) {
      const std::lock_guard lock(mutex_);
      requests_.push_back({request.method, request.headers, request.body});
      respond(net::make_response(status_, "text/plain", ""));
    };
    server_ = std::make_unique<net::HttpServer>(net::HttpServerOptions{}, handler_, clock_);
    SLUICE_CHECK(server_->start().has_value());
  }

  ~Receiver() { server_->stop(std::chrono::seconds(1)); }

  std::string url() const { return "http://" + server_->address() + "/new"; }

  void answer_with(int status) {
    const std::lock_guard lock(mutex_);
    status_ = status;
  }

  std::vector<Told> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  net::TestClock clock_;
  net::TestHandler handler_;
  std::mutex mutex_;  // guards those below
  int status_ = 204;
  std::vector<Told> requests_;
  std::unique_ptr<net::HttpServer> server_;
};

class WebhooksTest : public testing::Test {
 protected:
  WebhooksTest() {
    auto opened = store::Database::open(folder_ / "sluice.db");
    SLUICE_CHECK(opened.has_value());
    database_ = std::move(*opened);
    index_.emplace(*database_);
  }

  Result<std::unique_ptr<Webhooks>> start(std::vector<WebhookSetting> settings) {
    return Webhooks::start(std::move(settings),
                           {.database = *database_,
                            .files = files_,
                            .clock = clock_,
                            .random = random_,
                            .account = {"us-east-1", "000000000000"},
                            .report = [this](const std::string& line) {
                              const std::lock_guard lock(mutex_);
                              lines_.push_back(line);
                            }});
  }

  std::vector<std::string> lines() {
    const std::lock_guard lock(mutex_);
    return lines_;
  }

  // As the local store does it.
  void put(Webhooks& hooks, const std::string& key) {
    store::IndexedObject object;
    object.key = key;
    const auto id = index_->stage(
        "b",
        object,
        {"ObjectCreated:Put", clock_.now(), hooks.receivers("b", key, s3::Creation::put)});
    ASSERT_TRUE(id.has_value());
    ASSERT_TRUE(index_->promote(*id));
    hooks.on_notifications();
  }

  WebhookSetting setting(const std::string& name) const {
    WebhookSetting made;
    made.name = name;
    made.url = receiver_.url();
    return made;
  }

  Receiver receiver_;
  store::TemporaryFolder folder_;
  std::unique_ptr<store::Database> database_;
  std::optional<store::ObjectIndex> index_;
  MemoryFileSystem files_;
  ManualClock clock_{unix_millis(1'752'421'819'123)};
  SystemRandom random_;
  std::mutex mutex_;
  std::vector<std::string> lines_;
};

TEST_F(WebhooksTest, TellsOfTheObjectsThatItIsFor) {
  WebhookSetting some = setting("some");
  some.prefix = "rr/";
  some.suffix = ".parquet";
  WebhookSetting elsewhere = setting("elsewhere");
  elsewhere.bucket = "other";
  auto hooks = start({some, elsewhere});
  ASSERT_TRUE(hooks.has_value());
  for (const char* key : {"rr/a.parquet", "rr/a.json", "a.parquet"}) {
    put(**hooks, key);
  }
  (*hooks)->stop(patience);
  const auto requests = receiver_.requests();
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_EQ(requests.front().method, "POST");
  EXPECT_EQ(requests.front().headers.value_or("webhook-id", ""), "some-1-1");
  EXPECT_EQ(requests.front().headers.value_or("webhook-timestamp", ""), "1752421819");
  EXPECT_FALSE(requests.front().headers.contains("webhook-signature"));
  EXPECT_THAT(requests.front().body, HasSubstr("\"key\":\"rr/a.parquet\""));
  const auto statuses = (*hooks)->statuses();
  ASSERT_EQ(statuses.size(), 2U);
  EXPECT_EQ(statuses.front().told, 1U);
  EXPECT_EQ(statuses.front().waiting, 0U);
}

TEST_F(WebhooksTest, WhatCouldNotBeToldIsToldByTheNextProcess) {
  receiver_.answer_with(500);
  {
    auto hooks = start({setting("r")});
    ASSERT_TRUE(hooks.has_value());
    put(**hooks, "a");
    (*hooks)->stop(patience);
    EXPECT_EQ((*hooks)->statuses().front().waiting, 1U);
    EXPECT_GE((*hooks)->statuses().front().failures, 1U);
  }
  EXPECT_THAT(lines(), ElementsAre(HasSubstr("/new was answered with status 500")));
  receiver_.answer_with(200);
  auto hooks = start({setting("r")});
  ASSERT_TRUE(hooks.has_value());
  put(**hooks, "b");
  (*hooks)->stop(patience);
  const std::string last = receiver_.requests().back().body;
  EXPECT_EQ((*hooks)->statuses().front().waiting, 0U);
  EXPECT_EQ((*hooks)->statuses().front().told, 2U);
  EXPECT_THAT(last, HasSubstr("\"key\":\"b\""));
}

TEST_F(WebhooksTest, WhatIsTooOldIsGivenUp) {
  receiver_.answer_with(404);
  WebhookSetting short_lived = setting("r");
  short_lived.keep = std::chrono::minutes(1);
  {
    auto hooks = start({short_lived});
    ASSERT_TRUE(hooks.has_value());
    put(**hooks, "old");
    (*hooks)->stop(patience);
  }
  clock_.advance(std::chrono::minutes(2));
  receiver_.answer_with(200);
  auto hooks = start({short_lived});
  ASSERT_TRUE(hooks.has_value());
  put(**hooks, "new");
  (*hooks)->stop(patience);
  EXPECT_EQ((*hooks)->statuses().front().given_up, 1U);
  EXPECT_THAT(receiver_.requests().back().body, Not(HasSubstr("\"old\"")));
  EXPECT_THAT(lines().back(), HasSubstr("1 notification was given up after 60 s"));
}

TEST_F(WebhooksTest, WhatAWebhookThatIsGoneShouldHaveBeenToldIsGivenUp) {
  receiver_.answer_with(500);
  {
    auto hooks = start({setting("gone")});
    ASSERT_TRUE(hooks.has_value());
    put(**hooks, "a");
    (*hooks)->stop(patience);
  }
  auto hooks = start({});
  ASSERT_TRUE(hooks.has_value());
  EXPECT_THAT(lines().back(), HasSubstr("1 notification of webhooks that the configuration file"));
  EXPECT_EQ(store::Notifications(*database_).count("gone"), 0U);
}

TEST_F(WebhooksTest, RequestsAreSignedWithTheSecret) {
  const std::string key = "0123456789abcdef0123456789abcdef";
  const std::string text = "whsec_" + base64_encode(key) + "\n";
  ASSERT_TRUE(replace_file(files_, "hook.key", text));
  WebhookSetting signing = setting("r");
  signing.secret_file = "hook.key";
  auto hooks = start({signing});
  ASSERT_TRUE(hooks.has_value()) << hooks.error().message();
  put(**hooks, "a");
  (*hooks)->stop(patience);
  const auto requests = receiver_.requests();
  ASSERT_EQ(requests.size(), 1U);
  const auto& headers = requests.front().headers;
  const std::string signed_text = fmt::format("{}.{}.{}",
                                              headers.value_or("webhook-id", ""),
                                              headers.value_or("webhook-timestamp", ""),
                                              requests.front().body);
  EXPECT_EQ(headers.value_or("webhook-signature", ""),
            "v1," + base64_encode(to_bytes(hmac_sha256(key, signed_text))));
}

TEST_F(WebhooksTest, ASecretThatIsNoneEndsTheStart) {
  ASSERT_TRUE(replace_file(files_, "hook.key", "password"));
  WebhookSetting signing = setting("r");
  signing.secret_file = "hook.key";
  const auto hooks = start({signing});
  ASSERT_FALSE(hooks.has_value());
  EXPECT_THAT(hooks.error().message(), HasSubstr("webhook r: hook.key: it must hold whsec_"));
  EXPECT_THAT(receiver_.requests(), IsEmpty());
}

}  // namespace
}  // namespace sluice::server
