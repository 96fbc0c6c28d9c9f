// Rows, claims, lines, numbers, marks: in this order, each resting on those before.
#include "proof/rebuild.h"

#include "base/check.h"
#include "base/count_text.h"
#include "delivery/object_writer.h"
#include "proof/ordinal_sets.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace sluice::proof {
namespace {

using delivery::ObjectKind;
using delivery::ObjectPlan;
using delivery::Ordinal;
using delivery::OrdinalSet;
using delivery::PlanNumber;
using delivery::ShardKey;
using delivery::ShardMark;
using store::AuditedLedger;
using store::AuditedPlan;

// Of many things of one kind so many are named.
constexpr std::size_t named_max = 5;

std::string place_text(const FoundObject& object) {
  return fmt::format("s3://{}/{}", object.bucket, object.key);
}

// The text before the first expression.
std::string literal_start(const std::string& prefix) {
  return prefix.substr(0, prefix.find("!{"));
}

// "plans 3, 7, 9 and 4 more"
std::string numbers_text(const std::vector<PlanNumber>& numbers) {
  std::string text = numbers.size() == 1 ? "plan" : "plans";
  for (std::size_t i = 0; i < std::min(numbers.size(), named_max); ++i) {
    text += fmt::format("{} {}", i == 0 ? "" : ",", numbers[i].value);
  }
  return numbers.size() > named_max
             ? fmt::format("{} and {} more", text, numbers.size() - named_max)
             : text;
}

// Whether any record of the run, or a part of one, is settled.
bool touches(const ShardMark& mark, const OrdinalSet::Run& run) {
  OrdinalSet records;
  records.add(run.first, run.last);
  const bool has_part = std::ranges::any_of(
      mark.partial.all(), [&](const auto& record) { return records.contains(record.ordinal); });
  return run.first < mark.low || has_part || !common(records, mark.settled).empty();
}

class Rebuilding {
 public:
  Rebuilding(const Facts& facts, const RebuildRequest& request)
      : facts_(facts),
        request_(request),
        id_{request.definition.name, request.definition.incarnation} {
    const auto found =
        std::find_if(facts.before.begin(), facts.before.end(), [&](const AuditedLedger& ledger) {
          return ledger.delivery == id_;
        });
    ledger_ = found == facts.before.end() ? nullptr : &*found;
    for (const FoundObject& object : facts.objects) {
      places_.emplace(object.bucket, object.key);
    }
  }

  Rebuilt run() {
    take_rows();
    tell_again();
    take_claims();
    solve_claims();
    take_lines();
    refuse_unexplained();
    fill_numbers();
    make_marks();
    judge_missing();
    for (auto& [number, plan] : plans_) {
      rebuilt_.plans.push_back(std::move(plan));
    }
    return std::move(rebuilt_);
  }

 private:
  void note(std::string sentence) {
    rebuilt_.found.push_back(std::move(sentence));
    rebuilt_.is_needed = true;
  }

  void refuse(std::string sentence) {
    rebuilt_.refusals.push_back(std::move(sentence));
    rebuilt_.is_needed = true;
  }

  // --- what is left of the ledger

  void take_rows() {
    for (const AuditedLedger& ledger : facts_.before) {
      for (const AuditedPlan& audited : ledger.plans) {
        planned_places_.emplace(audited.plan.bucket, audited.plan.key);
        planned_bytes_.insert(audited.plan.sha256);
      }
    }
    if (ledger_ == nullptr) {
      return;
    }
    highest_ = PlanNumber(ledger_->plans_written);
    for (const store::LedgerDamage& damage : ledger_->damages) {
      note(damage.message);
      highest_ = std::max(highest_, damage.plan.value_or(PlanNumber(0)));
    }
    for (const AuditedPlan& audited : ledger_->plans) {
      take_row(audited);
    }
    // What is parked stays so: its records are settled, and no plan has them.
    for (const delivery::ParkedObject& parked : ledger_->parked) {
      for (const delivery::ShardPositions& positions : parked.draft.positions) {
        deliver(positions);
        elsewhere_[positions.shard].add_all(positions.ordinals);
      }
      rebuilt_.parked.push_back(parked);
    }
  }

  void take_row(const AuditedPlan& audited) {
    highest_ = std::max(highest_, audited.plan.number);
    if (is_removed(audited)) {
      take_removed(audited);
      return;
    }
    // Where sealed file and object are gone the number is one of those that are missing.
    if (audited.committed_at || facts_.kept.contains({id_, audited.plan.number})) {
      add(audited);
    }
  }

  bool is_removed(const AuditedPlan& audited) const {
    return audited.committed_at && !audited.plan.key.empty() &&
           !facts_.remote_buckets.contains(audited.plan.bucket) &&
           !places_.contains({audited.plan.bucket, audited.plan.key});
  }

  // It was put, and somebody has removed it: delivered all the same, unless the operator wants
  // otherwise.  What the log has not any more stays with the plan; so does all of it where it holds
  // parts of records, whose other parts are elsewhere.
  void take_removed(AuditedPlan audited) {
    const bool has_parts = std::any_of(
        audited.plan.positions.begin(), audited.plan.positions.end(), [](const auto& positions) {
          return !positions.partial.empty();
        });
    if (!request_.redelivers_missing || has_parts) {
      rebuilt_.removed_objects += 1;
      rebuilt_.removed_records += audited.plan.records;
      add(std::move(audited));
      return;
    }
    std::uint64_t again = 0;
    for (delivery::ShardPositions& positions : audited.plan.positions) {
      const OrdinalSet still_there = in_log(positions);
      again += still_there.count();
      again_[positions.shard].add_all(still_there);
      positions.ordinals = without(positions.ordinals, still_there);
    }
    std::erase_if(audited.plan.positions,
                  [](const auto& positions) { return positions.ordinals.empty(); });
    const std::uint64_t left = audited.plan.records - std::min(again, audited.plan.records);
    again_records_ += again;
    again_objects_ += again > 0 ? 1 : 0;
    audited.plan.records = left;
    if (left > 0) {
      rebuilt_.removed_objects += 1;
      rebuilt_.removed_records += left;
      add(std::move(audited));
    } else {
      given_up_.insert(audited.plan.number);
    }
  }

  OrdinalSet in_log(const delivery::ShardPositions& positions) {
    const bool is_of_stream =
        positions.shard.stream == request_.stream && positions.shard.shard < request_.shards.size();
    if (!is_of_stream) {
      return {};
    }
    const auto horizon = request_.horizon_of(positions.shard.shard);
    if (!horizon) {
      refuse(horizon.error().message());
      return {};
    }
    OrdinalSet there = positions.ordinals;
    there.remove_below(*horizon);
    return there;
  }

  void tell_again() {
    if (again_records_ == 0) {
      return;
    }
    note(fmt::format(
        "{} of {} that {} removed from the bucket {} delivered again: whoever has taken them from "
        "there meets them twice",
        counted(again_records_, "record", "records"),
        counted(again_objects_, "object", "objects"),
        again_objects_ == 1 ? "was" : "were",
        again_records_ == 1 ? "is" : "are"));
  }

  void deliver(const delivery::ShardPositions& positions) {
    delivered_[positions.shard].add_all(positions.ordinals);
    if (!positions.partial.empty()) {
      delivered_parts_[positions.shard].push_back(positions.partial);
    }
  }

  void add(AuditedPlan plan) {
    for (const delivery::ShardPositions& positions : plan.plan.positions) {
      if (plan.committed_at) {
        deliver(positions);
      }
      elsewhere_[positions.shard].add_all(positions.ordinals);
    }
    plans_.insert_or_assign(plan.plan.number, std::move(plan));
  }

  // --- objects that name a plan of ours

  void take_claims() {
    for (const FoundObject& object : facts_.objects) {
      const bool is_ours = object.proof && object.proof->delivery_stream == id_.name &&
                           object.proof->incarnation == id_.incarnation;
      if (!is_ours || plans_.contains(object.proof->plan)) {
        continue;
      }
      const auto [known, is_new] = claims_.emplace(object.proof->plan, &object);
      if (!is_new && known->second->sha256 != object.sha256) {
        refuse(
            fmt::format("{} and {} both say that they are plan {}, and differ: remove the one "
                        "that was not delivered",
                        place_text(*known->second),
                        place_text(object),
                        object.proof->plan.value));
      }
      if (!object.contradictions.empty()) {
        refuse(fmt::format("{} is damaged: {}", place_text(object), object.contradictions.front()));
      }
      highest_ = std::max(highest_, object.proof->plan);
    }
  }

  // Each that is solved may solve others.
  void solve_claims() {
    std::vector<PlanNumber> found;
    for (bool has_progress = true; has_progress;) {
      has_progress = false;
      for (auto claim = claims_.begin(); claim != claims_.end();) {
        const auto positions = positions_of(*claim->second);
        if (!positions) {
          ++claim;
          continue;
        }
        found.push_back(claim->first);
        add_found(claim->first, *claim->second, *positions);
        claim = claims_.erase(claim);
        has_progress = true;
      }
    }
    if (!found.empty()) {
      std::sort(found.begin(), found.end());
      note(
          fmt::format("{}: not in the ledger, their objects are in the bucket and prove their "
                      "records",
                      numbers_text(found)));
    }
    for (const auto& [number, object] : claims_) {
      refuse(
          fmt::format("{} is plan {}, but which records it holds cannot be proven: {}",
                      place_text(*object),
                      number.value,
                      object->proof->shards.empty()
                          ? "it has so many shards that its headers do not list them"
                          : "no combination of the other objects fills the holes in its ranges"));
    }
  }

  std::optional<Positions> positions_of(const FoundObject& object) const {
    if (object.lines && !object.proof->shards.empty()) {
      Positions of_lines = positions_of_lines(*object.lines, object.proof->shards[0].shard.stream);
      if (delivery::positions_digest(of_lines) == object.proof->positions) {
        return of_lines;
      }
    }
    if (auto positions = find_positions(*object.proof, elsewhere_)) {
      return positions;
    }
    Elsewhere with_lines = elsewhere_;
    for (const auto& [other, positions] : candidates()) {
      for (const delivery::ShardPositions& of_shard : positions) {
        with_lines[of_shard.shard].add_all(of_shard.ordinals);
      }
    }
    return find_positions(*object.proof, with_lines);
  }

  static Positions positions_of_lines(const ErrorLines& lines, delivery::StreamIncarnation stream) {
    Positions positions;
    for (const auto& [shard, named] : lines) {
      positions.push_back({ShardKey{stream, shard}, named.ordinals});
    }
    return positions;
  }

  void add_found(PlanNumber number, const FoundObject& object, const Positions& positions) {
    ObjectPlan plan;
    plan.number = number;
    plan.kind = object.lines ? ObjectKind::format_conversion_failed : ObjectKind::data;
    plan.bucket = object.bucket;
    plan.key = object.key;
    plan.bytes = object.bytes;
    plan.sha256 = *object.sha256;
    plan.positions = positions;
    for (const delivery::ShardPositions& of_shard : positions) {
      plan.records += of_shard.ordinals.count();
    }
    plan.configuration_version = request_.definition.version;
    add({std::move(plan), request_.now});
    planned_places_.emplace(object.bucket, object.key);
  }

  // --- objects that lie where ours would, and name no plan

  // The last part of a key, as Firehose names objects.
  bool has_stem(std::string_view name) const {
    const std::string_view stem = request_.definition.object_stem();
    return name.starts_with(stem) && name.substr(stem.size()).starts_with('-');
  }

  bool may_be_ours(const FoundObject& object) const {
    const delivery::S3Destination& s3 = request_.definition.s3;
    const bool has_place = planned_places_.contains({object.bucket, object.key}) ||
                           (object.sha256 && planned_bytes_.contains(*object.sha256));
    if (object.proof || has_place || object.bucket != s3.bucket()) {
      return false;
    }
    const std::string data = literal_start(s3.prefix.value_or(""));
    const std::string errors = literal_start(s3.error_output_prefix.value_or(data));
    const std::string name = object.key.substr(object.key.rfind('/') + 1);
    const bool has_name =
        has_stem(name) || (request_.definition.object_name == delivery::ObjectName::part &&
                           name.starts_with("part-"));
    return has_name && (object.key.starts_with(data) || object.key.starts_with(errors));
  }

  // Error objects without a proof, and the records that their lines name.
  std::vector<std::pair<const FoundObject*, Positions>> candidates() const {
    std::vector<std::pair<const FoundObject*, Positions>> found;
    for (const FoundObject& object : facts_.objects) {
      const bool has_shards =
          object.lines && request_.stream && object.lines->rbegin()->first < request_.shards.size();
      if (has_shards && may_be_ours(object)) {
        found.emplace_back(&object, positions_of_lines(*object.lines, *request_.stream));
      }
    }
    return found;
  }

  // What fills holes goes first; the rest must be of records that are nowhere else.
  void take_lines() {
    for (const bool takes_holes : {true, false}) {
      for (auto& [object, positions] : candidates()) {
        if (takes_holes ? fills_holes(positions) : is_named_so(*object, positions)) {
          for (const delivery::ShardPositions& of_shard : positions) {
            elsewhere_[of_shard.shard].add_all(of_shard.ordinals);
          }
          planned_places_.emplace(object->bucket, object->key);
          proven_lines_.emplace_back(object, std::move(positions));
        }
      }
    }
    std::sort(proven_lines_.begin(), proven_lines_.end(), [](const auto& left, const auto& right) {
      return left.second.front().ordinals.runs().front().first <
             right.second.front().ordinals.runs().front().first;
    });
  }

  bool fills_holes(const Positions& positions) const {
    return std::all_of(positions.begin(), positions.end(), [&](const auto& of_shard) {
      return is_hole(of_shard.shard, of_shard.ordinals);
    });
  }

  // The key has the name; the sequence numbers have the times at which the shards were made.
  bool is_named_so(const FoundObject& object, const Positions& positions) const {
    const std::string name = object.key.substr(object.key.rfind('/') + 1);
    const bool is_of_stream =
        std::all_of(object.lines->begin(), object.lines->end(), [&](const auto& shard) {
          return shard.second.shard_created_s ==
                 static_cast<std::uint64_t>(to_count(request_.shards[shard.first])) / 1000;
        });
    const bool is_nowhere_else =
        std::all_of(positions.begin(), positions.end(), [&](const auto& of_shard) {
          const auto known = elsewhere_.find(of_shard.shard);
          return known == elsewhere_.end() || common(of_shard.ordinals, known->second).empty();
        });
    return has_stem(name) && is_of_stream && is_nowhere_else;
  }

  // Records between the first and the last of one object that no object holds.
  bool is_hole(const ShardKey& shard, const OrdinalSet& ordinals) const {
    if (const auto known = elsewhere_.find(shard);
        known == elsewhere_.end() || !common(ordinals, known->second).empty()) {
      return false;
    }
    OrdinalSet hulls;
    for (const auto& [number, audited] : plans_) {
      for (const delivery::ShardPositions& positions : audited.plan.positions) {
        if (positions.shard == shard && !positions.ordinals.empty()) {
          hulls.add(positions.ordinals.runs().front().first, positions.ordinals.runs().back().last);
        }
      }
    }
    return without(ordinals, hulls).empty();
  }

  void refuse_unexplained() {
    std::vector<std::string> unexplained;
    for (const FoundObject& object : facts_.objects) {
      if (may_be_ours(object)) {
        unexplained.push_back(place_text(object));
      }
    }
    if (!unexplained.empty()) {
      refuse(fmt::format(
          "{} such as {} may be of this delivery stream: in no plan, and without a proof; if "
          "delivered, their records would come twice.  Move elsewhere what it has not delivered",
          counted(unexplained.size(), "object", "objects"),
          unexplained.front()));
    }
  }

  // --- numbers

  std::vector<PlanNumber> missing_numbers() const {
    std::vector<PlanNumber> missing;
    for (PlanNumber number{1}; number <= highest_; ++number) {
      if (!plans_.contains(number) && !claims_.contains(number)) {
        missing.push_back(number);
      }
    }
    return missing;
  }

  void fill_numbers() {
    if (!proven_lines_.empty()) {
      note(fmt::format("{} without a proof: their lines name their records",
                       counted(proven_lines_.size(), "error object", "error objects")));
    }
    for (const auto& [object, positions] : proven_lines_) {
      const std::vector<PlanNumber> missing = missing_numbers();
      const PlanNumber number = missing.empty() ? highest_ + 1 : missing.front();
      highest_ = std::max(highest_, number);
      add_found(number, *object, positions);
    }
    std::vector<PlanNumber> damaged;
    for (const PlanNumber number : missing_numbers()) {
      if (facts_.damaged.contains({id_, number})) {
        damaged.push_back(number);
      } else if (!facts_.sealed.contains({id_, number}) && !given_up_.contains(number)) {
        missing_.push_back(number);
      }
      AuditedPlan nothing;
      nothing.plan.number = number;
      nothing.committed_at = request_.now;
      add(std::move(nothing));
      rebuilt_.is_needed = true;
    }
    refuse_settled(damaged);
    if (!damaged.empty()) {
      note(
          fmt::format("{}: never put, and the sealed file in spool/ is damaged; the records are "
                      "read again from the stream",
                      numbers_text(damaged)));
    }
  }

  // What was settled when it was parked is not read again.
  void refuse_settled(std::vector<PlanNumber>& damaged) {
    std::erase_if(damaged, [this](PlanNumber number) {
      const auto audited = std::find_if(
          ledger_->plans.begin(), ledger_->plans.end(), [number](const AuditedPlan& one) {
            return one.plan.number == number;
          });
      SLUICE_CHECK(audited != ledger_->plans.end());
      const bool is_settled = std::ranges::any_of(
          audited->plan.positions, [this](const delivery::ShardPositions& positions) {
            const ShardMark* const mark = find_mark(positions.shard);
            return mark != nullptr && std::ranges::any_of(positions.touched().runs(),
                                                          [mark](const OrdinalSet::Run& run) {
                                                            return touches(*mark, run);
                                                          });
          });
      if (is_settled) {
        refuse(
            fmt::format("plan {}: never put, the sealed file {} in spool/ is damaged, and its "
                        "records were settled when it was parked: bring the file back from a "
                        "copy",
                        number.value,
                        audited->plan.spool_name));
      }
      return is_settled;
    });
  }

  // --- marks

  void make_marks() {
    std::set<ShardKey> shards;
    for (const auto& [shard, ordinals] : elsewhere_) {
      shards.insert(shard);
    }
    for (const ShardMark& mark : ledger_ == nullptr ? std::vector<ShardMark>() : ledger_->marks) {
      shards.insert(mark.shard);
    }
    for (const ShardKey& shard : shards) {
      const ShardMark* known = find_mark(shard);
      if (known != nullptr) {
        advance(*known);
        continue;
      }
      lost_marks_ += 1;
      const auto low = start_of(shard);
      if (!low) {
        refuse(low.error().message());
        continue;
      }
      note(
          fmt::format("shard {} of stream {:016x}: its mark is lost; delivery goes on with what no "
                      "object holds from record {} on",
                      shard.shard,
                      shard.stream.value,
                      low->value));
      rebuilt_.marks.push_back(settled({shard, *low, {}}));
    }
  }

  ShardMark settled(ShardMark mark) const {
    if (const auto delivered = delivered_.find(mark.shard); delivered != delivered_.end()) {
      mark.settle(delivered->second);
    }
    if (const auto parts = delivered_parts_.find(mark.shard); parts != delivered_parts_.end()) {
      for (const delivery::PartialRecords& partial : parts->second) {
        mark.settle(delivery::ShardPositions{mark.shard, {}, partial});
      }
    }
    return mark;
  }

  // Without the records that are to be delivered again.
  ShardMark reopened(const ShardMark& mark) const {
    const auto again = again_.find(mark.shard);
    if (again == again_.end() || again->second.empty()) {
      return mark;
    }
    OrdinalSet whole = mark.settled;
    if (mark.low > Ordinal(1)) {
      whole.add(Ordinal(1), mark.low - 1);
    }
    ShardMark opened{mark.shard, Ordinal(1), {}};
    opened.partial = mark.partial;
    opened.settle(without(whole, again->second));
    return opened;
  }

  void advance(const ShardMark& known) {
    ShardMark mark = reopened(settled(known));
    if (mark != known) {
      note(fmt::format("shard {} of stream {:016x}: its mark moves from record {} to record {}",
                       known.shard.shard,
                       known.shard.stream.value,
                       known.low.value,
                       mark.low.value));
    }
    rebuilt_.marks.push_back(std::move(mark));
  }

  const ShardMark* find_mark(const ShardKey& shard) const {
    if (ledger_ == nullptr) {
      return nullptr;
    }
    const auto found = std::find_if(ledger_->marks.begin(),
                                    ledger_->marks.end(),
                                    [&](const ShardMark& mark) { return mark.shard == shard; });
    return found == ledger_->marks.end() ? nullptr : &*found;
  }

  // A stream that is not read any more has no records to deliver: whatever was first is as good.
  Result<Ordinal> start_of(const ShardKey& shard) const {
    if (shard.stream != request_.stream) {
      return elsewhere_.at(shard).runs().front().first;
    }
    if (shard.shard >= request_.shards.size()) {
      return fail(Fault::conflict,
                  fmt::format("objects hold records of shard {}, and the store knows {} of their "
                              "stream: it is older than a split or merge of them; bring back a "
                              "newer sluice.db",
                              shard.shard,
                              counted(request_.shards.size(), "shard", "shards")));
    }
    const auto delivered = elsewhere_.find(shard);
    const bool has_delivered = delivered != elsewhere_.end() && !delivered->second.empty();
    if (!request_.knows_start && has_delivered && missing_.empty()) {
      return delivered->second.runs().front().first;
    }
    return request_.start_of(shard.shard);
  }

  // --- what nobody accounts for

  // Records between delivered ones that would be delivered now.
  std::uint64_t open_between() const {
    std::uint64_t records = 0;
    for (const ShardMark& mark : rebuilt_.marks) {
      if (!mark.settled.empty()) {
        records += mark.settled.runs().back().last - mark.low + 1 - mark.settled.count();
      }
    }
    return records;
  }

  void judge_missing() {
    if (missing_.empty()) {
      return;
    }
    const std::uint64_t between = open_between();
    const bool is_harmless = lost_marks_ == 0 && between == 0;
    const std::string which =
        fmt::format("{}: neither the ledger nor the bucket has them", numbers_text(missing_));
    if (is_harmless) {
      note(which + "; the marks tell that their records are settled");
    } else if (request_.redelivers_missing) {
      note(which + "; what no object holds is delivered again");
    } else {
      refuse(
          fmt::format("{}.  If their objects were deleted on purpose, their records would come "
                      "again: bring the "
                      "objects back, or say --redeliver-missing",
                      which));
    }
  }

  const Facts& facts_;
  const RebuildRequest& request_;
  const store::DeliveryId id_;
  const AuditedLedger* ledger_ = nullptr;
  Rebuilt rebuilt_;

  std::set<std::pair<std::string_view, std::string_view>> places_;  // of all objects
  std::set<std::pair<std::string, std::string>> planned_places_;    // of any delivery stream
  std::set<Sha256Digest> planned_bytes_;
  PlanNumber highest_{0};
  std::map<PlanNumber, AuditedPlan> plans_;
  std::map<PlanNumber, const FoundObject*> claims_;  // not solved yet
  std::map<ShardKey, OrdinalSet> delivered_;         // by committed plans
  std::map<ShardKey, std::vector<delivery::PartialRecords>> delivered_parts_;
  Elsewhere elsewhere_;  // by any plan
  std::vector<std::pair<const FoundObject*, Positions>> proven_lines_;
  std::vector<PlanNumber> missing_;

  // Of removed objects, where that was asked for.
  std::map<ShardKey, OrdinalSet> again_;
  std::set<PlanNumber> given_up_;
  std::uint64_t again_records_ = 0;
  std::uint64_t again_objects_ = 0;
  std::uint64_t lost_marks_ = 0;
};

}  // namespace

Rebuilt rebuild(const Facts& facts, const RebuildRequest& request) {
  return Rebuilding(facts, request).run();
}

}  // namespace sluice::proof
