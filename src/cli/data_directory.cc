// A data directory looked at from outside.
#include "cli/data_directory.h"

#include "base/file_system.h"
#include "store/definitions.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>

namespace sluice::cli {

Result<std::unique_ptr<DataDirectory>> DataDirectory::open(const std::string& path) {
  const std::string file = join_path(path, "sluice.db");
  std::error_code failed;
  const auto absolute = std::filesystem::canonical(path, failed);
  if (failed || !std::filesystem::exists(file, failed)) {
    return fail(Fault::missing,
                fmt::format("{} is no data directory: `sluice serve` makes one, --data-dir names "
                            "another",
                            path));
  }
  std::unique_ptr<DataDirectory> opened(new DataDirectory(absolute / "buckets"));
  store::DatabaseOptions options;
  options.read_only = true;
  auto database = store::Database::open(file, options);
  if (!database) {
    // Readers of SQLite's write-ahead log keep a shared index beside it.
    const bool may_write = ::access(path.c_str(), W_OK) == 0;
    return fail(database.error().fault(),
                fmt::format("{}{}",
                            database.error().message(),
                            may_write ? "" : "; ask as the user that the server runs as"));
  }
  opened->database_ = *std::move(database);
  SLUICE_TRY(catalog, catalog::Catalog::open(*opened->database_, opened->clock_));
  opened->catalog_ = std::move(catalog);
  store::Definitions definitions(*opened->database_);
  SLUICE_TRY(streams, definitions.load_all(store::kind_delivery_stream));
  for (const store::Definition& stream : streams) {
    SLUICE_TRY(decoded, delivery::decode_delivery_stream(stream.body));
    opened->streams_.push_back(std::move(decoded));
  }
  return opened;
}

}  // namespace sluice::cli
