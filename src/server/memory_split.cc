#include "server/memory_split.h"

#include "base/check.h"
#include "net/http_server.h"
#include "runner/delivery_runner.h"
#include "stream/log.h"

#include <algorithm>
#include <limits>

namespace sluice::server {

namespace {

constexpr std::uint64_t stream_caches_usual = std::uint64_t{128} << 20;

}  // namespace

MemorySplit split_memory(std::uint64_t limit) {
  const net::HttpServerOptions usual;
  const std::size_t pending_usual = runner::RunnerOptions().pending_bytes_max;
  if (limit == 0) {
    return {.open_objects = std::numeric_limits<std::uint64_t>::max(),
            .pending_reads = pending_usual,
            .stream_caches = stream_caches_usual,
            .stream_indexes = stream::LogOptions().index_bytes,
            .bodies = usual.body_budget_bytes,
            .answers = usual.answer_budget_bytes,
            .files = usual.file_budget_bytes};
  }
  SLUICE_CHECK(limit >= memory_limit_min);
  return {.open_objects = limit / 8 * 3,
          .pending_reads = std::min<std::size_t>(pending_usual, limit / 32),
          .stream_caches = std::min<std::uint64_t>(stream_caches_usual, limit / 32),
          .stream_indexes = std::min<std::uint64_t>(stream::LogOptions().index_bytes, limit / 64),
          .bodies = std::min<std::size_t>(usual.body_budget_bytes, limit / 8),
          .answers = std::min<std::size_t>(usual.answer_budget_bytes, limit / 8),
          .files = std::min<std::size_t>(usual.file_budget_bytes, limit / 32)};
}

}  // namespace sluice::server
