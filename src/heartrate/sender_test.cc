// Tests of heartrate/sender.h against a server made up on the spot; nothing waits or connects.
#include "heartrate/sender.h"

#include "base/base64.h"
#include "base/check.h"
#include "base/memory_file_system.h"
#include "json/document.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

namespace sluice::heartrate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class SenderTest : public testing::Test {
 protected:
  using Answer = std::function<Result<net::HttpResponse>()>;

  SenderTest() {
    auto spool = Spool::open(files_, "spool");
    SLUICE_CHECK(spool.has_value());
    spool_ = std::move(*spool);
    auto caller = KinesisCaller::create(
        {"http://h", "r", "s", {"id", "secret", ""}},
        [this](const net::HttpClientRequest& request) { return exchange(request); },
        clock_);
    SLUICE_CHECK(caller.has_value());
    sender_ = std::make_unique<Sender>(*spool_, std::move(*caller), random_);
  }

  // Answers by the list, then takes everything.
  Result<net::HttpResponse> exchange(const net::HttpClientRequest& request) {
    requests_.push_back(request);
    if (answers_.empty()) {
      return accept(request);
    }
    const Answer answer = answers_.front();
    answers_.pop_front();
    return answer();
  }

  Result<net::HttpResponse> accept(const net::HttpClientRequest& request) {
    const auto body = json::Document::parse(request.body);
    std::string results;
    for (const json::View record : body->root().find("Records").elements()) {
      stored_.push_back(*base64_decode(*record.find("Data").as_string()));
      results += results.empty() ? "{}" : ",{}";
    }
    return net::make_response(200, "application/x-amz-json-1.1", "{\"Records\":[" + results + "]}");
  }

  static Answer answer(int status, const char* body) {
    return [=] { return net::make_response(status, "application/x-amz-json-1.1", body); };
  }

  static Answer no_server() {
    return []() -> Result<net::HttpResponse> { return fail(Fault::unavailable, "refused"); };
  }

  void append(const char* data) { ASSERT_TRUE(spool_->append({"watch", data}, "")); }

  MemoryFileSystem files_;
  ManualClock clock_{unix_millis(1'752'422'119'000)};
  SeededRandom random_{1};
  std::unique_ptr<Spool> spool_;
  std::unique_ptr<Sender> sender_;
  std::deque<Answer> answers_;
  std::vector<net::HttpClientRequest> requests_;
  std::vector<std::string> stored_;
};

TEST_F(SenderTest, SendsWhatWaitsAndThenHasNothingToDo) {
  EXPECT_EQ(sender_->step(), std::nullopt);
  append("a");
  append("b");
  EXPECT_EQ(sender_->step(), std::chrono::milliseconds(0));
  EXPECT_EQ(sender_->step(), std::nullopt);
  EXPECT_THAT(stored_, ElementsAre("a", "b"));
  EXPECT_EQ(sender_->status().sent, 2U);
  EXPECT_EQ(spool_->counts().waiting, 0U);
}

TEST_F(SenderTest, ACallWithoutAnAnswerIsRepeatedToTheByte) {
  append("a");
  answers_ = {no_server(), answer(500, "")};
  EXPECT_GT(sender_->step()->count(), 0);
  append("b");
  EXPECT_EQ(sender_->status().trouble, "refused");
  EXPECT_GT(sender_->step()->count(), 0);
  EXPECT_EQ(sender_->step()->count(), 0);
  ASSERT_EQ(requests_.size(), 3U);
  for (const net::HttpClientRequest& request : requests_) {
    EXPECT_EQ(request.body, requests_.front().body);
    EXPECT_EQ(request.headers.value_or("amz-sdk-invocation-id", ""),
              requests_.front().headers.value_or("amz-sdk-invocation-id", "no"));
  }
  EXPECT_EQ(requests_.back().headers.value_or("amz-sdk-request", ""), "attempt=3; max=4");
  EXPECT_EQ(sender_->status().failures, 0);
  EXPECT_THAT(stored_, ElementsAre("a"));
}

TEST_F(SenderTest, RefusedRecordsAreSentAgainByThemselves) {
  for (const char* data : {"a", "b", "c"}) {
    append(data);
  }
  answers_ = {answer(200,
                     "{\"Records\":[{},{\"ErrorCode\":\"ProvisionedThroughputExceededException\"},"
                     "{}]}")};
  EXPECT_GT(sender_->step()->count(), 0);
  EXPECT_EQ(sender_->status().sent, 2U);
  EXPECT_EQ(sender_->step()->count(), 0);
  EXPECT_THAT(stored_, ElementsAre("b"));
  EXPECT_EQ(sender_->status().sent, 3U);
}

TEST_F(SenderTest, ARefusalForGoodDropsNothing) {
  append("a");
  answers_ = {answer(400, "{\"__type\":\"ResourceNotFoundException\",\"message\":\"no stream\"}")};
  EXPECT_GT(sender_->step()->count(), 0);
  EXPECT_THAT(sender_->status().trouble, HasSubstr("ResourceNotFoundException: no stream"));
  EXPECT_EQ(spool_->counts().waiting, 1U);
}

TEST_F(SenderTest, WaitsGrowAndAreCapped) {
  append("a");
  answers_.assign(30, no_server());
  std::chrono::milliseconds longest{0};
  for (int i = 0; i < 30; ++i) {
    const auto wait = sender_->step();
    ASSERT_TRUE(wait);
    EXPECT_LE(*wait, Sender::wait_max);
    longest = std::max(longest, *wait);
  }
  EXPECT_GT(longest, Sender::wait_max / 2);
}

TEST_F(SenderTest, AThreadSendsWhatItIsToldOfAndStopsWithNothingLeft) {
  SenderThread thread(*sender_);
  thread.start();
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(spool_->append({"watch", std::to_string(i)}, ""));
    thread.wake();
  }
  thread.stop(std::chrono::seconds(60));
  EXPECT_EQ(stored_.size(), 100U);
  EXPECT_EQ(spool_->counts().waiting, 0U);
}

TEST_F(SenderTest, AThreadThatCannotSendStopsAllTheSame) {
  append("a");
  answers_.assign(1000, no_server());
  SenderThread thread(*sender_);
  thread.start();
  thread.stop(std::chrono::milliseconds(0));
  EXPECT_EQ(spool_->counts().waiting, 1U);
}

}  // namespace
}  // namespace sluice::heartrate
