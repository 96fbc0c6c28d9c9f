// A rerun of a delivery stream: one more delivery under its definition, with a ledger, plan numbers
// and a spool folder of its own, of records that it has had before.  As a leg of the delivery
// stream (delivery::legs_of()) it is named "<name>/<id>".
//
//   replay         what its error output holds (server/replay_source.h)
//   backfill-<id>  what its stream still holds of some time, under another prefix
//
// Kept in the store beside the definition, under "<name>/<incarnation, 16 hex digits>/<id>".
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "delivery/definition.h"
#include "store/database.h"
#include "store/definitions.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::server {

// Of definitions in the store (store/definitions.h).
inline constexpr std::string_view kind_rerun = "rerun";

inline constexpr std::string_view replay_id = "replay";
inline constexpr std::string_view backfill_start = "backfill-";

struct Rerun {
  std::string id;
  std::uint64_t incarnation = 0;  // of its ledger and its spool folder

  // Of a backfill.
  std::optional<std::string> prefix{};
  UnixMillis from{};  // inclusive
  UnixMillis to{};    // exclusive

  friend bool operator==(const Rerun&, const Rerun&) = default;
};

std::string rerun_key(const delivery::DeliveryStream& stream, std::string_view id);

// Stored form: versioned JSON text.
std::string encode(const Rerun& rerun);
Result<Rerun> decode_rerun(std::string_view text);

// All of a delivery stream that were ever begun, by id.
Result<std::vector<Rerun>> load_reruns(store::Database& database,
                                       const delivery::DeliveryStream& stream);

// Out of all rows of kind_rerun, the legs of this delivery stream (delivery::legs_of()) and of its
// reruns.
Result<std::vector<delivery::DeliveryStream>> legs_with_reruns(
    const delivery::DeliveryStream& stream, std::span<const store::Definition> rows);

// What carries it out.
delivery::DeliveryStream rerun_leg(const delivery::DeliveryStream& stream, const Rerun& rerun);

// Of the legs of a delivery stream and its reruns, whether this one, by its name, takes only some
// of the records of a shard: what it leaves out is none of its business.
bool is_selective(std::string_view leg);

}  // namespace sluice::server
