// Walks the objects once, counting how often each record appears.
#include "sim/model.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

namespace sluice::sim {

namespace {

using delivery::ObjectKind;
using delivery::ObjectPlan;

class Check {
 public:
  Check(const SimulatedSource& source,
        const Dialect& dialect,
        const PartitionRule& partitions,
        const Expectation& expectation)
      : source_(source),
        dialect_(dialect),
        partitions_(partitions),
        expectation_(expectation),
        seen_(source.shard_count()) {
    for (std::uint32_t shard = 0; shard < source.shard_count(); ++shard) {
      seen_[shard].resize(source.records(shard).size());
    }
  }

  std::string object(const ObjectPlan& plan, const SimulatedBucket::Object& object) {
    if (object.sha256 != plan.sha256) {
      return fmt::format("object {} is not what plan {} says", plan.key, plan.number.value);
    }
    const auto names = dialect_.read(plan.kind, object.bytes);
    if (!names) {
      return fmt::format("object {} cannot be read: {}", plan.key, names.error().message());
    }
    // What is refused of many partitions comes partition by partition, and what is refused in one
    // step stays together.
    const bool is_of_all_partitions = partitions_.is_on() && plan.kind != ObjectKind::data;
    std::map<std::uint32_t, delivery::ShardPositions> held;
    std::map<std::uint32_t, std::pair<std::uint64_t, std::uint32_t>> last;
    UnixMillis oldest = UnixMillis::max();
    UnixMillis newest = UnixMillis::min();
    std::uint64_t bytes = 0;
    std::uint64_t bytes_of_last = 0;
    for (const Named& name : *names) {
      if (name.shard >= source_.shard_count() || name.ordinal == 0 ||
          name.ordinal > seen_[name.shard].size()) {
        return fmt::format("phantom: {}:{} was never accepted", name.shard, name.ordinal);
      }
      const SimulatedRecord& record = source_.records(name.shard)[name.ordinal - 1];
      if (!is_of_right_kind(name, record, plan)) {
        return fmt::format("{}:{} is in an object of the wrong kind", name.shard, name.ordinal);
      }
      if (partition_of(name, plan) != partition_of(names->front(), plan)) {
        return fmt::format("plan {} mixes partitions", plan.number.value);
      }
      if (!see(name)) {
        return fmt::format("double: {}:{} part {} of {} again in plan {}",
                           name.shard,
                           name.ordinal,
                           name.part,
                           name.parts,
                           plan.number.value);
      }
      if (const auto missed = missed_before(name, plan)) {
        return fmt::format(
            "order: {}:{} before {}:{}", name.shard, name.ordinal, missed->shard, missed->ordinal);
      }
      const std::pair place(name.ordinal, name.part);
      if (last[name.shard] >= place && !is_of_all_partitions) {
        return fmt::format(
            "order: {}:{} after {}", name.shard, name.ordinal, last[name.shard].first);
      }
      last[name.shard] = place;
      hold(name, held[name.shard]);
      oldest = std::min(oldest, record.arrival);
      newest = std::max(newest, record.arrival);
      bytes_of_last = record.data.size();
      bytes_of_last += name.parts == 1 ? 0 : fmt::formatted_size(".{}.{}", name.part, name.parts);
      bytes += bytes_of_last;
    }
    if (names->empty() || oldest != plan.oldest_arrival || bytes != plan.source_bytes ||
        names->size() != plan.records) {
      return fmt::format("plan {} has wrong figures", plan.number.value);
    }
    if (bytes - bytes_of_last >= expectation_.size_hint_max && !is_of_all_partitions) {
      return fmt::format("plan {} went on behind the size hint", plan.number.value);
    }
    const auto span = static_cast<std::uint64_t>((newest - oldest).count());
    if (expectation_.span_ms_max > 0 && span >= expectation_.span_ms_max) {
      return fmt::format("plan {} spans {} ms", plan.number.value, span);
    }
    return positions(plan, held);
  }

  // A plan without an object: its positions alone say what was left out.
  std::string dropped(const ObjectPlan& plan) {
    std::uint64_t records = 0;
    UnixMillis oldest = UnixMillis::max();
    for (const Named& name : names_in(plan)) {
      if (!partitions_.drops_it(name, plan.configuration_version) || !see(name)) {
        return fmt::format("plan {} wrongly drops {}:{} part {} of {}",
                           plan.number.value,
                           name.shard,
                           name.ordinal,
                           name.part,
                           name.parts);
      }
      ++records;
      oldest = std::min(oldest, source_.records(name.shard)[name.ordinal - 1].arrival);
    }
    const bool is_right = records == plan.records && oldest == plan.oldest_arrival &&
                          plan.key.empty() && plan.bucket.empty() && plan.bytes == 0;
    return is_right ? std::string() : fmt::format("plan {} has wrong figures", plan.number.value);
  }

  std::string all_seen(const SimulatedLedger& ledger) const {
    for (std::uint32_t shard = 0; shard < source_.shard_count(); ++shard) {
      const auto& records = source_.records(shard);
      for (std::size_t i = 0; i < records.size(); ++i) {
        if (seen_[shard][i] == 0 && !records[i].is_damaged) {
          return fmt::format("lost: {}:{} is in no object", shard, i + 1);
        }
      }
      const auto mark = ledger.marks().find(SimulatedSource::key(shard));
      if (mark == ledger.marks().end()) {
        return fmt::format("shard {} has no mark", shard);
      }
      for (std::size_t i = 0; i < records.size(); ++i) {
        // Damage behind the last object is found again by the next life.
        if (!mark->second.is_settled(delivery::Ordinal{i + 1}) && !records[i].is_damaged) {
          return fmt::format("the mark of shard {} forgets record {}", shard, i + 1);
        }
      }
      if (mark->second.low.value > records.size() + 1) {
        return fmt::format("the mark of shard {} lies behind its end", shard);
      }
    }
    return {};
  }

 private:
  // Of whole records all parts.
  std::vector<Named> names_in(const ObjectPlan& plan) const {
    std::vector<Named> names;
    for (const delivery::ShardPositions& positions : plan.positions) {
      for (const delivery::OrdinalSet::Run& run : positions.ordinals.runs()) {
        for (delivery::Ordinal at = run.first; at <= run.last; ++at) {
          Named name{positions.shard.shard, at.value};
          name.parts = partitions_.parts_of(name, plan.configuration_version);
          for (name.part = 1; name.part <= name.parts; ++name.part) {
            names.push_back(name);
          }
        }
      }
      for (const delivery::PartialRecord& one : positions.partial.all()) {
        for (const delivery::OrdinalSet::Run& run : one.held.runs()) {
          for (delivery::Ordinal part = run.first; part <= run.last; ++part) {
            Named name{positions.shard.shard, one.ordinal.value};
            name.part = static_cast<std::uint32_t>(part.value);
            name.parts = one.parts;
            names.push_back(name);
          }
        }
      }
    }
    return names;
  }

  bool is_of_right_kind(Named name, const SimulatedRecord& record, const ObjectPlan& plan) const {
    if (partitions_.is_on()) {
      if (partitions_.drops_it(name, plan.configuration_version)) {
        return plan.kind == ObjectKind::dropped;
      }
      if (!partitions_.partition_of(name, plan.configuration_version)) {
        return plan.kind == ObjectKind::processing_failed;
      }
      if (partitions_.may_refuse_good && plan.kind == ObjectKind::processing_failed) {
        return true;
      }
    }
    return plan.kind == (record.is_bad ? ObjectKind::format_conversion_failed : ObjectKind::data);
  }

  // std::nullopt where partitions do not matter.
  std::optional<std::uint32_t> partition_of(Named name, const ObjectPlan& plan) const {
    return partitions_.is_on() && plan.kind == ObjectKind::data
               ? partitions_.partition_of(name, plan.configuration_version)
               : std::nullopt;
  }

  // Where records keep their order: objects of one kind, and of one partition under one rule.
  struct Track {
    ObjectKind kind;
    std::optional<std::uint32_t> partition;
    std::uint32_t version;

    friend auto operator<=>(const Track&, const Track&) = default;
  };

  Track track_of(Named name, const ObjectPlan& plan) const {
    return {
        plan.kind, partition_of(name, plan), partitions_.is_on() ? plan.configuration_version : 0};
  }

  // A record on the track of `after` which should have been seen before it: one of a shard that its
  // shard was split off.
  std::optional<Named> missed_before(Named after, const ObjectPlan& plan) {
    const Track track = track_of(after, plan);
    const bool is_known = !has_its_turn_[track].insert(after.shard).second;
    if (is_known || partitions_.may_refuse_good || partitions_.splits) {
      return std::nullopt;
    }
    for (auto at = source_.parent(after.shard); at; at = source_.parent(*at)) {
      const auto& records = source_.records(*at);
      for (std::size_t i = 0; i < records.size(); ++i) {
        const Named name{*at, i + 1};
        if (seen_[*at][i] == 0 && !records[i].is_damaged &&
            is_of_right_kind(name, records[i], plan) && track_of(name, plan) == track) {
          return name;
        }
      }
    }
    return std::nullopt;
  }

  // False if it was seen before, or was split otherwise.
  bool see(Named name) {
    std::uint8_t& seen = seen_[name.shard][name.ordinal - 1];
    Parts& parts = parts_[{name.shard, name.ordinal}];
    if (seen > 0 || (!parts.seen.empty() && parts.of != name.parts) ||
        !parts.seen.insert(name.part).second) {
      return false;
    }
    parts.of = name.parts;
    if (parts.seen.size() == name.parts) {
      seen = 1;
      parts_.erase({name.shard, name.ordinal});
    }
    return true;
  }

  static void hold(Named name, delivery::ShardPositions& held) {
    delivery::PartialRecord one{delivery::Ordinal{name.ordinal}, name.parts, 0, {}};
    one.held.add(delivery::Ordinal{name.part});
    if (held.partial.add(one)) {
      held.ordinals.add(one.ordinal);
    }
  }

  // By which version a record was split is not to be seen in its parts.
  static bool is_same(const delivery::ShardPositions& left, const delivery::ShardPositions& right) {
    return left.ordinals == right.ordinals &&
           std::ranges::equal(
               left.partial.all(),
               right.partial.all(),
               [](const delivery::PartialRecord& a, const delivery::PartialRecord& b) {
                 return std::tie(a.ordinal, a.parts, a.held) ==
                        std::tie(b.ordinal, b.parts, b.held);
               });
  }

  static std::string positions(const ObjectPlan& plan,
                               const std::map<std::uint32_t, delivery::ShardPositions>& held) {
    const bool is_right =
        std::ranges::equal(held, plan.positions, [](const auto& expected, const auto& positions) {
          return SimulatedSource::key(expected.first) == positions.shard &&
                 is_same(expected.second, positions);
        });
    return is_right ? std::string() : fmt::format("plan {} has wrong positions", plan.number.value);
  }

  // Of a record that was split, until all of it was seen.
  struct Parts {
    std::uint32_t of = 0;
    std::set<std::uint32_t> seen;
  };

  const SimulatedSource& source_;
  const Dialect& dialect_;
  const PartitionRule& partitions_;
  const Expectation& expectation_;
  std::vector<std::vector<std::uint8_t>> seen_;
  std::map<std::pair<std::uint32_t, std::uint64_t>, Parts> parts_;
  std::map<Track, std::set<std::uint32_t>> has_its_turn_;  // shards whose records came
};

}  // namespace

std::string find_fault(const SimulatedSource& source,
                       const SimulatedLedger& ledger,
                       const SimulatedBucket& bucket,
                       const Dialect& dialect,
                       const PartitionRule& partitions,
                       const Expectation& expectation) {
  if (!ledger.complaint().empty()) {
    return "ledger: " + ledger.complaint();
  }
  if (!bucket.complaint().empty()) {
    return "bucket: " + bucket.complaint();
  }
  if (!ledger.planned().empty()) {
    return fmt::format("{} plan(s) are still open", ledger.planned().size());
  }
  if (!ledger.parked().empty()) {
    return fmt::format("{} object(s) are still parked", ledger.parked().size());
  }
  Check check(source, dialect, partitions, expectation);
  std::uint64_t number = 0;
  std::uint64_t without_object = 0;
  for (const auto& [committed, plan] : ledger.committed()) {
    if (committed.value != ++number) {
      return fmt::format("gap: plan {} follows plan {}", committed.value, number - 1);
    }
    if (plan.kind == ObjectKind::dropped) {
      ++without_object;
      if (std::string fault = check.dropped(plan); !fault.empty()) {
        return fault;
      }
      continue;
    }
    const auto object = bucket.objects().find(plan.key);
    if (object == bucket.objects().end()) {
      return fmt::format("plan {} was committed but its object is not there", number);
    }
    if (std::string fault = check.object(plan, object->second); !fault.empty()) {
      return fault;
    }
  }
  if (bucket.objects().size() + without_object != ledger.committed().size()) {
    return fmt::format(
        "phantom: {} objects for {} plans", bucket.objects().size(), ledger.committed().size());
  }
  return check.all_seen(ledger);
}

}  // namespace sluice::sim
