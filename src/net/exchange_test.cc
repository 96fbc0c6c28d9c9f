#include "net/exchange.h"

#include "net/http_handler.h"

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <thread>

namespace sluice::net {
namespace {

// Waits for `exchange` as a connection does, and returns what it finds.
std::optional<HttpResponse> waited_for(EventLoop& loop, Exchange<HttpResponse>& exchange) {
  std::promise<std::optional<HttpResponse>> found;
  loop.post([&] { exchange.wait([&] { found.set_value(exchange.take()); }); });
  return found.get_future().get();
}

TEST(Exchange, BringsAnAnswerGivenBeforeOrAfterTheWaitBegins) {
  EventLoop loop;
  loop.start();
  for (const bool is_late : {false, true}) {
    auto exchange = std::make_shared<Exchange<HttpResponse>>(loop);
    EXPECT_FALSE(exchange->is_settled());
    std::thread answering;
    auto answer = [exchange] { exchange->answer(make_response(202, "text/plain", "")); };
    if (is_late) {
      answering = std::thread(answer);
    } else {
      answer();
      EXPECT_TRUE(exchange->is_settled());
    }
    const auto response = waited_for(loop, *exchange);
    ASSERT_TRUE(response.has_value());
    EXPECT_EQ(response->status, 202);
    if (answering.joinable()) {
      answering.join();
    }
  }
}

TEST(Exchange, EndsTheWaitWhenTheResponderIsDropped) {
  EventLoop loop;
  loop.start();
  auto exchange = std::make_shared<Exchange<HttpResponse>>(loop);
  {
    const Responder responder(exchange);
  }
  EXPECT_FALSE(waited_for(loop, *exchange).has_value());
  EXPECT_TRUE(exchange->was_dropped());
}

TEST(Exchange, AnAnswerAfterAbandonmentGoesNowhere) {
  auto loop = std::make_unique<EventLoop>();
  loop->start();
  auto exchange = std::make_shared<Exchange<HttpResponse>>(*loop);
  loop->post([&] { exchange->abandon(); });
  EXPECT_FALSE(waited_for(*loop, *exchange).has_value());
  EXPECT_FALSE(exchange->was_dropped());
  loop.reset();
  exchange->answer(make_response(200, "text/plain", ""));
}

}  // namespace
}  // namespace sluice::net
