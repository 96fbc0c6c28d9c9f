#include "server/http_fetch.h"

#include <gtest/gtest.h>

namespace sluice::server {
namespace {

// Nobody listens on the port of a service that no machine offers any more.
TEST(HttpFetch, SaysWhenNobodyAnswers) {
  aws::FetchRequest request;
  request.url = "http://127.0.0.1:1/";
  const auto answer = fetch_by_http()(request);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().fault(), Fault::unavailable);
}

}  // namespace
}  // namespace sluice::server
