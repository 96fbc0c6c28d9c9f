// Checks for broken invariants.  They stay on in release builds; input from outside must not be
// able to fail one (that is what Result is for, base/result.h).
#pragma once

namespace sluice {

// Prints the condition and where it stands to standard error and aborts.
[[noreturn]] void check_failed(const char* condition, const char* file, int line);

}  // namespace sluice

#define SLUICE_CHECK(condition) \
  (static_cast<bool>(condition) ? void() : ::sluice::check_failed(#condition, __FILE__, __LINE__))

// For checks whose cost shows in a benchmark: on in debug and fuzz builds only.
#ifdef NDEBUG
#define SLUICE_DCHECK(condition) static_cast<void>(0)
#else
#define SLUICE_DCHECK(condition) SLUICE_CHECK(condition)
#endif
