// Lives of a process, one after the other.
#include "sim/delivery_world.h"

#include "base/check.h"
#include "sim/unsynced_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace sluice::sim {

namespace {

using std::chrono::milliseconds;

constexpr std::int64_t start_ms = 1'752'400'000'000;
constexpr std::uint64_t stream_incarnation = 7;
constexpr std::uint64_t roomy_bytes = std::uint64_t{1} << 40;
constexpr std::uint64_t drain_steps_max = 20'000;
constexpr std::size_t idle_steps_max = 10'000;

std::string spool_folder() {
  return runner::spool_directory("/data", stream_incarnation);
}

}  // namespace

class DeliveryWorld::FixedSchemas final : public delivery::Schemas {
 public:
  explicit FixedSchemas(Faults& faults) : faults_(faults) {}

  Result<delivery::TableSchema> find(const std::string&,
                                     const std::string&,
                                     const std::string&) override {
    SLUICE_TRY_DO(faults_.before("schema", 0));
    SLUICE_TRY(schema, columnar::parse_columns(json_columns));
    return delivery::TableSchema{schema, "1"};
  }

 private:
  Faults& faults_;
};

DeliveryWorld::DeliveryWorld(const WorldOptions& options)
    : death_(options.death),
      partitions_(options.partitions),
      disk_error_(options.disk_error),
      random_(options.seed),
      runner_random_(random_.next()),
      clock_(unix_millis(start_ms)),
      unsynced_(options.loses_syncs ? make_unsynced_files(files_) : nullptr),
      dialect_(options.is_json ? make_json_dialect() : make_plain_dialect()),
      faults_(random_, options.rates),
      schemas_(std::make_unique<FixedSchemas>(faults_)),
      source_(options.shards, random_, faults_),
      bucket_(files_, clock_, random_, faults_, options.bucket),
      ledger_(faults_, options.ledger) {
  definition_.name = "simulated";
  definition_.incarnation = stream_incarnation;
  definition_.s3.bucket_arn = "arn:aws:s3:::simulated";
  set_file_faults(true);
}

DeliveryWorld::~DeliveryWorld() = default;

void DeliveryWorld::set_file_faults(bool is_on) {
  if (!is_on) {
    files_.set_fault_hook({});
    return;
  }
  files_.set_fault_hook(
      [this](MemoryFileSystem::Operation operation, const std::string& path) -> Result<void> {
        auto asked = faults_.before("file", static_cast<std::uint64_t>(operation));
        if (asked || faults_.is_dead()) {
          return asked;
        }
        const int chosen = random_.below(2) == 0 ? EIO : ENOSPC;
        return fail_errno(disk_error_ == 0 ? chosen : disk_error_, path);
      });
}

delivery::Ordinal DeliveryWorld::accept(std::uint32_t shard, bool is_bad) {
  SimulatedRecord record;
  record.arrival = clock_.now();
  record.is_bad = is_bad;
  record.data =
      dialect_->record({shard, source_.records(shard).size() + 1}, record.is_bad, random_);
  ++accepted_;
  return source_.accept(shard, std::move(record));
}

void DeliveryWorld::begin_life() {
  delivery::DeliveryStream definition = definition_;
  dialect_->apply_to(definition);
  runner_.reset();
  router_.reset();
  if (partitions_.is_on()) {
    router_.emplace(partitions_, definition.version, faults_);
  }
  if (memory_bytes_max_) {
    memory_.emplace(*memory_bytes_max_);
  }
  auto runner = runner::DeliveryRunner::create(
      std::move(definition),
      {.source = source_,
       .sink = bucket_,
       .ledger = ledger_,
       .schemas = *schemas_,
       .files = unsynced_ ? *unsynced_ : files_,
       .clock = clock_,
       .random = runner_random_,
       .spool_directory = spool_folder(),
       .writers =
           [this](const delivery::WriterRequest& request) {
             return dialect_->make_writer(request);
           },
       .report = {},
       .router = router_ ? &*router_ : nullptr,
       .resume =
           [this](const delivery::WriterRequest& request, const delivery::ParkedWriter& parked) {
             return dialect_->resume_writer(request, parked);
           },
       .memory = memory_bytes_max_ ? &*memory_ : nullptr},
      settings_);
  SLUICE_CHECK(runner.has_value());
  runner_ = std::move(*runner);
  ++lives_;
}

void DeliveryWorld::bury() {
  records_lost_ += runner_->status().records_lost;
  runner_.reset();
}

void DeliveryWorld::die(Death death) {
  faults_.die();
  if (runner_) {
    bury();
  }
  set_file_faults(false);
  if (death == Death::power_cut) {
    files_.crash(random_);
  } else {
    files_.kill();
  }
  set_file_faults(true);
  ledger_.restart();
  faults_.revive();
}

// The order in which records of several shards came is not known afterwards, nor how records were
// split into parts, error objects hold times, and the source need not keep what was settled when it
// was parked.
bool DeliveryWorld::can_be_rebuilt(const delivery::ObjectPlan& plan) const {
  if (plan.kind != delivery::ObjectKind::data || plan.positions.size() != 1 || partitions_.splits) {
    return false;
  }
  const delivery::ShardPositions& positions = plan.positions.front();
  const auto& records = source_.records(positions.shard.shard);
  const delivery::ShardMark& mark = ledger_.marks().at(positions.shard);
  return std::ranges::all_of(positions.ordinals.runs(), [&](const delivery::OrdinalSet::Run& run) {
    for (delivery::Ordinal at = run.first; at <= run.last; ++at) {
      if (records[at.value - 1].is_damaged || mark.is_settled(at)) {
        return false;
      }
    }
    return true;
  });
}

bool DeliveryWorld::rot_spool() {
  SLUICE_CHECK(runner_ == nullptr);
  for (const auto& [number, plan] : ledger_.planned()) {
    const std::string path = join_path(spool_folder(), plan.spool_name);
    if (can_be_rebuilt(plan) && files_.rot(path, random_)) {
      rotted_.insert(number);
      ++files_rotted_;
      faults_.note("rot", number.value);
      return true;
    }
  }
  return false;
}

bool DeliveryWorld::has_rot() const {
  return std::ranges::any_of(
      rotted_, [&](delivery::PlanNumber number) { return ledger_.planned().contains(number); });
}

bool DeliveryWorld::step() {
  if (!runner_) {
    begin_life();
  }
  next_ = runner_->step();
  if (faults_.is_dead()) {
    die(death_ ? *death_ : random_.below(2) == 0 ? Death::power_cut : Death::kill);
    return false;
  }
  const runner::RunnerStatus status = runner_->status();
  if (status.state == runner::RunnerState::broken) {
    problem_ = "broken: " + status.last_error;
    return false;
  }
  if (status.state == runner::RunnerState::ended) {
    bury();
    return false;
  }
  return next_.when == runner::NextStep::When::now;
}

void DeliveryWorld::step_at_most(std::size_t steps) {
  while (steps > 0 && step()) {
    --steps;
  }
}

void DeliveryWorld::step_until_idle() {
  step_at_most(idle_steps_max);
}

void DeliveryWorld::drain() {
  if (!runner_) {
    begin_life();
  }
  runner_->drain();
  for (std::uint64_t i = 0; i < drain_steps_max; ++i) {
    step();
    if (!runner_ || !problem_.empty()) {
      return;
    }
    if (next_.when == runner::NextStep::When::at && next_.at > clock_.steady()) {
      clock_.advance(std::chrono::ceil<milliseconds>(next_.at - clock_.steady()));
    }
  }
  problem_ = "the drain does not end: " + runner_->status().last_error;
  runner_.reset();
}

std::string DeliveryWorld::come_to_rest(const Expectation& expectation) {
  faults_.calm();
  files_.set_capacity(roomy_bytes);
  bucket_.let_late_puts_happen();
  source_.show_all();
  if (runner_) {
    drain();  // it may have been told to drain before the last records came
  }
  drain();
  const auto left = files_.list(spool_folder());
  if (problem_.empty() && left && !left->empty()) {
    problem_ = fmt::format("{} file(s) are left in the spool folder", left->size());
  }
  return problem_.empty()
             ? find_fault(source_, ledger_, bucket_, *dialect_, partitions_, expectation)
             : problem_;
}

}  // namespace sluice::sim
