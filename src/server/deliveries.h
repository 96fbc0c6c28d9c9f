// The delivery streams of the server: their definitions, and the runners that carry them out.
//
// A delivery stream that records are put into directly has a stream of its own, hidden from
// Kinesis, named by internal_stream_name().  Everything is kept in the store, definition and first
// marks in one transaction, and taken up again at start.
#pragma once

#include "base/clock.h"
#include "base/file_system.h"
#include "base/random.h"
#include "base/result.h"
#include "delivery/definition.h"
#include "delivery/metadata_query.h"
#include "delivery/router.h"
#include "delivery/world.h"
#include "runner/delivery_runner.h"
#include "runner/runner_pool.h"
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
    delivery::Schemas& schemas;
    delivery::MetadataQueries queries;
    FileSystem& files;
    const Clock& clock;
    Random& random;  // thread-safe
    std::function<void(const std::string& line)> report;
    std::size_t threads = 0;  // as RunnerPool
    runner::ReplayWindow replay_window{};
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
  // its query breaks.
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

  // nullptr if there is none.
  std::shared_ptr<const delivery::DeliveryStream> find(std::string_view name) const;

  // Sorted by name.
  std::vector<std::shared_ptr<const delivery::DeliveryStream>> list() const;

  // std::nullopt unless it takes direct puts.
  std::optional<DirectPutTarget> direct_put_target(std::string_view name) const;

  // Of a delivery stream or, by the name that delivery::legs_of() gives it, of a backup; nullptr
  // while there is no runner of that name.
  std::shared_ptr<runner::DeliveryRunner> runner(std::string_view name) const;

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
    std::unique_ptr<delivery::Router> router;  // of a partitioned one
  };

  struct Entry {
    std::shared_ptr<const delivery::DeliveryStream> definition;
    std::vector<Leg> legs;  // used by changes only
    std::optional<DirectPutTarget> direct_put;
  };

  Result<void> begin(delivery::DeliveryStream definition);
  Result<std::unique_ptr<delivery::Router>> make_router(
      const delivery::DeliveryStream& definition) const;
  Result<std::unique_ptr<runner::DeliveryRunner>> make_runner(Leg& leg);
  Leg open_leg(delivery::DeliveryStream definition);
  Result<void> start(Leg& leg);
  Result<void> restart(Entry& entry);
  Result<Entry*> replace(std::string_view name, const Change& change);
  Result<void> make_stream(const delivery::DeliveryStream& definition);
  Result<void> tell_stream_of_encryption(const delivery::DeliveryStream& definition);
  Result<std::vector<delivery::ShardMark>> first_marks(const delivery::DeliveryStream& definition);
  void sweep(const std::vector<delivery::DeliveryStream>& known);
  static void hold_undelivered(source::EmbeddedSource& source, store::StoredLedger& ledger);
  void remove_spool(const std::string& directory);
  void remove_stream_of(const delivery::DeliveryStream& definition);

  Needs needs_;
  std::mutex change_mutex_;   // one create, update or remove at a time
  mutable std::mutex mutex_;  // guards entries_
  std::map<std::string, Entry, std::less<>> entries_;
  runner::RunnerPool pool_;  // last: its threads use the entries
};

}  // namespace sluice::server
