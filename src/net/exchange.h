// The way of one answer from whatever thread gives it to the connection that waits for it.
#pragma once

#include "net/event_loop.h"
#include "net/http_handler.h"

#include <functional>
#include <mutex>
#include <optional>

namespace sluice::net {

// Made for one request, shared by its connection (loop thread) and its Responder (any thread, and
// possibly for longer than loop and connection live).
//
// The lock is held while the connection's resumption is posted, and the connection takes it again
// to fetch the answer: so a loop that ends after its connections cannot be gone before the posting
// call has returned.
class Exchange final : public ResponseSlot {
 public:
  // `loop` is used only while somebody waits.
  explicit Exchange(EventLoop& loop) : loop_(loop) {}

  void answer(HttpResponse response) override;
  void drop() override;

  // Nobody waits any longer; loop thread.
  void abandon();

  // Posts `resume` to the loop as soon as the exchange is settled; once, on the loop thread.
  void wait(EventLoop::Job resume);

  // There is an answer, or there will be none.
  bool is_settled();

  bool was_dropped();

  // The answer; nothing when it was dropped or abandoned.
  std::optional<HttpResponse> take();

 private:
  bool is_settled_locked() const { return response_ || was_dropped_ || is_abandoned_; }

  void wake_locked();

  EventLoop& loop_;
  std::mutex mutex_;
  std::optional<HttpResponse> response_;
  EventLoop::Job resume_;
  bool was_dropped_ = false;
  bool is_abandoned_ = false;
};

}  // namespace sluice::net
