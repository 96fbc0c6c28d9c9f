// Which records an object of the error output holds, from its lines: each names the sequence number
// of the record it is about.
#pragma once

#include "base/file_system.h"
#include "delivery/position.h"

#include <cstdint>
#include <map>
#include <optional>

namespace sluice::proof {

// Records of one shard that lines name.
struct NamedRecords {
  std::uint64_t shard_created_s = 0;  // since the Unix epoch: part of every sequence number
  delivery::OrdinalSet ordinals;

  friend bool operator==(const NamedRecords&, const NamedRecords&) = default;
};

// By shard index; which stream they are of, only the shards' creation tells.
using ErrorLines = std::map<std::uint32_t, NamedRecords>;

// std::nullopt for a file that holds anything but such lines, or none.  Fault::io when it cannot be
// read.
Result<std::optional<ErrorLines>> read_error_lines(const File& file);

}  // namespace sluice::proof
