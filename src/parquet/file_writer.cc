// The file around the chunks: magic, row groups, page index, footer.
#include "parquet/file_writer.h"

#include "base/check.h"
#include "parquet/bloom_builder.h"
#include "parquet/column_lanes.h"
#include "parquet/file_tail.h"
#include "parquet/format.h"
#include "parquet/metadata.h"
#include "parquet/parked_state.h"
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

LaneOptions lane_options(const WriterOptions& options) {
  return {.lanes = options.lanes,
          .codec = options.codec,
          .zstd_level = options.zstd_level,
          .codec_gain_percent = options.codec_gain_percent,
          .encodings = options.encodings,
          .columns = {.limits = {options.page_bytes_max, options.page_rows_max},
                      .dictionary = {options.dictionary, options.dictionary_bytes_max},
                      .format = options.pages}};
}

// Puts builders of filters where the options ask for them.
Result<void> add_bloom_builders(const std::vector<columnar::Leaf>& leaves,
                                const WriterOptions& options,
                                ColumnLanes& lanes) {
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
        lanes.bloom(leaf).emplace(leaves[leaf],
                                  BloomOptions{.false_positives = wanted.false_positives,
                                               .bytes_max = options.bloom_filter_bytes_max});
      } else if (named.size() == 1) {
        return fail(Fault::invalid,
                    fmt::format("\"{}\" is a boolean, for which the format has no bloom filter",
                                wanted.column));
      }
    }
  }
  return {};
}

// No fewer than the PLAIN bytes of these columns.
std::uint64_t plain_bytes_max(const std::vector<const columnar::Column*>& columns) {
  std::uint64_t total = 0;
  for (const columnar::Column* column : columns) {
    total += column->heap().size() + column->values() * sizeof(std::uint64_t) + column->entries();
  }
  return total;
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

Bytes encoded_schema(const FileMetaData& metadata) {
  FileMetaData bare;
  bare.schema = metadata.schema;
  Bytes bytes;
  encode(bare, bytes);
  return bytes;
}

}  // namespace

// Rows of the batch being appended that all columns take before anything else can happen.
struct Stretch {
  std::size_t first = 0;
  std::size_t rows = 0;  // 0: none is being taken
  std::size_t batch_rows = 0;
  std::uint64_t bytes_max = 0;  // of PLAIN values, of the whole batch
  bool stops_when_full = true;
};

struct FileWriter::State {
  State(const columnar::Schema& schema, WriterOptions chosen, ByteSink& target)
      : options(std::move(chosen)),
        sink(target),
        leaves(stored_leaves(schema, options.physical)),
        columns(leaves, lane_options(options)) {
    metadata.schema = elements_of(schema, options.physical);
    metadata.created_by =
        options.created_by.empty() ? std::string(own_created_by) : options.created_by;
    for (const columnar::Leaf& leaf : columnar::leaves_of(schema)) {
      rewrites.push_back(StoredValues::create(leaf, options.physical));
    }
    metadata.column_orders.assign(leaves.size(), ColumnOrder::type_order);
    if (Result<void> prepared = prepare(schema); !prepared) {
      refusal = std::move(prepared).error();
    }
  }

  // What depends on options that name columns.
  Result<void> prepare(const columnar::Schema& schema) {
    SLUICE_TRY_DO(add_bloom_builders(leaves, options, columns));
    SLUICE_TRY(keys, resolve(options.sort_by, leaves));
    trackers = order_trackers(leaves, keys, options.note_order);
    if (!keys.empty()) {
      sorter.emplace(schema, std::move(keys), options.sort_bytes_max);
    }
    return {};
  }

  Result<void> begin_file() {
    if (sink.written() > 0) {
      return {};
    }
    if (refusal) {
      return std::unexpected<Error>(*refusal);
    }
    return sink.append(file_magic);
  }

  // A row group that was begun is written whole.
  bool is_full() const {
    return options.file_bytes_max > 0 && group_rows == 0 &&
           sink.written() >= options.file_bytes_max;
  }

  Result<void> begin_rows(const columnar::RowBatch& batch);
  Result<void> sort(const columnar::RowBatch& batch);
  Result<void> end_run();
  Result<void> write(const columnar::RowBatch& batch);
  Result<void> begin_write(const columnar::RowBatch& batch, bool stops_when_full);
  Result<bool> next_stretch();
  Result<void> end_stretch();
  Result<void> rewrite(const columnar::RowBatch& batch);
  Result<void> end_group();
  Result<void> end_rows();
  Result<void> resume(ByteView parked);
  Result<void> write_footer();
  std::size_t bytes_held() const;

  WriterOptions options;
  CountingSink sink;
  std::vector<columnar::Leaf> leaves;  // as stored
  ColumnLanes columns;
  std::vector<std::optional<StoredValues>> rewrites;  // of leaves that are not stored as they are
  std::vector<const columnar::Column*> stored;        // of the batch being appended
  Stretch stretch;                                    // of those
  std::vector<OrderTracker> trackers;
  std::optional<RowSorter> sorter;
  FileTail tail;
  FileMetaData metadata;
  std::uint64_t rows_before = 0;  // the batch being appended
  std::size_t rows_sorted = 0;    // of it, given to the sorter
  std::optional<Error> refusal;   // of rows: by the options, or by the columns of a parked file
  std::size_t group_rows = 0;
  std::int64_t group_offset = 0;  // of a group with rows, in the file
  bool is_finished = false;
};

Result<void> FileWriter::State::begin_rows(const columnar::RowBatch& batch) {
  SLUICE_CHECK(!is_finished);
  SLUICE_CHECK(batch.leaves().size() == columns.size());
  if (refusal) {
    return std::unexpected<Error>(*refusal);
  }
  SLUICE_TRY_DO(begin_file());
  rows_before += sorter ? rows_sorted : stretch.first;
  rows_sorted = 0;
  stretch = Stretch();
  return sorter ? sort(batch) : begin_write(batch, true);
}

Result<void> FileWriter::State::sort(const columnar::RowBatch& batch) {
  const columnar::RowPicker picker(batch);
  while (rows_sorted < batch.rows() && !is_full()) {
    SLUICE_TRY(taken, sorter->take(batch, picker, rows_sorted));
    rows_sorted += taken;
    if (sorter->is_full()) {
      SLUICE_TRY_DO(end_run());
    }
  }
  return {};
}

// A run that has been sorted is written whole.
Result<void> FileWriter::State::end_run() {
  SLUICE_TRY_DO(sorter->drain([this](const columnar::RowBatch& rows) { return write(rows); }));
  return group_rows > 0 ? end_group() : Result<void>();
}

Result<void> FileWriter::State::write(const columnar::RowBatch& batch) {
  SLUICE_TRY_DO(begin_write(batch, false));
  for (;;) {
    SLUICE_TRY(has_rows, next_stretch());
    if (!has_rows) {
      stretch = Stretch();
      return {};
    }
    for (std::size_t lane = 0; lane < columns.lanes(); ++lane) {
      SLUICE_TRY_DO(columns.append(lane, stored, stretch.rows));
    }
  }
}

Result<void> FileWriter::State::begin_write(const columnar::RowBatch& batch, bool stops_when_full) {
  SLUICE_TRY_DO(rewrite(batch));
  columns.begin();
  for (OrderTracker& tracker : trackers) {
    tracker.look_at(stored);
  }
  stretch = {.batch_rows = batch.rows(),
             .bytes_max = plain_bytes_max(stored),
             .stops_when_full = stops_when_full};
  return {};
}

// False: nothing is left to take.  Only where the group may become large enough in this batch is
// its size looked at every few rows.
Result<bool> FileWriter::State::next_stretch() {
  if (stretch.rows > 0) {
    SLUICE_TRY_DO(end_stretch());
  }
  if (stretch.first == stretch.batch_rows || (stretch.stops_when_full && is_full())) {
    return false;
  }
  stretch.rows =
      std::min(stretch.batch_rows - stretch.first, options.row_group_rows_max - group_rows);
  if (columns.chunk_bytes() + stretch.bytes_max >= options.row_group_bytes_max) {
    stretch.rows = std::min(stretch.rows, row_group_step - group_rows % row_group_step);
  }
  return true;
}

Result<void> FileWriter::State::end_stretch() {
  for (OrderTracker& tracker : trackers) {
    tracker.add(stretch.first, stretch.rows);
  }
  if (group_rows == 0) {
    group_offset = sink.offset();
  }
  group_rows += stretch.rows;
  SLUICE_TRY_DO(columns.column(0).write_ahead(sink));
  metadata.num_rows += static_cast<std::int64_t>(stretch.rows);
  stretch.first += stretch.rows;
  stretch.rows = 0;
  const bool is_step = group_rows % row_group_step == 0;
  if (group_rows == options.row_group_rows_max ||
      (is_step && columns.chunk_bytes() >= options.row_group_bytes_max)) {
    return end_group();
  }
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
  group.file_offset = group_offset;
  group.total_compressed_size = 0;
  const std::size_t ordinal = metadata.row_groups.size();
  if (ordinal <= std::numeric_limits<std::int16_t>::max()) {
    group.ordinal = static_cast<std::int16_t>(ordinal);
  }
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::int64_t offset = i == 0 ? group_offset : sink.offset();
    SLUICE_TRY(written, columns.column(i).flush(offset, sink));
    const ColumnMetaData& column = written.chunk.meta_data;
    SLUICE_CHECK(sink.offset() - offset == column.total_compressed_size);
    group.total_byte_size += column.total_uncompressed_size;
    *group.total_compressed_size += column.total_compressed_size;
    if (options.page_index) {
      tail.add_index(ordinal, i, written);
    }
    group.columns.push_back(std::move(written.chunk));
    if (columns.bloom(i)) {
      if (const std::optional<BloomFilter> filter = columns.bloom(i)->take()) {
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

// Whatever rows there are become row groups.
Result<void> FileWriter::State::end_rows() {
  SLUICE_CHECK(!is_finished);
  SLUICE_CHECK(stretch.rows == 0);
  SLUICE_TRY_DO(begin_file());
  if (sorter) {
    SLUICE_TRY_DO(end_run());
  }
  return group_rows > 0 ? end_group() : Result<void>();
}

Result<void> FileWriter::State::resume(ByteView parked) {
  SLUICE_CHECK(!is_finished);
  SLUICE_CHECK(sink.written() == 0);
  SLUICE_TRY(state, decode_parked(parked));
  if (encoded_schema(state.metadata) != encoded_schema(metadata)) {
    refusal = Error(Fault::conflict,
                    "the Parquet file was begun with other columns; finish it, and write these "
                    "rows into another");
  }
  metadata = std::move(state.metadata);
  tail = std::move(state.tail);
  sink.start_at(state.bytes);
  rows_before = static_cast<std::uint64_t>(metadata.num_rows);
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
  return tail.bytes_held() + columns.bytes_held() + (sorter ? sorter->bytes_held() : 0);
}

FileWriter::FileWriter(const columnar::Schema& schema, WriterOptions options, ByteSink& sink)
    : state_(std::make_unique<State>(schema, std::move(options), sink)) {
  SLUICE_CHECK(state_->options.row_group_rows_max > 0);
  SLUICE_CHECK(std::has_single_bit(state_->options.bloom_filter_bytes_max));
}

FileWriter::~FileWriter() = default;

Result<void> FileWriter::append(const columnar::RowBatch& batch) {
  SLUICE_TRY_DO(begin_rows(batch));
  for (;;) {
    SLUICE_TRY(has_rows, next_rows());
    if (!has_rows) {
      SLUICE_CHECK(rows_taken() == batch.rows());
      return {};
    }
    for (std::size_t lane = 0; lane < lanes(); ++lane) {
      SLUICE_TRY_DO(append_lane(lane));
    }
  }
}

Result<void> FileWriter::begin_rows(const columnar::RowBatch& batch) {
  return state_->begin_rows(batch);
}

Result<bool> FileWriter::next_rows() {
  return state_->sorter ? false : state_->next_stretch();
}

Result<void> FileWriter::append_lane(std::size_t lane) {
  return state_->columns.append(lane, state_->stored, state_->stretch.rows);
}

std::size_t FileWriter::rows_taken() const {
  return state_->sorter ? state_->rows_sorted : state_->stretch.first;
}

std::size_t FileWriter::lanes() const {
  return state_->columns.lanes();
}

bool FileWriter::is_full() const {
  return state_->is_full();
}

Result<Bytes> FileWriter::park() {
  SLUICE_TRY_DO(state_->end_rows());
  return encode_parked(state_->sink.written(), state_->metadata, state_->tail);
}

Result<void> FileWriter::resume(ByteView parked) {
  return state_->resume(parked);
}

bool FileWriter::takes_rows() const {
  return !state_->refusal;
}

void FileWriter::add_metadata(std::string key, std::string value) {
  SLUICE_CHECK(!state_->is_finished);
  state_->metadata.key_value_metadata.push_back({std::move(key), std::move(value)});
}

Result<void> FileWriter::finish() {
  SLUICE_TRY_DO(state_->end_rows());
  SLUICE_TRY_DO(state_->tail.write(state_->sink, state_->metadata));
  SLUICE_TRY_DO(state_->write_footer());
  state_->is_finished = true;
  return {};
}

// A chunk takes about as much of the footer whatever is in it.
std::uint64_t FileWriter::expected_bytes() {
  SLUICE_CHECK(!state_->sorter);
  constexpr std::uint64_t chunk_footer_bytes = 200;
  const std::size_t groups = state_->metadata.row_groups.size() + (state_->group_rows > 0 ? 1 : 0);
  const std::uint64_t before = state_->group_rows > 0
                                   ? static_cast<std::uint64_t>(state_->group_offset)
                                   : state_->sink.written();
  return before + state_->tail.bytes() +
         state_->columns.expected_bytes(state_->options.page_index) +
         groups * state_->columns.size() * chunk_footer_bytes;
}

std::uint64_t FileWriter::rows() const {
  return state_->rows_before + rows_taken();
}

std::uint64_t FileWriter::bytes_written() const {
  return state_->sink.written();
}

std::size_t FileWriter::bytes_held() const {
  return state_->bytes_held();
}

}  // namespace sluice::parquet
