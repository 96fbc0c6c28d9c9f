// Requests and answers of the load generators.
#include "exchange.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>

namespace sluice::bench {
namespace {

constexpr std::size_t shown_bytes_max = 300;
constexpr std::string_view length_header = "Content-Length: ";
constexpr std::string_view head_end = "\r\n\r\n";

std::unexpected<Error> broken() {
  return fail(Fault::io, "the connection broke");
}

// Bytes of the answer that begins with `head`, or 0 while the head is not complete.
std::size_t answer_bytes(std::string_view head) {
  const std::size_t end = head.find(head_end);
  if (end == std::string_view::npos) {
    return 0;
  }
  std::size_t body = 0;
  const std::size_t at = head.find(length_header);
  if (at < end) {
    const char* const from = head.data() + at + length_header.size();
    std::from_chars(from, head.data() + end, body);
  }
  return end + head_end.size() + body;
}

}  // namespace

Caller::~Caller() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
}

Result<void> Caller::connect(std::uint16_t port) {
  descriptor_ = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return fail(Fault::io, fmt::format("cannot connect to port {}", port));
  }
  const int on = 1;
  ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return {};
}

Result<void> Caller::send(std::string_view request) const {
  while (!request.empty()) {
    const ssize_t sent = ::send(descriptor_, request.data(), request.size(), MSG_NOSIGNAL);
    if (sent <= 0) {
      return broken();
    }
    request.remove_prefix(static_cast<std::size_t>(sent));
  }
  return {};
}

Result<std::string_view> Caller::call(std::string_view request) {
  constexpr std::size_t piece_bytes = std::size_t{256} << 10;
  SLUICE_TRY_DO(send(request));
  std::size_t got = 0;
  std::size_t whole = 0;
  while (whole == 0 || got < whole) {
    buffer_.resize(std::max(buffer_.size(), got + piece_bytes));
    const ssize_t n = ::recv(descriptor_, buffer_.data() + got, buffer_.size() - got, 0);
    if (n <= 0) {
      return broken();
    }
    got += static_cast<std::size_t>(n);
    if (whole == 0) {
      whole = answer_bytes({buffer_.data(), got});
    }
  }
  const std::string_view answer(buffer_.data(), got);
  if (!answer.starts_with("HTTP/1.1 200")) {
    return fail(Fault::invalid,
                fmt::format("an answer was not 200: {}", answer.substr(0, shown_bytes_max)));
  }
  return answer.substr(answer.find(head_end) + head_end.size());
}

std::string kinesis_request(std::uint16_t port,
                            std::string_view operation,
                            std::string_view body,
                            std::string_view extra) {
  return fmt::format(
      "POST / HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/x-amz-json-1.1\r\n"
      "X-Amz-Target: Kinesis_20131202.{}\r\nX-Amz-Date: 20250715T171033Z\r\n"
      "Authorization: AWS4-HMAC-SHA256 Credential=x/20250715/us-east-1/kinesis/aws4_request, "
      "SignedHeaders=host;x-amz-date;x-amz-target, Signature=x\r\n"
      "{}Content-Length: {}\r\n\r\n{}",
      port,
      operation,
      extra,
      body.size(),
      body);
}

}  // namespace sluice::bench
