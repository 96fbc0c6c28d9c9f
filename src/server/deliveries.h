// The delivery streams of the server: their definitions, and the runners that carry them out.
//
// A delivery stream that records are put into directly has a stream of its own, hidden from
// Kinesis, named by internal_stream_name().  Everything is kept in the store, definition and first
// marks in one transaction, and taken up again at start.
#pragma once

#include "base/clock.h"
#include "base/errand.h"
#include "base/file_system.h"
#include "base/random.h"
#include "base/result.h"
#include "delivery/definition.h"
#include "delivery/make_router.h"
#include "delivery/router.h"
#include "delivery/world.h"
#include "runner/delivery_runner.h"
#include "runner/memory_budget.h"
#include "runner/runner_pool.h"
#include "server/rerun.h"
#include "source/embedded_source.h"
#include "source/record_bell.h"
#include "store/database.h"
#include "store/ledger.h"
#include "stream/streams.h"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::server {

// The name of the hidden stream of a direct-put delivery stream.
std::string internal_stream_name(std::string_view delivery_stream, std::uint64_t incarnation);

// The name of the stream that its records come from; a backup's are those of its delivery stream.
std::string source_stream_name(const delivery::DeliveryStream& definition);

class DirectPuts;

// Where PutRecord and PutRecordBatch write to, and what counts them.
struct DirectPutTarget {
  stream::StreamHandle stream;
  std::shared_ptr<DirectPuts> puts;
};

// Thread-safe.
class Deliveries {
 public:
  struct Needs {
    std::string data_directory;
    store::Database& database;
    stream::Streams& streams;
    source::RecordBell& bell;
    delivery::Sink& sink;
    std::function<bool(std::string_view bucket)> is_remote;  // its puts may be slow; may be empty
    delivery::Schemas& schemas;
    delivery::ProcessorMakers processors;
    FileSystem& files;
    const Clock& clock;
    Random& random;  // thread-safe
    std::function<void(const std::string& line)> report;
    std::size_t threads = 0;  // as RunnerPool
    runner::ReplayWindow replay_window{};
    runner::MemoryBudget* memory = nullptr;  // of open objects, as RunnerWorld
    std::size_t pending_bytes_max = runner::RunnerOptions().pending_bytes_max;
  };

  // Everything in `needs` must outlive it.
  explicit Deliveries(Needs needs);
  ~Deliveries();
  Deliveries(const Deliveries&) = delete;
  Deliveries& operator=(const Deliveries&) = delete;

  // Takes up every delivery stream in the store.
  Result<void> load();

  // Adds a valid definition and begins to deliver.  Fault::conflict if the name is taken,
  // Fault::missing if the source stream does not exist.  Incarnation, times and the rest of what
  // is the server's are set here.
  Result<void> create(delivery::DeliveryStream definition);

  // Whether the processors of a valid definition can be made.  Fault::invalid with the rule that
  // its query breaks, or the setting that its Lambda function needs.
  Result<void> check_processors(const delivery::DeliveryStream& definition) const;

  // What a definition becomes; it may look at no other delivery stream.
  using Change =
      std::function<Result<delivery::DeliveryStream>(const delivery::DeliveryStream& current)>;

  // Replaces a definition by the valid one that `change` makes of it, under the next version.  What
  // is buffered is delivered under it, no earlier and no later for the change; what is planned goes
  // where it was planned to.  Fault::missing, and whatever `change` fails with, changes nothing.
  Result<void> update(std::string_view name, const Change& change);

  // The same for tags, which leave version and time of the update as they are: what is buffered is
  // delivered under what they say.
  Result<void> retag(std::string_view name, const Change& change);

  // The same for whether direct puts are encrypted at rest, from now on.
  Result<void> encrypt(std::string_view name, const Change& change);

  // What it holds and has not delivered is discarded.  Fault::missing.
  Result<void> remove(std::string_view name);

  // Whether a bucket lies in another S3.
  bool is_remote(std::string_view bucket) const {
    return needs_.is_remote && needs_.is_remote(bucket);
  }

  // nullptr if there is none.
  std::shared_ptr<const delivery::DeliveryStream> find(std::string_view name) const;

  // Sorted by name.
  std::vector<std::shared_ptr<const delivery::DeliveryStream>> list() const;

  // std::nullopt unless it takes direct puts.
  std::optional<DirectPutTarget> direct_put_target(std::string_view name) const;

  // Of a delivery stream or, by the name that delivery::legs_of() gives it, of a backup; nullptr
  // while there is no runner of that name.
  std::shared_ptr<runner::DeliveryRunner> runner(std::string_view name) const;

  // --- reruns (server/rerun.h) ---

  struct RerunOrder {
    Rerun rerun;                               // its incarnation is set here
    std::shared_ptr<delivery::Source> source;  // empty: that of the delivery stream
    runner::OnLeft on_left = {};               // as RunnerWorld
  };

  // Begins a rerun, or goes on with it where it stands, until all that its source has is delivered.
  // Fault::missing; Fault::conflict while it is under way, or where it was begun as another one.
  Result<void> begin_rerun(std::string_view name, RerunOrder order);

  // Ends it; what is not planned is for the next time.  One that is not under way has ended.
  Result<void> stop_rerun(std::string_view name, std::string_view id);

  struct RerunStanding {
    std::shared_ptr<delivery::Source> source;
    runner::RunnerStatus status;  // of a stopped one: as it was
    bool is_stopped = false;
  };

  // std::nullopt for one that was not begun in this process.
  std::optional<RerunStanding> rerun(std::string_view name, std::string_view id) const;

  // Of all that were ever begun; their legs.
  Result<std::vector<delivery::DeliveryStream>> rerun_legs(std::string_view name) const;

  // What a delivery stream has put: up to `limit` plans from number `from` on.  Fault::missing.
  Result<std::vector<store::CommittedPlan>> history(std::string_view name,
                                                    delivery::PlanNumber from,
                                                    std::size_t limit) const;

  // How far a rerun is; nothing for one that was never begun.
  Result<std::vector<delivery::ShardMark>> rerun_marks(std::string_view name,
                                                       std::string_view id) const;

  // A table of the catalog was changed.
  void schema_changed(std::string_view database, std::string_view table);

  // Delivers what is readable now.  Names those that could not within `patience`.
  std::vector<std::string> drain(std::chrono::milliseconds patience);

  // Ends all runners; what is not planned stays in the log.
  void stop();

 private:
  // What one runner works for and on: the delivery stream itself or its backup.
  struct Leg {
    delivery::DeliveryStream definition;
    std::unique_ptr<source::EmbeddedSource> source;
    std::unique_ptr<store::StoredLedger> ledger;
    std::unique_ptr<delivery::Router> router;  // of one with processors that need it
  };

  // A rerun that was begun in this process.
  struct OngoingRerun {
    Rerun rerun;
    delivery::DeliveryStream leg;
    std::shared_ptr<delivery::Source> source;
    std::unique_ptr<store::StoredLedger> ledger;
    std::unique_ptr<delivery::Router> router;
    runner::OnLeft on_left;
    std::optional<runner::RunnerStatus> stopped_at;
  };

  struct Entry {
    std::shared_ptr<const delivery::DeliveryStream> definition;
    std::map<std::string, std::unique_ptr<OngoingRerun>, std::less<>> reruns;  // by id
    std::vector<Leg> legs;  // used by changes only
    std::optional<DirectPutTarget> direct_put;
  };

  Result<void> begin(delivery::DeliveryStream definition);

  // What a runner is made of; `router` is filled.
  struct RunnerParts {
    const delivery::DeliveryStream& definition;
    delivery::Source& source;
    delivery::Ledger& ledger;
    std::unique_ptr<delivery::Router>& router;
    runner::OnLeft on_left = {};
  };

  Result<std::unique_ptr<runner::DeliveryRunner>> make_runner(const RunnerParts& parts);
  Leg open_leg(delivery::DeliveryStream definition);
  Result<void> start(Leg& leg);
  Result<void> restart(Entry& entry);
  Entry* entry_of(std::string_view name);
  bool is_under_way(const std::string& leg) const;
  Result<Rerun> keep_rerun(const delivery::DeliveryStream& stream, Rerun rerun);
  Result<std::unique_ptr<OngoingRerun>> open_rerun(const delivery::DeliveryStream& stream,
                                                   RerunOrder order);
  Result<void> start_rerun(OngoingRerun& ongoing);
  Result<void> restart_reruns(Entry& entry);
  void finish_reruns(Entry& entry);
  Result<void> drop_reruns(const delivery::DeliveryStream& stream);
  Result<Entry*> replace(std::string_view name, const Change& change);
  Result<void> make_stream(const delivery::DeliveryStream& definition);
  Result<void> tell_stream_of_encryption(const delivery::DeliveryStream& definition);
  Result<std::vector<delivery::ShardMark>> first_marks(const delivery::DeliveryStream& definition);
  void sweep(const std::vector<delivery::DeliveryStream>& known);
  void sweep_reruns(const std::vector<delivery::DeliveryStream>& known);
  Result<std::vector<delivery::DeliveryStream>> all_legs_of(
      const delivery::DeliveryStream& stream) const;
  static void hold_undelivered(source::EmbeddedSource& source, store::StoredLedger& ledger);
  void remove_spool(const std::string& directory);
  void remove_stream_of(const delivery::DeliveryStream& definition);

  Needs needs_;
  std::mutex change_mutex_;   // one create, update or remove at a time
  mutable std::mutex mutex_;  // guards entries_
  std::map<std::string, Entry, std::less<>> entries_;
  Helpers helpers_;
  runner::RunnerPool pool_;  // last: its threads use the entries
};

}  // namespace sluice::server
