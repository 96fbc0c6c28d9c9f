// Objects against each other, by the proofs they carry.
#include "proof/check_bucket.h"

#include "delivery/object_writer.h"
#include "server/rerun.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace sluice::proof {
namespace {

using delivery::Ordinal;
using delivery::PlanNumber;
using delivery::ShardKey;

class BucketCheck {
 public:
  BucketCheck(const Facts& facts, const store::DeliveryId& delivery, Verdict& verdict)
      : facts_(facts), verdict_(verdict) {
    examined_.delivery = delivery;
  }

  void run(std::vector<const FoundObject*> objects) {
    const auto order = [](const FoundObject& object) {
      return std::tie(object.proof->plan, object.bucket, object.key);
    };
    std::sort(
        objects.begin(), objects.end(), [&](const FoundObject* left, const FoundObject* right) {
          return order(*left) < order(*right);
        });
    for (const FoundObject* object : objects) {
      check_object(*object);
    }
    check_numbers(objects);
    check_records(objects);
    if (has_parts_) {
      verdict_.unproven.push_back(
          fmt::format("{}: of records that were split, which parts are where only the ledger tells",
                      examined_.delivery.name));
    }
    verdict_.examined.push_back(examined_);
  }

 private:
  Finding& find(Flaw flaw, std::string message) {
    Finding finding;
    finding.flaw = flaw;
    finding.delivery = examined_.delivery;
    finding.message = std::move(message);
    verdict_.findings.push_back(std::move(finding));
    return verdict_.findings.back();
  }

  Finding& find(Flaw flaw, const FoundObject& object, std::string message) {
    Finding& finding = find(flaw, std::move(message));
    finding.plan = object.proof->plan;
    finding.bucket = object.bucket;
    finding.key = object.key;
    finding.records = object.proof->shards;
    return finding;
  }

  void check_object(const FoundObject& object) {
    examined_.objects += 1;
    examined_.bytes += object.bytes;
    std::vector<delivery::ShardPositions> positions;
    for (const ShardSpan& span : object.proof->shards) {
      examined_.records += span.count;
      has_parts_ |= span.partial > 0;
      if (span.is_whole()) {
        delivery::OrdinalSet ordinals;
        ordinals.add(span.first, span.last);
        positions.push_back({span.shard, std::move(ordinals)});
      }
    }
    const bool is_exact = !positions.empty() && positions.size() == object.proof->shards.size();
    if (is_exact && delivery::positions_digest(positions) != object.proof->positions) {
      find(Flaw::object_changed, object, "its ranges of records contradict their digest");
    }
    if (!object.contradictions.empty()) {
      find(Flaw::object_changed, object, object.contradictions.front());
    }
  }

  // Some records may be in objects whose proof is not here to be read.
  bool may_be_hidden() const {
    return !facts_.has_headers &&
           std::any_of(facts_.objects.begin(), facts_.objects.end(), [](const FoundObject& object) {
             return !object.proof;
           });
  }

  void check_numbers(const std::vector<const FoundObject*>& objects) {
    const FoundObject* before = nullptr;
    std::vector<std::string> missing;
    std::uint64_t expected = 1;
    for (const FoundObject* object : objects) {
      const std::uint64_t number = object->proof->plan.value;
      if (before != nullptr && before->proof->plan == object->proof->plan) {
        find(Flaw::object_foreign,
             *object,
             fmt::format("s3://{}/{} is plan {} too: one of them is a copy",
                         before->bucket,
                         before->key,
                         number));
      } else if (expected < number) {
        missing.push_back(expected == number - 1 ? fmt::format("{}", expected)
                                                 : fmt::format("{}-{}", expected, number - 1));
      }
      expected = number + 1;
      before = object;
    }
    if (missing.empty()) {
      return;
    }
    const std::string list = fmt::format("{}", fmt::join(missing, ", "));
    if (may_be_hidden()) {
      verdict_.unproven.push_back(
          fmt::format("{}: plan numbers {}: without an object that is a Parquet file",
                      examined_.delivery.name,
                      list));
      return;
    }
    find(Flaw::plan_missing,
         fmt::format("plan numbers {}: no object here, later ones have one; somebody may have "
                     "deleted it on purpose",
                     list));
  }

  // Spans of one shard follow each other, though those of a batch's data and error objects
  // interleave: nothing may lie between them, and where no record is left out, in none twice.
  void check_records(const std::vector<const FoundObject*>& objects) {
    std::map<ShardKey, std::vector<std::pair<ShardSpan, const FoundObject*>>> shards;
    for (const FoundObject* object : objects) {
      for (const ShardSpan& span : object->proof->shards) {
        shards[span.shard].emplace_back(span, object);
      }
    }
    for (auto& [shard, spans] : shards) {
      std::sort(spans.begin(), spans.end(), [](const auto& left, const auto& right) {
        return std::tie(left.first.first, left.second->proof->plan) <
               std::tie(right.first.first, right.second->proof->plan);
      });
      check_spans(spans);
    }
  }

  void check_spans(const std::vector<std::pair<ShardSpan, const FoundObject*>>& spans) {
    const std::pair<ShardSpan, const FoundObject*>* reaching = nullptr;
    for (const auto& next : spans) {
      const auto& [span, object] = next;
      // A replay leaves out what is refused again.
      const bool has_all = !server::is_selective(examined_.delivery.name);
      if (has_all && reaching != nullptr && reaching->first.last + 1 < span.first) {
        missing_between(reaching->first.last + 1, span);
      }
      const bool is_double = reaching != nullptr && span.first <= reaching->first.last &&
                             span.is_whole() && reaching->first.is_whole() &&
                             reaching->second->proof->plan != object->proof->plan;
      if (is_double) {
        const Ordinal last = std::min(span.last, reaching->first.last);
        Finding& finding = find(
            Flaw::records_twice,
            *object,
            fmt::format("plan {} holds these records too", reaching->second->proof->plan.value));
        finding.records = {{span.shard, span.first, last, last - span.first + 1}};
      }
      if (reaching == nullptr || reaching->first.last < span.last) {
        reaching = &next;
      }
    }
  }

  void missing_between(Ordinal first, const ShardSpan& span) {
    const ShardSpan gap{span.shard, first, span.first - 1, span.first - first};
    if (may_be_hidden()) {
      verdict_.unproven.push_back(
          fmt::format("{}: records {}-{} of shard {}: they are in no Parquet object",
                      examined_.delivery.name,
                      gap.first.value,
                      gap.last.value,
                      gap.shard.shard));
      return;
    }
    find(Flaw::records_missing,
         "earlier and later ones of their shard are in the bucket, they are not: their object was "
         "deleted, or they were lost to damage before they could be delivered")
        .records = {gap};
  }

  const Facts& facts_;
  Verdict& verdict_;
  Examined examined_;
  bool has_parts_ = false;
};

}  // namespace

void check_without_ledger(const Facts& facts,
                          const store::DeliveryId& delivery,
                          std::span<const FoundObject* const> objects,
                          Verdict& verdict) {
  BucketCheck(facts, delivery, verdict).run({objects.begin(), objects.end()});
}

}  // namespace sluice::proof
