// Runs one execution: tells what statement it is, answers it from the catalog or has the engine
// answer it, and writes the result.
#pragma once

#include "base/result.h"
#include "catalog/catalog.h"
#include "query/athena_execution.h"
#include "query/athena_statement.h"
#include "query/engine.h"
#include "s3/local_store.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::query {

// What StartQueryExecution can judge before anything runs.
struct CheckedStatement {
  AthenaStatement statement;
  std::string_view result_suffix;  // ".csv" for queries, ".txt" for the rest
};

// Fault::invalid ("line 1:8: ...") and Fault::unsupported for what cannot run.  EXECUTE is checked
// as it stands; the statement it names is checked by another call.
Result<CheckedStatement> check_statement(std::string_view sql,
                                         const std::vector<std::string>& parameters);

// A query in the engine's words, to be asked about the catalog's tables.
struct TranslatedQuery {
  std::string sql;
  std::string database;            // for names without one; empty: none
  std::vector<std::string> setup;  // statements to run first
};

// Thread-safe as its parts are.  Borrows the catalog and the buckets.
class AthenaRunner {
 public:
  // As Engine::run, over the catalog's tables.
  using Ask = std::function<Result<RunStatistics>(
      const TranslatedQuery& query, ResultSink& sink, const std::function<bool()>& keep_on)>;

  AthenaRunner(catalog::Catalog& catalog, s3::LocalStore& buckets, Ask ask)
      : catalog_(catalog), buckets_(buckets), ask_(std::move(ask)) {}

  // The message of a failure is what GetQueryExecution shows as StateChangeReason:
  // "COLUMN_NOT_FOUND: line 1:8: ...", its place in the user's text.
  Result<ExecutionFigures> run(const Execution& execution,
                               const std::function<bool()>& keep_on) const;

 private:
  Result<ExecutionFigures> run_query(const Execution& execution,
                                     const std::function<bool()>& keep_on) const;
  Result<ExecutionFigures> run_utility(const Execution& execution,
                                       const AthenaStatement& statement) const;

  catalog::Catalog& catalog_;
  s3::LocalStore& buckets_;
  Ask ask_;
};

}  // namespace sluice::query
