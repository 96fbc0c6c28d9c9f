// Wires the executions to the engine.
#include "server/athena_service.h"

#include "query/engine.h"
#include "query/question.h"

#include <fmt/format.h>

#include <filesystem>

namespace sluice::server {

AthenaService::AthenaService(const Needs& needs)
    : catalog_(needs.catalog),
      deliveries_(needs.deliveries),
      buckets_folder_(std::filesystem::absolute(needs.data_directory).lexically_normal() /
                      "buckets"),
      runner_(needs.catalog,
              needs.buckets,
              [this](const query::TranslatedQuery& query,
                     query::ResultSink& sink,
                     const std::function<bool()>& keep_on) { return ask(query, sink, keep_on); }) {}

Result<std::unique_ptr<AthenaService>> AthenaService::open(const Needs& needs) {
  std::unique_ptr<AthenaService> service(new AthenaService(needs));
  const std::string location =
      fmt::format("s3://aws-athena-query-results-{}-{}/", needs.account, needs.region);
  SLUICE_TRY(library, query::Library::open(needs.database, needs.clock, needs.random, location));
  service->library_ = std::move(library);
  SLUICE_TRY(
      executions,
      query::Executions::open(needs.database,
                              needs.clock,
                              needs.random,
                              [runner = &service->runner_](const query::Execution& execution,
                                                           const std::function<bool()>& keep_on) {
                                return runner->run(execution, keep_on);
                              }));
  service->executions_ = std::move(executions);
  return service;
}

Result<query::RunStatistics> AthenaService::ask(const query::TranslatedQuery& query,
                                                query::ResultSink& sink,
                                                const std::function<bool()>& keep_on) const {
  SLUICE_TRY(engine, query::Engine::find());
  query::Warehouse warehouse{.catalog = catalog_, .streams = {}, .buckets = buckets_folder_};
  for (const auto& definition : deliveries_.list()) {
    warehouse.streams.push_back(*definition);
  }
  SLUICE_TRY(question,
             query::Question::prepare(
                 warehouse, {.sql = query.sql, .database = query.database, .setup = query.setup}));
  return question.ask(engine, {}, sink, keep_on);
}

}  // namespace sluice::server
