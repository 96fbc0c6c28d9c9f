#include "base/freed_memory.h"

#include "base/bytes.h"

#include <gtest/gtest.h>
#include <malloc.h>

#include <cstddef>

namespace sluice {
namespace {

TEST(FreedMemory, PiecesUpToTheLimitAreKeptAndLargerOnesMapped) {
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
  GTEST_SKIP() << "the sanitizer has an allocator of its own";
#endif
  constexpr std::size_t kept = std::size_t{1} << 20;
  keep_freed_memory({.largest_kept_bytes = 2 * kept, .kept_bytes = 4 * kept});
  const std::size_t mapped = ::mallinfo2().hblkhd;
  const Bytes small(kept, 'x');
  EXPECT_EQ(::mallinfo2().hblkhd, mapped);
  const Bytes large(3 * kept, 'x');
  EXPECT_GT(::mallinfo2().hblkhd, mapped);
  EXPECT_EQ(small.back(), large.back());
}

}  // namespace
}  // namespace sluice
