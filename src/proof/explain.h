// Why something is where it is: a record, an object, a delivery stream.
//
// Everything is decided from a Situation: what the store says and, where a server runs, what only
// that knows.  Pure, but for the line of an error object, which is asked for.
#pragma once

#include "base/clock.h"
#include "delivery/definition.h"
#include "store/ledger_audit.h"
#include "stream/definition.h"
#include "stream/sequence_number.h"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::proof {

// What /_sluice/explain says of a delivery stream (server/explain_page.h).
struct LiveDelivery {
  std::string state;
  std::uint64_t backlog_records = 0;
  std::uint64_t objects_planned = 0;
  std::uint64_t open_records = 0;  // in the open object
  std::uint64_t open_bytes = 0;
  bool is_paused = false;
  std::optional<UnixMillis> open_until;
  std::optional<UnixMillis> put_again_at;
  std::optional<UnixMillis> oldest_undelivered;
  std::string last_error;  // empty: nothing is failing
  std::optional<UnixMillis> last_error_at;
  std::optional<UnixMillis> last_delivered_at;
};

// And of a record.
struct LiveRecord {
  std::uint64_t tip = 0;
  std::uint64_t horizon = 0;
  std::optional<UnixMillis> arrival;  // std::nullopt: it cannot be read
  std::string damage;                 // why
};

struct Live {
  std::map<std::uint64_t, LiveDelivery> deliveries;  // by incarnation
  std::optional<LiveRecord> record;
};

// std::nullopt for anything but such a page.
std::optional<Live> parse_live(const std::string& page);

// Why a record was refused.
struct Refusal {
  std::string code;
  std::string message;  // names the column
};

struct Situation {
  std::vector<delivery::DeliveryStream> deliveries;
  std::vector<stream::StreamDefinition> streams;
  std::map<stream::StreamIncarnation, stream::LogPosition> noted;  // where logs are known to reach
  std::vector<std::string> buckets;
  std::vector<store::AuditedLedger> ledgers;
  std::optional<Live> live;  // std::nullopt: no server answers

  // The line about a record in an error object.
  std::function<std::optional<Refusal>(const delivery::ObjectPlan& plan,
                                       const std::string& sequence_number)>
      find_refusal;
};

// What became of something in one delivery stream, or at all.
struct Explanation {
  std::string delivery_stream;         // empty: it is not about one
  std::string state;                   // "buffered", "delivered", ...: a word for programs
  std::vector<std::string> sentences;  // for a person

  friend bool operator==(const Explanation&, const Explanation&) = default;
};

// Of the record of a stream with this sequence number: one for each delivery stream that reads it.
//   never-existed · stream-deleted · no-delivery · before-start · buffered · waits-for-parent ·
//   planned · delivered · refused · lost · trimmed
std::vector<Explanation> explain_record(const Situation& situation,
                                        std::string_view stream,
                                        const std::string& sequence_number);

// Of s3://bucket/key: object-delivered · object-planned · object-unknown
Explanation explain_object(const Situation& situation,
                           const std::string& bucket,
                           const std::string& key);

// Of a delivery stream: its runner's state, stopped, or unknown.
Explanation explain_delivery(const Situation& situation, std::string_view name);

}  // namespace sluice::proof
