// Pages back into columns.  Every count is checked against what is there before memory is taken.
#include "parquet/column_reader.h"

#include "base/check.h"
#include "parquet/codec.h"
#include "parquet/hybrid.h"
#include "parquet/levels.h"
#include "parquet/plain.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

namespace sluice::parquet {

namespace {

using columnar::Column;
using columnar::Storage;

// A byte a level and four an index, besides the value itself.
constexpr std::size_t entry_overhead_bytes = 6;

struct Shape {
  Storage storage;
  std::size_t width;  // bytes of a PLAIN value; 0 for byte arrays and booleans
};

Shape shape_of(const SchemaElement& element) {
  SLUICE_CHECK(element.type.has_value());
  switch (*element.type) {
    case PhysicalType::boolean:
      return {Storage::boolean, 0};
    case PhysicalType::int32:
      return {Storage::int32, 4};
    case PhysicalType::int64:
      return {Storage::int64, 8};
    case PhysicalType::int96:
      return {Storage::fixed_bytes, int96_bytes};
    case PhysicalType::float32:
      return {Storage::float32, 4};
    case PhysicalType::float64:
      return {Storage::float64, 8};
    case PhysicalType::byte_array:
      return {Storage::bytes, 0};
    case PhysicalType::fixed_len_byte_array:
      return {Storage::fixed_bytes, static_cast<std::size_t>(element.type_length.value_or(0))};
  }
  SLUICE_CHECK(false && "every physical type has a shape");
  return {Storage::bytes, 0};
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

class ChunkReader {
 public:
  explicit ChunkReader(const ChunkToRead& chunk)
      : chunk_(chunk),
        shape_(shape_of(chunk.element)),
        column_(leaf_for(chunk, shape_.storage)),
        budget_(chunk.bytes_max) {}

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
  Result<void> spend(std::uint64_t bytes) {
    if (bytes > budget_) {
      return fail(Fault::too_large,
                  fmt::format("decoding takes more than the {} bytes allowed", chunk_.bytes_max));
    }
    budget_ -= static_cast<std::size_t>(bytes);
    return {};
  }

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
    if (header.type == PageType::index) {
      return {};
    }
    if (header.type != PageType::data && header.type != PageType::dictionary) {
      return fail(Fault::unsupported,
                  fmt::format("pages of type {} cannot be read", to_string(header.type)));
    }
    SLUICE_TRY_DO(spend(static_cast<std::uint64_t>(header.uncompressed_page_size)));
    SLUICE_TRY(body,
               decompress(codec, *stored, static_cast<std::size_t>(header.uncompressed_page_size)));
    return header.type == PageType::data ? read_data(header, body)
                                         : read_dictionary(header, std::move(body));
  }

  static Result<void> check_crc(const PageHeader& header, ByteView stored) {
    if (!header.crc) {
      return {};
    }
    const auto crc = static_cast<std::uint32_t>(
        crc32_z(0, reinterpret_cast<const Bytef*>(stored.data()), stored.size()));
    if (crc != *header.crc) {
      return corrupt(
          fmt::format("a page's checksum is {:08x}, its bytes give {:08x}", *header.crc, crc));
    }
    return {};
  }

  Result<void> read_dictionary(const PageHeader& header, Bytes body) {
    if (!header.dictionary || header.dictionary->num_values < 0 || has_dictionary_) {
      return corrupt("a dictionary page without a header that makes sense, or a second one");
    }
    const Encoding encoding = header.dictionary->encoding;
    if (encoding != Encoding::plain && encoding != Encoding::plain_dictionary) {
      return fail(Fault::unsupported,
                  fmt::format("dictionaries in {} cannot be read", to_string(encoding)));
    }
    has_dictionary_ = true;
    dictionary_body_ = std::move(body);
    dictionary_size_ = static_cast<std::size_t>(header.dictionary->num_values);
    if (shape_.storage == Storage::boolean) {
      return fail(Fault::unsupported, "dictionaries of booleans cannot be read");
    }
    if (shape_.width > 0) {
      return dictionary_size_ <= dictionary_body_.size() / shape_.width
                 ? Result<void>()
                 : corrupt("the dictionary page ends too early");
    }
    SLUICE_TRY_DO(spend(dictionary_size_ * sizeof(ByteView)));
    ByteReader in(dictionary_body_);
    dictionary_bytes_.reserve(std::min(dictionary_size_, dictionary_body_.size()));
    for (std::size_t i = 0; i < dictionary_size_; ++i) {
      const std::optional<ByteView> value = take_plain_bytes(in);
      if (!value) {
        return corrupt("the dictionary page ends too early");
      }
      dictionary_bytes_.push_back(*value);
    }
    return {};
  }

  Result<void> read_data(const PageHeader& header, ByteView body) {
    if (!header.data || header.data->num_values < 0) {
      return corrupt("a data page without a header that makes sense");
    }
    const auto entries = static_cast<std::size_t>(header.data->num_values);
    const std::uint64_t left =
        static_cast<std::uint64_t>(chunk_.meta_data.num_values) - column_.entries();
    if (entries > left) {
      return corrupt(fmt::format("a page of {} entries where {} are left", entries, left));
    }
    SLUICE_TRY_DO(spend(std::uint64_t{entries} * (entry_overhead_bytes + shape_.width)));
    ByteReader in(body);
    SLUICE_TRY_DO(read_levels(*header.data, entries, in));
    const std::size_t values =
        definition_.empty()
            ? entries
            : static_cast<std::size_t>(
                  std::count(definition_.begin(), definition_.end(), chunk_.leaf.definition_max));
    const ByteView encoded = body.substr(in.position());
    switch (header.data->encoding) {
      case Encoding::plain:
        return shape_.storage == Storage::boolean ? read_booleans(encoded, entries, values, false)
               : shape_.width > 0                 ? read_plain_fixed(encoded, entries, values)
                                                  : read_plain_bytes(encoded, entries);
      case Encoding::rle_dictionary:
      case Encoding::plain_dictionary:
        return read_indices(encoded, entries, values);
      case Encoding::rle:
        if (shape_.storage == Storage::boolean) {
          return read_booleans(encoded, entries, values, true);
        }
        break;
      default:
        break;
    }
    return fail(Fault::unsupported,
                fmt::format("pages in {} cannot be read", to_string(header.data->encoding)));
  }

  Result<void> read_levels(const DataPageHeader& header, std::size_t entries, ByteReader& in) {
    definition_.clear();
    repetition_.clear();
    if (chunk_.leaf.repetition_max > 0) {
      if (header.repetition_level_encoding != Encoding::rle) {
        return fail(Fault::unsupported, "only RLE levels can be read");
      }
      repetition_.resize(entries);
      SLUICE_TRY_DO(decode_levels(in, chunk_.leaf.repetition_max, repetition_));
      if (entries > 0 && column_.entries() == 0 && repetition_[0] != 0) {
        return corrupt("the first entry of the chunk goes on with a row that never began");
      }
    }
    if (chunk_.leaf.definition_max > 0) {
      if (header.definition_level_encoding != Encoding::rle) {
        return fail(Fault::unsupported, "only RLE levels can be read");
      }
      definition_.resize(entries);
      SLUICE_TRY_DO(decode_levels(in, chunk_.leaf.definition_max, definition_));
    }
    return {};
  }

  // Appends the page's entries; `append(i, repetition)` appends its i-th value and says whether it
  // could.
  template <class Append>
  Result<void> append_entries(std::size_t entries, Append append) {
    std::size_t value = 0;
    for (std::size_t i = 0; i < entries; ++i) {
      const std::uint8_t repetition = repetition_.empty() ? 0 : repetition_[i];
      rows_ += repetition == 0 ? 1 : 0;
      if (!definition_.empty() && definition_[i] != chunk_.leaf.definition_max) {
        column_.append_null(definition_[i], repetition);
      } else {
        SLUICE_TRY_DO(append(value++, repetition));
      }
    }
    return {};
  }

  Result<void> append_bytes(ByteView value, std::uint8_t repetition) {
    SLUICE_TRY_DO(spend(value.size()));
    if (value.size() > std::numeric_limits<std::uint32_t>::max() - column_.heap().size()) {
      return fail(Fault::too_large, "the chunk's byte arrays take more than 4 GiB");
    }
    column_.append_bytes(value, repetition);
    return {};
  }

  // `at` has a PLAIN value of the column's width.
  Result<void> append_fixed(const char* at, std::uint8_t repetition) {
    switch (shape_.storage) {
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

  Result<void> read_plain_fixed(ByteView encoded, std::size_t entries, std::size_t values) {
    if (values > encoded.size() / shape_.width) {
      return corrupt(fmt::format(
          "{} values do not fit in the {} bytes left in the page", values, encoded.size()));
    }
    return append_entries(entries, [&](std::size_t i, std::uint8_t repetition) {
      return append_fixed(encoded.data() + i * shape_.width, repetition);
    });
  }

  Result<void> read_plain_bytes(ByteView encoded, std::size_t entries) {
    ByteReader in(encoded);
    return append_entries(entries, [&](std::size_t, std::uint8_t repetition) -> Result<void> {
      const std::optional<ByteView> value = take_plain_bytes(in);
      return value ? append_bytes(*value, repetition) : corrupt("the page ends within its values");
    });
  }

  Result<void> read_booleans(ByteView encoded,
                             std::size_t entries,
                             std::size_t values,
                             bool is_hybrid) {
    std::vector<std::uint8_t> bits(values);
    if (is_hybrid) {
      ByteReader in(encoded);
      SLUICE_TRY_DO(decode_levels(in, 1, bits));
    } else if (!decode_plain_booleans(encoded, bits)) {
      return corrupt("the page ends within its values");
    }
    return append_entries(entries, [&](std::size_t i, std::uint8_t repetition) -> Result<void> {
      column_.append_bool(bits[i] != 0, repetition);
      return {};
    });
  }

  Result<void> read_indices(ByteView encoded, std::size_t entries, std::size_t values) {
    constexpr unsigned width_max = 32;
    if (!has_dictionary_) {
      return corrupt("a page with indices, but no dictionary before it");
    }
    std::vector<std::uint32_t> indices(values);
    if (values > 0) {
      const unsigned width = encoded.empty() ? 0U : static_cast<unsigned char>(encoded[0]);
      if (encoded.empty() || width > width_max ||
          !decode_hybrid(encoded.substr(1), width, std::span<std::uint32_t>(indices))) {
        return corrupt("the page's dictionary indices are damaged");
      }
      if (*std::max_element(indices.begin(), indices.end()) >= dictionary_size_) {
        return corrupt(
            fmt::format("an index beyond the {} values of the dictionary", dictionary_size_));
      }
    }
    return append_entries(entries, [&](std::size_t i, std::uint8_t repetition) {
      return shape_.width > 0
                 ? append_fixed(dictionary_body_.data() + indices[i] * shape_.width, repetition)
                 : append_bytes(dictionary_bytes_[indices[i]], repetition);
    });
  }

  const ChunkToRead& chunk_;
  Shape shape_;
  Column column_;
  std::size_t budget_;  // bytes that may still be taken
  std::uint64_t rows_ = 0;
  std::vector<std::uint8_t> definition_;  // of the page being read
  std::vector<std::uint8_t> repetition_;
  bool has_dictionary_ = false;
  std::size_t dictionary_size_ = 0;
  Bytes dictionary_body_;
  std::vector<ByteView> dictionary_bytes_;  // byte arrays within dictionary_body_
};

}  // namespace

Result<Column> read_chunk(ByteView pages, const ChunkToRead& chunk) {
  SLUICE_CHECK(chunk.meta_data.num_values >= 0);
  SLUICE_CHECK(chunk.rows >= 0);
  return ChunkReader(chunk).read(pages);
}

}  // namespace sluice::parquet
