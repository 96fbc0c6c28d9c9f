#include "matrix/read_back.h"

#include "matrix/expected.h"
#include "parquet/file_reader.h"

#include <fmt/format.h>

#include <bit>
#include <cstdint>

namespace sluice::matrix {

namespace {

std::string value_text(const columnar::Column& column, std::size_t at) {
  switch (column.storage()) {
    case columnar::Storage::boolean:
      return column.fixed<std::uint8_t>()[at] != 0 ? "true" : "false";
    case columnar::Storage::int32:
      return fmt::to_string(column.fixed<std::int32_t>()[at]);
    case columnar::Storage::int64:
      return fmt::to_string(column.fixed<std::int64_t>()[at]);
    case columnar::Storage::float32:
      return float_text(std::bit_cast<std::uint32_t>(column.fixed<float>()[at]));
    case columnar::Storage::float64:
      return double_text(std::bit_cast<std::uint64_t>(column.fixed<double>()[at]));
    case columnar::Storage::bytes:
    case columnar::Storage::fixed_bytes:
      return hexadecimal(column.bytes(at));
  }
  return {};
}

void append_entries(const columnar::Column& column, std::uint8_t definition_max, std::string& out) {
  const auto& definition = column.definition_levels();
  const auto& repetition = column.repetition_levels();
  std::size_t value = 0;
  for (std::size_t entry = 0; entry < column.entries(); ++entry) {
    const std::uint8_t level = definition.empty() ? definition_max : definition[entry];
    out += out.ends_with('[') ? "" : ",";
    out += fmt::format("[{},{},", repetition.empty() ? 0 : repetition[entry], level);
    out += level < definition_max ? "null" : '"' + value_text(column, value++) + '"';
    out += ']';
  }
}

Result<std::string> leaves_text(FileSystem& files, const std::string& path) {
  SLUICE_TRY(file, files.open(path, OpenMode::read));
  SLUICE_TRY(reader, parquet::FileReader::open(*file));
  const parquet::SchemaTree& schema = reader.schema();
  std::string out;
  for (std::size_t leaf = 0; leaf < schema.leaves.size(); ++leaf) {
    const parquet::SchemaElement& element = schema.elements[schema.leaves[leaf].element];
    out += out.empty() ? "" : ",";
    out += fmt::format(R"({{"physical":"{}","entries":[)", parquet::to_string(*element.type));
    for (std::size_t group = 0; group < reader.metadata().row_groups.size(); ++group) {
      SLUICE_TRY(column, reader.read_column(group, leaf));
      append_entries(column, schema.leaves[leaf].definition_max, out);
    }
    out += "]}";
  }
  return out;
}

}  // namespace

std::string read_back(FileSystem& files, const std::string& path) {
  std::string out = R"({"file":)";
  append_json(path, out);
  Result<std::string> leaves = leaves_text(files, path);
  if (leaves) {
    return out + R"(,"leaves":[)" + *leaves + "]}\n";
  }
  out += R"(,"error":)";
  append_json(leaves.error().message(), out);
  return out + "}\n";
}

}  // namespace sluice::matrix
