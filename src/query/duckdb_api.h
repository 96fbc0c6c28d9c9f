// The few functions of DuckDB's C API that a query needs, from a library loaded at run time.
//
// Declared here because the library comes without a header; names, parameters and layouts are those
// of the public C API (duckdb.h, stable since 1.0) without the prefix "duckdb_".  Not for code
// outside the worker process.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>

namespace sluice::query {

// Opaque to us.
using DuckdbDatabase = struct DuckdbDatabaseTag*;
using DuckdbConfig = struct DuckdbConfigTag*;
using DuckdbConnection = struct DuckdbConnectionTag*;
using DuckdbPrepared = struct DuckdbPreparedTag*;
using DuckdbExtracted = struct DuckdbExtractedTag*;
using DuckdbPending = struct DuckdbPendingTag*;
using DuckdbChunk = struct DuckdbChunkTag*;
using DuckdbVector = struct DuckdbVectorTag*;

// duckdb_state.
enum class DuckdbState : int { success = 0, error = 1 };

// duckdb_result: passed by value by some functions, so its size is part of the interface.
struct DuckdbResult {
  std::uint64_t column_count;
  std::uint64_t row_count;
  std::uint64_t rows_changed;
  void* columns;
  char* error_message;
  void* internal_data;
};

// duckdb_string_t: up to 12 bytes lie in the value itself.
struct DuckdbString {
  std::uint32_t length;
  char inlined[12];
};

inline constexpr std::uint32_t duckdb_inlined_bytes_max = 12;
static_assert(sizeof(DuckdbString) == 16 && sizeof(DuckdbResult) == 48);

struct DuckdbApi {
  DuckdbState (*create_config)(DuckdbConfig*);
  DuckdbState (*set_config)(DuckdbConfig, const char* name, const char* value);
  void (*destroy_config)(DuckdbConfig*);
  DuckdbState (*open_ext)(const char* path, DuckdbDatabase*, DuckdbConfig, char** error);
  DuckdbState (*connect)(DuckdbDatabase, DuckdbConnection*);
  DuckdbState (*query)(DuckdbConnection, const char* sql, DuckdbResult*);
  void (*destroy_result)(DuckdbResult*);
  const char* (*result_error)(DuckdbResult*);
  std::uint64_t (*column_count)(DuckdbResult*);
  std::uint64_t (*rows_changed)(DuckdbResult*);

  std::uint64_t (*extract_statements)(DuckdbConnection, const char* sql, DuckdbExtracted*);
  const char* (*extract_statements_error)(DuckdbExtracted);
  DuckdbState (*prepare)(DuckdbConnection, const char* sql, DuckdbPrepared*);
  std::uint64_t (*nparams)(DuckdbPrepared);
  const char* (*prepare_error)(DuckdbPrepared);
  DuckdbState (*pending_prepared_streaming)(DuckdbPrepared, DuckdbPending*);
  const char* (*pending_error)(DuckdbPending);
  DuckdbState (*execute_pending)(DuckdbPending, DuckdbResult*);

  // Null at the end of the result, and when it failed: then result_error() says why.
  DuckdbChunk (*fetch_chunk)(DuckdbResult);
  void (*destroy_data_chunk)(DuckdbChunk*);
  std::uint64_t (*data_chunk_get_size)(DuckdbChunk);
  DuckdbVector (*data_chunk_get_vector)(DuckdbChunk, std::uint64_t column);
  void* (*vector_get_data)(DuckdbVector);
  std::uint64_t* (*vector_get_validity)(DuckdbVector);  // a bit a row; null: all are valid
};

// Loads the library for the rest of the process's life.  Fault::unavailable when it cannot be
// loaded or lacks a function.
Result<DuckdbApi> load_duckdb(const std::string& library);

}  // namespace sluice::query
