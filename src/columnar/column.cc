// Column and RowBatch: what is not worth inlining.
#include "columnar/column.h"

#include <algorithm>
#include <utility>

namespace sluice::columnar {

namespace {

std::uint8_t width_of(Storage storage) {
  switch (storage) {
    case Storage::boolean:
      return 1;
    case Storage::int32:
    case Storage::float32:
      return 4;
    case Storage::int64:
    case Storage::float64:
      return 8;
    case Storage::bytes:
    case Storage::fixed_bytes:
      return 0;
  }
  SLUICE_CHECK(false && "every storage has a width");
  return 0;
}

// Most values are short, and two copies that overlap cost less than a call.
inline void copy_short(char* to, const char* from, std::size_t bytes) {
  struct Half {
    char bytes[16];
  };

  if (bytes < 8 || bytes > 2 * sizeof(Half)) {
    std::memcpy(to, from, bytes);
  } else if (bytes < sizeof(Half)) {
    const auto last = load_le<std::uint64_t>(from + bytes - 8);
    store_le(to, load_le<std::uint64_t>(from));
    store_le(to + bytes - 8, last);
  } else {
    std::memcpy(to, from, sizeof(Half));
    std::memcpy(to + bytes - sizeof(Half), from + bytes - sizeof(Half), sizeof(Half));
  }
}

}  // namespace

Column::Column(const Leaf& leaf)
    : storage_(leaf.storage),
      width_(width_of(leaf.storage)),
      definition_max_(leaf.definition_max),
      repetition_max_(leaf.repetition_max) {
  SLUICE_CHECK(repetition_max_ <= definition_max_);
  if (width_ == 0) {
    offsets_.push_back(0);
  }
}

void Column::append_all(std::span<const ByteView> values) {
  SLUICE_DCHECK(width_ == 0);
  SLUICE_DCHECK(repetition_max_ == 0);
  std::size_t bytes = heap_.size();
  for (const ByteView value : values) {
    bytes += value.size();
  }
  SLUICE_CHECK(bytes <= std::numeric_limits<std::uint32_t>::max());
  if (bytes > heap_.capacity()) {
    heap_.reserve(std::max(bytes, 2 * heap_.capacity()));
  }
  std::size_t end = heap_.size();
  std::size_t next = offsets_.size();
  offsets_.resize(next + values.size());
  heap_.resize_and_overwrite(bytes, [&](char* heap, std::size_t) {
    for (const ByteView value : values) {
      copy_short(heap + end, value.data(), value.size());
      end += value.size();
      offsets_[next++] = static_cast<std::uint32_t>(end);
    }
    return bytes;
  });
  add_values(values.size());
}

void Column::append_span(const Column& from, const Span& span) {
  SLUICE_DCHECK(storage_ == from.storage_);
  SLUICE_DCHECK(definition_max_ == from.definition_max_);
  SLUICE_DCHECK(span.entry + span.entries <= from.entries_);
  SLUICE_DCHECK(span.value + span.values <= from.values_);
  if (width_ > 0) {
    const char* const begin = from.fixed_.data() + span.value * width_;
    fixed_.insert(fixed_.end(), begin, begin + span.values * width_);
  } else if (span.values > 0) {
    const std::uint32_t begin = from.offsets_[span.value];
    const std::uint32_t end = from.offsets_[span.value + span.values];
    SLUICE_CHECK(end - begin <= std::numeric_limits<std::uint32_t>::max() - heap_.size());
    const auto moved = static_cast<std::uint32_t>(heap_.size()) - begin;  // wraps, and back below
    heap_.append(from.heap_, begin, end - begin);
    for (std::size_t i = 1; i <= span.values; ++i) {
      offsets_.push_back(from.offsets_[span.value + i] + moved);
    }
  }
  if (span.values != span.entries || !definition_.empty()) {
    definition_.resize(entries_, definition_max_);
    if (from.definition_.empty()) {
      definition_.resize(entries_ + span.entries, definition_max_);
    } else {
      const auto begin = from.definition_.begin() + static_cast<std::ptrdiff_t>(span.entry);
      definition_.insert(
          definition_.end(), begin, begin + static_cast<std::ptrdiff_t>(span.entries));
    }
  }
  if (repetition_max_ > 0) {
    const auto begin = from.repetition_.begin() + static_cast<std::ptrdiff_t>(span.entry);
    repetition_.insert(repetition_.end(), begin, begin + static_cast<std::ptrdiff_t>(span.entries));
  }
  entries_ += span.entries;
  values_ += span.values;
}

// Entries that are values of a flat column.
void Column::add_values(std::size_t count) {
  entries_ += count;
  values_ += count;
  if (!definition_.empty()) {
    definition_.resize(entries_, definition_max_);
  }
}

Column::OpenText Column::open_text(std::size_t rows) {
  SLUICE_DCHECK(width_ == 0);
  SLUICE_DCHECK(repetition_max_ == 0);
  offsets_.resize(values_ + 1 + rows);
  heap_.resize_and_overwrite(heap_.capacity(), [](char*, std::size_t bytes) { return bytes; });
  return {offsets_.data() + values_ + 1, heap_.data(), heap_.size()};
}

Column::OpenText Column::grow_text(const OpenText& open, std::size_t used, std::size_t more) {
  SLUICE_CHECK(used + more <= std::numeric_limits<std::uint32_t>::max());
  // A string that grows doubles at least, of which many small columns would have too much.
  Bytes larger;
  larger.reserve(std::max(used + more, used + used / 2));
  larger.assign(heap_, 0, used);
  heap_ = std::move(larger);
  heap_.resize_and_overwrite(heap_.capacity(), [](char*, std::size_t bytes) { return bytes; });
  return {open.ends, heap_.data(), heap_.size()};
}

// Moves the values among `rows` places together; how many there are.
std::size_t Column::keep_values(std::size_t rows, const std::uint8_t* levels) {
  std::size_t kept = 0;
  for (std::size_t row = 0; row < rows; ++row) {
    if (levels[row] != definition_max_) {
      continue;
    }
    if (width_ == 0) {
      offsets_[values_ + 1 + kept] = offsets_[values_ + 1 + row];
    } else {
      std::memmove(fixed_.data() + (values_ + kept) * width_,
                   fixed_.data() + (values_ + row) * width_,
                   width_);
    }
    ++kept;
  }
  return kept;
}

void Column::close(std::size_t rows, const std::uint8_t* levels) {
  const std::size_t kept = levels == nullptr ? rows : keep_values(rows, levels);
  if (kept < rows || !definition_.empty()) {
    definition_.resize(entries_, definition_max_);
    if (levels == nullptr) {
      definition_.resize(entries_ + rows, definition_max_);
    } else {
      definition_.insert(definition_.end(), levels, levels + rows);
    }
  }
  entries_ += rows;
  values_ += kept;
  if (width_ == 0) {
    offsets_.resize(values_ + 1);
    heap_.resize(offsets_.back());
  } else {
    fixed_.resize(values_ * width_);
  }
}

std::size_t Column::bytes_held() const {
  return fixed_.capacity() + offsets_.capacity() * sizeof(std::uint32_t) + heap_.capacity() +
         definition_.capacity() + repetition_.capacity();
}

void Column::clear() {
  roll_back({0, 0});
}

void Column::roll_back(Mark mark) {
  SLUICE_CHECK(mark.entries <= entries_);
  SLUICE_CHECK(mark.values <= values_);
  SLUICE_CHECK(mark.values <= mark.entries);
  entries_ = mark.entries;
  values_ = mark.values;
  if (width_ == 0) {
    offsets_.resize(values_ + 1);
    heap_.resize(offsets_.back());
  } else {
    fixed_.resize(values_ * width_);
  }
  if (values_ == entries_) {
    definition_.clear();
  } else {
    definition_.resize(entries_);
  }
  if (repetition_max_ > 0) {
    repetition_.resize(entries_);
  }
}

RowBatch::RowBatch(const Schema& schema) : leaves_(leaves_of(schema)) {
  columns_.reserve(leaves_.size());
  for (const Leaf& leaf : leaves_) {
    columns_.emplace_back(leaf);
  }
}

std::size_t RowBatch::bytes_held() const {
  std::size_t total = 0;
  for (const Column& column : columns_) {
    total += column.bytes_held();
  }
  return total;
}

void RowBatch::clear() {
  for (Column& column : columns_) {
    column.clear();
  }
  rows_ = 0;
}

void RowBatch::take_mark(Mark& mark) const {
  mark.rows = rows_;
  mark.columns.clear();
  for (const Column& column : columns_) {
    mark.columns.push_back(column.mark());
  }
}

void RowBatch::roll_back(const Mark& mark) {
  SLUICE_CHECK(mark.columns.size() == columns_.size());
  SLUICE_CHECK(mark.rows <= rows_);
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    columns_[i].roll_back(mark.columns[i]);
  }
  rows_ = mark.rows;
}

}  // namespace sluice::columnar
