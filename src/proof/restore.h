// The definitions of streams and delivery streams that a data directory must have had whose
// sluice.db is gone: what they are, from the configuration file; which of their lives the logs and
// objects belong to, from the proofs in the objects.
//
//   delivery stream   the life (incarnation) whose objects reach furthest in its stream
//   stream            the log whose records those objects hold; or the one log that is left for the
//                     one stream that is left; or the one that is said to be its
//   its shards        as the configuration has them, for nothing tells how others were split
//
// Where two answers are possible it is refused, and said what would decide.  Pure.
#pragma once

#include "proof/facts.h"
#include "server/config.h"
#include "stream/definition.h"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace sluice::proof {

// A folder of streams/ that holds a log.
struct FoundLog {
  stream::StreamIncarnation incarnation;
  std::uint32_t shards = 0;   // so many at least it has had
  std::uint64_t records = 0;  // ever written
};

struct RestoreRequest {
  const server::Config& config;
  std::vector<FoundLog> logs;                 // in any order
  std::map<std::string, std::string> stated;  // by stream: the folder of its log
  std::function<std::uint64_t()> random;      // incarnations of what has never delivered
};

struct Restored {
  std::vector<stream::StreamDefinition> streams;
  std::vector<delivery::DeliveryStream> deliveries;
  std::vector<std::string> found;
  std::vector<std::string> refusals;  // empty: it may be written
};

Restored restore(const Facts& facts, const RestoreRequest& request);

// For a person who has not named a configuration file: the delivery streams whose objects are
// there, and the logs.
std::string what_is_left(const Facts& facts, const std::vector<FoundLog>& logs);

}  // namespace sluice::proof
