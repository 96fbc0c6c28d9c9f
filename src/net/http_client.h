// A blocking client of HTTP/1.1, or of HTTP/2 where a server with TLS offers it: for command-line
// tools, and for threads that may wait for a peer.
// Proxies are those of libcurl's variables (http_proxy, https_proxy, no_proxy).
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "net/http.h"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace sluice::net {

struct HttpClientRequest {
  std::string method = "GET";
  std::string url;  // http:// or https://, sent as written: encode it before
  HttpHeaders headers;
  Bytes body;
  std::optional<FileRegion> file{};           // instead of `body`; read in pieces while it is sent
  std::chrono::milliseconds timeout{30'000};  // for the whole exchange
  std::chrono::milliseconds connect_timeout{5'000};
  std::chrono::seconds stall_timeout{0};  // without a byte either way; 0: as long as `timeout`
  std::string ca_bundle{};                // PEM file of authorities; empty: the system's
  std::size_t answer_bytes_max = std::size_t{64} << 20;  // a longer body is an error
  std::function<bool()> is_stopped{};  // if set, asked at least each second: true breaks off
};

// Keeps its connections open between calls.  Not thread-safe; one per thread.
class HttpClient {
 public:
  HttpClient();
  HttpClient(HttpClient&& other) noexcept;
  HttpClient& operator=(HttpClient&& other) noexcept;
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;
  ~HttpClient();

  // Sends the request and waits for the whole answer.  Every status is a success here; redirects
  // are not followed.  Fault::unavailable when the server cannot be reached or breaks off or the
  // time is up, Fault::cancelled when it was stopped, Fault::too_large, Fault::invalid for a URL or
  // header nobody can send, Fault::corrupt for a file without the bytes to send.
  Result<HttpResponse> perform(const HttpClientRequest& request);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sluice::net
