// Making, taking up, changing and removing delivery streams.
#include "server/deliveries.h"

#include "delivery/make_router.h"
#include "delivery/validate.h"
#include "runner/definition_options.h"
#include "server/counters.h"
#include "server/kinesis/shapes.h"
#include "store/definitions.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <thread>

namespace sluice::server {
namespace {

store::DeliveryId id_of(const delivery::DeliveryStream& definition) {
  return {definition.name, definition.incarnation};
}

// Of the delivery stream and of its backup.
std::vector<store::DeliveryId> ledgers_of(const delivery::DeliveryStream& definition) {
  std::vector<store::DeliveryId> ledgers;
  for (const delivery::DeliveryStream& leg : delivery::legs_of(definition)) {
    ledgers.push_back(id_of(leg));
  }
  return ledgers;
}

stream::StreamKind kind_of(const delivery::DeliveryStream& definition) {
  return definition.source_type == delivery::SourceType::direct_put ? stream::StreamKind::internal
                                                                    : stream::StreamKind::data;
}

// "delivered s3://bucket/key: 900 rows, 5187 bytes"
std::string delivered_text(const delivery::ObjectPlan& plan) {
  const bool has_rows = plan.kind == delivery::ObjectKind::data && !plan.schema_version.empty();
  const std::uint64_t count = has_rows ? plan.rows : plan.records;
  return fmt::format("{} s3://{}/{}: {} {}{}, {} bytes",
                     plan.kind == delivery::ObjectKind::data ? "delivered" : "refused records in",
                     plan.bucket,
                     plan.key,
                     count,
                     has_rows ? "row" : "record",
                     count == 1 ? "" : "s",
                     plan.bytes);
}

// What tags of ours say.
std::map<std::string, std::string> own_tags(const delivery::DeliveryStream& definition) {
  std::map<std::string, std::string> own;
  for (const delivery::Tag& tag : definition.tags) {
    if (delivery::is_own_tag(tag)) {
      own.emplace(tag.key, tag.value);
    }
  }
  return own;
}

// Of a name that delivery::legs_of() or rerun_leg() gives.
bool is_leg_of(std::string_view leg, std::string_view delivery_stream) {
  return leg.substr(0, leg.find('/')) == delivery_stream;
}

source::EmbeddedSource::Reader reader_of(const delivery::DeliveryStream& definition) {
  return {.stream = source_stream_name(definition),
          .kind = kind_of(definition),
          .holder = fmt::format("delivery/{:016x}", definition.incarnation)};
}

}  // namespace

std::string internal_stream_name(std::string_view delivery_stream, std::uint64_t incarnation) {
  return fmt::format("{}.{:016x}.direct-put", delivery_stream, incarnation);
}

std::string source_stream_name(const delivery::DeliveryStream& definition) {
  if (definition.source_type == delivery::SourceType::direct_put) {
    return internal_stream_name(definition.object_stem(),
                                definition.backup_of.value_or(definition.incarnation));
  }
  return std::string(stream_name_of_arn(definition.source_stream_arn).value_or(std::string_view()));
}

Deliveries::Deliveries(Needs needs)
    : needs_(std::move(needs)),
      helpers_(std::max(1U, std::thread::hardware_concurrency()) - 1, "sluice-help"),
      pool_(needs_.clock, needs_.threads) {}

Deliveries::~Deliveries() {
  stop();
}

Result<void> Deliveries::load() {
  store::Definitions stored(needs_.database);
  SLUICE_TRY(texts, stored.load_all(store::kind_delivery_stream));
  std::vector<delivery::DeliveryStream> definitions;
  for (const store::Definition& one : texts) {
    auto definition = delivery::decode_delivery_stream(one.body);
    if (!definition) {
      return std::unexpected(std::move(definition).error().within("delivery stream " + one.key));
    }
    definitions.push_back(*std::move(definition));
  }
  sweep_reruns(definitions);
  sweep(definitions);
  for (delivery::DeliveryStream& definition : definitions) {
    const std::string name = definition.name;
    if (auto begun = begin(std::move(definition)); !begun) {
      // One delivery stream that cannot go on must not keep the others from it.
      needs_.report(
          fmt::format("delivery stream {} is not delivering: {}", name, begun.error().message()));
    }
    if (Entry* const entry = entry_of(name)) {
      finish_reruns(*entry);
    }
  }
  return {};
}

// Removes what a crash left of delivery streams that were being made or removed.
void Deliveries::sweep(const std::vector<delivery::DeliveryStream>& known) {
  const auto is_known = [&](const auto& matches) {
    return std::any_of(known.begin(), known.end(), matches);
  };
  for (const stream::StreamHandle& stream : needs_.streams.all()) {
    const auto definition = stream->definition();
    const bool is_orphan =
        definition->kind == stream::StreamKind::internal &&
        !is_known([&](const auto& one) { return source_stream_name(one) == definition->name; });
    if (is_orphan) {
      if (auto removed = needs_.streams.remove(stream); !removed) {
        needs_.report(fmt::format(
            "cannot remove what is left of {}: {}", definition->name, removed.error().message()));
      }
    }
  }
  std::set<std::string> in_use;
  for (const delivery::DeliveryStream& one : known) {
    const auto legs = all_legs_of(one);
    if (!legs) {
      needs_.report(legs.error().message());
      return;  // what is not known may be needed
    }
    for (const delivery::DeliveryStream& leg : *legs) {
      in_use.insert(runner::spool_directory(needs_.data_directory, leg.incarnation));
    }
  }
  const std::string root = join_path(needs_.data_directory, "spool");
  const auto folders = needs_.files.list(root);
  for (const DirectoryEntry& folder : folders ? *folders : std::vector<DirectoryEntry>()) {
    const std::string path = join_path(root, folder.name);
    if (folder.is_directory && !in_use.contains(path)) {
      remove_spool(path);
    }
  }
}

void Deliveries::remove_spool(const std::string& directory) {
  const auto files = needs_.files.list(directory);
  if (!files) {
    return;
  }
  for (const DirectoryEntry& file : *files) {
    if (auto removed = needs_.files.remove(join_path(directory, file.name)); !removed) {
      needs_.report(removed.error().message());
    }
  }
  if (auto removed = needs_.files.remove_directory(directory); !removed) {
    needs_.report(removed.error().message());
  }
}

// A direct-put delivery stream's own stream is made, any other must be there.
Result<void> Deliveries::make_stream(const delivery::DeliveryStream& definition) {
  const std::string name = source_stream_name(definition);
  if (definition.source_type == delivery::SourceType::direct_put) {
    stream::NewStream wanted;
    wanted.name = name;
    wanted.kind = stream::StreamKind::internal;
    SLUICE_TRY_DO(needs_.streams.create(std::move(wanted)));
    return {};
  }
  if (needs_.streams.find(name) == nullptr) {
    return fail(Fault::missing,
                fmt::format("The source stream {} does not exist (create it first).",
                            definition.source_stream_arn));
  }
  return {};
}

Result<std::vector<delivery::ShardMark>> Deliveries::first_marks(
    const delivery::DeliveryStream& definition) {
  source::EmbeddedSource source(needs_.streams, needs_.bell, reader_of(definition));
  SLUICE_TRY(shards, source.shards());
  std::vector<delivery::ShardMark> marks;
  for (const delivery::Source::Shard& shard : shards) {
    SLUICE_TRY(tip, source.tip(shard.key));
    marks.push_back({.shard = shard.key, .low = tip, .settled = {}});
  }
  return marks;
}

Result<void> Deliveries::create(delivery::DeliveryStream definition) {
  const std::lock_guard change(change_mutex_);
  if (find(definition.name) != nullptr) {
    return fail(Fault::conflict, fmt::format("delivery stream {} exists already", definition.name));
  }
  definition.incarnation = needs_.random.next();
  definition.created = needs_.clock.now();
  definition.delivery_start = definition.created;
  if (definition.backup) {
    definition.backup->incarnation = needs_.random.next();
  }
  SLUICE_TRY_DO(make_stream(definition));
  SLUICE_TRY(marks, first_marks(definition));
  if (auto stored = store::create_delivery(needs_.database,
                                           definition.name,
                                           delivery::encode(definition),
                                           ledgers_of(definition),
                                           marks);
      !stored) {
    remove_stream_of(definition);
    return stored;
  }
  return begin(std::move(definition));
}

// Its definition is the second to know of a change, also after a crash between the two.
Result<void> Deliveries::tell_stream_of_encryption(const delivery::DeliveryStream& definition) {
  const auto stream =
      needs_.streams.find(source_stream_name(definition), stream::StreamKind::internal);
  const std::string wanted = definition.encryption ? definition.encryption->key() : "";
  if (stream == nullptr || stream->definition()->encryption_key == wanted) {
    return {};
  }
  return needs_.streams.update(stream, [&wanted](stream::StreamDefinition& changed) {
    changed.encryption_key = wanted;
    return Result<void>();
  });
}

Result<void> Deliveries::begin(delivery::DeliveryStream definition) {
  if (definition.source_type == delivery::SourceType::direct_put) {
    SLUICE_TRY_DO(tell_stream_of_encryption(definition));
  }
  const auto kept = std::make_shared<const delivery::DeliveryStream>(std::move(definition));
  Entry opened;
  opened.definition = kept;
  if (kept->source_type == delivery::SourceType::direct_put) {
    if (auto stream = needs_.streams.find(source_stream_name(*kept), kind_of(*kept))) {
      opened.direct_put = DirectPutTarget{std::move(stream), std::make_shared<DirectPuts>()};
    }
  }
  for (delivery::DeliveryStream& leg : delivery::legs_of(*kept)) {
    opened.legs.push_back(open_leg(std::move(leg)));
  }
  std::unique_lock lock(mutex_);
  Entry& entry = entries_.emplace(kept->name, std::move(opened)).first->second;
  lock.unlock();
  for (Leg& leg : entry.legs) {
    SLUICE_TRY_DO(start(leg));
  }
  return {};
}

Result<std::unique_ptr<runner::DeliveryRunner>> Deliveries::make_runner(const RunnerParts& parts) {
  const delivery::DeliveryStream& definition = parts.definition;
  const std::string& name = definition.name;
  SLUICE_TRY(router,
             delivery::make_router(definition, needs_.processors, parts.source, needs_.random));
  parts.router = std::move(router);
  SLUICE_TRY(options, runner::options_of(definition));
  options.replay_window = needs_.replay_window;
  options.pending_bytes_max = needs_.pending_bytes_max;
  return runner::DeliveryRunner::create(
      definition,
      {.source = parts.source,
       .sink = needs_.sink,
       .ledger = parts.ledger,
       .schemas = needs_.schemas,
       .files = needs_.files,
       .clock = needs_.clock,
       .random = needs_.random,
       .spool_directory = runner::spool_directory(needs_.data_directory, definition.incarnation),
       .writers = {},
       .report = [report = needs_.report,
                  name](const std::string& line) { report(name + ": " + line); },
       .on_delivered =
           [report = needs_.report, name](const delivery::ObjectPlan& plan) {
             report(fmt::format("{}: {}", name, delivered_text(plan)));
           },
       .router = parts.router.get(),
       .on_left = parts.on_left,
       .has_slow_sink = is_remote(definition.s3.bucket()),
       .memory = needs_.memory,
       .helpers = &helpers_},
      options);
}

// A source stream that is not there may come back; what is planned is put without it.
Deliveries::Leg Deliveries::open_leg(delivery::DeliveryStream definition) {
  Leg leg;
  leg.source =
      std::make_unique<source::EmbeddedSource>(needs_.streams, needs_.bell, reader_of(definition));
  leg.ledger = std::make_unique<store::StoredLedger>(needs_.database, id_of(definition));
  hold_undelivered(*leg.source, *leg.ledger);
  leg.definition = std::move(definition);
  return leg;
}

// The runner of an earlier definition, if there is one, leaves what it has not planned in the log,
// and the new one reads it again.
Result<void> Deliveries::start(Leg& leg) {
  const std::string& name = leg.definition.name;
  const auto leaving = pool_.find(name);
  pool_.remove(name, runner::RunnerPool::Removal::leave);
  SLUICE_TRY_DO(needs_.files.create_directories(
      runner::spool_directory(needs_.data_directory, leg.definition.incarnation)));
  SLUICE_TRY(runner, make_runner({leg.definition, *leg.source, *leg.ledger, leg.router}));
  if (leaving != nullptr) {
    runner->count_on_from(leaving->status());
  }
  pool_.add(std::move(runner));
  return {};
}

Result<void> Deliveries::update(std::string_view name, const Change& change) {
  const std::lock_guard lock(change_mutex_);
  const auto next_version =
      [&](const delivery::DeliveryStream& current) -> Result<delivery::DeliveryStream> {
    SLUICE_TRY(next, change(current));
    next.version = current.version + 1;
    delivery::remember_splits(current, next);
    next.updated = needs_.clock.now();
    return next;
  };
  SLUICE_TRY(entry, replace(name, next_version));
  return restart(*entry);
}

Result<void> Deliveries::retag(std::string_view name, const Change& change) {
  const std::lock_guard lock(change_mutex_);
  const auto before = find(name);
  SLUICE_TRY(entry, replace(name, change));
  if (own_tags(*before) == own_tags(*entry->definition)) {
    return {};
  }
  return restart(*entry);
}

Result<void> Deliveries::encrypt(std::string_view name, const Change& change) {
  const std::lock_guard lock(change_mutex_);
  SLUICE_TRY(entry, replace(name, change));
  return tell_stream_of_encryption(*entry->definition);
}

// In the store and here.  After a crash the next life goes on as this one would have.
Result<Deliveries::Entry*> Deliveries::replace(std::string_view name, const Change& change) {
  const auto current = find(name);
  if (current == nullptr) {
    return fail(Fault::missing, fmt::format("there is no delivery stream {}", name));
  }
  SLUICE_TRY(next, change(*current));
  std::vector<store::DeliveryId> added;
  std::vector<delivery::ShardMark> marks;
  if (next.backup && !current->backup) {
    next.backup->incarnation = needs_.random.next();
    added = {ledgers_of(next).back()};
    SLUICE_TRY(from_now, first_marks(next));
    marks = std::move(from_now);
  }
  SLUICE_TRY_DO(
      store::change_delivery(needs_.database, next.name, delivery::encode(next), added, marks));
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_.find(name)->second;  // only changes remove entries, and this is one
  entry.definition = std::make_shared<const delivery::DeliveryStream>(std::move(next));
  return &entry;
}

Result<void> Deliveries::restart(Entry& entry) {
  std::vector<delivery::DeliveryStream> legs = delivery::legs_of(*entry.definition);
  for (std::size_t i = 0; i < legs.size(); ++i) {
    if (i == entry.legs.size()) {
      entry.legs.push_back(open_leg(std::move(legs[i])));
    } else {
      entry.legs[i].definition = std::move(legs[i]);
    }
    SLUICE_TRY_DO(start(entry.legs[i]));
  }
  return restart_reruns(entry);
}

Result<void> Deliveries::check_processors(const delivery::DeliveryStream& definition) const {
  return delivery::check_processors(definition, needs_.processors);
}

// Retention must not take what is not delivered, and the runner says what it needs only once it
// runs.
void Deliveries::hold_undelivered(source::EmbeddedSource& source, store::StoredLedger& ledger) {
  if (const auto state = ledger.load()) {
    for (const delivery::ShardMark& mark : state->marks) {
      source.hold(mark.shard, mark.low);
    }
    return;
  }
  const auto shards = source.shards();
  for (const auto& shard : shards ? *shards : std::vector<delivery::Source::Shard>()) {
    source.hold(shard.key, shard.first);
  }
}

void Deliveries::remove_stream_of(const delivery::DeliveryStream& definition) {
  if (definition.source_type != delivery::SourceType::direct_put) {
    return;
  }
  const stream::StreamHandle stream =
      needs_.streams.find(source_stream_name(definition), kind_of(definition));
  if (stream == nullptr) {
    return;
  }
  if (auto removed = needs_.streams.remove(stream); !removed) {
    needs_.report(removed.error().message());
  }
}

Result<void> Deliveries::remove(std::string_view name) {
  const std::lock_guard change(change_mutex_);
  const auto definition = find(name);
  if (definition == nullptr) {
    return fail(Fault::missing, fmt::format("there is no delivery stream {}", name));
  }
  // First the memory of it, in one transaction: whatever is left after a crash is swept at start.
  SLUICE_TRY(legs, all_legs_of(*definition));
  std::vector<store::DeliveryId> ledgers;
  for (const delivery::DeliveryStream& leg : legs) {
    pool_.remove(leg.name, runner::RunnerPool::Removal::leave);
    ledgers.push_back(id_of(leg));
  }
  SLUICE_TRY_DO(store::delete_delivery(needs_.database, definition->name, ledgers));
  Entry gone;
  {
    const std::lock_guard lock(mutex_);
    const auto at = entries_.find(name);
    gone = std::move(at->second);
    entries_.erase(at);
  }
  for (Leg& leg : gone.legs) {
    leg.source->release();
    leg.source.reset();
  }
  for (const delivery::DeliveryStream& leg : legs) {
    remove_spool(runner::spool_directory(needs_.data_directory, leg.incarnation));
  }
  if (auto dropped = drop_reruns(*definition); !dropped) {
    needs_.report(dropped.error().message());
  }
  remove_stream_of(*definition);
  return {};
}

std::shared_ptr<const delivery::DeliveryStream> Deliveries::find(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto at = entries_.find(name);
  return at == entries_.end() ? nullptr : at->second.definition;
}

std::vector<std::shared_ptr<const delivery::DeliveryStream>> Deliveries::list() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<const delivery::DeliveryStream>> out;
  out.reserve(entries_.size());
  for (const auto& [name, entry] : entries_) {
    out.push_back(entry.definition);
  }
  return out;
}

std::optional<DirectPutTarget> Deliveries::direct_put_target(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto at = entries_.find(name);
  return at == entries_.end() ? std::nullopt : at->second.direct_put;
}

std::shared_ptr<runner::DeliveryRunner> Deliveries::runner(std::string_view name) const {
  return pool_.find(name);
}

void Deliveries::schema_changed(std::string_view database, std::string_view table) {
  for (const auto& definition : list()) {
    const bool is_concerned = definition->s3.converts() &&
                              definition->s3.conversion->schema->database == database &&
                              definition->s3.conversion->schema->table == table;
    for (const auto& running : is_concerned ? pool_.all() : decltype(pool_.all())()) {
      if (is_leg_of(running->name(), definition->name)) {
        running->schema_changed();
      }
    }
  }
}

std::vector<std::string> Deliveries::drain(std::chrono::milliseconds patience) {
  return pool_.drain_all(needs_.clock.steady() + patience);
}

void Deliveries::stop() {
  pool_.stop();
}

}  // namespace sluice::server
