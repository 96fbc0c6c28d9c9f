#include "net/http_client.h"

#include "base/memory_file_system.h"
#include "net/http_client_pool.h"
#include "net/loopback_fixture.h"
#include "net/test_certificate.h"
#include "net/tls_context.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace sluice::net {
namespace {

using testing::HasSubstr;
using testing::Not;

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

FileRegion region_of(MemoryFileSystem& files, ByteView bytes, std::uint64_t offset) {
  SLUICE_CHECK(replace_file(files, "file", bytes).has_value());
  auto file = files.open("file", OpenMode::read);
  SLUICE_CHECK(file.has_value());
  return {std::move(*file), offset, bytes.size() - offset};
}

TEST(HttpClient, SendsAPartOfAFile) {
  Loopback loopback;
  loopback.handler.on_handle = echo;
  loopback.start();
  MemoryFileSystem files;
  Bytes content = "0123";
  for (int i = 0; content.size() < 3'000'000; ++i) {
    content += std::to_string(i);
  }
  HttpClientRequest request = request_to(loopback, "PUT", "/");
  request.file = region_of(files, content, 4);
  HttpClient client;
  for (int turn = 0; turn < 2; ++turn) {
    const auto answer = client.perform(request);
    ASSERT_TRUE(answer.has_value()) << answer.error().message();
    EXPECT_TRUE(answer->body.ends_with("\n\n" + content.substr(4)));
    EXPECT_THAT(answer->body, HasSubstr("Content-Length: " + std::to_string(content.size() - 4)));
    EXPECT_THAT(answer->body, Not(HasSubstr("Expect")));
  }
  EXPECT_EQ(loopback.server->stats().connections_accepted, 1u);
  request.file->length = 0;
  const auto empty = client.perform(request);
  ASSERT_TRUE(empty.has_value()) << empty.error().message();
  EXPECT_TRUE(empty->body.ends_with("\n\n"));
  // The next request of the same client has nothing of it.
  const auto plain = client.perform(request_to(loopback, "GET", "/"));
  ASSERT_TRUE(plain.has_value());
  EXPECT_THAT(plain->body, Not(HasSubstr("Content-Length")));
}

TEST(HttpClient, BeginsAFileAgainWhereAKeptConnectionWasClosed) {
  Loopback loopback;
  loopback.start();
  MemoryFileSystem files;
  HttpClientRequest request = request_to(loopback, "PUT", "/");
  request.file = region_of(files, Bytes(300'000, 'x'), 0);
  HttpClient client;
  ASSERT_TRUE(client.perform(request).has_value());
  const std::uint16_t port = loopback.port();
  loopback.server->stop(std::chrono::milliseconds(0));
  loopback.options.port = port;
  loopback.start();
  const auto answer = client.perform(request);
  ASSERT_TRUE(answer.has_value()) << answer.error().message();
  EXPECT_EQ(answer->body.size(), 300'006u);
}

TEST(HttpClient, SaysThatAFileIsTooShort) {
  Loopback loopback;
  loopback.start();
  MemoryFileSystem files;
  HttpClientRequest request = request_to(loopback, "PUT", "/");
  request.file = region_of(files, "short", 0);
  request.file->length = 6;
  const auto answer = HttpClient().perform(request);
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().fault(), Fault::corrupt);
  EXPECT_THAT(answer.error().message(), HasSubstr("shorter"));
}

TEST(HttpClient, TakesAnErrorThatComesBeforeTheBodyIsRead) {
  Loopback loopback;
  loopback.handler.on_limit = [](const RequestHead&) {
    return BodyLimit::refuse(make_response(403, "text/plain", "no"));
  };
  loopback.start();
  MemoryFileSystem files;
  HttpClientRequest request = request_to(loopback, "PUT", "/");
  request.file = region_of(files, Bytes(1'000, 'x'), 0);
  const auto answer = HttpClient().perform(request);
  ASSERT_TRUE(answer.has_value()) << answer.error().message();
  EXPECT_EQ(answer->status, 403);
}

TEST(HttpClient, BreaksOffWhereNothingMoves) {
  Loopback loopback;
  std::vector<Responder> kept;
  loopback.handler.on_handle = [&](HttpRequest, Responder respond) {
    kept.push_back(std::move(respond));
  };
  loopback.start();
  HttpClientRequest request = request_to(loopback, "PUT", "/");
  request.stall_timeout = std::chrono::seconds(1);
  const auto answer = HttpClient().perform(request);
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().fault(), Fault::unavailable);
  loopback.server->stop(std::chrono::milliseconds(0));
}

TEST(HttpClient, TrustsTheAuthoritiesThatItIsGiven) {
  Loopback loopback;
  const TestCertificate certificate;
  auto loaded = TlsContext::load(certificate.certificate_file(), certificate.key_file());
  ASSERT_TRUE(loaded.has_value());
  loopback.options.tls = *loaded;
  loopback.start();
  HttpClientRequest request = request_to(loopback, "GET", "/");
  request.url = "https://localhost:" + std::to_string(loopback.port()) + "/";
  const auto distrusted = HttpClient().perform(request);
  ASSERT_FALSE(distrusted.has_value());
  EXPECT_EQ(distrusted.error().fault(), Fault::unavailable);
  EXPECT_THAT(distrusted.error().message(), HasSubstr("certificate"));
  request.ca_bundle = certificate.certificate_file();
  const auto answer = HttpClient().perform(request);
  ASSERT_TRUE(answer.has_value()) << answer.error().message();
  EXPECT_EQ(answer->status, 200);
}

TEST(HttpClient, SpeaksHttp2WhereTheServerOffersIt) {
  Loopback loopback;
  const TestCertificate certificate;
  auto loaded = TlsContext::load(certificate.certificate_file(), certificate.key_file());
  ASSERT_TRUE(loaded.has_value());
  loopback.options.tls = *loaded;
  loopback.start();
  HttpClientRequest request = request_to(loopback, "POST", "/");
  request.url = "https://localhost:" + std::to_string(loopback.port()) + "/";
  request.ca_bundle = certificate.certificate_file();
  request.body = std::string(300'000, 'x');
  const auto answer = HttpClient().perform(request);
  ASSERT_TRUE(answer.has_value()) << answer.error().message();
  EXPECT_EQ(answer->status, 200);
  // Names of fields are small letters there, and as the server has them elsewhere.
  EXPECT_TRUE(std::ranges::any_of(
      answer->headers, [](const HttpHeader header) { return header.name == "content-length"; }));
  EXPECT_FALSE(answer->headers.value_or("Content-Length", "").empty());
}

TEST(HttpClient, SaysThatThereIsNoSuchFileOfAuthorities) {
  Loopback loopback;
  loopback.start();
  HttpClientRequest request = request_to(loopback, "GET", "/");
  request.url.insert(4, "s");
  request.ca_bundle = "/nonexistent/ca.pem";
  const auto answer = HttpClient().perform(request);
  ASSERT_FALSE(answer.has_value());
  EXPECT_THAT(answer.error().message(), HasSubstr("/nonexistent/ca.pem"));
}

TEST(HttpClientPool, KeepsAConnectionForEachThatIsUsedAtOnce) {
  Loopback loopback;
  loopback.start();
  HttpClientPool pool(1);
  for (int turn = 0; turn < 3; ++turn) {
    const auto answer = pool.perform(request_to(loopback, "GET", "/a"));
    ASSERT_TRUE(answer.has_value()) << answer.error().message();
    EXPECT_EQ(answer->body, "GET /a ");
  }
  EXPECT_EQ(loopback.server->stats().connections_accepted, 1u);
}

TEST(HttpClientPool, ServesManyThreads) {
  Loopback loopback;
  loopback.start();
  HttpClientPool pool(2);
  std::atomic<int> answered = 0;
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      for (int turn = 0; turn < 5; ++turn) {
        answered += pool.perform(request_to(loopback, "GET", "/")).has_value() ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(answered, 20);
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
