// A question from its text to rows.
#include "query/question.h"

#include "query/catalog_listing.h"
#include "query/engine_error.h"
#include "query/sql_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace sluice::query {
namespace {

// Hands on what a run gives, but the columns only with the first row or at the end, so that a run
// that fails before may be repeated unseen.
class LateSink final : public ResultSink {
 public:
  explicit LateSink(ResultSink& sink) : sink_(sink) {}

  Result<void> begin(std::span<const ResultColumn> columns) override {
    columns_.assign(columns.begin(), columns.end());
    has_columns_ = true;
    return {};
  }

  Result<void> row(std::span<const std::optional<std::string_view>> values) override {
    SLUICE_TRY_DO(hand_on_columns());
    return sink_.row(values);
  }

  void wrong_at(TextPosition position) override { wrong_ = position; }

  // The run has ended well, or will not be repeated.
  Result<void> finish() {
    if (wrong_) {
      sink_.wrong_at(*wrong_);
    }
    return has_columns_ ? hand_on_columns() : Result<void>();
  }

  // Whether the statement itself was right.
  bool was_asked() const { return has_columns_ && !wrong_; }

  bool restart() override { return !has_begun_ || sink_.restart(); }

 private:
  Result<void> hand_on_columns() {
    return std::exchange(has_begun_, true) ? Result<void>() : sink_.begin(columns_);
  }

  ResultSink& sink_;
  std::vector<ResultColumn> columns_;
  std::optional<TextPosition> wrong_;
  bool has_columns_ = false;
  bool has_begun_ = false;
};

// DuckDB knows near names of tables and columns only: 'because schema "hrdata" does not exist'.
Error with_near_database(Error error, const std::vector<std::string>& databases) {
  constexpr std::string_view label = "because schema \"";
  const std::string& message = error.message();
  const std::size_t start = message.find(label);
  const std::size_t end =
      start == std::string::npos ? start : message.find('"', start + label.size());
  if (end == std::string::npos) {
    return error;
  }
  const std::string name = message.substr(start + label.size(), end - start - label.size());
  return {error.fault(), message + suggestion(name, databases)};
}

std::vector<std::string> keys_of(const std::vector<TableFile>& files) {
  std::vector<std::string> keys;
  keys.reserve(files.size());
  for (const TableFile& file : files) {
    keys.push_back(file.key);
  }
  return keys;
}

Result<TablePlan> plan(const Warehouse& warehouse, const catalog::Table& table) {
  std::vector<catalog::Partition> partitions;
  if (!table.partition_keys.empty()) {
    SLUICE_TRY(registered, warehouse.catalog.partitions(table.database, table.name));
    partitions = std::move(registered);
  }
  return plan_table(table, warehouse.streams, partitions);
}

// Only a table whose columns its folders may imply needs its files for its plan.
bool may_have_hive_columns(const TablePlan& plan) {
  return plan.problem.empty() && plan.partition_columns.empty() && plan.places.size() == 1 &&
         plan.places.front().layout.columns.empty();
}

}  // namespace

Result<std::vector<TablePlan>> plan_tables(const Warehouse& warehouse) {
  std::vector<TablePlan> plans;
  for (const catalog::Database& database : warehouse.catalog.databases()) {
    SLUICE_TRY(tables, warehouse.catalog.tables(database.name));
    for (const catalog::Table& table : tables) {
      SLUICE_TRY(planned, plan(warehouse, table));
      if (may_have_hive_columns(planned)) {
        SLUICE_TRY(found, find_files(warehouse.buckets, planned));
        add_hive_columns(planned, keys_of(found.files));
      }
      plans.push_back(std::move(planned));
    }
  }
  return plans;
}

Result<Question> Question::prepare(const Warehouse& warehouse, QuestionText text) {
  Question question(warehouse.buckets, std::move(text));
  for (const catalog::Database& database : warehouse.catalog.databases()) {
    question.databases_.push_back(database.name);
    SLUICE_TRY(tables, warehouse.catalog.tables(database.name));
    for (const catalog::Table& table : tables) {
      SLUICE_TRY(planned, plan(warehouse, table));
      FoundFiles found;
      if (planned.problem.empty() && may_read(question.text_.sql, table.name)) {
        SLUICE_TRY(files, find_files(warehouse.buckets, planned));
        found = std::move(files);
        if (may_have_hive_columns(planned)) {
          add_hive_columns(planned, keys_of(found.files));
        }
      }
      question.tables_.push_back({std::move(planned), std::move(found)});
    }
  }
  const std::string& chosen = question.text_.database;
  if (!chosen.empty() &&
      std::ranges::find(question.databases_, chosen) == question.databases_.end()) {
    return fail(Fault::missing, fmt::format("there is no database {}", chosen));
  }
  return question;
}

std::optional<std::string> Question::listing() const {
  const std::string& chosen = text_.database;
  std::vector<ListedTable> listed;
  for (const Table& table : tables_) {
    if (chosen.empty() || table.plan.database == chosen) {
      listed.push_back({table.plan.database, table.plan.name});
    }
  }
  return catalog_listing(text_.sql, databases_, listed);
}

Script Question::script() const {
  Script script;
  script.sql = listing().value_or(text_.sql);
  script.parquet_to = text_.parquet_to;
  script.nested_as_json = text_.nested_as_json;
  const std::string catalog = sql_name(catalog_name);
  script.setup = {fmt::format("ATTACH ':memory:' AS {}", catalog), fmt::format("USE {}", catalog)};
  for (const std::string& database : databases_) {
    script.setup.push_back(fmt::format("CREATE SCHEMA IF NOT EXISTS {}", sql_name(database)));
  }
  std::set<std::string> readable;
  for (std::size_t i = 0; i < tables_.size(); ++i) {
    const auto& [plan, found] = tables_[i];
    for (std::string& statement : view_statements(plan, buckets_, found.files, i)) {
      script.setup.push_back(std::move(statement));
    }
    for (const TableFile& file : found.files) {
      const std::string& prefix = plan.places[file.place].prefix;
      readable.insert(fmt::format("{}/{}/{}",
                                  buckets_,
                                  plan.places[file.place].bucket,
                                  prefix.substr(0, prefix.rfind('/') + 1)));
    }
  }
  script.readable.assign(readable.begin(), readable.end());
  if (!text_.database.empty()) {
    script.setup.push_back(fmt::format("USE {}.{}", catalog, sql_name(text_.database)));
  }
  script.setup.insert(script.setup.end(), text_.setup.begin(), text_.setup.end());
  return script;
}

std::size_t Question::leave_out_damaged() {
  std::size_t left_out = 0;
  for (auto& [plan, found] : tables_) {
    left_out += query::leave_out_damaged(buckets_, plan, found);
  }
  return left_out;
}

Result<RunStatistics> Question::ask(const Engine& engine,
                                    const EngineLimits& limits,
                                    ResultSink& sink,
                                    const std::function<bool()>& keep_on) {
  for (;;) {
    LateSink late(sink);
    Result<RunStatistics> done = engine.run(script(), limits, late, keep_on);
    const bool may_be_a_file =
        !done && (done.error().fault() == Fault::io || done.error().fault() == Fault::invalid);
    if (may_be_a_file && late.was_asked() && leave_out_damaged() > 0 && late.restart()) {
      continue;  // fewer files each time
    }
    if (const Result<void> finished = late.finish(); done && !finished) {
      return std::unexpected(finished.error());
    }
    if (!done) {
      return std::unexpected(with_near_database(std::move(done).error(), databases_));
    }
    return done;
  }
}

std::vector<SkippedFile> Question::skipped() const {
  std::vector<SkippedFile> all;
  for (const Table& table : tables_) {
    all.insert(all.end(), table.found.skipped.begin(), table.found.skipped.end());
  }
  return all;
}

}  // namespace sluice::query
