// Where a record lies in its source: the unit of exactly-once.
//
// A position is (shard, ordinal): ordinals are dense within a shard and start at 1.  A shard is
// named by the incarnation of its stream, so that a stream deleted and created again under one name
// is another one.  A record that is split into several, which may go to different objects, has a
// position for each: (shard, ordinal, part), parts from 1.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "base/strong.h"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace sluice::delivery {

using Ordinal = Strong<struct OrdinalTag, std::uint64_t>;
using StreamIncarnation = Strong<struct StreamIncarnationTag, std::uint64_t>;
using PlanNumber = Strong<struct PlanNumberTag, std::uint64_t>;

struct ShardKey {
  StreamIncarnation stream;
  std::uint32_t shard = 0;

  friend auto operator<=>(const ShardKey&, const ShardKey&) = default;
};

// A set of ordinals of one shard, kept as runs.  Value type.
class OrdinalSet {
 public:
  struct Run {
    Ordinal first;
    Ordinal last;  // inclusive

    friend bool operator==(const Run&, const Run&) = default;
  };

  // Adding what is there already changes nothing.
  void add(Ordinal first, Ordinal last);

  void add(Ordinal one) { add(one, one); }

  void add_all(const OrdinalSet& other);

  bool contains(Ordinal ordinal) const;

  bool empty() const { return runs_.empty(); }

  std::uint64_t count() const;

  // Ascending, disjoint, never adjacent.
  const std::vector<Run>& runs() const { return runs_; }

  // Memory held.
  std::size_t bytes_held() const { return runs_.capacity() * sizeof(Run); }

  // Drops everything below `bound`.
  void remove_below(Ordinal bound);

  // Run-length form: varint count of runs, then per run varint gap and varint length - 1.
  void encode(Bytes& out) const;
  static Result<OrdinalSet> decode(ByteView bytes);

  // Takes as many bytes as the form has.
  static Result<OrdinalSet> decode(ByteReader& reader);

  friend bool operator==(const OrdinalSet&, const OrdinalSet&) = default;

 private:
  std::vector<Run> runs_;
};

// Some parts of a record that was split.
struct PartialRecord {
  Ordinal ordinal;
  std::uint32_t parts = 0;    // that it was split into; more than are held
  std::uint32_t version = 0;  // of the definition that split it; the rest is split by that rule
  OrdinalSet held;            // numbers of parts

  friend bool operator==(const PartialRecord&, const PartialRecord&) = default;
};

// By ordinal, each once.  Value type.
class PartialRecords {
 public:
  // Adds parts that are not held yet; true if the record is whole now, which is forgotten then.
  bool add(const PartialRecord& parts);

  // nullptr if no part of it is held.
  const PartialRecord* find(Ordinal ordinal) const;

  void remove_below(Ordinal bound);
  void remove_all(const OrdinalSet& ordinals);

  bool empty() const { return records_.empty(); }

  const std::vector<PartialRecord>& all() const { return records_; }

  // Memory held.
  std::size_t bytes_held() const;

  // Count, then per record: ordinal, parts, version (varints), held.
  void encode(Bytes& out) const;
  static Result<PartialRecords> decode(ByteReader& reader);

  friend bool operator==(const PartialRecords&, const PartialRecords&) = default;

 private:
  std::vector<PartialRecord> records_;
};

// The records that an object holds, of one shard.
struct ShardPositions {
  ShardKey shard;
  OrdinalSet ordinals;
  PartialRecords partial{};

  // Also of which some parts are held.
  OrdinalSet touched() const;

  // Memory held.
  std::size_t bytes_held() const { return ordinals.bytes_held() + partial.bytes_held(); }

  friend bool operator==(const ShardPositions&, const ShardPositions&) = default;
};

// What has been delivered of a shard: everything below `low`, and the ordinals of `settled`, all of
// which lie above it, as those of `partial` do or at it.
struct ShardMark {
  ShardKey shard;
  Ordinal low{1};
  OrdinalSet settled;
  PartialRecords partial{};

  // Adds ordinals and moves `low` past every run that now touches it.
  void settle(const OrdinalSet& ordinals);

  void settle(const ShardPositions& positions);

  bool is_settled(Ordinal ordinal) const { return ordinal < low || settled.contains(ordinal); }

  friend bool operator==(const ShardMark&, const ShardMark&) = default;
};

}  // namespace sluice::delivery
