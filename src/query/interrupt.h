// A wish of another thread that what waits should stop waiting.  Once set, it stays.
#pragma once

#include <atomic>

namespace sluice::query {

// Thread-safe.
class Interrupt {
 public:
  Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;
  ~Interrupt();

  void set();

  bool is_set() const { return is_set_; }

  // Readable (POLLIN) once it is set; -1, which poll() passes over, if the process has no
  // descriptor left: then is_set() alone tells.
  int descriptor() const { return descriptor_; }

 private:
  std::atomic<bool> is_set_{false};
  int descriptor_;
};

}  // namespace sluice::query
