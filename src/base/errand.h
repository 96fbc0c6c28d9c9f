// Pieces of work that one thread may leave to another one, and does itself when nobody has begun.
//
// A thread that needs a result soon begins an errand and goes on with something else; when it needs
// the result, it finishes the errand: does it on the spot if nobody has begun, or else does errands
// that wait, anybody's, until it is done.  So nothing is lost where all helpers are busy, and work
// spreads over the threads there are.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace sluice {

class Errand;

// The threads that do errands, in the order in which they were begun.  Thread-safe.
class Helpers {
 public:
  // `threads` are started with the first errand; with 0, whoever needs a result does the work.
  // `name` is theirs; at most 15 letters.
  Helpers(std::size_t threads, std::string name);

  // No errand may be under way.
  ~Helpers();
  Helpers(const Helpers&) = delete;
  Helpers& operator=(const Helpers&) = delete;

 private:
  friend class Errand;
  struct Work;

  void post(std::shared_ptr<Work> work);
  bool do_one();
  void run();

  const std::size_t threads_max_;
  const std::string name_;
  std::mutex mutex_;  // guards those below
  std::condition_variable changed_;
  std::deque<std::shared_ptr<Work>> posted_;
  std::vector<std::thread> threads_;
  bool is_stopping_ = false;
};

// One piece of work at a time.  Not thread-safe: of the thread that needs the result.  What the
// work does happens before finish() returns.
class Errand {
 public:
  Errand() = default;
  Errand(Errand&&) noexcept = default;
  Errand& operator=(Errand&&) = delete;

  // What nobody has begun is dropped; what is under way is waited for.
  ~Errand();

  // Finishes what was begun before.  `work` must not throw; what it uses stays until the end of the
  // errand.  Without `helpers` it is done at once.
  void begin(Helpers* helpers, std::move_only_function<void()> work);

  // Returns once the work is done; at once if nothing was begun.  The caller holds no lock that any
  // errand may want.
  void finish();

  bool is_begun() const { return work_ != nullptr; }

 private:
  Helpers* helpers_ = nullptr;
  std::shared_ptr<Helpers::Work> work_;
};

}  // namespace sluice
