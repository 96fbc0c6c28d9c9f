// Pages back into columns.  Every count is checked against what is there before memory is taken.
#include "parquet/column_reader.h"

#include "base/check.h"
#include "base/crc32.h"
#include "parquet/codec.h"
#include "parquet/levels.h"
#include "parquet/value_decoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <limits>
#include <utility>
#include <vector>

namespace sluice::parquet {

namespace {

using columnar::Column;
using columnar::Storage;

// Two levels and an index, besides the value itself.
constexpr std::size_t entry_overhead_bytes = 6;

Storage storage_of(PhysicalType type) {
  switch (type) {
    case PhysicalType::boolean:
      return Storage::boolean;
    case PhysicalType::int32:
      return Storage::int32;
    case PhysicalType::int64:
      return Storage::int64;
    case PhysicalType::float32:
      return Storage::float32;
    case PhysicalType::float64:
      return Storage::float64;
    case PhysicalType::byte_array:
      return Storage::bytes;
    case PhysicalType::int96:
    case PhysicalType::fixed_len_byte_array:
      return Storage::fixed_bytes;
  }
  SLUICE_CHECK(false && "every physical type has a storage");
  return Storage::bytes;
}

columnar::Leaf leaf_for(const ChunkToRead& chunk, Storage storage) {
  columnar::Leaf leaf;
  leaf.path = chunk.leaf.path;
  leaf.storage = storage;
  leaf.definition_max = chunk.leaf.definition_max;
  leaf.repetition_max = chunk.leaf.repetition_max;
  return leaf;
}

std::unexpected<Error> corrupt(std::string what) {
  return fail(Fault::corrupt, std::move(what));
}

// Bytes of levels before the values of a page of version 2.
struct LevelBytes {
  std::size_t repetition = 0;
  std::size_t definition = 0;

  std::size_t all() const { return repetition + definition; }
};

class ChunkReader {
 public:
  explicit ChunkReader(const ChunkToRead& chunk)
      : chunk_(chunk),
        shape_(value_shape(chunk.element)),
        column_(leaf_for(chunk, storage_of(shape_.type))),
        budget_(chunk.bytes_max),
        values_(shape_, budget_) {}

  Result<Column> read(ByteView pages) {
    SLUICE_TRY(codec, codec_of(chunk_.meta_data.codec));
    const auto entries = static_cast<std::uint64_t>(chunk_.meta_data.num_values);
    ByteReader in(pages);
    while (column_.entries() < entries) {
      SLUICE_TRY_DO(read_page(in, pages, codec));
    }
    if (static_cast<std::uint64_t>(chunk_.rows) != rows_) {
      return corrupt(fmt::format("{} rows in the pages, {} in the row group", rows_, chunk_.rows));
    }
    return std::move(column_);
  }

 private:
  Result<void> read_page(ByteReader& in, ByteView pages, Codec codec) {
    if (in.remaining() == 0) {
      return corrupt(fmt::format(
          "the pages end after {} of {} entries", column_.entries(), chunk_.meta_data.num_values));
    }
    SLUICE_TRY(decoded, decode_page_header(pages.substr(in.position())));
    static_cast<void>(in.take(decoded.header_bytes));
    const PageHeader& header = decoded.header;
    if (header.compressed_page_size < 0 || header.uncompressed_page_size < 0) {
      return corrupt("a page of negative size");
    }
    const auto stored = in.take(static_cast<std::size_t>(header.compressed_page_size));
    if (!stored) {
      return corrupt(fmt::format(
          "a page of {} bytes where {} are left", header.compressed_page_size, in.remaining()));
    }
    SLUICE_TRY_DO(check_crc(header, *stored));
    const auto size = static_cast<std::size_t>(header.uncompressed_page_size);
    switch (header.type) {
      case PageType::index:
        return {};
      case PageType::data: {
        SLUICE_TRY(body, unpack(codec, *stored, size));
        return read_data(header, body);
      }
      case PageType::dictionary: {
        if (!header.dictionary) {
          return corrupt("a dictionary page without a header that makes sense, or a second one");
        }
        SLUICE_TRY(body, unpack(codec, *stored, size));
        return values_.read_dictionary(*header.dictionary, std::move(body));
      }
      case PageType::data_v2:
        return read_data_v2(header, *stored, codec);
    }
    return fail(Fault::unsupported,
                fmt::format("pages of type {} cannot be read", to_string(header.type)));
  }

  static Result<void> check_crc(const PageHeader& header, ByteView stored) {
    if (!header.crc) {
      return {};
    }
    const std::uint32_t crc = crc32(stored);
    if (crc != *header.crc) {
      return corrupt(
          fmt::format("a page's checksum is {:08x}, its bytes give {:08x}", *header.crc, crc));
    }
    return {};
  }

  // `size` bytes, decompressed.
  Result<Bytes> unpack(Codec codec, ByteView stored, std::size_t size) {
    SLUICE_TRY_DO(budget_.spend(size));
    return decompress(codec, stored, size);
  }

  Result<void> read_data(const PageHeader& header, ByteView body) {
    if (!header.data || header.data->num_values < 0) {
      return corrupt("a data page without a header that makes sense");
    }
    const auto entries = static_cast<std::size_t>(header.data->num_values);
    SLUICE_TRY_DO(begin_page(entries));
    ByteReader in(body);
    if (chunk_.leaf.repetition_max > 0) {
      if (header.data->repetition_level_encoding != Encoding::rle) {
        return fail(Fault::unsupported, "only RLE levels can be read");
      }
      repetition_.resize(entries);
      SLUICE_TRY_DO(decode_levels(in, chunk_.leaf.repetition_max, repetition_));
    }
    if (chunk_.leaf.definition_max > 0) {
      if (header.data->definition_level_encoding != Encoding::rle) {
        return fail(Fault::unsupported, "only RLE levels can be read");
      }
      definition_.resize(entries);
      SLUICE_TRY_DO(decode_levels(in, chunk_.leaf.definition_max, definition_));
    }
    return read_values(header.data->encoding, body.substr(in.position()), entries);
  }

  Result<void> read_data_v2(const PageHeader& header, ByteView stored, Codec codec) {
    const auto size = static_cast<std::size_t>(header.uncompressed_page_size);
    if (!header.data_v2 || header.data_v2->num_values < 0 ||
        header.data_v2->repetition_levels_byte_length < 0 ||
        header.data_v2->definition_levels_byte_length < 0) {
      return corrupt("a data page without a header that makes sense");
    }
    const DataPageHeaderV2& page = *header.data_v2;
    const LevelBytes levels{static_cast<std::size_t>(page.repetition_levels_byte_length),
                            static_cast<std::size_t>(page.definition_levels_byte_length)};
    if (levels.all() > stored.size() || levels.all() > size) {
      return corrupt(
          fmt::format("levels of {} bytes in a page of {}", levels.all(), stored.size()));
    }
    const auto entries = static_cast<std::size_t>(page.num_values);
    SLUICE_TRY_DO(begin_page(entries));
    if (chunk_.leaf.repetition_max > 0) {
      repetition_.resize(entries);
      SLUICE_TRY_DO(decode_level_runs(
          stored.substr(0, levels.repetition), chunk_.leaf.repetition_max, repetition_));
    }
    if (chunk_.leaf.definition_max > 0) {
      definition_.resize(entries);
      SLUICE_TRY_DO(decode_level_runs(stored.substr(levels.repetition, levels.definition),
                                      chunk_.leaf.definition_max,
                                      definition_));
    }
    // Some writers store no bytes, not even a codec's empty stream, where there are no values.
    const ByteView rest = stored.substr(levels.all());
    const bool is_compressed = page.is_compressed && !(rest.empty() && size == levels.all());
    SLUICE_TRY(body,
               unpack(is_compressed ? codec : Codec::uncompressed, rest, size - levels.all()));
    return read_values(page.encoding, body, entries);
  }

  Result<void> begin_page(std::size_t entries) {
    const std::uint64_t left =
        static_cast<std::uint64_t>(chunk_.meta_data.num_values) - column_.entries();
    if (entries > left) {
      return corrupt(fmt::format("a page of {} entries where {} are left", entries, left));
    }
    definition_.clear();
    repetition_.clear();
    return budget_.spend(std::uint64_t{entries} * (entry_overhead_bytes + shape_.width));
  }

  // Appends the page's entries, whose levels are known.
  Result<void> read_values(Encoding encoding, ByteView encoded, std::size_t entries) {
    if (!repetition_.empty() && column_.entries() == 0 && repetition_[0] != 0) {
      return corrupt("the first entry of the chunk goes on with a row that never began");
    }
    const std::uint8_t full = chunk_.leaf.definition_max;
    const std::size_t values =
        definition_.empty()
            ? entries
            : static_cast<std::size_t>(std::count(definition_.begin(), definition_.end(), full));
    std::size_t entry = 0;
    if (shape_.width > 0) {
      SLUICE_TRY(plain, values_.fixed(encoding, encoded, values));
      const char* from = plain.data();
      for (std::size_t i = 0; i < values; ++i, from += shape_.width) {
        SLUICE_TRY_DO(append_fixed(from, begin_value(entry)));
      }
    } else {
      SLUICE_TRY_DO(values_.byte_arrays(encoding, encoded, values, [&](ByteView value) {
        return append_bytes(value, begin_value(entry));
      }));
    }
    append_nulls(entry, entries);
    return {};
  }

  std::uint8_t repetition_at(std::size_t entry) const {
    return repetition_.empty() ? 0 : repetition_[entry];
  }

  // Appends the nulls before the next value; returns that value's repetition level.
  std::uint8_t begin_value(std::size_t& entry) {
    if (!definition_.empty()) {
      const auto next = std::find(definition_.begin() + static_cast<std::ptrdiff_t>(entry),
                                  definition_.end(),
                                  chunk_.leaf.definition_max);
      append_nulls(entry, static_cast<std::size_t>(next - definition_.begin()));
    }
    const std::uint8_t repetition = repetition_at(entry++);
    rows_ += repetition == 0 ? 1 : 0;
    return repetition;
  }

  void append_nulls(std::size_t& entry, std::size_t end) {
    for (; entry < end; ++entry) {
      const std::uint8_t repetition = repetition_at(entry);
      column_.append_null(definition_[entry], repetition);
      rows_ += repetition == 0 ? 1 : 0;
    }
  }

  Result<void> append_bytes(ByteView value, std::uint8_t repetition) {
    SLUICE_TRY_DO(budget_.spend(value.size()));
    if (value.size() > std::numeric_limits<std::uint32_t>::max() - column_.heap().size()) {
      return fail(Fault::too_large, "the chunk's byte arrays take more than 4 GiB");
    }
    column_.append_bytes(value, repetition);
    return {};
  }

  // `at` has a decoded value of the column's width.
  Result<void> append_fixed(const char* at, std::uint8_t repetition) {
    switch (column_.storage()) {
      case Storage::boolean:
        column_.append_bool(*at != 0, repetition);
        return {};
      case Storage::int32:
        column_.append_int32(load_le<std::int32_t>(at), repetition);
        return {};
      case Storage::int64:
        column_.append_int64(load_le<std::int64_t>(at), repetition);
        return {};
      case Storage::float32:
        column_.append_float(std::bit_cast<float>(load_le<std::uint32_t>(at)), repetition);
        return {};
      case Storage::float64:
        column_.append_double(std::bit_cast<double>(load_le<std::uint64_t>(at)), repetition);
        return {};
      default:
        return append_bytes({at, shape_.width}, repetition);
    }
  }

  const ChunkToRead& chunk_;
  ValueShape shape_;
  Column column_;
  MemoryBudget budget_;
  ValueDecoder values_;
  std::uint64_t rows_ = 0;
  std::vector<std::uint8_t> definition_;  // of the page being read
  std::vector<std::uint8_t> repetition_;
};

}  // namespace

Result<Column> read_chunk(ByteView pages, const ChunkToRead& chunk) {
  SLUICE_CHECK(chunk.meta_data.num_values >= 0);
  SLUICE_CHECK(chunk.rows >= 0);
  return ChunkReader(chunk).read(pages);
}

}  // namespace sluice::parquet
