// What stands behind Athena's operations: the executions, their runner over the engine, and the
// library of work groups and queries.
#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "catalog/catalog.h"
#include "query/athena_executions.h"
#include "query/athena_library.h"
#include "query/athena_runner.h"
#include "s3/local_store.h"
#include "server/deliveries.h"
#include "store/database.h"

#include <memory>
#include <string>

namespace sluice::server {

// Made and stopped by the server.  Everything in Needs must outlive it.
class AthenaService {
 public:
  struct Needs {
    const std::string& data_directory;
    const std::string& region;
    const std::string& account;
    store::Database& database;
    catalog::Catalog& catalog;
    s3::LocalStore& buckets;
    const Deliveries& deliveries;
    const Clock& clock;
    Random& random;
  };

  static Result<std::unique_ptr<AthenaService>> open(const Needs& needs);

  AthenaService(const AthenaService&) = delete;
  AthenaService& operator=(const AthenaService&) = delete;

  query::Executions& executions() { return *executions_; }

  query::Library& library() { return *library_; }

  // Ends the queries that run.
  void stop() { executions_->stop(); }

 private:
  explicit AthenaService(const Needs& needs);

  // Finds the engine anew each time, so that installing it needs no restart.
  Result<query::RunStatistics> ask(const query::TranslatedQuery& query,
                                   query::ResultSink& sink,
                                   const std::function<bool()>& keep_on) const;

  const catalog::Catalog& catalog_;
  const Deliveries& deliveries_;
  std::string buckets_folder_;
  query::AthenaRunner runner_;
  std::unique_ptr<query::Library> library_;
  std::unique_ptr<query::Executions> executions_;  // last: its threads use the others
};

}  // namespace sluice::server
