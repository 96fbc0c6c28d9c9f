// Records to rows of any depth.
#include "serde/shredder.h"

#include "base/check.h"
#include "serde/coerce.h"
#include "serde/hive_coerce.h"
#include "serde/letter_case.h"

#include <fmt/format.h>

#include <utility>

namespace sluice::serde {

namespace {

using columnar::Kind;
using columnar::Type;

constexpr std::string_view parse_error_code = "DataFormatConversion.ParseError";
constexpr std::string_view malformed_data_code = "DataFormatConversion.MalformedData";

Rejection malformed(std::string message, std::string column = {}) {
  return {std::string(malformed_data_code), std::move(message), std::move(column)};
}

// The Java class in which the parser of Firehose's OpenX holds a value.
std::string_view java_class(json::View value) {
  switch (value.kind()) {
    case json::Kind::string:
      return "java.lang.String";
    case json::Kind::boolean:
      return "java.lang.Boolean";
    case json::Kind::number:
      return value.node().is_integer ? "java.lang.Long" : "java.lang.Double";
    case json::Kind::array:
      return "java.util.ArrayList";
    default:
      SLUICE_CHECK(false && "objects are not refused, nulls are null");
      return {};
  }
}

bool is_blank_text(json::View value) {
  return value.kind() == json::Kind::string &&
         value.text().find_first_not_of(" \t\r\n") == std::string_view::npos;
}

}  // namespace

// Turns a schema into nodes and tables of keys.
class Shredder::Compiler {
 public:
  explicit Compiler(Shredder& out) : out_(out) {}

  Result<void> row(const columnar::Schema& schema) {
    out_.nodes_.emplace_back().type = {.kind = Kind::structure, .children = {}};
    SLUICE_TRY_DO(members(0, schema.columns, 0, 0, 0));
    finish(0);
    return {};
  }

 private:
  // The children of the structure at `index`.
  Result<void> members(std::size_t index,
                       const std::vector<columnar::Field>& fields,
                       int definition,
                       int repetition,
                       int depth) {
    // Counted, not referred to: the vectors move while children are added.
    out_.nodes_[index].table = static_cast<std::uint32_t>(out_.tables_.size());
    KeyTable& table = out_.tables_.emplace_back(out_.rules_.keys);
    for (const columnar::Field& field : fields) {
      const auto mapped = out_.rules_.column_to_key.find(fold(field.name));
      table.add_column(field.name,
                       mapped == out_.rules_.column_to_key.end() ? field.name : mapped->second);
    }
    const std::string prefix = index == 0 ? "" : out_.nodes_[index].path + ".";
    for (const columnar::Field& field : fields) {
      if (out_.rules_.dialect == Dialect::hive && field.name.find('.') != std::string::npos) {
        return refuse(prefix + field.name, "the Hive SerDe does not take dots in names");
      }
      SLUICE_TRY_DO(node(prefix + field.name, field.type, definition + 1, repetition, depth));
    }
    return {};
  }

  // A node whose value is there at `definition`.
  Result<void> node(std::string path, const Type& type, int definition, int repetition, int depth) {
    if (depth > columnar::nesting_max) {
      return refuse(path, fmt::format("types nest deeper than {}", columnar::nesting_max));
    }
    if (type.kind == Kind::binary && out_.rules_.dialect == Dialect::hive) {
      return refuse(path, hive_has_no_binary);
    }
    const std::size_t index = out_.nodes_.size();
    Node& added = out_.nodes_.emplace_back();
    added.type = {
        .kind = type.kind, .precision = type.precision, .scale = type.scale, .children = {}};
    added.definition = static_cast<std::uint8_t>(definition);
    added.first_leaf = leaves_;
    added.path = path;
    switch (type.kind) {
      case Kind::structure:
        SLUICE_TRY_DO(members(index, type.children, definition, repetition, depth + 1));
        break;
      case Kind::array:
        added.repetition = static_cast<std::uint8_t>(repetition + 1);
        SLUICE_TRY_DO(
            node(path + "[]", type.children[0].type, definition + 2, repetition + 1, depth + 1));
        break;
      case Kind::map:
        added.repetition = static_cast<std::uint8_t>(repetition + 1);
        // The key is not optional, hence one level less.
        SLUICE_TRY_DO(
            node(path + ".key", type.children[0].type, definition + 1, repetition + 1, depth + 1));
        SLUICE_TRY_DO(node(
            path + ".value", type.children[1].type, definition + 2, repetition + 1, depth + 1));
        break;
      default:
        ++leaves_;
    }
    finish(index);
    return {};
  }

  void finish(std::size_t index) {
    Node& node = out_.nodes_[index];
    node.leaves = leaves_ - node.first_leaf;
    node.end = static_cast<std::uint32_t>(out_.nodes_.size());
  }

  std::unexpected<Error> refuse(std::string_view path, std::string_view why) const {
    return fail(Fault::unsupported, fmt::format("column {}: {}", path, why));
  }

  std::string fold(std::string_view name) const {
    return out_.rules_.keys.case_insensitive ? lower_case(name) : std::string(name);
  }

  Shredder& out_;
  std::uint32_t leaves_ = 0;
};

Shredder::Shredder(ShredRules rules)
    : rules_(std::move(rules)),
      scalars_(rules_.dialect,
               rules_.dialect == Dialect::openx && rules_.keys.case_insensitive,
               rules_.timestamps),
      members_(rules_.dialect == Dialect::openx && rules_.keys.case_insensitive) {}

Result<Shredder> Shredder::create(const columnar::Schema& schema, ShredRules rules) {
  std::map<std::string, std::string> folded;
  for (auto& [name, key] : rules.column_to_key) {
    folded.try_emplace(rules.keys.case_insensitive ? lower_case(name) : name, key);
  }
  rules.column_to_key = std::move(folded);
  Shredder shredder(std::move(rules));
  SLUICE_TRY_DO(Compiler(shredder).row(schema));
  shredder.add_parts(shredder.nodes_.front());
  return shredder;
}

void Shredder::add_parts(const Node& node) {
  const auto index = static_cast<std::uint32_t>(&node - nodes_.data());
  for (std::uint32_t child = index + 1; child < node.end; child = nodes_[child].end) {
    const Node& added = nodes_[child];
    if (added.type.kind == Kind::structure) {
      add_parts(added);
    } else {
      const bool is_list = added.type.kind == Kind::array && added.end == child + 2;
      parts_.push_back(
          {.type = added.type,
           .element = is_list ? std::optional(nodes_[child + 1].type.kind) : std::nullopt,
           .node = child,
           .first_leaf = added.first_leaf,
           .leaves = added.leaves});
    }
  }
}

bool Shredder::find_parts(std::vector<Found>& parts,
                          std::vector<json::View>& structures,
                          std::vector<json::View>& nulls) const {
  parts.clear();
  structures.clear();
  nulls.clear();
  return find_members(nodes_.front(), parts, structures, nulls);
}

bool Shredder::find_members(const Node& node,
                            std::vector<Found>& parts,
                            std::vector<json::View>& structures,
                            std::vector<json::View>& nulls) const {
  const auto index = static_cast<std::size_t>(&node - nodes_.data());
  std::size_t member = 0;
  for (std::size_t at = index + 1; at < node.end; at = nodes_[at].end, ++member) {
    const Node& child = nodes_[at];
    const json::View value = tables_[node.table].value(member);
    const auto absent = static_cast<std::uint8_t>(child.definition - 1);
    if (child.type.kind != Kind::structure) {
      parts.push_back({.value = value, .definition = absent});
    } else if (value.is_missing_or_null()) {
      add_missing(child, absent, parts);
      if (value.exists()) {
        nulls.push_back(value);
      }
    } else if (!value.is(json::Kind::object)) {
      return false;
    } else {
      structures.push_back(value);
      if (!find_members(child, parts, structures, nulls)) {
        return false;
      }
    }
  }
  return true;
}

// The parts of a structure that is not there.
void Shredder::add_missing(const Node& node,
                           std::uint8_t definition,
                           std::vector<Found>& parts) const {
  const auto index = static_cast<std::size_t>(&node - nodes_.data());
  for (std::size_t at = index + 1; at < node.end; at = nodes_[at].end) {
    if (nodes_[at].type.kind == Kind::structure) {
      add_missing(nodes_[at], definition, parts);
    } else {
      parts.push_back({.value = {}, .definition = definition});
    }
  }
}

bool Shredder::write_part(std::size_t part, json::View value, columnar::RowBatch& out) {
  // All parts of a record together stay below what read() grants it.
  entries_left_ = record_entries_max / (parts_.size() + 1);
  out_ = &out;
  const bool is_written = write(nodes_[parts_[part].node], value, 0);
  out_ = nullptr;
  return is_written;
}

std::expected<std::uint32_t, Rejection> Shredder::read(ByteView record, columnar::RowBatch& out) {
  SLUICE_CHECK(out.leaves().size() == nodes_.front().leaves);
  const auto parsed = tape_.parse(record);
  if (!parsed) {
    return std::unexpected(Rejection{std::string(parse_error_code),
                                     "Encountered malformed JSON. " + parsed.error().within(record),
                                     {}});
  }
  if (tape_.documents().empty()) {
    return std::unexpected(malformed("The record was empty or contained only whitespace."));
  }
  const std::size_t rows_before = out.rows();
  out.take_mark(mark_);
  out_ = &out;
  const bool is_taken = append_rows();
  out_ = nullptr;
  if (!is_taken) {
    out.roll_back(mark_);
    SLUICE_CHECK(out.rows() == rows_before);
    return std::unexpected(std::exchange(rejection_, {}));
  }
  return static_cast<std::uint32_t>(out.rows() - rows_before);
}

bool Shredder::append_rows() {
  entries_left_ = record_entries_max;
  for (const json::View document : tape_.documents()) {
    if (!append_row(document)) {
      return false;
    }
  }
  return true;
}

bool Shredder::append_row(json::View document) {
  const Node& row = nodes_.front();
  if (document.kind() == json::Kind::array) {
    return refuse(row,
                  does_not_match("The top level must be an object; several objects in one record "
                                 "stand side by side, not in an array."));
  }
  if (document.kind() != json::Kind::object) {
    return refuse(row,
                  "The input JSON contained a primitive at the top level. The top level must be an "
                  "object or array.");
  }
  if (!charge(row) || !write_members(row, document, 0)) {
    return false;
  }
  out_->end_row();
  return true;
}

bool Shredder::write(const Node& node, json::View value, std::uint8_t repetition) {
  if (value.is_missing_or_null()) {
    write_nulls(node, static_cast<std::uint8_t>(node.definition - 1), repetition);
    return true;
  }
  switch (node.type.kind) {
    case Kind::structure:
      return write_structure(node, value, repetition);
    case Kind::array:
      return write_array(node, value, repetition);
    case Kind::map:
      return write_map(node, value, repetition);
    default:
      return write_scalar(node, value, repetition);
  }
}

void Shredder::write_nulls(const Node& node, std::uint8_t definition, std::uint8_t repetition) {
  const std::size_t end = node.first_leaf + node.leaves;
  for (std::size_t leaf = node.first_leaf; leaf < end; ++leaf) {
    out_->column(leaf).append_null(definition, repetition);
  }
}

bool Shredder::write_scalar(const Node& node, json::View value, std::uint8_t repetition) {
  auto appended = scalars_.append(node.type, value, out_->column(node.first_leaf), repetition);
  return appended.has_value() || refuse(node, std::move(appended).error().message);
}

bool Shredder::write_structure(const Node& node, json::View value, std::uint8_t repetition) {
  if (value.kind() == json::Kind::object) {
    return write_members(node, value, repetition);
  }
  if (rules_.dialect == Dialect::hive) {
    return refuse(node, does_not_match(hive_start_of_object));
  }
  if (value.kind() == json::Kind::array && value.size() > 0) {
    return write_positions(node, value, repetition);
  }
  if (value.kind() == json::Kind::array || is_blank_text(value)) {
    write_nulls(node, static_cast<std::uint8_t>(node.definition - 1), repetition);
    return true;
  }
  return refuse_container(node, value);
}

bool Shredder::write_members(const Node& node, json::View object, std::uint8_t repetition) {
  KeyTable& table = tables_[node.table];
  if (!table.match(object)) {
    return refuse(
        node,
        does_not_match(fmt::format("java.io.IOException: Hive internal column name ({}) "
                                   "and position encoding for the column name are at odds",
                                   cut_for_message(table.misplaced()))));
  }
  const auto index = static_cast<std::size_t>(&node - nodes_.data());
  std::size_t member = 0;
  for (std::size_t child = index + 1; child < node.end; child = nodes_[child].end, ++member) {
    if (!write(nodes_[child], table.value(member), repetition)) {
      return false;
    }
  }
  return true;
}

// An array fills a structure by position; what is too much is left out.
bool Shredder::write_positions(const Node& node, json::View array, std::uint8_t repetition) {
  const json::Elements elements = array.elements();
  auto element = elements.begin();
  const auto index = static_cast<std::size_t>(&node - nodes_.data());
  for (std::size_t child = index + 1; child < node.end; child = nodes_[child].end) {
    const bool is_there = element != elements.end();
    if (!write(nodes_[child], is_there ? *element : json::View(), repetition)) {
      return false;
    }
    if (is_there) {
      ++element;
    }
  }
  return true;
}

bool Shredder::write_array(const Node& node, json::View value, std::uint8_t repetition) {
  const Node& element_node = child_of(node);
  if (value.kind() != json::Kind::array) {
    if (rules_.dialect == Dialect::hive) {
      return refuse(node, does_not_match(hive_start_of_array));
    }
    if (value.kind() == json::Kind::string && value.text().empty()) {
      write_nulls(node, static_cast<std::uint8_t>(node.definition - 1), repetition);
      return true;
    }
    return write(element_node, value, repetition);
  }
  if (value.size() == 0) {
    write_nulls(node, node.definition, repetition);
    return true;
  }
  for (const json::View element : value.elements()) {
    if (!charge(element_node) || !write(element_node, element, repetition)) {
      return false;
    }
    repetition = node.repetition;
  }
  return true;
}

bool Shredder::write_map(const Node& node, json::View value, std::uint8_t repetition) {
  if (value.kind() != json::Kind::object) {
    if (rules_.dialect == Dialect::hive) {
      return refuse(node, does_not_match(hive_start_of_object));
    }
    if (is_blank_text(value)) {
      write_nulls(node, static_cast<std::uint8_t>(node.definition - 1), repetition);
      return true;
    }
    return refuse_container(node, value);
  }
  if (value.size() == 0) {
    write_nulls(node, node.definition, repetition);
    return true;
  }
  const DistinctMembers::Range members = members_.push(value);
  const bool is_written = write_entries(node, members, repetition);
  members_.pop(members);
  return is_written;
}

bool Shredder::write_entries(const Node& node,
                             const DistinctMembers::Range& members,
                             std::uint8_t repetition) {
  const Node& key_node = child_of(node);
  const Node& value_node = child_of(key_node);
  for (std::size_t member = members.first; member < members.last; ++member) {
    if (members_.is_repeat(member)) {
      continue;
    }
    if (!charge(node)) {
      return false;
    }
    auto key = scalars_.append_key(
        key_node.type, members_.key(member), out_->column(key_node.first_leaf), repetition);
    if (!key) {
      return refuse(key_node, std::move(key).error().message);
    }
    if (!write(value_node, members_.value(member), repetition)) {
      return false;
    }
    repetition = node.repetition;
  }
  return true;
}

// Counts the entries of a row, or of an element or entry of a list, before they are written.
bool Shredder::charge(const Node& element) {
  if (element.leaves > entries_left_) [[unlikely]] {
    return refuse(element,
                  fmt::format("The record would fill more than {} cells; send its lists in parts.",
                              record_entries_max));
  }
  entries_left_ -= element.leaves;
  return true;
}

bool Shredder::refuse(const Node& node, std::string message) {
  rejection_ = malformed(std::move(message), node.path);
  return false;
}

// Firehose's words, the doubled blank included.
bool Shredder::refuse_container(const Node& node, json::View value) {
  return refuse(node,
                does_not_match(fmt::format("Data is not JSONObject  but {} with value {}",
                                           java_class(value),
                                           cut_for_message(value.text()))));
}

}  // namespace sluice::serde
