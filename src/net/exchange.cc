// The way of one answer to its connection.
#include "net/exchange.h"

#include "base/check.h"

#include <utility>

namespace sluice::net {

void Exchange::answer(HttpResponse response) {
  const std::lock_guard lock(mutex_);
  SLUICE_CHECK(!response_.has_value());
  SLUICE_CHECK(!was_dropped_);
  response_ = std::move(response);
  wake_locked();
}

void Exchange::drop() {
  const std::lock_guard lock(mutex_);
  SLUICE_CHECK(!response_.has_value());
  was_dropped_ = true;
  wake_locked();
}

void Exchange::abandon() {
  const std::lock_guard lock(mutex_);
  is_abandoned_ = true;
  wake_locked();
}

void Exchange::wait(EventLoop::Job resume) {
  const std::lock_guard lock(mutex_);
  SLUICE_CHECK(resume_ == nullptr);
  resume_ = std::move(resume);
  if (is_settled_locked()) {
    wake_locked();
  }
}

bool Exchange::is_settled() {
  const std::lock_guard lock(mutex_);
  return is_settled_locked();
}

bool Exchange::was_dropped() {
  const std::lock_guard lock(mutex_);
  return was_dropped_;
}

std::optional<HttpResponse> Exchange::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(response_, std::nullopt);
}

void Exchange::wake_locked() {
  if (resume_ != nullptr) {
    loop_.post(std::exchange(resume_, nullptr));
  }
}

}  // namespace sluice::net
