// Claims about a chunk, one kind after the other.
#include "parquet/verify_chunk.h"

#include "parquet/chunk_facts.h"
#include "parquet/value_text.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <optional>
#include <set>
#include <span>
#include <unordered_set>
#include <vector>

namespace sluice::parquet {

namespace {

using columnar::Column;

constexpr std::uint64_t all_rows = std::numeric_limits<std::uint64_t>::max();

bool is_data(const PlacedPage& page) {
  return page.header.type == PageType::data || page.header.type == PageType::data_v2;
}

Encoding encoding_of(const PageHeader& header) {
  return header.data         ? header.data->encoding
         : header.data_v2    ? header.data_v2->encoding
         : header.dictionary ? header.dictionary->encoding
                             : Encoding::plain;
}

class ChunkCheck {
 public:
  ChunkCheck(const FileReader& file,
             std::size_t group,
             std::size_t leaf,
             const Column& column,
             Claims& claims)
      : file_(file),
        group_(group),
        number_(leaf),
        column_(column),
        claims_(claims),
        leaf_(file.schema().leaves[leaf]),
        element_(file.schema().elements[leaf_.element]),
        data_(file.metadata().row_groups[group].columns[leaf].meta_data),
        order_(order_of(element_)),
        facts_(FactsReader(column, leaf_, order_).next(all_rows)) {
    const std::vector<ColumnOrder>& orders = file.metadata().column_orders;
    has_order_ =
        order_ != Order::none && leaf < orders.size() && orders[leaf] == ColumnOrder::type_order;
  }

  void run(Verification& out) {
    claims_.equal("num_values", data_.num_values, facts_.entries);
    if (data_.statistics) {
      check_statistics(*data_.statistics);
    }
    if (data_.size_statistics) {
      check_sizes(*data_.size_statistics);
    }
    check_pages(out);
    check_index();
    check_bloom_filter();
  }

 private:
  std::string text(ByteView value) const { return value_text(element_, value); }

  bool is_float() const { return order_ == Order::float32 || order_ == Order::float64; }

  // A bound of 8 bytes, say, where values have 4 is none to compare with.
  bool is_comparable(ByteView bound) const {
    return order_ == Order::bytes || !facts_.min || bound.size() == facts_.min->size();
  }

  void check_bound(std::string_view name,
                   const std::optional<Bytes>& claimed,
                   bool is_exact,
                   bool is_lower,
                   const ChunkFacts& facts) {
    // Readers ignore a bound that is no number, as old writers left it.
    if (!claimed || is_nan(order_, *claimed)) {
      return;
    }
    const std::optional<Bytes>& found = is_lower ? facts.min : facts.max;
    if (!found) {
      claims_.fail(fmt::format("{} is {}, but there is no value", name, text(*claimed)));
      return;
    }
    const int side = is_comparable(*claimed) ? compare(order_, *claimed, *found) : 1;
    const bool is_outside = is_lower ? side <= 0 : side >= 0;
    claims_.hold(is_comparable(*claimed) && is_outside && (!is_exact || side == 0),
                 fmt::format("{} is {}{}, but there is {}",
                             name,
                             is_exact ? "exactly " : "",
                             text(*claimed),
                             text(*found)));
  }

  void check_statistics(const Statistics& claimed) {
    if (claimed.null_count) {
      claims_.equal("null_count", *claimed.null_count, facts_.nulls);
    }
    if (claimed.nan_count && is_float()) {
      claims_.equal("nan_count", *claimed.nan_count, facts_.nans);
    }
    if (claimed.distinct_count) {
      std::unordered_set<std::uint64_t> hashes;
      for (std::size_t value = 0; value < column_.values(); ++value) {
        hashes.insert(bloom_hash(plain_value(column_, value)));
      }
      claims_.equal(
          "distinct_count", *claimed.distinct_count, static_cast<std::int64_t>(hashes.size()));
    }
    if (has_order_) {
      check_bound(
          "min_value", claimed.min_value, claimed.is_min_value_exact.value_or(false), true, facts_);
      check_bound("max_value",
                  claimed.max_value,
                  claimed.is_max_value_exact.value_or(false),
                  false,
                  facts_);
    }
    // The old ones were compared as signed numbers, by readers and writers alike.
    const bool is_number = order_ == Order::int32 || order_ == Order::int64 ||
                           order_ == Order::float32 || order_ == Order::float64;
    if (is_number) {
      check_bound("min", claimed.min, false, true, facts_);
      check_bound("max", claimed.max, false, false, facts_);
    }
  }

  void check_histogram(std::string_view name,
                       std::span<const std::int64_t> claimed,
                       const std::vector<std::int64_t>& counted) {
    claims_.hold(
        std::equal(claimed.begin(), claimed.end(), counted.begin(), counted.end()),
        fmt::format(
            "{} is {}, but there are {}", name, fmt::join(claimed, " "), fmt::join(counted, " ")));
  }

  void check_sizes(const SizeStatistics& claimed) {
    if (claimed.unencoded_byte_array_data_bytes) {
      claims_.equal("unencoded_byte_array_data_bytes",
                    *claimed.unencoded_byte_array_data_bytes,
                    facts_.byte_array_bytes);
    }
    if (!claimed.repetition_level_histogram.empty()) {
      check_histogram("repetition_level_histogram",
                      claimed.repetition_level_histogram,
                      facts_.repetition_histogram);
    }
    if (!claimed.definition_level_histogram.empty()) {
      check_histogram("definition_level_histogram",
                      claimed.definition_level_histogram,
                      facts_.definition_histogram);
    }
  }

  void check_pages(Verification& out) {
    Result<std::vector<PlacedPage>> pages = file_.read_page_headers(group_, number_);
    if (!pages) {
      claims_.fail(std::move(pages).error().message());
      return;
    }
    pages_ = *std::move(pages);
    std::int64_t uncompressed = 0;
    std::int64_t compressed = 0;
    std::set<Encoding> encodings;
    for (const PlacedPage& page : pages_) {
      ++out.pages;
      out.pages_with_checksum += page.header.crc ? 1 : 0;
      uncompressed +=
          static_cast<std::int64_t>(page.header_bytes) + page.header.uncompressed_page_size;
      compressed += static_cast<std::int64_t>(page.header_bytes) + page.header.compressed_page_size;
      if (page.header.type != PageType::index) {
        encodings.insert(encoding_of(page.header));
      }
    }
    claims_.equal("total_uncompressed_size", data_.total_uncompressed_size, uncompressed);
    claims_.equal("total_compressed_size", data_.total_compressed_size, compressed);
    const auto first = std::find_if(pages_.begin(), pages_.end(), is_data);
    // Writers that name no dictionary page mean the first page of all.
    const bool is_dictionary_named = data_.dictionary_page_offset.value_or(0) > 0;
    if (first != pages_.end() &&
        (is_dictionary_named || data_.data_page_offset != pages_.front().offset)) {
      claims_.equal("data_page_offset", data_.data_page_offset, first->offset);
    }
    for (const Encoding encoding : encodings) {
      claims_.hold(std::find(data_.encodings.begin(), data_.encodings.end(), encoding) !=
                       data_.encodings.end(),
                   fmt::format("encodings lack {}", to_string(encoding)));
    }
    check_encoding_stats();
  }

  void check_encoding_stats() {
    for (const PageEncodingStats& claimed : data_.encoding_stats) {
      const auto counted = std::count_if(pages_.begin(), pages_.end(), [&](const PlacedPage& page) {
        return page.header.type == claimed.page_type &&
               encoding_of(page.header) == claimed.encoding;
      });
      claims_.equal(
          fmt::format(
              "the count of {} in {}", to_string(claimed.page_type), to_string(claimed.encoding)),
          claimed.count,
          counted);
    }
  }

  void check_index() {
    const Result<std::optional<OffsetIndex>> offsets = file_.read_offset_index(group_, number_);
    const Result<std::optional<ColumnIndex>> index = file_.read_column_index(group_, number_);
    if (!offsets || !index) {
      claims_.fail(offsets ? index.error().message() : offsets.error().message());
      return;
    }
    if (!*offsets) {
      claims_.hold(!*index, "a column index without an offset index");
      return;
    }
    const std::vector<PageLocation>& places = (*offsets)->page_locations;
    std::vector<PlacedPage> data;
    std::copy_if(pages_.begin(), pages_.end(), std::back_inserter(data), is_data);
    if (places.size() != data.size()) {
      claims_.equal("the pages of the offset index",
                    static_cast<std::int64_t>(places.size()),
                    static_cast<std::int64_t>(data.size()));
      return;
    }
    if (*index && !is_whole(**index, places.size())) {
      claims_.fail("the lists of the column index differ in length");
      return;
    }
    FactsReader reader(column_, leaf_, order_);
    for (std::size_t page = 0; page < places.size(); ++page) {
      check_place(places, page, data[page]);
      const ChunkFacts facts = reader.next(rows_of(places, page));
      check_page_header(page, data[page].header, facts);
      const auto& bytes = (*offsets)->unencoded_byte_array_data_bytes;
      if (page < bytes.size()) {
        claims_.equal(fmt::format("unencoded_byte_array_data_bytes of page {}", page),
                      bytes[page],
                      facts.byte_array_bytes);
      }
      if (*index) {
        check_index_page(**index, page, facts);
      }
    }
    claims_.hold(reader.is_at_end(), "rows behind the last page of the offset index");
    if (*index && has_order_) {
      check_boundary_order(**index);
    }
  }

  static bool is_whole(const ColumnIndex& index, std::size_t pages) {
    return index.null_pages.size() == pages && index.min_values.size() == pages &&
           index.max_values.size() == pages &&
           (index.null_counts.empty() || index.null_counts.size() == pages) &&
           (index.nan_counts.empty() || index.nan_counts.size() == pages);
  }

  static std::uint64_t rows_of(const std::vector<PageLocation>& places, std::size_t page) {
    if (page + 1 == places.size()) {
      return all_rows;
    }
    const std::int64_t rows = places[page + 1].first_row_index - places[page].first_row_index;
    return rows > 0 ? static_cast<std::uint64_t>(rows) : 0;
  }

  void check_place(const std::vector<PageLocation>& places,
                   std::size_t page,
                   const PlacedPage& placed) {
    claims_.equal(fmt::format("the offset of page {} in the index", page),
                  places[page].offset,
                  placed.offset);
    claims_.equal(
        fmt::format("the size of page {} in the index", page),
        places[page].compressed_page_size,
        static_cast<std::int64_t>(placed.header_bytes) + placed.header.compressed_page_size);
    const bool is_after = page == 0
                              ? places[page].first_row_index == 0
                              : places[page].first_row_index > places[page - 1].first_row_index;
    claims_.hold(is_after,
                 fmt::format("page {} begins at row {}", page, places[page].first_row_index));
  }

  void check_page_header(std::size_t page, const PageHeader& header, const ChunkFacts& facts) {
    const std::string name = fmt::format("the entries of page {} by its header", page);
    if (header.data) {
      claims_.equal(name, header.data->num_values, facts.entries);
    }
    if (header.data_v2) {
      claims_.equal(name, header.data_v2->num_values, facts.entries);
      claims_.equal(fmt::format("the nulls of page {} by its header", page),
                    header.data_v2->num_nulls,
                    facts.nulls);
      claims_.equal(fmt::format("the rows of page {} by its header", page),
                    header.data_v2->num_rows,
                    facts.repetition_histogram[0]);
    }
  }

  void check_index_page(const ColumnIndex& index, std::size_t page, const ChunkFacts& facts) {
    claims_.hold(
        index.null_pages[page] == (facts.nulls == facts.entries),
        fmt::format("page {} is {}null in the index", page, index.null_pages[page] ? "" : "not "));
    if (!index.null_counts.empty()) {
      claims_.equal(
          fmt::format("null_count of page {}", page), index.null_counts[page], facts.nulls);
    }
    if (!index.nan_counts.empty() && is_float()) {
      claims_.equal(fmt::format("nan_count of page {}", page), index.nan_counts[page], facts.nans);
    }
    check_page_histogram(
        "repetition", index.repetition_level_histograms, page, facts.repetition_histogram);
    check_page_histogram(
        "definition", index.definition_level_histograms, page, facts.definition_histogram);
    if (has_order_ && !index.null_pages[page]) {
      check_bound(
          fmt::format("min_value of page {}", page), index.min_values[page], false, true, facts);
      check_bound(
          fmt::format("max_value of page {}", page), index.max_values[page], false, false, facts);
    }
  }

  void check_page_histogram(std::string_view kind,
                            const std::vector<std::int64_t>& claimed,
                            std::size_t page,
                            const std::vector<std::int64_t>& counted) {
    const std::size_t levels = counted.size();
    if (claimed.empty()) {
      return;
    }
    if (claimed.size() < (page + 1) * levels) {
      claims_.fail(fmt::format("the {} level histograms end before page {}", kind, page));
      return;
    }
    check_histogram(fmt::format("{}_level_histogram of page {}", kind, page),
                    std::span(claimed).subspan(page * levels, levels),
                    counted);
  }

  void check_boundary_order(const ColumnIndex& index) {
    if (index.boundary_order == BoundaryOrder::unordered) {
      return;
    }
    const int wanted = index.boundary_order == BoundaryOrder::ascending ? 1 : -1;
    std::optional<std::size_t> previous;
    for (std::size_t page = 0; page < index.null_pages.size(); ++page) {
      const bool is_known =
          is_comparable(index.min_values[page]) && is_comparable(index.max_values[page]);
      if (index.null_pages[page] || !is_known) {
        continue;
      }
      if (previous) {
        const std::vector<Bytes>& least = index.min_values;
        const std::vector<Bytes>& most = index.max_values;
        claims_.hold(compare(order_, least[page], least[*previous]) * wanted >= 0 &&
                         compare(order_, most[page], most[*previous]) * wanted >= 0,
                     fmt::format("boundary_order is {}, which page {} breaks",
                                 to_string(index.boundary_order),
                                 page));
      }
      previous = page;
    }
  }

  void check_bloom_filter() {
    const Result<std::optional<BloomFilter>> filter = file_.read_bloom_filter(group_, number_);
    if (!filter) {
      claims_.fail(filter.error().message());
      return;
    }
    if (!*filter) {
      return;
    }
    for (std::size_t value = 0; value < column_.values(); ++value) {
      const ByteView plain = plain_value(column_, value);
      if (!(*filter)->may_contain(plain)) {
        claims_.fail(fmt::format("the bloom filter does not know {}", text(plain)));
        return;
      }
    }
    claims_.hold(true, "");
  }

  const FileReader& file_;
  std::size_t group_;
  std::size_t number_;
  const Column& column_;
  Claims& claims_;
  const SchemaLeaf& leaf_;
  const SchemaElement& element_;
  const ColumnMetaData& data_;
  Order order_;
  ChunkFacts facts_;
  bool has_order_ = false;  // bounds in the type's own order
  std::vector<PlacedPage> pages_;
};

}  // namespace

void verify_chunk(const FileReader& file,
                  std::size_t group,
                  std::size_t leaf,
                  const Column& column,
                  Claims& claims,
                  Verification& out) {
  ChunkCheck(file, group, leaf, column, claims).run(out);
}

}  // namespace sluice::parquet
