// Rows put together again from columns, by Dremel's levels.
//
// Each leaf has a cursor on its next entry.  A node that can be null adds one to the definition
// level at which what is below it is there, and what repeats adds one more and one to the
// repetition level; an entry below such a level stands for the null, or the empty list, of all
// leaves below.
#include "cli/parquet_rows.h"

#include "base/base64.h"
#include "base/check.h"
#include "columnar/column.h"
#include "json/writer.h"
#include "parquet/file_reader.h"
#include "parquet/value_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

namespace sluice::cli {
namespace {

using columnar::Column;
using columnar::Kind;
using columnar::Storage;
using columnar::Type;

// The next entry of a leaf.
class Cursor {
 public:
  Cursor(Column column, const parquet::SchemaElement& element)
      : column_(std::move(column)), element_(element) {}

  bool is_at_end() const { return entry_ == column_.entries(); }

  int definition() const {
    const auto& levels = column_.definition_levels();
    return levels.empty() ? column_.definition_max() : levels[entry_];
  }

  int repetition() const {
    const auto& levels = column_.repetition_levels();
    return levels.empty() ? 0 : levels[entry_];
  }

  bool has_value() const { return definition() == column_.definition_max(); }

  // Goes on.
  void skip() {
    value_ += has_value() ? 1 : 0;
    ++entry_;
  }

  // The value, which there must be, as JSON.
  void write(const Type& type, json::Writer& out) const;

  // The same as text, for the key of a map.
  std::string text(const Type& type) const;

 private:
  ByteView plain() const;

  Column column_;
  const parquet::SchemaElement& element_;
  std::size_t entry_ = 0;
  std::size_t value_ = 0;
};

// The bytes of the value as they lie in memory, which is Parquet's PLAIN.
ByteView Cursor::plain() const {
  const auto at = [this]<class T>(const T* values) {
    return ByteView(reinterpret_cast<const char*>(values + value_), sizeof(T));
  };
  switch (column_.storage()) {
    case Storage::boolean:
      return at(column_.fixed<std::uint8_t>());
    case Storage::int32:
      return at(column_.fixed<std::int32_t>());
    case Storage::int64:
      return at(column_.fixed<std::int64_t>());
    case Storage::float32:
      return at(column_.fixed<float>());
    case Storage::float64:
      return at(column_.fixed<double>());
    case Storage::bytes:
    case Storage::fixed_bytes:
      break;
  }
  return column_.bytes(value_);
}

void Cursor::write(const Type& type, json::Writer& out) const {
  switch (type.kind) {
    case Kind::boolean:
      return out.value(column_.fixed<std::uint8_t>()[value_] != 0);
    case Kind::tinyint:
    case Kind::smallint:
    case Kind::integer:
      return out.value(column_.fixed<std::int32_t>()[value_]);
    case Kind::bigint:
      return out.value(column_.fixed<std::int64_t>()[value_]);
    case Kind::float32:
      return out.value(static_cast<double>(column_.fixed<float>()[value_]));
    case Kind::float64:
      return out.value(column_.fixed<double>()[value_]);
    default:
      return out.value(std::string_view(text(type)));
  }
}

std::string Cursor::text(const Type& type) const {
  switch (type.kind) {
    case Kind::string:
    case Kind::fixed_char:
    case Kind::varchar:
      return std::string(column_.bytes(value_));
    case Kind::binary:
      return base64_encode(column_.bytes(value_));
    default:
      return parquet::value_text(element_, plain());
  }
}

std::size_t leaves_below(const Type& type) {
  if (!type.is_nested()) {
    return 1;
  }
  return std::accumulate(
      type.children.begin(),
      type.children.end(),
      std::size_t{0},
      [](std::size_t sum, const columnar::Field& child) { return sum + leaves_below(child.type); });
}

// The levels of a node: it is there from this definition level on, and its entries repeat at this
// repetition level.
struct Levels {
  int definition = 1;
  int repetition = 0;

  Levels inside() const { return {definition + 1, repetition}; }

  Levels of_key() const { return {definition + 1, repetition + 1}; }

  Levels of_element() const { return {definition + 2, repetition + 1}; }
};

class Assembly {
 public:
  explicit Assembly(std::vector<Cursor> cursors) : cursors_(std::move(cursors)) {}

  // Writes the next value of a node whose first leaf is `leaf`.  Recurses as deep as schemas may.
  void write(const Type& type, std::size_t leaf, Levels levels, json::Writer& out) {
    if (cursors_[leaf].definition() < levels.definition) {
      out.null();
      return skip(type, leaf);
    }
    switch (type.kind) {
      case Kind::structure:
        return write_structure(type, leaf, levels, out);
      case Kind::array:
        return write_array(type, leaf, levels, out);
      case Kind::map:
        return write_map(type, leaf, levels, out);
      default:
        cursors_[leaf].write(type, out);
        cursors_[leaf].skip();
    }
  }

 private:
  void skip(const Type& type, std::size_t leaf) {
    for (std::size_t i = 0; i < leaves_below(type); ++i) {
      cursors_[leaf + i].skip();
    }
  }

  // Whether another element of the list, whose last one was taken, comes next.
  bool goes_on(std::size_t leaf, Levels levels) const {
    return !cursors_[leaf].is_at_end() && cursors_[leaf].repetition() == levels.repetition + 1;
  }

  bool is_empty(std::size_t leaf, Levels levels) const {
    return cursors_[leaf].definition() == levels.definition;
  }

  void write_structure(const Type& type, std::size_t leaf, Levels levels, json::Writer& out) {
    out.begin_object();
    for (const columnar::Field& child : type.children) {
      out.key(child.name);
      write(child.type, leaf, levels.inside(), out);
      leaf += leaves_below(child.type);
    }
    out.end_object();
  }

  void write_array(const Type& type, std::size_t leaf, Levels levels, json::Writer& out) {
    out.begin_array();
    if (is_empty(leaf, levels)) {
      skip(type, leaf);
    } else {
      do {
        write(type.children[0].type, leaf, levels.of_element(), out);
      } while (goes_on(leaf, levels));
    }
    out.end_array();
  }

  void write_map(const Type& type, std::size_t leaf, Levels levels, json::Writer& out) {
    out.begin_object();
    if (is_empty(leaf, levels)) {
      skip(type, leaf);
    } else {
      do {
        SLUICE_CHECK(cursors_[leaf].definition() >= levels.of_key().definition);
        out.key(cursors_[leaf].text(type.children[0].type));
        cursors_[leaf].skip();
        write(type.children[1].type, leaf + 1, levels.of_element(), out);
      } while (goes_on(leaf, levels));
    }
    out.end_object();
  }

  std::vector<Cursor> cursors_;
};

}  // namespace

Result<std::vector<std::string>> parquet_rows(ByteView file, const columnar::Schema& schema) {
  SLUICE_TRY(reader, parquet::FileReader::open(file));
  const std::size_t leaves = columnar::leaves_of(schema).size();
  if (reader.schema().leaves.size() != leaves) {
    return fail(Fault::conflict,
                fmt::format("the file has {} leaves of columns, its table {}",
                            reader.schema().leaves.size(),
                            leaves));
  }
  std::vector<std::string> rows;
  for (std::size_t group = 0; group < reader.metadata().row_groups.size(); ++group) {
    std::vector<Cursor> cursors;
    for (std::size_t leaf = 0; leaf < leaves; ++leaf) {
      SLUICE_TRY(column, reader.read_column(group, leaf));
      const std::size_t element = reader.schema().leaves[leaf].element;
      cursors.emplace_back(std::move(column), reader.schema().elements[element]);
    }
    Assembly assembly(std::move(cursors));
    for (std::int64_t row = 0; row < reader.metadata().row_groups[group].num_rows; ++row) {
      std::string text;
      json::Writer out(text);
      out.begin_object();
      std::size_t leaf = 0;
      for (const columnar::Field& column : schema.columns) {
        out.key(column.name);
        assembly.write(column.type, leaf, {}, out);
        leaf += leaves_below(column.type);
      }
      out.end_object();
      rows.push_back(std::move(text));
    }
  }
  return rows;
}

}  // namespace sluice::cli
