// The store and the logs around rebuild().
#include "proof/recovery.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/random.h"
#include "server/deliveries.h"
#include "server/kinesis/shapes.h"
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

std::unexpected<Error> no_store(const Error& why) {
  return fail(why.fault(),
              fmt::format("{}.  Streams and delivery streams are defined in sluice.db, and objects "
                          "do not say what they were: bring back any older sluice.db of this "
                          "directory and run this again, it brings its ledger up to the objects",
                          why.message()));
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
  Logs(const std::string& data_directory, const Facts& facts)
      : root_(join_path(data_directory, "streams")),
        files_(make_posix_file_system()),
        highest_(highest_ordinals(facts)) {}

  Result<void> load(store::Database& database) {
    server::StoredStreamDefinitions stored(database);
    SLUICE_TRY(definitions, stored.load_all());
    SLUICE_TRY(positions, stored.load_positions());
    definitions_ = std::move(definitions);
    positions_ = std::move(positions);
    return {};
  }

  // nullptr if there is none.
  const stream::StreamDefinition* stream_of(const DeliveryStream& delivery) const {
    const bool is_direct = delivery.source_type == delivery::SourceType::direct_put;
    const std::string name =
        is_direct ? server::internal_stream_name(delivery.name, delivery.incarnation)
                  : std::string(server::stream_name_of_arn(delivery.source_stream_arn)
                                    .value_or(std::string_view()));
    const auto kind = is_direct ? stream::StreamKind::internal : stream::StreamKind::data;
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
  std::vector<stream::StreamDefinition> definitions_;
  std::map<stream::StreamIncarnation, stream::LogPosition> positions_;
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

// The database file and what SQLite has not yet taken over into it.
Result<std::string> keep_aside(const std::string& path, UnixMillis now) {
  std::string aside = fmt::format("{}.before-recover-{:%Y%m%dT%H%M%SZ}",
                                  path,
                                  fmt::gmtime(static_cast<std::time_t>(to_count(now) / 1000)));
  for (const std::string_view part : {"", "-wal"}) {
    const std::string from = fmt::format("{}{}", path, part);
    std::error_code failed;
    if (!std::filesystem::exists(from, failed)) {
      continue;
    }
    std::filesystem::copy_file(from, fmt::format("{}{}", aside, part), failed);
    if (failed) {
      return fail(Fault::io,
                  fmt::format("cannot keep {} aside as {}: {}", from, aside, failed.message()));
    }
  }
  return aside;
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
  if (!files->exists(path)) {
    return no_store(Error(Fault::missing, fmt::format("{} is gone", path)));
  }
  std::unique_ptr<Recovery> recovery(new Recovery(options.data_directory, *std::move(lock)));
  SurveyOptions surveying;
  surveying.data_directory = options.data_directory;
  surveying.is_thorough = true;
  surveying.on_progress = options.on_progress;
  const auto facts = survey(surveying);
  if (!facts) {
    return no_store(facts.error());
  }
  SLUICE_TRY_DO(recovery->rebuild_all(*facts, options));
  return recovery;
}

Result<void> Recovery::rebuild_all(const Facts& facts, const RecoveryOptions& options) {
  store::DatabaseOptions reading;
  reading.read_only = true;
  SLUICE_TRY(database, store::Database::open(join_path(data_directory_, "sluice.db"), reading));
  SLUICE_TRY(streams, delivery_streams(*database));
  Logs logs(data_directory_, facts);
  SLUICE_TRY_DO(logs.load(*database));
  for (DeliveryStream& definition : streams) {
    RebuildRequest request;
    const stream::StreamDefinition* stream = logs.stream_of(definition);
    if (stream != nullptr) {
      request.stream = source::delivery_incarnation(stream->incarnation);
      for (const stream::ShardDefinition& shard : stream->shards) {
        request.shards.push_back(shard.created);
      }
      request.start_of = [&](std::uint32_t shard) {
        return logs.start_of(definition, *stream, shard);
      };
    }
    request.definition = definition;
    request.redelivers_missing = options.redelivers_missing;
    request.now = SystemClock().now();
    Rebuilt rebuilt = rebuild(facts, request);
    if (rebuilt.is_needed) {
      items_.push_back({{definition.name, definition.incarnation}, std::move(rebuilt)});
    }
  }
  return {};
}

Result<std::string> Recovery::write() {
  const std::string path = join_path(data_directory_, "sluice.db");
  SLUICE_TRY(aside, keep_aside(path, SystemClock().now()));
  SLUICE_TRY(database, store::Database::open(path));
  SLUICE_TRY_DO(database->write([&](store::Transaction& transaction) -> Result<void> {
    for (const Item& item : items_) {
      SLUICE_CHECK(item.rebuilt.refusals.empty());
      SLUICE_TRY_DO(store::replace_ledger(
          transaction, item.delivery, item.rebuilt.marks, item.rebuilt.plans, item.rebuilt.parked));
    }
    return {};
  }));
  return aside;
}

}  // namespace sluice::proof
