// Blocking HTTP clients for any number of threads: each call takes one that is idle, with the
// connections it keeps.
#pragma once

#include "net/http_client.h"

#include <cstddef>
#include <mutex>
#include <vector>

namespace sluice::net {

// Thread-safe.
class HttpClientPool {
 public:
  // At most `idle_max` clients are kept while nobody uses them.
  explicit HttpClientPool(std::size_t idle_max) : idle_max_(idle_max) {}

  // As HttpClient::perform.
  Result<HttpResponse> perform(const HttpClientRequest& request);

 private:
  const std::size_t idle_max_;
  std::mutex mutex_;  // guards those below
  std::vector<HttpClient> idle_;
};

}  // namespace sluice::net
