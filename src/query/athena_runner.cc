// From a statement to an object with its result.
#include "query/athena_runner.h"

#include "query/athena_result.h"
#include "query/athena_utility.h"
#include "query/trino_functions.h"
#include "query/trino_macros.h"
#include "query/trino_translate.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>

namespace sluice::query {
namespace {

constexpr std::string_view default_database = "default";

// The offset of a position in a text; the other way round is place_of().
std::size_t offset_of(std::string_view text, TextPosition position) {
  std::size_t at = 0;
  for (std::size_t line = 1; line < position.line && at < text.size(); ++line) {
    at = std::min(text.find('\n', at), text.size() - 1) + 1;
  }
  for (std::size_t column = 1; column < position.column && at < text.size(); ++column) {
    ++at;
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80) {
      ++at;
    }
  }
  return at;
}

// Remembers where the engine found a mistake.
class NotingSink : public ResultSink {
 public:
  explicit NotingSink(ResultWriter& writer) : writer_(writer) {}

  void wrong_at(TextPosition position) override { wrong_at_ = position; }

  std::optional<TextPosition> wrong_at() const { return wrong_at_; }

 protected:
  ResultWriter& writer_;

 private:
  std::optional<TextPosition> wrong_at_;
};

class RowSink final : public NotingSink {
 public:
  using NotingSink::NotingSink;

  Result<void> begin(std::span<const ResultColumn> columns) override {
    return writer_.begin(columns);
  }

  Result<void> row(std::span<const std::optional<std::string_view>> values) override {
    return writer_.row(values);
  }
};

// EXPLAIN's two columns become lines.
class PlanSink final : public NotingSink {
 public:
  using NotingSink::NotingSink;

  Result<void> begin(std::span<const ResultColumn>) override {
    writer_.begin_text({{.name = "Query Plan", .type = "varchar"}});
    return {};
  }

  Result<void> row(std::span<const std::optional<std::string_view>> values) override {
    std::string_view plan = values.empty() ? "" : values.back().value_or("");
    while (!plan.empty()) {
      const std::size_t end = std::min(plan.find('\n'), plan.size());
      SLUICE_TRY_DO(writer_.line(plan.substr(0, end)));
      plan.remove_prefix(std::min(end + 1, plan.size()));
    }
    return {};
  }
};

struct Word {
  std::string_view beginning;
  std::string_view code;
};

constexpr std::array words = {Word{"column \"", "COLUMN_NOT_FOUND"},
                              Word{"function \"", "FUNCTION_NOT_FOUND"},
                              Word{"table \"", "TABLE_NOT_FOUND"},
                              Word{"schema \"", "SCHEMA_NOT_FOUND"},
                              Word{"type \"", "TYPE_NOT_FOUND"}};

// The engine's "line 3:4: ..." is about the translation.
std::string_view without_place(std::string_view message) {
  if (!message.starts_with("line ")) {
    return message;
  }
  const std::size_t end = message.find(": ");
  return end == std::string_view::npos ? message : message.substr(end + 2);
}

// Names of Trino's for one that the engine does not know; its own suggestions are of its own.
std::string with_near_functions(std::string_view message) {
  const std::size_t start = message.find('"') + 1;
  const std::string_view name = message.substr(start, message.find('"', start) - start);
  const auto near = near_trino_functions(name);
  std::string text = fmt::format("function \"{}\" is not registered", name);
  if (!near.empty()) {
    text += fmt::format("; did you mean {}?", fmt::join(near, " or "));
  }
  return text;
}

Error explain_failure(Error error,
                      std::string_view sql,
                      const Translation& translation,
                      std::optional<TextPosition> position) {
  if (error.fault() != Fault::invalid && error.fault() != Fault::unsupported) {
    return error;
  }
  std::string message(without_place(error.message()));
  std::string_view code = position ? "SYNTAX_ERROR" : "GENERIC_USER_ERROR";
  for (const Word& word : words) {
    if (message.starts_with(word.beginning)) {
      code = word.code;
    }
  }
  if (code == "FUNCTION_NOT_FOUND") {
    message = with_near_functions(message);
  }
  std::string place;
  if (position) {
    const Place original =
        place_of(sql, translation.original_offset(offset_of(translation.sql, *position)));
    place = fmt::format("line {}:{}: ", original.line, original.column);
  }
  return {error.fault(), fmt::format("{}: {}{}", code, place, message)};
}

std::string_view database_of(const Execution& execution) {
  return execution.request.database.empty() ? default_database
                                            : std::string_view(execution.request.database);
}

std::string_view sql_of(const Execution& execution) {
  return execution.request.prepared_sql.empty() ? execution.request.sql
                                                : execution.request.prepared_sql;
}

}  // namespace

Result<CheckedStatement> check_statement(std::string_view sql,
                                         const std::vector<std::string>& parameters) {
  SLUICE_TRY(statement, read_athena_statement(sql));
  if (statement.needs_engine()) {
    SLUICE_TRY_DO(translate_trino(sql, parameters));
  }
  const std::string_view suffix = statement.kind == AthenaStatement::Kind::query ? ".csv" : ".txt";
  return CheckedStatement{std::move(statement), suffix};
}

Result<ExecutionFigures> AthenaRunner::run(const Execution& execution,
                                           const std::function<bool()>& keep_on) const {
  SLUICE_TRY(statement, read_athena_statement(sql_of(execution)));
  return statement.needs_engine() ? run_query(execution, keep_on)
                                  : run_utility(execution, statement);
}

Result<ExecutionFigures> AthenaRunner::run_query(const Execution& execution,
                                                 const std::function<bool()>& keep_on) const {
  SLUICE_TRY(place, parse_place(execution.result));
  SLUICE_TRY(writer, ResultWriter::start(buckets_, place));
  SLUICE_TRY(translation, translate_trino(sql_of(execution), execution.request.parameters));
  TranslatedQuery query{.sql = translation.sql, .database = {}, .setup = {}};
  query.setup.assign(trino_setup().begin(), trino_setup().end());
  // A query that names no table needs no database, so that one that is not there is no mistake yet.
  if (catalog_.database(database_of(execution))) {
    query.database = database_of(execution);
  }
  const auto run_with = [&](NotingSink& sink) -> Result<ExecutionFigures> {
    auto statistics = ask_(query, sink, keep_on);
    if (!statistics) {
      return std::unexpected(explain_failure(
          std::move(statistics).error(), sql_of(execution), translation, sink.wrong_at()));
    }
    SLUICE_TRY_DO(writer->finish());
    return ExecutionFigures{.engine = statistics->time,
                            .bytes_scanned = statistics->bytes_scanned,
                            .rows = statistics->rows};
  };
  if (place.key.ends_with(".csv")) {
    RowSink sink(*writer);
    return run_with(sink);
  }
  PlanSink sink(*writer);
  return run_with(sink);
}

Result<ExecutionFigures> AthenaRunner::run_utility(const Execution& execution,
                                                   const AthenaStatement& statement) const {
  SLUICE_TRY(place, parse_place(execution.result));
  SLUICE_TRY(writer, ResultWriter::start(buckets_, place));
  auto answer = answer_from_catalog(catalog_, statement, database_of(execution));
  if (!answer) {
    const Fault fault = answer.error().fault();
    return fail(fault == Fault::missing || fault == Fault::conflict ? Fault::invalid : fault,
                fmt::format("FAILED: {}", answer.error().message()));
  }
  writer->begin_text(std::move(answer->columns));
  for (const std::string& line : answer->lines) {
    SLUICE_TRY_DO(writer->line(line));
  }
  SLUICE_TRY_DO(writer->finish());
  return ExecutionFigures{.rows = answer->lines.size()};
}

}  // namespace sluice::query
