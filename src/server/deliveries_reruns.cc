// Beginning, going on with, stopping and forgetting reruns.
#include "server/backfill_source.h"
#include "server/deliveries.h"
#include "store/definitions.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sluice::server {
namespace {

store::DeliveryId id_of(const delivery::DeliveryStream& leg) {
  return {leg.name, leg.incarnation};
}

bool is_over(const runner::RunnerStatus& status) {
  return status.state == runner::RunnerState::ended || status.state == runner::RunnerState::broken;
}

std::unexpected<Error> no_such(std::string_view name) {
  return fail(Fault::missing, fmt::format("there is no delivery stream {}", name));
}

// What an earlier life of the process has sealed or parked is delivered; there is nothing to read.
class NothingToRead final : public delivery::Source {
 public:
  Result<std::vector<Shard>> shards() override { return std::vector<Shard>(); }

  Result<delivery::SourceBatch> read(delivery::ShardKey, delivery::Ordinal, std::size_t) override {
    return fail(Fault::missing, "what it was made of is not read now");
  }

  Result<delivery::Ordinal> end_of_damage(delivery::ShardKey, delivery::Ordinal from) override {
    return from + 1;
  }

  Result<delivery::Ordinal> tip(delivery::ShardKey) override { return delivery::Ordinal{1}; }

  Result<delivery::Ordinal> first_at(delivery::ShardKey, UnixMillis) override {
    return delivery::Ordinal{1};
  }

  void hold(delivery::ShardKey, delivery::Ordinal) override {}

  std::string sequence_number(delivery::ShardKey, delivery::Ordinal, UnixMillis) override {
    return {};
  }

  void on_records(std::function<void()>) override {}
};

}  // namespace

Deliveries::Entry* Deliveries::entry_of(std::string_view name) {
  const std::lock_guard lock(mutex_);
  const auto at = entries_.find(name);
  return at == entries_.end() ? nullptr : &at->second;
}

bool Deliveries::is_under_way(const std::string& leg) const {
  const auto running = pool_.find(leg);
  return running != nullptr && !is_over(running->status());
}

// The reruns also where nothing is done for them now.
Result<std::vector<delivery::DeliveryStream>> Deliveries::all_legs_of(
    const delivery::DeliveryStream& stream) const {
  std::vector<delivery::DeliveryStream> legs = delivery::legs_of(stream);
  SLUICE_TRY(reruns, load_reruns(needs_.database, stream));
  for (const Rerun& rerun : reruns) {
    legs.push_back(rerun_leg(stream, rerun));
  }
  return legs;
}

Result<std::vector<delivery::DeliveryStream>> Deliveries::rerun_legs(std::string_view name) const {
  const auto definition = find(name);
  if (definition == nullptr) {
    return no_such(name);
  }
  SLUICE_TRY(reruns, load_reruns(needs_.database, *definition));
  std::vector<delivery::DeliveryStream> legs;
  for (const Rerun& rerun : reruns) {
    legs.push_back(rerun_leg(*definition, rerun));
  }
  return legs;
}

// In the store, so that its ledger and its spool folder are known for what they are.
Result<Rerun> Deliveries::keep_rerun(const delivery::DeliveryStream& stream, Rerun rerun) {
  SLUICE_TRY(known, load_reruns(needs_.database, stream));
  const auto found = std::ranges::find(known, rerun.id, &Rerun::id);
  if (found != known.end()) {
    rerun.incarnation = found->incarnation;
    if (rerun != *found) {
      return fail(
          Fault::conflict,
          fmt::format("{} of {} was begun with another prefix or another time: take another "
                      "id, or what it was begun with",
                      rerun.id,
                      stream.name));
    }
    return rerun;
  }
  rerun.incarnation = needs_.random.next();
  SLUICE_TRY_DO(store::Definitions(needs_.database)
                    .create(kind_rerun, rerun_key(stream, rerun.id), encode(rerun)));
  return rerun;
}

Result<std::unique_ptr<Deliveries::OngoingRerun>> Deliveries::open_rerun(
    const delivery::DeliveryStream& stream, RerunOrder order) {
  if (!order.source) {
    // What is not delivered of it must not be trimmed meanwhile.
    const auto reading = std::make_shared<source::EmbeddedSource>(
        needs_.streams,
        needs_.bell,
        source::EmbeddedSource::Reader{
            .stream = source_stream_name(stream),
            .kind = stream.source_type == delivery::SourceType::direct_put
                        ? stream::StreamKind::internal
                        : stream::StreamKind::data,
            .holder = fmt::format("delivery/{:016x}", order.rerun.incarnation)});
    const auto backfill = std::make_shared<BackfillSource>(
        reading, [reading] { reading->release(); }, order.rerun.from, order.rerun.to);
    order.source = backfill;
    order.on_left = [backfill](delivery::ShardKey shard,
                               const delivery::SourceRecord& record,
                               const serde::Rejection& why) {
      backfill->note_left(shard, record, why);
    };
  }
  auto ongoing = std::make_unique<OngoingRerun>();
  ongoing->leg = rerun_leg(stream, order.rerun);
  ongoing->source = std::move(order.source);
  ongoing->ledger = std::make_unique<store::StoredLedger>(needs_.database, id_of(ongoing->leg));
  ongoing->rerun = std::move(order.rerun);
  ongoing->on_left = std::move(order.on_left);
  return ongoing;
}

// It ends by itself, once all that is there is delivered.
Result<void> Deliveries::start_rerun(OngoingRerun& ongoing) {
  SLUICE_TRY_DO(needs_.files.create_directories(
      runner::spool_directory(needs_.data_directory, ongoing.leg.incarnation)));
  SLUICE_TRY(runner,
             make_runner(
                 {ongoing.leg, *ongoing.source, *ongoing.ledger, ongoing.router, ongoing.on_left}));
  runner->drain();
  pool_.add(std::move(runner));
  return {};
}

Result<void> Deliveries::begin_rerun(std::string_view name, RerunOrder order) {
  const std::lock_guard change(change_mutex_);
  const auto definition = find(name);
  if (definition == nullptr) {
    return no_such(name);
  }
  SLUICE_TRY(rerun, keep_rerun(*definition, std::move(order.rerun)));
  const std::string id = rerun.id;
  order.rerun = std::move(rerun);
  const std::string leg = rerun_leg(*definition, order.rerun).name;
  if (is_under_way(leg)) {
    return fail(Fault::conflict, fmt::format("{} is under way", leg));
  }
  pool_.remove(leg, runner::RunnerPool::Removal::leave);
  SLUICE_TRY(ongoing, open_rerun(*definition, std::move(order)));
  SLUICE_TRY_DO(start_rerun(*ongoing));
  const std::lock_guard lock(mutex_);
  entries_.find(name)->second.reruns.insert_or_assign(id, std::move(ongoing));
  return {};
}

Result<void> Deliveries::stop_rerun(std::string_view name, std::string_view id) {
  const std::lock_guard change(change_mutex_);
  Entry* const entry = entry_of(name);
  if (entry == nullptr) {
    return no_such(name);
  }
  const auto found = entry->reruns.find(id);
  const auto running = found == entry->reruns.end() ? nullptr : pool_.find(found->second->leg.name);
  if (running == nullptr || is_over(running->status())) {
    return {};
  }
  pool_.remove(found->second->leg.name, runner::RunnerPool::Removal::leave);
  const std::lock_guard lock(mutex_);
  found->second->stopped_at = running->status();
  return {};
}

std::optional<Deliveries::RerunStanding> Deliveries::rerun(std::string_view name,
                                                           std::string_view id) const {
  const std::lock_guard lock(mutex_);
  const auto at = entries_.find(name);
  if (at == entries_.end()) {
    return std::nullopt;
  }
  const auto found = at->second.reruns.find(id);
  if (found == at->second.reruns.end()) {
    return std::nullopt;
  }
  const OngoingRerun& ongoing = *found->second;
  if (ongoing.stopped_at) {
    return RerunStanding{ongoing.source, *ongoing.stopped_at, true};
  }
  const auto running = pool_.find(ongoing.leg.name);
  return RerunStanding{
      ongoing.source, running == nullptr ? runner::RunnerStatus() : running->status(), false};
}

Result<std::vector<store::CommittedPlan>> Deliveries::history(std::string_view name,
                                                              delivery::PlanNumber from,
                                                              std::size_t limit) const {
  const auto definition = find(name);
  if (definition == nullptr) {
    return no_such(name);
  }
  return store::StoredLedger(needs_.database, id_of(*definition)).history(from, limit);
}

Result<std::vector<delivery::ShardMark>> Deliveries::rerun_marks(std::string_view name,
                                                                 std::string_view id) const {
  const auto definition = find(name);
  if (definition == nullptr) {
    return no_such(name);
  }
  SLUICE_TRY(reruns, load_reruns(needs_.database, *definition));
  const auto found = std::ranges::find(reruns, id, &Rerun::id);
  if (found == reruns.end()) {
    return std::vector<delivery::ShardMark>();
  }
  store::StoredLedger ledger(needs_.database, id_of(rerun_leg(*definition, *found)));
  SLUICE_TRY(state, ledger.load());
  return std::move(state.marks);
}

// Under a new definition those that are under way go on.
Result<void> Deliveries::restart_reruns(Entry& entry) {
  for (auto& [id, ongoing] : entry.reruns) {
    if (ongoing->stopped_at || !is_under_way(ongoing->leg.name)) {
      continue;
    }
    pool_.remove(ongoing->leg.name, runner::RunnerPool::Removal::leave);
    {
      const std::lock_guard lock(mutex_);
      ongoing->leg = rerun_leg(*entry.definition, ongoing->rerun);
    }
    SLUICE_TRY_DO(start_rerun(*ongoing));
  }
  return {};
}

// What was sealed or parked when the process ended is delivered; the rest is for who asks for it
// again.
void Deliveries::finish_reruns(Entry& entry) {
  const auto reruns = load_reruns(needs_.database, *entry.definition);
  for (const Rerun& rerun : reruns ? *reruns : std::vector<Rerun>()) {
    const delivery::DeliveryStream leg = rerun_leg(*entry.definition, rerun);
    const auto state = store::StoredLedger(needs_.database, id_of(leg)).load();
    if (!state || (state->planned.empty() && state->parked.empty())) {
      continue;
    }
    auto ongoing =
        open_rerun(*entry.definition,
                   {.rerun = rerun, .source = std::make_shared<NothingToRead>(), .on_left = {}});
    auto started = ongoing ? start_rerun(**ongoing)
                           : Result<void>(std::unexpected(std::move(ongoing).error()));
    if (!started) {
      needs_.report(fmt::format("{}: {}", leg.name, started.error().message()));
      continue;
    }
    const std::lock_guard lock(mutex_);
    entry.reruns.insert_or_assign(rerun.id, *std::move(ongoing));
  }
}

Result<void> Deliveries::drop_reruns(const delivery::DeliveryStream& stream) {
  return needs_.database.write([&](store::Transaction& transaction) {
    return store::Definitions::remove_range(
        transaction, kind_rerun, store::keys_with_prefix(rerun_key(stream, "")));
  });
}

// What a crash left of delivery streams that were removed.
void Deliveries::sweep_reruns(const std::vector<delivery::DeliveryStream>& known) {
  store::Definitions stored(needs_.database);
  const auto rows = stored.load_all(kind_rerun);
  if (!rows) {
    needs_.report(rows.error().message());
    return;
  }
  for (const store::Definition& row : *rows) {
    const bool is_known = std::ranges::any_of(known, [&](const delivery::DeliveryStream& stream) {
      return row.key.starts_with(rerun_key(stream, ""));
    });
    if (auto removed = is_known ? Result<void>() : stored.remove(kind_rerun, row.key); !removed) {
      needs_.report(removed.error().message());
    }
  }
}

}  // namespace sluice::server
