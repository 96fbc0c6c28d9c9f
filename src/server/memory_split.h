// What the parts of the server may take of the memory that the operator allows.
//
// They add up to less than the limit: the program itself, its database and its threads take about
// a quarter of the smallest one, and memory that is freed does not go back to the system at once.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sluice::server {

// With less, one request of the largest size would be refused.
inline constexpr std::uint64_t memory_limit_min = std::uint64_t{128} << 20;

struct MemorySplit {
  std::uint64_t open_objects = 0;  // records that gather, of all delivery streams
  std::size_t pending_reads = 0;   // of each delivery stream, read and not gathered yet

  std::uint64_t stream_caches = 0;   // as stream::Streams::World
  std::uint64_t stream_indexes = 0;  // of each stream, as stream::LogOptions

  // As net::HttpServerOptions.
  std::size_t bodies = 0;
  std::size_t answers = 0;
  std::size_t files = 0;
};

// `limit` in bytes, at least memory_limit_min; 0: none, and each part has its usual bounds.
MemorySplit split_memory(std::uint64_t limit);

}  // namespace sluice::server
