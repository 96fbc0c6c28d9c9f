// The table of our own operations.
#include "server/own/own.h"

#include <array>

namespace sluice::server {

std::span<const Operation> own_operations() {
  static constexpr std::array operations = {
      Operation{.name = "StartReplay", .run = start_replay},
      Operation{.name = "DescribeReplay", .run = describe_replay},
      Operation{.name = "StopReplay", .run = stop_replay},
      Operation{.name = "ListReplayable", .run = list_replayable},
      Operation{.name = "StartBackfill", .run = start_backfill},
      Operation{.name = "DescribeBackfill", .run = describe_backfill},
      Operation{.name = "StopBackfill", .run = stop_backfill},
  };
  return operations;
}

}  // namespace sluice::server
