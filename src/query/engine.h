// Runs SQL in a child process: DuckDB, held to the files it may read and to bounds of memory,
// threads and time, so that no question can harm whoever asks it.
#pragma once

#include "base/result.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::query {

struct EngineLimits {
  std::uint64_t memory_bytes = std::uint64_t{1} << 30;
  unsigned threads = 2;
  std::chrono::milliseconds time{30 * 60'000};
};

// What a child is to do.  Value type.
struct Script {
  std::vector<std::string> setup;  // statements that cannot fail on a user's account: views, macros
  std::string sql;                 // the user's statement, one
  std::vector<std::string> readable;  // absolute folders and files; nothing else can be opened
  std::string parquet_to;             // not empty: write the result to this file instead
};

struct ResultColumn {
  std::string name;
  std::string type;  // DuckDB's name for it: "INTEGER", "DECIMAL(18,3)", "VARCHAR[]"
};

// Receives a result while it is made.
class ResultSink {
 public:
  ResultSink() = default;
  ResultSink(const ResultSink&) = delete;
  ResultSink& operator=(const ResultSink&) = delete;
  virtual ~ResultSink() = default;

  // Once, before the first row.
  virtual Result<void> begin(std::span<const ResultColumn> columns) = 0;

  // A row: the values as DuckDB's cast to VARCHAR writes them, std::nullopt for NULL.  Borrowed
  // until it returns.  A failure ends the query with that error.
  virtual Result<void> row(std::span<const std::optional<std::string_view>> values) = 0;
};

struct RunStatistics {
  std::uint64_t rows = 0;
  std::uint64_t bytes_scanned = 0;  // of files, as far as the engine tells
  std::chrono::milliseconds time{0};
};

// Thread-safe: each run is a child of its own.
class Engine {
 public:
  // `library` empty: looks where `./dev setup` and packages put libduckdb.so.  Fault::missing,
  // saying what to install, when there is none.
  static Result<Engine> find(const std::string& library = {});

  // Runs one script to its end.  `keep_on` is asked at least ten times a second; false ends the
  // child. Fault::invalid with the engine's message (its line and column where it tells them) for
  // wrong SQL, Fault::too_large past the memory limit, Fault::cancelled when keep_on said so,
  // Fault::unavailable past the time limit, Fault::io when the child died.
  Result<RunStatistics> run(const Script& script,
                            const EngineLimits& limits,
                            ResultSink& sink,
                            const std::function<bool()>& keep_on) const;

 private:
  explicit Engine(std::string library) : library_(std::move(library)) {}

  std::string library_;
};

}  // namespace sluice::query
