// How much room logs may take, and what happens when they have taken it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace sluice::stream {

// Of one stream.
struct SpaceRule {
  std::uint64_t bytes_max = 0;  // of its files; 0: as many as there is room for

  // At a cap its oldest records go though they are inside their retention, once every holder is
  // through with them.  Otherwise only what retention lets go makes room.
  bool trims_early = false;
};

struct SpaceRules {
  SpaceRule each{};  // of streams without a rule of their own
  std::map<std::string, SpaceRule, std::less<>> by_name{};  // of data streams
  std::uint64_t total_bytes_max = 0;  // of all logs and of what `beside` says; 0: no bound

  // Bytes in the data directory that are not the logs'.  Called on the writing thread; must be
  // quick.
  std::function<std::uint64_t()> beside{};

  const SpaceRule& of(std::string_view data_stream) const {
    const auto own = by_name.find(data_stream);
    return own == by_name.end() ? each : own->second;
  }
};

}  // namespace sluice::stream
