// An Asio io_context with one thread.
#include "net/event_loop.h"

#include "base/check.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <pthread.h>

#include <thread>
#include <utility>

namespace sluice::net {

namespace asio = boost::asio;

struct EventLoop::State {
  // One thread runs the context: Asio may leave out some of its locks.
  State() : context(1), work(context.get_executor()), timer(context), pause(context) {}

  void arm_timer() {
    timer.expires_after(interval);
    timer.async_wait([this](const boost::system::error_code& error) {
      if (!error) {
        periodic();
        arm_timer();
      }
    });
  }

  void arm_watch() {
    watched->async_wait(asio::posix::stream_descriptor::wait_read,
                        [this](const boost::system::error_code& error) {
                          if (!error && watched) {
                            after_readable(readable());
                          }
                        });
  }

  void after_readable(std::chrono::milliseconds wait) {
    if (!watched) {
      return;
    }
    if (wait.count() == 0) {
      arm_watch();
      return;
    }
    pause.expires_after(wait);
    pause.async_wait([this](const boost::system::error_code& error) {
      if (!error && watched) {
        arm_watch();
      }
    });
  }

  void release_watched() {
    pause.cancel();
    if (watched) {
      watched->release();
      watched.reset();
    }
  }

  asio::io_context context;
  asio::executor_work_guard<asio::io_context::executor_type> work;
  asio::steady_timer timer;
  asio::steady_timer pause;
  std::chrono::milliseconds interval{0};
  std::function<void()> periodic;
  std::unique_ptr<asio::posix::stream_descriptor> watched;
  ReadableJob readable;
  std::thread thread;
};

EventLoop::EventLoop() : state_(std::make_unique<State>()) {}

EventLoop::~EventLoop() {
  stop();
  state_->release_watched();
}

void EventLoop::start() {
  SLUICE_CHECK(!state_->thread.joinable());
  state_->thread = std::thread([state = state_.get()] {
    pthread_setname_np(pthread_self(), "sluice-loop");
    state->context.run();
  });
}

void EventLoop::post(Job job) {
  asio::post(state_->context, std::move(job));
}

void EventLoop::every(std::chrono::milliseconds interval, std::function<void()> job) {
  SLUICE_CHECK(interval.count() > 0);
  SLUICE_CHECK(!state_->thread.joinable());
  state_->interval = interval;
  state_->periodic = std::move(job);
  state_->arm_timer();
}

void EventLoop::watch(int descriptor, ReadableJob job) {
  SLUICE_CHECK(state_->watched == nullptr);
  state_->watched = std::make_unique<asio::posix::stream_descriptor>(state_->context, descriptor);
  state_->readable = std::move(job);
  state_->arm_watch();
}

void EventLoop::unwatch() {
  state_->release_watched();
}

void EventLoop::stop() {
  state_->context.stop();
  if (state_->thread.joinable()) {
    state_->thread.join();
  }
}

asio::io_context& EventLoop::context() {
  return state_->context;
}

}  // namespace sluice::net
