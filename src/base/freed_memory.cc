#include "base/freed_memory.h"

#include <malloc.h>

namespace sluice {

void keep_freed_memory(const FreedMemory& limits) {
  static_cast<void>(::mallopt(M_MMAP_THRESHOLD, static_cast<int>(limits.largest_kept_bytes)));
  static_cast<void>(::mallopt(M_TRIM_THRESHOLD, static_cast<int>(limits.kept_bytes)));
}

}  // namespace sluice
