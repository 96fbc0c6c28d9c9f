// Ledger against objects, plans against each other, marks against plans.
#include "proof/check.h"

#include "base/check.h"
#include "delivery/object_writer.h"
#include "proof/check_bucket.h"
#include "proof/ordinal_sets.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

namespace sluice::proof {
namespace {

using delivery::ObjectPlan;
using delivery::Ordinal;
using delivery::OrdinalSet;
using delivery::PlanNumber;
using delivery::ShardKey;
using delivery::ShardMark;
using store::AuditedLedger;
using store::AuditedPlan;
using store::DeliveryId;

// Numbers of plans that are missing are named up to this many.
constexpr std::uint64_t missing_plans_max = 100;

using Place = std::pair<std::string_view, std::string_view>;  // bucket and key

// One delivery stream's ledger, against the objects.
class LedgerCheck {
 public:
  LedgerCheck(const Facts& facts,
              const std::map<Place, const FoundObject*>& objects,
              const AuditedLedger& ledger,
              Verdict& verdict)
      : facts_(facts), objects_(objects), ledger_(ledger), verdict_(verdict) {
    for (const AuditedPlan& audited : ledger.plans) {
      plans_by_digest_.emplace(audited.plan.sha256, &audited.plan);
    }
  }

  void run(const AuditedLedger* after) {
    examined_.delivery = ledger_.delivery;
    examined_.has_ledger = true;
    examined_.is_defined = facts_.defined.contains(ledger_.delivery);
    for (const store::LedgerDamage& damage : ledger_.damages) {
      Finding& finding = find(Flaw::ledger_damaged, damage.message);
      finding.plan = damage.plan;
    }
    check_numbers();
    for (const AuditedPlan& audited : ledger_.plans) {
      if (audited.committed_at) {
        check_object(audited.plan);
      } else {
        check_open(audited.plan, after);
      }
    }
    for (const delivery::ParkedObject& parked : ledger_.parked) {
      check_parked(parked, after);
    }
    check_positions();
    verdict_.examined.push_back(examined_);
  }

 private:
  Finding& find(Flaw flaw, std::string message) {
    Finding finding;
    finding.flaw = flaw;
    finding.delivery = ledger_.delivery;
    finding.message = std::move(message);
    verdict_.findings.push_back(std::move(finding));
    return verdict_.findings.back();
  }

  Finding& find(Flaw flaw, const ObjectPlan& plan, std::string message) {
    Finding& finding = find(flaw, std::move(message));
    finding.plan = plan.number;
    finding.bucket = plan.bucket;
    finding.key = plan.key;
    finding.records = spans_of(plan.positions);
    return finding;
  }

  bool is_looked_at(const ObjectPlan& plan) const {
    return !plan.key.empty() && (facts_.bucket.empty() || facts_.bucket == plan.bucket);
  }

  const FoundObject* object_of(const ObjectPlan& plan) const {
    const auto found = objects_.find({plan.bucket, plan.key});
    return found == objects_.end() ? nullptr : found->second;
  }

  // The object that says it belongs to this plan, wherever it lies.
  const FoundObject* claimant(PlanNumber number) const {
    for (const FoundObject& object : facts_.objects) {
      if (object.proof && object.proof->plan == number &&
          object.proof->delivery_stream == ledger_.delivery.name &&
          object.proof->incarnation == ledger_.delivery.incarnation) {
        return &object;
      }
    }
    return nullptr;
  }

  void check_numbers() {
    std::vector<PlanNumber> numbers;
    numbers.reserve(ledger_.plans.size() + ledger_.damages.size());
    for (const AuditedPlan& audited : ledger_.plans) {
      numbers.push_back(audited.plan.number);
    }
    for (const store::LedgerDamage& damage : ledger_.damages) {
      if (damage.plan) {
        numbers.push_back(*damage.plan);
      }
    }
    std::sort(numbers.begin(), numbers.end());
    PlanNumber expected{1};
    std::uint64_t named = 0;
    for (const PlanNumber number : numbers) {
      for (; expected < number && named < missing_plans_max; ++expected, ++named) {
        missing_plan(expected);
      }
      expected = number + 1;
    }
  }

  void missing_plan(PlanNumber number) {
    Finding& finding =
        find(Flaw::plan_missing, "its row is not in the ledger, those of later plans are");
    finding.plan = number;
    if (const FoundObject* object = claimant(number)) {
      finding.bucket = object->bucket;
      finding.key = object->key;
      finding.records = object->proof->shards;
    }
  }

  void check_object(const ObjectPlan& plan) {
    if (!is_looked_at(plan)) {
      return;
    }
    const FoundObject* object = object_of(plan);
    if (object == nullptr && facts_.remote_buckets.contains(plan.bucket)) {
      return;
    }
    if (object == nullptr) {
      find(Flaw::object_missing,
           plan,
           "it was put and is not in the bucket any more; somebody may have deleted it on purpose");
      return;
    }
    examined_.objects += 1;
    examined_.records += plan.records;
    examined_.bytes += object->bytes;
    if (object->bytes != plan.bytes || object->sha256 != plan.sha256) {
      find(Flaw::object_changed, plan, how_it_changed(plan, *object));
      return;
    }
    if (const std::string contradiction = what_it_denies(plan, *object); !contradiction.empty()) {
      find(Flaw::object_changed, plan, contradiction);
    }
  }

  std::string how_it_changed(const ObjectPlan& plan, const FoundObject& object) const {
    if (const auto other =
            object.sha256 ? plans_by_digest_.find(*object.sha256) : plans_by_digest_.end();
        other != plans_by_digest_.end()) {
      return fmt::format("it holds the object of plan {}", other->second->number.value);
    }
    if (object.bytes < plan.bytes) {
      return fmt::format("it was cut off: {} of {} bytes are there", object.bytes, plan.bytes);
    }
    if (object.bytes > plan.bytes) {
      return fmt::format("it has {} bytes, {} were put", object.bytes, plan.bytes);
    }
    if (!object.contradictions.empty()) {
      return fmt::format("its bytes are not those that were put: {}",
                         object.contradictions.front());
    }
    return "its bytes are not those that were put (another SHA-256)";
  }

  // Bytes are those of the plan, so that what they say of themselves must be the plan's as well.
  std::string what_it_denies(const ObjectPlan& plan, const FoundObject& object) const {
    if (!object.unreadable.empty()) {
      return fmt::format("its proof cannot be read: {}", object.unreadable);
    }
    if (!object.proof) {
      return "";  // headers may have been lost with a row of the index; the bytes are what counts
    }
    const ObjectProof& proof = *object.proof;
    if (proof.plan != plan.number || proof.delivery_stream != ledger_.delivery.name ||
        proof.incarnation != ledger_.delivery.incarnation) {
      return fmt::format("it says of itself that it is plan {} of {}/{:016x}",
                         proof.plan.value,
                         proof.delivery_stream,
                         proof.incarnation);
    }
    const bool is_same = proof.positions == delivery::positions_digest(plan.positions) &&
                         (proof.shards.empty() || proof.shards == spans_of(plan.positions));
    return is_same ? "" : "it says of itself that it holds other records than its plan has";
  }

  // Planned, and still planned after the files were looked at: its bytes must be somewhere.
  void check_open(const ObjectPlan& plan, const AuditedLedger* after) {
    const bool is_still_open =
        after != nullptr &&
        std::any_of(after->plans.begin(), after->plans.end(), [&](const AuditedPlan& audited) {
          return audited.plan.number == plan.number && !audited.committed_at;
        });
    if (!is_still_open) {
      return;
    }
    examined_.planned += 1;
    // Of another S3 it may be the object already.
    if (is_looked_at(plan) && !facts_.remote_buckets.contains(plan.bucket) &&
        !facts_.kept.contains({ledger_.delivery, plan.number})) {
      find(Flaw::plan_stuck,
           plan,
           facts_.damaged.contains({ledger_.delivery, plan.number})
               ? "it is planned, and its sealed file is damaged"
               : "it is planned, and neither its sealed file nor its object is there as it was "
                 "sealed");
    }
  }

  // Parked, and still parked after the files were looked at: its records are settled, and lie in
  // the spool alone.
  void check_parked(const delivery::ParkedObject& parked, const AuditedLedger* after) {
    const bool is_still_parked =
        after != nullptr &&
        std::any_of(
            after->parked.begin(), after->parked.end(), [&](const delivery::ParkedObject& other) {
              return other.draft.spool_name == parked.draft.spool_name;
            });
    if (is_still_parked && is_looked_at(parked.draft) &&
        !facts_.kept_parked.contains({ledger_.delivery, parked.draft.spool_name})) {
      Finding& finding = find(Flaw::plan_stuck,
                              fmt::format("it is parked as spool file {}, which is not there or "
                                          "shorter than what was parked",
                                          parked.draft.spool_name));
      finding.bucket = parked.draft.bucket;
      finding.key = parked.draft.key;
      finding.records = spans_of(parked.draft.positions);
    }
  }

  struct PlacedRun {
    OrdinalSet::Run run;
    const ObjectPlan* plan = nullptr;
  };

  // What the plans hold of one shard.
  struct OfShard {
    std::vector<PlacedRun> runs;
    OrdinalSet committed;
    OrdinalSet parked;  // settled, and in no plan yet, or the last of their parts are
    delivery::PartialRecords committed_parts;
    std::map<Ordinal, std::pair<OrdinalSet, const ObjectPlan*>> all_parts;  // and one that has some
  };

  // Those that are whole with these parts join `whole`.
  static void add_parts(const delivery::ShardPositions& positions,
                        delivery::PartialRecords& known,
                        OrdinalSet& whole) {
    for (const delivery::PartialRecord& one : positions.partial.all()) {
      if (known.add(one)) {
        whole.add(one.ordinal);
      }
    }
  }

  void check_parts(const ObjectPlan& plan,
                   const delivery::ShardPositions& positions,
                   std::map<Ordinal, std::pair<OrdinalSet, const ObjectPlan*>>& all) {
    for (const delivery::PartialRecord& one : positions.partial.all()) {
      auto& [held, holder] = all[one.ordinal];
      if (!common(held, one.held).empty()) {
        Finding& finding =
            find(Flaw::records_twice,
                 plan,
                 fmt::format("{} holds some of the same parts of one record", name_of(*holder)));
        finding.records = {{positions.shard, one.ordinal, one.ordinal, 1}};
      }
      held.add_all(one.held);
      holder = &plan;
    }
  }

  void check_positions() {
    std::map<ShardKey, OfShard> shards;
    for (const AuditedPlan& audited : ledger_.plans) {
      for (const delivery::ShardPositions& positions : audited.plan.positions) {
        OfShard& of_shard = shards[positions.shard];
        for (const OrdinalSet::Run& run : positions.ordinals.runs()) {
          of_shard.runs.push_back({run, &audited.plan});
        }
        if (audited.committed_at) {
          of_shard.committed.add_all(positions.ordinals);
        }
        check_parts(audited.plan, positions, of_shard.all_parts);
        if (audited.committed_at) {
          add_parts(positions, of_shard.committed_parts, of_shard.committed);
        }
      }
    }
    for (const delivery::ParkedObject& parked : ledger_.parked) {
      for (const delivery::ShardPositions& positions : parked.draft.positions) {
        OfShard& of_shard = shards[positions.shard];
        for (const OrdinalSet::Run& run : positions.ordinals.runs()) {
          of_shard.runs.push_back({run, &parked.draft});
        }
        of_shard.parked.add_all(positions.ordinals);
        check_parts(parked.draft, positions, of_shard.all_parts);
        add_parts(positions, of_shard.committed_parts, of_shard.parked);
      }
    }
    for (auto& [shard, of_shard] : shards) {
      check_overlaps(shard, of_shard.runs);
      check_mark(shard, of_shard);
    }
  }

  // The first record that any part of is in a plan.
  static Ordinal first_of(const OfShard& of_shard) {
    const Ordinal none{~std::uint64_t{0}};
    const Ordinal whole = of_shard.runs.empty() ? none : of_shard.runs.front().run.first;
    const Ordinal part = of_shard.all_parts.empty() ? none : of_shard.all_parts.begin()->first;
    return std::min(whole, part);
  }

  static std::string name_of(const ObjectPlan& plan) {
    return plan.number == PlanNumber{} ? fmt::format("the parked object {}", plan.key)
                                       : fmt::format("plan {}", plan.number.value);
  }

  void check_overlaps(const ShardKey& shard, std::vector<PlacedRun>& runs) {
    std::sort(runs.begin(), runs.end(), [](const PlacedRun& left, const PlacedRun& right) {
      return std::tuple(left.run.first, left.run.last) <
             std::tuple(right.run.first, right.run.last);
    });
    const PlacedRun* reaching = nullptr;  // the one that ends last of those before
    for (const PlacedRun& run : runs) {
      if (reaching != nullptr && run.run.first <= reaching->run.last) {
        const Ordinal last = std::min(run.run.last, reaching->run.last);
        Finding& finding =
            find(Flaw::records_twice,
                 *run.plan,
                 fmt::format("{} holds these records too", name_of(*reaching->plan)));
        finding.records = {{shard, run.run.first, last, last - run.run.first + 1}};
      }
      if (reaching == nullptr || reaching->run.last < run.run.last) {
        reaching = &run;
      }
    }
  }

  void add_runs(Flaw flaw, const ShardKey& shard, const OrdinalSet& set, const std::string& why) {
    if (set.empty()) {
      return;
    }
    Finding& finding = find(flaw, why);
    for (const OrdinalSet::Run& run : set.runs()) {
      finding.records.push_back({shard, run.first, run.last, run.last - run.first + 1});
    }
  }

  void check_mark(const ShardKey& shard, const OfShard& of_shard) {
    const auto mark =
        std::find_if(ledger_.marks.begin(), ledger_.marks.end(), [&](const ShardMark& candidate) {
          return candidate.shard == shard;
        });
    if (mark == ledger_.marks.end()) {
      add_runs(Flaw::mark_behind,
               shard,
               of_shard.committed,
               "they are delivered, and the ledger has no valid mark for their shard");
      return;
    }
    OrdinalSet settled = mark->settled;
    if (mark->low > Ordinal(1)) {
      settled.add(Ordinal(1), mark->low - 1);
    }
    add_runs(Flaw::mark_behind,
             shard,
             without(of_shard.committed, settled),
             "they are delivered, but the marks do not say so: they would be delivered again");
    // What came before the first delivered record is before the delivery stream's start.
    OrdinalSet from_first = settled;
    from_first.remove_below(first_of(of_shard));
    OrdinalSet unheld = without(without(from_first, of_shard.committed), of_shard.parked);
    if (const auto never_used = facts_.unused.find(shard); never_used != facts_.unused.end()) {
      unheld = without(unheld, never_used->second);
    }
    add_runs(Flaw::records_missing,
             shard,
             unheld,
             "the marks say that they are settled, and no committed plan holds them: their plan's "
             "row is gone, the marks were moved, or they were lost to damage before they could be "
             "delivered (then the server's log has named them)");
  }

  const Facts& facts_;
  const std::map<Place, const FoundObject*>& objects_;
  const AuditedLedger& ledger_;
  Verdict& verdict_;
  Examined examined_;
  std::map<Sha256Digest, const ObjectPlan*> plans_by_digest_;
};

const AuditedLedger* find_ledger(const std::vector<AuditedLedger>& ledgers, const DeliveryId& id) {
  const auto found = std::find_if(ledgers.begin(), ledgers.end(), [&](const AuditedLedger& ledger) {
    return ledger.delivery == id;
  });
  return found == ledgers.end() ? nullptr : &*found;
}

// Every object that claims a plan, against the ledgers as they were once all objects were known.
class ForeignCheck {
 public:
  ForeignCheck(const Facts& facts, Verdict& verdict) : verdict_(verdict) {
    for (const AuditedLedger& ledger : facts.after) {
      for (const AuditedPlan& audited : ledger.plans) {
        const Owned owned{&ledger.delivery, &audited.plan};
        plans_.emplace(std::pair(ledger.delivery, audited.plan.number), owned);
        digests_.emplace(audited.plan.sha256, owned);
        places_.emplace(audited.plan.bucket, audited.plan.key);
      }
    }
  }

  // Of a delivery stream that has a ledger.
  void check_claim(const FoundObject& object, const DeliveryId& id) {
    const ObjectProof& proof = *object.proof;
    const auto plan = plans_.find({id, proof.plan});
    if (plan == plans_.end()) {
      find(object, id, proof.plan, "it names a plan that the ledger does not have");
      return;
    }
    const ObjectPlan& known = *plan->second.plan;
    const bool is_its_place = known.bucket == object.bucket && known.key == object.key;
    // In the place of another plan it is that plan's object that is changed.
    if (!is_its_place && !places_.contains({object.bucket, object.key})) {
      find(object, id, proof.plan, copy_text(known));
    }
  }

  // Without a proof, but perhaps with a plan's very bytes.
  void check_copy(const FoundObject& object) {
    const auto owned = object.sha256 ? digests_.find(*object.sha256) : digests_.end();
    if (owned != digests_.end() && !places_.contains({object.bucket, object.key})) {
      const ObjectPlan& plan = *owned->second.plan;
      find(object, *owned->second.delivery, plan.number, copy_text(plan));
    }
  }

 private:
  struct Owned {
    const DeliveryId* delivery;
    const ObjectPlan* plan;
  };

  static std::string copy_text(const ObjectPlan& plan) {
    return fmt::format("it is a copy: plan {} put its object as s3://{}/{}",
                       plan.number.value,
                       plan.bucket,
                       plan.key);
  }

  void find(const FoundObject& object, const DeliveryId& id, PlanNumber plan, std::string message) {
    Finding finding;
    finding.flaw = Flaw::object_foreign;
    finding.delivery = id;
    finding.plan = plan;
    finding.bucket = object.bucket;
    finding.key = object.key;
    finding.records = object.proof ? object.proof->shards : std::vector<ShardSpan>();
    finding.message = std::move(message);
    verdict_.findings.push_back(std::move(finding));
  }

  Verdict& verdict_;
  std::map<std::pair<DeliveryId, PlanNumber>, Owned> plans_;
  std::map<Sha256Digest, Owned> digests_;
  std::set<Place> places_;
};

void check_ledgers(const Facts& facts, Verdict& verdict) {
  std::map<Place, const FoundObject*> objects;
  for (const FoundObject& object : facts.objects) {
    objects.emplace(Place(object.bucket, object.key), &object);
  }
  for (const AuditedLedger& ledger : facts.before) {
    LedgerCheck(facts, objects, ledger, verdict).run(find_ledger(facts.after, ledger.delivery));
  }
}

void check_claims(const Facts& facts, Verdict& verdict) {
  ForeignCheck foreign(facts, verdict);
  std::map<DeliveryId, std::vector<const FoundObject*>> orphans;
  for (const FoundObject& object : facts.objects) {
    if (!object.proof) {
      foreign.check_copy(object);
      continue;
    }
    const DeliveryId id{object.proof->delivery_stream, object.proof->incarnation};
    if (find_ledger(facts.after, id) != nullptr) {
      foreign.check_claim(object, id);
    } else {
      orphans[id].push_back(&object);
    }
  }
  for (const auto& [id, objects] : orphans) {
    check_without_ledger(facts, id, objects, verdict);
  }
}

}  // namespace

std::string_view flaw_name(Flaw flaw) {
  switch (flaw) {
    case Flaw::ledger_damaged:
      return "ledger-damaged";
    case Flaw::plan_missing:
      return "plan-missing";
    case Flaw::plan_stuck:
      return "plan-stuck";
    case Flaw::object_missing:
      return "object-missing";
    case Flaw::object_changed:
      return "object-changed";
    case Flaw::object_foreign:
      return "object-foreign";
    case Flaw::records_twice:
      return "records-twice";
    case Flaw::records_missing:
      return "records-missing";
    case Flaw::mark_behind:
      return "mark-behind";
  }
  SLUICE_CHECK(false);
}

Verdict check(const Facts& facts) {
  Verdict verdict;
  check_ledgers(facts, verdict);
  check_claims(facts, verdict);
  if (!facts.has_ledger) {
    verdict.unproven.emplace_back(
        "that the last objects are there, and that records behind them wait in the log: only the "
        "ledger knows");
  }
  if (!facts.has_headers) {
    verdict.unproven.emplace_back(
        "anything about objects that are no Parquet files (error output, raw records): their "
        "proofs are headers, which sluice.db keeps");
  }
  for (const std::string& bucket : facts.remote_buckets) {
    if (facts.bucket.empty()) {
      verdict.unproven.push_back(fmt::format(
          "that objects of bucket {} are there: it lies in another S3, which is not asked",
          bucket));
    }
  }
  const auto order = [](const Finding& finding) {
    return std::tie(finding.delivery, finding.plan, finding.flaw, finding.bucket, finding.key);
  };
  std::sort(verdict.findings.begin(),
            verdict.findings.end(),
            [&](const Finding& left, const Finding& right) { return order(left) < order(right); });
  std::sort(
      verdict.examined.begin(),
      verdict.examined.end(),
      [](const Examined& left, const Examined& right) { return left.delivery < right.delivery; });
  return verdict;
}

}  // namespace sluice::proof
