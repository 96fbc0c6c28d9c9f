// The way of one value (an answer, a piece of a body) from whatever thread gives it to the
// connection that waits for it.
#pragma once

#include "base/check.h"
#include "net/event_loop.h"
#include "net/slot.h"

#include <mutex>
#include <optional>
#include <utility>

namespace sluice::net {

// Made for one value, shared by its connection (loop thread) and a Duty (any thread, and possibly
// for longer than loop and connection live).
//
// The lock is held while the connection's resumption is posted, and the connection takes it again
// to fetch the value: so a loop that ends after its connections cannot be gone before the posting
// call has returned.
template <class T>
class Exchange final : public Slot<T> {
 public:
  // `loop` is used only while somebody waits.
  explicit Exchange(EventLoop& loop) : loop_(loop) {}

  void answer(T value) override {
    const std::lock_guard lock(mutex_);
    SLUICE_CHECK(!value_.has_value());
    SLUICE_CHECK(!was_dropped_);
    value_ = std::move(value);
    wake_locked();
  }

  void drop() override {
    const std::lock_guard lock(mutex_);
    SLUICE_CHECK(!value_.has_value());
    was_dropped_ = true;
    wake_locked();
  }

  // Nobody waits any longer; loop thread.
  void abandon() {
    const std::lock_guard lock(mutex_);
    is_abandoned_ = true;
    wake_locked();
  }

  // Posts `resume` to the loop as soon as the exchange is settled; once, on the loop thread.
  void wait(EventLoop::Job resume) {
    const std::lock_guard lock(mutex_);
    SLUICE_CHECK(resume_ == nullptr);
    resume_ = std::move(resume);
    if (is_settled_locked()) {
      wake_locked();
    }
  }

  // There is a value, or there will be none.
  bool is_settled() {
    const std::lock_guard lock(mutex_);
    return is_settled_locked();
  }

  bool was_dropped() {
    const std::lock_guard lock(mutex_);
    return was_dropped_;
  }

  // The value; nothing when it was dropped or abandoned.
  std::optional<T> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(value_, std::nullopt);
  }

 private:
  bool is_settled_locked() const { return value_ || was_dropped_ || is_abandoned_; }

  void wake_locked() {
    if (resume_ != nullptr) {
      loop_.post(std::exchange(resume_, nullptr));
    }
  }

  EventLoop& loop_;
  std::mutex mutex_;
  std::optional<T> value_;
  EventLoop::Job resume_;
  bool was_dropped_ = false;
  bool is_abandoned_ = false;
};

}  // namespace sluice::net
