// JSON through the real converter into real Parquet, and back through the real reader.
#include "base/base64.h"
#include "parquet/file_reader.h"
#include "sim/dialect.h"

#include <fmt/format.h>

#include <charconv>
#include <string_view>
#include <utility>

namespace sluice::sim {

namespace {

constexpr std::uint64_t padding_max = 30;
constexpr std::uint64_t two_rows_every = 5;  // such an ordinal holds two JSON objects

std::size_t rows_of(Named name) {
  return name.ordinal % two_rows_every == 0 ? 2 : 1;
}

Result<std::uint64_t> number_after(ByteView text, ByteView mark) {
  const std::size_t at = text.find(mark);
  std::uint64_t number = 0;
  if (at == ByteView::npos ||
      std::from_chars(text.data() + at + mark.size(), text.data() + text.size(), number).ec !=
          std::errc()) {
    return fail(Fault::corrupt, "an error line holds no record of this world");
  }
  return number;
}

Result<std::vector<Named>> read_error_lines(ByteView object) {
  constexpr ByteView raw_mark = "\"rawData\":\"";
  constexpr ByteView bad_mark = "\"o\":\"no ";
  std::vector<Named> names;
  while (!object.empty()) {
    const std::size_t end = object.find('\n');
    const std::size_t from = object.find(raw_mark);
    if (end == ByteView::npos || from == ByteView::npos || from > end) {
      return fail(Fault::corrupt, "an error line is cut");
    }
    const ByteView encoded = object.substr(from + raw_mark.size());
    const auto raw = base64_decode(encoded.substr(0, encoded.find('"')));
    if (!raw) {
      return fail(Fault::corrupt, "an error line has broken base64");
    }
    SLUICE_TRY(shard, number_after(*raw, "\"s\":"));
    const bool is_bad = raw->contains(bad_mark);
    SLUICE_TRY(ordinal, number_after(*raw, is_bad ? bad_mark : "\"o\":"));
    names.push_back({static_cast<std::uint32_t>(shard), ordinal});
    object.remove_prefix(end + 1);
  }
  return names;
}

Result<std::vector<Named>> read_rows(ByteView object) {
  SLUICE_TRY(file, parquet::FileReader::open(object));
  std::vector<Named> rows;
  for (std::size_t group = 0; group < file.metadata().row_groups.size(); ++group) {
    SLUICE_TRY(shards, file.read_column(group, 0));
    SLUICE_TRY(ordinals, file.read_column(group, 1));
    if (shards.nulls() != 0 || ordinals.nulls() != 0 || shards.values() != ordinals.values()) {
      return fail(Fault::corrupt, "a row lacks its shard or ordinal");
    }
    for (std::size_t i = 0; i < shards.values(); ++i) {
      rows.push_back({static_cast<std::uint32_t>(shards.fixed<std::int32_t>()[i]),
                      static_cast<std::uint64_t>(ordinals.fixed<std::int64_t>()[i])});
    }
  }
  // Every record is in the object whole: all of its rows, one after the other.
  std::vector<Named> names;
  for (std::size_t i = 0; i < rows.size(); i += rows_of(rows[i])) {
    for (std::size_t row = 0; row < rows_of(rows[i]); ++row) {
      if (i + row >= rows.size() || rows[i + row] != rows[i]) {
        return fail(Fault::corrupt, "a record is in an object in part");
      }
    }
    names.push_back(rows[i]);
  }
  return names;
}

class JsonDialect final : public Dialect {
 public:
  Bytes record(Named name, bool is_bad, Random& random) const override {
    const Bytes good = fmt::format("{{\"s\":{},\"o\":{},\"pad\":\"{}\"}}",
                                   name.shard,
                                   name.ordinal,
                                   std::string(random.below(padding_max), 'p'));
    if (is_bad) {
      // Half of the bad ones begin with a row that would be good.
      const Bytes bad = fmt::format("{{\"s\":{},\"o\":\"no {}\"}}\n", name.shard, name.ordinal);
      return random.below(2) == 0 ? bad : good + bad;
    }
    return rows_of(name) == 2 ? good + good + "\n" : good + "\n";
  }

  Result<std::vector<Named>> read(delivery::ObjectKind kind, ByteView object) const override {
    return kind == delivery::ObjectKind::data ? read_rows(object) : read_error_lines(object);
  }

  void apply_to(delivery::DeliveryStream& definition) const override {
    delivery::Conversion conversion;
    delivery::SchemaReference schema;
    schema.database = "simulated";
    schema.table = "records";
    conversion.schema = schema;
    conversion.openx = serde::OpenXOptions{};
    conversion.parquet = delivery::ParquetOptions{};
    definition.s3.conversion = conversion;
  }

  Result<std::unique_ptr<delivery::ObjectWriter>> make_writer(
      const delivery::WriterRequest& request) const override {
    return delivery::make_object_writer(request);
  }

  Result<std::unique_ptr<delivery::ObjectWriter>> resume_writer(
      const delivery::WriterRequest& request, const delivery::ParkedWriter& parked) const override {
    return delivery::resume_object_writer(request, parked);
  }
};

}  // namespace

std::unique_ptr<Dialect> make_json_dialect() {
  return std::make_unique<JsonDialect>();
}

}  // namespace sluice::sim
