// Loading the library.
#include "query/duckdb_api.h"

#include <dlfcn.h>
#include <fmt/format.h>

namespace sluice::query {
namespace {

class Symbols {
 public:
  explicit Symbols(void* library) : library_(library) {}

  template <class Function>
  void find(Function*& function, const char* name) {
    void* symbol = ::dlsym(library_, name);
    if (symbol == nullptr && missing_.empty()) {
      missing_ = name;
    }
    function = reinterpret_cast<Function*>(symbol);
  }

  // The first that was not found; empty when all were.
  const std::string& missing() const { return missing_; }

 private:
  void* library_;
  std::string missing_;
};

}  // namespace

Result<DuckdbApi> load_duckdb(const std::string& library) {
  // Lazily: a query uses a small part of a large library.
  void* handle = ::dlopen(library.c_str(), RTLD_LAZY | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* why = ::dlerror();
    return fail(Fault::unavailable,
                fmt::format("cannot load DuckDB: {}", why == nullptr ? library : why));
  }
  DuckdbApi api{};
  Symbols symbols(handle);
  symbols.find(api.create_config, "duckdb_create_config");
  symbols.find(api.set_config, "duckdb_set_config");
  symbols.find(api.destroy_config, "duckdb_destroy_config");
  symbols.find(api.open_ext, "duckdb_open_ext");
  symbols.find(api.connect, "duckdb_connect");
  symbols.find(api.query, "duckdb_query");
  symbols.find(api.destroy_result, "duckdb_destroy_result");
  symbols.find(api.result_error, "duckdb_result_error");
  symbols.find(api.column_count, "duckdb_column_count");
  symbols.find(api.rows_changed, "duckdb_rows_changed");
  symbols.find(api.extract_statements, "duckdb_extract_statements");
  symbols.find(api.extract_statements_error, "duckdb_extract_statements_error");
  symbols.find(api.prepare, "duckdb_prepare");
  symbols.find(api.nparams, "duckdb_nparams");
  symbols.find(api.prepare_error, "duckdb_prepare_error");
  symbols.find(api.pending_prepared_streaming, "duckdb_pending_prepared_streaming");
  symbols.find(api.pending_error, "duckdb_pending_error");
  symbols.find(api.execute_pending, "duckdb_execute_pending");
  symbols.find(api.fetch_chunk, "duckdb_fetch_chunk");
  symbols.find(api.destroy_data_chunk, "duckdb_destroy_data_chunk");
  symbols.find(api.data_chunk_get_size, "duckdb_data_chunk_get_size");
  symbols.find(api.data_chunk_get_vector, "duckdb_data_chunk_get_vector");
  symbols.find(api.vector_get_data, "duckdb_vector_get_data");
  symbols.find(api.vector_get_validity, "duckdb_vector_get_validity");
  if (!symbols.missing().empty()) {
    return fail(Fault::unavailable,
                fmt::format("{} is not the DuckDB this program was made for: it has no {}",
                            library,
                            symbols.missing()));
  }
  return api;
}

}  // namespace sluice::query
