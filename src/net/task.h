// What the coroutines of this folder have in common.  Shows Asio: for sources of net/ only.
#pragma once

#include "net/event_loop.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <utility>

namespace sluice::net {

namespace asio = boost::asio;

using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;
using Errno = boost::system::error_code;
using Time = std::chrono::nanoseconds;  // of Clock::steady

template <class T>
using Task = asio::awaitable<T, Executor>;

inline constexpr asio::use_awaitable_t<Executor> awaiting;
inline constexpr asio::as_tuple_t<asio::use_awaitable_t<Executor>> awaiting_tuple(awaiting);

inline constexpr Time never = Time::max();

// Suspends the coroutine; `start` gets the EventLoop::Job that resumes it, to be run once, on the
// loop thread.
template <class Start>
Task<void> suspended(Start start) {
  auto initiate = [&start](auto handler) { start(EventLoop::Job(std::move(handler))); };
  co_await asio::async_initiate<const asio::use_awaitable_t<Executor>, void()>(initiate, awaiting);
}

// Lets one coroutine wait until another part of the same loop thread has changed something.  Look
// at the condition before each wait: what happens meanwhile wakes whoever waits, and is not kept.
class Signal {
 public:
  explicit Signal(EventLoop& loop) : loop_(loop) {}

  Signal(const Signal&) = delete;
  Signal& operator=(const Signal&) = delete;
  ~Signal() = default;

  Task<void> wait() {
    return suspended([this](EventLoop::Job resume) { resume_ = std::move(resume); });
  }

  void notify() {
    if (resume_ != nullptr) {
      loop_.post(std::exchange(resume_, nullptr));
    }
  }

 private:
  EventLoop& loop_;
  EventLoop::Job resume_;
};

}  // namespace sluice::net
