// The store and the logs around rebuild().
#include "proof/recovery.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/random.h"
#include "server/deliveries.h"
#include "server/remote_buckets.h"
#include "server/stream_definitions.h"
#include "source/embedded_source.h"
#include "store/database.h"
#include "store/definitions.h"
#include "stream/log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>

namespace sluice::proof {
namespace {

using delivery::DeliveryStream;
using delivery::Ordinal;
using delivery::ShardKey;

// In the folder of a deleted stream's log; see docs/formats/log.md.
constexpr std::string_view deleted_mark = "deleted";

std::unexpected<Error> no_store(Fault fault,
                                const std::string& why,
                                const Facts& facts,
                                const std::vector<FoundLog>& logs) {
  return fail(
      fault,
      fmt::format("{}.  What the streams, tables and delivery streams were stood there alone: "
                  "say --config FILE with those it had ({}), or bring back any older "
                  "sluice.db of this directory, and run this again",
                  why,
                  what_is_left(facts, logs)));
}

// The highest ordinal that anything names of a shard: new records must come above.
std::map<ShardKey, Ordinal> highest_ordinals(const Facts& facts) {
  std::map<ShardKey, Ordinal> highest;
  const auto raise = [&](const ShardKey& shard, Ordinal ordinal) {
    Ordinal& known = highest[shard];
    known = std::max(known, ordinal);
  };
  for (const store::AuditedLedger& ledger : facts.before) {
    for (const delivery::ShardMark& mark : ledger.marks) {
      raise(mark.shard, mark.settled.empty() ? mark.low - 1 : mark.settled.runs().back().last);
    }
    for (const store::AuditedPlan& audited : ledger.plans) {
      for (const ShardSpan& span : spans_of(audited.plan.positions)) {
        raise(span.shard, span.last);
      }
    }
  }
  for (const FoundObject& object : facts.objects) {
    for (const ShardSpan& span : object.proof ? object.proof->shards : std::vector<ShardSpan>()) {
      raise(span.shard, span.last);
    }
  }
  return highest;
}

// The logs, each opened when something is asked of it.
class Logs {
 public:
  Logs(const std::string& data_directory,
       const Facts& facts,
       std::vector<stream::StreamDefinition> definitions,
       std::map<stream::StreamIncarnation, stream::LogPosition> positions)
      : root_(join_path(data_directory, "streams")),
        files_(make_posix_file_system()),
        highest_(highest_ordinals(facts)),
        definitions_(std::move(definitions)),
        positions_(std::move(positions)) {}

  // nullptr if there is none.
  const stream::StreamDefinition* stream_of(const DeliveryStream& delivery) const {
    const std::string name = server::source_stream_name(delivery);
    const auto kind = delivery.source_type == delivery::SourceType::direct_put
                          ? stream::StreamKind::internal
                          : stream::StreamKind::data;
    const auto found = std::find_if(
        definitions_.begin(), definitions_.end(), [&](const stream::StreamDefinition& one) {
          return one.name == name && one.kind == kind;
        });
    return found == definitions_.end() ? nullptr : &*found;
  }

  // Where a delivery stream begins to read a shard that has no mark, as its runner decides it.
  Result<Ordinal> start_of(const DeliveryStream& delivery,
                           const stream::StreamDefinition& stream,
                           std::uint32_t shard) {
    SLUICE_TRY(log, log_of(stream));
    const stream::ShardIndex index(shard);
    if (delivery.source_type == delivery::SourceType::direct_put) {
      return Ordinal(log->horizon(index).value);
    }
    SLUICE_TRY(first, log->find_by_time(index, delivery.delivery_start));
    return Ordinal(first.value);
  }

  Result<Ordinal> horizon_of(const stream::StreamDefinition& stream, std::uint32_t shard) {
    SLUICE_TRY(log, log_of(stream));
    return Ordinal(log->horizon(stream::ShardIndex(shard)).value);
  }

 private:
  Result<const stream::StreamLog*> log_of(const stream::StreamDefinition& stream) {
    auto& log = logs_[stream.incarnation];
    if (log != nullptr) {
      return log.get();
    }
    stream::LogMemory memory;
    const auto position = positions_.find(stream.incarnation);
    memory.position = position == positions_.end() ? stream::LogPosition() : position->second;
    memory.floors.resize(stream.shards.size(), stream::first_ordinal);
    for (const auto& [shard, highest] : highest_) {
      if (shard.stream == source::delivery_incarnation(stream.incarnation) &&
          shard.shard < memory.floors.size()) {
        memory.floors[shard.shard] = stream::Ordinal(highest.value + 1);
      }
    }
    auto opened = stream::StreamLog::open(*files_,
                                          random_,
                                          join_path(root_, stream::to_hex(stream.incarnation)),
                                          stream.incarnation,
                                          clock_.now(),
                                          std::move(memory));
    if (!opened) {
      return std::unexpected(
          std::move(opened).error().within(fmt::format("the log of stream {}", stream.name)));
    }
    log = *std::move(opened);
    return log.get();
  }

  const std::string root_;
  std::unique_ptr<FileSystem> files_;
  SystemClock clock_;
  SystemRandom random_;
  const std::map<ShardKey, Ordinal> highest_;
  const std::vector<stream::StreamDefinition> definitions_;
  const std::map<stream::StreamIncarnation, stream::LogPosition> positions_;
  std::map<stream::StreamIncarnation, std::unique_ptr<stream::StreamLog>> logs_;
};

Result<std::vector<DeliveryStream>> delivery_streams(store::Database& database) {
  store::Definitions definitions(database);
  SLUICE_TRY(texts, definitions.load_all(store::kind_delivery_stream));
  std::vector<DeliveryStream> streams;
  for (const store::Definition& one : texts) {
    SLUICE_TRY(stream, delivery::decode_delivery_stream(one.body));
    streams.push_back(std::move(stream));
  }
  return streams;
}

// The database file and what SQLite has not yet taken over into it; returns where they lie.
Result<std::string> keep_aside(const std::string& path, UnixMillis now) {
  std::string aside = fmt::format("{}.before-recover-{:%Y%m%dT%H%M%SZ}",
                                  path,
                                  fmt::gmtime(static_cast<std::time_t>(to_count(now) / 1000)));
  bool has_any = false;
  for (const std::string_view part : {"", "-wal"}) {
    const std::string from = fmt::format("{}{}", path, part);
    std::error_code failed;
    if (!std::filesystem::exists(from, failed)) {
      continue;
    }
    has_any = true;
    std::filesystem::copy_file(from, fmt::format("{}{}", aside, part), failed);
    if (failed) {
      return fail(Fault::io,
                  fmt::format("cannot keep {} aside as {}: {}", from, aside, failed.message()));
    }
  }
  return has_any ? aside : "";
}

// Every folder of streams/ with a log that can be opened.
std::vector<FoundLog> find_logs(const std::string& data_directory) {
  const auto files = make_posix_file_system();
  const SystemClock clock;
  SystemRandom random;
  const std::string root = join_path(data_directory, "streams");
  std::vector<FoundLog> found;
  const auto entries = files->list(root);
  for (const DirectoryEntry& entry : entries ? *entries : std::vector<DirectoryEntry>()) {
    const std::string folder = join_path(root, entry.name);
    const auto incarnation = stream::parse_incarnation(entry.name);
    if (!incarnation || files->exists(join_path(folder, deleted_mark))) {
      continue;
    }
    const auto log = stream::StreamLog::open(*files, random, folder, *incarnation, clock.now(), {});
    if (log) {
      found.push_back({*incarnation, (*log)->shards(), (*log)->totals().records_written});
    }
  }
  return found;
}

SurveyOptions surveying(const RecoveryOptions& options) {
  SurveyOptions surveying;
  surveying.data_directory = options.data_directory;
  surveying.is_thorough = true;
  surveying.on_progress = options.on_progress;
  return surveying;
}

}  // namespace

namespace {

// Objects in another S3 are not looked at: what would be taken for missing may be there.
Result<void> check_all_local(const std::string& data_directory, std::string_view what) {
  SLUICE_TRY(remote, server::load_remote_buckets(*make_posix_file_system(), data_directory));
  if (remote.empty()) {
    return {};
  }
  return fail(
      Fault::unsupported,
      fmt::format("objects were put into buckets of another S3 ({}), which is not asked "
                  "here: {} would deliver their records a second time; bring sluice.db back "
                  "from a copy",
                  fmt::join(remote, ", "),
                  what));
}

}  // namespace

Result<std::unique_ptr<Recovery>> Recovery::prepare(const RecoveryOptions& options) {
  const std::string path = join_path(options.data_directory, "sluice.db");
  const auto files = make_posix_file_system();
  if (!files->exists(join_path(options.data_directory, "FORMAT"))) {
    return fail(
        Fault::missing,
        fmt::format("{} is no data directory: --data-dir names another", options.data_directory));
  }
  auto lock = FileLock::acquire(join_path(options.data_directory, "LOCK"));
  if (!lock) {
    return std::unexpected(std::move(lock).error().within("stop the server first"));
  }
  std::unique_ptr<Recovery> recovery(new Recovery(options.data_directory, *std::move(lock)));
  if (options.redelivers_missing) {
    SLUICE_TRY_DO(check_all_local(options.data_directory, "--redeliver-missing"));
  }
  if (!files->exists(path)) {
    SLUICE_TRY_DO(recovery->restore_all(options, fmt::format("{} is gone", path)));
    return recovery;
  }
  const auto facts = survey(surveying(options));
  if (!facts && facts.error().fault() != Fault::corrupt) {
    return std::unexpected(facts.error());
  }
  if (!facts) {
    SLUICE_TRY_DO(recovery->restore_all(options, fmt::format("{} cannot be read", path)));
    return recovery;
  }
  SLUICE_TRY_DO(recovery->rebuild_stored(*facts, options));
  return recovery;
}

struct Recovery::Defined {
  const std::vector<DeliveryStream>& deliveries;
  Logs& logs;
  bool knows_start = true;
};

Result<void> Recovery::restore_all(const RecoveryOptions& options, const std::string& why) {
  SLUICE_TRY_DO(check_all_local(options.data_directory, "a sluice.db that is made again"));
  SurveyOptions alone = surveying(options);
  alone.uses_store = false;
  SLUICE_TRY(facts, survey(alone));
  std::vector<FoundLog> logs = find_logs(data_directory_);
  if (!options.config) {
    return no_store(Fault::missing, why, facts, logs);
  }
  SystemRandom random;
  restored_ = restore(facts,
                      {.config = *options.config,
                       .logs = std::move(logs),
                       .stated = options.stated,
                       .random = [&random] { return random.next(); }});
  restored_->found.insert(
      restored_->found.begin(),
      fmt::format(
          "{}: it is made again from {}, the objects and the logs; buckets, tables and "
          "crawlers come from the file with the next start.  What stood in sluice.db alone "
          "is lost: whatever else AWS calls have made or changed (make it again), and which "
          "of the last objects were removed from the buckets (their records come again)",
          why,
          options.config_name));
  Logs opened(data_directory_, facts, restored_->streams, {});
  rebuild_all(facts, options, {restored_->deliveries, opened, false});
  return {};
}

Result<void> Recovery::rebuild_stored(const Facts& facts, const RecoveryOptions& options) {
  store::DatabaseOptions reading;
  reading.read_only = true;
  SLUICE_TRY(database, store::Database::open(join_path(data_directory_, "sluice.db"), reading));
  SLUICE_TRY(deliveries, delivery_streams(*database));
  server::StoredStreamDefinitions stored(*database);
  SLUICE_TRY(definitions, stored.load_all());
  SLUICE_TRY(positions, stored.load_positions());
  Logs logs(data_directory_, facts, std::move(definitions), std::move(positions));
  rebuild_all(facts, options, {deliveries, logs, true});
  return {};
}

void Recovery::rebuild_all(const Facts& facts,
                           const RecoveryOptions& options,
                           const Defined& defined) {
  for (const DeliveryStream& definition : defined.deliveries) {
    for (const DeliveryStream& leg : delivery::legs_of(definition)) {
      rebuild_leg(leg, facts, options, defined);
    }
  }
}

void Recovery::rebuild_leg(const DeliveryStream& leg,
                           const Facts& facts,
                           const RecoveryOptions& options,
                           const Defined& defined) {
  RebuildRequest request;
  const stream::StreamDefinition* stream = defined.logs.stream_of(leg);
  if (stream != nullptr) {
    request.stream = source::delivery_incarnation(stream->incarnation);
    for (const stream::ShardDefinition& shard : stream->shards) {
      request.shards.push_back(shard.created);
    }
    request.start_of = [&](std::uint32_t shard) {
      return defined.logs.start_of(leg, *stream, shard);
    };
    request.horizon_of = [&](std::uint32_t shard) {
      return defined.logs.horizon_of(*stream, shard);
    };
  }
  request.definition = leg;
  request.knows_start = defined.knows_start;
  request.redelivers_missing = options.redelivers_missing;
  request.now = SystemClock().now();
  Rebuilt rebuilt = rebuild(facts, request);
  removed_objects_ += rebuilt.removed_objects;
  removed_records_ += rebuilt.removed_records;
  if (rebuilt.is_needed || restored_) {
    items_.push_back({{leg.name, leg.incarnation}, std::move(rebuilt)});
  }
}

Result<void> Recovery::write_items(store::Transaction& transaction) const {
  for (const Item& item : items_) {
    SLUICE_CHECK(item.rebuilt.refusals.empty());
    SLUICE_TRY_DO(store::replace_ledger(
        transaction, item.delivery, item.rebuilt.marks, item.rebuilt.plans, item.rebuilt.parked));
  }
  return {};
}

// Definitions and ledgers, or nothing.
Result<void> Recovery::write_new(const std::string& path) const {
  SLUICE_CHECK(restored_->refusals.empty());
  SLUICE_TRY(database, store::Database::open(path));
  return database->write([&](store::Transaction& transaction) -> Result<void> {
    using store::Definitions;
    for (const stream::StreamDefinition& stream : restored_->streams) {
      SLUICE_TRY_DO(Definitions::create(transaction,
                                        store::kind_stream,
                                        stream::to_hex(stream.incarnation),
                                        server::encode(stream)));
    }
    for (const DeliveryStream& delivery : restored_->deliveries) {
      SLUICE_TRY_DO(Definitions::create(
          transaction, store::kind_delivery_stream, delivery.name, delivery::encode(delivery)));
    }
    return write_items(transaction);
  });
}

Result<std::string> Recovery::write() {
  const std::string path = join_path(data_directory_, "sluice.db");
  SLUICE_TRY(aside, keep_aside(path, SystemClock().now()));
  if (!restored_) {
    SLUICE_TRY(database, store::Database::open(path));
    SLUICE_TRY_DO(
        database->write([&](store::Transaction& transaction) { return write_items(transaction); }));
    return aside;
  }
  const auto files = make_posix_file_system();
  const std::string made = path + ".recovered";
  const auto remove = [&](std::initializer_list<std::string> paths) -> Result<void> {
    for (const std::string& one : paths) {
      SLUICE_TRY_DO(files->exists(one) ? files->remove(one) : Result<void>());
    }
    return {};
  };
  SLUICE_TRY_DO(remove({made, made + "-wal", made + "-shm"}));
  SLUICE_TRY_DO(write_new(made));
  // What SQLite had not taken over into the old file must not get into the new one.
  SLUICE_TRY_DO(remove({path + "-wal", path + "-shm"}));
  SLUICE_TRY_DO(files->rename(made, path));
  SLUICE_TRY_DO(files->sync_directory(data_directory_));
  return aside;
}

}  // namespace sluice::proof
