// Start-up and shut-down: who holds whom, and in which order.
#include "server/server.h"

#include "base/clock.h"
#include "base/count_text.h"
#include "base/file_lock.h"
#include "base/file_system.h"
#include "base/random.h"
#include "catalog/catalog.h"
#include "catalog/schemas.h"
#include "json/document.h"
#include "net/http_server.h"
#include "net/tls_context.h"
#include "query/crawlers.h"
#include "query/metadata_queries.h"
#include "s3/local_sink.h"
#include "s3/local_store.h"
#include "serde/record_reader.h"
#include "server/athena_service.h"
#include "server/aws_limits.h"
#include "server/bucket_sinks.h"
#include "server/config_drift.h"
#include "server/counters.h"
#include "server/data_usage.h"
#include "server/deliveries.h"
#include "server/front.h"
#include "server/key_file.h"
#include "server/kinesis/shapes.h"
#include "server/lifecycle_sweeper.h"
#include "server/losses.h"
#include "server/memory_split.h"
#include "server/metrics.h"
#include "server/stream_definitions.h"
#include "server/subscriptions.h"
#include "server/webhooks.h"
#include "source/record_bell.h"
#include "store/database.h"
#include "store/ledger.h"
#include "stream/disk_reserve.h"
#include "stream/group_commit.h"
#include "stream/streams.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <charconv>

namespace sluice::server {
namespace {

// 2: records may be encrypted.
constexpr std::uint32_t data_format = 2;
constexpr std::chrono::seconds answer_patience{10};  // for requests in flight when stopping
constexpr std::size_t opening_threads = 3;           // for the logs at start
constexpr std::uint64_t floor_per_reserve = 4;       // a part of the floor is kept as a file

// The data directory says which format it has; a newer one is left alone.
Result<void> check_format(FileSystem& files, const std::string& directory) {
  const std::string path = join_path(directory, "FORMAT");
  if (!files.exists(path)) {
    return replace_file(files, path, fmt::format("{}\n", data_format));
  }
  SLUICE_TRY(text, read_file(files, path));
  std::uint32_t found = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), found);
  if (fault != std::errc() || found == 0) {
    return fail(
        Fault::corrupt,
        fmt::format("{} holds no format number; is this a data directory of sluice?", path));
  }
  if (found > data_format) {
    return fail(Fault::unsupported,
                fmt::format("the data directory {} has format {}, this program knows up to {}; "
                            "start the newer program",
                            directory,
                            found,
                            data_format));
  }
  return found == data_format ? Result<void>()
                              : replace_file(files, path, fmt::format("{}\n", data_format));
}

// Logs without the store that says whose they are: going on would make new streams beside them and
// leave their records where nobody reads them.
Result<void> check_store(FileSystem& files, const std::string& directory) {
  const std::string path = join_path(directory, "sluice.db");
  const auto logs = files.list(join_path(directory, "streams"));
  if (files.exists(path) || !logs || logs->empty()) {
    return {};
  }
  return fail(
      Fault::missing,
      fmt::format("{} is gone, and {}/streams holds {}: `sluice recover --config FILE` makes "
                  "it again, so that nothing is lost or delivered twice; to begin anew, "
                  "take another data directory",
                  path,
                  directory,
                  counted(logs->size(), "log", "logs")));
}

// The secret that shard iterators are sealed with; made at the first start.
Result<std::string> load_iterator_key(FileSystem& files,
                                      Random& random,
                                      const std::string& directory) {
  const std::string path = join_path(directory, "iterator.key");
  if (files.exists(path)) {
    return read_file(files, path);
  }
  constexpr std::size_t key_characters = 43;  // 256 bits
  std::string key = random_alphanumeric(random, key_characters);
  SLUICE_TRY_DO(replace_file(files, path, key));
  return key;
}

std::string table_input(const TableSetting& setting) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.member("Name", std::string_view(setting.name));
  out.member("TableType", "EXTERNAL_TABLE");
  out.key("StorageDescriptor");
  out.begin_object();
  out.key("Columns");
  out.begin_array();
  for (const columnar::Field& field : columnar::parse_columns(setting.columns)->columns) {
    out.begin_object();
    out.member("Name", std::string_view(field.name));
    out.member("Type", std::string_view(columnar::to_string(field.type)));
    out.end_object();
  }
  out.end_array();
  out.end_object();
  out.end_object();
  return text;
}

// Three of four descriptors that the process may open; the rest is for files.
std::size_t connections_max() {
  constexpr rlim_t enough = 16'384;
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return net::HttpServerOptions().connections_max;
  }
  return static_cast<std::size_t>(std::clamp<rlim_t>(limit.rlim_cur / 4 * 3, 1, enough));
}

// Existing things are as good as created ones.
template <class Created>
Result<void> unless_there(const Created& created) {
  if (created || created.error().fault() == Fault::conflict) {
    return {};
  }
  return fail(created.error().fault(), created.error().message());
}

}  // namespace

struct Server::State {
  Config config;
  Log log;
  SystemClock clock;
  SystemRandom random;
  Counters counters;
  Losses losses{[this](const std::string& line) { log(line); }};
  std::unique_ptr<FileSystem> files;
  std::optional<FileLock> lock;
  std::optional<stream::DiskReserve> reserve;
  std::unique_ptr<store::Database> database;
  std::unique_ptr<StoredStreamDefinitions> stream_definitions;
  std::unique_ptr<catalog::Catalog> catalog;
  std::unique_ptr<catalog::CatalogSchemas> schemas;
  std::unique_ptr<Webhooks> webhooks;
  std::unique_ptr<s3::LocalStore> buckets;
  std::unique_ptr<s3::MultipartUploads> uploads;
  std::optional<s3::Lifecycles> lifecycles;
  std::unique_ptr<s3::LocalSink> local_sink;
  std::unique_ptr<BucketSinks> sinks;
  std::optional<LifecycleSweeper> lifecycle_sweeper;
  std::optional<DataUsage> usage;  // with a cap on the data directory
  std::unique_ptr<stream::LogWriter> writer;
  std::unique_ptr<stream::Streams> streams;
  source::RecordBell bell;
  MemorySplit memory;
  std::optional<runner::MemoryBudget> open_objects;
  std::unique_ptr<Deliveries> deliveries;
  std::unique_ptr<query::Crawlers> crawlers;
  std::unique_ptr<AthenaService> athena;
  std::optional<AwsLimits> aws_limits;
  std::unique_ptr<World> world;
  std::unique_ptr<Subscriptions> subscriptions;
  std::shared_ptr<const net::TlsContext> tls;
  std::unique_ptr<Gate> gate;
  std::unique_ptr<Front> front;
  std::unique_ptr<net::HttpServer> http;
  bool is_stopped = false;

  Result<void> open_data();
  Result<void> open_streams();
  Result<void> start_delivering();
  Result<void> start_answering();
  Result<void> apply_config();
  Result<void> apply(const delivery::DeliveryStream& definition);
  void report_drift() const;
  Result<void> listen();
  stream::SpaceRules space_rules();
  void report_recovery() const;
  std::string metrics() const;
  StopReport stop(OnStop what);
};

Result<void> Server::State::open_data() {
  const std::string& directory = config.data_directory;
  SLUICE_TRY_DO(files->create_directories(directory));
  auto held = FileLock::acquire(join_path(directory, "LOCK"));
  if (!held) {
    return fail(
        held.error().fault(),
        fmt::format("the data directory {} cannot be used: {}", directory, held.error().message()));
  }
  lock.emplace(*std::move(held));
  // First of all: on a full disk all that follows may need its room.
  reserve.emplace(
      *files,
      stream::DiskReserveOptions{.directory = directory,
                                 .bytes = config.free_space_floor_bytes / floor_per_reserve,
                                 .floor = config.free_space_floor_bytes,
                                 .report = log});
  reserve->keep();
  SLUICE_TRY_DO(check_format(*files, directory));
  SLUICE_TRY_DO(check_store(*files, directory));
  SLUICE_TRY(opened, store::Database::open(join_path(directory, "sluice.db")));
  database = std::move(opened);
  stream_definitions = std::make_unique<StoredStreamDefinitions>(*database);
  SLUICE_TRY(opened_catalog, catalog::Catalog::open(*database, clock));
  catalog = std::move(opened_catalog);
  schemas = std::make_unique<catalog::CatalogSchemas>(*catalog);
  SLUICE_TRY(opened_buckets, s3::LocalStore::open(directory, *database, clock));
  buckets = std::move(opened_buckets);
  SLUICE_TRY(started_webhooks,
             Webhooks::start(config.webhooks,
                             {.database = *database,
                              .files = *files,
                              .clock = clock,
                              .random = random,
                              .account = config.delivery_account(),
                              .report = [this](const std::string& line) { log(line); }}));
  webhooks = std::move(started_webhooks);
  buckets->set_events(*webhooks);
  SLUICE_TRY(opened_uploads, s3::MultipartUploads::open(directory, *buckets, clock, random));
  uploads = std::move(opened_uploads);
  lifecycles.emplace(*buckets, *uploads, *database, clock);
  local_sink =
      std::make_unique<s3::LocalSink>(*buckets, [this](const std::string& line) { log(line); });
  SLUICE_TRY(opened_sinks,
             BucketSinks::open(config.s3,
                               {.data_directory = directory,
                                .local = *local_sink,
                                .files = *files,
                                .clock = clock,
                                .random = random,
                                .sources = sources_of_process(*files)}));
  sinks = std::move(opened_sinks);
  return {};
}

Result<void> Server::State::open_streams() {
  writer = std::make_unique<stream::LogWriter>(
      *files,
      clock,
      stream::LogWriterOptions{.disk = config.data_directory,
                               .free_bytes_min = config.free_space_floor_bytes,
                               .reserve = &*reserve,
                               .report = log});
  // New ordinals start above every mark ever written, so that a log that lost its end (a restored
  // back-up) never gives a delivered ordinal to a new record.
  std::optional<Error> unknown_floor;
  const auto floors = [&](const stream::StreamDefinition& definition) {
    std::vector<stream::Ordinal> out;
    const auto highest =
        store::highest_ordinals(*database, source::delivery_incarnation(definition.incarnation));
    if (!highest) {
      unknown_floor = highest.error();
      return out;
    }
    for (const auto& [shard, ordinal] : *highest) {
      out.resize(std::max<std::size_t>(out.size(), shard + 1), stream::first_ordinal);
      out[shard] = stream::Ordinal(ordinal.value + 1);
    }
    return out;
  };
  SLUICE_TRY(keys,
             config.encryption_key_file.empty()
                 ? own_key_file(*files, config.data_directory, random)
                 : read_key_file(*files, config.encryption_key_file));
  memory = split_memory(config.memory_limit_bytes);
  stream::LogOptions log_options;
  log_options.index_bytes = memory.stream_indexes;
  log_options.keys = std::move(keys);
  SLUICE_TRY(opened,
             stream::Streams::open({.files = *files,
                                    .clock = clock,
                                    .random = random,
                                    .definitions = *stream_definitions,
                                    .writer = *writer,
                                    .opening_threads = opening_threads,
                                    .cache_bytes_max = memory.stream_caches,
                                    .space = space_rules(),
                                    .report = log},
                                   config.data_directory,
                                   log_options,
                                   floors));
  if (unknown_floor) {
    return std::unexpected(
        std::move(*unknown_floor).within("the marks of deliveries cannot be read"));
  }
  streams = std::move(opened);
  streams->set_listener(
      [this](const stream::StreamHandle& stream) { bell.ring(stream->incarnation()); });
  report_recovery();
  return {};
}

stream::SpaceRules Server::State::space_rules() {
  stream::SpaceRules rules{.each = config.stream_space,
                           .by_name = {},
                           .total_bytes_max = config.data_bytes_max,
                           .beside = {}};
  for (const StreamSetting& setting : config.streams) {
    rules.by_name.emplace(setting.name, setting.space);
  }
  if (config.data_bytes_max > 0) {
    usage.emplace(config.data_directory);
    rules.beside = [this] { return usage->bytes_beside_logs(); };
  }
  return rules;
}

void Server::State::report_recovery() const {
  const stream::StreamsReport& report = streams->report();
  for (const auto& found : report.recovered) {
    for (const auto& torn : found.recovery.torn) {
      log(
          fmt::format("stream {}: {} bytes at the end of {} (offset {}) are no whole frame, as a "
                      "crash leaves a write that was never acknowledged; they are cut off and kept "
                      "in {}",
                      found.stream,
                      torn.bytes,
                      torn.file,
                      torn.offset,
                      torn.kept_in.empty() ? "nothing" : torn.kept_in));
    }
    for (const stream::Damage& damage : found.recovery.damages) {
      log(fmt::format(
          "stream {}: DAMAGE in {} at offset {}: {}; all other records can be read, delivery goes "
          "on behind the damage, and new sequence numbers are above all old ones",
          found.stream,
          damage.file,
          damage.offset,
          damage.what));
    }
  }
  for (const std::string& failed : report.failed) {
    log("a stream is left out: " + failed);
  }
  for (const std::string& folder : report.unknown_folders) {
    log(fmt::format("{} holds records but belongs to no stream; it is left alone", folder));
  }
}

Result<void> Server::State::start_delivering() {
  open_objects.emplace(memory.open_objects);
  deliveries = std::make_unique<Deliveries>(Deliveries::Needs{
      .data_directory = config.data_directory,
      .database = *database,
      .streams = *streams,
      .bell = bell,
      .sink = *sinks,
      .is_remote = [this](std::string_view bucket) { return sinks->is_remote(bucket); },
      .schemas = *schemas,
      .processors = {.queries = query::make_metadata_queries(),
                     .functions = make_lambda_functions(config.lambdas)},
      .files = *files,
      .clock = clock,
      .random = random,
      .report = [this](const std::string& line) { log(line); },
      .replay_window = config.replay_window,
      .memory = &*open_objects,
      .pending_bytes_max = memory.pending_reads,
  });
  SLUICE_TRY_DO(deliveries->load());
  SLUICE_TRY(opened_crawlers,
             query::Crawlers::open({
                 .database = *database,
                 .world = {.catalog = *catalog,
                           .buckets = *buckets,
                           .clock = clock,
                           .table_changed =
                               [this](std::string_view holder, std::string_view table) {
                                 deliveries->schema_changed(holder, table);
                               }},
                 .report = [this](const std::string& line) { log(line); },
             }));
  crawlers = std::move(opened_crawlers);
  writer->start();
  return {};
}

Result<void> Server::State::start_answering() {
  const delivery::Account account = config.delivery_account();
  SLUICE_TRY(service,
             AthenaService::open({.data_directory = config.data_directory,
                                  .region = account.region,
                                  .account = account.id,
                                  .database = *database,
                                  .catalog = *catalog,
                                  .buckets = *buckets,
                                  .deliveries = *deliveries,
                                  .clock = clock,
                                  .random = random}));
  athena = std::move(service);
  if (config.limits == Limits::aws) {
    aws_limits.emplace(clock);
  }
  SLUICE_TRY(iterator_key, load_iterator_key(*files, random, config.data_directory));
  world = std::make_unique<World>(World{.clock = clock,
                                        .random = random,
                                        .streams = *streams,
                                        .catalog = *catalog,
                                        .buckets = *buckets,
                                        .deliveries = *deliveries,
                                        .crawlers = *crawlers,
                                        .counters = counters,
                                        .losses = losses,
                                        .executions = athena->executions(),
                                        .athena_library = athena->library(),
                                        .account = account,
                                        .iterator_key = std::move(iterator_key),
                                        .limits = aws_limits ? &*aws_limits : nullptr});
  subscriptions = std::make_unique<Subscriptions>(clock, bell, counters, losses);
  world->subscriptions = subscriptions.get();
  SLUICE_TRY_DO(apply_config());
  streams->begin_trimming();
  return {};
}

Result<void> Server::State::apply_config() {
  const std::string region = config.delivery_account().region;
  for (const BucketSetting& bucket : config.buckets) {
    if (const auto found = buckets->head_bucket(bucket.name); !found) {
      SLUICE_TRY_DO(unless_there(buckets->create_bucket(bucket.name, region)));
    }
  }
  for (const StreamSetting& setting : config.streams) {
    stream::NewStream wanted;
    wanted.name = setting.name;
    wanted.shards = setting.shards;
    SLUICE_TRY_DO(unless_there(streams->create(std::move(wanted))));
  }
  for (const TableSetting& setting : config.tables) {
    catalog::Database holder;
    holder.name = setting.database;
    SLUICE_TRY_DO(unless_there(catalog->create_database(std::move(holder))));
    SLUICE_TRY(document, json::Document::parse(table_input(setting)));
    SLUICE_TRY(table, catalog::parse_table_input(document.root()));
    SLUICE_TRY_DO(unless_there(catalog->create_table(setting.database, std::move(table))));
  }
  for (const query::CrawlerDefinition& definition : config.crawlers) {
    SLUICE_TRY_DO(unless_there(crawlers->create(definition)));
  }
  for (const delivery::DeliveryStream& definition : config.delivery_streams) {
    SLUICE_TRY_DO(apply(definition));
  }
  report_drift();
  return {};
}

// What a delivery stream of the file needs may stand in the file or be there already.
Result<void> Server::State::apply(const delivery::DeliveryStream& definition) {
  const auto refuse = [&](const std::string& what) {
    return fail(Fault::invalid,
                fmt::format("{}: delivery stream {}: {}",
                            config.delivery_stream_places.at(definition.name),
                            definition.name,
                            what));
  };
  if (deliveries->find(definition.name) != nullptr) {
    return {};
  }
  if (definition.s3.converts()) {
    const delivery::SchemaReference& schema = *definition.s3.conversion->schema;
    if (auto table = schemas->find(schema.database, schema.table, schema.version_id); !table) {
      return refuse(fmt::format("{}; add a [[table]] with database = \"{}\" and name = \"{}\"",
                                table.error().message(),
                                schema.database,
                                schema.table));
    } else if (auto reader = serde::make_reader(table->schema, definition.s3.conversion->serde());
               !reader) {
      return refuse(reader.error().message());
    }
  }
  if (auto checked = deliveries->check_processors(definition); !checked) {
    return refuse(checked.error().message());
  }
  const auto source = stream_name_of_arn(definition.source_stream_arn);
  if (source && streams->find(*source) == nullptr) {
    return refuse(
        fmt::format("there is no stream {0}; add a [[stream]] with name = \"{0}\"", *source));
  }
  return unless_there(deliveries->create(definition));
}

void Server::State::report_drift() const {
  const auto report = [this](const std::optional<std::string>& difference) {
    if (difference) {
      log(*difference);
    }
  };
  for (const StreamSetting& setting : config.streams) {
    if (const auto found = streams->find(setting.name); found != nullptr) {
      report(drift_of(setting, *found->definition()));
    }
  }
  for (const TableSetting& setting : config.tables) {
    if (const auto found = catalog->table(setting.database, setting.name)) {
      report(drift_of(setting, *found));
    }
  }
  for (const delivery::DeliveryStream& wanted : config.delivery_streams) {
    if (const auto found = deliveries->find(wanted.name); found != nullptr) {
      report(drift_of(wanted, *found));
    }
  }
  for (const auto& found : deliveries->list()) {
    report(moved_from(*found, config.delivery_account()));
  }
}

Result<void> Server::State::listen() {
  SLUICE_TRY(address, parse_listen(config.listen));
  lifecycle_sweeper.emplace(*lifecycles, [this](const std::string& line) { log(line); });
  gate = std::make_unique<Gate>(config.credentials, config.region, config.cors_origins);
  front =
      std::make_unique<Front>(*world, *uploads, *lifecycles, *gate, [this] { return metrics(); });
  net::HttpServerOptions options;
  options.host = address.host;
  options.port = address.port;
  options.tls = tls;
  options.requires_tls = config.tls && config.tls->required;
  options.log = log;
  options.connections_max = connections_max();
  options.body_budget_bytes = memory.bodies;
  options.answer_budget_bytes = memory.answers;
  options.file_budget_bytes = memory.files;
  http = std::make_unique<net::HttpServer>(std::move(options), *front, clock);
  return http->start();
}

std::string Server::State::metrics() const {
  const auto free_bytes = files->free_bytes(config.data_directory);
  return metrics_page({*world,
                       front->calls(),
                       http->stats(),
                       writer->totals(),
                       free_bytes ? *free_bytes : 0,
                       reserve->held_bytes(),
                       open_objects->bytes_held(),
                       webhooks->statuses()});
}

StopReport Server::State::stop(OnStop what) {
  StopReport report;
  if (is_stopped) {
    return report;
  }
  is_stopped = true;
  if (lock) {
    // From here on nobody is answered, and `sluice explain` looks here.
    lock->note(what == OnStop::drain ? "draining" : "stopping");
  }
  if (http != nullptr) {
    http->stop(answer_patience);
  }
  lifecycle_sweeper.reset();
  if (crawlers != nullptr) {
    crawlers->stop();
  }
  if (athena != nullptr) {
    athena->stop();
  }
  // The writer finishes what was queued, so that a drain sees every acknowledged record.
  if (writer != nullptr) {
    writer->stop();
  }
  if (deliveries != nullptr) {
    if (what == OnStop::drain) {
      report.not_drained = deliveries->drain(config.drain_timeout);
    }
    // What is planned is put by the next life.
    sinks->stop();
    deliveries->stop();
  }
  if (webhooks != nullptr) {
    webhooks->stop(what == OnStop::drain ? config.drain_timeout : std::chrono::seconds(0));
  }
  if (streams != nullptr) {
    streams->close();
  }
  return report;
}

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}

Server::~Server() {
  state_->stop(OnStop::leave);
}

Result<std::unique_ptr<Server>> Server::start(Config config,
                                              Log log,
                                              std::unique_ptr<FileSystem> files) {
  SLUICE_CHECK(files != nullptr);
  SLUICE_TRY(address, parse_listen(config.listen));
  if (!is_loopback(address.host) && config.credentials.empty()) {
    return fail(
        Fault::invalid,
        fmt::format(
            "{} can be reached from other machines, and there are no credentials: anybody could "
            "read "
            "and delete everything. Add [[credentials]] to the configuration file, or listen on "
            "127.0.0.1",
            config.listen));
  }
  std::shared_ptr<const net::TlsContext> tls;
  if (config.tls) {
    SLUICE_TRY(loaded, net::TlsContext::load(config.tls->certificate, config.tls->key));
    tls = std::move(loaded);
  }
  auto state = std::make_unique<State>();
  state->tls = std::move(tls);
  state->config = std::move(config);
  state->log = std::move(log);
  state->files = std::move(files);
  // From here on the server stops what has been started when a later step fails.
  std::unique_ptr<Server> server(new Server(std::move(state)));
  SLUICE_TRY_DO(server->state_->open_data());
  SLUICE_TRY_DO(server->state_->open_streams());
  SLUICE_TRY_DO(server->state_->start_delivering());
  SLUICE_TRY_DO(server->state_->start_answering());
  SLUICE_TRY_DO(server->state_->listen());
  return server;
}

std::string Server::address() const {
  return state_->http->address();
}

StopReport Server::stop(OnStop what) {
  return state_->stop(what);
}

}  // namespace sluice::server
