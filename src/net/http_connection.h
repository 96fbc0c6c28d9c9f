// One connection of the HTTP server, from its first byte to its close.
#pragma once

#include "net/connection_services.h"

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace sluice::net {

// A handle on the connection, which ends by itself.  Every call on the loop thread.
class HttpConnection {
 public:
  // Takes over `descriptor`, a connected non-blocking socket.
  HttpConnection(const ConnectionServices& services, int descriptor, std::string remote_address);

  // Starts reading; once.  `on_end` is called on the loop thread, never from within this call, when
  // the connection is closed and uses no service any more.
  void start(std::move_only_function<void()> on_end);

  // Ends what is past its deadline.
  void on_tick(std::chrono::nanoseconds steady_now);

  // Closes now if no request is being received or answered, otherwise after those under way.
  void close_when_idle();

  // Closes now.  A handler still at work keeps its responder; the answer goes nowhere.
  void abort();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace sluice::net
