// The entries that a spool's files are made of.  Layout: docs/formats/spool.md.  Nothing here
// touches a file.
#pragma once

#include "base/bytes.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice::heartrate {

inline constexpr std::size_t entry_header_bytes = 12;
inline constexpr std::uint32_t entry_body_bytes_max = std::uint32_t{16} << 20;

enum class EntryKind : std::uint8_t {
  snapshot = 1,  // where everything stands; the first entry of each file
  record = 2,
  batch = 3,   // what is about to be sent
  settled = 4  // what the stream has
};

struct EntryView {
  EntryKind kind{};
  ByteView body;
  std::size_t bytes = 0;  // of the whole entry
};

// `file` and `offset` say where the entry is going to stand: it is good nowhere else.
Bytes encode_entry(EntryKind kind, ByteView body, std::uint64_t file, std::uint64_t offset);

// The entry at the beginning of `bytes`; std::nullopt unless it is whole and was written there.
std::optional<EntryView> decode_entry(ByteView bytes, std::uint64_t file, std::uint64_t offset);

struct RecordEntry {
  std::uint64_t ordinal = 0;
  ByteView partition_key;
  ByteView data;
  ByteView memo;
};

Bytes encode_record_entry(const RecordEntry& record);
std::optional<RecordEntry> decode_record_entry(ByteView body);

struct BatchEntry {
  std::string invocation;
  std::vector<std::uint64_t> ordinals;

  friend bool operator==(const BatchEntry&, const BatchEntry&) = default;
};

Bytes encode_batch_entry(const BatchEntry& batch);
std::optional<BatchEntry> decode_batch_entry(ByteView body);

Bytes encode_settled_entry(const std::vector<std::uint64_t>& ordinals);
std::optional<std::vector<std::uint64_t>> decode_settled_entry(ByteView body);

struct SnapshotEntry {
  std::uint64_t next_ordinal = 1;
  std::uint64_t settled_below = 1;
  std::vector<std::uint64_t> settled_above;
  std::optional<BatchEntry> batch;
  Bytes memo;

  friend bool operator==(const SnapshotEntry&, const SnapshotEntry&) = default;
};

Bytes encode_snapshot_entry(const SnapshotEntry& snapshot);
std::optional<SnapshotEntry> decode_snapshot_entry(ByteView body);

}  // namespace sluice::heartrate
