// Idle clients on a stack: the one used last has the freshest connections.
#include "net/http_client_pool.h"

#include <optional>
#include <utility>

namespace sluice::net {

Result<HttpResponse> HttpClientPool::perform(const HttpClientRequest& request) {
  std::optional<HttpClient> client;
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      client.emplace(std::move(idle_.back()));
      idle_.pop_back();
    }
  }
  if (!client) {
    client.emplace();
  }
  auto answer = client->perform(request);
  const std::lock_guard lock(mutex_);
  if (idle_.size() < idle_max_) {
    idle_.push_back(std::move(*client));
  }
  return answer;
}

}  // namespace sluice::net
