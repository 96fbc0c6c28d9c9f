// A delivery stream in a world of memory.
#include "cli/rehearsal.h"

#include "base/base64.h"
#include "base/check.h"
#include "base/memory_file_system.h"
#include "base/random.h"
#include "cli/input_text.h"
#include "cli/parquet_rows.h"
#include "delivery/make_router.h"
#include "delivery/world.h"
#include "json/document.h"
#include "runner/definition_options.h"
#include "runner/delivery_runner.h"
#include "serde/record_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <memory>
#include <utility>

namespace sluice::cli {
namespace {

using delivery::Ordinal;
using delivery::ShardKey;

constexpr std::uint64_t random_seed = 7;  // the same keys each time
constexpr std::string_view memory_directory = "/rehearsal";
constexpr std::string_view partition_key = "sluice-put";  // as `sluice put` has it

// The records, in one shard.
class GivenRecords final : public delivery::Source {
 public:
  GivenRecords(const std::vector<Bytes>& records, UnixMillis arrival)
      : records_(records), arrival_(arrival) {}

  Result<std::vector<Shard>> shards() override {
    return std::vector<Shard>{{.key = key, .first = Ordinal{1}, .parents = {}, .is_closed = false}};
  }

  Result<delivery::SourceBatch> read(ShardKey, Ordinal from, std::size_t bytes_max) override {
    delivery::SourceBatch batch;
    std::size_t bytes = 0;
    for (std::size_t i = from.value - 1; i < records_.size() && bytes < bytes_max; ++i) {
      batch.records.push_back({Ordinal{i + 1}, arrival_, records_[i], partition_key});
      bytes += std::max<std::size_t>(records_[i].size(), 1);
    }
    return batch;
  }

  Result<Ordinal> end_of_damage(ShardKey, Ordinal from) override { return from; }

  Result<Ordinal> tip(ShardKey) override { return Ordinal{records_.size() + 1}; }

  Result<Ordinal> first_at(ShardKey, UnixMillis) override { return Ordinal{1}; }

  void hold(ShardKey, Ordinal) override {}

  std::string sequence_number(ShardKey, Ordinal ordinal, UnixMillis) override {
    return std::to_string(ordinal.value);
  }

  void on_records(std::function<void()>) override {}

 private:
  static constexpr ShardKey key{delivery::StreamIncarnation{1}, 0};

  const std::vector<Bytes>& records_;
  const UnixMillis arrival_;
};

// Remembers nothing: there is one life only.
class NoLedger final : public delivery::Ledger {
 public:
  Result<delivery::LedgerState> load() override { return delivery::LedgerState{}; }

  Result<void> add_mark(const delivery::ShardMark&) override { return {}; }

  Result<void> record_plans(const std::vector<delivery::ObjectPlan>&) override { return {}; }

  Result<void> park(const std::vector<delivery::ParkedObject>&,
                    const std::vector<delivery::ShardMark>&) override {
    return {};
  }

  Result<void> commit(const std::vector<delivery::PlanNumber>&,
                      const std::vector<delivery::ShardMark>&,
                      UnixMillis) override {
    return {};
  }
};

class KeptObjects final : public delivery::Sink {
 public:
  struct Object {
    delivery::ObjectPlan plan;
    Bytes bytes;
  };

  explicit KeptObjects(FileSystem& files) : files_(files) {}

  Result<void> put(const delivery::ObjectPlan& plan, const std::string& spool_path) override {
    SLUICE_TRY(bytes, read_file(files_, spool_path));
    objects_.push_back({plan, std::move(bytes)});
    return {};
  }

  std::vector<Object> take() && { return std::move(objects_); }

 private:
  FileSystem& files_;
  std::vector<Object> objects_;
};

class OneSchema final : public delivery::Schemas {
 public:
  explicit OneSchema(const std::optional<columnar::Schema>& schema) : schema_(schema) {}

  Result<delivery::TableSchema> find(const std::string&,
                                     const std::string&,
                                     const std::string&) override {
    SLUICE_CHECK(schema_.has_value());
    return delivery::TableSchema{*schema_, "0"};
  }

 private:
  const std::optional<columnar::Schema>& schema_;
};

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char one) {
    return static_cast<char>(std::tolower(one));
  });
  return text;
}

// What conversion goes by, once it is known that the SerDe can do it.
Result<std::optional<columnar::Schema>> schema_of(const delivery::DeliveryStream& leg,
                                                  const Tables& tables) {
  if (!leg.s3.converts()) {
    return std::nullopt;
  }
  const delivery::SchemaReference& reference = *leg.s3.conversion->schema;
  const std::string name = lower(reference.database + "." + reference.table);
  const auto found = tables.find(name);
  if (found == tables.end()) {
    return fail(Fault::missing,
                fmt::format("table {} is not in the file; add a [[table]] for it", name));
  }
  SLUICE_TRY_DO(serde::make_reader(found->second, leg.s3.conversion->serde()));
  return std::optional(found->second);
}

// Steps until the runner has ended, or wants to wait until after `end`.  Whatever fails would fail
// again.
Result<void> step_until(runner::DeliveryRunner& runner,
                        ManualClock& clock,
                        std::chrono::nanoseconds end) {
  for (;;) {
    const runner::NextStep next = runner.step();
    if (const std::string error = runner.status().last_error; !error.empty()) {
      return fail(Fault::invalid, error);
    }
    const bool waits = next.when != runner::NextStep::When::now;
    if (waits && (next.when != runner::NextStep::When::at || next.at > end)) {
      return {};
    }
    if (waits && next.at > clock.steady()) {
      clock.advance(std::chrono::ceil<std::chrono::milliseconds>(next.at - clock.steady()));
    }
  }
}

// A drain closes everything but sessions, which only silence ends.
Result<void> run_to_the_end(runner::DeliveryRunner& runner,
                            ManualClock& clock,
                            const runner::RunnerOptions& options) {
  if (options.by_session) {
    SLUICE_TRY_DO(step_until(runner, clock, 2 * *options.interval + std::chrono::minutes(1)));
  }
  runner.drain();
  SLUICE_TRY_DO(step_until(runner, clock, std::chrono::nanoseconds::max()));
  SLUICE_CHECK(runner.status().state == runner::RunnerState::ended);
  return {};
}

// Nothing of what is compressed otherwise.
Result<std::optional<Bytes>> text_of(const Bytes& bytes, std::string_view encoding) {
  if (encoding.empty()) {
    return std::optional(bytes);
  }
  if (encoding != "gzip") {
    return std::nullopt;
  }
  std::size_t at = 0;
  InputText text(
      [&](char* to, std::size_t count) -> Result<std::size_t> {
        const std::size_t taken = bytes.copy(to, count, at);
        at += taken;
        return taken;
      },
      "the object");
  Bytes out;
  for (;;) {
    constexpr std::size_t block = std::size_t{64} << 10;
    const std::size_t before = out.size();
    out.resize(before + block);
    SLUICE_TRY(count, text.read(out.data() + before, block));
    out.resize(before + count);
    if (count == 0) {
      return std::optional(std::move(out));
    }
  }
}

Result<std::vector<RefusedRecord>> refused_of(ByteView lines) {
  std::vector<RefusedRecord> out;
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    SLUICE_TRY(line, json::Document::parse(Bytes(lines.substr(0, end))));
    const auto text = [root = line.root()](std::string_view name, std::string_view other) {
      const json::View found = root.find(name);
      return std::string(
          (found.exists() ? found : root.find(other)).as_string().value_or(std::string_view()));
    };
    RefusedRecord refused{.code = text("lastErrorCode", "errorCode"),
                          .message = text("lastErrorMessage", "errorMessage"),
                          .data = {}};
    const std::string raw = text("rawData", "rawData");
    SLUICE_CHECK(base64_decode_append(raw, refused.data));
    out.push_back(std::move(refused));
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  return out;
}

Result<RehearsedObject> shown(const KeptObjects::Object& object,
                              const std::optional<columnar::Schema>& schema) {
  const delivery::ObjectPlan& plan = object.plan;
  RehearsedObject out{.kind = plan.kind,
                      .key = without_uuid(plan.key),
                      .records = plan.records,
                      .bytes = plan.bytes,
                      .rows = {},
                      .text = {},
                      .refused = {}};
  if (plan.kind != delivery::ObjectKind::data) {
    SLUICE_TRY(refused, refused_of(object.bytes));
    out.refused = std::move(refused);
  } else if (schema) {
    SLUICE_TRY(rows, parquet_rows(object.bytes, *schema));
    out.rows = std::move(rows);
  } else {
    SLUICE_TRY(text, text_of(object.bytes, plan.content_encoding));
    out.text = std::move(text);
  }
  return out;
}

}  // namespace

std::string without_uuid(std::string key) {
  constexpr std::string_view form = "xxxxxxxx-xxxx-4xxx-xxxx-xxxxxxxxxxxx";
  const auto is_at = [&](std::size_t at) {
    for (std::size_t i = 0; i < form.size(); ++i) {
      const char one = key[at + i];
      const bool is_good =
          form[i] == 'x' ? std::isxdigit(static_cast<unsigned char>(one)) != 0 : one == form[i];
      if (!is_good) {
        return false;
      }
    }
    return true;
  };
  for (std::size_t at = key.size() < form.size() ? 0 : key.size() - form.size() + 1; at > 0; --at) {
    if (is_at(at - 1)) {
      return key.replace(at - 1, form.size(), "*");
    }
  }
  return key;
}

Result<Rehearsal> rehearse(const delivery::DeliveryStream& leg,
                           const Tables& tables,
                           const delivery::ProcessorMakers& processors,
                           const std::vector<Bytes>& records,
                           UnixMillis arrival) {
  Rehearsal out;
  SLUICE_TRY(schema, schema_of(leg, tables));
  out.schema = std::move(schema);
  SLUICE_TRY(options, runner::options_of(leg));
  SLUICE_TRY_DO(delivery::check_processors(leg, processors));
  ManualClock clock(arrival);
  MemoryFileSystem files;
  SeededRandom random(random_seed);
  GivenRecords source(records, arrival);
  NoLedger ledger;
  SLUICE_TRY(router, delivery::make_router(leg, processors, source, random));
  OneSchema schemas(out.schema);
  KeptObjects sink(files);
  const std::string spool = runner::spool_directory(memory_directory, leg.incarnation);
  SLUICE_TRY_DO(files.create_directories(spool));
  SLUICE_TRY(runner,
             runner::DeliveryRunner::create(leg,
                                            {.source = source,
                                             .sink = sink,
                                             .ledger = ledger,
                                             .schemas = schemas,
                                             .files = files,
                                             .clock = clock,
                                             .random = random,
                                             .spool_directory = spool,
                                             .writers = {},
                                             .report = {},
                                             .router = router.get()},
                                            options));
  SLUICE_TRY_DO(run_to_the_end(*runner, clock, options));
  for (const KeptObjects::Object& object : std::move(sink).take()) {
    SLUICE_TRY(one, shown(object, out.schema));
    out.objects.push_back(std::move(one));
  }
  std::sort(out.objects.begin(), out.objects.end(), [](const auto& left, const auto& right) {
    return std::pair(left.kind, left.key) < std::pair(right.kind, right.key);
  });
  return out;
}

}  // namespace sluice::cli
