// Records to rows of any depth: what both SerDes share.
//
// The schema is compiled once into a list of nodes in depth-first order, each with its levels (in
// the sense of columnar/column.h) and its leaves.  A row is one walk over that list beside the
// values of the record; nothing is allocated per record once the buffers have grown.
//
//   schema   a int, t array<struct<x:int>>
//   record   {"t":[{"x":7},null,{}]}
//   leaf a          null at definition 0
//   leaf t[].x      7 at (repetition 0, definition 4); null at (1, 2) for the null element;
//                   null at (1, 3) for the missing member
//
// Depth is bounded by the schema's.  A short record can ask for many entries (an array of empty
// structs, each with ten thousand members): their number is bounded per record.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "columnar/column.h"
#include "columnar/type.h"
#include "json/tape.h"
#include "serde/distinct_members.h"
#include "serde/joda_pattern.h"
#include "serde/key_table.h"
#include "serde/record_reader.h"
#include "serde/scalars.h"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::serde {

// What the dialects differ in.
struct ShredRules {
  Dialect dialect = Dialect::openx;
  KeyRules keys = {};
  std::map<std::string, std::string> column_to_key = {};  // fields, at any depth, to JSON keys
  std::vector<JodaPattern> timestamps = {};
};

// Entries (values, nulls and empty lists) of all columns together that one record may fill.
inline constexpr std::size_t record_entries_max = std::size_t{1} << 24;

// Not thread-safe; holds scratch memory.
class Shredder {
 public:
  // Fault::unsupported names the column of a type that the dialect cannot convert.
  static Result<Shredder> create(const columnar::Schema& schema, ShredRules rules);

  // As RecordReader::read.
  std::expected<std::uint32_t, Rejection> read(ByteView record, columnar::RowBatch& out);

  // What the columns of a row come in: a scalar, list or map that lies in the row or in structures
  // only.  In the order of their leaves.
  struct Part {
    columnar::Type type;                                   // without its children
    std::optional<columnar::Kind> element = std::nullopt;  // of a list of scalars
    std::uint32_t node = 0;
    std::uint32_t first_leaf = 0;
    std::uint32_t leaves = 0;
  };

  const std::vector<Part>& parts() const { return parts_; }

  // Where the last document read has a part: a value, or the definition of the null it is.
  struct Found {
    json::View value;
    std::uint8_t definition = 0;
  };

  // Replaces what `parts` (one for each), `structures` (the objects of those that are there) and
  // `nulls` (of those that are null) held.  False when a structure was given in another form than
  // an object.
  bool find_parts(std::vector<Found>& parts,
                  std::vector<json::View>& structures,
                  std::vector<json::View>& nulls) const;

  // Appends the value of a part, a null too, as read() does; false when it is refused, and then its
  // columns are left as they come.
  bool write_part(std::size_t part, json::View value, columnar::RowBatch& out);

  // The documents of the record read last.
  json::Elements documents() const { return tape_.documents(); }

 private:
  // A column, or a part of one.
  struct Node {
    columnar::Type type;          // without its children
    std::uint8_t definition = 0;  // of an entry that is there: a value, or a list without elements
    std::uint8_t repetition = 0;  // array, map: of every element but the first
    std::uint32_t first_leaf = 0;
    std::uint32_t leaves = 0;
    std::uint32_t end = 0;    // index of the node behind this one's children
    std::uint32_t table = 0;  // structure: its keys
    std::string path;         // "col.sub[].x", "m.key", "m.value"
  };

  class Compiler;

  explicit Shredder(ShredRules rules);

  void add_parts(const Node& node);
  bool find_members(const Node& node,
                    std::vector<Found>& parts,
                    std::vector<json::View>& structures,
                    std::vector<json::View>& nulls) const;
  void add_missing(const Node& node, std::uint8_t definition, std::vector<Found>& parts) const;

  bool append_rows();
  bool append_row(json::View document);
  bool write(const Node& node, json::View value, std::uint8_t repetition);
  bool write_scalar(const Node& node, json::View value, std::uint8_t repetition);
  bool write_structure(const Node& node, json::View value, std::uint8_t repetition);
  bool write_members(const Node& node, json::View object, std::uint8_t repetition);
  bool write_positions(const Node& node, json::View array, std::uint8_t repetition);
  bool write_array(const Node& node, json::View value, std::uint8_t repetition);
  bool write_map(const Node& node, json::View value, std::uint8_t repetition);
  bool write_entries(const Node& node,
                     const DistinctMembers::Range& members,
                     std::uint8_t repetition);
  void write_nulls(const Node& node, std::uint8_t definition, std::uint8_t repetition);
  bool charge(const Node& element);
  bool refuse(const Node& node, std::string message);
  bool refuse_container(const Node& node, json::View value);

  // The node behind one's own: its first child.
  const Node& child_of(const Node& node) const { return *(&node + 1); }

  ShredRules rules_;
  std::vector<Node> nodes_;       // the first is the row itself
  std::vector<KeyTable> tables_;  // the first is the row's
  std::vector<Part> parts_;
  Scalars scalars_;
  DistinctMembers members_;  // of the maps being written
  json::Tape tape_;
  columnar::RowBatch::Mark mark_;
  columnar::RowBatch* out_ = nullptr;  // while a record is read
  std::size_t entries_left_ = 0;
  Rejection rejection_;
};

}  // namespace sluice::serde
