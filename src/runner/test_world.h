// A small world in memory for the tests of this room: a source that is pushed to, a bucket that can
// be closed, a ledger, and everything else a runner needs.
#pragma once

#include "base/check.h"
#include "base/clock.h"
#include "base/errand.h"
#include "base/memory_file_system.h"
#include "base/random.h"
#include "delivery/router.h"
#include "runner/delivery_runner.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace sluice::runner::testing {

// One shard.  Thread-safe.
class PushedSource final : public delivery::Source {
 public:
  static constexpr delivery::ShardKey key{delivery::StreamIncarnation{5}, 0};
  static constexpr delivery::ShardKey later_key{delivery::StreamIncarnation{6}, 0};

  void push(const std::string& data, UnixMillis arrival) {
    std::function<void()> wake;
    {
      const std::lock_guard lock(mutex_);
      records_.push_back({arrival, std::make_shared<const std::string>(data)});
      wake = wake_;
    }
    if (wake) {
      wake();
    }
  }

  Result<std::vector<Shard>> shards() override {
    const std::lock_guard lock(mutex_);
    if (is_deleted_) {
      return fail(Fault::missing, "the stream is deleted");
    }
    return std::vector<Shard>{{present_, delivery::Ordinal{1}, {}, false}};
  }

  // The stream and its records go.
  void remove() {
    const std::lock_guard lock(mutex_);
    is_deleted_ = true;
    records_.clear();
  }

  // Another one of the same name.
  void create_anew() {
    const std::lock_guard lock(mutex_);
    is_deleted_ = false;
    present_ = later_key;
  }

  Result<delivery::SourceBatch> read(delivery::ShardKey shard,
                                     delivery::Ordinal from,
                                     std::size_t bytes_max) override {
    const std::lock_guard lock(mutex_);
    if (is_deleted_ || shard != present_) {
      return fail(Fault::missing, "the stream is deleted");
    }
    if (damaged_ == from) {
      return fail(Fault::corrupt, "segment 1 is damaged at byte 64");
    }
    auto owner = std::make_shared<std::vector<std::shared_ptr<const std::string>>>();
    delivery::SourceBatch batch;
    std::size_t bytes = 0;
    for (std::size_t i = from.value - 1; i < records_.size() && bytes < bytes_max; ++i) {
      if (damaged_ == delivery::Ordinal{i + 1}) {
        break;
      }
      owner->push_back(records_[i].data);
      batch.records.push_back(
          {delivery::Ordinal{i + 1}, records_[i].arrival, *records_[i].data, "k"});
      bytes += records_[i].data->size();
    }
    batch.owner = owner;
    return batch;
  }

  Result<delivery::Ordinal> end_of_damage(delivery::ShardKey, delivery::Ordinal from) override {
    return from + 1;
  }

  Result<delivery::Ordinal> tip(delivery::ShardKey) override {
    const std::lock_guard lock(mutex_);
    return delivery::Ordinal{records_.size() + 1};
  }

  Result<delivery::Ordinal> first_at(delivery::ShardKey, UnixMillis time) override {
    const std::lock_guard lock(mutex_);
    std::size_t i = 0;
    while (i < records_.size() && records_[i].arrival < time) {
      ++i;
    }
    return delivery::Ordinal{i + 1};
  }

  void hold(delivery::ShardKey, delivery::Ordinal low) override {
    const std::lock_guard lock(mutex_);
    held_ = low;
  }

  std::string sequence_number(delivery::ShardKey, delivery::Ordinal ordinal, UnixMillis) override {
    return std::to_string(ordinal.value);
  }

  void on_records(std::function<void()> wake) override {
    const std::lock_guard lock(mutex_);
    wake_ = std::move(wake);
  }

  void damage(delivery::Ordinal ordinal) {
    const std::lock_guard lock(mutex_);
    damaged_ = ordinal;
  }

  delivery::Ordinal held() const {
    const std::lock_guard lock(mutex_);
    return held_;
  }

 private:
  struct Kept {
    UnixMillis arrival;
    std::shared_ptr<const std::string> data;
  };

  mutable std::mutex mutex_;
  std::vector<Kept> records_;
  delivery::ShardKey present_ = key;
  bool is_deleted_ = false;
  delivery::Ordinal damaged_{0};
  delivery::Ordinal held_{0};
  std::function<void()> wake_;
};

// Thread-safe.
class OpenBucket final : public delivery::Sink {
 public:
  explicit OpenBucket(FileSystem& files) : files_(files) {}

  Result<void> put(const delivery::ObjectPlan& plan, const std::string& spool_path) override {
    if (is_closed) {
      return fail(Fault::unavailable, "the bucket is closed");
    }
    SLUICE_TRY(bytes, read_file(files_, spool_path));
    const std::lock_guard lock(mutex_);
    objects_[plan.key] = bytes;
    return {};
  }

  std::map<std::string, Bytes> objects() const {
    const std::lock_guard lock(mutex_);
    return objects_;
  }

  std::atomic<bool> is_closed = false;

 private:
  FileSystem& files_;
  mutable std::mutex mutex_;
  std::map<std::string, Bytes> objects_;
};

class MemoryLedger final : public delivery::Ledger {
 public:
  Result<delivery::LedgerState> load() override { return state; }

  Result<void> add_mark(const delivery::ShardMark& mark) override {
    state.marks.push_back(mark);
    return {};
  }

  Result<void> record_plans(const std::vector<delivery::ObjectPlan>& plans) override {
    for (const delivery::ObjectPlan& plan : plans) {
      std::erase_if(state.parked, [&plan](const delivery::ParkedObject& parked) {
        return parked.draft.spool_name == plan.spool_name;
      });
      state.planned.push_back(plan);
      ++state.next_plan;
    }
    return {};
  }

  Result<void> park(const std::vector<delivery::ParkedObject>& objects,
                    const std::vector<delivery::ShardMark>& marks) override {
    for (const delivery::ParkedObject& object : objects) {
      std::erase_if(state.parked, [&object](const delivery::ParkedObject& parked) {
        return parked.draft.spool_name == object.draft.spool_name;
      });
      state.parked.push_back(object);
    }
    replace(marks);
    return {};
  }

  Result<void> commit(const std::vector<delivery::PlanNumber>& numbers,
                      const std::vector<delivery::ShardMark>& marks,
                      UnixMillis) override {
    std::erase_if(state.planned, [&](const auto& plan) {
      return std::ranges::find(numbers, plan.number) != numbers.end();
    });
    replace(marks);
    return {};
  }

  delivery::LedgerState state;

 private:
  void replace(const std::vector<delivery::ShardMark>& marks) {
    for (const delivery::ShardMark& mark : marks) {
      for (delivery::ShardMark& known : state.marks) {
        known = known.shard == mark.shard ? mark : known;
      }
    }
  }
};

class OneTable final : public delivery::Schemas {
 public:
  Result<delivery::TableSchema> find(const std::string&,
                                     const std::string& table,
                                     const std::string&) override {
    if (is_missing) {
      return fail(Fault::missing, "table " + table + " does not exist");
    }
    SLUICE_TRY(schema, columnar::parse_columns(columns));
    return delivery::TableSchema{schema, version};
  }

  std::atomic<bool> is_missing = false;
  std::string version = "3";  // not while a runner works on another thread
  std::string columns = "bpm int";
};

struct TestWorld {
  static constexpr std::int64_t start_ms = 1'752'400'000'000;

  ManualClock clock{unix_millis(start_ms)};
  const Clock* time = &clock;  // what runners go by
  MemoryFileSystem files;
  SystemRandom random;
  PushedSource source;
  OpenBucket bucket{files};
  MemoryLedger ledger;
  OneTable schemas;
  std::vector<std::string> reports;
  std::vector<std::string> delivered;  // keys, in the order of their commits
  RunnerOptions options;               // of the next runner, as is the version
  std::uint32_t version = 1;
  delivery::Router* router = nullptr;
  OnLeft on_left;
  MemoryBudget* memory = nullptr;
  Helpers* helpers = nullptr;
  std::function<void(delivery::DeliveryStream&)> adapt;  // the definition, if set

  std::unique_ptr<DeliveryRunner> runner(bool converts = false, const std::string& name = "hr") {
    delivery::DeliveryStream definition;
    definition.name = name;
    definition.incarnation = 1;
    definition.version = version;
    definition.source_type = delivery::SourceType::kinesis_stream;
    definition.delivery_start = unix_millis(start_ms);
    definition.s3.bucket_arn = "arn:aws:s3:::b";
    definition.s3.buffer_size_mib = 64;
    definition.s3.buffer_interval_s = 60;
    if (converts) {
      delivery::Conversion conversion;
      conversion.schema = delivery::SchemaReference{"", "", "db", "beats", "", ""};
      definition.s3.conversion = conversion;
    }
    if (adapt) {
      adapt(definition);
    }
    auto made = DeliveryRunner::create(
        definition,
        {source,
         bucket,
         ledger,
         schemas,
         files,
         *time,
         random,
         spool_directory("/data", 1),
         {},
         [this](const std::string& line) { reports.push_back(line); },
         [this](const delivery::ObjectPlan& plan) { delivered.push_back(plan.key); },
         router,
         {},
         on_left,
         false,
         memory,
         helpers},
        options);
    SLUICE_CHECK(made.has_value());
    return std::move(*made);
  }
};

}  // namespace sluice::runner::testing
