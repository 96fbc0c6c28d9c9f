// One question after the other, from the log to the bucket.
#include "proof/explain.h"

#include "delivery/backoff.h"
#include "json/document.h"
#include "proof/object_proof.h"
#include "server/deliveries.h"
#include "server/kinesis/shapes.h"
#include "source/embedded_source.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace sluice::proof {
namespace {

using delivery::DeliveryStream;
using delivery::ObjectKind;
using delivery::ObjectPlan;
using delivery::Ordinal;
using delivery::ShardKey;
using delivery::ShardMark;
using store::AuditedLedger;
using store::AuditedPlan;

// "2026-07-13 15:55:19Z"
std::string time_text(UnixMillis time) {
  return fmt::format("{:%Y-%m-%d %H:%M:%SZ}",
                     fmt::gmtime(static_cast<std::time_t>(to_count(time) / 1000)));
}

std::string place_text(const ObjectPlan& plan) {
  return fmt::format("s3://{}/{}", plan.bucket, plan.key);
}

const AuditedLedger* ledger_of(const Situation& situation, const DeliveryStream& delivery) {
  const store::DeliveryId id{delivery.name, delivery.incarnation};
  const auto found = std::find_if(
      situation.ledgers.begin(), situation.ledgers.end(), [&](const AuditedLedger& ledger) {
        return ledger.delivery == id;
      });
  return found == situation.ledgers.end() ? nullptr : &*found;
}

const LiveDelivery* live_of(const Situation& situation, const DeliveryStream& delivery) {
  if (!situation.live) {
    return nullptr;
  }
  const auto found = situation.live->deliveries.find(delivery.incarnation);
  return found == situation.live->deliveries.end() ? nullptr : &found->second;
}

const ShardMark* mark_of(const AuditedLedger* ledger, const ShardKey& shard) {
  if (ledger == nullptr) {
    return nullptr;
  }
  const auto found = std::find_if(ledger->marks.begin(),
                                  ledger->marks.end(),
                                  [&](const ShardMark& mark) { return mark.shard == shard; });
  return found == ledger->marks.end() ? nullptr : &*found;
}

const delivery::OrdinalSet* ordinals_of(const ObjectPlan& plan, const ShardKey& shard) {
  const auto found = std::find_if(
      plan.positions.begin(), plan.positions.end(), [&](const delivery::ShardPositions& positions) {
        return positions.shard == shard;
      });
  return found == plan.positions.end() ? nullptr : &found->ordinals;
}

const AuditedPlan* plan_of(const AuditedLedger* ledger, const ShardKey& shard, Ordinal ordinal) {
  if (ledger == nullptr) {
    return nullptr;
  }
  for (const AuditedPlan& audited : ledger->plans) {
    const delivery::OrdinalSet* ordinals = ordinals_of(audited.plan, shard);
    if (ordinals != nullptr && ordinals->contains(ordinal)) {
      return &audited;
    }
  }
  return nullptr;
}

std::string source_name(const DeliveryStream& delivery) {
  return delivery.source_type == delivery::SourceType::direct_put
             ? server::internal_stream_name(delivery.name, delivery.incarnation)
             : std::string(server::stream_name_of_arn(delivery.source_stream_arn)
                               .value_or(std::string_view()));
}

// What holds deliveries back, and until when.
void add_hindrance(const Situation& situation,
                   const DeliveryStream& delivery,
                   Explanation& explanation) {
  const LiveDelivery* live = live_of(situation, delivery);
  if (live == nullptr) {
    explanation.sentences.emplace_back(
        "no server answers: delivery goes on when one runs (--endpoint names another address)");
  } else if (!live->last_error.empty()) {
    explanation.sentences.push_back(fmt::format("last error: {}", live->last_error));
    if (live->last_error_at) {
      explanation.sentences.push_back(fmt::format(
          "that was at {}; the next try is at {}",
          time_text(*live->last_error_at),
          live->put_again_at
              ? time_text(*live->put_again_at)
              : time_text(*live->last_error_at + delivery::Backoff::delay_max) + " at the latest"));
    }
  }
  if (live != nullptr && live->is_paused) {
    explanation.sentences.push_back(
        fmt::format("paused: {} objects wait for the bucket, and nothing more is read until it "
                    "takes them",
                    live->objects_planned));
  }
  const std::string bucket = delivery.s3.bucket();
  if (std::find(situation.buckets.begin(), situation.buckets.end(), bucket) ==
      situation.buckets.end()) {
    explanation.sentences.push_back(
        fmt::format("bucket {} does not exist: create it and delivery goes on", bucket));
  }
}

// One record in one delivery stream.
class RecordInDelivery {
 public:
  RecordInDelivery(const Situation& situation,
                   const DeliveryStream& delivery,
                   const stream::StreamDefinition& stream,
                   const stream::SequenceParts& parts,
                   const std::string& sequence_number)
      : situation_(situation),
        delivery_(delivery),
        stream_(stream),
        sequence_number_(sequence_number),
        ledger_(ledger_of(situation, delivery)),
        shard_{source::delivery_incarnation(stream.incarnation), parts.shard.value},
        ordinal_(parts.ordinal.value),
        arrival_(unix_millis(static_cast<std::int64_t>(parts.time_s) * 1000)) {
    explanation_.delivery_stream = delivery.name;
    if (record() != nullptr && record()->arrival) {
      arrival_ = *record()->arrival;
    }
  }

  Explanation run() {
    if (const AuditedPlan* plan = plan_of(ledger_, shard_, ordinal_)) {
      tell_planned(*plan);
      return std::move(explanation_);
    }
    const ShardMark* mark = mark_of(ledger_, shard_);
    const bool is_destroyed = record() != nullptr && !record()->damage.empty();
    if (is_destroyed || (mark != nullptr && mark->is_settled(ordinal_))) {
      tell_settled();
    } else if (!tell_parent()) {
      tell_buffered();
    }
    return std::move(explanation_);
  }

 private:
  const LiveRecord* record() const {
    return situation_.live && situation_.live->record ? &*situation_.live->record : nullptr;
  }

  void say(std::string state, std::string sentence) {
    explanation_.state = std::move(state);
    explanation_.sentences.push_back(std::move(sentence));
  }

  void tell_planned(const AuditedPlan& audited) {
    const ObjectPlan& plan = audited.plan;
    if (!audited.committed_at) {
      say("planned",
          fmt::format("it is sealed as {} (plan {}, {} bytes) and waits for its put",
                      place_text(plan),
                      plan.number.value,
                      plan.bytes));
      add_hindrance(situation_, delivery_, explanation_);
      return;
    }
    const std::string where = fmt::format("{}, plan {}, committed at {}",
                                          place_text(plan),
                                          plan.number.value,
                                          time_text(*audited.committed_at));
    if (plan.kind == ObjectKind::data) {
      say("delivered", fmt::format("it is in {}: {}", where, row_text(plan)));
      return;
    }
    say("refused", fmt::format("it could not be converted, and is in {}", where));
    const auto refusal =
        situation_.find_refusal ? situation_.find_refusal(plan, sequence_number_) : std::nullopt;
    explanation_.sentences.push_back(refusal
                                         ? fmt::format("{}: {}", refusal->code, refusal->message)
                                         : "its line is not in that object any more");
  }

  // Records keep their order within a shard; those of several shards mix.
  std::string row_text(const ObjectPlan& plan) const {
    std::uint64_t before = 0;
    for (const delivery::OrdinalSet::Run& run : ordinals_of(plan, shard_)->runs()) {
      if (run.first < ordinal_) {
        before += std::min(run.last + 1, ordinal_) - run.first;
      }
    }
    const bool is_row = plan.positions.size() == 1 && plan.rows == plan.records;
    return is_row ? fmt::format("row {} of {}", before + 1, plan.rows)
                  : fmt::format("record {} of its shard's {} there, among {} rows",
                                before + 1,
                                ordinals_of(plan, shard_)->count(),
                                plan.rows);
  }

  // Settled, and in no plan.
  void tell_settled() {
    const UnixMillis start = delivery_.delivery_start;
    if (record() != nullptr && !record()->damage.empty()) {
      say("lost", fmt::format("it is lost: {}", record()->damage));
    } else if (arrival_ <= start) {
      say("before-start",
          fmt::format("it arrived at {}, before this delivery stream began at {}",
                      time_text(arrival_),
                      time_text(start)));
    } else if (record() != nullptr && ordinal_.value < record()->horizon) {
      say("trimmed",
          "the stream does not keep it any more, and no plan holds it: it was damaged or trimmed "
          "before it could be delivered; the server's log names the loss");
    } else {
      say("lost",
          "it is passed over and no plan holds it: it was lost to damage before it could be "
          "delivered; the server's log names file and offset");
    }
  }

  const stream::ShardDefinition* unfinished_parent() const {
    const stream::ShardDefinition& own = stream_.shards[shard_.shard];
    for (const auto& parent : {own.parent, own.adjacent_parent}) {
      if (!parent || parent->value >= stream_.shards.size()) {
        continue;
      }
      const stream::ShardDefinition& shard = stream_.shards[parent->value];
      const ShardMark* mark = mark_of(ledger_, {shard_.stream, parent->value});
      const bool is_read =
          mark != nullptr && shard.closed && mark->low.value >= shard.closed->end.value;
      if (!is_read && shard.closed && shard.closed->end.value > 1) {
        return &shard;
      }
    }
    return nullptr;
  }

  bool tell_parent() {
    const stream::ShardDefinition* parent = unfinished_parent();
    if (parent == nullptr) {
      return false;
    }
    const ShardMark* mark = mark_of(ledger_, {shard_.stream, parent->index.value});
    say("waits-for-parent",
        fmt::format(
            "its shard comes after shard {}, which was closed at record {} and is delivered "
            "up to record {}",
            parent->index.value,
            parent->closed->end.value - 1,
            mark == nullptr ? 0 : mark->low.value - 1));
    tell_closing();
    return true;
  }

  void tell_buffered() {
    say("buffered",
        fmt::format("it arrived at {}, is on disk in the stream, and waits for its object",
                    time_text(arrival_)));
    tell_closing();
  }

  void tell_closing() {
    const LiveDelivery* live = live_of(situation_, delivery_);
    const bool is_open = live != nullptr && live->open_until.has_value();
    const UnixMillis until =
        is_open ? *live->open_until : arrival_ + delivery_.s3.effective_interval();
    explanation_.sentences.push_back(
        fmt::format("that closes at {} MiB, or at {} at the latest ({} s after its oldest record)",
                    delivery_.s3.effective_size_mib(),
                    time_text(until),
                    delivery_.s3.effective_interval().count()));
    if (is_open) {
      explanation_.sentences.push_back(fmt::format(
          "{} records of {} bytes are in the open object", live->open_records, live->open_bytes));
    }
    if (live != nullptr) {
      explanation_.sentences.push_back(
          fmt::format("{} records are not delivered yet, {} objects wait for their put",
                      live->backlog_records,
                      live->objects_planned));
    }
    add_hindrance(situation_, delivery_, explanation_);
  }

  const Situation& situation_;
  const DeliveryStream& delivery_;
  const stream::StreamDefinition& stream_;
  const std::string& sequence_number_;
  const AuditedLedger* ledger_;
  const ShardKey shard_;
  const Ordinal ordinal_;
  UnixMillis arrival_;
  Explanation explanation_;
};

Explanation plain(std::string state, std::string sentence) {
  return {"", std::move(state), {std::move(sentence)}};
}

// Objects that hold records of a stream that is gone.
std::vector<Explanation> explain_deleted(const Situation& situation,
                                         std::string_view stream,
                                         const stream::SequenceParts& parts) {
  std::vector<Explanation> all = {
      plain("stream-deleted",
            fmt::format("there is no stream {} with a shard of that creation time: the name or the "
                        "number is of another, or it was deleted, with the records that no "
                        "delivery stream had read",
                        stream))};
  for (const AuditedLedger& ledger : situation.ledgers) {
    for (const AuditedPlan& audited : ledger.plans) {
      for (const delivery::ShardPositions& positions : audited.plan.positions) {
        const bool is_known =
            std::any_of(situation.streams.begin(), situation.streams.end(), [&](const auto& one) {
              return source::delivery_incarnation(one.incarnation) == positions.shard.stream;
            });
        if (!is_known && positions.shard.shard == parts.shard.value &&
            positions.ordinals.contains(Ordinal(parts.ordinal.value))) {
          all.push_back({ledger.delivery.name,
                         "delivered",
                         {fmt::format("of a deleted stream, {} holds such a record (plan {})",
                                      place_text(audited.plan),
                                      audited.plan.number.value)}});
        }
      }
    }
  }
  return all;
}

// One past the last durable record, as far as anybody here knows.
std::optional<std::uint64_t> tip_of(const Situation& situation,
                                    const stream::StreamDefinition& stream,
                                    stream::ShardIndex shard) {
  if (situation.live && situation.live->record) {
    return situation.live->record->tip;
  }
  const auto noted = situation.noted.find(stream.incarnation);
  if (noted == situation.noted.end()) {
    return std::nullopt;
  }
  return shard.value < noted->second.shards.size() ? noted->second.shards[shard.value].next.value
                                                   : 1;
}

}  // namespace

std::vector<Explanation> explain_record(const Situation& situation,
                                        std::string_view stream,
                                        const std::string& sequence_number) {
  const auto parts = stream::parse_sequence_parts(sequence_number);
  if (!parts || parts->ordinal == stream::Ordinal(0)) {
    return {plain("never-existed", "no record ever had that sequence number")};
  }
  const auto found = std::find_if(
      situation.streams.begin(), situation.streams.end(), [&](const stream::StreamDefinition& one) {
        return one.name == stream && parts->shard.value < one.shards.size() &&
               static_cast<std::uint64_t>(to_count(one.shards[parts->shard.value].created)) /
                       1000 ==
                   parts->shard_created_s;
      });
  if (found == situation.streams.end()) {
    return explain_deleted(situation, stream, *parts);
  }
  const auto tip = tip_of(situation, *found, parts->shard);
  if (tip && parts->ordinal.value >= *tip) {
    return {plain("never-existed",
                  fmt::format("no such record is durable: shard {} of {} ends with record {}, and "
                              "this would be record {}",
                              parts->shard.value,
                              stream,
                              *tip - 1,
                              parts->ordinal.value))};
  }
  std::vector<Explanation> all;
  for (const DeliveryStream& delivery : situation.deliveries) {
    if (source_name(delivery) == stream) {
      all.push_back(RecordInDelivery(situation, delivery, *found, *parts, sequence_number).run());
    }
  }
  if (all.empty()) {
    all.push_back(plain("no-delivery", fmt::format("no delivery stream reads {}", stream)));
  }
  return all;
}

Explanation explain_object(const Situation& situation,
                           const std::string& bucket,
                           const std::string& key) {
  for (const AuditedLedger& ledger : situation.ledgers) {
    for (const AuditedPlan& audited : ledger.plans) {
      const ObjectPlan& plan = audited.plan;
      if (plan.bucket != bucket || plan.key != key) {
        continue;
      }
      Explanation explanation{ledger.delivery.name, "object-delivered", {}};
      explanation.sentences.push_back(fmt::format("plan {} ({}): {} records, {} rows, {} bytes",
                                                  plan.number.value,
                                                  delivery::object_kind_name(plan.kind),
                                                  plan.records,
                                                  plan.rows,
                                                  plan.bytes));
      for (const ShardSpan& span : spans_of(plan.positions)) {
        explanation.sentences.push_back(fmt::format("{} records of shard {}, from {} to {}",
                                                    span.count,
                                                    span.shard.shard,
                                                    span.first.value,
                                                    span.last.value));
      }
      if (audited.committed_at) {
        explanation.sentences.push_back(
            fmt::format("committed at {}", time_text(*audited.committed_at)));
        return explanation;
      }
      explanation.state = "object-planned";
      explanation.sentences.emplace_back("it is sealed and waits for its put");
      for (const DeliveryStream& delivery : situation.deliveries) {
        if (delivery.incarnation == ledger.delivery.incarnation) {
          add_hindrance(situation, delivery, explanation);
        }
      }
      return explanation;
    }
  }
  return plain(
      "object-unknown",
      fmt::format("no plan of any delivery stream has s3://{}/{}: somebody else put it, or "
                  "nobody did",
                  bucket,
                  key));
}

Explanation explain_delivery(const Situation& situation, std::string_view name) {
  const auto found =
      std::find_if(situation.deliveries.begin(),
                   situation.deliveries.end(),
                   [&](const DeliveryStream& delivery) { return delivery.name == name; });
  if (found == situation.deliveries.end()) {
    return plain("unknown", fmt::format("there is no delivery stream {}", name));
  }
  const LiveDelivery* live = live_of(situation, *found);
  Explanation explanation{found->name, live == nullptr ? "stopped" : live->state, {}};
  const AuditedLedger* ledger = ledger_of(situation, *found);
  const std::size_t plans = ledger == nullptr ? 0 : ledger->plans.size();
  const auto open =
      ledger == nullptr
          ? 0
          : std::count_if(ledger->plans.begin(),
                          ledger->plans.end(),
                          [](const AuditedPlan& audited) { return !audited.committed_at; });
  explanation.sentences.push_back(fmt::format(
      "it reads {} into s3://{}; {} objects are planned, of which {} wait for their put",
      source_name(*found),
      found->s3.bucket(),
      plans,
      open));
  for (const ShardMark& mark : ledger == nullptr ? std::vector<ShardMark>() : ledger->marks) {
    explanation.sentences.push_back(fmt::format(
        "shard {}: settled up to record {}{}",
        mark.shard.shard,
        mark.low.value - 1,
        mark.settled.empty() ? "" : fmt::format(", and {} beyond", mark.settled.count())));
  }
  if (live != nullptr) {
    explanation.sentences.push_back(fmt::format(
        "{} records are not delivered yet{}",
        live->backlog_records,
        live->last_delivered_at ? "; last delivery at " + time_text(*live->last_delivered_at)
                                : ""));
    if (live->open_until) {
      explanation.sentences.push_back(fmt::format(
          "{} records of {} bytes are in the open object, which closes at {} MiB, or at "
          "{} at the latest",
          live->open_records,
          live->open_bytes,
          found->s3.effective_size_mib(),
          time_text(*live->open_until)));
    }
  }
  add_hindrance(situation, *found, explanation);
  return explanation;
}

std::optional<Live> parse_live(const std::string& page) {
  const auto document = json::Document::parse(Bytes(page));
  if (!document || !document->root().find("delivery_streams").exists()) {
    return std::nullopt;
  }
  const auto count = [](json::View object, std::string_view name) {
    return static_cast<std::uint64_t>(object.find(name).as_int64().value_or(0));
  };
  const auto text = [](json::View object, std::string_view name) {
    return std::string(object.find(name).as_string().value_or(std::string_view()));
  };
  const auto time = [](json::View object, std::string_view name) -> std::optional<UnixMillis> {
    const auto value = object.find(name).as_int64();
    return value ? std::optional(unix_millis(*value)) : std::nullopt;
  };
  Live live;
  for (const json::View one : document->root().find("delivery_streams").elements()) {
    std::uint64_t incarnation = 0;
    const std::string digits = text(one, "incarnation");
    std::from_chars(digits.data(), digits.data() + digits.size(), incarnation, 16);
    LiveDelivery& delivery = live.deliveries[incarnation];
    delivery.state = text(one, "state");
    delivery.backlog_records = count(one, "backlog_records");
    delivery.objects_planned = count(one, "objects_planned");
    delivery.open_records = count(one, "open_records");
    delivery.open_bytes = count(one, "open_bytes");
    delivery.is_paused = one.find("paused").as_bool().value_or(false);
    delivery.open_until = time(one, "open_until_ms");
    delivery.put_again_at = time(one, "put_again_at_ms");
    delivery.oldest_undelivered = time(one, "oldest_undelivered_ms");
    delivery.last_error = text(one, "last_error");
    delivery.last_error_at = time(one, "last_error_at_ms");
    delivery.last_delivered_at = time(one, "last_delivered_at_ms");
  }
  if (const json::View record = document->root().find("record"); record.exists()) {
    live.record = LiveRecord{count(record, "tip"),
                             count(record, "horizon"),
                             time(record, "arrival_ms"),
                             text(record, "damage")};
  }
  return live;
}

}  // namespace sluice::proof
