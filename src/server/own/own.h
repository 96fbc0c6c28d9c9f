// The operations of ours, which AWS has not, one file each: `sluice replay` calls them, signed as
// calls to Firehose are.
//
//   StartReplay      DeliveryStreamName and, each if wanted, Prefix, Code, From, To, Repairs
//                    [{ReplayId | SequenceNumber, Data}], DryRun
//   DescribeReplay   DeliveryStreamName
//   StopReplay       DeliveryStreamName
//   ListReplayable   as StartReplay without repairs; After (a replay id)
//   StartBackfill    DeliveryStreamName, Id, Prefix, From, To
//   DescribeBackfill, StopBackfill   DeliveryStreamName, Id
//
// Those of replays answer {"Replay": …}, as write_replay() says, but for ListReplayable:
// {"Lines": […], "Next": "12-5"}; those of backfills {"Backfill": {State, Records, DeliveredNow,
// Delivered (once it is done), Lost, Refused [{Code, Records}], LastError}}.
#pragma once

#include "aws/members.h"
#include "json/writer.h"
#include "runner/delivery_runner.h"
#include "server/api.h"
#include "server/deliveries.h"
#include "server/replay_source.h"

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::server {

inline constexpr std::string_view own_target = "Sluice";

std::span<const Operation> own_operations();

Answer start_replay(World& world, const ApiRequest& request);
Answer describe_replay(World& world, const ApiRequest& request);
Answer stop_replay(World& world, const ApiRequest& request);
Answer list_replayable(World& world, const ApiRequest& request);
Answer start_backfill(World& world, const ApiRequest& request);
Answer describe_backfill(World& world, const ApiRequest& request);
Answer stop_backfill(World& world, const ApiRequest& request);

// What of the error output is asked for.
struct ReplaySelection {
  std::string delivery_stream;
  std::string prefix;  // of keys
  ReplayFilter filter;
};

ReplaySelection read_replay_selection(aws::Members& members);

// The objects of the error output that the selection may have lines in, as far as they are not
// delivered, with what is wrong with others.  Fault::missing if there is no such delivery stream.
Result<ReplaySource::Order> select_replay(World& world, const ReplaySelection& selection);

// Reads them from the local bucket.
std::shared_ptr<ReplaySource> make_replay_source(World& world, ReplaySource::Order order);

// A line that somebody has repaired, named in one of two ways.
struct Repair {
  std::optional<delivery::ErrorPlace> place;
  std::string sequence_number;
  Bytes data;
};

// Narrows the order to the lines that are to be repaired; how many of the repairs are of lines that
// do not wait (any more).  Fault::invalid where a sequence number names several lines, or two
// repairs name one.
Result<std::uint64_t> take_repairs(World& world,
                                   const std::vector<Repair>& repairs,
                                   ReplaySource::Order& order);

// The members of a "Replay": State ("NONE", "RUNNING", "DONE", "STOPPED", "BROKEN"), Objects,
// Lines, Passed, Matched, Delivered, StillFailing, Failing [{Code, Lines, Message}], Codes (dry: of
// what matched, [{Code, Lines}]), Problems, NotWaiting, LastError.
struct ReplayAnswer {
  std::string_view state = "NONE";
  ReplayCounts counts;
  std::map<std::string, std::uint64_t> codes{};
  std::uint64_t delivered = 0;
  std::uint64_t not_waiting = 0;
  std::string last_error;
};

std::string write_replay(const ReplayAnswer& answer);

// How the replay of a delivery stream stands.
ReplayAnswer replay_standing(const World& world, std::string_view delivery_stream);

}  // namespace sluice::server
