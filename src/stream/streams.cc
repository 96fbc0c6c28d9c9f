#include "stream/streams.h"

#include "base/check.h"
#include "stream/crew.h"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::stream {

namespace {

constexpr std::string_view deleted_mark = "deleted";

// Segments of slow streams end after this share of the retention, so that trimming keeps up with
// it.
constexpr std::uint32_t segments_per_retention = 24;

// Producers wait no longer than this for the maintenance, or for the disk calls of one stream or of
// so many markers.
constexpr std::chrono::milliseconds maintenance_slice{10};
constexpr std::size_t markers_at_once = 64;

// Each log that holds its newest bytes in memory has so much in any case.
constexpr std::uint64_t cache_share_min = std::uint64_t{64} << 10;

std::uint64_t cache_share(const std::vector<StreamHandle>& streams, std::uint64_t bytes_max) {
  const auto users = std::ranges::count_if(
      streams, [](const StreamHandle& stream) { return stream->log().cached_bytes() > 0; });
  return std::max(cache_share_min,
                  bytes_max / std::max<std::uint64_t>(1, static_cast<std::uint64_t>(users)));
}

std::chrono::milliseconds retention_of(const StreamDefinition& definition) {
  return std::chrono::hours(definition.retention_hours);
}

Result<void> check_new(const NewStream& request) {
  if (request.kind == StreamKind::data && !is_stream_name(request.name)) {
    return fail(Fault::invalid,
                fmt::format("a stream cannot be called \"{}\": use 1 to 128 of a-z A-Z 0-9 _ . -",
                            request.name));
  }
  if (request.shards == 0 || request.shards > shards_max) {
    return fail(Fault::invalid,
                fmt::format("stream {} cannot have {} shards: give 1 to {}",
                            request.name,
                            request.shards,
                            shards_max));
  }
  if (request.retention_hours < retention_hours_min ||
      request.retention_hours > retention_hours_max) {
    return fail(Fault::invalid,
                fmt::format("stream {} cannot keep records for {} hours: give {} to {}",
                            request.name,
                            request.retention_hours,
                            retention_hours_min,
                            retention_hours_max));
  }
  if (request.record_bytes_max < record_bytes_default ||
      request.record_bytes_max > record_bytes_limit) {
    return fail(Fault::invalid,
                fmt::format("stream {} cannot take records of up to {} bytes: give {} to {}",
                            request.name,
                            request.record_bytes_max,
                            record_bytes_default,
                            record_bytes_limit));
  }
  if (request.tags.size() > tags_max) {
    return fail(Fault::invalid,
                fmt::format("stream {} cannot have {} tags: at most {}",
                            request.name,
                            request.tags.size(),
                            tags_max));
  }
  return {};
}

// `shards_created` is what sequence numbers know the stream by, see Streams::shard_creation().
StreamDefinition define(const NewStream& request,
                        UnixMillis now,
                        UnixMillis shards_created,
                        std::uint64_t random) {
  StreamDefinition definition{.name = request.name,
                              .incarnation = {.created_ms = to_count(now), .random = random},
                              .created = now,
                              .kind = request.kind,
                              .mode = request.mode,
                              .status = StreamStatus::active,
                              .shards = {},
                              .retention_hours = request.retention_hours,
                              .record_bytes_max = request.record_bytes_max,
                              .tags = request.tags};
  const auto ranges = split_evenly(request.shards);
  for (std::uint32_t shard = 0; shard < request.shards; ++shard) {
    definition.shards.push_back({.index = ShardIndex(shard),
                                 .range = ranges[shard],
                                 .created = shards_created,
                                 .parent = std::nullopt,
                                 .adjacent_parent = std::nullopt,
                                 .closed = std::nullopt});
  }
  return definition;
}

std::vector<HashRange> ranges_of(const StreamDefinition& definition) {
  std::vector<HashRange> ranges;
  ranges.reserve(definition.shards.size());
  for (const ShardDefinition& shard : definition.shards) {
    ranges.push_back(shard.range);
  }
  return ranges;
}

// By record, the key its producer gave, or its partition key's hash.
std::vector<HashKey> hash_keys_of(std::span<const PutRecord> records) {
  std::vector<std::string_view> keys;  // of those that are to be hashed
  keys.reserve(records.size());
  for (const PutRecord& record : records) {
    if (!record.explicit_hash_key) {
      keys.push_back(record.partition_key);
    }
  }
  std::vector<HashKey> hashed(keys.size());
  hash_partition_keys(keys, hashed);
  if (hashed.size() == records.size()) {
    return hashed;
  }
  std::vector<HashKey> all;
  all.reserve(records.size());
  auto next = hashed.begin();
  for (const PutRecord& record : records) {
    all.push_back(record.explicit_hash_key ? *record.explicit_hash_key : *next++);
  }
  return all;
}

// By record, the shard it goes to; Fault::too_large for a record above the stream's bound.
Result<std::vector<ShardIndex>> route_by(const StreamDefinition& definition,
                                         const ShardRouter& router,
                                         std::span<const PutRecord> records) {
  for (const PutRecord& record : records) {
    const std::size_t bytes = record.data.size() + record.partition_key.size();
    if (bytes > definition.record_bytes_max) {
      return fail(
          Fault::too_large,
          fmt::format("a record of {} bytes, partition key included; stream {} takes up to {}",
                      bytes,
                      definition.name,
                      definition.record_bytes_max));
    }
  }
  std::vector<ShardIndex> shards;
  shards.reserve(records.size());
  // With one open shard the hash decides nothing.
  if (definition.open_shards() == 1) {
    shards.assign(records.size(), router.route(HashKey{0}));
    return shards;
  }
  for (const HashKey key : hash_keys_of(records)) {
    shards.push_back(router.route(key));
  }
  return shards;
}

}  // namespace

Stream::Stream(StreamDefinition definition,
               ShardRouter router,
               std::shared_ptr<StreamLog> log,
               SpaceRule rule)
    : incarnation_(definition.incarnation),
      log_(std::move(log)),
      rule_(rule),
      definition_(std::make_shared<const StreamDefinition>(std::move(definition))),
      router_(std::make_shared<const ShardRouter>(std::move(router))) {}

std::shared_ptr<const StreamDefinition> Stream::definition() const {
  const std::lock_guard lock(mutex_);
  return definition_;
}

std::shared_ptr<const ShardRouter> Stream::router() const {
  const std::lock_guard lock(mutex_);
  return router_;
}

std::vector<LowMarks> Stream::holders() const {
  const std::lock_guard lock(mutex_);
  std::vector<LowMarks> all;
  all.reserve(holders_.size());
  for (const auto& [name, marks] : holders_) {
    all.push_back(marks);
  }
  return all;
}

Streams::Streams(World world, const std::string& directory, const LogOptions& options)
    : world_(std::move(world)), root_(join_path(directory, "streams")), options_(options) {
  world_.writer.set_maintenance([this](UnixMillis now) { return maintain(now); });
  world_.writer.set_admission(
      [this](const StreamLog& log, std::uint64_t bytes) { return admit(log, bytes); });
}

Streams::~Streams() {
  world_.writer.set_maintenance({});
  world_.writer.set_admission({});
  world_.writer.set_listener({});
}

Result<std::unique_ptr<Streams>> Streams::open(World world,
                                               const std::string& directory,
                                               const LogOptions& options,
                                               const Floors& floors) {
  std::unique_ptr<Streams> streams(new Streams(std::move(world), directory, options));
  SLUICE_TRY_DO(streams->load(floors));
  return streams;
}

std::string Streams::folder_of(const StreamIncarnation& incarnation) const {
  return join_path(root_, to_hex(incarnation));
}

Result<void> Streams::load(const Floors& floors) {
  SLUICE_TRY_DO(world_.files.create_directories(root_));
  SLUICE_TRY(definitions, world_.definitions.load_all());
  SLUICE_TRY(positions, world_.definitions.load_positions());
  SLUICE_TRY_DO(load_defined(definitions, positions, floors));
  std::set<std::string> known;
  for (const StreamDefinition& definition : definitions) {
    known.insert(to_hex(definition.incarnation));
  }
  for (const auto& [incarnation, position] : positions) {
    if (!known.contains(to_hex(incarnation))) {
      SLUICE_TRY_DO(world_.definitions.remove_position(incarnation));
    }
  }
  SLUICE_TRY(entries, world_.files.list(root_));
  for (const DirectoryEntry& entry : entries) {
    const bool is_deleted =
        world_.files.exists(join_path(join_path(root_, entry.name), deleted_mark));
    if (entry.is_directory && (is_deleted || !known.contains(entry.name))) {
      SLUICE_TRY_DO(sweep_folder(entry.name));
    }
  }
  count_total();
  return {};
}

Result<void> Streams::load_defined(const std::vector<StreamDefinition>& definitions,
                                   const std::map<StreamIncarnation, LogPosition>& positions,
                                   const Floors& floors) {
  struct Known {
    const StreamDefinition& definition;
    LogMemory memory;
    Result<StreamHandle> stream = nullptr;
  };

  std::vector<Known> all_known;
  for (const StreamDefinition& definition : definitions) {
    if (world_.files.exists(join_path(folder_of(definition.incarnation), deleted_mark))) {
      SLUICE_TRY_DO(world_.definitions.remove(definition.incarnation));
      SLUICE_TRY_DO(world_.definitions.remove_position(definition.incarnation));
      continue;
    }
    // Without a note the stream is in its first segment: a definition is made after its log.
    const auto position = positions.find(definition.incarnation);
    all_known.push_back(
        {.definition = definition,
         .memory = {.floors = floors ? floors(definition) : std::vector<Ordinal>(),
                    .position = position == positions.end() ? LogPosition() : position->second}});
  }
  Crew(world_.opening_threads).share(all_known.size(), [&](std::size_t i) {
    all_known[i].stream = load_stream(all_known[i].definition, std::move(all_known[i].memory));
  });
  for (const Known& known : all_known) {
    take_loaded(known.definition, known.stream);
  }
  return {};
}

void Streams::take_loaded(const StreamDefinition& definition, const Result<StreamHandle>& stream) {
  if (!stream) {
    report_.failed.push_back(
        fmt::format("stream {}: {}", definition.name, stream.error().message()));
    unopened_.emplace(definition.kind, definition.name);
    return;
  }
  const RecoveryReport& recovery = (*stream)->log().recovery();
  if (!recovery.torn.empty() || !recovery.damages.empty()) {
    report_.recovered.push_back({.stream = definition.name, .recovery = recovery});
  }
  add(*stream);
}

Result<StreamHandle> Streams::load_stream(const StreamDefinition& definition, LogMemory memory) {
  SLUICE_TRY(router, make_router(definition));
  memory.note = [this, incarnation = definition.incarnation](const LogPosition& now) {
    return world_.definitions.save_positions({{incarnation, now}});
  };
  memory.floors.resize(std::max(memory.floors.size(), definition.shards.size()), first_ordinal);
  SLUICE_TRY(log,
             StreamLog::open(world_.files,
                             world_.random,
                             folder_of(definition.incarnation),
                             definition.incarnation,
                             world_.clock.now(),
                             std::move(memory),
                             options_));
  log->set_ranges(ranges_of(definition));
  const SpaceRules& space = world_.space;
  return std::make_shared<Stream>(
      definition,
      std::move(router),
      std::move(log),
      definition.kind == StreamKind::data ? space.of(definition.name) : space.each);
}

// A folder without a definition: what a crash left of a creation or a deletion goes; a log with
// records stays, since only a lost definition can explain it.
Result<void> Streams::sweep_folder(const std::string& name) {
  const std::string folder = join_path(root_, name);
  const auto incarnation = parse_incarnation(name);
  if (!incarnation) {
    return {};
  }
  if (!world_.files.exists(join_path(folder, deleted_mark))) {
    const auto log = StreamLog::open(
        world_.files, world_.random, folder, *incarnation, world_.clock.now(), {}, options_);
    const bool is_empty =
        log && (*log)->totals().records_written == 0 && (*log)->recovery().damages.empty();
    if (!is_empty) {
      report_.unknown_folders.push_back(folder);
      return {};
    }
  }
  return remove_folder(folder);
}

Result<void> Streams::remove_folder(const std::string& folder) {
  SLUICE_TRY(entries, world_.files.list(folder));
  for (const DirectoryEntry& entry : entries) {
    if (entry.name != deleted_mark) {
      SLUICE_TRY_DO(world_.files.remove(join_path(folder, entry.name)));
    }
  }
  // The mark goes last: a crash before leaves a folder that still says what it is.
  SLUICE_TRY_DO(world_.files.sync_directory(folder));
  const std::string mark = join_path(folder, deleted_mark);
  if (world_.files.exists(mark)) {
    SLUICE_TRY_DO(world_.files.remove(mark));
  }
  SLUICE_TRY_DO(world_.files.remove_directory(folder));
  return world_.files.sync_directory(root_);
}

// A sequence number names its stream by nothing but the second in which the shards were created, so
// no two streams share one: the next takes a later second, even one that has not come yet.
UnixMillis Streams::shard_creation(UnixMillis now) const {
  const auto next_second =
      std::chrono::floor<std::chrono::seconds>(last_creation_) + std::chrono::seconds(1);
  return last_creation_ == UnixMillis{} ? now : std::max(now, UnixMillis(next_second));
}

void Streams::note_creations(const StreamDefinition& definition) {
  for (const ShardDefinition& shard : definition.shards) {
    last_creation_ = std::max(last_creation_, shard.created);
  }
}

void Streams::add(const StreamHandle& stream) {
  const auto definition = stream->definition();
  note_creations(*definition);
  const std::unique_lock lock(mutex_);
  by_name_[NameKey(definition->kind, definition->name)] = stream;
  by_incarnation_[definition->incarnation] = stream;
}

Result<StreamHandle> Streams::create(NewStream request) {
  SLUICE_TRY_DO(check_new(request));
  const std::lock_guard change(change_mutex_);
  {
    const std::shared_lock lock(mutex_);
    const NameKey key(request.kind, request.name);
    if (by_name_.contains(key) || unopened_.contains(key)) {
      return fail(Fault::conflict, fmt::format("stream {} already exists", request.name));
    }
  }
  const UnixMillis now = world_.clock.now();
  const StreamDefinition definition =
      define(request, now, shard_creation(now), world_.random.next());
  SLUICE_TRY(stream, load_stream(definition, {}));
  if (auto saved = world_.definitions.save(definition); !saved) {
    static_cast<void>(remove_folder(folder_of(definition.incarnation)));
    return std::unexpected(std::move(saved).error());
  }
  add(stream);
  return stream;
}

Result<void> Streams::remove(const StreamHandle& stream) {
  SLUICE_CHECK(stream != nullptr);
  const std::lock_guard change(change_mutex_);
  const auto definition = stream->definition();
  if (stream->deleted_) {
    return fail(Fault::missing, fmt::format("stream {} was deleted already", definition->name));
  }
  const std::string folder = folder_of(stream->incarnation());
  SLUICE_TRY_DO(replace_file(world_.files, join_path(folder, deleted_mark), ""));
  SLUICE_TRY_DO(world_.definitions.remove(stream->incarnation()));
  stream->deleted_ = true;
  {
    const std::unique_lock lock(mutex_);
    by_name_.erase(NameKey(definition->kind, definition->name));
    by_incarnation_.erase(stream->incarnation());
  }
  Result<void> removed;
  world_.writer.between_rounds([&] {
    stream->log_->close();
    removed = remove_folder(folder);
  });
  // The stream is gone in any case; what would not go is swept at the next start.
  static_cast<void>(removed);
  static_cast<void>(world_.definitions.remove_position(stream->incarnation()));
  return {};
}

StreamHandle Streams::find(std::string_view name, StreamKind kind) const {
  const std::shared_lock lock(mutex_);
  const auto found = by_name_.find(NameKey(kind, std::string(name)));
  return found == by_name_.end() ? nullptr : found->second;
}

StreamHandle Streams::find(const StreamIncarnation& incarnation) const {
  const std::shared_lock lock(mutex_);
  const auto found = by_incarnation_.find(incarnation);
  return found == by_incarnation_.end() ? nullptr : found->second;
}

std::vector<StreamHandle> Streams::all() const {
  const std::shared_lock lock(mutex_);
  std::vector<StreamHandle> streams;
  streams.reserve(by_name_.size());
  for (const auto& [key, stream] : by_name_) {
    streams.push_back(stream);
  }
  return streams;
}

std::vector<StreamHandle> Streams::list() const {
  const std::shared_lock lock(mutex_);
  std::vector<StreamHandle> streams;
  for (const auto& [key, stream] : by_name_) {
    if (key.first == StreamKind::data) {
      streams.push_back(stream);
    }
  }
  return streams;
}

Result<void> Streams::update(const StreamHandle& stream,
                             const std::function<Result<void>(StreamDefinition&)>& change) {
  SLUICE_CHECK(stream != nullptr);
  const std::lock_guard one_change(change_mutex_);
  const auto before = stream->definition();
  if (stream->deleted_) {
    return fail(Fault::missing, fmt::format("stream {} was deleted", before->name));
  }
  auto after = std::make_shared<StreamDefinition>(*before);
  SLUICE_TRY_DO(change(*after));
  SLUICE_CHECK(after->name == before->name);
  SLUICE_CHECK(after->kind == before->kind);
  SLUICE_CHECK(after->incarnation == before->incarnation);
  SLUICE_CHECK(after->shards == before->shards);
  SLUICE_TRY_DO(world_.definitions.save(*after));
  const std::lock_guard lock(stream->mutex_);
  stream->definition_ = std::move(after);
  return {};
}

Result<void> Streams::split(const StreamHandle& stream, ShardIndex shard, HashKey second_first) {
  return reshard(stream, [=](const StreamDefinition& before, const ReshardMoment& moment) {
    return split_shard(before, shard, second_first, moment);
  });
}

Result<void> Streams::merge(const StreamHandle& stream, ShardIndex left, ShardIndex right) {
  return reshard(stream, [=](const StreamDefinition& before, const ReshardMoment& moment) {
    return merge_shards(before, left, right, moment);
  });
}

Result<void> Streams::scale(const StreamHandle& stream, std::uint32_t target) {
  return reshard(stream, [=](const StreamDefinition& before, const ReshardMoment& moment) {
    return scale_shards(before, target, moment);
  });
}

Result<void> Streams::reshard(const StreamHandle& stream, const Reshard& change) {
  SLUICE_CHECK(stream != nullptr);
  const std::lock_guard one_change(change_mutex_);
  const std::lock_guard no_puts(stream->routing_mutex_);
  const auto before = stream->definition();
  if (stream->deleted_) {
    return fail(Fault::missing, fmt::format("stream {} was deleted", before->name));
  }
  Result<void> outcome;
  world_.writer.settle(stream->log(), [&] { outcome = reshard_now(*stream, change); });
  return outcome;
}

// Between rounds.
Result<void> Streams::reshard_now(Stream& stream, const Reshard& change) {
  const UnixMillis now = world_.clock.now();
  // Found again after a crash, a refused record would lie behind the end of a closed shard.
  SLUICE_TRY_DO(stream.log_->disown_refused(now));
  // Under a clock that has gone back too, a shard ends behind its records.
  UnixMillis at = shard_creation(now);
  for (const ShardDefinition& shard : stream.definition()->shards) {
    at = std::max(at, stream.log_->tip_arrival(shard.index));
  }
  const ReshardMoment moment{.at = at,
                             .tip = [&](ShardIndex shard) { return stream.log_->tip(shard); }};
  SLUICE_TRY(after, change(*stream.definition(), moment));
  return adopt(stream, std::move(after));
}

// Between rounds: makes a definition with other shards durable, then the one that counts.
Result<void> Streams::adopt(Stream& stream, StreamDefinition definition) {
  SLUICE_TRY(router, make_router(definition));
  SLUICE_TRY_DO(world_.definitions.save(definition));
  note_creations(definition);
  stream.log_->set_ranges(ranges_of(definition));
  const std::lock_guard lock(stream.mutex_);
  stream.router_ = std::make_shared<const ShardRouter>(std::move(router));
  stream.definition_ = std::make_shared<const StreamDefinition>(std::move(definition));
  return {};
}

Result<void> Streams::put(const StreamHandle& stream,
                          std::span<const PutRecord> records,
                          const RequestKey& request,
                          AppendDone done) {
  SLUICE_CHECK(stream != nullptr);
  if (records.empty()) {
    return fail(Fault::invalid, "a request without records; send at least one");
  }
  while (true) {
    std::shared_ptr<const StreamDefinition> definition;
    std::shared_ptr<const ShardRouter> router;
    {
      const std::lock_guard lock(stream->mutex_);
      definition = stream->definition_;
      router = stream->router_;
    }
    if (stream->deleted_) {
      return fail(Fault::missing, fmt::format("stream {} was deleted", definition->name));
    }
    SLUICE_TRY(shards, route_by(*definition, *router, records));
    const BlockCipher* const cipher =
        definition->encryption_key.empty() ? nullptr : stream->log_->cipher();
    if (cipher == nullptr && !definition->encryption_key.empty()) {
      return fail(
          Fault::unavailable,
          fmt::format("stream {} is to be encrypted, and there is no key file", definition->name));
    }
    SLUICE_TRY(draft, FrameDraft::build(records, shards, request, cipher));
    const std::lock_guard no_resharding(stream->routing_mutex_);
    if (stream->router() == router) {
      return world_.writer.submit(stream->log_, std::move(draft), std::move(done));
    }
  }
}

Result<std::vector<ShardIndex>> Streams::route(const StreamHandle& stream,
                                               std::span<const PutRecord> records) const {
  SLUICE_CHECK(stream != nullptr);
  return route_by(*stream->definition(), *stream->router(), records);
}

void Streams::hold(const StreamHandle& stream, std::string_view holder, const LowMarks& needed) {
  SLUICE_CHECK(stream != nullptr);
  const std::lock_guard lock(stream->mutex_);
  stream->holders_.insert_or_assign(std::string(holder), needed);
}

void Streams::release(const StreamHandle& stream, std::string_view holder) {
  SLUICE_CHECK(stream != nullptr);
  const std::lock_guard lock(stream->mutex_);
  const auto found = stream->holders_.find(holder);
  if (found != stream->holders_.end()) {
    stream->holders_.erase(found);
  }
}

void Streams::begin_trimming() {
  trimming_ = true;
}

void Streams::set_listener(std::function<void(const StreamHandle& stream)> listener) {
  world_.writer.set_listener([this, told = std::move(listener)](const StreamLog& log) {
    if (const StreamHandle stream = find(log.stream())) {
      told(stream);
    }
  });
}

bool Streams::maintain(UnixMillis now) {
  if (due_.empty()) {
    due_ = all();
    cache_share_ = cache_share(due_, world_.cache_bytes_max);
  }
  const auto end = world_.clock.steady() + maintenance_slice;
  std::vector<StreamHandle> idle;
  while (!due_.empty() && idle.size() < markers_at_once && world_.clock.steady() < end) {
    const StreamHandle stream = std::move(due_.back());
    due_.pop_back();
    maintain_stream(stream, now);
    if (stream->log_->needs_mark(now)) {
      idle.push_back(stream);
    }
  }
  mark(idle, now);
  if (due_.empty()) {
    keep_total_room();
  }
  return !due_.empty();
}

// Failures lose nothing and come again; the writer reports a disk that fails to producers.
void Streams::mark(std::span<const StreamHandle> streams, UnixMillis now) {
  if (streams.empty()) {
    return;
  }
  world_.writer.share_out(
      streams.size(), [&](std::size_t item) { static_cast<void>(streams[item]->log_->mark(now)); });
  std::map<StreamIncarnation, LogPosition> positions;
  for (const StreamHandle& stream : streams) {
    if (auto position = stream->log_->unnoted()) {
      positions.emplace(stream->incarnation(), *std::move(position));
    }
  }
  if (positions.empty() || !world_.definitions.save_positions(positions)) {
    return;
  }
  for (const StreamHandle& stream : streams) {
    if (positions.contains(stream->incarnation())) {
      stream->log_->set_noted();
    }
  }
}

void Streams::maintain_stream(const StreamHandle& stream, UnixMillis now) {
  StreamLog& log = *stream->log_;
  log.limit_cache(cache_share_);
  log.rest(now);
  if (!trimming_) {
    return;
  }
  const std::chrono::milliseconds retention = retention_of(*stream->definition());
  static_cast<void>(log.roll_if_older(retention / segments_per_retention, now));
  static_cast<void>(log.trim(now - retention, stream->holders()));
  keep_room(*stream, now);
}

void Streams::close() {
  world_.writer.between_rounds([this] {
    const UnixMillis now = world_.clock.now();
    std::vector<StreamHandle> open = all();
    std::erase_if(
        open, [now](const StreamHandle& stream) { return !stream->log_->needs_mark(now, true); });
    mark(open, now);
  });
}

LogTotals Streams::totals() const {
  LogTotals sum;
  for (const StreamHandle& stream : all()) {
    const LogTotals one = stream->log().totals();
    sum.segments += one.segments;
    sum.file_bytes += one.file_bytes;
    sum.records += one.records;
    sum.records_written += one.records_written;
    sum.index_bytes += one.index_bytes;
  }
  return sum;
}

}  // namespace sluice::stream
