// A question about the tables of the catalog, from its text to rows: plans, files, views, engine.
//
//   SLUICE_TRY(question, Question::prepare(warehouse, {.sql = "SELECT ...", .database = ""}));
//   SLUICE_TRY(statistics, question.ask(engine, limits, sink, keep_on));
//
// Tables are those of the catalog at the moment of prepare(), under their databases' names in a
// catalog AwsDataCatalog: hr_data.heart_rate and AwsDataCatalog.hr_data.heart_rate.  SHOW TABLES
// and SHOW DATABASES list them (query/catalog_listing.h).
#pragma once

#include "base/result.h"
#include "catalog/catalog.h"
#include "delivery/definition.h"
#include "query/engine.h"
#include "query/table_files.h"
#include "query/table_plan.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace sluice::query {

inline constexpr std::string_view catalog_name = "AwsDataCatalog";

// What questions are asked about.
struct Warehouse {
  const catalog::Catalog& catalog;
  std::vector<delivery::DeliveryStream> streams;
  std::string buckets;  // the folder of the buckets, absolute, without a slash at the end
};

// By database and name, with the columns that key=value folders imply.
Result<std::vector<TablePlan>> plan_tables(const Warehouse& warehouse);

struct QuestionText {
  std::string sql;                      // as Script::sql
  std::string database;                 // for names without one; empty: none
  std::vector<std::string> setup = {};  // more statements for Script::setup, behind the views
  std::string parquet_to = {};          // as Script::parquet_to
  bool nested_as_json = false;          // as Script::nested_as_json
};

// Not thread-safe.
class Question {
 public:
  // Looks for the files of the tables that the text may read.  Fault::missing when there is no such
  // `database`.
  static Result<Question> prepare(const Warehouse& warehouse, QuestionText text);

  // As Engine::run.  A damaged file that the query stumbles over is left out and the query asked
  // again, as long as the sink has seen nothing of it or can start again; where it cannot, the file
  // is among those skipped() names.
  Result<RunStatistics> ask(const Engine& engine,
                            const EngineLimits& limits,
                            ResultSink& sink,
                            const std::function<bool()>& keep_on);

  // Of the tables the text may read.
  std::vector<SkippedFile> skipped() const;

 private:
  struct Table {
    TablePlan plan;
    FoundFiles found;
  };

  Question(std::string buckets, QuestionText text)
      : buckets_(std::move(buckets)), text_(std::move(text)) {}

  std::optional<std::string> listing() const;
  Script script() const;
  std::size_t leave_out_damaged();

  std::string buckets_;
  QuestionText text_;
  std::vector<std::string> databases_;
  std::vector<Table> tables_;
};

}  // namespace sluice::query
