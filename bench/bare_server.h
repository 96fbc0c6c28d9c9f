// The server on a disk that forgets, and the disk without a server: the two ends between which
// `sluice serve` lies.
#pragma once

#include "base/result.h"

#include <chrono>
#include <cstdint>
#include <string>

namespace sluice::bench {

// The whole server, as `sluice serve`, with one stream "s" of `shards`, but what its logs write is
// counted and thrown away, and a sync does nothing.  Until standard input ends; prints its address
// first.
Result<void> serve_without_log(const std::string& data_directory, std::uint32_t shards);

struct PlainWrites {
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  double seconds = 0;
};

// What a log would write for requests of `records` heart-rate records each, `requests` of them with
// one write and one fdatasync, into a new file that grows, until the time is over.  The file stays:
// removing it would keep the disk busy for whoever comes next.
Result<PlainWrites> write_plainly(const std::string& path,
                                  std::size_t records,
                                  std::size_t requests,
                                  std::chrono::milliseconds duration);

}  // namespace sluice::bench
