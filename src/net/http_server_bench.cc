// Requests per second of the fixed-answer path, client and server in one process: kept alive, over
// HTTP/2, and with a connection for each, as AWS's SDK for JavaScript opens them.
//
// One client thread keeps one request under way on each of N connections; the client's own work
// (a send and a receive per request) is in the figure.
#include "base/check.h"
#include "base/clock.h"
#include "net/http2_peer.h"
#include "net/http_head.h"
#include "net/http_server.h"

#include <arpa/inet.h>
#include <benchmark/benchmark.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <vector>

namespace sluice::net {
namespace {

constexpr ByteView head_of_put_record =
    "POST / HTTP/1.1\r\n"
    "Host: 127.0.0.1:4566\r\n"
    "Accept-Encoding: identity\r\n"
    "X-Amz-Target: Kinesis_20131202.PutRecord\r\n"
    "Content-Type: application/x-amz-json-1.1\r\n"
    "User-Agent: Boto3/1.26.27 Python/3.11.2 Linux/6.1.0 Botocore/1.29.27\r\n"
    "X-Amz-Date: 20250713T152519Z\r\n"
    "Authorization: AWS4-HMAC-SHA256 "
    "Credential=AKIDEXAMPLE/20250713/us-east-1/kinesis/aws4_request, "
    "SignedHeaders=content-type;host;x-amz-date;x-amz-target, "
    "Signature=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\r\n"
    "amz-sdk-invocation-id: 4f1f3b0e-1df6-4bd4-9c12-1d3c5a4f6b7c\r\n"
    "amz-sdk-request: attempt=1\r\n"
    "Content-Length: 4\r\n\r\n";

class FixedAnswer final : public HttpHandler {
 public:
  BodyLimit limit(const RequestHead&) override { return BodyLimit::accept(1 << 20); }

  void handle(HttpRequest, Responder respond) override {
    respond(make_response(200, "application/x-amz-json-1.1", "{}"));
  }
};

int connect_to(std::uint16_t port) {
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  SLUICE_CHECK(descriptor >= 0);
  const int on = 1;
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  SLUICE_CHECK(connect(descriptor,
                       static_cast<const sockaddr*>(static_cast<const void*>(&address)),
                       sizeof address) == 0);
  return descriptor;
}

void keep_alive(benchmark::State& state, ByteView request) {
  FixedAnswer handler;
  const SystemClock clock;
  HttpServer server(HttpServerOptions(), handler, clock);
  SLUICE_CHECK(server.start().has_value());
  std::vector<int> connections;
  for (int i = 0; i < state.range(0); ++i) {
    connections.push_back(connect_to(server.port()));
  }
  char answer[1024];
  for (auto _ : state) {
    for (const int connection : connections) {
      const ssize_t sent = send(connection, request.data(), request.size(), 0);
      SLUICE_CHECK(sent == static_cast<ssize_t>(request.size()));
    }
    for (const int connection : connections) {
      // The answer is one small segment.
      const ssize_t received = recv(connection, answer, sizeof answer, 0);
      SLUICE_CHECK(received > 0);
    }
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  for (const int connection : connections) {
    close(connection);
  }
}

void bm_keep_alive_get(benchmark::State& state) {
  keep_alive(state, "GET / HTTP/1.1\r\nHost: 127.0.0.1:4566\r\n\r\n");
}

void bm_keep_alive_put_record(benchmark::State& state) {
  const Bytes request = Bytes(head_of_put_record) + "body";
  keep_alive(state, request);
}

std::int32_t ask_put_record(Http2Peer& peer) {
  return peer.ask("POST",
                  "/",
                  {{"x-amz-target", "Kinesis_20131202.PutRecord"},
                   {"content-type", "application/x-amz-json-1.1"},
                   {"content-length", "4"}},
                  "body");
}

// Talks until the stream is answered.
void finish(Http2Peer& peer, int connection, std::int32_t stream) {
  char answer[4096];
  while (!peer.answer(stream).is_closed) {
    const Bytes out = peer.output();
    if (!out.empty()) {
      SLUICE_CHECK(send(connection, out.data(), out.size(), 0) == static_cast<ssize_t>(out.size()));
    }
    const ssize_t received = recv(connection, answer, sizeof answer, 0);
    SLUICE_CHECK(received > 0);
    SLUICE_CHECK(peer.input({answer, static_cast<std::size_t>(received)}));
  }
}

void bm_http2_put_record(benchmark::State& state) {
  FixedAnswer handler;
  const SystemClock clock;
  HttpServer server(HttpServerOptions(), handler, clock);
  SLUICE_CHECK(server.start().has_value());
  const int connection = connect_to(server.port());
  Http2Peer peer;
  for (auto _ : state) {
    std::vector<std::int32_t> streams;
    for (int i = 0; i < state.range(0); ++i) {
      streams.push_back(ask_put_record(peer));
    }
    for (const std::int32_t stream : streams) {
      finish(peer, connection, stream);
    }
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  close(connection);
}

void bm_http2_connection_for_each(benchmark::State& state) {
  FixedAnswer handler;
  const SystemClock clock;
  HttpServer server(HttpServerOptions(), handler, clock);
  SLUICE_CHECK(server.start().has_value());
  for (auto _ : state) {
    const int connection = connect_to(server.port());
    Http2Peer peer;
    finish(peer, connection, ask_put_record(peer));
    close(connection);
  }
  state.SetItemsProcessed(state.iterations());
}

void bm_parse_head(benchmark::State& state) {
  for (auto _ : state) {
    HeadScanner scanner;
    SLUICE_CHECK(scanner.scan(head_of_put_record) == HeadScanner::Verdict::complete);
    benchmark::DoNotOptimize(parse_request_head(head_of_put_record));
  }
  state.SetBytesProcessed(state.iterations() *
                          static_cast<std::int64_t>(head_of_put_record.size()));
}

BENCHMARK(bm_parse_head)->MinTime(0.02);
BENCHMARK(bm_keep_alive_get)->Arg(1)->Arg(64)->MinTime(0.05)->UseRealTime();
BENCHMARK(bm_keep_alive_put_record)->Arg(64)->MinTime(0.05)->UseRealTime();
BENCHMARK(bm_http2_put_record)->Arg(1)->Arg(64)->MinTime(0.05)->UseRealTime();
BENCHMARK(bm_http2_connection_for_each)->MinTime(0.05)->UseRealTime();

}  // namespace
}  // namespace sluice::net
