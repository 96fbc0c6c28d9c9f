// JSON records to rows by the rules of the OpenX JSON SerDe.
//
// Which member fills which column: key_table.h.  What a value becomes: coerce.h.  This file joins
// the two, row by row, and takes a record back when any part of it is refused.
#include "serde/openx.h"

#include "base/check.h"
#include "json/tape.h"
#include "serde/coerce.h"
#include "serde/key_table.h"
#include "serde/letter_case.h"

#include <fmt/format.h>

#include <map>
#include <utility>

namespace sluice::serde {

namespace {

using columnar::Kind;

constexpr std::string_view parse_error_code = "DataFormatConversion.ParseError";
constexpr std::string_view malformed_data_code = "DataFormatConversion.MalformedData";

Rejection malformed(std::string message, std::string column = {}) {
  return {std::string(malformed_data_code), std::move(message), std::move(column)};
}

Rejection mismatch(const std::string& reason, const std::string& column) {
  return malformed("Data does not match the schema. " + reason, column);
}

bool can_convert(Kind kind) {
  switch (kind) {
    case Kind::boolean:
    case Kind::tinyint:
    case Kind::smallint:
    case Kind::integer:
    case Kind::bigint:
    case Kind::float32:
    case Kind::float64:
    case Kind::string:
    case Kind::fixed_char:
    case Kind::varchar:
    case Kind::date:
    case Kind::timestamp:
    case Kind::decimal:
      return true;
    case Kind::binary:  // no rule for it is known
    case Kind::array:
    case Kind::map:
    case Kind::structure:
      return false;
  }
  return false;
}

std::string fold(std::string_view name, bool case_insensitive) {
  return case_insensitive ? lower_case(name) : std::string(name);
}

// Column names, folded, to the keys they are looked for under.
std::map<std::string, std::string> folded_mappings(const OpenXOptions& options) {
  std::map<std::string, std::string> folded;
  for (const auto& [name, key] : options.column_to_key) {
    folded.try_emplace(fold(name, options.case_insensitive), key);
  }
  return folded;
}

Result<void> check_types(const columnar::Schema& schema) {
  for (const columnar::Field& column : schema.columns) {
    if (!can_convert(column.type.kind)) {
      return fail(Fault::unsupported,
                  fmt::format("column {}: JSON cannot be converted to {} yet; use a string column, "
                              "which receives the JSON text",
                              column.name,
                              columnar::to_string(column.type)));
    }
  }
  return {};
}

void append_decimal(columnar::Column& out, const json::Scaled& value) {
  const UInt128 bits = value.is_negative ? -value.magnitude : value.magnitude;
  switch (out.storage()) {
    case columnar::Storage::int32:
      out.append_int32(static_cast<std::int32_t>(static_cast<std::uint32_t>(bits)));
      return;
    case columnar::Storage::int64:
      out.append_int64(static_cast<std::int64_t>(static_cast<std::uint64_t>(bits)));
      return;
    default:
      SLUICE_CHECK(out.storage() == columnar::Storage::fixed_bytes);
  }
  char bytes[sizeof(bits)];
  for (std::size_t index = 0; index < sizeof(bits); ++index) {
    bytes[index] = static_cast<char>(bits >> (8 * (sizeof(bits) - 1 - index)));
  }
  out.append_bytes({bytes, sizeof(bits)});
}

// Appends a coerced value, or hands on why there is none.
template <class T, class Append>
std::expected<void, std::string> pass_on(const Coerced<T>& coerced, Append append) {
  if (!coerced) [[unlikely]] {
    return std::unexpected(coerced.error());
  }
  append(*coerced);
  return {};
}

}  // namespace

struct OpenXReader::State {
  State(const columnar::Schema& its_schema, const OpenXOptions& options)
      : schema(its_schema),
        keys({.case_insensitive = options.case_insensitive,
              .dots_to_underscores = options.dots_to_underscores}),
        json_text(options.case_insensitive),
        shaped(its_schema) {
    const auto mappings = folded_mappings(options);
    for (const columnar::Field& column : schema.columns) {
      const auto mapped = mappings.find(fold(column.name, options.case_insensitive));
      keys.add_column(column.name, mapped == mappings.end() ? column.name : mapped->second);
    }
  }

  std::expected<void, Rejection> append_rows(columnar::RowBatch& out);
  std::expected<void, Rejection> append_row(json::View object, columnar::RowBatch& out);
  std::expected<void, std::string> append_value(const columnar::Type& type,
                                                json::View value,
                                                columnar::Column& out);

  columnar::Schema schema;
  KeyTable keys;
  json::Tape tape;
  JsonText json_text;
  std::string text;  // the JSON of a nested value
  columnar::RowBatch::Mark mark;
  ShapedRows shaped;
};

Result<OpenXReader> OpenXReader::create(const columnar::Schema& schema, OpenXOptions options) {
  SLUICE_TRY_DO(check_types(schema));
  return OpenXReader(std::make_unique<State>(schema, options));
}

OpenXReader::OpenXReader(std::unique_ptr<State> state) : state_(std::move(state)) {}

OpenXReader::OpenXReader(OpenXReader&&) noexcept = default;
OpenXReader& OpenXReader::operator=(OpenXReader&&) noexcept = default;
OpenXReader::~OpenXReader() = default;

std::expected<std::uint32_t, Rejection> OpenXReader::read(ByteView record,
                                                          columnar::RowBatch& out) {
  SLUICE_CHECK(state_ != nullptr);
  SLUICE_CHECK(out.leaves().size() == state_->schema.columns.size());
  const auto parsed = state_->tape.parse(record);
  if (!parsed) {
    return std::unexpected(Rejection{std::string(parse_error_code),
                                     "Encountered malformed JSON. " + parsed.error().within(record),
                                     {}});
  }
  if (state_->tape.documents().empty()) {
    return std::unexpected(malformed("The record was empty or contained only whitespace."));
  }
  const std::size_t rows_before = out.rows();
  out.take_mark(state_->mark);
  if (auto appended = state_->append_rows(out); !appended) {
    out.roll_back(state_->mark);
    SLUICE_CHECK(out.rows() == rows_before);
    return std::unexpected(std::move(appended).error());
  }
  const auto rows = static_cast<std::uint32_t>(out.rows() - rows_before);
  if (rows == 1 && state_->shaped.wants_to_learn()) {
    state_->shaped.learn(record, *state_->tape.documents().begin(), state_->keys);
  }
  return rows;
}

ShapedRun OpenXReader::read_alike(std::span<const ByteView> records, columnar::RowBatch& out) {
  return state_->shaped.read(records, out);
}

ShapedRun OpenXReader::read_alike_lines(ByteView text,
                                        std::size_t rows_max,
                                        columnar::RowBatch& out) {
  return state_->shaped.read_lines(text, rows_max, out);
}

std::expected<void, Rejection> OpenXReader::State::append_rows(columnar::RowBatch& out) {
  for (const json::View document : tape.documents()) {
    if (document.kind() == json::Kind::array) {
      return std::unexpected(
          mismatch("The top level must be an object; several objects in one record stand side by "
                   "side, not in an array.",
                   {}));
    }
    if (document.kind() != json::Kind::object) {
      return std::unexpected(malformed(
          "The input JSON contained a primitive at the top level. The top level must be an object "
          "or array."));
    }
    auto appended = append_row(document, out);
    if (!appended) {
      return appended;
    }
  }
  return {};
}

std::expected<void, Rejection> OpenXReader::State::append_row(json::View object,
                                                              columnar::RowBatch& out) {
  keys.match(object);
  for (std::size_t index = 0; index < schema.columns.size(); ++index) {
    const json::View value = keys.value(index);
    if (value.is_missing_or_null()) {
      out.column(index).append_null();
      continue;
    }
    const columnar::Field& column = schema.columns[index];
    if (auto appended = append_value(column.type, value, out.column(index)); !appended) {
      return std::unexpected(mismatch(appended.error(), column.name));
    }
  }
  out.end_row();
  return {};
}

std::expected<void, std::string> OpenXReader::State::append_value(const columnar::Type& type,
                                                                  json::View value,
                                                                  columnar::Column& out) {
  switch (type.kind) {
    case Kind::boolean:
      return pass_on(to_boolean(value), [&out](bool given) { out.append_bool(given); });
    case Kind::tinyint:
    case Kind::smallint:
    case Kind::integer:
      return pass_on(to_integer(value, type.kind), [&out](std::int64_t given) {
        out.append_int32(static_cast<std::int32_t>(given));
      });
    case Kind::bigint:
      return pass_on(to_integer(value, type.kind),
                     [&out](std::int64_t given) { out.append_int64(given); });
    case Kind::float32:
      return pass_on(to_float(value), [&out](float given) { out.append_float(given); });
    case Kind::float64:
      return pass_on(to_double(value), [&out](double given) { out.append_double(given); });
    case Kind::decimal:
      return pass_on(to_decimal(value, type.precision, type.scale),
                     [&out](const json::Scaled& given) { append_decimal(out, given); });
    case Kind::date:
      return pass_on(to_date(value), [&out](std::int32_t given) { out.append_int32(given); });
    case Kind::timestamp:
      return pass_on(to_timestamp(value), [&out](std::int64_t given) { out.append_int64(given); });
    case Kind::string:
      out.append_bytes(to_text(value, json_text, text));
      return {};
    case Kind::varchar:
      out.append_bytes(cut_to_varchar(to_text(value, json_text, text), type.precision));
      return {};
    case Kind::fixed_char:
      out.append_bytes(cut_to_char(to_text(value, json_text, text), type.precision));
      return {};
    case Kind::binary:
    case Kind::array:
    case Kind::map:
    case Kind::structure:
      break;
  }
  SLUICE_CHECK(false);  // create() refused these
  return {};
}

}  // namespace sluice::serde
