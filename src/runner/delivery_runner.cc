// The core's effects, performed.
#include "runner/delivery_runner.h"

#include "base/check.h"
#include "base/count_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sluice::runner {

using delivery::instant_of;
using delivery::ObjectKind;
using delivery::ObjectPlan;
using delivery::Ordinal;
using delivery::ParkedObject;
using delivery::ShardKey;
using delivery::ShardMark;

namespace {

constexpr std::size_t read_bytes_min = std::size_t{64} << 10;

// With partitions, so much more is read at a time, for each that is open and at most, that there
// are several records for each; and so many records are sorted by partition together.
constexpr std::size_t read_bytes_per_partition = std::size_t{2} << 10;
constexpr std::size_t partitioned_factor_max = 16;
constexpr std::size_t partitioned_records_max = 262'144;

constexpr std::chrono::milliseconds backlog_interval{1'000};

// While records come, memory is looked at every so often, and no more often than objects are open
// for: each look takes some hundred nanoseconds an object.
constexpr std::chrono::milliseconds memory_interval{20};
constexpr std::chrono::microseconds memory_interval_per_object{20};

// Open objects close early only where they hold this part of what may be held: little ones would
// help nothing.
constexpr std::uint64_t relief_part = 4;
constexpr std::size_t partitions_kept_min = 1'000;  // a router may know as many that are not in use

std::string shard_text(const ShardKey& shard) {
  return fmt::format("shard {} of stream {:016x}", shard.shard, shard.stream.value);
}

// One past the highest ordinal that is named, or `low`.
Ordinal end_of(const delivery::OrdinalSet& ordinals,
               const delivery::PartialRecords& partial,
               Ordinal low) {
  const Ordinal whole = ordinals.empty() ? low : std::max(low, ordinals.runs().back().last + 1);
  return partial.empty() ? whole : std::max(whole, partial.all().back().ordinal + 1);
}

std::map<ShardKey, Ordinal> tips_needed_by(const delivery::LedgerState& state) {
  std::map<ShardKey, Ordinal> tips;
  for (const ShardMark& mark : state.marks) {
    tips[mark.shard] = end_of(mark.settled, mark.partial, mark.low);
  }
  for (const ObjectPlan& plan : state.planned) {
    for (const delivery::ShardPositions& positions : plan.positions) {
      Ordinal& tip = tips[positions.shard];
      tip = end_of(positions.ordinals, positions.partial, tip);
    }
  }
  return tips;
}

delivery::CoreOptions core_options(const delivery::DeliveryStream& definition,
                                   const RunnerOptions& options) {
  delivery::CoreOptions core;
  core.size_hint_bytes = options.size_hint_bytes.value_or(
      static_cast<std::uint64_t>(definition.s3.effective_size_mib()) << 20);
  core.sizes_objects = options.sizes_objects;
  core.interval = options.interval.value_or(definition.s3.effective_interval());
  core.waiting_objects_max = options.waiting_objects_max;
  core.waiting_bytes_max = options.waiting_bytes_max;
  core.read_pace = options.read_pace;
  core.replay_bytes_max = options.replay_window.bytes_max;
  core.replay_age_max = options.replay_window.age_max;
  core.partitions_max = options.partitions_max;
  core.overflow = options.overflow;
  core.by_session = options.by_session;
  return core;
}

serde::Rejection over_limit() {
  return {"DynamicPartitioning.ActivePartitionLimitExceeded",
          "The record was not delivered because the delivery stream has as many active partitions "
          "as it may have.",
          ""};
}

std::uint64_t bytes_of_positions(const ObjectPlan& plan) {
  std::uint64_t bytes = 0;
  for (const delivery::ShardPositions& positions : plan.positions) {
    bytes += positions.bytes_held();
  }
  return bytes;
}

// In the place of the world's router, if helpers may route.
std::unique_ptr<SharedRouter> share_router(RunnerWorld& world) {
  if (world.helpers == nullptr || world.router == nullptr || !SharedRouter::is_fit(*world.router)) {
    return nullptr;
  }
  auto shared = std::make_unique<SharedRouter>(*world.router);
  world.router = shared.get();
  return shared;
}

bool is_heavy(const delivery::Effect& effect) {
  return std::holds_alternative<delivery::Seal>(effect) ||
         std::holds_alternative<delivery::Put>(effect);
}

}  // namespace

std::string_view runner_state_name(RunnerState state) {
  switch (state) {
    case RunnerState::starting:
      return "starting";
    case RunnerState::running:
      return "running";
    case RunnerState::draining:
      return "draining";
    case RunnerState::ended:
      return "ended";
    case RunnerState::broken:
      return "broken";
  }
  SLUICE_CHECK(false);
}

std::string spool_directory(std::string_view data_directory, std::uint64_t incarnation) {
  return join_path(join_path(data_directory, "spool"), fmt::format("{:016x}", incarnation));
}

Result<std::unique_ptr<DeliveryRunner>> DeliveryRunner::create(delivery::DeliveryStream definition,
                                                               RunnerWorld world,
                                                               RunnerOptions options) {
  SLUICE_TRY(keys, delivery::ObjectKeys::create(definition));
  return std::unique_ptr<DeliveryRunner>(
      new DeliveryRunner(std::move(definition), std::move(keys), std::move(world), options));
}

DeliveryRunner::DeliveryRunner(delivery::DeliveryStream definition,
                               delivery::ObjectKeys keys,
                               RunnerWorld world,
                               RunnerOptions options)
    : definition_(std::move(definition)),
      keys_(std::move(keys)),
      world_(std::move(world)),
      options_(options),
      shared_router_(share_router(world_)),
      read_ahead_(world_.source, world_.helpers, shared_router_.get(), world_.clock),
      memory_(world_.memory) {
  SLUICE_CHECK(!world_.spool_directory.empty());
  SLUICE_CHECK(options_.effects_per_step > 0);
  if (!world_.writers) {
    world_.writers = delivery::make_object_writer;
  }
  if (!world_.resume) {
    world_.resume = delivery::resume_object_writer;
  }
  world_.source.on_records([this] {
    records_came_ = true;
    wake();
  });
}

DeliveryRunner::~DeliveryRunner() {
  if (current_.state != RunnerState::ended) {
    world_.source.on_records({});
  }
}

// --- from outside ---

void DeliveryRunner::on_wake(std::function<void()> wake) {
  const std::lock_guard lock(mutex_);
  wake_ = std::move(wake);
}

void DeliveryRunner::wake() {
  const std::lock_guard lock(mutex_);
  if (wake_) {
    wake_();
  }
}

void DeliveryRunner::wish(Wish wish) {
  Wish known = wish_.load();
  while (known < wish && !wish_.compare_exchange_weak(known, wish)) {
  }
  wake();
}

void DeliveryRunner::drain() {
  wish(options_.by_session ? Wish::stop : Wish::drain);
}

void DeliveryRunner::stop() {
  wish(Wish::stop);
  cut_short();
}

void DeliveryRunner::discard() {
  wish(Wish::discard);
  cut_short();
}

// The router of a runner that has ended may be gone.
void DeliveryRunner::cut_short() {
  const std::lock_guard lock(mutex_);
  if (world_.router != nullptr && published_.state != RunnerState::ended) {
    world_.router->interrupt();
  }
}

void DeliveryRunner::count_on_from(const RunnerStatus& earlier) {
  SLUICE_CHECK(current_.state == RunnerState::starting);
  current_.records_read = earlier.records_read;
  current_.bytes_read = earlier.bytes_read;
  current_.objects_delivered = earlier.objects_delivered;
  current_.records_delivered = earlier.records_delivered;
  current_.bytes_delivered = earlier.bytes_delivered;
  current_.records_rejected = earlier.records_rejected;
  current_.records_dropped = earlier.records_dropped;
  current_.records_lost = earlier.records_lost;
  current_.content = earlier.content;
  current_.records_over_limit = earlier.records_over_limit;
  current_.batches_routed = earlier.batches_routed;
  current_.routing_time = earlier.routing_time;
  current_.put_failures = earlier.put_failures;
  current_.spool_files_damaged = earlier.spool_files_damaged;
  current_.spool_files_rebuilt = earlier.spool_files_rebuilt;
  current_.last_delivered_at = earlier.last_delivered_at;
  publish();
}

void DeliveryRunner::schema_changed() {
  schema_changed_ = true;
  wake();
}

RunnerStatus DeliveryRunner::status() const {
  const std::lock_guard lock(mutex_);
  return published_;
}

// --- a step ---

NextStep DeliveryRunner::step() {
  const NextStep next = mind_memory(advance());
  publish();
  return next;
}

NextStep DeliveryRunner::advance() {
  if (current_.state == RunnerState::ended) {
    return {NextStep::When::never, {}};
  }
  const auto now = world_.clock.steady();
  const Wish wish = wish_.load();
  const bool is_leaving = wish == Wish::stop || wish == Wish::discard;
  if (current_.state == RunnerState::broken || !core_) {
    if (is_leaving) {
      return finish();
    }
    if (current_.state == RunnerState::broken) {
      return {NextStep::When::woken, {}};
    }
    if (!starting_.is_due(now)) {
      return {NextStep::When::at, starting_.due()};
    }
    if (auto started = start(); !started) {
      failed(Doing::starting, started.error());
      starting_.failed(now, world_.random);
      return {NextStep::When::at, starting_.due()};
    }
    succeeded(Doing::starting);
  }
  take_news();
  for (std::size_t i = 0; i < options_.effects_per_step; ++i) {
    if (current_.state == RunnerState::broken) {
      return {NextStep::When::woken, {}};
    }
    if (core_->is_done()) {
      return finish();
    }
    rewind_router();
    const delivery::Effect effect = core_->next(instant_of(world_.clock));
    if (const auto* wait = std::get_if<delivery::Wait>(&effect)) {
      return wait_for(*wait);
    }
    std::visit([this](const auto& known) { perform(known); }, effect);
    if (is_heavy(effect)) {
      break;  // other delivery streams have their turn
    }
  }
  return {NextStep::When::now, {}};
}

NextStep DeliveryRunner::wait_for(const delivery::Wait& wait) {
  count_backlog();
  if (core_->is_done()) {
    return finish();
  }
  const auto until = std::min(refresh_at_, wait.until.value_or(refresh_at_));
  return {NextStep::When::at, until};
}

Result<void> DeliveryRunner::start() {
  SLUICE_TRY_DO(world_.files.create_directories(world_.spool_directory));
  SLUICE_TRY(state, world_.ledger.load());
  SLUICE_TRY_DO(sweep_spool(state));
  needed_tips_ = tips_needed_by(state);
  plans_.clear();
  for (const ObjectPlan& plan : state.planned) {
    plans_.emplace(plan.number, plan);
    unchecked_.insert(plan.number);
  }
  delivery::CoreOptions options = core_options(definition_, options_);
  options.is_routed = world_.router != nullptr;
  options.is_partitioned = options.is_routed && world_.router->has_partitions();
  options.append_records_max =
      options.is_partitioned ? partitioned_records_max : options.append_records_max;
  options.routes_in_order = world_.router != nullptr && world_.router->remembers_records();
  options.leaves_refused = world_.on_left != nullptr;
  core_.emplace(options, state, world_.random);
  if (auto taken_up = take_up_parked(state.parked); !taken_up) {
    core_.reset();
    return taken_up;
  }
  for (const ShardMark& mark : state.marks) {
    world_.source.hold(mark.shard, mark.low);
  }
  current_.state = RunnerState::running;
  return {};
}

// What neither a plan nor a parked object names was being built when an earlier life ended; its
// records are read again.
Result<void> DeliveryRunner::sweep_spool(const delivery::LedgerState& state) {
  SLUICE_TRY(entries, world_.files.list(world_.spool_directory));
  for (const DirectoryEntry& entry : entries) {
    const auto is_of = [&entry](const ObjectPlan& plan) { return plan.spool_name == entry.name; };
    const bool is_needed = std::ranges::any_of(state.planned, is_of) ||
                           std::ranges::any_of(state.parked, is_of, &ParkedObject::draft);
    if (!is_needed && !entry.is_directory) {
      SLUICE_TRY_DO(world_.files.remove(spool_path(entry.name)));
    }
  }
  return {};
}

// Whether records can still be added to it.
Result<bool> DeliveryRunner::goes_on(const ParkedObject& object) {
  if (object.draft.configuration_version != definition_.version) {
    return false;
  }
  auto schema = schema_of(object.draft.kind);
  if (!schema && schema.error().fault() == Fault::missing) {
    return false;
  }
  SLUICE_TRY(known, std::move(schema));
  return !known || known->version == object.draft.schema_version;
}

Result<void> DeliveryRunner::take_up_parked(const std::vector<ParkedObject>& parked) {
  building_.clear();
  for (auto first = parked.begin(); first != parked.end();) {
    const auto last = std::find_if(
        first, parked.end(), [&](const ParkedObject& o) { return o.buffer != first->buffer; });
    bool do_all_go_on = true;
    for (auto object = first; object != last; ++object) {
      SLUICE_TRY(does_go_on, goes_on(*object));
      do_all_go_on &= does_go_on;
      Building& building = building_[{delivery::BufferId{object->buffer}, object->draft.kind}];
      building.spool_name = object->draft.spool_name;
      building.partition = object->partition;
      building.schema_version = object->draft.schema_version;
      building.parked = *object;
    }
    std::optional<delivery::PartitionId> partition;
    if (world_.router != nullptr && !first->partition.empty()) {
      partition = world_.router->partition_of(first->partition);
    }
    // Told apart by another rule then, they are complete as they are.
    do_all_go_on &= first->partition.empty() || partition.has_value();
    building_.at({delivery::BufferId{first->buffer}, first->draft.kind}).partition_id = partition;
    core_->take_up({first, last}, partition, do_all_go_on, instant_of(world_.clock));
    first = last;
  }
  return {};
}

// Takes in what happened outside since the last step.
void DeliveryRunner::take_news() {
  if (schema_changed_.exchange(false)) {
    core_->close_open_buffers();
  }
  if (records_came_.exchange(false)) {
    core_->records_came();
  }
  const auto now = world_.clock.steady();
  if (now >= refresh_at_) {
    if (auto listed = list_shards(); listed) {
      succeeded(Doing::listing);
    } else {
      failed(Doing::listing, listed.error());
    }
    refresh_at_ = now + options_.refresh_interval;
    remove_leftovers();
  }
  const Wish wish = wish_.load();
  if (wish <= wish_taken_ || current_.state == RunnerState::broken) {
    return;
  }
  if (wish == Wish::drain) {
    if (auto begun = begin_drain(); !begun) {
      failed(Doing::listing, begun.error());
      refresh_at_ = now + delivery::Backoff::first_delay;
      return;
    }
  } else {
    core_->stop(delivery::StopMode::leave);
  }
  wish_taken_ = wish;
}

Result<void> DeliveryRunner::begin_drain() {
  std::map<ShardKey, Ordinal> tips;
  SLUICE_TRY(shards, present_shards());
  for (const delivery::Source::Shard& shard : shards) {
    SLUICE_TRY_DO(take_up(shard));
    SLUICE_TRY(tip, world_.source.tip(shard.key));
    tips[shard.key] = tip;
  }
  if (current_.state != RunnerState::broken) {
    core_->stop(delivery::StopMode::drain, tips);
    current_.state = RunnerState::draining;
  }
  return {};
}

NextStep DeliveryRunner::finish() {
  read_ahead_.forget();
  building_.clear();
  remove_leftovers();
  world_.source.on_records({});
  if (wish_.load() == Wish::discard) {
    if (auto entries = world_.files.list(world_.spool_directory); entries) {
      for (const DirectoryEntry& entry : *entries) {
        remove_spool(entry.name);
      }
      static_cast<void>(world_.files.remove_directory(world_.spool_directory));
    }
  }
  current_.state = RunnerState::ended;
  return {NextStep::When::never, {}};
}

// --- shards ---

// The source's shards, none if its stream is gone; those that are there no more are retired.
Result<std::vector<delivery::Source::Shard>> DeliveryRunner::present_shards() {
  auto shards = world_.source.shards();
  if (!shards && shards.error().fault() == Fault::missing) {
    failed(Doing::finding, shards.error());
    shards = std::vector<delivery::Source::Shard>();
  } else if (!shards) {
    return shards;
  } else {
    succeeded(Doing::finding);
  }
  std::erase_if(listed_, [&](const ShardKey& known) {
    const bool is_present =
        std::any_of(shards->begin(), shards->end(), [&known](const delivery::Source::Shard& shard) {
          return shard.key == known;
        });
    if (!is_present) {
      core_->retire_shard(known);
    }
    return !is_present;
  });
  return shards;
}

Result<void> DeliveryRunner::list_shards() {
  SLUICE_TRY(shards, present_shards());
  for (const delivery::Source::Shard& shard : shards) {
    SLUICE_TRY_DO(take_up(shard));
  }
  return {};
}

Result<void> DeliveryRunner::take_up(const delivery::Source::Shard& shard) {
  if (!core_->has_mark(shard.key)) {
    SLUICE_TRY(mark, first_mark(shard));
    core_->add_mark(mark);
    world_.source.hold(mark.shard, mark.low);
  }
  if (const auto needed = needed_tips_.find(shard.key); needed != needed_tips_.end()) {
    SLUICE_TRY(tip, world_.source.tip(shard.key));
    if (tip < needed->second) {
      const Error error(
          Fault::corrupt,
          fmt::format(
              "{} ends before record {}, but the ledger says that record {} was taken from "
              "it: the log is not the one this ledger belongs to (restored from a backup?); "
              "bring back the newer log, or delete the delivery stream and create it again",
              shard_text(shard.key),
              tip.value,
              needed->second.value - 1));
      failed(Doing::starting, error);
      current_.state = RunnerState::broken;
      return {};
    }
    needed_tips_.erase(needed);
  }
  listed_.insert(shard.key);
  count_lost(shard.key, core_->list_shard(shard), "no longer in the stream");
  return {};
}

// Where reading begins in a shard that has no mark; durable when it returns.
Result<ShardMark> DeliveryRunner::first_mark(const delivery::Source::Shard& shard) {
  ShardMark mark{shard.key, shard.first, {}};
  if (definition_.source_type == delivery::SourceType::kinesis_stream) {
    SLUICE_TRY(first, world_.source.first_at(shard.key, definition_.delivery_start));
    mark.low = first;
  }
  auto added = world_.ledger.add_mark(mark);
  if (added) {
    return mark;
  }
  if (added.error().fault() != Fault::conflict) {
    return std::unexpected(std::move(added).error());
  }
  // An earlier try took effect and its answer was lost.
  SLUICE_TRY(state, world_.ledger.load());
  const auto known =
      std::find_if(state.marks.begin(), state.marks.end(), [&shard](const ShardMark& candidate) {
        return candidate.shard == shard.key;
      });
  if (known == state.marks.end()) {
    return std::unexpected(std::move(added).error());
  }
  return *known;
}

// --- effects: reading ---

// How much to read at a time.
std::size_t DeliveryRunner::read_bytes() const {
  const auto gathering = core_->gathering();
  const std::size_t open = gathering ? gathering->buffers : 0;
  const std::size_t wanted = std::clamp(open * read_bytes_per_partition,
                                        options_.read_bytes_max,
                                        options_.read_bytes_max * partitioned_factor_max);
  const std::size_t share = options_.pending_bytes_max / std::max<std::size_t>(listed_.size(), 1);
  return std::clamp(share, std::min(read_bytes_min, wanted), wanted);
}

void DeliveryRunner::perform(const delivery::Read& read) {
  auto batch = read_ahead_.read(read.shard, read.from, read_bytes());
  const auto now = instant_of(world_.clock);
  if (!batch) {
    if (batch.error().fault() == Fault::corrupt) {
      skip_damage(read, batch.error());
      return;
    }
    if (batch.error().fault() == Fault::missing) {
      refresh_at_ = world_.clock.steady();  // the list of shards tells what became of it
    } else {
      failed(Doing::reading, batch.error());
    }
    core_->read_failed(now);
    return;
  }
  if (batch->records.empty()) {
    succeeded(Doing::reading);
    core_->at_tip(now);
    return;
  }
  const ReadUpTo read_up_to{batch->records.back().ordinal + 1, batch->records.back().arrival};
  const auto missing = core_->block(std::move(*batch), now);
  if (!missing) {
    failed(Doing::reading, missing.error());
    return;
  }
  succeeded(Doing::reading);
  read_up_to_.insert_or_assign(read.shard, read_up_to);
  count_lost(read.shard, *missing, "missing from the stream");
}

void DeliveryRunner::skip_damage(const delivery::Read& read, const Error& damage) {
  const auto end = world_.source.end_of_damage(read.shard, read.from);
  if (!end || *end <= read.from) {
    failed(Doing::reading, end ? damage : end.error());
    core_->read_failed(instant_of(world_.clock));
    return;
  }
  count_lost(read.shard, core_->lost(*end), damage.message());
}

void DeliveryRunner::count_lost(const ShardKey& shard,
                                std::uint64_t records,
                                std::string_view why) {
  if (records == 0) {
    return;
  }
  current_.records_lost += records;
  if (world_.report) {
    world_.report(fmt::format("delivery stream {}: {} of {} {} lost: {}",
                              definition_.name,
                              counted(records, "record", "records"),
                              shard_text(shard),
                              records == 1 ? "is" : "are",
                              why));
  }
}

void DeliveryRunner::perform(const delivery::AdvanceLow& advance) {
  world_.source.hold(advance.shard, advance.low);
}

// --- effects: building ---

void DeliveryRunner::perform(const delivery::Route& route) {
  delivery::Router& router = *world_.router;
  if (router.partitions() >= std::max(2 * options_.partitions_max, partitions_kept_min)) {
    std::set<delivery::PartitionId> in_use = core_->partitions_in_use();
    read_ahead_.add_partitions(in_use);
    router.keep_only(in_use);
  }
  Result<delivery::Routed> routed;
  if (auto ahead = read_ahead_.take_routed(route)) {
    routed = std::move(ahead->routed);
    current_.routing_time += ahead->took;
  } else {
    const auto begun = world_.clock.steady();
    routed = router.route(route);
    current_.routing_time += world_.clock.steady() - begun;
  }
  ++current_.batches_routed;
  if (!routed) {
    failed(Doing::routing, routed.error());
    core_->route_failed(instant_of(world_.clock));
    return;
  }
  succeeded(Doing::routing);
  std::erase_if(refusals_, [&route](const auto& refusal) {
    return std::get<ShardKey>(refusal.first) == route.shard;
  });
  for (delivery::RouteRefusal& refusal : routed->refusals) {
    const delivery::SourceRecord& record = routed->records(route)[refusal.index];
    refusals_.insert_or_assign({route.shard, record.ordinal, record.part}, std::move(refusal));
  }
  core_->routed(std::move(routed->batch), std::move(routed->routes), routed->ends);
}

// What the core gave up is routed again, by what was known when the rest was parked: now, since
// some of that may be sealed before the next record is routed.
void DeliveryRunner::rewind_router() {
  if (world_.router == nullptr || rewinds_ == core_->rewinds()) {
    return;
  }
  rewinds_ = core_->rewinds();
  std::map<delivery::PartitionId, delivery::PartitionValues> parked;
  for (const auto& [object, building] : building_) {
    if (building.parked && building.partition_id) {
      parked.insert_or_assign(*building.partition_id, building.parked->partition);
    }
  }
  world_.router->rewind(parked);
}

void DeliveryRunner::perform(const delivery::Append& append_effect) {
  std::vector<std::uint32_t> rejected;
  Result<void> done;
  if (append_effect.kind == ObjectKind::data) {
    done = append(append_effect, rejected);
  } else if (append_effect.kind == ObjectKind::dropped) {
    building_for({append_effect.buffer, ObjectKind::dropped});
  } else {
    done = append_refused(append_effect);
  }
  if (!done) {
    failed(Doing::building, done.error());
    core_->append_failed(instant_of(world_.clock), done.error().fault());
    return;
  }
  current_.records_read += append_effect.records.size();
  current_.records_over_limit += append_effect.is_over_limit ? append_effect.records.size() : 0;
  for (const delivery::SourceRecord& record : append_effect.records) {
    current_.bytes_read += record.data.size();
  }
  core_->appended(rejected);
}

Result<void> DeliveryRunner::append(const delivery::Append& append,
                                    std::vector<std::uint32_t>& rejected) {
  SLUICE_TRY(data, writer_for({append.buffer, ObjectKind::data}));
  if (world_.router != nullptr && world_.router->has_partitions()) {
    data->partition_id = append.partition;
  }
  rejections_.clear();
  SLUICE_TRY_DO(data->writer->append(append.shard, append.records, rejections_));
  if (rejections_.empty()) {
    return {};
  }
  refused_.clear();
  for (const delivery::Rejected& rejection : rejections_) {
    refused_.push_back(append.records[rejection.index]);
    rejected.push_back(rejection.index);
  }
  if (world_.on_left) {
    leave(append.shard, refused_);
    return {};
  }
  SLUICE_TRY(errors, writer_for({append.refused, ObjectKind::format_conversion_failed}));
  return errors->writer->append_refused(append.shard, refused_, rejections_);
}

// What is parked, and nothing has come to since, has its spool file only.
Result<std::uint64_t> DeliveryRunner::weigh(delivery::BufferId buffer) {
  std::uint64_t largest = 0;
  for (std::size_t kind = 0; kind < delivery::object_kinds; ++kind) {
    const auto found = building_.find({buffer, static_cast<ObjectKind>(kind)});
    if (found == building_.end()) {
      continue;
    }
    Building& building = found->second;
    std::uint64_t bytes = building.parked ? building.parked->spool_bytes : 0;
    if (building.writer) {
      SLUICE_TRY(weighed, building.writer->weigh());
      bytes = weighed;
    }
    largest = std::max(largest, bytes);
  }
  return largest;
}

void DeliveryRunner::perform(const delivery::Weigh& weigh_effect) {
  const auto bytes = weigh(weigh_effect.buffer);
  if (!bytes) {
    failed(Doing::building, bytes.error());
    core_->weigh_failed(instant_of(world_.clock), bytes.error().fault());
    return;
  }
  core_->weighed(*bytes);
}

// Records that were refused before they came to a writer.
Result<void> DeliveryRunner::append_refused(const delivery::Append& append) {
  rejections_.clear();
  for (std::uint32_t i = 0; i < append.records.size(); ++i) {
    const delivery::SourceRecord& record = append.records[i];
    const auto why = refusals_.find({append.shard, record.ordinal, record.part});
    SLUICE_CHECK(append.is_over_limit || why != refusals_.end());
    if (append.is_over_limit) {
      rejections_.push_back({i, over_limit()});
    } else {
      rejections_.push_back({i, why->second.why, why->second.attempts});
    }
  }
  if (world_.on_left) {
    leave(append.shard, append.records);
    return {};
  }
  SLUICE_TRY(errors, writer_for({append.buffer, append.kind}));
  return errors->writer->append_refused(append.shard, append.records, rejections_);
}

// Refused ones, for the reasons of rejections_.
void DeliveryRunner::leave(ShardKey shard, std::span<const delivery::SourceRecord> records) {
  SLUICE_CHECK(records.size() == rejections_.size());
  for (std::size_t i = 0; i < records.size(); ++i) {
    world_.on_left(shard, records[i], rejections_[i].why);
  }
}

// The name is noted before the file exists, so that abandoning the object finds the file.  What is
// dropped has a name and no file.
DeliveryRunner::Building& DeliveryRunner::building_for(delivery::ObjectId object) {
  Building& building = building_[object];
  if (building.spool_name.empty()) {
    building.spool_name = uuid_v4(world_.random);
  }
  return building;
}

Result<DeliveryRunner::Building*> DeliveryRunner::writer_for(delivery::ObjectId object) {
  Building& building = building_for(object);
  if (building.writer) {
    return &building;
  }
  SLUICE_TRY(writer, open_writer(object, building));
  building.writer = std::move(writer);
  return &building;
}

// The table that objects of the kind are converted by, as it is now or was at that version; none if
// they are not.
Result<std::optional<delivery::TableSchema>> DeliveryRunner::schema_of(ObjectKind kind,
                                                                       const std::string& version) {
  if (!definition_.s3.converts() || kind != ObjectKind::data) {
    return std::nullopt;
  }
  const auto reference = definition_.s3.conversion->schema.value_or(delivery::SchemaReference{});
  SLUICE_TRY(
      found,
      world_.schemas.find(
          reference.database, reference.table, version.empty() ? reference.version_id : version));
  return std::optional(std::move(found));
}

Result<std::unique_ptr<delivery::ObjectWriter>> DeliveryRunner::open_writer(
    delivery::ObjectId object, Building& building) {
  auto schema = schema_of(object.kind);
  // What is parked can be completed without its table.
  if (!schema && !building.parked) {
    return std::unexpected(std::move(schema).error());
  }
  const delivery::TableSchema* const table = schema && *schema ? &**schema : nullptr;
  const delivery::WriterRequest request{object.kind,
                                        definition_,
                                        table,
                                        world_.files,
                                        spool_path(building.spool_name),
                                        world_.clock,
                                        world_.source,
                                        &reader_,
                                        world_.helpers};
  if (building.parked) {
    auto resumed =
        world_.resume(request, {building.parked->spool_bytes, building.parked->writer_state});
    if (!resumed) {
      const ObjectPlan& draft = building.parked->draft;
      return fail(resumed.error().fault(),
                  fmt::format("{} parked record(s) of {} cannot be reached: {}; bring back the "
                              "spool file {} as it was",
                              draft.records,
                              draft.key,
                              resumed.error().message(),
                              draft.spool_name));
    }
    return resumed;
  }
  building.schema_version = table != nullptr ? table->version : "";
  return world_.writers(request);
}

// --- effects: parking ---

void DeliveryRunner::perform(const delivery::Park& park) {
  auto objects = park_files(park);
  if (!objects) {
    failed(Doing::building, objects.error());
    core_->park_failed(instant_of(world_.clock), objects.error().fault());
    return;
  }
  if (auto recorded = world_.ledger.park(*objects, park.marks); !recorded) {
    // The change may have been made and only its answer lost.
    const auto are_recorded = are_in_ledger(*objects);
    if (!are_recorded || !*are_recorded) {
      failed(Doing::recording, recorded.error());
      core_->ledger_failed(instant_of(world_.clock));
      return;
    }
  }
  succeeded(Doing::recording);
  core_->parked();
}

// Syncs what the writers of the buffers hold.
Result<std::vector<ParkedObject>> DeliveryRunner::park_files(const delivery::Park& park) {
  std::vector<ParkedObject> objects;
  for (const delivery::Buffer* const buffer : park.buffers) {
    for (std::size_t kind = 0; kind < delivery::object_kinds; ++kind) {
      const delivery::ObjectId object{buffer->id, static_cast<ObjectKind>(kind)};
      if (buffer->parts[kind].records == 0) {
        continue;
      }
      // Once the ledger was asked, what was asked of it must not change.
      if (park.is_again) {
        objects.push_back(*building_.at(object).parked);
        continue;
      }
      SLUICE_TRY(parked, park_file(*buffer, object.kind));
      objects.push_back(std::move(parked));
    }
  }
  for (const ParkedObject& object : objects) {
    building_.at({delivery::BufferId{object.buffer}, object.draft.kind}).parked = object;
  }
  return objects;
}

Result<ParkedObject> DeliveryRunner::park_file(const delivery::Buffer& buffer, ObjectKind kind) {
  Building& building = building_.at({buffer.id, kind});
  if (!building.writer && kind != ObjectKind::dropped) {
    return *building.parked;  // nothing came since it was parked
  }
  SLUICE_TRY(draft, draft_of(kind, buffer.parts[static_cast<std::size_t>(kind)], building));
  if (kind == ObjectKind::dropped) {
    return ParkedObject{buffer.id.value, {}, std::move(draft), 0, {}};
  }
  SLUICE_TRY(writer, building.writer->park());
  return ParkedObject{buffer.id.value,
                      building.partition,
                      std::move(draft),
                      writer.spool_bytes,
                      std::move(writer.state)};
}

Result<bool> DeliveryRunner::are_in_ledger(const std::vector<ParkedObject>& parked) {
  SLUICE_TRY(state, world_.ledger.load());
  return std::ranges::all_of(parked, [&state](const ParkedObject& object) {
    return std::ranges::find(state.parked, object) != state.parked.end();
  });
}

// What came after it was parked is read again; its file is cut when the next writer goes on.
void DeliveryRunner::perform(const delivery::Unwind& unwind) {
  Building& building = building_.at(unwind.object);
  building.writer.reset();
  building.plan.reset();
}

void DeliveryRunner::perform(const delivery::Seal& seal) {
  if (auto done = seal_all(seal); !done) {
    failed(Doing::building, done.error());
    core_->seal_failed(instant_of(world_.clock), done.error().fault());
    return;
  }
  succeeded(Doing::building);
  for (const delivery::Seal::One& one : seal.objects) {
    building_.at(one.object).writer.reset();
  }
  core_->sealed();
}

// All files are written before the first is waited for.
Result<void> DeliveryRunner::seal_all(const delivery::Seal& seal) {
  for (const delivery::Seal::One& one : seal.objects) {
    SLUICE_TRY(plan, finish_object(one));
    building_.at(one.object).plan = std::move(plan);
  }
  bool has_files = false;
  for (const delivery::Seal::One& one : seal.objects) {
    if (one.object.kind != ObjectKind::dropped) {
      SLUICE_TRY_DO(building_.at(one.object).writer->sync());
      has_files = true;
    }
  }
  return has_files ? world_.files.sync_directory(world_.spool_directory) : Result<void>();
}

// The object as far as it is decided before it is sealed.  The name of a parked one is.
Result<ObjectPlan> DeliveryRunner::draft_of(ObjectKind kind,
                                            const delivery::ObjectFacts& facts,
                                            Building& building) {
  ObjectPlan draft;
  if (building.partition_id) {
    building.partition = world_.router->values(*building.partition_id);
  }
  if (building.parked) {
    draft = building.parked->draft;
    if (building.partition != building.parked->partition) {
      SLUICE_TRY(key,
                 keys_.make_key(kind, building.partition, facts.oldest_arrival, world_.random));
      draft.key = std::move(key);  // the session began earlier than was known then
    }
  } else if (kind == ObjectKind::dropped) {
    draft.kind = kind;
    draft.spool_name = building.spool_name;
    draft.configuration_version = definition_.version;
  } else {
    SLUICE_TRY(key, keys_.make_key(kind, building.partition, facts.oldest_arrival, world_.random));
    const delivery::ContentHeaders headers = keys_.headers(kind);
    draft.kind = kind;
    draft.bucket = definition_.s3.bucket();
    draft.key = std::move(key);
    draft.content_type = headers.type;
    draft.content_encoding = headers.encoding;
    draft.spool_name = building.spool_name;
    draft.configuration_version = definition_.version;
    draft.schema_version = building.schema_version;
  }
  draft.positions = facts.positions;
  draft.records = facts.records;
  draft.source_bytes = facts.source_bytes;
  draft.oldest_arrival = facts.oldest_arrival;
  return draft;
}

Result<ObjectPlan> DeliveryRunner::finish_object(const delivery::Seal::One& one) {
  if (one.object.kind == ObjectKind::dropped) {
    SLUICE_TRY(plan, draft_of(one.object.kind, *one.facts, building_for(one.object)));
    plan.number = one.number;
    return plan;
  }
  SLUICE_TRY(building, writer_for(one.object));
  SLUICE_TRY(plan, draft_of(one.object.kind, *one.facts, *building));
  SLUICE_TRY(sealed,
             building->writer->finish(
                 {one.number,
                  fmt::format("{}/{:016x}", definition_.name, definition_.incarnation),
                  one.facts->positions}));
  plan.number = one.number;
  plan.metadata = std::move(sealed.metadata);
  plan.bytes = sealed.bytes;
  plan.sha256 = sealed.sha256;
  plan.md5 = sealed.md5;
  plan.rows = sealed.rows;
  return plan;
}

void DeliveryRunner::perform(const delivery::Abandon& abandon) {
  const auto building = building_.find(abandon.object);
  if (building == building_.end()) {
    return;
  }
  building->second.writer.reset();
  remove_spool(building->second.spool_name);
  building_.erase(building);
}

// --- effects: settling ---

Result<bool> DeliveryRunner::is_in_ledger(delivery::PlanNumber number) {
  SLUICE_TRY(state, world_.ledger.load());
  return std::any_of(state.planned.begin(), state.planned.end(), [number](const ObjectPlan& plan) {
    return plan.number == number;
  });
}

void DeliveryRunner::perform(const delivery::Plan& plan) {
  std::vector<ObjectPlan> plans;
  for (const delivery::Plan::One& one : plan.objects) {
    plans.push_back(std::move(building_.at(one.object).plan).value());
    SLUICE_CHECK(plans.back().number == one.number);
  }
  if (auto recorded = world_.ledger.record_plans(plans); !recorded) {
    // The change may have been made and only its answer lost.
    const auto is_recorded = is_in_ledger(plans.front().number);
    if (!is_recorded || !*is_recorded) {
      for (std::size_t i = 0; i < plans.size(); ++i) {
        building_.at(plan.objects[i].object).plan = std::move(plans[i]);
      }
      failed(Doing::recording, recorded.error());
      core_->ledger_failed(instant_of(world_.clock));
      return;
    }
  }
  succeeded(Doing::recording);
  for (ObjectPlan& known : plans) {
    const delivery::PlanNumber number = known.number;
    plans_.emplace(number, std::move(known));
  }
  for (const delivery::Plan::One& one : plan.objects) {
    building_.erase(one.object);
  }
  core_->planned();
}

void DeliveryRunner::perform(const delivery::Put& put) {
  const delivery::Sink::Outcome outcome = put_all(put);
  if (!outcome.next) {
    ++current_.put_failures;
    failed(Doing::putting, outcome.next.error());
    core_->put_failed(outcome.done, instant_of(world_.clock));
    return;
  }
  succeeded(Doing::putting);
  core_->put_done(outcome.done);
}

// Of what is dropped there is nothing to put: that stands for itself.
delivery::Sink::Outcome DeliveryRunner::put_all(const delivery::Put& put) {
  std::vector<delivery::Sink::Sealed> sealed;
  for (const delivery::PlanNumber number : put.numbers) {
    const ObjectPlan& plan = plans_.at(number);
    if (plan.kind == ObjectKind::dropped) {
      break;
    }
    if (auto sound = make_sound(plan); !sound) {
      if (sealed.empty()) {
        return {.done = 0, .next = std::move(sound)};
      }
      break;
    }
    sealed.push_back({plan, spool_path(plan.spool_name)});
  }
  return sealed.empty() ? delivery::Sink::Outcome{.done = 1} : world_.sink.put_all(sealed);
}

void DeliveryRunner::perform(const delivery::Commit& commit) {
  const UnixMillis now = world_.clock.now();
  if (auto done = world_.ledger.commit(commit.numbers, commit.marks, now); !done) {
    const auto is_still_planned = is_in_ledger(commit.numbers.front());
    if (!is_still_planned || *is_still_planned) {
      failed(Doing::recording, done.error());
      core_->ledger_failed(instant_of(world_.clock));
      return;
    }
  }
  succeeded(Doing::recording);
  for (const delivery::PlanNumber number : commit.numbers) {
    const auto known = plans_.find(number);
    SLUICE_CHECK(known != plans_.end());
    count_committed(known->second, now);
    plans_.erase(known);
  }
  core_->committed();
}

void DeliveryRunner::count_committed(const ObjectPlan& plan, UnixMillis now) {
  if (plan.kind == ObjectKind::dropped) {
    current_.records_dropped += plan.records;
    return;
  }
  ++current_.objects_delivered;
  current_.bytes_delivered += plan.bytes;
  (plan.kind == ObjectKind::data ? current_.records_delivered : current_.records_rejected) +=
      plan.records;
  DeliveredContent& content = current_.content[static_cast<std::size_t>(plan.kind)];
  content.records += plan.records;
  content.source_bytes += plan.source_bytes;
  current_.last_delivered_at = now;
  if (world_.on_delivered) {
    world_.on_delivered(plan);
  }
  remove_spool(plan.spool_name);
}

// --- a sealed file that rotted ---

// A plan's file has the bytes that it was planned with when this returns; one that is missing may
// be the object already, which the sink knows.  Looked at once in a life, and not in the life that
// sealed it.
Result<void> DeliveryRunner::make_sound(const ObjectPlan& plan) {
  if (!unchecked_.contains(plan.number)) {
    return {};
  }
  SLUICE_TRY(has_rotted, is_damaged(plan));
  if (has_rotted) {
    const bool is_new = damaged_.insert(plan.number).second;
    current_.spool_files_damaged += is_new ? 1 : 0;
    const std::string what =
        fmt::format("spool file {} is DAMAGED: it is not what plan {} (object {}) says",
                    spool_path(plan.spool_name),
                    plan.number.value,
                    plan.key);
    if (auto rebuilt = rebuild(plan); !rebuilt) {
      return fail(rebuilt.error().fault(),
                  fmt::format("{}, and it could not be built again: {}. Bring the file back from "
                              "a copy; or stop the server, run `sluice recover`, and start it, "
                              "which delivers in another object what the stream holds of it",
                              what,
                              rebuilt.error().message()));
    }
    ++current_.spool_files_rebuilt;
    if (world_.report) {
      world_.report(
          fmt::format("delivery stream {}: {}; it was built again from the stream, bit "
                      "for bit",
                      definition_.name,
                      what));
    }
  }
  unchecked_.erase(plan.number);
  return {};
}

Result<bool> DeliveryRunner::is_damaged(const ObjectPlan& plan) const {
  auto file = world_.files.open(spool_path(plan.spool_name), OpenMode::read);
  if (!file && file.error().fault() == Fault::missing) {
    return false;
  }
  if (!file) {
    return std::unexpected(std::move(file).error());
  }
  SLUICE_TRY(digest, sha256_of(**file));
  return digest != plan.sha256;
}

// In place of the damaged file, once it is known to have the very bytes of the plan.
Result<void> DeliveryRunner::rebuild(const ObjectPlan& plan) {
  const std::string name = uuid_v4(world_.random);
  auto done = build_again(plan, name);
  if (done) {
    done = world_.files.rename(spool_path(name), spool_path(plan.spool_name));
  }
  if (!done) {
    remove_spool(name);
    return done;
  }
  return world_.files.sync_directory(world_.spool_directory);
}

// The program, the definition or the order in which shards were read may be another now: nothing
// but the digest tells whether it is the same object.
Result<void> DeliveryRunner::build_again(const ObjectPlan& plan, const std::string& spool_name) {
  if (plan.kind != ObjectKind::data) {
    return fail(Fault::unsupported, "error objects hold the times at which they were written");
  }
  SLUICE_TRY(schema, schema_of(plan.kind, plan.schema_version));
  SLUICE_TRY(writer,
             world_.writers({plan.kind,
                             definition_,
                             schema ? &*schema : nullptr,
                             world_.files,
                             spool_path(spool_name),
                             world_.clock,
                             world_.source,
                             &reader_}));
  for (const delivery::ShardPositions& positions : plan.positions) {
    if (!positions.partial.empty()) {
      return fail(Fault::unsupported, "it holds parts of records that were split on their way");
    }
    SLUICE_TRY_DO(append_again(positions, *writer));
  }
  SLUICE_TRY(sealed,
             writer->finish({plan.number,
                             fmt::format("{}/{:016x}", definition_.name, definition_.incarnation),
                             plan.positions}));
  SLUICE_TRY_DO(writer->sync());
  if (sealed.sha256 != plan.sha256) {
    return fail(Fault::conflict,
                plan.positions.size() > 1
                    ? "the order in which its shards were read is not known"
                    : "what the records give now has other bytes: it was parked, or the program, "
                      "the table or the delivery stream has changed");
  }
  return {};
}

Result<void> DeliveryRunner::append_again(const delivery::ShardPositions& positions,
                                          delivery::ObjectWriter& writer) {
  const std::span<const delivery::OrdinalSet::Run> runs = positions.ordinals.runs();
  auto run = runs.begin();
  Ordinal at = run->first;
  while (run != runs.end()) {
    SLUICE_TRY(batch, world_.source.read(positions.shard, at, options_.read_bytes_max));
    delivery::SourceBatch wanted{{}, batch.owner};
    for (const delivery::SourceRecord& record : batch.records) {
      if (run == runs.end() || record.ordinal > at) {
        break;
      }
      if (record.ordinal == at) {
        wanted.records.push_back(record);
        const bool is_last = at == run->last;
        run += is_last ? 1 : 0;
        at = is_last ? (run == runs.end() ? at : run->first) : at + 1;
      }
    }
    if (wanted.records.empty()) {
      return fail(
          Fault::missing,
          fmt::format(
              "record {} of {} cannot be read any more", at.value, shard_text(positions.shard)));
    }
    if (world_.router != nullptr) {
      SLUICE_TRY(routed, route_again(positions.shard, std::move(wanted)));
      wanted = std::move(routed);
    }
    rejections_.clear();
    SLUICE_TRY_DO(writer.append(positions.shard, wanted.records, rejections_));
    if (!rejections_.empty()) {
      return fail(Fault::conflict,
                  fmt::format("record {} of {} is refused now",
                              wanted.records[rejections_.front().index].ordinal.value,
                              shard_text(positions.shard)));
    }
  }
  return {};
}

// The parts of records all of which an object holds.  Whether they would be refused now, under a
// query that is another one, says nothing about then: the digest tells.
Result<delivery::SourceBatch> DeliveryRunner::route_again(ShardKey shard,
                                                          delivery::SourceBatch batch) {
  const delivery::PartialRecords no_parts;
  return world_.router->split({shard, batch.records, batch.owner, &no_parts});
}

// --- small things ---

std::string DeliveryRunner::spool_path(const std::string& name) const {
  return join_path(world_.spool_directory, name);
}

// What cannot be removed now is tried again; the next life would sweep it.
void DeliveryRunner::remove_spool(const std::string& name) {
  leftovers_.insert(name);
  remove_leftovers();
}

void DeliveryRunner::remove_leftovers() {
  std::erase_if(leftovers_, [this](const std::string& name) {
    const std::string path = spool_path(name);
    return !world_.files.exists(path) || world_.files.remove(path).has_value();
  });
}

void DeliveryRunner::failed(Doing doing, const Error& error) {
  Failure& failure = failures_[static_cast<std::size_t>(doing)];
  std::string message = without_spool_names(error.message());
  const bool is_new = failure.message != message;
  failure = {std::move(message), world_.clock.now()};
  if (is_new && world_.report) {
    world_.report(fmt::format("delivery stream {}: {}", definition_.name, failure.message));
  }
}

// Each try has files of its own names; without them the same failure reads the same.
std::string DeliveryRunner::without_spool_names(std::string message) const {
  for (const auto& [object, building] : building_) {
    const std::size_t at =
        building.spool_name.empty() ? std::string::npos : message.find(building.spool_name);
    if (at != std::string::npos) {
      message.replace(at, building.spool_name.size(), "*");
    }
  }
  return message;
}

void DeliveryRunner::succeeded(Doing doing) {
  failures_[static_cast<std::size_t>(doing)].message.clear();
}

void DeliveryRunner::count_backlog() {
  const auto now = world_.clock.steady();
  if (now < backlog_at_) {
    return;
  }
  backlog_at_ = now + backlog_interval;
  std::uint64_t backlog = 0;
  std::optional<UnixMillis> behind_since;
  for (const ShardMark& mark : core_->marks()) {
    if (!listed_.contains(mark.shard)) {
      continue;
    }
    const auto tip = world_.source.tip(mark.shard);
    if (tip && *tip > mark.low) {
      backlog += *tip - mark.low - mark.settled.count();
    }
    const auto read = read_up_to_.find(mark.shard);
    if (tip && read != read_up_to_.end() && *tip > read->second.next) {
      behind_since = std::min(read->second.arrival, behind_since.value_or(UnixMillis::max()));
    }
  }
  current_.backlog_records = backlog;
  current_.behind_since = behind_since;
}

// Says what is held, and has the core close something where that is too much.
NextStep DeliveryRunner::mind_memory(NextStep next) {
  if (world_.memory == nullptr || !core_) {
    return next;
  }
  if (current_.state == RunnerState::ended) {
    memory_.hold(0);
    return next;
  }
  const auto now = world_.clock.steady();
  if (next.when == NextStep::When::now && now < memory_at_) {
    return next;
  }
  memory_at_ = now + std::max<std::chrono::nanoseconds>(
                         memory_interval, memory_interval_per_object * building_.size());
  std::uint64_t held = core_->bytes_held();
  std::uint64_t open = core_->open_bytes_held();
  for (const auto& [object, building] : building_) {
    std::uint64_t bytes = building.writer ? building.writer->bytes_held() : 0;
    bytes += building.parked ? bytes_of_positions(building.parked->draft) : 0;
    held += bytes;
    open += bytes;
  }
  for (const auto& [number, plan] : plans_) {
    held += bytes_of_positions(plan);
  }
  const std::uint64_t allowed = memory_.hold(held);
  if (held > allowed && open >= allowed / relief_part && core_->can_relieve()) {
    core_->relieve();
    next.when = NextStep::When::now;
  }
  return next;
}

// What the wall clock will show at a time of the steady one, if nobody sets it.
UnixMillis DeliveryRunner::wall_time_of(std::chrono::nanoseconds steady) const {
  return world_.clock.now() +
         std::chrono::ceil<std::chrono::milliseconds>(steady - world_.clock.steady());
}

void DeliveryRunner::publish() {
  current_.last_error.clear();
  current_.last_error_at.reset();
  for (const Failure& failure : failures_) {
    if (!failure.message.empty() &&
        (!current_.last_error_at || failure.at > *current_.last_error_at)) {
      current_.last_error = failure.message;
      current_.last_error_at = failure.at;
    }
  }
  if (core_) {
    current_.objects_planned = core_->objects_planned();
    current_.oldest_undelivered = core_->oldest_undelivered();
    const auto open = core_->gathering();
    current_.open_partitions = open ? open->buffers : 0;
    current_.open_records = open ? open->records : 0;
    current_.open_bytes = open ? open->source_bytes : 0;
    current_.open_until = open ? std::optional(open->closes_at) : std::nullopt;
    const auto again = core_->put_again_at();
    current_.put_again_at = again ? std::optional(wall_time_of(*again)) : std::nullopt;
    current_.is_paused = core_->is_paused();
  }
  const std::lock_guard lock(mutex_);
  published_ = current_;
}

}  // namespace sluice::runner
