// One pass over all chunks.
#include "parquet/verify.h"

#include "parquet/chunk_facts.h"
#include "parquet/row_order.h"
#include "parquet/verify_chunk.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace sluice::parquet {

namespace {

class FileCheck {
 public:
  explicit FileCheck(const FileReader& file) : file_(file) {}

  Verification run() {
    const FileMetaData& metadata = file_.metadata();
    std::int64_t rows = 0;
    for (std::size_t group = 0; group < metadata.row_groups.size(); ++group) {
      rows += metadata.row_groups[group].num_rows;
      check_group(group);
    }
    Claims claims("the file", out_);
    claims.equal("num_rows", metadata.num_rows, rows);
    return std::move(out_);
  }

 private:
  void check_group(std::size_t number) {
    const RowGroup& group = file_.metadata().row_groups[number];
    std::int64_t uncompressed = 0;
    std::int64_t compressed = 0;
    sorted_.clear();
    is_order_known_ = true;
    for (std::size_t leaf = 0; leaf < group.columns.size(); ++leaf) {
      uncompressed += group.columns[leaf].meta_data.total_uncompressed_size;
      compressed += group.columns[leaf].meta_data.total_compressed_size;
      check_chunk(number, leaf);
    }
    Claims claims(fmt::format("row group {}", number), out_);
    claims.equal("total_byte_size", group.total_byte_size, uncompressed);
    if (group.total_compressed_size) {
      claims.equal("total_compressed_size", *group.total_compressed_size, compressed);
    }
    check_order(group, claims);
  }

  void check_chunk(std::size_t group, std::size_t leaf) {
    const std::string where =
        fmt::format("row group {}, column {:.200}",
                    group,
                    fmt::to_string(fmt::join(file_.schema().leaves[leaf].path, ".")));
    Result<columnar::Column> column = file_.read_column(group, leaf);
    if (!column) {
      const bool is_sorted_by = sorting_key(group, leaf) != nullptr;
      is_order_known_ = is_order_known_ && !is_sorted_by;
      std::string why = std::move(column).error().message();
      (column.error().fault() == Fault::unsupported ? out_.unread : out_.contradictions)
          .push_back(std::move(why));
      return;
    }
    ++out_.chunks;
    out_.values += column->entries();
    Claims claims(where, out_);
    verify_chunk(file_, group, leaf, *column, claims, out_);
    if (sorting_key(group, leaf) != nullptr) {
      sorted_.emplace_back(leaf, *std::move(column));
    }
  }

  const SortingColumn* sorting_key(std::size_t group, std::size_t leaf) const {
    for (const SortingColumn& column : file_.metadata().row_groups[group].sorting_columns) {
      if (column.column_idx >= 0 && static_cast<std::size_t>(column.column_idx) == leaf) {
        return &column;
      }
    }
    return nullptr;
  }

  // Tracks the order that is claimed, row by row.
  void check_order(const RowGroup& group, Claims& claims) {
    std::vector<SortKey> keys;
    std::vector<columnar::Leaf> leaves;
    std::vector<const columnar::Column*> columns;
    for (const SortingColumn& claimed : group.sorting_columns) {
      const auto held = std::find_if(sorted_.begin(), sorted_.end(), [&](const auto& each) {
        return std::cmp_equal(each.first, claimed.column_idx);
      });
      const std::size_t leaf_count = file_.schema().leaves.size();
      if (claimed.column_idx < 0 || std::cmp_greater_equal(claimed.column_idx, leaf_count)) {
        claims.fail(fmt::format("sorting column {} is not there", claimed.column_idx));
        return;
      }
      if (held == sorted_.end() || !is_order_known_) {
        return;  // one of them could not be read, which is said elsewhere
      }
      const std::optional<columnar::Leaf> leaf = ordered_leaf(held->first, held->second.storage());
      if (!leaf) {
        break;  // an order this program does not know ends what can be checked
      }
      keys.push_back({leaves.size(), claimed.descending, claimed.nulls_first});
      leaves.push_back(*leaf);
      columns.push_back(&held->second);
    }
    if (keys.empty()) {
      return;
    }
    OrderTracker tracker(keys, leaves, false);
    tracker.look_at(columns);
    tracker.add(0, columns.front()->entries());
    claims.hold(columns.front()->entries() == 0 || !tracker.take().empty(),
                "the rows are not in the order of sorting_columns");
  }

  // The leaf as it is sorted by; nothing for one without an order, or with several values a row.
  std::optional<columnar::Leaf> ordered_leaf(std::size_t number, columnar::Storage storage) const {
    const SchemaLeaf& place = file_.schema().leaves[number];
    const SchemaElement& element = file_.schema().elements[place.element];
    const Order order = order_of(element);
    // Fixed byte strings that are no numbers compare otherwise than those of a table of ours do.
    if (order == Order::none || place.repetition_max > 0 ||
        (order == Order::bytes && storage == columnar::Storage::fixed_bytes)) {
      return std::nullopt;
    }
    columnar::Leaf leaf;
    leaf.path = place.path;
    leaf.type.kind = storage == columnar::Storage::fixed_bytes ? columnar::Kind::decimal
                                                               : columnar::Kind::binary;
    leaf.type.precision = 1;
    leaf.storage = storage;
    leaf.definition_max = place.definition_max;
    leaf.repetition_max = place.repetition_max;
    return leaf;
  }

  const FileReader& file_;
  Verification out_;
  std::vector<std::pair<std::size_t, columnar::Column>>
      sorted_;  // of the group: what it is sorted by
  bool is_order_known_ = true;
};

}  // namespace

Verification verify(const FileReader& file) {
  return FileCheck(file).run();
}

}  // namespace sluice::parquet
