// Ctrl-C and SIGTERM as something a loop can ask about, so that it can tidy up before it ends.
#pragma once

namespace sluice::cli {

// From construction to destruction the two signals set a flag instead of ending the process; a
// second one ends it at once.  At most one at a time in a process.
class Interruption {
 public:
  Interruption();
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  // Callable whether there is an object or not: false without.
  static bool has_happened();

  // Readable once it has happened, for waits that a signal to another thread would not end; -1
  // without an object.
  static int wake_descriptor();
};

}  // namespace sluice::cli
