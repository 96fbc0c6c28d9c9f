// Assembling pages and describing the chunk they make.
#include "parquet/page_builder.h"

#include "base/check.h"
#include "parquet/levels.h"

#include <fmt/format.h>
#include <zlib.h>

#include <utility>

namespace sluice::parquet {

namespace {

std::uint32_t page_crc(ByteView body) {
  return static_cast<std::uint32_t>(
      crc32_z(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<z_size_t>(body.size())));
}

bool is_signed_number(Order order) {
  return order == Order::int32 || order == Order::int64 || order == Order::float32 ||
         order == Order::float64;
}

bool is_float(Order order) {
  return order == Order::float32 || order == Order::float64;
}

void add_histogram(const std::vector<std::int64_t>& from, std::vector<std::int64_t>& to) {
  SLUICE_CHECK(from.size() == to.size());
  for (std::size_t i = 0; i < from.size(); ++i) {
    to[i] += from[i];
  }
}

std::vector<std::int64_t> histogram(std::span<const std::uint8_t> levels, std::uint8_t level_max) {
  std::vector<std::int64_t> counts(std::size_t{level_max} + 1);
  for (std::uint8_t level : levels) {
    ++counts[level];
  }
  return counts;
}

}  // namespace

PageBuilder::PageBuilder(const columnar::Leaf& leaf, Compressor& compressor)
    : leaf_(leaf), physical_(physical_leaf(leaf)), compressor_(compressor), index_(physical_) {
  start_again();
}

void PageBuilder::start_again() {
  index_ = PageIndexBuilder(physical_);
  pages_.clear();
  bytes_held_ = 0;
  entries_ = nulls_ = uncompressed_bytes_ = compressed_bytes_ = byte_array_bytes_ = 0;
  plain_pages_ = dictionary_coded_pages_ = 0;
  bounds_ = Bounds();
  // The format leaves histograms out where counts of rows and nulls say the same.
  repetition_histogram_.assign(leaf_.repetition_max > 0 ? leaf_.repetition_max + 1U : 0U, 0);
  definition_histogram_.assign(leaf_.definition_max > 1 ? leaf_.definition_max + 1U : 0U, 0);
}

void PageBuilder::assemble(const DataPage& page) {
  SLUICE_CHECK(page.repetition.size() == (leaf_.repetition_max > 0 ? page.entries : 0));
  SLUICE_CHECK(page.definition.empty() || page.definition.size() == page.entries);
  scratch_.clear();
  if (leaf_.repetition_max > 0) {
    encode_levels(page.repetition, leaf_.repetition_max, scratch_);
  }
  if (leaf_.definition_max > 0) {
    if (page.values == page.entries) {
      encode_full_levels(page.entries, leaf_.definition_max, scratch_);
    } else {
      SLUICE_CHECK(!page.definition.empty());
      encode_levels(page.definition, leaf_.definition_max, scratch_);
    }
  }
  scratch_.append(page.body);
}

void PageBuilder::count_levels(const DataPage& page, PageSummary& summary) {
  if (!repetition_histogram_.empty()) {
    summary.repetition_histogram = histogram(page.repetition, leaf_.repetition_max);
    add_histogram(summary.repetition_histogram, repetition_histogram_);
  }
  if (!definition_histogram_.empty()) {
    summary.definition_histogram = histogram(page.definition, leaf_.definition_max);
    if (page.definition.empty()) {
      summary.definition_histogram.back() = static_cast<std::int64_t>(page.entries);
    }
    add_histogram(summary.definition_histogram, definition_histogram_);
  }
}

Result<PageBuilder::Sealed> PageBuilder::seal(PageHeader header, ByteView body) {
  if (body.size() > page_body_bytes_max) {
    return fail(Fault::too_large,
                fmt::format("column \"{}\": a page of {} bytes is larger than the format allows; a "
                            "single row holds too much",
                            leaf_.path.front(),
                            body.size()));
  }
  Bytes compressed;
  ByteView stored = body;
  if (compressor_.codec() != Codec::uncompressed) {
    compressor_.compress(body, compressed);
    stored = compressed;
  }
  header.uncompressed_page_size = static_cast<std::int32_t>(body.size());
  header.compressed_page_size = static_cast<std::int32_t>(stored.size());
  header.crc = page_crc(stored);
  Sealed page;
  encode(header, page.bytes);
  page.uncompressed_bytes = static_cast<std::int64_t>(page.bytes.size() + body.size());
  page.bytes.reserve(page.bytes.size() + stored.size());
  page.bytes.append(stored);
  return page;
}

Result<void> PageBuilder::add(const DataPage& page) {
  SLUICE_CHECK(page.rows > 0);
  SLUICE_CHECK(page.values <= page.entries);
  assemble(page);
  PageHeader header;
  header.type = PageType::data;
  header.data = DataPageHeader{.num_values = static_cast<std::int32_t>(page.entries),
                               .encoding = page.encoding};
  SLUICE_TRY(sealed, seal(std::move(header), scratch_));
  PageSummary summary{.rows = static_cast<std::int64_t>(page.rows),
                      .entries = static_cast<std::int64_t>(page.entries),
                      .nulls = static_cast<std::int64_t>(page.entries - page.values),
                      .bytes = static_cast<std::int32_t>(sealed.bytes.size()),
                      .byte_array_bytes = static_cast<std::int64_t>(page.byte_array_bytes),
                      .bounds = page.bounds,
                      .repetition_histogram = {},
                      .definition_histogram = {}};
  count_levels(page, summary);
  index_.add(summary);
  entries_ += summary.entries;
  nulls_ += summary.nulls;
  byte_array_bytes_ += summary.byte_array_bytes;
  uncompressed_bytes_ += sealed.uncompressed_bytes;
  compressed_bytes_ += summary.bytes;
  ++(page.encoding == Encoding::plain ? plain_pages_ : dictionary_coded_pages_);
  merge(physical_.order, page.bounds, bounds_);
  bytes_held_ += sealed.bytes.capacity();
  pages_.push_back(std::move(sealed));
  return {};
}

Statistics PageBuilder::statistics(const std::optional<DictionaryPage>& dictionary) const {
  Statistics out;
  out.null_count = nulls_;
  if (is_float(physical_.order)) {
    out.nan_count = bounds_.nan_count;
  } else if (dictionary && dictionary->covers_chunk) {
    out.distinct_count = static_cast<std::int64_t>(dictionary->values);
  }
  if (!bounds_.has_values) {
    return out;
  }
  CutBound lower{.bytes = bounds_.min};
  std::optional<CutBound> upper = CutBound{.bytes = bounds_.max};
  if (physical_.order == Order::bytes) {
    lower = cut_lower(bounds_.min, physical_.is_text);
    upper = cut_upper(bounds_.max, physical_.is_text);
  }
  out.min_value = lower.bytes;
  out.is_min_value_exact = lower.is_exact;
  if (upper) {
    out.max_value = upper->bytes;
    out.is_max_value_exact = upper->is_exact;
  }
  // Old readers know only these, and compare them as signed numbers.
  if (is_signed_number(physical_.order)) {
    out.min = out.min_value;
    out.max = out.max_value;
  }
  return out;
}

ColumnMetaData PageBuilder::describe(const std::optional<DictionaryPage>& dictionary,
                                     std::int64_t data_offset,
                                     std::int64_t offset) const {
  ColumnMetaData out;
  out.type = physical_.type;
  // PLAIN is always among them: of data pages or of the dictionary.
  out.encodings.push_back(Encoding::plain);
  if (leaf_.definition_max > 0) {
    out.encodings.push_back(Encoding::rle);
  }
  if (dictionary) {
    out.encodings.push_back(Encoding::rle_dictionary);
    out.dictionary_page_offset = offset;
    out.encoding_stats.push_back({PageType::dictionary, Encoding::plain, 1});
  }
  if (dictionary_coded_pages_ > 0) {
    out.encoding_stats.push_back(
        {PageType::data, Encoding::rle_dictionary, dictionary_coded_pages_});
  }
  if (plain_pages_ > 0) {
    out.encoding_stats.push_back({PageType::data, Encoding::plain, plain_pages_});
  }
  out.path_in_schema = leaf_.path;
  out.codec = id_of(compressor_.codec());
  out.num_values = entries_;
  out.total_uncompressed_size = uncompressed_bytes_;
  out.total_compressed_size = compressed_bytes_;
  out.data_page_offset = data_offset;
  out.statistics = statistics(dictionary);
  SizeStatistics sizes;
  if (physical_.type == PhysicalType::byte_array) {
    sizes.unencoded_byte_array_data_bytes = byte_array_bytes_;
  }
  sizes.repetition_level_histogram = repetition_histogram_;
  sizes.definition_level_histogram = definition_histogram_;
  if (sizes.unencoded_byte_array_data_bytes || !definition_histogram_.empty()) {
    out.size_statistics = std::move(sizes);
  }
  return out;
}

Result<WrittenChunk> PageBuilder::flush(const std::optional<DictionaryPage>& dictionary,
                                        std::int64_t offset,
                                        ByteSink& sink) {
  SLUICE_CHECK(!pages_.empty());
  SLUICE_CHECK(dictionary.has_value() == (dictionary_coded_pages_ > 0));
  std::int64_t data_offset = offset;
  if (dictionary) {
    PageHeader header;
    header.type = PageType::dictionary;
    header.dictionary =
        DictionaryPageHeader{.num_values = static_cast<std::int32_t>(dictionary->values)};
    SLUICE_TRY(sealed, seal(std::move(header), dictionary->body));
    SLUICE_TRY_DO(sink.append(sealed.bytes));
    data_offset += static_cast<std::int64_t>(sealed.bytes.size());
    uncompressed_bytes_ += sealed.uncompressed_bytes;
    compressed_bytes_ += static_cast<std::int64_t>(sealed.bytes.size());
  }
  for (Sealed& page : pages_) {
    SLUICE_TRY_DO(sink.append(page.bytes));
    page.bytes = Bytes();
  }
  WrittenChunk written;
  written.chunk.meta_data = describe(dictionary, data_offset, offset);
  written.offset_index = index_.offset_index(data_offset);
  written.column_index = index_.column_index();
  start_again();
  return written;
}

}  // namespace sluice::parquet
