// Why something is where it is: a record, an object, a delivery stream.
//
// Everything is decided from a Situation: what the store says and, where a server runs, what only
// that knows.  Pure, but for what lies in the bucket, which is asked for.
#pragma once

#include "base/clock.h"
#include "base/digest.h"
#include "base/file_lock.h"
#include "delivery/definition.h"
#include "proof/explanation.h"
#include "proof/live.h"
#include "store/ledger_audit.h"
#include "stream/definition.h"
#include "stream/sequence_number.h"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::proof {

// Why a record was refused.
struct Refusal {
  std::string code;
  std::string message;     // names the column
  std::uint64_t line = 0;  // in the error object, from 1; 0: not known
};

// What lies under a name of a bucket.
struct SeenObject {
  std::uint64_t bytes = 0;
  std::optional<Sha256Digest> sha256;  // where the size is the one that was asked about
};

struct Situation {
  std::vector<delivery::DeliveryStream> deliveries;  // with backups and reruns
  std::vector<stream::StreamDefinition> streams;
  std::map<stream::StreamIncarnation, stream::LogPosition> noted;  // where logs are known to reach
  std::vector<std::string> buckets;
  std::set<std::string> remote_buckets;  // of other S3s, which are not asked
  std::set<std::string> tables;          // by catalog::table_key()
  std::vector<store::AuditedLedger> ledgers;

  std::optional<Live> live;               // std::nullopt: no server answers
  std::string endpoint;                   // where none answers
  std::optional<LockHolder> lock_holder;  // who has the data directory

  // Fault::missing when nothing is there, any other when it cannot be read.  `bytes`: the digest is
  // wanted if it has so many.
  std::function<Result<SeenObject>(
      const std::string& bucket, const std::string& key, std::optional<std::uint64_t> bytes)>
      look_at;

  // The line about a record in an error object.
  std::function<std::optional<Refusal>(const delivery::ObjectPlan& plan,
                                       const std::string& sequence_number)>
      find_refusal;
};

// Of the record of a stream with this sequence number: one for each delivery stream that reads it.
//   well      buffered · waits-for-parent · planned · delivered (a replay may have done that)
//   held      the same but for delivered, with a cause that nobody removes
//   gone      refused · object-missing · object-changed · lost · trimmed · before-start ·
//             no-delivery
//   unknown   never-existed · stream-unknown
std::vector<Explanation> explain_record(const Situation& situation,
                                        std::string_view stream,
                                        const std::string& sequence_number);

// Of s3://bucket/key.
//   well      object-delivered · object-planned
//   held      object-planned
//   gone      object-missing · object-changed
//   unknown   object-unplanned (it is there, and nobody here has put it) · object-unknown
Explanation explain_object(const Situation& situation,
                           const std::string& bucket,
                           const std::string& key);

// Of a delivery stream: its runner's state, "draining" or "stopped"; "delivery-unknown".
Explanation explain_delivery(const Situation& situation, std::string_view name);

}  // namespace sluice::proof
