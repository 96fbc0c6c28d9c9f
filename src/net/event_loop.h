// A thread that waits for sockets and timers.  Asio is behind it and shows in no header.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

namespace boost::asio {
class io_context;  // NOLINT(readability-identifier-naming): Asio calls it so
}

namespace sluice::net {

// post() is thread-safe; the rest belongs to who owns the loop, or to the loop thread itself.
class EventLoop {
 public:
  using Job = std::move_only_function<void()>;

  EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Stops and joins.  What was posted and did not run is destroyed without running.
  ~EventLoop();

  // Starts the thread; once.
  void start();

  // Runs `job` on the loop thread, after what was posted before by the same thread.
  void post(Job job);

  // Calls `job` on the loop thread every `interval`, until the loop stops.  Before start().
  void every(std::chrono::milliseconds interval, std::function<void()> job);

  // Calls `job` on the loop thread whenever `descriptor` has something to read, until unwatch().
  // The job says how long to wait before the descriptor is looked at again.  One descriptor per
  // loop; before start().
  using ReadableJob = std::function<std::chrono::milliseconds()>;
  void watch(int descriptor, ReadableJob job);

  // On the loop thread.  The descriptor stays open.
  void unwatch();

  // Ends the thread; waits for the job it is in.
  void stop();

  // For the parts of this folder that speak to sockets.
  boost::asio::io_context& context();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sluice::net
