// Lives of delivery streams, then the logs they read, then what nobody has claimed.
#include "proof/restore.h"

#include "base/count_text.h"
#include "proof/hindrance.h"
#include "server/deliveries.h"
#include "source/embedded_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

namespace sluice::proof {
namespace {

using delivery::DeliveryStream;
using delivery::Ordinal;
using stream::StreamDefinition;

// Streams that are made at one moment take seconds of the future: never so many.
constexpr std::int64_t burst_s_max = 3600;

using Reach = std::map<delivery::StreamIncarnation, Ordinal>;

// What the objects of one life of a delivery stream hold.
struct Life {
  std::uint64_t incarnation = 0;
  std::uint64_t objects = 0;
  Reach reach;  // of each stream, the highest record
  std::map<delivery::StreamIncarnation, std::uint32_t> shards;
};

std::map<std::string, std::vector<Life>> lives_of(const Facts& facts) {
  std::map<std::string, std::vector<Life>> lives;
  for (const FoundObject& object : facts.objects) {
    if (!object.proof) {
      continue;
    }
    std::vector<Life>& named = lives[object.proof->delivery_stream];
    auto life = std::find_if(named.begin(), named.end(), [&](const Life& one) {
      return one.incarnation == object.proof->incarnation;
    });
    if (life == named.end()) {
      life = named.insert(named.end(), Life{object.proof->incarnation, 0, {}, {}});
    }
    life->objects += 1;
    for (const ShardSpan& span : object.proof->shards) {
      Ordinal& reach = life->reach[span.shard.stream];
      reach = std::max(reach, span.last);
      std::uint32_t& shards = life->shards[span.shard.stream];
      shards = std::max(shards, span.shard.shard + 1);
    }
  }
  return lives;
}

class Restoring {
 public:
  Restoring(const Facts& facts, const RestoreRequest& request)
      : facts_(facts), request_(request), logs_(request.logs) {
    std::sort(logs_.begin(), logs_.end(), [](const FoundLog& left, const FoundLog& right) {
      return left.incarnation < right.incarnation;
    });
    find_creations();
  }

  Restored run() {
    const auto lives = lives_of(facts_);
    for (const DeliveryStream& definition : request_.config.delivery_streams) {
      Chosen& chosen = chosen_.emplace_back(Chosen{definition, {}, {}, {}, {}});
      for (const DeliveryStream& leg : delivery::legs_of(definition)) {
        const auto named = lives.find(leg.name);
        const Life* life = named == lives.end() ? nullptr : choose_life(leg.name, named->second);
        if (life != nullptr) {
          (leg.backup_of ? chosen.backup_incarnation : chosen.incarnation) = life->incarnation;
          add_reach(*life, chosen);
        }
      }
    }
    for (const server::StreamSetting& setting : request_.config.streams) {
      claim_stream(setting);
    }
    claim_last();
    make_deliveries();
    tell_left();
    return std::move(restored_);
  }

 private:
  // A delivery stream, and what the objects of the lives that were chosen for it and for its backup
  // hold.
  struct Chosen {
    DeliveryStream definition;
    std::optional<std::uint64_t> incarnation;
    std::optional<std::uint64_t> backup_incarnation;
    Reach reach;
    std::map<delivery::StreamIncarnation, std::uint32_t> shards;

    bool has_life() const { return incarnation || backup_incarnation; }
  };

  static void add_reach(const Life& life, Chosen& chosen) {
    for (const auto& [stream, last] : life.reach) {
      Ordinal& reach = chosen.reach[stream];
      reach = std::max(reach, last);
    }
    for (const auto& [stream, count] : life.shards) {
      std::uint32_t& shards = chosen.shards[stream];
      shards = std::max(shards, count);
    }
  }

  void refuse(std::string sentence) { restored_.refusals.push_back(std::move(sentence)); }

  void note(std::string sentence) { restored_.found.push_back(std::move(sentence)); }

  static std::string folder_of(const FoundLog& log) { return stream::to_hex(log.incarnation); }

  const FoundLog* log_of(delivery::StreamIncarnation stream) const {
    const auto found = std::find_if(logs_.begin(), logs_.end(), [&](const FoundLog& log) {
      return source::delivery_incarnation(log.incarnation) == stream;
    });
    return found == logs_.end() ? nullptr : &*found;
  }

  // Sequence numbers name the second in which the shards were made: the one that
  // Streams::shard_creation() gives, or, where streams that are deleted by now had taken that, a
  // later one that error lines tell.
  void find_creations() {
    std::set<std::int64_t> told;
    for (const FoundObject& object : facts_.objects) {
      for (const auto& [shard, named] : object.lines.value_or(ErrorLines())) {
        told.insert(static_cast<std::int64_t>(named.shard_created_s));
      }
    }
    std::map<stream::StreamIncarnation, std::int64_t> seconds;
    std::int64_t last_s = 0;
    for (const FoundLog& log : logs_) {
      last_s = std::max(log.incarnation.created_ms / 1000, last_s + 1);
      seconds[log.incarnation] = last_s;
    }
    std::set<std::int64_t> later = told;
    for (const auto& [incarnation, second] : seconds) {
      later.erase(second);
    }
    for (const auto& [incarnation, second] : seconds) {
      const auto next = told.contains(second) ? later.end() : later.lower_bound(second);
      const bool is_taken = next != later.end() && *next - second <= burst_s_max;
      const std::int64_t created_s = is_taken ? *next : second;
      creations_[incarnation] = unix_millis(std::max(incarnation.created_ms, created_s * 1000));
      if (is_taken) {
        later.erase(next);
      }
    }
  }

  // The life that reaches furthest in the newest log that any of them has read; nullptr if none has
  // read anything.
  const Life* choose_life(const std::string& name, const std::vector<Life>& lives) {
    struct Reached {
      stream::StreamIncarnation log;
      Ordinal reach;
      const Life* life = nullptr;
    };

    std::vector<Reached> reached;
    for (const Life& life : lives) {
      for (const auto& [stream, reach] : life.reach) {
        const FoundLog* log = log_of(stream);
        reached.push_back(
            {log == nullptr ? stream::StreamIncarnation() : log->incarnation, reach, &life});
      }
    }
    std::sort(reached.begin(), reached.end(), [](const Reached& left, const Reached& right) {
      return std::pair(left.log, left.reach) > std::pair(right.log, right.reach);
    });
    if (reached.empty()) {
      return nullptr;
    }
    const Life& life = *reached.front().life;
    const bool is_tie = std::any_of(reached.begin(), reached.end(), [&](const Reached& other) {
      return other.life != &life && other.log == reached.front().log &&
             other.reach == reached.front().reach;
    });
    if (is_tie) {
      refuse(
          fmt::format("delivery stream {}: objects of {} lives of it reach equally far, so that "
                      "nobody can tell the last one; move those of the older ones elsewhere",
                      name,
                      lives.size()));
    }
    note(
        fmt::format("delivery stream {}: {} in the buckets that prove what they hold, of its life "
                    "{:016x}",
                    name,
                    counted(life.objects, "object", "objects"),
                    life.incarnation));
    return &life;
  }

  // The newest log that the objects of its delivery streams hold records of.
  void claim_stream(const server::StreamSetting& setting) {
    const FoundLog* claimed = nullptr;
    if (const auto stated = request_.stated.find(setting.name); stated != request_.stated.end()) {
      const auto found = std::find_if(logs_.begin(), logs_.end(), [&](const FoundLog& log) {
        return folder_of(log) == stated->second;
      });
      if (found == logs_.end()) {
        refuse(fmt::format("--stream {}={}: there is no such folder with a log in streams/",
                           setting.name,
                           stated->second));
        return;
      }
      claimed = &*found;
    }
    for (const Chosen& chosen : chosen_) {
      const bool is_reader =
          chosen.definition.source_type == delivery::SourceType::kinesis_stream &&
          server::source_stream_name(chosen.definition) == setting.name;
      for (const auto& [stream, reach] : is_reader ? chosen.reach : Reach()) {
        const FoundLog* log = log_of(stream);
        const bool is_newer = log != nullptr && !request_.stated.contains(setting.name) &&
                              (claimed == nullptr || claimed->incarnation < log->incarnation);
        claimed = is_newer ? log : claimed;
      }
    }
    if (claimed == nullptr) {
      unclaimed_.push_back(&setting);
    } else {
      make_stream(setting, *claimed);
    }
  }

  void make_stream(const server::StreamSetting& setting, const FoundLog& log) {
    if (!claimed_.insert(log.incarnation).second) {
      refuse(
          fmt::format("two streams of the configuration, {} one of them, would have the log {}: "
                      "--stream NAME=FOLDER says whose it is",
                      setting.name,
                      folder_of(log)));
      return;
    }
    std::uint32_t shards = log.shards;
    const delivery::StreamIncarnation number = source::delivery_incarnation(log.incarnation);
    for (const Chosen& chosen : chosen_) {
      if (const auto known = chosen.shards.find(number); known != chosen.shards.end()) {
        shards = std::max(shards, known->second);
      }
    }
    if (shards > setting.shards) {
      refuse(fmt::format(
          "stream {} has had {}, the configuration says {}: if it began with more, correct the "
          "file; if it was split or merged, only sluice.db told how, so bring back one from after "
          "that",
          setting.name,
          counted(shards, "shard", "shards"),
          setting.shards));
      return;
    }
    note(fmt::format("stream {}: its log is streams/{}, with {}",
                     setting.name,
                     folder_of(log),
                     counted(log.records, "record", "records")));
    restored_.streams.push_back(
        define(setting.name, stream::StreamKind::data, log, setting.shards));
  }

  StreamDefinition define(std::string name,
                          stream::StreamKind kind,
                          const FoundLog& log,
                          std::uint32_t shards) const {
    StreamDefinition definition;
    definition.name = std::move(name);
    definition.incarnation = log.incarnation;
    definition.created = unix_millis(log.incarnation.created_ms);
    definition.kind = kind;
    const auto ranges = stream::split_evenly(shards);
    for (std::uint32_t shard = 0; shard < shards; ++shard) {
      stream::ShardDefinition made;
      made.index = stream::ShardIndex(shard);
      made.range = ranges[shard];
      made.created = creations_.at(log.incarnation);
      definition.shards.push_back(made);
    }
    return definition;
  }

  std::vector<const FoundLog*> logs_left() const {
    std::vector<const FoundLog*> left;
    for (const FoundLog& log : logs_) {
      if (log.records > 0 && !claimed_.contains(log.incarnation) && !is_direct_put(log)) {
        left.push_back(&log);
      }
    }
    return left;
  }

  bool is_direct_put(const FoundLog& log) const {
    return std::any_of(chosen_.begin(), chosen_.end(), [&](const Chosen& chosen) {
      return chosen.definition.source_type == delivery::SourceType::direct_put &&
             chosen.reach.contains(source::delivery_incarnation(log.incarnation));
    });
  }

  // One is left for one; or nobody can tell.
  void claim_last() {
    const std::vector<const FoundLog*> left = logs_left();
    if (unclaimed_.empty() || left.empty()) {
      return;
    }
    const bool has_direct_put =
        std::any_of(chosen_.begin(), chosen_.end(), [](const Chosen& chosen) {
          return !chosen.has_life() &&
                 chosen.definition.source_type == delivery::SourceType::direct_put;
        });
    if (unclaimed_.size() == 1 && left.size() == 1 && !has_direct_put) {
      make_stream(*unclaimed_.front(), *left.front());
      return;
    }
    std::vector<std::string> names;
    names.reserve(unclaimed_.size());
    for (const server::StreamSetting* setting : unclaimed_) {
      names.push_back(setting->name);
    }
    std::vector<std::string> folders;
    folders.reserve(left.size());
    for (const FoundLog* log : left) {
      folders.push_back(folder_of(*log));
    }
    refuse(
        fmt::format("no object tells which log is whose of the stream{} {} (in streams/: {}): "
                    "--stream NAME=FOLDER does, or move elsewhere what nobody needs",
                    names.size() == 1 ? "" : "s",
                    fmt::join(names, ", "),
                    fmt::join(folders, ", ")));
  }

  void make_deliveries() {
    for (Chosen& chosen : chosen_) {
      DeliveryStream& definition = chosen.definition;
      definition.incarnation = chosen.incarnation ? *chosen.incarnation : request_.random();
      if (definition.backup) {
        definition.backup->incarnation =
            chosen.backup_incarnation ? *chosen.backup_incarnation : request_.random();
      }
      const StreamDefinition* source = make_source(chosen);
      const bool is_direct = definition.source_type == delivery::SourceType::direct_put;
      if (source == nullptr && is_direct) {
        refuse_left(definition);
      }
      if (source == nullptr && (is_direct || !chosen.has_life())) {
        continue;  // nothing is left to deliver: the start makes it anew
      }
      // When it was made nobody knows; no earlier than its stream.
      definition.created = source == nullptr ? UnixMillis{} : source->created;
      definition.delivery_start = definition.created;
      restored_.deliveries.push_back(definition);
    }
  }

  // A log that nobody claims may hold what was put into it.
  void refuse_left(const DeliveryStream& direct_put) {
    const std::vector<const FoundLog*> left = logs_left();
    if (left.empty() || !unclaimed_.empty()) {
      return;
    }
    std::vector<std::string> folders;
    folders.reserve(left.size());
    for (const FoundLog* log : left) {
      folders.push_back(fmt::format(
          "streams/{} with {}", folder_of(*log), counted(log->records, "record", "records")));
    }
    refuse(
        fmt::format("delivery stream {}: no object tells which log is its ({}): bring back a "
                    "sluice.db, or move elsewhere what nobody needs",
                    direct_put.name,
                    fmt::join(folders, ", ")));
  }

  // The stream it reads; a direct-put one's is made from its log.
  const StreamDefinition* make_source(const Chosen& chosen) {
    const DeliveryStream& definition = chosen.definition;
    const std::string name = server::source_stream_name(definition);
    if (definition.source_type == delivery::SourceType::direct_put) {
      for (const auto& [stream, reach] : chosen.reach) {
        if (const FoundLog* log = log_of(stream)) {
          claimed_.insert(log->incarnation);
          restored_.streams.push_back(define(name, stream::StreamKind::internal, *log, 1));
          return &restored_.streams.back();
        }
      }
      return nullptr;
    }
    const auto found = std::find_if(restored_.streams.begin(),
                                    restored_.streams.end(),
                                    [&](const StreamDefinition& one) { return one.name == name; });
    return found == restored_.streams.end() ? nullptr : &*found;
  }

  void tell_left() {
    for (const FoundLog* log : logs_left()) {
      if (unclaimed_.empty()) {
        note(
            fmt::format("streams/{} holds {} of a stream that the configuration does not have: it "
                        "is left alone, and so are its records",
                        folder_of(*log),
                        counted(log->records, "record", "records")));
      }
    }
    std::set<std::string> known;
    for (const DeliveryStream& definition : request_.config.delivery_streams) {
      for (const DeliveryStream& leg : delivery::legs_of(definition)) {
        known.insert(leg.name);
      }
    }
    for (const auto& [name, lives] : lives_of(facts_)) {
      if (!known.contains(name)) {
        note(
            fmt::format("delivery stream {}: its objects are there, the configuration does not "
                        "have it; made again it begins anew",
                        name));
      }
    }
  }

  const Facts& facts_;
  const RestoreRequest& request_;
  std::vector<FoundLog> logs_;  // oldest first
  std::map<stream::StreamIncarnation, UnixMillis> creations_;
  std::vector<Chosen> chosen_;
  std::vector<const server::StreamSetting*> unclaimed_;
  std::set<stream::StreamIncarnation> claimed_;
  Restored restored_;
};

}  // namespace

Restored restore(const Facts& facts, const RestoreRequest& request) {
  return Restoring(facts, request).run();
}

std::string what_is_left(const Facts& facts, const std::vector<FoundLog>& logs) {
  std::vector<std::string> names;
  for (const auto& [name, lives] : lives_of(facts)) {
    names.push_back(name);
  }
  const auto with_records =
      std::count_if(logs.begin(), logs.end(), [](const FoundLog& log) { return log.records > 0; });
  return fmt::format("by their objects: {}; in streams/: {} with records",
                     names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", ")),
                     counted(static_cast<std::uint64_t>(with_records), "log", "logs"));
}

}  // namespace sluice::proof
