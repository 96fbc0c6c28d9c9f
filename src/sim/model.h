// The reference model: what a bucket must hold when everything has come to rest.
//
// Every accepted record is in exactly one object (lost 0, double 0, phantom 0), good ones in data
// objects and bad ones in error objects, in the order of their shard and behind those of the shards
// that it was split off, each in an object of its partition; plan numbers have no gap; the
// bucket holds the planned objects and no others; the marks say that everything was delivered.
#pragma once

#include "sim/dialect.h"
#include "sim/simulated_bucket.h"
#include "sim/simulated_ledger.h"
#include "sim/simulated_router.h"
#include "sim/simulated_source.h"

#include <cstdint>
#include <string>

namespace sluice::sim {

struct Expectation {
  std::uint64_t size_hint_max = 0;  // the largest in force: no object goes on behind it
  std::uint64_t span_ms_max = 0;    // between oldest and newest arrival of an object; 0: any
};

// Empty: all is right.  Otherwise the first thing that is not.
std::string find_fault(const SimulatedSource& source,
                       const SimulatedLedger& ledger,
                       const SimulatedBucket& bucket,
                       const Dialect& dialect,
                       const PartitionRule& partitions,
                       const Expectation& expectation);

}  // namespace sluice::sim
