// One cause after the other, the nearest to the root first.
#include "proof/hindrance.h"

#include "base/count_text.h"
#include "catalog/keys.h"
#include "catalog/table.h"
#include "delivery/backoff.h"
#include "server/deliveries.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>

namespace sluice::proof {
namespace {

using delivery::DeliveryStream;

class Hindrance {
 public:
  Hindrance(const Situation& situation,
            const DeliveryStream& delivery,
            Waiting waiting,
            Explanation& explanation)
      : situation_(situation),
        delivery_(delivery),
        waiting_(waiting),
        live_(live_of(situation, delivery)),
        explanation_(explanation) {}

  void run() {
    if (live_ == nullptr) {
      tell_silence();
    } else {
      tell_failure();
      tell_pause();
      explanation_.backlog = Backlog{
          live_->backlog_records, live_->objects_planned, live_->open_records, live_->open_bytes};
    }
    tell_bucket();
    if (waiting_ != Waiting::for_put) {
      tell_table();
      tell_source();
    }
    if (live_ != nullptr && !live_->last_error.empty()) {
      cause("failing");
    }
  }

 private:
  // The first one stands.
  void cause(std::string_view word) {
    if (explanation_.cause.empty()) {
      explanation_.cause = word;
    }
    explanation_.outlook = Outlook::held;
  }

  void tell_silence() {
    const auto& holder = situation_.lock_holder;
    if (!holder) {
      explanation_.say("no server runs: delivery goes on when one is started");
      cause("no-server");
      return;
    }
    if (holder->doing == "draining") {
      explanation_.say(
          fmt::format("its server (process {}) is draining: it delivers what is buffered and "
                      "stops; what it cannot deliver in time follows after the next start",
                      holder->process));
      explanation_.cause = "draining";
      return;
    }
    explanation_.say(fmt::format(
        "process {} has the data directory and no server answers at {}: it starts or stops, or "
        "listens elsewhere (--endpoint)",
        holder->process,
        situation_.endpoint));
    cause("server-silent");
  }

  void tell_failure() {
    if (live_->state == "broken") {
      cause("broken");
    }
    if (live_->last_error.empty()) {
      return;
    }
    explanation_.last_error = live_->last_error;
    explanation_.last_error_at = live_->last_error_at;
    explanation_.say(fmt::format("last error: {}", live_->last_error));
    if (live_->last_error_at) {
      const UnixMillis latest = *live_->last_error_at + delivery::Backoff::delay_max;
      explanation_.next_attempt = live_->put_again_at.value_or(latest);
      explanation_.say(fmt::format("that was at {}; the next try is at {}{}",
                                   time_text(*live_->last_error_at),
                                   time_text(*explanation_.next_attempt),
                                   live_->put_again_at ? "" : " at the latest"));
    }
  }

  void tell_pause() {
    if (!live_->is_paused) {
      return;
    }
    explanation_.say(
        fmt::format("paused: {} for the bucket, and nothing more is read until it takes {}",
                    counted(live_->objects_planned, "object waits", "objects wait"),
                    live_->objects_planned == 1 ? "it" : "them"));
    if (waiting_ != Waiting::for_put) {
      cause("paused");
    }
  }

  void tell_bucket() {
    const std::string bucket = delivery_.s3.bucket();
    if (situation_.remote_buckets.contains(bucket)) {
      return;
    }
    if (std::find(situation_.buckets.begin(), situation_.buckets.end(), bucket) ==
        situation_.buckets.end()) {
      explanation_.say(
          fmt::format("bucket {} does not exist: create it and delivery goes on", bucket));
      cause("bucket-missing");
    }
  }

  void tell_table() {
    if (!delivery_.s3.converts() || !delivery_.s3.conversion->schema) {
      return;
    }
    const delivery::SchemaReference& schema = *delivery_.s3.conversion->schema;
    const auto database = catalog::fold_name(schema.database, "database name");
    const auto table = catalog::fold_name(schema.table, "table name");
    const bool is_there =
        database && table && situation_.tables.contains(catalog::table_key(*database, *table));
    if (!is_there) {
      explanation_.say(fmt::format("table {}.{} does not exist: create it and delivery goes on",
                                   schema.database,
                                   schema.table));
      cause("table-missing");
    }
  }

  void tell_source() {
    const std::string name = server::source_stream_name(delivery_);
    const bool is_there =
        std::any_of(situation_.streams.begin(),
                    situation_.streams.end(),
                    [&](const stream::StreamDefinition& one) { return one.name == name; });
    if (!is_there) {
      explanation_.say(
          fmt::format("its source stream {} does not exist: create it, and delivery "
                      "goes on with the new one",
                      name));
      cause("source-missing");
    }
  }

  const Situation& situation_;
  const DeliveryStream& delivery_;
  const Waiting waiting_;
  const LiveDelivery* live_;
  Explanation& explanation_;
};

}  // namespace

std::string time_text(UnixMillis time) {
  return fmt::format("{:%Y-%m-%d %H:%M:%SZ}",
                     fmt::gmtime(static_cast<std::time_t>(to_count(time) / 1000)));
}

const LiveDelivery* live_of(const Situation& situation, const DeliveryStream& delivery) {
  if (!situation.live) {
    return nullptr;
  }
  const auto found = situation.live->deliveries.find(delivery.incarnation);
  return found == situation.live->deliveries.end() ? nullptr : &found->second;
}

void add_hindrance(const Situation& situation,
                   const DeliveryStream& delivery,
                   Waiting waiting,
                   Explanation& explanation) {
  Hindrance(situation, delivery, waiting, explanation).run();
}

}  // namespace sluice::proof
