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
  // Statements that cannot fail on a user's account: views, macros, SET TimeZone (it is UTC else).
  std::vector<std::string> setup;
  // The user's statement, one: SELECT, WITH, VALUES, FROM, SHOW, DESCRIBE, SUMMARIZE or EXPLAIN of
  // one of them.  Anything else is refused.
  std::string sql;
  std::vector<std::string> readable;  // absolute folders and files; nothing else can be opened
  // Not empty: an absolute path; the result is written to this file, created where it is missing,
  // instead of being handed to the sink (which is still told the columns).  Left as it is when the
  // query fails half-way.
  std::string parquet_to;
  // Lists, structures and maps as JSON instead of DuckDB's own notation.
  bool nested_as_json = false;
};

struct TextPosition {
  std::size_t line = 1;    // from 1
  std::size_t column = 1;  // from 1, in characters
  std::size_t offset = 0;  // from 0, in bytes of the whole text
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

  // The query starts again, because a file could not be read: what came so far is to be forgotten.
  // False: too late.
  virtual bool restart() { return false; }

  // The statement is wrong there; the error that run() then returns says what is wrong.
  virtual void wrong_at(TextPosition position) { static_cast<void>(position); }
};

struct RunStatistics {
  std::uint64_t rows = 0;
  std::uint64_t bytes_scanned = 0;    // read from files
  std::uint64_t files_opened = 0;     // each once
  std::chrono::milliseconds time{0};  // the start of the child included
  bool is_guarded_by_kernel =
      false;  // false: the kernel has no Landlock, DuckDB's checks stand alone
};

// Thread-safe: each run is a child of its own.
class Engine {
 public:
  // `library` empty: $SLUICE_DUCKDB, else libduckdb.so where `./dev setup` and packages put it:
  // beside the program, in ../duckdb and ../lib/sluice seen from there, /usr/lib/sluice,
  // /usr/local/lib/sluice.  Fault::missing, saying what to install, when there is none.
  static Result<Engine> find(const std::string& library = {});

  // Runs one script to its end.  `keep_on` is asked at least ten times a second; false ends the
  // child.  Fault::invalid for wrong SQL ("line 1:8: column "heart_rat" does not exist; did you
  // mean "heart_rate"?", the position only where it is known), Fault::too_large past the memory
  // limit or for a row over 64 MiB, Fault::cancelled when keep_on said so, Fault::unavailable past
  // the time limit, Fault::io when the child died or a file could not be read; what the sink
  // returns.
  Result<RunStatistics> run(const Script& script,
                            const EngineLimits& limits,
                            ResultSink& sink,
                            const std::function<bool()>& keep_on) const;

 private:
  explicit Engine(std::string library) : library_(std::move(library)) {}

  std::string library_;
};

}  // namespace sluice::query
