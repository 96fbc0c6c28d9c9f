// What becomes of memory that the program has freed.
#pragma once

#include <cstddef>

namespace sluice {

struct FreedMemory {
  std::size_t largest_kept_bytes = 0;  // a larger piece goes back to the system at once; at most
                                       // 32 MiB
  std::size_t kept_bytes = 0;  // in a row at the end of a heap (there are some a thread); what is
                               // beyond goes back
};

// Buffers come and go by the hundred kilobytes.  By default each goes back to the system, which
// clears and maps it anew for the next: that can take as long as the work.  For the whole process;
// best before it has threads.  Where a limit is refused the program is slower, nothing else.
void keep_freed_memory(const FreedMemory& limits);

}  // namespace sluice
