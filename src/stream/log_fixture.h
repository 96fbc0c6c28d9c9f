// For tests: a log on a disk in memory, with the few calls that make a test read like a story.
#pragma once

#include "base/check.h"
#include "base/clock.h"
#include "base/memory_file_system.h"
#include "base/random.h"
#include "stream/log.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice::stream {

// A record as a test names it: which shard, what.
struct Given {
  std::uint32_t shard = 0;
  std::string data;
  std::string key = "k";
};

struct Got {
  std::uint64_t ordinal = 0;
  std::string data;

  friend bool operator==(const Got&, const Got&) = default;
};

inline std::ostream& operator<<(std::ostream& out, const Got& got) {
  return out << got.ordinal << ":" << got.data.substr(0, 40);
}

inline Result<FrameDraft> draft_of(const std::vector<Given>& records,
                                   const BlockCipher* cipher = nullptr) {
  std::vector<PutRecord> puts;
  std::vector<ShardIndex> shards;
  for (const Given& record : records) {
    puts.push_back(
        {.data = record.data, .partition_key = record.key, .explicit_hash_key = std::nullopt});
    shards.emplace_back(record.shard);
  }
  return FrameDraft::build(puts, shards, {}, cipher);
}

// One key of a key file, the same for the same digit.
inline std::string key_line(char digit) {
  return std::string(64, digit) + "\n";
}

inline std::shared_ptr<const Keyring> keys_of(const std::string& key_file) {
  auto keys = Keyring::parse(key_file);
  SLUICE_CHECK(keys.has_value());
  return std::make_shared<const Keyring>(*std::move(keys));
}

class TestLog {
 public:
  explicit TestLog(std::uint64_t seed = 1,
                   std::uint32_t shard_count = 1,
                   LogOptions log_options = {})
      : random(seed), options(log_options), floors(shard_count, first_ordinal) {
    SLUICE_CHECK(files.create_directories("data").has_value());
    open();
  }

  Result<void> try_open() {
    log.reset();
    auto opened = StreamLog::open(files,
                                  random,
                                  "data/log",
                                  incarnation,
                                  clock.now(),
                                  {.floors = floors,
                                   .position = noted,
                                   .note = [this](const LogPosition& position) -> Result<void> {
                                     if (is_store_failing) {
                                       return fail(Fault::io, "the store fails");
                                     }
                                     noted = position;
                                     return {};
                                   }},
                                  options);
    if (!opened) {
      return std::unexpected(opened.error());
    }
    log = std::move(*opened);
    return {};
  }

  void open() {
    const auto opened = try_open();
    ASSERT_TRUE(opened.has_value()) << opened.error().message();
  }

  // A process that ends and one that begins.
  void reopen() {
    log.reset();
    files.kill();
    open();
  }

  // A power cut.
  void crash() {
    log.reset();
    files.crash(random);
    open();
  }

  // Stages one request; prepare() must have been called.
  AppendReceipt stage(const std::vector<Given>& records) {
    auto draft = draft_of(records, is_encrypting ? log->cipher() : nullptr);
    SLUICE_CHECK(draft.has_value());
    return log->stage(std::move(*draft), clock.now());
  }

  // One request, one round.
  Result<AppendReceipt> append(const std::vector<Given>& records) {
    SLUICE_TRY_DO(log->prepare(clock.now()));
    AppendReceipt receipt = stage(records);
    SLUICE_TRY_DO(log->write_staged());
    SLUICE_TRY_DO(log->sync_staged(clock.now()));
    return receipt;
  }

  // What the maintenance does with an idle log.
  Result<void> mark_idle(bool closing = false) {
    if (log->needs_mark(clock.now(), closing)) {
      SLUICE_TRY_DO(log->mark(clock.now()));
      if (auto position = log->unnoted()) {
        if (is_store_failing) {
          return fail(Fault::io, "the store fails");
        }
        noted = *std::move(position);
        log->set_noted();
      }
    }
    return {};
  }

  void must_append(const std::vector<Given>& records) {
    const auto appended = append(records);
    ASSERT_TRUE(appended.has_value()) << appended.error().message();
  }

  // Everything a reader of the shard gets from `from` on, stopping at damage.
  std::vector<Got> read_all(std::uint32_t shard = 0,
                            std::uint64_t from = 0,
                            std::uint64_t bytes_max = 1 << 20,
                            std::uint64_t records_max = 1000) const {
    std::vector<Got> all;
    Ordinal at(from);
    while (true) {
      const auto batch = log->read(ShardIndex(shard), at, bytes_max, records_max);
      if (!batch) {
        last_failure = batch.error().message();
        return all;
      }
      batch->for_each([&](const RecordView& record) {
        all.push_back({.ordinal = record.ordinal.value, .data = std::string(record.data)});
      });
      at = batch->next;
      if (batch->at_tip) {
        return all;
      }
    }
  }

  std::string segment_path(std::uint64_t number) const {
    return "data/log/" + segment_file_name(number);
  }

  Bytes contents(const std::string& path) {
    auto bytes = read_file(files, path);
    SLUICE_CHECK(bytes.has_value());
    return *bytes;
  }

  // Replaces a file behind the log's back.
  void put_contents(const std::string& path, ByteView bytes) {
    auto file = files.open(path, OpenMode::write_or_create);
    SLUICE_CHECK(file.has_value());
    SLUICE_CHECK((*file)->truncate(0).has_value());
    SLUICE_CHECK((*file)->write_at(0, bytes).has_value());
    SLUICE_CHECK((*file)->sync().has_value());
  }

  void flip(const std::string& path, std::uint64_t offset, unsigned bit = 0) {
    const Bytes bytes = contents(path);
    SLUICE_CHECK(offset < bytes.size());
    const char changed = static_cast<char>(bytes[offset] ^ (1 << bit));
    files.corrupt(path, offset, ByteView(&changed, 1));
  }

  // The next operation of that kind fails, once, after `skip` more of it.
  void fail_once(MemoryFileSystem::Operation operation, Fault fault = Fault::io, int skip = 0) {
    files.set_fault_hook(
        [this, operation, fault, left = skip](MemoryFileSystem::Operation asked,
                                              const std::string& path) mutable -> Result<void> {
          if (asked != operation || path.find(".log") == std::string::npos || left-- > 0) {
            return {};
          }
          // Harmless from here on; the hook cannot replace itself while it runs.
          left = 1 << 30;
          ++faults;
          return fail(fault, "injected");
        });
  }

  static constexpr StreamIncarnation incarnation{.created_ms = 1700000000000, .random = 77};

  MemoryFileSystem files;
  SeededRandom random;
  ManualClock clock{unix_millis(1700000000000)};
  LogOptions options;
  std::vector<Ordinal> floors;
  std::optional<LogPosition> noted;  // survives everything
  bool is_store_failing = false;
  bool is_encrypting = false;  // with options.keys
  std::unique_ptr<StreamLog> log;
  mutable std::string last_failure;
  int faults = 0;
};

}  // namespace sluice::stream
