// What the server's tests share: a handler made of functions, a clock that is moved by hand, and a
// client that sends and reads raw bytes over loopback.
#pragma once

#include "base/check.h"
#include "base/clock.h"
#include "net/http_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace sluice::net {

// Stands still until told otherwise; thread-safe.
class TestClock final : public Clock {
 public:
  UnixMillis now() const override { return unix_millis(784'111'777'000); }

  std::chrono::nanoseconds steady() const override { return std::chrono::nanoseconds(steady_); }

  void advance(std::chrono::nanoseconds by) { steady_ += by.count(); }

 private:
  std::atomic<std::int64_t> steady_ = 0;
};

// Echoes method, target and body unless told otherwise.
class TestHandler : public HttpHandler {
 public:
  BodyLimit limit(const RequestHead& head) override {
    return on_limit ? on_limit(head) : BodyLimit::accept(std::uint64_t{1} << 30);
  }

  std::unique_ptr<BodySink> body_sink(const RequestHead& head) override {
    return on_sink ? on_sink(head) : nullptr;
  }

  bool is_blocking(const RequestHead&) override { return blocks; }

  void handle(HttpRequest request, Responder respond) override {
    if (on_handle) {
      on_handle(std::move(request), std::move(respond));
      return;
    }
    respond(make_response(
        200, "text/plain", request.method + " " + request.target + " " + request.body));
  }

  std::function<BodyLimit(const RequestHead&)> on_limit;
  std::function<std::unique_ptr<BodySink>(const RequestHead&)> on_sink;
  std::function<void(HttpRequest, Responder)> on_handle;
  bool blocks = false;
};

struct RawAnswer {
  int status = 0;  // 0: none came
  HttpHeaders headers;
  Bytes body;
};

// A blocking socket; every read ends after a while so that a broken server cannot hang a test.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port)
      : descriptor_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    SLUICE_CHECK(descriptor_ >= 0);
    timeval patience{20, 0};
    setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    // NOLINTNEXTLINE(bugprone-casting-through-void): what connect() is made for
    const auto* const any = static_cast<const sockaddr*>(static_cast<const void*>(&address));
    SLUICE_CHECK(connect(descriptor_, any, sizeof address) == 0);
  }

  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  ~RawClient() { close(descriptor_); }

  // False when the server has closed.
  bool send(ByteView bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) {
        return false;
      }
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  int descriptor() const { return descriptor_; }

  void finish_sending() { shutdown(descriptor_, SHUT_WR); }

  // Reads one answer; `is_head` for one to a HEAD request.
  RawAnswer read_answer(bool is_head = false) {
    RawAnswer answer;
    std::size_t end = 0;
    while ((end = received_.find("\r\n\r\n")) == Bytes::npos) {
      if (!receive()) {
        return answer;
      }
    }
    const Bytes head = received_.substr(0, end + 2);
    received_.erase(0, end + 4);
    answer.status = std::stoi(head.substr(9, 3));
    std::size_t line = head.find("\r\n") + 2;
    while (line < head.size()) {
      const std::size_t line_end = head.find("\r\n", line);
      const std::size_t colon = head.find(": ", line);
      answer.headers.add(ByteView(head).substr(line, colon - line),
                         ByteView(head).substr(colon + 2, line_end - colon - 2));
      line = line_end + 2;
    }
    const std::size_t length =
        is_head ? 0 : std::stoull(std::string(answer.headers.value_or("Content-Length", "0")));
    while (received_.size() < length && receive()) {
    }
    answer.body = received_.substr(0, length);
    received_.erase(0, answer.body.size());
    return answer;
  }

  // One request and its answer.
  RawAnswer ask(ByteView request) {
    send(request);
    return read_answer();
  }

  // What comes next, as much as there is; nothing when the server has closed.
  Bytes read_some() {
    if (received_.empty()) {
      receive();
    }
    return std::exchange(received_, {});
  }

  // Whether the server closes without sending anything more.
  bool is_closed() { return received_.empty() && !receive() && received_.empty(); }

 private:
  bool receive() {
    char piece[16384];
    const ssize_t count = recv(descriptor_, piece, sizeof piece, 0);
    if (count <= 0) {
      return false;
    }
    received_.append(piece, static_cast<std::size_t>(count));
    return true;
  }

  int descriptor_;
  Bytes received_;
};

// A running server with its handler.  Set the handler's functions and options before start().
struct Loopback {
  Loopback() {
    options.tick = std::chrono::milliseconds(2);
    options.worker_threads = 2;
    options.log = [this](std::string_view line) {
      const std::lock_guard lock(log_mutex);
      log_lines.emplace_back(line);
    };
  }

  void start() {
    server = std::make_unique<HttpServer>(options, handler, clock);
    const auto started = server->start();
    SLUICE_CHECK(started.has_value());
  }

  std::uint16_t port() const { return server->port(); }

  std::vector<std::string> logged() {
    const std::lock_guard lock(log_mutex);
    return log_lines;
  }

  // Waits for something another thread is about to do.
  template <class Condition>
  static bool eventually(Condition condition) {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > give_up) {
        return false;
      }
      sched_yield();
    }
    return true;
  }

  TestClock clock;
  TestHandler handler;
  HttpServerOptions options;
  std::mutex log_mutex;
  std::vector<std::string> log_lines;
  std::unique_ptr<HttpServer> server;
};

}  // namespace sluice::net
