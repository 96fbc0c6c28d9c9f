// Signs, sends, and reads the status.
#include "s3/remote_caller.h"

#include "base/digest.h"
#include "s3/remote_failure.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

namespace sluice::s3 {
namespace {

// The longest answer that is read: a listing of a thousand uploads, with room to spare.
constexpr std::size_t answer_bytes_max = std::size_t{4} << 20;

}  // namespace

RemoteCaller::RemoteCaller(RemoteStore store,
                           std::string ca_bundle,
                           RemotePatience patience,
                           Exchange exchange,
                           CredentialsSource credentials,
                           const Clock& clock)
    : store_(std::move(store)),
      ca_bundle_(std::move(ca_bundle)),
      patience_(std::move(patience)),
      exchange_(std::move(exchange)),
      credentials_(std::move(credentials)),
      clock_(clock) {}

net::HttpClientRequest RemoteCaller::signed_request(const RemoteCall& call,
                                                    const aws::Credentials& credentials) const {
  const RemoteAddress address = address_of(store_, call.bucket, call.key, call.query);
  net::HttpClientRequest request;
  request.method = call.method;
  request.url = address.url();
  request.headers = call.headers;
  request.headers.add("Host", address.host);
  const std::string payload_hash = call.file ? call.payload_sha256 : to_hex(sha256(call.body));
  request.headers.add("x-amz-content-sha256", payload_hash);
  std::vector<aws::Header> to_sign;
  for (const net::HttpHeader header : request.headers) {
    to_sign.emplace_back(header.name, header.value);
  }
  const auto added = aws::sign(
      {.method = call.method, .path = address.path, .query = address.query, .headers = to_sign},
      credentials,
      store_.region,
      "s3",
      payload_hash,
      clock_.now());
  for (const auto& [name, value] : added) {
    request.headers.add(name, value);
  }
  request.body = call.body;
  request.file = call.file;
  request.timeout = patience_.whole;
  request.connect_timeout = patience_.connect;
  request.stall_timeout = patience_.stall;
  request.answer_bytes_max = answer_bytes_max;
  request.ca_bundle = ca_bundle_;
  request.is_stopped = [this, &call] {
    return (patience_.is_stopped && patience_.is_stopped()) ||
           (call.is_stopped && call.is_stopped());
  };
  return request;
}

Result<net::HttpResponse> RemoteCaller::ask(const RemoteCall& call) const {
  auto credentials = credentials_();
  if (!credentials) {
    return std::unexpected(std::move(credentials)
                               .error()
                               .within(fmt::format("no credentials for {}", store_.endpoint)));
  }
  SLUICE_TRY(answer, exchange_(signed_request(call, *credentials)));
  if (!is_remote_failure(answer)) {
    return answer;
  }
  const std::string what = fmt::format(
      "{} s3://{}{}{}", call.method, call.bucket, call.key.empty() ? "" : "/", call.key);
  return std::unexpected(explain_remote_failure(
      answer,
      {.what = what, .bucket = call.bucket, .endpoint = store_.endpoint, .region = store_.region}));
}

}  // namespace sluice::s3
