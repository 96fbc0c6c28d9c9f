#include "server/config_conversion.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::server {
namespace {

constexpr std::string_view section = "[delivery_stream.conversion]";
constexpr std::string_view openx = "openx-json";
constexpr std::string_view hive = "hive-json";

constexpr std::int64_t page_kb_min = 64;
constexpr std::int64_t row_group_mb_min = 64;
constexpr std::int64_t size_max = 1 << 20;

// Of one table of conversion.
class Reading {
 public:
  Reading(const ConfigReader& reader, const toml::table& table) : reader_(reader), table_(table) {}

  Result<void> read(delivery::Conversion& conversion) const;

 private:
  Result<void> check_serde(bool is_openx) const;
  Result<void> read_openx(delivery::Conversion& conversion) const;
  Result<void> read_hive(serde::HiveOptions& options) const;
  Result<void> read_parquet(delivery::ParquetOptions& options) const;

  const ConfigReader& reader_;
  const toml::table& table_;
};

// What the other SerDe takes.
Result<void> Reading::check_serde(bool is_openx) const {
  const std::vector<std::string_view> others =
      is_openx
          ? std::vector<std::string_view>{"timestamp_formats"}
          : std::vector<std::string_view>{"case_insensitive", "dots_to_underscores", "column_keys"};
  for (const std::string_view key : others) {
    if (const toml::node* const node = table_.get(key)) {
      return reader_.refuse(
          *node, fmt::format("{} needs input_format = \"{}\"", key, is_openx ? hive : openx));
    }
  }
  return {};
}

Result<void> Reading::read_openx(delivery::Conversion& conversion) const {
  serde::OpenXOptions& options = *conversion.openx;
  conversion.has_case_insensitive = table_.contains("case_insensitive");
  if (conversion.has_case_insensitive) {
    SLUICE_TRY(is_insensitive, reader_.flag(table_, "case_insensitive"));
    options.case_insensitive = is_insensitive;
  }
  conversion.has_convert_dots = table_.contains("dots_to_underscores");
  SLUICE_TRY(converts_dots, reader_.flag(table_, "dots_to_underscores"));
  options.dots_to_underscores = converts_dots;
  SLUICE_TRY(keys, reader_.table(table_, "column_keys"));
  if (keys == nullptr) {
    return {};
  }
  for (const auto& [column, key] : *keys) {
    const auto text = key.value<std::string>();
    if (!key.is_string() || !text || text->empty()) {
      return reader_.refuse(
          key, fmt::format("column_keys: the key of {} must be a text in quotes", column.str()));
    }
    options.column_to_key.emplace(column.str(), *text);
  }
  return {};
}

Result<void> Reading::read_hive(serde::HiveOptions& options) const {
  const toml::node* const node = table_.get("timestamp_formats");
  if (node == nullptr) {
    return {};
  }
  const toml::array* const formats = node->as_array();
  if (formats == nullptr) {
    return reader_.refuse(*node, "timestamp_formats must be a list of texts");
  }
  for (const toml::node& format : *formats) {
    const auto text = format.value<std::string>();
    if (!format.is_string() || !text) {
      return reader_.refuse(format, "timestamp_formats must be a list of texts");
    }
    options.timestamp_formats.push_back(*text);
  }
  return {};
}

Result<void> Reading::read_parquet(delivery::ParquetOptions& options) const {
  SLUICE_TRY(compression, reader_.text_or(table_, "parquet_compression", ""));
  if (compression == "SNAPPY") {
    options.compression = delivery::ParquetCompression::snappy;
  } else if (compression == "GZIP") {
    options.compression = delivery::ParquetCompression::gzip;
  } else if (compression == "UNCOMPRESSED") {
    options.compression = delivery::ParquetCompression::uncompressed;
  } else if (table_.contains("parquet_compression")) {
    return reader_.refuse(*table_.get("parquet_compression"),
                          "parquet_compression must be \"SNAPPY\", \"GZIP\" or \"UNCOMPRESSED\"");
  }
  SLUICE_TRY(version, reader_.integer(table_, "parquet_version", 1, 2));
  if (version) {
    options.writer_version = fmt::format("V{}", *version);
  }
  SLUICE_TRY(page_kb, reader_.integer(table_, "parquet_page_kb", page_kb_min, size_max));
  if (page_kb) {
    options.page_size_bytes = *page_kb << 10;
  }
  SLUICE_TRY(group_mb, reader_.integer(table_, "parquet_row_group_mb", row_group_mb_min, size_max));
  if (group_mb) {
    options.block_size_bytes = *group_mb << 20;
  }
  if (table_.contains("parquet_dictionary")) {
    SLUICE_TRY(has_dictionary, reader_.flag(table_, "parquet_dictionary"));
    options.dictionary = has_dictionary;
  }
  return {};
}

Result<void> Reading::read(delivery::Conversion& conversion) const {
  SLUICE_TRY_DO(reader_.check_keys(table_,
                                   section,
                                   {"case_insensitive",
                                    "dots_to_underscores",
                                    "column_keys",
                                    "timestamp_formats",
                                    "parquet_compression",
                                    "parquet_version",
                                    "parquet_page_kb",
                                    "parquet_row_group_mb",
                                    "parquet_dictionary"}));
  SLUICE_TRY_DO(check_serde(conversion.openx.has_value()));
  SLUICE_TRY_DO(conversion.openx ? read_openx(conversion) : read_hive(*conversion.hive));
  return read_parquet(*conversion.parquet);
}

}  // namespace

Result<std::optional<delivery::Conversion>> read_conversion(const ConfigReader& reader,
                                                            const toml::table& delivery_stream,
                                                            delivery::SchemaReference reference) {
  SLUICE_TRY(input, reader.text_or(delivery_stream, "input_format", ""));
  SLUICE_TRY(output, reader.text_or(delivery_stream, "output_format", ""));
  SLUICE_TRY(name, reader.text_or(delivery_stream, "table", ""));
  SLUICE_TRY(settings, reader.table(delivery_stream, "conversion"));
  if (input.empty() && output.empty() && name.empty() && settings == nullptr) {
    return std::nullopt;
  }
  if (input != openx && input != hive) {
    return reader.refuse(delivery_stream,
                         "a delivery stream that converts needs input_format = \"openx-json\" or "
                         "\"hive-json\"");
  }
  if (output != "parquet") {
    return reader.refuse(delivery_stream,
                         "a delivery stream that converts needs output_format = \"parquet\"");
  }
  const std::size_t dot = name.find('.');
  if (dot == std::string::npos || dot == 0 || dot + 1 == name.size()) {
    return reader.refuse(delivery_stream,
                         "a delivery stream that converts needs table = \"database.table\"");
  }
  delivery::Conversion conversion;
  reference.database = name.substr(0, dot);
  reference.table = name.substr(dot + 1);
  conversion.schema = std::move(reference);
  if (input == hive) {
    conversion.hive.emplace();
  } else {
    conversion.openx.emplace();
  }
  conversion.parquet.emplace();
  if (settings != nullptr) {
    SLUICE_TRY_DO(Reading(reader, *settings).read(conversion));
  }
  return conversion;
}

}  // namespace sluice::server
