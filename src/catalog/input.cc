// Members of inputs, checked.
#include "catalog/input.h"

#include <fmt/format.h>

namespace sluice::catalog {
namespace {

Result<Column> read_column(json::View value, std::string_view where) {
  if (!value.is(json::Kind::object)) {
    return wrong_kind(where, "a structure with Name and Type");
  }
  Column column;
  SLUICE_TRY(name, read_string(value, "Name"));
  SLUICE_TRY(type, read_string(value, "Type"));
  SLUICE_TRY(comment, read_string(value, "Comment"));
  if (name.empty() || name.size() > name_bytes_max) {
    return fail(Fault::invalid, fmt::format("{}.Name must have 1 to 255 bytes", where));
  }
  if (type.size() > type_bytes_max) {
    return fail(Fault::invalid, fmt::format("{}.Type must have at most 131072 bytes", where));
  }
  return Column{std::move(name), std::move(type), std::move(comment)};
}

}  // namespace

std::unexpected<Error> wrong_kind(std::string_view member, std::string_view expected) {
  return fail(Fault::invalid, fmt::format("{} must be {}", member, expected));
}

Result<std::string> read_string(json::View object, std::string_view member) {
  const json::View value = object.find(member);
  if (value.is_missing_or_null()) {
    return std::string();
  }
  const auto text = value.as_string();
  if (!text) {
    return wrong_kind(member, "a string");
  }
  return std::string(*text);
}

Result<std::map<std::string, std::string>> read_parameters(json::View object) {
  std::map<std::string, std::string> parameters;
  const json::View value = object.find("Parameters");
  if (value.is_missing_or_null()) {
    return parameters;
  }
  if (!value.is(json::Kind::object)) {
    return wrong_kind("Parameters", "a map of strings");
  }
  for (const json::Member member : value.members()) {
    const auto text = member.value.as_string();
    if (!text) {
      return wrong_kind(fmt::format("Parameters.{}", member.key), "a string");
    }
    parameters.insert_or_assign(std::string(member.key), std::string(*text));
  }
  return parameters;
}

Result<std::vector<Column>> read_columns(json::View object, std::string_view member) {
  std::vector<Column> columns;
  const json::View value = object.find(member);
  if (value.is_missing_or_null()) {
    return columns;
  }
  if (!value.is(json::Kind::array)) {
    return wrong_kind(member, "a list of columns");
  }
  for (const json::View element : value.elements()) {
    SLUICE_TRY(column, read_column(element, fmt::format("{}[{}]", member, columns.size())));
    columns.push_back(std::move(column));
  }
  return columns;
}

Result<Storage> read_storage(json::View object) {
  Storage storage;
  const json::View value = object.find("StorageDescriptor");
  if (value.is_missing_or_null()) {
    return storage;
  }
  if (!value.is(json::Kind::object)) {
    return wrong_kind("StorageDescriptor", "a structure");
  }
  SLUICE_TRY(columns, read_columns(value, "Columns"));
  storage.columns = std::move(columns);
  SLUICE_TRY(location, read_string(value, "Location"));
  storage.location = std::move(location);
  return storage;
}

void write_known(json::Writer& out, json::View input, std::span<const std::string_view> known) {
  for (const std::string_view member : known) {
    const json::View value = input.find(member);
    if (!value.is_missing_or_null()) {
      out.member(member, value);
    }
  }
}

void write_parameters(json::Writer& out, const std::map<std::string, std::string>& parameters) {
  out.key("Parameters");
  out.begin_object();
  for (const auto& [name, value] : parameters) {
    out.member(name, std::string_view(value));
  }
  out.end_object();
}

std::unexpected<Error> broken_definition(std::string_view kind) {
  return fail(Fault::corrupt, fmt::format("{}: the stored definition is broken", kind));
}

Result<json::View> stored_root(const json::Document& document, std::string_view kind) {
  const json::View root = document.root();
  const auto format = root.find("format").as_int64();
  if (!format) {
    return broken_definition(kind);
  }
  if (*format > stored_format_version) {
    return fail(Fault::unsupported,
                fmt::format("{}: its definition was written by a newer sluice", kind));
  }
  return root;
}

}  // namespace sluice::catalog
