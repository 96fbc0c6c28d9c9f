// Beats out of the columns of a Parquet file.
#include "cli/beat_columns.h"

#include "base/check.h"
#include "cli/timestamp_value.h"
#include "parquet/value_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

namespace sluice::cli {
namespace {

using columnar::Column;
using columnar::Storage;
using heartrate::Beat;
using heartrate::SampleTime;
using parquet::SchemaElement;

// Puts the value at an index of a column into a beat.
using Setter = std::function<Result<void>(const Column& column, std::size_t value, Beat& beat)>;

struct BeatColumn {
  std::size_t leaf = 0;
  bool is_time = false;  // and so may not be null
  Setter set;
};

std::unexpected<Error> wrong(std::string_view column, std::string_view wanted) {
  return fail(Fault::invalid, fmt::format("\"{}\" is not {}", column, wanted));
}

bool is_integer(const SchemaElement& element) {
  const std::string type = parquet::type_text(element);
  return element.type != parquet::PhysicalType::int96 && !type.starts_with("interval") &&
         (type.starts_with("int") || type.starts_with("uint"));
}

bool is_text(const SchemaElement& element) {
  return element.type == parquet::PhysicalType::byte_array;
}

std::int64_t integer_at(const Column& column, std::size_t value) {
  return column.storage() == Storage::int32 ? column.fixed<std::int32_t>()[value]
                                            : column.fixed<std::int64_t>()[value];
}

Result<SampleTime> time_of_text(ByteView text) {
  const auto time = heartrate::parse_sample_time(text);
  if (!time) {
    return wrong("timestamp", "a time such as 2025-07-13T15:55:19.123456");
  }
  return *time;
}

// The setters, each empty when the column's type does not suit it.

Setter time_setter(const SchemaElement& element) {
  std::function<Result<SampleTime>(const Column&, std::size_t)> time_at;
  if (is_text(element)) {
    time_at = [](const Column& column, std::size_t value) {
      return time_of_text(column.bytes(value));
    };
  } else if (element.type == parquet::PhysicalType::int96) {
    time_at = [](const Column& column, std::size_t value) {
      return sample_time_of_int96(column.bytes(value));
    };
  } else if (const auto unit = timestamp_unit(element);
             unit && element.type == parquet::PhysicalType::int64) {
    time_at = [unit](const Column& column, std::size_t value) {
      return sample_time_of_number(column.fixed<std::int64_t>()[value], *unit);
    };
  } else {
    return {};
  }
  return [time_at](const Column& column, std::size_t value, Beat& beat) -> Result<void> {
    SLUICE_TRY(time, time_at(column, value));
    beat.time = time;
    return {};
  };
}

Setter count_setter(const SchemaElement& element,
                    std::optional<std::int32_t> Beat::* member,
                    std::string_view name) {
  if (!is_integer(element)) {
    return {};
  }
  return [member, name](const Column& column, std::size_t value, Beat& beat) -> Result<void> {
    const std::int64_t number = integer_at(column, value);
    if (number < 0 || number > std::numeric_limits<std::int32_t>::max()) {
      return wrong(name, "a count");
    }
    beat.*member = static_cast<std::int32_t>(number);
    return {};
  };
}

Setter seq_setter(const SchemaElement& element) {
  if (!is_integer(element)) {
    return {};
  }
  return [](const Column& column, std::size_t value, Beat& beat) -> Result<void> {
    beat.seq = integer_at(column, value);
    return {};
  };
}

Setter text_setter(const SchemaElement& element, std::string Beat::* member) {
  if (!is_text(element)) {
    return {};
  }
  return [member](const Column& column, std::size_t value, Beat& beat) -> Result<void> {
    beat.*member = column.bytes(value);
    return {};
  };
}

Setter contact_setter(const SchemaElement& element) {
  if (element.type != parquet::PhysicalType::boolean) {
    return {};
  }
  return [](const Column& column, std::size_t value, Beat& beat) -> Result<void> {
    beat.contact = column.fixed<std::uint8_t>()[value] != 0;
    return {};
  };
}

// For a text, or for the elements of a list, which come one by one.
Setter intervals_setter(const SchemaElement& element) {
  if (is_text(element)) {
    return [](const Column& column, std::size_t value, Beat& beat) -> Result<void> {
      SLUICE_TRY(intervals, heartrate::parse_intervals(column.bytes(value)));
      beat.rr_ms.insert(beat.rr_ms.end(), intervals.begin(), intervals.end());
      return {};
    };
  }
  std::function<double(const Column&, std::size_t)> number_at;
  if (is_integer(element)) {
    number_at = [](const Column& column, std::size_t value) {
      return static_cast<double>(integer_at(column, value));
    };
  } else if (element.type == parquet::PhysicalType::float32) {
    number_at = [](const Column& column, std::size_t value) {
      return static_cast<double>(column.fixed<float>()[value]);
    };
  } else if (element.type == parquet::PhysicalType::float64) {
    number_at = [](const Column& column, std::size_t value) {
      return column.fixed<double>()[value];
    };
  } else {
    return {};
  }
  return [number_at](const Column& column, std::size_t value, Beat& beat) -> Result<void> {
    const double ms = number_at(column, value);
    if (!(ms >= 0) || ms > std::numeric_limits<std::int32_t>::max()) {
      return wrong("rr_ms", "a list of milliseconds");
    }
    beat.rr_ms.push_back(ms);
    return {};
  };
}

bool is_named(std::string_view name, std::initializer_list<std::string_view> names) {
  const auto equals = [name](std::string_view other) {
    return std::ranges::equal(name, other, [](char a, char b) {
      return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + ('a' - 'A')) : a) == b;
    });
  };
  return std::ranges::any_of(names, equals);
}

Setter setter_for(const parquet::SchemaLeaf& leaf, const SchemaElement& element) {
  const std::string& name = leaf.path.front();
  if (is_named(name, {"rr_ms", "rr_intervals"}) && leaf.repetition_max <= 1) {
    return intervals_setter(element);
  }
  if (leaf.path.size() != 1 || leaf.repetition_max > 0) {
    return {};
  }
  if (is_named(name, {"timestamp"})) {
    return time_setter(element);
  }
  if (is_named(name, {"heart_rate"})) {
    return count_setter(element, &Beat::heart_rate, "heart_rate");
  }
  if (is_named(name, {"energy_kj", "energy_expended"})) {
    return count_setter(element, &Beat::energy_kj, "energy_kj");
  }
  if (is_named(name, {"contact", "sensor_contact"})) {
    return contact_setter(element);
  }
  if (is_named(name, {"device_id"})) {
    return text_setter(element, &Beat::device_id);
  }
  if (is_named(name, {"session_id"})) {
    return text_setter(element, &Beat::session_id);
  }
  return is_named(name, {"seq"}) ? seq_setter(element) : Setter();
}

Result<std::vector<BeatColumn>> beat_columns(const parquet::SchemaTree& schema) {
  std::vector<BeatColumn> columns;
  bool has_time = false;
  bool has_rate = false;
  for (std::size_t leaf = 0; leaf < schema.leaves.size(); ++leaf) {
    const parquet::SchemaLeaf& one = schema.leaves[leaf];
    if (Setter set = setter_for(one, schema.elements[one.element])) {
      const bool is_time = is_named(one.path.front(), {"timestamp"});
      columns.push_back({leaf, is_time, std::move(set)});
      has_time = has_time || is_time;
      has_rate = has_rate || is_named(one.path.front(), {"heart_rate"});
    }
  }
  if (!has_time) {
    return fail(Fault::unsupported, "it has no column \"timestamp\" of times or text");
  }
  if (!has_rate) {
    return fail(Fault::unsupported, "it has no column \"heart_rate\" of integers");
  }
  return columns;
}

// A row of a row group; its cells come column by column.
struct Row {
  Beat beat;
  std::string why_not;  // empty for what is a beat
};

constexpr std::string_view no_time = "\"timestamp\" is missing";

// `rows` are as many as the row group has, or none yet.
Result<void> fill(const parquet::FileReader& reader,
                  std::size_t group,
                  const BeatColumn& column,
                  std::vector<Row>& rows) {
  const parquet::SchemaLeaf& leaf = reader.schema().leaves[column.leaf];
  // The reader has made sure that the column has the row group's rows.
  SLUICE_TRY(cells, reader.read_column(group, column.leaf));
  if (rows.empty()) {
    rows.resize(static_cast<std::size_t>(reader.metadata().row_groups[group].num_rows));
  }
  const auto& definitions = cells.definition_levels();
  const auto& repetitions = cells.repetition_levels();
  std::size_t value = 0;
  std::size_t row = 0;
  for (std::size_t entry = 0; entry < cells.entries(); ++entry) {
    if (entry > 0 && (repetitions.empty() || repetitions[entry] == 0)) {
      ++row;
    }
    SLUICE_CHECK(row < rows.size());
    const bool is_value = definitions.empty() || definitions[entry] == leaf.definition_max;
    const Result<void> set =
        is_value ? column.set(cells, value, rows[row].beat)
                 : (column.is_time ? fail(Fault::invalid, std::string(no_time)) : Result<void>());
    value += is_value ? 1 : 0;
    if (!set && rows[row].why_not.empty()) {
      rows[row].why_not = set.error().message();
    }
  }
  return {};
}

}  // namespace

Result<RecordedBeats> read_beat_columns(const parquet::FileReader& reader) {
  SLUICE_TRY(columns, beat_columns(reader.schema()));
  RecordedBeats out;
  std::uint64_t row_number = 0;
  for (std::size_t group = 0; group < reader.metadata().row_groups.size(); ++group) {
    const auto count = static_cast<std::size_t>(reader.metadata().row_groups[group].num_rows);
    if (count > beats_max - out.beats.size()) {
      return too_many_beats();
    }
    std::vector<Row> rows;
    for (const BeatColumn& column : columns) {
      SLUICE_TRY_DO(fill(reader, group, column, rows));
    }
    for (Row& row : rows) {
      ++row_number;
      if (row.why_not.empty()) {
        out.beats.push_back(std::move(row.beat));
      } else {
        out.refuse(fmt::format("row {}: {}", row_number, row.why_not));
      }
    }
  }
  return out;
}

}  // namespace sluice::cli
