#include "server/http_fetch.h"

#include "net/http_client.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace sluice::server {
namespace {

constexpr std::size_t answer_bytes_max = std::size_t{1} << 20;

// The metadata service of a machine that is no instance leaves connections open for ever.
constexpr std::chrono::milliseconds connect_timeout_max{2'000};

Result<aws::FetchAnswer> fetch(const aws::FetchRequest& wanted) {
  net::HttpClientRequest request;
  request.method = wanted.method;
  request.url = wanted.url;
  for (const auto& [name, value] : wanted.headers) {
    request.headers.add(name, value);
  }
  request.body = wanted.body;
  request.timeout = wanted.timeout;
  request.connect_timeout = std::min(wanted.timeout, connect_timeout_max);
  request.answer_bytes_max = answer_bytes_max;
  net::HttpClient client;
  SLUICE_TRY(answer, client.perform(request));
  return aws::FetchAnswer{answer.status, std::move(answer.body)};
}

}  // namespace

aws::HttpFetch fetch_by_http() {
  return fetch;
}

}  // namespace sluice::server
