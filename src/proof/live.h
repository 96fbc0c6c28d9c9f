// What only a running server knows, as its page /_sluice/explain says it (server/explain_page.h).
#pragma once

#include "base/clock.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace sluice::proof {

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

}  // namespace sluice::proof
