// The gate.
#include "server/gate.h"

#include "base/digest.h"
#include "server/config.h"

#include <algorithm>

namespace sluice::server {
namespace {

std::string_view own_scheme(const net::RequestHead& head) {
  return head.is_tls ? "https://" : "http://";
}

std::optional<Denial> denied(const aws::AuthError& error) {
  return Denial{error.fault, false, error.message};
}

std::vector<aws::Header> header_views(const net::RequestHead& head) {
  std::vector<aws::Header> headers;
  headers.reserve(head.headers.size() + 1);
  for (const net::HttpHeader& header : head.headers) {
    headers.emplace_back(header.name, header.value);
  }
  // HTTP/2 has no Host; its clients sign what stands for it.
  if (head.version == net::HttpVersion::http_2) {
    headers.emplace_back(":authority", head.headers.value_or("Host", ""));
  }
  return headers;
}

aws::RequestParts parts_of(const net::RequestHead& head, const std::vector<aws::Header>& headers) {
  return {head.method, head.path(), head.query(), headers};
}

// "localhost:4566" -> "localhost", "[::1]:4566" -> "::1".
std::string_view host_of(std::string_view authority) {
  if (authority.starts_with('[')) {
    return authority.substr(1, authority.find(']') - 1);
  }
  return authority.substr(0, authority.find(':'));
}

}  // namespace

Gate::Gate(std::vector<aws::Credentials> credentials,
           std::string region,
           std::vector<std::string> cors_origins)
    : credentials_(std::move(credentials)),
      cors_origins_(std::move(cors_origins)),
      verifier_(
          [this](std::string_view id) -> std::optional<aws::Credentials> {
            for (const aws::Credentials& known : credentials_) {
              if (known.access_key_id == id) {
                return known;
              }
            }
            return std::nullopt;
          },
          std::move(region)) {}

bool Gate::allows_origin(std::string_view origin) const {
  return std::find(cors_origins_.begin(), cors_origins_.end(), origin) != cors_origins_.end();
}

std::optional<Denial> Gate::check_foreign(const net::RequestHead& head) const {
  // Browsers speak HTTP/1.1 or HTTP/2 and name a host; what does neither (a load balancer's probe)
  // is none.
  const bool needs_host =
      head.version != net::HttpVersion::http_1_0 || head.headers.contains("Host");
  const std::string_view authority = head.headers.value_or("Host", "");
  const std::string_view host = host_of(authority);
  if (needs_host && !is_loopback(host)) {
    return Denial{
        .is_foreign = true,
        .message =
            "The Host '" + std::string(host) +
            "' is no loopback name; without credentials only this machine is answered. Configure "
            "[[credentials]] to be reachable by other names."};
  }
  const auto origin = head.headers.find("Origin");
  const std::string_view scheme = own_scheme(head);
  const bool is_own =
      origin && origin->starts_with(scheme) && origin->substr(scheme.size()) == authority;
  if (origin && !is_own && !allows_origin(*origin)) {
    return Denial{
        .is_foreign = true,
        .message =
            "Web pages of '" + std::string(*origin) +
            "' may not use this server; list the origin under [server] cors_origins to allow it."};
  }
  return std::nullopt;
}

std::optional<Denial> Gate::check_head(const net::RequestHead& head,
                                       std::string_view service,
                                       UnixMillis now) const {
  if (!checks_signatures()) {
    return check_foreign(head);
  }
  if (service != "s3" &&
      head.headers.value_or("x-amz-content-sha256", "") == aws::unsigned_payload) {
    return Denial{.fault = aws::AuthFault::mismatch,
                  .message = "UNSIGNED-PAYLOAD is for S3 only; sign the body's hash."};
  }
  const auto headers = header_views(head);
  const auto checked = verifier_.check_head(parts_of(head, headers), service, now);
  return checked ? std::nullopt : denied(checked.error());
}

std::optional<Denial> Gate::check_policy(const aws::PolicySignature& given,
                                         std::string_view policy) const {
  if (!checks_signatures()) {
    return std::nullopt;
  }
  const auto checked = verifier_.check_policy(given, policy);
  return checked ? std::nullopt : denied(checked.error());
}

std::optional<aws::ChunkSigner> Gate::chunk_signer(const net::RequestHead& head) const {
  if (!checks_signatures()) {
    return std::nullopt;
  }
  const auto headers = header_views(head);
  return verifier_.chunk_signer(parts_of(head, headers));
}

std::optional<Denial> Gate::check_body(const net::RequestHead& head,
                                       std::string_view service,
                                       ByteView body,
                                       UnixMillis now) const {
  if (!checks_signatures()) {
    return std::nullopt;
  }
  const auto headers = header_views(head);
  const aws::RequestParts parts = parts_of(head, headers);
  const auto checked = verifier_.check_head(parts, service, now);
  if (!checked) {
    return denied(checked.error());
  }
  const auto whole = verifier_.check_body(*checked, parts, to_hex(sha256(body)));
  return whole ? std::nullopt : denied(whole.error());
}

}  // namespace sluice::server
