// A parked file as bytes and back.
#include "parquet/parked_state.h"

#include "base/check.h"
#include "base/crc32c.h"
#include "parquet/file_reader.h"
#include "parquet/format.h"
#include "parquet/schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace sluice::parquet {

namespace {

constexpr std::uint8_t format_version = 1;
constexpr std::size_t checksum_bytes = sizeof(std::uint32_t);

// Of rows and of bytes: far above any file, and far below where counting on would overflow.
constexpr std::uint64_t count_max = std::uint64_t{1} << 62;

std::unexpected<Error> damaged(std::string_view what) {
  return fail(Fault::corrupt, fmt::format("the state of a parked Parquet file: {}", what));
}

// What could not be written into a footer again.
Result<void> check_schema(const FileMetaData& metadata) {
  for (const SchemaElement& element : metadata.schema) {
    const bool is_unknown =
        element.logical_type && element.logical_type->kind == LogicalKind::unknown;
    if (is_unknown || element.type.has_value() == element.num_children.has_value()) {
      return damaged(fmt::format("schema element \"{:.100}\" is none of ours", element.name));
    }
  }
  if (std::ranges::count(metadata.column_orders, ColumnOrder::unknown) > 0) {
    return damaged("a column has an unknown order");
  }
  return {};
}

// Row groups as a writer places them.
class GroupCheck {
 public:
  GroupCheck(const SchemaTree& tree, std::uint64_t bytes) : tree_(tree), bytes_(bytes) {}

  Result<void> check(const std::vector<RowGroup>& groups, std::int64_t rows) {
    if (bytes_ < at_ || bytes_ > count_max || std::cmp_greater(rows, count_max)) {
      return damaged(fmt::format("a file of {} bytes and {} rows", bytes_, rows));
    }
    for (const RowGroup& group : groups) {
      SLUICE_TRY_DO(check(group));
      if (group.num_rows <= 0 || group.num_rows > rows) {
        return damaged(
            fmt::format("a row group of {} rows where {} are left", group.num_rows, rows));
      }
      rows -= group.num_rows;
    }
    if (rows != 0 || at_ != bytes_) {
      return damaged(fmt::format("{} rows and {} bytes are in no row group", rows, bytes_ - at_));
    }
    return {};
  }

 private:
  Result<void> check(const RowGroup& group) {
    const auto is_leaf = [&](const SortingColumn& column) {
      return column.column_idx >= 0 && std::cmp_less(column.column_idx, tree_.leaves.size());
    };
    if (group.columns.size() != tree_.leaves.size() ||
        !std::ranges::all_of(group.sorting_columns, is_leaf)) {
      return damaged("a row group has other columns than the schema");
    }
    for (std::size_t leaf = 0; leaf < group.columns.size(); ++leaf) {
      const ColumnMetaData& column = group.columns[leaf].meta_data;
      const SchemaLeaf& shape = tree_.leaves[leaf];
      if (column.path_in_schema != shape.path ||
          column.type != tree_.elements[shape.element].type) {
        return damaged(fmt::format("column {} of a row group is not that of the schema", leaf));
      }
      const std::int64_t size = column.total_compressed_size;
      if (std::cmp_not_equal(first_page_offset(column), at_) || size <= 0 ||
          std::cmp_greater(size, bytes_ - at_)) {
        return damaged(fmt::format("{} bytes of column {} do not lie at {}", size, leaf, at_));
      }
      at_ += static_cast<std::uint64_t>(size);
    }
    return {};
  }

  const SchemaTree& tree_;
  std::uint64_t bytes_;
  std::uint64_t at_ = file_magic.size();
};

}  // namespace

Bytes encode_parked(std::uint64_t bytes, const FileMetaData& metadata, const FileTail& tail) {
  Bytes out;
  put_le(out, format_version);
  put_varint(out, bytes);
  Bytes footer;
  encode(metadata, footer);
  put_varint(out, footer.size());
  out += footer;
  tail.append_to(out);
  put_le(out, crc32c(out));
  return out;
}

Result<ParkedState> decode_parked(ByteView encoded) {
  if (encoded.size() < checksum_bytes) {
    return damaged("it is cut short");
  }
  const ByteView body = encoded.substr(0, encoded.size() - checksum_bytes);
  if (load_le<std::uint32_t>(body.data() + body.size()) != crc32c(body)) {
    return damaged("it does not match its checksum");
  }
  ByteReader reader(body);
  const std::optional<std::uint8_t> version = reader.le<std::uint8_t>();
  if (version > format_version) {
    return fail(
        Fault::unsupported,
        fmt::format("the state of a parked Parquet file has version {}: it was written by a "
                    "newer sluice; run that one",
                    *version));
  }
  const std::optional<std::uint64_t> bytes = reader.varint();
  const std::optional<std::uint64_t> footer_bytes = reader.varint();
  if (version != format_version || !bytes || !footer_bytes || *footer_bytes > reader.remaining()) {
    return damaged("it lacks a part");
  }
  ParkedState state{.bytes = *bytes, .metadata = {}, .tail = {}};
  SLUICE_TRY(metadata, decode_file_metadata(*reader.take(*footer_bytes)));
  SLUICE_TRY(tree, build_tree(metadata.schema));
  SLUICE_TRY_DO(check_schema(metadata));
  SLUICE_TRY_DO(GroupCheck(tree, *bytes).check(metadata.row_groups, metadata.num_rows));
  state.metadata = std::move(metadata);
  SLUICE_TRY(
      tail,
      FileTail::decode(
          body.substr(reader.position()), state.metadata.row_groups.size(), tree.leaves.size()));
  state.tail = std::move(tail);
  return state;
}

}  // namespace sluice::parquet
