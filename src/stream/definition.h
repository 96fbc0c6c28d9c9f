// What a stream is, apart from its records; and where such definitions are kept.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "stream/hash_key.h"
#include "stream/ids.h"
#include "stream/log_position.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::stream {

inline constexpr std::uint32_t record_bytes_default = std::uint32_t{1} << 20;
inline constexpr std::uint32_t record_bytes_limit = std::uint32_t{10} << 20;
inline constexpr std::uint32_t retention_hours_default = 24;
inline constexpr std::uint32_t retention_hours_min = 24;
inline constexpr std::uint32_t retention_hours_max = 8760;
inline constexpr std::uint32_t shards_on_demand = 4;
inline constexpr std::size_t tags_max = 50;

enum class StreamKind : std::uint8_t {
  data,      // a stream of the Kinesis API
  internal,  // a direct-put delivery stream's own; one shard, in no listing
};

enum class StreamMode : std::uint8_t { provisioned, on_demand };
enum class StreamStatus : std::uint8_t { creating, active, updating, deleting };

struct ShardDefinition {
  ShardIndex index;
  HashRange range{};
  UnixMillis created{};
  std::optional<ShardIndex> parent{};
  std::optional<ShardIndex> adjacent_parent{};  // of a merge, the other one

  // Set once no record can be added.
  struct Closed {
    UnixMillis at{};
    Ordinal end;  // the ordinal its next record would have had

    friend bool operator==(const Closed&, const Closed&) = default;
  };

  std::optional<Closed> closed{};

  friend bool operator==(const ShardDefinition&, const ShardDefinition&) = default;
};

// A reader with a throughput of its own (enhanced fan-out).
struct ConsumerDefinition {
  std::string name;
  UnixMillis created{};
  std::map<std::string, std::string> tags{};
  std::string policy{};

  friend bool operator==(const ConsumerDefinition&, const ConsumerDefinition&) = default;
};

struct StreamDefinition {
  std::string name;
  StreamIncarnation incarnation{};
  UnixMillis created{};
  StreamKind kind = StreamKind::data;
  StreamMode mode = StreamMode::provisioned;
  StreamStatus status = StreamStatus::active;
  std::vector<ShardDefinition> shards{};  // by index, closed ones included
  std::uint32_t retention_hours = retention_hours_default;
  std::uint32_t record_bytes_max = record_bytes_default;  // data and partition key together
  std::map<std::string, std::string> tags{};
  std::vector<ConsumerDefinition> consumers{};  // by name

  // How clients name the key; new records are encrypted (stream/keyring.h) unless it is empty.
  std::string encryption_key{};

  // What clients have set and get told again; nothing here acts on it.
  std::set<std::string> monitored_metrics{};  // of each shard
  std::string policy{};                       // empty: none

  std::uint32_t open_shards() const;

  // nullptr if there is none.
  const ConsumerDefinition* find_consumer(std::string_view consumer) const;

  friend bool operator==(const StreamDefinition&, const StreamDefinition&) = default;
};

// Whether the last record that a closed shard can have had is past the retention: listings leave it
// out then, and its records are gone or about to go.
bool is_expired(const StreamDefinition& stream, const ShardDefinition& shard, UnixMillis now);

// 1 to 128 of [a-zA-Z0-9_.-].
bool is_stream_name(std::string_view name);

// Finds the shard of a hash key among a definition's open shards.  Fault::corrupt if those do not
// tile the hash space.
Result<ShardRouter> make_router(const StreamDefinition& definition);

// Keeps definitions and the positions of their logs, each change durable on return.  Thread-safe.
class DefinitionStore {
 public:
  DefinitionStore() = default;
  DefinitionStore(const DefinitionStore&) = delete;
  DefinitionStore& operator=(const DefinitionStore&) = delete;
  virtual ~DefinitionStore() = default;

  virtual Result<std::vector<StreamDefinition>> load_all() = 0;

  // Adds or, for a known incarnation, replaces.
  virtual Result<void> save(const StreamDefinition& definition) = 0;

  // An unknown incarnation is no failure.
  virtual Result<void> remove(const StreamIncarnation& incarnation) = 0;

  // Of some streams; also of some that are not defined any more.
  virtual Result<std::map<StreamIncarnation, LogPosition>> load_positions() = 0;
  // All of them or none.
  virtual Result<void> save_positions(
      const std::map<StreamIncarnation, LogPosition>& positions) = 0;
  virtual Result<void> remove_position(const StreamIncarnation& incarnation) = 0;
};

// For tests and the simulator.
class MemoryDefinitionStore final : public DefinitionStore {
 public:
  Result<std::vector<StreamDefinition>> load_all() override;
  Result<void> save(const StreamDefinition& definition) override;
  Result<void> remove(const StreamIncarnation& incarnation) override;
  Result<std::map<StreamIncarnation, LogPosition>> load_positions() override;
  Result<void> save_positions(const std::map<StreamIncarnation, LogPosition>& positions) override;
  Result<void> remove_position(const StreamIncarnation& incarnation) override;

 private:
  std::mutex mutex_;
  std::map<StreamIncarnation, StreamDefinition> definitions_;
  std::map<StreamIncarnation, LogPosition> positions_;
};

}  // namespace sluice::stream
