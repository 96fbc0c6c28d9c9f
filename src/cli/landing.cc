// What has landed in a bucket.
#include "cli/landing.h"

#include "base/check.h"
#include "cli/file_listing.h"
#include "parquet/file_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sluice::cli {
namespace {

template <class T>
void widen(const T* values, std::size_t count, std::optional<ValueRange>& range) {
  if (count == 0) {
    return;
  }
  const auto [min, max] = std::minmax_element(values, values + count);
  if (!range) {
    range = ValueRange{*min, *max};
  }
  range->min = std::min<std::int64_t>(range->min, *min);
  range->max = std::max<std::int64_t>(range->max, *max);
}

Result<void> look_at_values(const parquet::FileReader& reader,
                            const std::string& column,
                            std::optional<ValueRange>& range) {
  const auto& leaves = reader.schema().leaves;
  const auto leaf = std::find_if(leaves.begin(), leaves.end(), [&](const parquet::SchemaLeaf& one) {
    return one.path.size() == 1 && one.path.front() == column;
  });
  if (leaf == leaves.end()) {
    return {};
  }
  const auto index = static_cast<std::size_t>(leaf - leaves.begin());
  for (std::size_t group = 0; group < reader.metadata().row_groups.size(); ++group) {
    SLUICE_TRY(values, reader.read_column(group, index));
    if (values.storage() == columnar::Storage::int32) {
      widen(values.fixed<std::int32_t>(), values.values(), range);
    } else if (values.storage() == columnar::Storage::int64) {
      widen(values.fixed<std::int64_t>(), values.values(), range);
    }
  }
  return {};
}

}  // namespace

Result<Landing> read_landing(FileSystem& files,
                             const std::string& bucket_directory,
                             const std::string& column) {
  Landing landing;
  SLUICE_TRY(keys, files_below(files, bucket_directory));
  for (std::string& key : keys) {
    landing.objects.push_back({std::move(key), 0, std::nullopt});
  }
  for (LandedObject& object : landing.objects) {
    const std::string path = join_path(bucket_directory, object.key);
    SLUICE_TRY(file, files.open(path, OpenMode::read));
    SLUICE_TRY(bytes, file->size());
    object.bytes = bytes;
    if (!object.key.ends_with(".parquet")) {
      continue;
    }
    auto reader = parquet::FileReader::open(*file);
    if (!reader) {
      return std::unexpected(std::move(reader).error().within(path));
    }
    SLUICE_CHECK(reader->metadata().num_rows >= 0);
    object.rows = static_cast<std::uint64_t>(reader->metadata().num_rows);
    landing.rows += *object.rows;
    if (auto looked = look_at_values(*reader, column, landing.range); !looked) {
      return std::unexpected(std::move(looked).error().within(path));
    }
  }
  return landing;
}

}  // namespace sluice::cli
