#include "net/http_client.h"

#include "net/loopback_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

namespace sluice::net {
namespace {

using testing::HasSubstr;

HttpClientRequest request_to(const Loopback& loopback,
                             std::string method,
                             const std::string& target) {
  HttpClientRequest request;
  request.method = std::move(method);
  request.url = "http://" + loopback.server->address() + target;
  return request;
}

// Answers with the request as it came: request line, headers, body.
void echo(HttpRequest request, Responder respond) {
  Bytes text = request.method + " " + request.target + "\n";
  for (const HttpHeader header : request.headers) {
    text += std::string(header.name) + ": " + std::string(header.value) + "\n";
  }
  HttpResponse response = make_response(200, "text/plain", text + "\n" + request.body);
  response.headers.add("X-Two", "a");
  response.headers.add("X-Two", "b");
  respond(std::move(response));
}

TEST(HttpClient, SendsWhatItIsGivenAndNothingUnasked) {
  Loopback loopback;
  loopback.handler.on_handle = echo;
  loopback.start();
  HttpClientRequest request = request_to(loopback, "POST", "/a/../b?x=%2F");
  request.headers = {{"X-Amz-Target", "T.Op"}, {"X-Empty", ""}};
  request.body = std::string("body\0with zero", 14);
  HttpClient client;
  const auto answer = client.perform(request);
  ASSERT_TRUE(answer.has_value()) << answer.error().message();
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->headers.count("x-two"), 2u);
  EXPECT_EQ(answer->headers.find("content-type"), "text/plain");
  EXPECT_EQ(answer->body,
            "POST /a/../b?x=%2F\nHost: " + loopback.server->address() +
                "\nUser-Agent: sluice\nAccept: */*\nX-Amz-Target: T.Op\nX-Empty: \n"
                "Content-Length: 14\n\n" +
                request.body);
}

TEST(HttpClient, KeepsItsConnection) {
  Loopback loopback;
  loopback.start();
  HttpClient client;
  for (const std::string method : {"GET", "PUT", "HEAD", "DELETE", "POST", "HEAD", "GET"}) {
    const auto answer = client.perform(request_to(loopback, method, "/"));
    ASSERT_TRUE(answer.has_value()) << answer.error().message();
    EXPECT_EQ(answer->body, method == "HEAD" ? "" : method + " / ");
  }
  EXPECT_EQ(loopback.server->stats().connections_accepted, 1u);
}

TEST(HttpClient, AnErrorStatusIsAnAnswer) {
  Loopback loopback;
  loopback.handler.on_handle = [](HttpRequest, Responder respond) {
    respond(make_response(404, "application/json", "{}"));
  };
  loopback.start();
  const auto answer = HttpClient().perform(request_to(loopback, "GET", "/"));
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->status, 404);
  EXPECT_EQ(answer->body, "{}");
}

TEST(HttpClient, SendsALargeBodyWithoutWaitingForContinue) {
  Loopback loopback;
  loopback.start();
  HttpClientRequest request = request_to(loopback, "PUT", "/");
  request.body = Bytes(3'000'000, 'x');
  const auto answer = HttpClient().perform(request);
  ASSERT_TRUE(answer.has_value()) << answer.error().message();
  EXPECT_EQ(answer->body.size(), 3'000'006u);
}

TEST(HttpClient, RefusesAnAnswerOverItsBound) {
  Loopback loopback;
  loopback.start();
  HttpClientRequest request = request_to(loopback, "GET", "/");
  request.answer_bytes_max = 5;
  const auto answer = HttpClient().perform(request);
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().fault(), Fault::too_large);
}

TEST(HttpClient, SaysWhenNobodyListensOrTheServerBreaksOff) {
  Loopback loopback;
  std::vector<Responder> kept;
  loopback.handler.on_handle = [&](HttpRequest, Responder respond) {
    kept.push_back(std::move(respond));
  };
  loopback.start();
  HttpClientRequest request = request_to(loopback, "GET", "/");
  request.timeout = std::chrono::milliseconds(20);
  HttpClient client;
  const auto late = client.perform(request);
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().fault(), Fault::unavailable);
  EXPECT_THAT(late.error().message(), HasSubstr("GET " + request.url));
  loopback.server->stop(std::chrono::milliseconds(0));
  request.timeout = std::chrono::seconds(20);
  const auto refused = client.perform(request);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().fault(), Fault::unavailable);
}

TEST(HttpClient, BreaksOffWhenItIsToldTo) {
  Loopback loopback;
  std::vector<Responder> kept;
  std::atomic<bool> has_arrived = false;
  loopback.handler.on_handle = [&](HttpRequest, Responder respond) {
    kept.push_back(std::move(respond));
    has_arrived = true;
  };
  loopback.start();
  HttpClientRequest request = request_to(loopback, "GET", "/");
  request.is_stopped = [&] { return has_arrived.load(); };
  HttpClient client;
  const auto stopped = client.perform(request);
  ASSERT_FALSE(stopped.has_value());
  EXPECT_EQ(stopped.error().fault(), Fault::cancelled);
  loopback.server->stop(std::chrono::milliseconds(0));
}

TEST(HttpClient, RefusesUrlsAndHeadersNobodyCanSend) {
  HttpClient client;
  HttpClientRequest request;
  for (const std::string url : {"", "http://", "file:///etc/passwd", "gopher://h/"}) {
    request.url = url;
    const auto answer = client.perform(request);
    ASSERT_FALSE(answer.has_value()) << url;
    EXPECT_EQ(answer.error().fault(), Fault::invalid) << url;
  }
  request.url = "http://127.0.0.1/";
  request.headers = {{"A", "b\r\nC: d"}};
  EXPECT_EQ(client.perform(request).error().fault(), Fault::invalid);
  request.headers = {{"A b", "c"}};
  EXPECT_EQ(client.perform(request).error().fault(), Fault::invalid);
}

}  // namespace
}  // namespace sluice::net
