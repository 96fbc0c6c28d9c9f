// A test with an engine over the real library.  Without the library its tests say so and are
// skipped.
#pragma once

#include "query/engine.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace sluice::query {

// Everything a query gave, as text; NULL is "∅".
struct Gathered final : ResultSink {
  Result<void> begin(std::span<const ResultColumn> given) override {
    columns.assign(given.begin(), given.end());
    return {};
  }

  Result<void> row(std::span<const std::optional<std::string_view>> values) override {
    std::string line;
    for (const auto& value : values) {
      line += (line.empty() ? "" : "|") + std::string(value.value_or("∅"));
    }
    bytes += line.size();
    if (rows.size() < 1000) {
      rows.push_back(line);
    }
    return rows.size() < rows_max ? Result<void>() : fail(Fault::cancelled, "enough");
  }

  void clear() {
    columns.clear();
    rows.clear();
    bytes = 0;
    wrong.reset();
  }

  void wrong_at(TextPosition position) override { wrong = position; }

  std::vector<ResultColumn> columns;
  std::vector<std::string> rows;
  std::size_t rows_max = 10'000;
  std::size_t bytes = 0;
  std::optional<TextPosition> wrong;
};

class EngineTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto found = Engine::find();
    if (!found) {
      // Where `./dev setup` puts it, seen from the tests' folder.
      const auto program = std::filesystem::read_symlink("/proc/self/exe");
      found = Engine::find(program.parent_path() / "../../duckdb/libduckdb.so");
    }
    if (!found) {
      GTEST_SKIP() << found.error().message();
    }
    engine = *found;
    folder =
        std::filesystem::temp_directory_path() / ("sluice-query-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
  }

  void TearDown() override { std::filesystem::remove_all(folder); }

  Result<RunStatistics> ask(const std::string& sql) {
    gathered.clear();
    Script script = base;
    script.sql = sql;
    return engine->run(script, limits, gathered, [&] { return keep_on(); });
  }

  // The message of a question that must fail with that fault.
  std::string refused(const std::string& sql, Fault fault) {
    const auto done = ask(sql);
    if (done) {
      return "it was answered: " + (gathered.rows.empty() ? "" : gathered.rows.front());
    }
    EXPECT_EQ(fault_name(done.error().fault()), fault_name(fault)) << done.error().message();
    return done.error().message();
  }

  std::optional<Engine> engine;
  std::filesystem::path folder;
  Script base;
  EngineLimits limits;
  std::function<bool()> keep_on = [] { return true; };
  Gathered gathered;
};

}  // namespace sluice::query
