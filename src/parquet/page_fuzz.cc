// Bytes as the pages of a column chunk: decoding them must end in values or errors, within the
// memory allowed.
//
// The first bytes choose the column's type, levels and codec, and what the rest is: the pages as
// they stand; or values, which are made into a valid page of any encoding and version, and then
// edits of that page.  Without edits the page must give its values back.
#include "base/bytes.h"
#include "base/check.h"
#include "parquet/byte_stream_split.h"
#include "parquet/codec.h"
#include "parquet/column_reader.h"
#include "parquet/delta_binary_packed.h"
#include "parquet/delta_byte_array.h"
#include "parquet/dictionary_pages.h"
#include "parquet/levels.h"
#include "parquet/plain.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <numeric>
#include <vector>

namespace sluice::parquet {

namespace {

constexpr std::size_t memory_max = std::size_t{4} << 20;
constexpr std::size_t values_max = 2'000;

// What the first bytes say.
struct Choices {
  std::uint8_t type;
  std::uint8_t levels;
  std::uint8_t codec;
  std::uint8_t form;
  std::uint8_t count;
};

struct Chunk {
  SchemaElement element;
  SchemaLeaf leaf;
  ColumnMetaData column;
  Bytes pages;

  Result<columnar::Column> read() const {
    return read_chunk(pages,
                      {.meta_data = column,
                       .element = element,
                       .leaf = leaf,
                       .rows = column.num_values,
                       .bytes_max = memory_max});
  }
};

Chunk chunk_of(const Choices& choices) {
  Chunk chunk;
  chunk.element.type = static_cast<PhysicalType>(choices.type % 8);
  chunk.element.type_length = 1 + choices.type / 8;
  chunk.leaf.definition_max = choices.levels % 5;
  chunk.leaf.repetition_max =
      choices.levels % 5 == 0
          ? std::uint8_t{0}
          : static_cast<std::uint8_t>(choices.levels / 5 % (chunk.leaf.definition_max + 1));
  chunk.column.codec = static_cast<CodecId>(choices.codec % 8);
  return chunk;
}

void add_page(PageHeader header, ByteView levels, ByteView body, Codec codec, Bytes& out) {
  Bytes stored;
  Compressor(codec).compress(body, stored);
  header.uncompressed_page_size = static_cast<std::int32_t>(levels.size() + body.size());
  header.compressed_page_size = static_cast<std::int32_t>(levels.size() + stored.size());
  encode(header, out);
  out += levels;
  out += stored;
}

// A column of `width` bytes a value, or byte strings when 0.
struct Values {
  std::size_t width = 0;
  std::vector<std::int32_t> lengths;
  Bytes heap;
};

// Takes as many values from `data` as there are.
Values values_from(ByteView data, std::size_t width) {
  Values values{.width = width, .lengths = {}, .heap = {}};
  if (width > 0) {
    const std::size_t count = std::min(values_max, data.size() / width);
    values.heap = data.substr(0, count * width);
    values.lengths.assign(count, static_cast<std::int32_t>(width));
    return values;
  }
  while (!data.empty() && values.lengths.size() < values_max) {
    const std::size_t length =
        std::min<std::size_t>(static_cast<unsigned char>(data[0]) % 20, data.size() - 1);
    values.heap += data.substr(1, length);
    values.lengths.push_back(static_cast<std::int32_t>(length));
    data.remove_prefix(1 + length);
  }
  return values;
}

Bytes plain_of(const Values& values) {
  if (values.width > 0) {
    return values.heap;
  }
  Bytes out;
  std::size_t at = 0;
  for (const std::int32_t length : values.lengths) {
    put_plain_bytes(out, ByteView(values.heap).substr(at, static_cast<std::size_t>(length)));
    at += static_cast<std::size_t>(length);
  }
  return out;
}

template <class T>
Bytes deltas_of(const Values& values) {
  std::vector<T> numbers(values.lengths.size());
  std::memcpy(numbers.data(), values.heap.data(), numbers.size() * sizeof(T));
  Bytes out;
  encode_delta_packed(std::span<const T>(numbers), out);
  return out;
}

struct Encoded {
  Encoding encoding = Encoding::plain;
  Bytes body;
};

// One of the encodings that the type may have, without a dictionary.
Encoded encode_values(const Values& values, PhysicalType type, std::uint8_t choice) {
  const ByteArrays arrays{.lengths = values.lengths, .heap = values.heap};
  Encoded out{.encoding = Encoding::plain, .body = plain_of(values)};
  const bool is_integer = type == PhysicalType::int32 || type == PhysicalType::int64;
  if (choice == 0) {
    return out;
  }
  out.body.clear();
  if (values.width == 0 && choice == 1) {
    out.encoding = Encoding::delta_length_byte_array;
    encode_delta_length(arrays, out.body);
  } else if (values.width == 0 || (type == PhysicalType::fixed_len_byte_array && choice == 1)) {
    out.encoding = Encoding::delta_byte_array;
    encode_delta_byte_array(arrays, out.body);
  } else if (is_integer && choice == 1) {
    out.encoding = Encoding::delta_binary_packed;
    out.body =
        values.width == 4 ? deltas_of<std::int32_t>(values) : deltas_of<std::int64_t>(values);
  } else {
    out.encoding = Encoding::byte_stream_split;
    encode_byte_stream_split(values.heap, values.width, out.body);
  }
  return out;
}

// Flat, optional, every third entry null when the form says so.
void add_pages(const Values& values, const Choices& choices, Chunk& chunk) {
  const Codec codec = *codec_of(chunk.column.codec);
  const bool has_nulls = (choices.form & 8) != 0;
  const bool is_v2 = (choices.form & 16) != 0;
  std::vector<std::uint8_t> levels;
  for (std::size_t i = 0; i < values.lengths.size(); ++i) {
    if (has_nulls && i % 2 == 1) {
      levels.push_back(0);
    }
    levels.push_back(1);
  }
  Encoded encoded = encode_values(values, *chunk.element.type, (choices.form >> 1 & 3) % 3);
  if ((choices.form >> 1 & 3) == 3) {
    std::vector<std::uint32_t> indices(values.lengths.size());
    std::iota(indices.begin(), indices.end(), 0U);
    PageHeader header;
    header.type = PageType::dictionary;
    header.dictionary =
        DictionaryPageHeader{.num_values = static_cast<std::int32_t>(values.lengths.size())};
    add_page(header, {}, plain_of(values), codec, chunk.pages);
    encoded = {.encoding = Encoding::rle_dictionary, .body = {}};
    encode_indices(indices, indices.size(), IndexWidth::fewest, encoded.body);
  }
  const auto entries = static_cast<std::int32_t>(levels.size());
  chunk.column.num_values = entries;
  Bytes runs;
  encode_levels(levels, 1, runs, is_v2 ? LevelFraming::bare : LevelFraming::prefixed);
  PageHeader header;
  if (is_v2) {
    header.type = PageType::data_v2;
    header.data_v2 =
        DataPageHeaderV2{.num_values = entries,
                         .num_nulls = entries - static_cast<std::int32_t>(values.lengths.size()),
                         .num_rows = entries,
                         .encoding = encoded.encoding,
                         .definition_levels_byte_length = static_cast<std::int32_t>(runs.size())};
    add_page(header, runs, encoded.body, codec, chunk.pages);
  } else {
    header.data = DataPageHeader{.num_values = entries, .encoding = encoded.encoding};
    add_page(header, {}, runs + encoded.body, codec, chunk.pages);
  }
}

void expect_values(const columnar::Column& column, const Values& values) {
  SLUICE_CHECK(column.values() == values.lengths.size());
  if (column.storage() == columnar::Storage::bytes ||
      column.storage() == columnar::Storage::fixed_bytes) {
    SLUICE_CHECK(column.heap() == values.heap);
  } else if (values.width == 4) {
    SLUICE_CHECK(
        std::memcmp(column.fixed<std::int32_t>(), values.heap.data(), values.heap.size()) == 0);
  } else {
    SLUICE_CHECK(
        std::memcmp(column.fixed<std::int64_t>(), values.heap.data(), values.heap.size()) == 0);
  }
}

// A page made of `data`, whose first half is values and whose second edits: two bytes of place, one
// to be put there.
void read_made(const Choices& choices, ByteView data) {
  Chunk chunk = chunk_of(choices);
  chunk.leaf.definition_max = 1;
  chunk.leaf.repetition_max = 0;
  if (chunk.element.type == PhysicalType::boolean || !codec_of(chunk.column.codec)) {
    return;
  }
  const bool has_edits = (choices.count & 1) != 0;
  const std::size_t half = has_edits ? data.size() / 2 : data.size();
  const std::size_t width =
      chunk.element.type == PhysicalType::byte_array ? 0
      : chunk.element.type == PhysicalType::fixed_len_byte_array
          ? static_cast<std::size_t>(*chunk.element.type_length)
      : chunk.element.type == PhysicalType::int96 ? 12
      : chunk.element.type == PhysicalType::int32 || chunk.element.type == PhysicalType::float32
          ? 4
          : 8;
  const Values values = values_from(data.substr(0, half), width);
  if (values.lengths.empty()) {
    return;
  }
  add_pages(values, choices, chunk);
  for (ByteView edits = data.substr(half); edits.size() >= 3; edits.remove_prefix(3)) {
    chunk.pages[load_le<std::uint16_t>(edits.data()) % chunk.pages.size()] = edits[2];
  }
  const Result<columnar::Column> column = chunk.read();
  if (!has_edits) {
    SLUICE_CHECK(column.has_value());
    expect_values(*column, values);
  }
}

void read_raw(const Choices& choices, ByteView data) {
  Chunk chunk = chunk_of(choices);
  chunk.column.num_values = choices.form | choices.count << 8;
  chunk.pages = data;
  static_cast<void>(chunk.read());
}

}  // namespace

}  // namespace sluice::parquet

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice::parquet;
  constexpr std::size_t choices_bytes = 6;
  if (size < choices_bytes) {
    return 0;
  }
  const Choices choices{
      .type = data[1], .levels = data[2], .codec = data[3], .form = data[4], .count = data[5]};
  const sluice::ByteView rest(reinterpret_cast<const char*>(data) + choices_bytes,
                              size - choices_bytes);
  if (data[0] % 2 == 0) {
    read_raw(choices, rest);
  } else {
    read_made(choices, rest);
  }
  return 0;
}
