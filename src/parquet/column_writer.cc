// Cutting entries into pages.
#include "parquet/column_writer.h"

#include "base/check.h"
#include "parquet/plain.h"

#include <algorithm>

namespace sluice::parquet {

namespace {

using columnar::Column;
using columnar::Storage;

std::size_t plain_width(const columnar::Leaf& leaf) {
  switch (leaf.storage) {
    case Storage::boolean:
      return 1;
    case Storage::int32:
    case Storage::float32:
      return 4;
    case Storage::int64:
    case Storage::float64:
      return 8;
    case Storage::fixed_bytes:
      return static_cast<std::size_t>(physical_leaf(leaf).type_length);
    case Storage::bytes:
      return 0;
  }
  SLUICE_CHECK(false && "every storage has a width");
  return 0;
}

}  // namespace

ColumnWriter::ColumnWriter(const columnar::Leaf& leaf,
                           const ColumnOptions& options,
                           Compressor& compressor,
                           EncodingContest& contest)
    : leaf_(leaf),
      limits_(options.limits),
      width_(plain_width(leaf)),
      pages_(leaf, options.format, compressor),
      values_(make_value_encoder(leaf, options.dictionary, contest)) {
  SLUICE_CHECK(limits_.bytes_max > 0);
  SLUICE_CHECK(limits_.rows_max > 0);
}

std::size_t ColumnWriter::bytes_held() const {
  return pages_.bytes_held() + values_->bytes_held() + definition_.capacity() +
         repetition_.capacity();
}

std::size_t ColumnWriter::value_bytes(const Column& column,
                                      std::size_t first,
                                      std::size_t count) const {
  if (width_ > 0) {
    return count * width_;
  }
  return column.offsets()[first + count] - column.offsets()[first] + count * length_prefix_bytes;
}

ColumnWriter::Span ColumnWriter::fit(const Column& column,
                                     ColumnCursor cursor,
                                     std::size_t rows) const {
  rows = std::min(rows, limits_.rows_max - page_.rows);
  const std::size_t room = limits_.bytes_max - std::min(limits_.bytes_max, page_.bytes);
  const std::vector<std::uint8_t>& levels = column.definition_levels();
  if (leaf_.repetition_max > 0) {
    return fit_rows(column, cursor, rows, room);
  }
  if (levels.empty()) {
    return fit_values(column, cursor, rows, room);
  }
  // Mostly all of the rows fit, and then their nulls need only be counted.
  const auto first = levels.begin() + static_cast<std::ptrdiff_t>(cursor.entry);
  const auto values = static_cast<std::size_t>(
      std::count(first, first + static_cast<std::ptrdiff_t>(rows), leaf_.definition_max));
  const std::size_t bytes = value_bytes(column, cursor.value, values);
  if (bytes <= room) {
    return {rows, rows, values, bytes};
  }
  return fit_rows(column, cursor, rows, room);
}

// Every entry is a row and a value: the count follows from the sizes.
ColumnWriter::Span ColumnWriter::fit_values(const Column& column,
                                            ColumnCursor cursor,
                                            std::size_t rows,
                                            std::size_t room) const {
  std::size_t count = rows;
  if (width_ > 0) {
    count = std::min(rows, room / width_);
  } else if (value_bytes(column, cursor.value, rows) > room) {
    std::size_t too_many = rows;
    count = 0;
    while (count + 1 < too_many) {
      const std::size_t middle = count + (too_many - count) / 2;
      (value_bytes(column, cursor.value, middle) <= room ? count : too_many) = middle;
    }
  }
  if (count == 0 && page_.rows == 0) {
    count = 1;
  }
  return {count, count, count, value_bytes(column, cursor.value, count)};
}

ColumnWriter::Span ColumnWriter::fit_rows(const Column& column,
                                          ColumnCursor cursor,
                                          std::size_t rows,
                                          std::size_t room) const {
  Span span;
  while (span.rows < rows) {
    const Span row = row_at(column, cursor);
    if (span.bytes + row.bytes > room && page_.rows + span.rows > 0) {
      break;
    }
    ++span.rows;
    span.entries += row.entries;
    span.values += row.values;
    span.bytes += row.bytes;
    cursor.entry += row.entries;
    cursor.value += row.values;
  }
  return span;
}

ColumnWriter::Span ColumnWriter::row_at(const Column& column, ColumnCursor cursor) const {
  const std::vector<std::uint8_t>& definition = column.definition_levels();
  const std::vector<std::uint8_t>& repetition = column.repetition_levels();
  Span row{.rows = 1};
  do {
    const std::size_t entry = cursor.entry + row.entries;
    SLUICE_DCHECK(entry < column.entries());
    row.values += definition.empty() || definition[entry] == leaf_.definition_max ? 1 : 0;
    ++row.entries;
  } while (!repetition.empty() && cursor.entry + row.entries < column.entries() &&
           repetition[cursor.entry + row.entries] != 0);
  row.bytes =
      value_bytes(column, cursor.value, row.values) + (leaf_.repetition_max > 0 ? row.entries : 0);
  return row;
}

void ColumnWriter::take(const Column& column, ColumnCursor cursor, const Span& span) {
  const std::vector<std::uint8_t>& definition = column.definition_levels();
  const std::vector<std::uint8_t>& repetition = column.repetition_levels();
  const auto first = static_cast<std::ptrdiff_t>(cursor.entry);
  const auto last = static_cast<std::ptrdiff_t>(cursor.entry + span.entries);
  if (span.values != span.entries || !definition_.empty()) {
    definition_.resize(page_.entries, leaf_.definition_max);
    if (definition.empty()) {
      definition_.resize(page_.entries + span.entries, leaf_.definition_max);
    } else {
      definition_.insert(definition_.end(), definition.begin() + first, definition.begin() + last);
    }
  }
  if (leaf_.repetition_max > 0) {
    repetition_.insert(repetition_.end(), repetition.begin() + first, repetition.begin() + last);
  }
  values_->append(column, cursor.value, span.values);
  page_.rows += span.rows;
  page_.entries += span.entries;
  page_.values += span.values;
  page_.bytes += span.bytes;
  chunk_bytes_ += span.bytes;
}

Result<void> ColumnWriter::append(const Column& column, ColumnCursor& cursor, std::size_t rows) {
  while (rows > 0) {
    const Span span = fit(column, cursor, rows);
    if (span.rows > 0) {
      SLUICE_CHECK(cursor.entry + span.entries <= column.entries());
      SLUICE_CHECK(cursor.value + span.values <= column.values());
      take(column, cursor, span);
      cursor.entry += span.entries;
      cursor.value += span.values;
      rows -= span.rows;
    }
    if (span.rows == 0 || page_.rows == limits_.rows_max) {
      SLUICE_TRY_DO(close_page());
    }
  }
  return {};
}

Result<void> ColumnWriter::close_page() {
  SLUICE_CHECK(page_.rows > 0);
  EncodedValues encoded = values_->close_page();
  DataPage page{.rows = page_.rows,
                .entries = page_.entries,
                .values = page_.values,
                .definition = definition_,
                .repetition = repetition_,
                .encoding = encoded.encoding,
                .body = encoded.body,
                .dictionary = {},
                .byte_array_bytes = encoded.byte_array_bytes,
                .bounds = std::move(encoded.bounds)};
  if (page.encoding == Encoding::rle_dictionary) {
    page.dictionary = values_->dictionary()->body;
  }
  SLUICE_TRY_DO(pages_.add(page));
  definition_.clear();
  repetition_.clear();
  page_ = Span();
  return {};
}

std::uint64_t ColumnWriter::expected_bytes(bool with_index) {
  const std::uint64_t closed = chunk_bytes_ - page_.bytes;
  const auto pages = static_cast<double>(pages_.page_bytes());
  const double share = closed > 0 ? pages / static_cast<double>(closed) : share_before_;
  const auto open = static_cast<std::uint64_t>(static_cast<double>(page_.bytes) * share);
  const std::uint64_t dictionary = pages_.expected_bytes(values_->dictionary());
  return pages_.page_bytes() + open + dictionary + (with_index ? pages_.index_bytes() : 0);
}

Result<void> ColumnWriter::write_ahead(ByteSink& sink) {
  return values_->is_direct() ? pages_.write_ahead(sink) : Result<void>();
}

Result<WrittenChunk> ColumnWriter::flush(std::int64_t offset, ByteSink& sink) {
  if (page_.rows > 0) {
    SLUICE_TRY_DO(close_page());
  }
  if (chunk_bytes_ > 0) {
    share_before_ = static_cast<double>(pages_.page_bytes()) / static_cast<double>(chunk_bytes_);
  }
  SLUICE_TRY(written, pages_.flush(values_->dictionary(), offset, sink));
  values_->start_chunk();
  chunk_bytes_ = 0;
  return written;
}

}  // namespace sluice::parquet
