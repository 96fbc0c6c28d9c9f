// One question after the other, from the log to the bucket.
#include "proof/explain.h"

#include "base/count_text.h"
#include "proof/hindrance.h"
#include "server/deliveries.h"
#include "server/replay_source.h"
#include "server/rerun.h"
#include "source/embedded_source.h"

#include <fmt/format.h>

#include <algorithm>

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

const ShardMark* mark_of(const AuditedLedger* ledger, const ShardKey& shard) {
  if (ledger == nullptr) {
    return nullptr;
  }
  const auto found = std::find_if(ledger->marks.begin(),
                                  ledger->marks.end(),
                                  [&](const ShardMark& mark) { return mark.shard == shard; });
  return found == ledger->marks.end() ? nullptr : &*found;
}

const delivery::ShardPositions* positions_in(const ObjectPlan& plan, const ShardKey& shard) {
  const auto found = std::find_if(
      plan.positions.begin(), plan.positions.end(), [&](const delivery::ShardPositions& positions) {
        return positions.shard == shard;
      });
  return found == plan.positions.end() ? nullptr : &*found;
}

const delivery::OrdinalSet* ordinals_of(const ObjectPlan& plan, const ShardKey& shard) {
  const delivery::ShardPositions* const positions = positions_in(plan, shard);
  return positions == nullptr ? nullptr : &positions->ordinals;
}

// Some parts of a record that was split; nullptr if the object holds none of it, or all.
const delivery::PartialRecord* parts_in(const ObjectPlan& plan,
                                        const ShardKey& shard,
                                        Ordinal ordinal) {
  const delivery::ShardPositions* const positions = positions_in(plan, shard);
  return positions == nullptr ? nullptr : positions->partial.find(ordinal);
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

const delivery::ParkedObject* parked_of(const AuditedLedger* ledger,
                                        const ShardKey& shard,
                                        Ordinal ordinal) {
  if (ledger == nullptr) {
    return nullptr;
  }
  for (const delivery::ParkedObject& parked : ledger->parked) {
    const delivery::OrdinalSet* ordinals = ordinals_of(parked.draft, shard);
    if (ordinals != nullptr && ordinals->contains(ordinal)) {
      return &parked;
    }
  }
  return nullptr;
}

// "5 records of 1,000 bytes are in the open object"
std::string open_text(const LiveDelivery& live) {
  return fmt::format("{} of {} {} in the open object",
                     counted(live.open_records, "record", "records"),
                     counted(live.open_bytes, "byte", "bytes"),
                     live.open_records == 1 ? "is" : "are");
}

ExplainedObject object_of(const AuditedPlan& audited) {
  const ObjectPlan& plan = audited.plan;
  return {plan.bucket,
          plan.key,
          plan.number,
          plan.kind,
          plan.records,
          plan.rows,
          plan.bytes,
          plan.sha256,
          spans_of(plan.positions),
          audited.committed_at,
          std::nullopt};
}

// Compares what lies in the bucket with the plan; what is wrong becomes state, cause and sentence.
void look_into_bucket(const Situation& situation, const ObjectPlan& plan, Explanation& told) {
  if (!situation.look_at) {
    return;
  }
  if (situation.remote_buckets.contains(plan.bucket)) {
    told.say(fmt::format("bucket {} lies in another S3, which is not asked", plan.bucket));
    return;
  }
  const auto spoil = [&](InBucket how, std::string state, std::string cause, std::string sentence) {
    told.object->in_bucket = how;
    told.state = std::move(state);
    told.outlook = Outlook::gone;
    told.cause = std::move(cause);
    told.say(std::move(sentence));
  };
  const auto seen = situation.look_at(plan.bucket, plan.key, plan.bytes);
  if (!seen && seen.error().fault() == Fault::missing) {
    spoil(InBucket::missing,
          "object-missing",
          "removed",
          fmt::format("{} is not in the bucket any more: somebody removed or moved it; bring it "
                      "back from a back-up, or have its records delivered again with `sluice "
                      "recover --redeliver-missing`",
                      place_text(plan)));
  } else if (!seen) {
    spoil(InBucket::unreadable,
          "object-changed",
          "unreadable",
          fmt::format("{} cannot be read: {}", place_text(plan), seen.error().message()));
  } else if (seen->bytes != plan.bytes) {
    spoil(InBucket::changed,
          "object-changed",
          seen->bytes < plan.bytes ? "cut-off" : "other-bytes",
          fmt::format("{} has {} in the bucket, {} put: bring it back from a back-up",
                      place_text(plan),
                      counted(seen->bytes, "byte", "bytes"),
                      counted(plan.bytes, "was", "were")));
  } else if (seen->sha256 != plan.sha256) {
    spoil(InBucket::changed,
          "object-changed",
          "other-bytes",
          fmt::format("{} has other bytes in the bucket than were put (another SHA-256): bring it "
                      "back from a back-up",
                      place_text(plan)));
  } else {
    told.object->in_bucket = InBucket::whole;
    told.say(fmt::format("the bucket has it, {}, as it was put (SHA-256)",
                         counted(plan.bytes, "byte", "bytes")));
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
    told_.delivery_stream = delivery.name;
    if (record() != nullptr && record()->arrival) {
      arrival_ = *record()->arrival;
    }
  }

  Explanation run() {
    if (const AuditedPlan* plan = plan_of(ledger_, shard_, ordinal_)) {
      tell_planned(*plan);
      return std::move(told_);
    }
    if (tell_parts()) {
      return std::move(told_);
    }
    if (const delivery::ParkedObject* parked = parked_of(ledger_, shard_, ordinal_)) {
      tell_parked(*parked);
      return std::move(told_);
    }
    const ShardMark* mark = mark_of(ledger_, shard_);
    const bool is_settled = mark != nullptr && mark->is_settled(ordinal_);
    if (is_settled || is_destroyed() || is_trimmed()) {
      tell_settled(is_settled);
    } else if (!tell_parent()) {
      tell_buffered();
    }
    return std::move(told_);
  }

 private:
  const LiveRecord* record() const {
    return situation_.live && situation_.live->record ? &*situation_.live->record : nullptr;
  }

  bool is_destroyed() const { return record() != nullptr && !record()->damage.empty(); }

  bool is_trimmed() const { return record() != nullptr && ordinal_.value < record()->horizon; }

  void tell(std::string state, std::string sentence) {
    told_.state = std::move(state);
    told_.say(std::move(sentence));
  }

  void tell_dropped(const AuditedPlan& audited) {
    tell("dropped",
         fmt::format("a processor of the delivery stream left it out, plan {}{}",
                     audited.plan.number.value,
                     audited.committed_at
                         ? fmt::format(", committed at {}", time_text(*audited.committed_at))
                         : std::string()));
    told_.since = audited.committed_at ? audited.committed_at : arrival_;
    told_.outlook = Outlook::gone;
  }

  void tell_planned(const AuditedPlan& audited) {
    const ObjectPlan& plan = audited.plan;
    if (plan.kind == ObjectKind::dropped) {
      tell_dropped(audited);
      return;
    }
    told_.object = object_of(audited);
    if (!audited.committed_at) {
      tell("planned",
           fmt::format("it is sealed as {} (plan {}, {}) and waits for its put",
                       place_text(plan),
                       plan.number.value,
                       counted(plan.bytes, "byte", "bytes")));
      told_.since = arrival_;
      add_hindrance(situation_, delivery_, Waiting::for_put, told_);
      return;
    }
    told_.since = audited.committed_at;
    const std::string where = fmt::format("{}, plan {}, committed at {}",
                                          place_text(plan),
                                          plan.number.value,
                                          time_text(*audited.committed_at));
    if (plan.kind == ObjectKind::data) {
      tell("delivered", fmt::format("it is in {}: {}", where, row_text(plan)));
      look_into_bucket(situation_, plan, told_);
      if (told_.outlook == Outlook::gone) {
        told_.sentences.front() = fmt::format("it was delivered in {}: {}", where, row_text(plan));
      }
      return;
    }
    tell("refused", fmt::format("{}, and is in {}", refusal_text(plan.kind), where));
    tell_refusal(plan);
    if (told_.state == "refused") {
      told_.outlook = Outlook::gone;
    }
  }

  static std::string_view refusal_text(ObjectKind kind) {
    if (kind == ObjectKind::format_conversion_failed) {
      return "it could not be converted";
    }
    return kind == ObjectKind::decompression_failed ? "it could not be unpacked"
                                                    : "a processor refused it";
  }

  // A record that was split lies in as many objects as its parts went to; the first that is not as
  // it should be is the one that is shown.
  bool tell_parts() {
    if (ledger_ == nullptr) {
      return false;
    }
    std::uint64_t sealed = 0;
    std::uint32_t parts = 0;
    bool is_refused = false;
    bool waits_for_put = false;
    for (const AuditedPlan& audited : ledger_->plans) {
      const delivery::PartialRecord* const some = parts_in(audited.plan, shard_, ordinal_);
      if (some == nullptr) {
        continue;
      }
      parts = some->parts;
      sealed += some->held.count();
      is_refused |=
          audited.plan.kind != ObjectKind::data && audited.plan.kind != ObjectKind::dropped;
      waits_for_put |= !audited.committed_at;
      tell_parts_in(audited, *some);
    }
    if (parts == 0) {
      return false;
    }
    if (!told_.state.empty()) {
      return true;
    }
    if (sealed < parts) {
      tell("buffered",
           fmt::format("{} of its {} parts: not in a sealed object yet", parts - sealed, parts));
      tell_closing("buffering");
    } else if (waits_for_put) {
      told_.state = "planned";
      add_hindrance(situation_, delivery_, Waiting::for_put, told_);
    } else if (is_refused) {
      told_.state = "refused";
      told_.outlook = Outlook::gone;
    } else {
      told_.state = "delivered";
    }
    return true;
  }

  void tell_parts_in(const AuditedPlan& audited, const delivery::PartialRecord& some) {
    const ObjectPlan& plan = audited.plan;
    if (plan.kind == ObjectKind::dropped) {
      told_.say(fmt::format("{} of its {} parts: dropped by a processor, plan {}",
                            some.held.count(),
                            some.parts,
                            plan.number.value));
      return;
    }
    told_.say(fmt::format("{} of its {} parts: {} {}, plan {}{}",
                          some.held.count(),
                          some.parts,
                          plan.kind == ObjectKind::data ? "in" : "refused in",
                          place_text(plan),
                          plan.number.value,
                          audited.committed_at
                              ? fmt::format(", committed at {}", time_text(*audited.committed_at))
                              : ", which waits for its put"));
    if (!told_.state.empty()) {
      return;
    }
    told_.object = object_of(audited);
    told_.since = audited.committed_at ? audited.committed_at : std::optional(arrival_);
    if (audited.committed_at) {
      look_into_bucket(situation_, plan, told_);
    }
  }

  void tell_refusal(const ObjectPlan& plan) {
    look_into_bucket(situation_, plan, told_);
    if (told_.state != "refused") {
      return;
    }
    const auto refusal =
        situation_.find_refusal ? situation_.find_refusal(plan, sequence_number_) : std::nullopt;
    if (refusal) {
      told_.cause = refusal->code;
      told_.say(fmt::format("{}: {}", refusal->code, refusal->message));
      tell_replay(plan, refusal->line);
    } else if (plan.kind != ObjectKind::format_conversion_failed) {
      told_.say("the lines of that object say why; they name no sequence numbers");
    } else {
      told_.say("no line of that object names it");
    }
  }

  // Where a replay has taken the line from the error output to.
  void tell_replay(const ObjectPlan& refused, std::uint64_t line) {
    const std::string name = fmt::format("{}/{}", delivery_.name, server::replay_id);
    const auto leg = std::ranges::find(situation_.deliveries, name, &DeliveryStream::name);
    if (line == 0 || leg == situation_.deliveries.end()) {
      return;
    }
    const ShardKey shard = server::replay_shard(delivery_.incarnation, refused.number);
    const AuditedPlan* const found = plan_of(ledger_of(situation_, *leg), shard, Ordinal(line));
    if (found == nullptr) {
      return;
    }
    const ObjectPlan& plan = found->plan;
    told_.object = object_of(*found);
    told_.cause = "replayed";
    told_.since = found->committed_at ? found->committed_at : std::optional(arrival_);
    if (!found->committed_at) {
      tell("planned",
           fmt::format("a replay took it: it is sealed as {} (plan {} of {}) and waits for its put",
                       place_text(plan),
                       plan.number.value,
                       name));
      return;
    }
    tell("delivered",
         fmt::format("a replay took it: it is in {}, plan {} of {}, committed at {}",
                     place_text(plan),
                     plan.number.value,
                     name,
                     time_text(*found->committed_at)));
    look_into_bucket(situation_, plan, told_);
  }

  // Records keep their order within a shard; those of several shards mix.
  std::string row_text(const ObjectPlan& plan) {
    std::uint64_t before = 0;
    for (const delivery::OrdinalSet::Run& run : ordinals_of(plan, shard_)->runs()) {
      if (run.first < ordinal_) {
        before += std::min(run.last + 1, ordinal_) - run.first;
      }
    }
    const bool is_row = plan.positions.size() == 1 && plan.rows == plan.records;
    if (is_row) {
      told_.row = before + 1;
      return fmt::format("row {} of {}", before + 1, plan.rows);
    }
    return fmt::format("record {} of its shard's {} there, among {}",
                       before + 1,
                       ordinals_of(plan, shard_)->count(),
                       counted(plan.rows, "row", "rows"));
  }

  // In no plan, and settled or not in the stream: a loss is settled with the next commit only.
  void tell_settled(bool is_settled) {
    told_.outlook = Outlook::gone;
    const UnixMillis start = delivery_.delivery_start;
    if (is_destroyed()) {
      tell("lost", fmt::format("it is lost: {}", record()->damage));
      told_.cause = "damage";
    } else if (is_settled && arrival_ <= start) {
      tell("before-start",
           fmt::format("it arrived at {}, before this delivery stream began at {}",
                       time_text(arrival_),
                       time_text(start)));
      told_.cause = "delivery-start";
      told_.since = start;
    } else if (is_trimmed()) {
      tell("trimmed",
           "the stream does not keep it any more, and no plan holds it: it was damaged or trimmed "
           "before it could be delivered; the server's log names the loss");
      told_.cause = "retention";
    } else {
      tell("lost",
           "it is passed over and no plan holds it: it was lost to damage before it could be "
           "delivered; the server's log names file and offset");
      told_.cause = "damage";
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
    tell("waits-for-parent",
         fmt::format("its shard comes after shard {}, which was closed at record {} and is "
                     "delivered up to record {}",
                     parent->index.value,
                     parent->closed->end.value - 1,
                     mark == nullptr ? 0 : mark->low.value - 1));
    tell_closing("parent-not-read");
    return true;
  }

  void tell_buffered() {
    tell("buffered",
         fmt::format("it arrived at {}, is on disk in the stream, and waits for its object",
                     time_text(arrival_)));
    tell_closing("buffering");
  }

  // Settled, for it is safe in the spool, though its object is still open.
  void tell_parked(const delivery::ParkedObject& parked) {
    tell("buffered",
         fmt::format("it arrived at {}, and is in an open object that is parked in the spool with "
                     "{}, to become {}",
                     time_text(arrival_),
                     counted(parked.draft.records, "record", "records"),
                     place_text(parked.draft)));
    tell_closing("parked");
  }

  void tell_closing(std::string_view cause) {
    const LiveDelivery* live = live_of(situation_, delivery_);
    const bool is_open = live != nullptr && live->open_until.has_value();
    told_.since = arrival_;
    told_.until = is_open ? *live->open_until : arrival_ + delivery_.s3.effective_interval();
    told_.say(
        fmt::format("that closes at {} MiB, or at {} at the latest ({} s after its oldest record)",
                    delivery_.s3.effective_size_mib(),
                    time_text(*told_.until),
                    delivery_.s3.effective_interval().count()));
    if (is_open) {
      told_.say(open_text(*live));
    }
    if (live != nullptr) {
      told_.say(fmt::format("{} not delivered yet, {} for {} put",
                            counted(live->backlog_records, "record is", "records are"),
                            counted(live->objects_planned, "object waits", "objects wait"),
                            live->objects_planned == 1 ? "its" : "their"));
    }
    add_hindrance(situation_, delivery_, Waiting::for_object, told_);
    if (told_.cause.empty()) {
      told_.cause = cause;
    }
  }

  const Situation& situation_;
  const DeliveryStream& delivery_;
  const stream::StreamDefinition& stream_;
  const std::string& sequence_number_;
  const AuditedLedger* ledger_;
  const ShardKey shard_;
  const Ordinal ordinal_;
  UnixMillis arrival_;
  Explanation told_;
};

Explanation plain(std::string state, Outlook outlook, std::string sentence) {
  Explanation told;
  told.state = std::move(state);
  told.outlook = outlook;
  told.say(std::move(sentence));
  return told;
}

// Objects that hold records of a stream that is gone.
std::vector<Explanation> explain_deleted(const Situation& situation,
                                         std::string_view stream,
                                         const stream::SequenceParts& parts) {
  std::vector<Explanation> all = {
      plain("stream-unknown",
            Outlook::unknown,
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
        if (is_known || positions.shard.shard != parts.shard.value ||
            !positions.ordinals.contains(Ordinal(parts.ordinal.value))) {
          continue;
        }
        Explanation told =
            plain("delivered",
                  Outlook::well,
                  fmt::format("of a deleted stream, {} holds such a record (plan {})",
                              place_text(audited.plan),
                              audited.plan.number.value));
        told.delivery_stream = ledger.delivery.name;
        told.since = audited.committed_at;
        told.object = object_of(audited);
        look_into_bucket(situation, audited.plan, told);
        all.push_back(std::move(told));
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

Explanation explain_planned_object(const Situation& situation,
                                   const store::DeliveryId& id,
                                   const AuditedPlan& audited) {
  const ObjectPlan& plan = audited.plan;
  Explanation told;
  told.delivery_stream = id.name;
  told.object = object_of(audited);
  told.say(fmt::format("plan {} ({}): {}, {}, {}",
                       plan.number.value,
                       delivery::object_kind_name(plan.kind),
                       counted(plan.records, "record", "records"),
                       counted(plan.rows, "row", "rows"),
                       counted(plan.bytes, "byte", "bytes")));
  for (const ShardSpan& span : told.object->shards) {
    told.say(fmt::format("{} of shard {}, from {} to {}",
                         counted(span.count, "record", "records"),
                         span.shard.shard,
                         span.first.value,
                         span.last.value));
  }
  if (audited.committed_at) {
    told.state = "object-delivered";
    told.since = audited.committed_at;
    told.say(fmt::format("committed at {}", time_text(*audited.committed_at)));
    look_into_bucket(situation, plan, told);
    return told;
  }
  told.state = "object-planned";
  told.since = plan.oldest_arrival;
  told.say("it is sealed and waits for its put");
  for (const DeliveryStream& delivery : situation.deliveries) {
    if (delivery.incarnation == id.incarnation) {
      add_hindrance(situation, delivery, Waiting::for_put, told);
    }
  }
  return told;
}

Explanation explain_foreign_object(const Situation& situation,
                                   const std::string& bucket,
                                   const std::string& key) {
  const std::string url = fmt::format("s3://{}/{}", bucket, key);
  if (situation.remote_buckets.contains(bucket)) {
    return plain("object-unknown",
                 Outlook::unknown,
                 fmt::format("no plan of any delivery stream has {}; bucket {} lies in another S3, "
                             "which is not asked",
                             url,
                             bucket));
  }
  if (situation.look_at) {
    if (const auto seen = situation.look_at(bucket, key, std::nullopt)) {
      return plain("object-unplanned",
                   Outlook::unknown,
                   fmt::format("{} is there, with {}, and no plan of any delivery stream has it: "
                               "somebody else put it",
                               url,
                               counted(seen->bytes, "byte", "bytes")));
    }
  }
  const bool has_bucket = std::find(situation.buckets.begin(), situation.buckets.end(), bucket) !=
                          situation.buckets.end();
  return plain("object-unknown",
               Outlook::unknown,
               has_bucket
                   ? fmt::format("there is no {}, and no plan of any delivery stream has it", url)
                   : fmt::format("there is no bucket {}", bucket));
}

// How far each shard is, and what is open.
void tell_progress(const DeliveryStream& delivery,
                   const AuditedLedger* ledger,
                   const LiveDelivery* live,
                   Explanation& told) {
  if (server::is_selective(delivery.name)) {
    std::uint64_t lines = 0;
    for (const AuditedPlan& audited :
         ledger == nullptr ? std::vector<AuditedPlan>() : ledger->plans) {
      lines += audited.plan.records;
    }
    told.say(fmt::format(
        "{} {} delivered by it", counted(lines, "record", "records"), lines == 1 ? "was" : "were"));
    return;
  }
  for (const ShardMark& mark : ledger == nullptr ? std::vector<ShardMark>() : ledger->marks) {
    told.say(fmt::format(
        "shard {}: settled up to record {}{}",
        mark.shard.shard,
        mark.low.value - 1,
        mark.settled.empty() ? "" : fmt::format(", and {} beyond", mark.settled.count())));
  }
  if (live == nullptr) {
    return;
  }
  told.say(fmt::format(
      "{} not delivered yet{}",
      counted(live->backlog_records, "record is", "records are"),
      live->last_delivered_at ? "; last delivery at " + time_text(*live->last_delivered_at) : ""));
  told.since = live->last_delivered_at;
  told.until = live->open_until;
  if (live->open_until) {
    told.say(fmt::format("{}, which closes at {} MiB, or at {} at the latest",
                         open_text(*live),
                         delivery.s3.effective_size_mib(),
                         time_text(*live->open_until)));
  }
}

}  // namespace

std::vector<Explanation> explain_record(const Situation& situation,
                                        std::string_view stream,
                                        const std::string& sequence_number) {
  const auto parts = stream::parse_sequence_parts(sequence_number);
  if (!parts || parts->ordinal == stream::Ordinal(0)) {
    return {plain("never-existed", Outlook::unknown, "no record ever had that sequence number")};
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
                  Outlook::unknown,
                  fmt::format("no such record is durable: shard {} of {} ends with record {}, and "
                              "this would be record {}",
                              parts->shard.value,
                              stream,
                              *tip - 1,
                              parts->ordinal.value))};
  }
  std::vector<Explanation> all;
  for (const DeliveryStream& delivery : situation.deliveries) {
    if (!server::is_selective(delivery.name) && server::source_stream_name(delivery) == stream) {
      all.push_back(RecordInDelivery(situation, delivery, *found, *parts, sequence_number).run());
    }
  }
  if (all.empty()) {
    all.push_back(
        plain("no-delivery",
              Outlook::gone,
              fmt::format("it is in the stream, and no delivery stream reads {}", stream)));
  }
  return all;
}

Explanation explain_object(const Situation& situation,
                           const std::string& bucket,
                           const std::string& key) {
  for (const AuditedLedger& ledger : situation.ledgers) {
    for (const AuditedPlan& audited : ledger.plans) {
      if (audited.plan.bucket == bucket && audited.plan.key == key) {
        return explain_planned_object(situation, ledger.delivery, audited);
      }
    }
  }
  return explain_foreign_object(situation, bucket, key);
}

Explanation explain_delivery(const Situation& situation, std::string_view name) {
  const auto found =
      std::find_if(situation.deliveries.begin(),
                   situation.deliveries.end(),
                   [&](const DeliveryStream& delivery) { return delivery.name == name; });
  if (found == situation.deliveries.end()) {
    return plain(
        "delivery-unknown", Outlook::unknown, fmt::format("there is no delivery stream {}", name));
  }
  const LiveDelivery* live = live_of(situation, *found);
  Explanation told;
  told.delivery_stream = found->name;
  const AuditedLedger* ledger = ledger_of(situation, *found);
  const std::size_t plans = ledger == nullptr ? 0 : ledger->plans.size();
  const auto open =
      ledger == nullptr
          ? 0
          : std::count_if(ledger->plans.begin(),
                          ledger->plans.end(),
                          [](const AuditedPlan& audited) { return !audited.committed_at; });
  told.say(fmt::format("it {} into s3://{}; {} planned so far, of which {} for {} put",
                       server::is_selective(name)
                           ? std::string("delivers again what the delivery stream has had")
                           : "reads " + server::source_stream_name(*found),
                       found->s3.bucket(),
                       counted(plans, "object was", "objects were"),
                       open == 1 ? "1 waits" : fmt::format("{} wait", open),
                       open == 1 ? "its" : "their"));
  tell_progress(*found, ledger, live, told);
  const bool is_idle = server::is_selective(name) && live == nullptr && situation.live;
  if (is_idle) {
    told.state = "idle";
    told.say("it is not under way");
    return told;
  }
  add_hindrance(
      situation, *found, server::is_selective(name) ? Waiting::for_put : Waiting::delivery, told);
  if (live != nullptr) {
    told.state = live->state;
  } else {
    told.state = told.cause == "draining" ? "draining"
                 : situation.lock_holder  ? "not-answering"
                                          : "stopped";
  }
  return told;
}

}  // namespace sluice::proof
