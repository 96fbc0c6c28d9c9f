// What is said of a record, an object or a delivery stream: for a person, and in parts for
// programs.
#pragma once

#include "base/clock.h"
#include "base/digest.h"
#include "delivery/ledger.h"
#include "proof/object_proof.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::proof {

// Whether anybody has to do anything.
enum class Outlook : std::uint8_t {
  well,     // it is where it belongs, or on its way there
  unknown,  // nobody here has heard of it
  held,     // it waits for something that does not happen by itself
  gone,     // it is not among the delivered data, and does not come there by itself
};

// "well", "unknown", ...: the word in JSON.
std::string_view outlook_name(Outlook outlook);

// How what lies in the bucket compares with the plan.
enum class InBucket : std::uint8_t { whole, missing, changed, unreadable };

std::string_view in_bucket_name(InBucket in_bucket);

struct ExplainedObject {
  std::string bucket;
  std::string key;
  delivery::PlanNumber plan;
  delivery::ObjectKind kind = delivery::ObjectKind::data;
  std::uint64_t records = 0;
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;
  Sha256Digest sha256{};
  std::vector<ShardSpan> shards;           // which records
  std::optional<UnixMillis> committed_at;  // std::nullopt: it waits for its put
  std::optional<InBucket> in_bucket;       // std::nullopt: not looked at

  friend bool operator==(const ExplainedObject&, const ExplainedObject&) = default;
};

// What a delivery stream has before it, as its running server says.
struct Backlog {
  std::uint64_t records = 0;  // not delivered yet
  std::uint64_t objects = 0;  // sealed, waiting for their put
  std::uint64_t open_records = 0;
  std::uint64_t open_bytes = 0;

  friend bool operator==(const Backlog&, const Backlog&) = default;
};

// What became of something in one delivery stream, or at all.
struct Explanation {
  std::string delivery_stream;  // empty: it is not about one
  std::string state;            // "buffered", "delivered", ...
  Outlook outlook = Outlook::well;
  std::string cause;  // why it is in this state, a word: "table-missing"; may be empty
  std::optional<UnixMillis> since;  // of the state
  std::optional<UnixMillis> until;  // when it ends by itself, at the latest
  std::optional<UnixMillis> next_attempt;
  std::string last_error;  // of the delivery stream; empty: nothing is failing
  std::optional<UnixMillis> last_error_at;
  std::optional<ExplainedObject> object;
  std::optional<std::uint64_t> row;  // of the record in it, from 1
  std::optional<Backlog> backlog;
  std::vector<std::string> sentences;  // for a person

  void say(std::string sentence) { sentences.push_back(std::move(sentence)); }

  friend bool operator==(const Explanation&, const Explanation&) = default;
};

}  // namespace sluice::proof
