// The file around the chunks: magic, row groups, page index, footer.
#include "parquet/file_writer.h"

#include "base/check.h"
#include "parquet/bloom_builder.h"
#include "parquet/column_writer.h"
#include "parquet/file_tail.h"
#include "parquet/format.h"
#include "parquet/metadata.h"
#include "parquet/row_order.h"
#include "parquet/row_sorter.h"
#include "parquet/schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <limits>
#include <optional>
#include <utility>

namespace sluice::parquet {

namespace {

// The form that readers parse: application, version, build.
constexpr std::string_view own_created_by = "sluice version 0.1.0 (build 0)";

// The builder of the filter of each leaf, where `wanted` asks for one.
Result<std::vector<std::optional<BloomBuilder>>> bloom_builders(
    const std::vector<columnar::Leaf>& leaves, const WriterOptions& options) {
  std::vector<std::optional<BloomBuilder>> builders(leaves.size());
  for (const BloomFilterColumn& wanted : options.bloom_filter_columns) {
    SLUICE_TRY(named, leaves_named(leaves, wanted.column));
    if (!(wanted.false_positives > 0 && wanted.false_positives < 1)) {
      return fail(
          Fault::invalid,
          fmt::format("bloom filter of \"{}\": {} false positives; the share lies between 0 "
                      "and 1",
                      wanted.column,
                      wanted.false_positives));
    }
    for (const std::size_t leaf : named) {
      if (leaves[leaf].storage != columnar::Storage::boolean) {
        builders[leaf].emplace(leaves[leaf],
                               BloomOptions{.false_positives = wanted.false_positives,
                                            .bytes_max = options.bloom_filter_bytes_max});
      } else if (named.size() == 1) {
        return fail(Fault::invalid,
                    fmt::format("\"{}\" is a boolean, for which the format has no bloom filter",
                                wanted.column));
      }
    }
  }
  return builders;
}

// What watches whether the rows of a group are sorted: as they were asked to be, or by the first
// column that has one value a row, up or down.
std::vector<OrderTracker> order_trackers(const std::vector<columnar::Leaf>& leaves,
                                         const std::vector<SortKey>& keys,
                                         bool note_order) {
  std::vector<OrderTracker> trackers;
  if (!keys.empty()) {
    trackers.emplace_back(keys, leaves, false);
    return trackers;
  }
  const auto first = std::find_if(leaves.begin(), leaves.end(), [](const columnar::Leaf& leaf) {
    return leaf.repetition_max == 0;
  });
  if (note_order && first != leaves.end()) {
    const auto leaf = static_cast<std::size_t>(first - leaves.begin());
    for (const bool descending : {false, true}) {
      trackers.emplace_back(
          std::vector{SortKey{.leaf = leaf, .descending = descending}}, leaves, true);
    }
  }
  return trackers;
}

}  // namespace

struct FileWriter::State {
  State(const columnar::Schema& schema, WriterOptions chosen, ByteSink& target)
      : options(std::move(chosen)),
        sink(target),
        compressor(options.codec, options.zstd_level),
        contest(options.encodings, compressor) {
    metadata.schema = elements_of(schema, options.physical);
    metadata.created_by =
        options.created_by.empty() ? std::string(own_created_by) : options.created_by;
    for (const columnar::Leaf& leaf : columnar::leaves_of(schema)) {
      rewrites.push_back(StoredValues::create(leaf, options.physical));
    }
    const std::vector<columnar::Leaf> leaves = stored_leaves(schema, options.physical);
    columns.reserve(leaves.size());
    const ColumnOptions column_options{
        .limits = {options.page_bytes_max, options.page_rows_max},
        .dictionary = {options.dictionary, options.dictionary_bytes_max},
        .format = options.pages};
    for (const columnar::Leaf& leaf : leaves) {
      columns.emplace_back(leaf, column_options, compressor, contest);
    }
    metadata.column_orders.assign(leaves.size(), ColumnOrder::type_order);
    cursors.resize(leaves.size());
    if (Result<void> prepared = prepare(schema, leaves); !prepared) {
      refusal = std::move(prepared).error();
    }
  }

  // What depends on options that name columns.
  Result<void> prepare(const columnar::Schema& schema, const std::vector<columnar::Leaf>& leaves) {
    SLUICE_TRY(builders, bloom_builders(leaves, options));
    blooms = std::move(builders);
    SLUICE_TRY(keys, resolve(options.sort_by, leaves));
    trackers = order_trackers(leaves, keys, options.note_order);
    if (!keys.empty()) {
      sorter.emplace(schema, std::move(keys), options.sort_bytes_max);
    }
    return {};
  }

  std::uint64_t group_bytes() const {
    std::uint64_t total = 0;
    for (const ColumnWriter& column : columns) {
      total += column.chunk_bytes();
    }
    return total;
  }

  Result<void> begin_file() {
    if (refusal) {
      return std::unexpected<Error>(*refusal);
    }
    return sink.written() == 0 ? sink.append(file_magic) : Result<void>();
  }

  Result<void> append(const columnar::RowBatch& batch);
  Result<void> sort(const columnar::RowBatch& batch);
  Result<void> end_run();
  Result<void> write(const columnar::RowBatch& batch);
  Result<void> write_rows(std::size_t first, std::size_t rows);
  Result<void> rewrite(const columnar::RowBatch& batch);
  Result<void> end_group();
  Result<void> write_footer();
  std::size_t bytes_held() const;

  WriterOptions options;
  CountingSink sink;
  Compressor compressor;
  EncodingContest contest;
  std::vector<ColumnWriter> columns;
  std::vector<std::optional<StoredValues>> rewrites;  // of leaves that are not stored as they are
  std::vector<const columnar::Column*> stored;        // of the batch being appended
  std::vector<ColumnCursor> cursors;                  // in those
  std::vector<std::optional<BloomBuilder>> blooms;    // of leaves that have a filter
  std::vector<OrderTracker> trackers;
  std::optional<RowSorter> sorter;
  FileTail tail;
  FileMetaData metadata;
  std::uint64_t rows_appended = 0;
  std::optional<Error> refusal;  // of the options
  std::size_t group_rows = 0;
  bool is_finished = false;
};

Result<void> FileWriter::State::append(const columnar::RowBatch& batch) {
  SLUICE_CHECK(!is_finished);
  SLUICE_CHECK(batch.leaves().size() == columns.size());
  SLUICE_TRY_DO(begin_file());
  rows_appended += batch.rows();
  return sorter ? sort(batch) : write(batch);
}

Result<void> FileWriter::State::sort(const columnar::RowBatch& batch) {
  const columnar::RowPicker picker(batch);
  for (std::size_t row = 0; row < batch.rows();) {
    SLUICE_TRY(taken, sorter->take(batch, picker, row));
    row += taken;
    if (sorter->is_full()) {
      SLUICE_TRY_DO(end_run());
    }
  }
  return {};
}

Result<void> FileWriter::State::end_run() {
  SLUICE_TRY_DO(sorter->drain([this](const columnar::RowBatch& rows) { return write(rows); }));
  return group_rows > 0 ? end_group() : Result<void>();
}

Result<void> FileWriter::State::write(const columnar::RowBatch& batch) {
  SLUICE_TRY_DO(rewrite(batch));
  std::fill(cursors.begin(), cursors.end(), ColumnCursor());
  for (OrderTracker& tracker : trackers) {
    tracker.look_at(stored);
  }
  for (std::size_t row = 0; row < batch.rows();) {
    const std::size_t rows = std::min({batch.rows() - row,
                                       options.row_group_rows_max - group_rows,
                                       row_group_step - group_rows % row_group_step});
    SLUICE_TRY_DO(write_rows(row, rows));
    row += rows;
    const bool is_step = group_rows % row_group_step == 0;
    if (group_rows == options.row_group_rows_max ||
        (is_step && group_bytes() >= options.row_group_bytes_max)) {
      SLUICE_TRY_DO(end_group());
    }
  }
  return {};
}

// Gives the next rows of `stored` to their columns.
Result<void> FileWriter::State::write_rows(std::size_t first, std::size_t rows) {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::size_t value = cursors[i].value;
    SLUICE_TRY_DO(columns[i].append(*stored[i], cursors[i], rows));
    if (blooms[i]) {
      blooms[i]->add(*stored[i], value, cursors[i].value - value);
    }
  }
  for (OrderTracker& tracker : trackers) {
    tracker.add(first, rows);
  }
  group_rows += rows;
  metadata.num_rows += static_cast<std::int64_t>(rows);
  return {};
}

// Points `stored` to the columns of `batch` as they are stored.
Result<void> FileWriter::State::rewrite(const columnar::RowBatch& batch) {
  stored.clear();
  for (std::size_t i = 0; i < columns.size(); ++i) {
    stored.push_back(&batch.column(i));
    if (rewrites[i]) {
      SLUICE_TRY(column, rewrites[i]->rewrite(batch.column(i)));
      stored.back() = column;
    }
  }
  return {};
}

Result<void> FileWriter::State::end_group() {
  SLUICE_CHECK(group_rows > 0);
  RowGroup group;
  group.num_rows = static_cast<std::int64_t>(group_rows);
  group.file_offset = sink.offset();
  group.total_compressed_size = 0;
  const std::size_t ordinal = metadata.row_groups.size();
  if (ordinal <= std::numeric_limits<std::int16_t>::max()) {
    group.ordinal = static_cast<std::int16_t>(ordinal);
  }
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::int64_t offset = sink.offset();
    SLUICE_TRY(written, columns[i].flush(offset, sink));
    const ColumnMetaData& column = written.chunk.meta_data;
    SLUICE_CHECK(sink.offset() - offset == column.total_compressed_size);
    group.total_byte_size += column.total_uncompressed_size;
    *group.total_compressed_size += column.total_compressed_size;
    if (options.page_index) {
      tail.add_index(ordinal, i, written);
    }
    group.columns.push_back(std::move(written.chunk));
    if (blooms[i]) {
      if (const std::optional<BloomFilter> filter = blooms[i]->take()) {
        tail.add_bloom_filter(ordinal, i, *filter);
      }
    }
  }
  for (OrderTracker& tracker : trackers) {
    std::vector<SortingColumn> claim = tracker.take();
    if (group.sorting_columns.empty()) {
      group.sorting_columns = std::move(claim);
    }
  }
  metadata.row_groups.push_back(std::move(group));
  group_rows = 0;
  return {};
}

Result<void> FileWriter::State::write_footer() {
  Bytes footer;
  encode(metadata, footer);
  if (footer.size() > std::numeric_limits<std::uint32_t>::max()) {
    return fail(
        Fault::too_large,
        fmt::format("the footer would take {} bytes; use larger row groups", footer.size()));
  }
  put_le(footer, static_cast<std::uint32_t>(footer.size()));
  footer.append(file_magic);
  return sink.append(footer);
}

std::size_t FileWriter::State::bytes_held() const {
  std::size_t total = tail.bytes_held() + contest.bytes_held();
  for (const ColumnWriter& column : columns) {
    total += column.bytes_held();
  }
  for (const std::optional<BloomBuilder>& bloom : blooms) {
    total += bloom ? bloom->bytes_held() : 0;
  }
  total += sorter ? sorter->bytes_held() : 0;
  return total;
}

FileWriter::FileWriter(const columnar::Schema& schema, WriterOptions options, ByteSink& sink)
    : state_(std::make_unique<State>(schema, std::move(options), sink)) {
  SLUICE_CHECK(state_->options.row_group_rows_max > 0);
  SLUICE_CHECK(std::has_single_bit(state_->options.bloom_filter_bytes_max));
}

FileWriter::~FileWriter() = default;

Result<void> FileWriter::append(const columnar::RowBatch& batch) {
  return state_->append(batch);
}

void FileWriter::add_metadata(std::string key, std::string value) {
  SLUICE_CHECK(!state_->is_finished);
  state_->metadata.key_value_metadata.push_back({std::move(key), std::move(value)});
}

Result<void> FileWriter::finish() {
  SLUICE_CHECK(!state_->is_finished);
  SLUICE_TRY_DO(state_->begin_file());
  if (state_->sorter) {
    SLUICE_TRY_DO(state_->end_run());
  }
  if (state_->group_rows > 0) {
    SLUICE_TRY_DO(state_->end_group());
  }
  SLUICE_TRY_DO(state_->tail.write(state_->sink, state_->metadata));
  SLUICE_TRY_DO(state_->write_footer());
  state_->is_finished = true;
  return {};
}

std::uint64_t FileWriter::rows() const {
  return state_->rows_appended;
}

std::uint64_t FileWriter::bytes_written() const {
  return state_->sink.written();
}

std::size_t FileWriter::bytes_held() const {
  return state_->bytes_held();
}

}  // namespace sluice::parquet
