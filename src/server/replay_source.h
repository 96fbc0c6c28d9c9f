// The error output of a delivery stream as the source of a replay: its lines, read back.
//
// Each error object is a shard, named by the delivery stream's incarnation and the number of the
// plan that put the object; its lines are the records, numbered from 1.  A line thus has one
// position for ever, wherever a replay stands in, and a ledger that knows which positions are
// settled knows which lines were delivered.  Lines that are settled, or not asked for, or no lines
// of an error output, are left out.
#pragma once

#include "base/clock.h"
#include "base/file_system.h"
#include "delivery/error_line.h"
#include "delivery/ledger.h"
#include "delivery/world.h"
#include "serde/record_reader.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace sluice::server {

// An object of the error output.
struct ReplayObject {
  delivery::PlanNumber plan;
  std::string bucket;
  std::string key;
  std::uint64_t lines = 0;
  delivery::ShardMark mark;  // of the replays before
};

// The shard that an object of the error output is.
delivery::ShardKey replay_shard(std::uint64_t incarnation, delivery::PlanNumber plan);

// Which lines; what is not given does not matter.
struct ReplayFilter {
  std::optional<UnixMillis> from;  // of arrival, inclusive
  std::optional<UnixMillis> to;    // exclusive
  std::string code;                // "DataFormatConversion.ParseError", or its last part

  bool takes(const delivery::ErrorLine& line) const;
};

// What takes the place of the data of lines.  Empty: nothing; otherwise other lines are left out.
using Repairs = std::map<delivery::ErrorPlace, Bytes>;

// How far a replay is.
struct ReplayCounts {
  struct Failing {
    std::uint64_t lines = 0;
    std::string message;  // of one of them
  };

  std::uint64_t objects = 0;
  std::uint64_t lines = 0;                 // in them, not delivered before
  std::uint64_t passed = 0;                // of those
  std::uint64_t matched = 0;               // of those: the filter takes them
  std::map<std::string, Failing> failing;  // of those: refused again, by code
  std::vector<std::string> problems;       // objects and lines that could not be read

  std::uint64_t still_failing() const;
};

// Thread-safe.
class ReplaySource final : public delivery::Source {
 public:
  // Fault::missing: the object is gone.
  using OpenObject = std::function<Result<std::shared_ptr<const File>>(const std::string& bucket,
                                                                       const std::string& key)>;

  struct Order {
    std::uint64_t incarnation = 0;      // of the delivery stream
    std::vector<ReplayObject> objects;  // by plan
    ReplayFilter filter{};
    Repairs repairs{};
    std::vector<std::string> problems{};  // that are known already
  };

  ReplaySource(Order order, OpenObject open);

  // A line as it stands in the object, for who wants to repair it, and its place.
  struct Waiting {
    delivery::ErrorPlace place;
    Bytes text;
    delivery::ErrorLine line;
  };

  // Calls `each` with every line behind `after` that the filter takes, in order, until it returns
  // false.  What cannot be read is passed over and counted among the problems.
  void walk(delivery::ErrorPlace after, const std::function<bool(const Waiting&)>& each);

  ReplayCounts counts() const;

  // A record was refused again.
  void note_left(delivery::ShardKey shard,
                 const delivery::SourceRecord& record,
                 const serde::Rejection& why);

  Result<std::vector<Shard>> shards() override;
  Result<delivery::SourceBatch> read(delivery::ShardKey shard,
                                     delivery::Ordinal from,
                                     std::size_t bytes_max) override;
  Result<delivery::Ordinal> end_of_damage(delivery::ShardKey shard,
                                          delivery::Ordinal from) override;
  Result<delivery::Ordinal> tip(delivery::ShardKey shard) override;
  Result<delivery::Ordinal> first_at(delivery::ShardKey shard, UnixMillis time) override;

  void hold(delivery::ShardKey, delivery::Ordinal) override {}

  // The line's place.
  std::string sequence_number(delivery::ShardKey shard,
                              delivery::Ordinal ordinal,
                              UnixMillis arrival) override;

  void on_records(std::function<void()>) override {}  // no more lines come

 private:
  // Where reading stands in an object.
  struct Cursor {
    const ReplayObject* object = nullptr;
    std::shared_ptr<const File> file;
    std::uint64_t offset = 0;   // of what is to be read next
    Bytes held;                 // read, not given out
    std::size_t taken = 0;      // of that
    delivery::Ordinal line{1};  // the next
  };

  struct Tally {
    std::map<delivery::ShardKey, delivery::OrdinalSet> lines;
    std::string message;
  };

  Result<bool> walk(const ReplayObject& object,
                    delivery::Ordinal from,
                    const std::function<bool(const Waiting&)>& each);
  const ReplayObject* find(delivery::ShardKey shard) const;
  Result<void> stand_at(const ReplayObject& object, delivery::Ordinal from);
  Result<std::optional<ByteView>> next_line();
  Result<std::optional<Waiting>> next_waiting(const ReplayObject& object, delivery::Ordinal from);
  std::optional<Waiting> take(const ReplayObject& object, delivery::Ordinal number, ByteView text);
  void note_problem(delivery::ErrorPlace place, std::string what);

  const Order order_;
  const OpenObject open_;

  mutable std::mutex mutex_;  // guards those below
  Cursor cursor_;
  std::set<delivery::PlanNumber> gone_;
  std::map<delivery::PlanNumber, delivery::Ordinal> passed_;  // up to here, exclusive
  std::map<delivery::ShardKey, delivery::OrdinalSet> matched_;
  std::map<std::string, Tally> left_;  // by code
  std::map<delivery::ErrorPlace, std::string> problems_;
};

}  // namespace sluice::server
