// Assembling pages and describing the chunk they make.
#include "parquet/page_builder.h"

#include "base/check.h"
#include "base/crc32.h"
#include "parquet/levels.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sluice::parquet {

namespace {

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

PageBuilder::PageBuilder(const columnar::Leaf& leaf, PageFormat format, Compressor& compressor)
    : leaf_(leaf),
      physical_(physical_leaf(leaf)),
      format_(format),
      compressor_(compressor),
      index_(physical_) {
  start_again();
}

void PageBuilder::start_again() {
  index_ = PageIndexBuilder(physical_);
  pages_.clear();
  drafts_.clear();
  uses_codec_.reset();
  uses_layout_ = false;
  bytes_held_ = 0;
  weighed_plain_ = weighed_compressed_ = 0;
  entries_ = nulls_ = uncompressed_bytes_ = compressed_bytes_ = byte_array_bytes_ = 0;
  data_pages_.fill(0);
  bounds_ = Bounds();
  // The format leaves histograms out where counts of rows and nulls say the same.
  repetition_histogram_.assign(leaf_.repetition_max > 0 ? leaf_.repetition_max + 1U : 0U, 0);
  definition_histogram_.assign(leaf_.definition_max > 1 ? leaf_.definition_max + 1U : 0U, 0);
}

void PageBuilder::assemble(const DataPage& page) {
  SLUICE_CHECK(page.repetition.size() == (leaf_.repetition_max > 0 ? page.entries : 0));
  SLUICE_CHECK(page.definition.empty() || page.definition.size() == page.entries);
  scratch_.clear();
  levels_.clear();
  Bytes& out = is_v2() ? levels_ : scratch_;
  const LevelFraming framing = is_v2() ? LevelFraming::bare : LevelFraming::prefixed;
  if (leaf_.repetition_max > 0) {
    encode_levels(page.repetition, leaf_.repetition_max, out, framing);
  }
  repetition_bytes_ = out.size();
  if (leaf_.definition_max > 0) {
    if (page.values == page.entries) {
      encode_full_levels(page.entries, leaf_.definition_max, out, framing);
    } else {
      SLUICE_CHECK(!page.definition.empty());
      encode_levels(page.definition, leaf_.definition_max, out, framing);
    }
  }
  scratch_.append(page.body);
}

// The encoding as pages and metadata name it.
Encoding PageBuilder::mark(Encoding encoding) const {
  const bool is_old =
      encoding == Encoding::rle_dictionary && format_.marks == Marks::parquet_java && !is_v2();
  return is_old ? Encoding::plain_dictionary : encoding;
}

// Of the page just assembled.
PageHeader PageBuilder::header_of(const DataPage& page) const {
  PageHeader header;
  const auto entries = static_cast<std::int32_t>(page.entries);
  if (is_v2()) {
    header.type = PageType::data_v2;
    header.data_v2 = DataPageHeaderV2{
        .num_values = entries,
        .num_nulls = static_cast<std::int32_t>(page.entries - page.values),
        .num_rows = static_cast<std::int32_t>(page.rows),
        .encoding = page.encoding,
        .definition_levels_byte_length =
            static_cast<std::int32_t>(levels_.size() - repetition_bytes_),
        .repetition_levels_byte_length = static_cast<std::int32_t>(repetition_bytes_),
        .is_compressed = false};
    return header;
  }
  const Encoding absent =
      format_.marks == Marks::parquet_java ? Encoding::bit_packed : Encoding::rle;
  header.type = PageType::data;
  header.data = DataPageHeader{
      .num_values = entries,
      .encoding = mark(page.encoding),
      .definition_level_encoding = leaf_.definition_max > 0 ? Encoding::rle : absent,
      .repetition_level_encoding = leaf_.repetition_max > 0 ? Encoding::rle : absent};
  return header;
}

PageSummary PageBuilder::summary_of(const DataPage& page) {
  PageSummary summary{.rows = static_cast<std::int64_t>(page.rows),
                      .entries = static_cast<std::int64_t>(page.entries),
                      .nulls = static_cast<std::int64_t>(page.entries - page.values),
                      .bytes = 0,
                      .byte_array_bytes = static_cast<std::int64_t>(page.byte_array_bytes),
                      .bounds = page.bounds,
                      .repetition_histogram = {},
                      .definition_histogram = {}};
  count_levels(page, summary);
  return summary;
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

// Where the values of the page just assembled stand, if they have one width, which byte strings
// seem to have when their mean length is whole.
ValueLayout PageBuilder::layout_of(const DataPage& page) const {
  if (page.encoding != Encoding::plain || page.values == 0 || page.body.size() % page.values != 0) {
    return {};
  }
  return {.offset = scratch_.size() - page.body.size(), .width = page.body.size() / page.values};
}

// By the page just assembled.
void PageBuilder::settle_codec(const DataPage& page) {
  if (compressor_.codec() == Codec::uncompressed || scratch_.size() > page_body_bytes_max) {
    uses_codec_ = false;
    return;
  }
  std::size_t compressed = compressor_.compressed_bytes(scratch_);
  if (const ValueLayout layout = layout_of(page); compressor_.knows(layout)) {
    const std::size_t by_layout = compressor_.compressed_bytes(scratch_, layout);
    uses_layout_ = by_layout < compressed;
    compressed = std::min(compressed, by_layout);
  }
  if (!page.dictionary.empty()) {
    compressed += compressor_.compressed_bytes(page.dictionary);
  }
  uses_codec_ = format_.compresses_everything ||
                compressor_.pays(scratch_.size() + page.dictionary.size(), compressed);
}

Result<PageBuilder::Sealed> PageBuilder::seal(PageHeader header, const Content& content) {
  const auto& [levels, body, layout] = content;
  if (levels.size() + body.size() > page_body_bytes_max) {
    return fail(Fault::too_large,
                fmt::format("column \"{}\": a page of {} bytes is larger than the format allows; a "
                            "single row holds too much",
                            leaf_.path.front(),
                            levels.size() + body.size()));
  }
  Bytes compressed;
  ByteView stored = body;
  if (codec() != Codec::uncompressed) {
    compressor_.compress(body, layout, compressed);
    if (header.data_v2) {
      header.data_v2->is_compressed = compressor_.pays(body.size(), compressed.size());
    }
    stored = header.data_v2 && !header.data_v2->is_compressed ? body : ByteView(compressed);
  }
  header.uncompressed_page_size = static_cast<std::int32_t>(levels.size() + body.size());
  header.compressed_page_size = static_cast<std::int32_t>(levels.size() + stored.size());
  header.crc = crc32(stored, crc32(levels));
  Sealed page;
  encode(header, page.bytes);
  page.uncompressed_bytes =
      static_cast<std::int64_t>(page.bytes.size() + levels.size() + body.size());
  page.bytes.reserve(page.bytes.size() + levels.size() + stored.size());
  page.bytes.append(levels);
  page.bytes.append(stored);
  return page;
}

Result<void> PageBuilder::add(const DataPage& page) {
  SLUICE_CHECK(page.rows > 0);
  SLUICE_CHECK(page.values <= page.entries);
  assemble(page);
  entries_ += static_cast<std::int64_t>(page.entries);
  nulls_ += static_cast<std::int64_t>(page.entries - page.values);
  byte_array_bytes_ += static_cast<std::int64_t>(page.byte_array_bytes);
  ++data_pages_.at(static_cast<std::size_t>(page.encoding));
  merge(physical_.order, page.bounds, bounds_);
  if (!uses_codec_ && page.values == 0) {
    drafts_.push_back({header_of(page), levels_, scratch_, summary_of(page)});
    bytes_held_ += levels_.size() + scratch_.size();
    return {};
  }
  if (!uses_codec_) {
    settle_codec(page);
    SLUICE_TRY_DO(place_drafts());
  }
  const ValueLayout layout = uses_layout_ ? layout_of(page) : ValueLayout();
  return place(header_of(page), {levels_, scratch_, layout}, summary_of(page));
}

// Seals the pages that waited, in their order.
Result<void> PageBuilder::place_drafts() {
  for (Draft& draft : std::exchange(drafts_, {})) {
    bytes_held_ -= draft.levels.size() + draft.body.size();
    SLUICE_TRY_DO(place(draft.header, {draft.levels, draft.body, {}}, std::move(draft.summary)));
  }
  return {};
}

Result<void> PageBuilder::place(PageHeader header, const Content& content, PageSummary summary) {
  SLUICE_TRY(sealed, seal(header, content));
  summary.bytes = static_cast<std::int32_t>(sealed.bytes.size());
  index_.add(summary);
  uncompressed_bytes_ += sealed.uncompressed_bytes;
  compressed_bytes_ += summary.bytes;
  bytes_held_ += sealed.bytes.capacity();
  pages_.push_back(std::move(sealed));
  return {};
}

// Pages that wait for the codec to be settled have no values.
std::uint64_t PageBuilder::page_bytes() const {
  std::uint64_t total = static_cast<std::uint64_t>(compressed_bytes_);
  for (const Draft& draft : drafts_) {
    total += draft.levels.size() + draft.body.size();
  }
  return total;
}

// It grows from page to page, and what it compresses to changes little with that.
std::uint64_t PageBuilder::expected_bytes(const std::optional<DictionaryPage>& dictionary) {
  if (!dictionary) {
    return 0;
  }
  const std::size_t plain = dictionary->body.size();
  if (codec() == Codec::uncompressed || plain == 0) {
    return plain;
  }
  if (plain >= weighed_plain_ + weighed_plain_ / 4 || plain < weighed_plain_) {
    weighed_plain_ = plain;
    weighed_compressed_ = compressor_.compressed_bytes(dictionary->body);
  }
  return std::uint64_t{weighed_compressed_} * plain / weighed_plain_;
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

void PageBuilder::list_encodings(bool has_dictionary, ColumnMetaData& out) const {
  const auto pages = [&](Encoding encoding) {
    return data_pages_.at(static_cast<std::size_t>(encoding));
  };
  const bool is_java = format_.marks == Marks::parquet_java && !is_v2();
  const Encoding dictionary = is_java ? Encoding::plain_dictionary : Encoding::plain;
  if (pages(Encoding::plain) > 0 || (has_dictionary && !is_java)) {
    out.encodings.push_back(Encoding::plain);
  }
  if (leaf_.definition_max > 0 || pages(Encoding::rle) > 0) {
    out.encodings.push_back(Encoding::rle);
  }
  if (is_java && (leaf_.definition_max == 0 || leaf_.repetition_max == 0)) {
    out.encodings.push_back(Encoding::bit_packed);
  }
  if (has_dictionary) {
    out.encodings.push_back(mark(Encoding::rle_dictionary));
    out.encoding_stats.push_back({PageType::dictionary, dictionary, 1});
  }
  const PageType type = is_v2() ? PageType::data_v2 : PageType::data;
  for (const Encoding encoding : {Encoding::rle_dictionary,
                                  Encoding::plain,
                                  Encoding::rle,
                                  Encoding::delta_binary_packed,
                                  Encoding::delta_length_byte_array,
                                  Encoding::delta_byte_array,
                                  Encoding::byte_stream_split}) {
    if (pages(encoding) > 0) {
      out.encoding_stats.push_back({type, mark(encoding), pages(encoding)});
    }
    if (pages(encoding) > 0 && encoding != Encoding::rle_dictionary &&
        encoding != Encoding::plain && encoding != Encoding::rle) {
      out.encodings.push_back(encoding);
    }
  }
}

ColumnMetaData PageBuilder::describe(const std::optional<DictionaryPage>& dictionary,
                                     std::int64_t data_offset,
                                     std::int64_t offset) const {
  ColumnMetaData out;
  out.type = physical_.type;
  list_encodings(dictionary.has_value(), out);
  if (dictionary) {
    out.dictionary_page_offset = offset;
  }
  out.path_in_schema = leaf_.path;
  out.codec = id_of(codec());
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

Result<void> PageBuilder::write_ahead(ByteSink& sink) {
  for (const Sealed& page : pages_) {
    SLUICE_TRY_DO(sink.append(page.bytes));
    bytes_held_ -= page.bytes.capacity();
  }
  pages_.clear();
  return {};
}

Result<WrittenChunk> PageBuilder::flush(const std::optional<DictionaryPage>& dictionary,
                                        std::int64_t offset,
                                        ByteSink& sink) {
  SLUICE_CHECK(compressed_bytes_ > 0 || !drafts_.empty());
  SLUICE_CHECK(dictionary.has_value() ==
               (data_pages_.at(static_cast<std::size_t>(Encoding::rle_dictionary)) > 0));
  // A chunk without a single value has nothing to compress.
  uses_codec_ = uses_codec_.value_or(format_.compresses_everything);
  SLUICE_TRY_DO(place_drafts());
  std::int64_t data_offset = offset;
  if (dictionary) {
    PageHeader header;
    header.type = PageType::dictionary;
    header.dictionary = DictionaryPageHeader{
        .num_values = static_cast<std::int32_t>(dictionary->values),
        .encoding = mark(Encoding::rle_dictionary) == Encoding::plain_dictionary
                        ? Encoding::plain_dictionary
                        : Encoding::plain};
    SLUICE_TRY(sealed, seal(header, {{}, dictionary->body, {}}));
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
