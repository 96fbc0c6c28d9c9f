// Whether what was seen of a data directory proves that nothing is missing, double or foreign.
//
// Where there is a ledger, an object is judged by its plan: it is there, with the bytes that were
// put.  Plans are judged by each other (numbers without gaps, no record in two) and by the marks:
// what is settled lies in a plan, what lies in a committed plan is settled.  Every object that
// claims to be a delivery stream's must be the one that its plan names.  Without a ledger, objects
// are judged by each other.  Pure.
#pragma once

#include "proof/facts.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::proof {

enum class Flaw : std::uint8_t {
  ledger_damaged,   // a row or a tally does not match its checksum
  plan_missing,     // a number between others is in no plan
  plan_stuck,       // planned or parked, but neither its spool file nor the object is there
  object_missing,   // committed, but not in the bucket
  object_changed,   // it does not hold the bytes that were put
  object_foreign,   // it claims a plan that is not its own
  records_twice,    // two plans hold them
  records_missing,  // settled, or between delivered ones, and in no plan
  mark_behind,      // delivered, but the marks would have them delivered again
};

// "object-missing", ...: the word in JSON.
std::string_view flaw_name(Flaw flaw);

struct Finding {
  Flaw flaw = Flaw::ledger_damaged;
  store::DeliveryId delivery;
  std::optional<delivery::PlanNumber> plan;
  std::string bucket;  // empty, like the key: it is not about an object
  std::string key;
  std::vector<ShardSpan> records;  // that are concerned, as far as is known
  std::string message;             // what is wrong, and what may have led to it
};

// What was looked at of one delivery stream.
struct Examined {
  store::DeliveryId delivery;
  bool has_ledger = false;
  bool is_defined = false;  // false: deleted since, or nobody knows
  std::uint64_t objects = 0;
  std::uint64_t planned = 0;  // plans that wait for their put
  std::uint64_t records = 0;  // in the objects
  std::uint64_t bytes = 0;
};

struct Verdict {
  std::vector<Examined> examined;     // by name and incarnation
  std::vector<Finding> findings;      // by delivery stream
  std::vector<std::string> unproven;  // what these facts cannot tell, a sentence each
};

Verdict check(const Facts& facts);

}  // namespace sluice::proof
