#include "net/http_handler.h"

#include <gtest/gtest.h>

namespace sluice::net {
namespace {

std::vector<int> statuses_of(const std::function<void(Responder)>& use) {
  std::vector<int> statuses;
  use(Responder::calling([&](HttpResponse response) { statuses.push_back(response.status); }));
  return statuses;
}

TEST(Responder, PassesTheAnswerOnOnce) {
  EXPECT_EQ(statuses_of([](Responder respond) { respond(make_response(204, "text/plain", "")); }),
            std::vector<int>{204});
}

TEST(Responder, DroppedWithoutAnAnswerGives500) {
  EXPECT_EQ(statuses_of([](Responder) {}), std::vector<int>{500});
}

TEST(Responder, MovedAlongAnswersFromWhereItEnds) {
  EXPECT_EQ(statuses_of([](Responder respond) {
              Responder kept = std::move(respond);
              kept(make_response(202, "text/plain", ""));
            }),
            std::vector<int>{202});
}

TEST(Responder, OverwrittenCountsAsDropped) {
  std::vector<int> statuses;
  auto make = [&] {
    return Responder::calling([&](HttpResponse response) { statuses.push_back(response.status); });
  };
  Responder respond = make();
  respond = make();
  EXPECT_EQ(statuses, std::vector<int>{500});
  respond(make_response(200, "text/plain", ""));
  EXPECT_EQ(statuses, (std::vector<int>{500, 200}));
}

class Silent final : public HttpHandler {
 public:
  BodyLimit limit(const RequestHead&) override { return BodyLimit::accept(1); }

  void handle(HttpRequest, Responder) override {}
};

TEST(HttpHandler, CollectsInMemoryOnTheLoopAndRefusesInPlainTextUnlessItSaysOtherwise) {
  Silent handler;
  const RequestHead head;
  EXPECT_EQ(handler.body_sink(head), nullptr);
  EXPECT_FALSE(handler.is_blocking(head));
  const HttpResponse refusal = handler.refuse({431, "too long"}, nullptr);
  EXPECT_EQ(refusal.status, 431);
  EXPECT_EQ(refusal.body, "too long\n");
  EXPECT_EQ(refusal.headers.find("content-type"), "text/plain");
}

}  // namespace
}  // namespace sluice::net
