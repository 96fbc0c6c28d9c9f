// Files of ours, of any types, encodings and codecs, whose pages are damaged behind their
// checksums: bodies are edited as they were before compression, then compressed again; headers lie;
// sizes, offsets and checksums are made to fit, so that the damage reaches the decoders.
//
// An input is a list of decisions.  The rows of an undamaged file come back as they were, and
// verify() has nothing to say; a damaged one ends in values or errors.
#include "base/check.h"
#include "base/crc32.h"
#include "base/input_random.h"
#include "parquet/file_reader.h"
#include "parquet/file_writer.h"
#include "parquet/format.h"
#include "parquet/memory_sink.h"
#include "parquet/random_file.h"
#include "parquet/verify.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace sluice::parquet {

namespace {

constexpr std::size_t memory_max = std::size_t{4} << 20;

Bytes file_of(const columnar::Schema& schema,
              const WriterOptions& options,
              const columnar::RowBatch& batch) {
  MemorySink sink;
  FileWriter writer(schema, options, sink);
  SLUICE_CHECK(writer.append(batch).has_value());
  SLUICE_CHECK(writer.finish().has_value());
  return sink.bytes();
}

// A page as it was before it was compressed.
struct LoosePage {
  PageHeader header;
  Bytes levels;  // of version 2, which are never compressed
  Bytes body;
  bool is_compressed = true;
};

LoosePage loose_page(ByteView file, const PlacedPage& placed, Codec codec) {
  LoosePage page{.header = placed.header, .levels = {}, .body = {}};
  ByteView stored = file.substr(static_cast<std::size_t>(placed.offset) + placed.header_bytes,
                                static_cast<std::size_t>(placed.header.compressed_page_size));
  if (const auto& v2 = page.header.data_v2) {
    const auto bytes = static_cast<std::size_t>(v2->definition_levels_byte_length +
                                                v2->repetition_levels_byte_length);
    page.levels = stored.substr(0, bytes);
    stored.remove_prefix(bytes);
    page.is_compressed = v2->is_compressed;
  }
  const auto size =
      static_cast<std::size_t>(placed.header.uncompressed_page_size) - page.levels.size();
  page.body = page.is_compressed ? decompress(codec, stored, size).value() : Bytes(stored);
  return page;
}

void append_page(const LoosePage& page, Codec codec, Bytes& out) {
  Bytes stored = page.levels;
  if (page.is_compressed) {
    Compressor(codec).compress(page.body, stored);
  } else {
    stored += page.body;
  }
  PageHeader header = page.header;
  header.uncompressed_page_size = static_cast<std::int32_t>(page.levels.size() + page.body.size());
  header.compressed_page_size = static_cast<std::int32_t>(stored.size());
  header.crc = crc32(stored);
  encode(header, out);
  out += stored;
}

// Small changes more often than others.
std::int32_t changed(Random& random, std::int32_t number) {
  switch (random.below(4)) {
    case 0:
      return static_cast<std::int32_t>(random.next());
    case 1:
      return static_cast<std::int32_t>(random.below(2000)) - 10;
    default:
      return number + (random.below(2) == 0 ? 1 : -1);
  }
}

Encoding any_encoding(Random& random) {
  return static_cast<Encoding>(random.below(11));
}

void edit_header(Random& random, PageHeader& header) {
  if (header.dictionary) {
    header.dictionary->num_values = changed(random, header.dictionary->num_values);
  } else if (header.data) {
    if (random.below(2) == 0) {
      header.data->num_values = changed(random, header.data->num_values);
    } else {
      header.data->encoding = any_encoding(random);
    }
  } else if (header.data_v2) {
    DataPageHeaderV2& v2 = *header.data_v2;
    std::int32_t* const numbers[] = {&v2.num_values,
                                     &v2.num_nulls,
                                     &v2.num_rows,
                                     &v2.definition_levels_byte_length,
                                     &v2.repetition_levels_byte_length};
    const std::uint64_t choice = random.below(std::size(numbers) + 2);
    if (choice < std::size(numbers)) {
      *numbers[choice] = changed(random, *numbers[choice]);
    } else if (choice == std::size(numbers)) {
      v2.encoding = any_encoding(random);
    } else {
      v2.is_compressed = !v2.is_compressed;
    }
  }
}

void edit(Random& random, LoosePage& page) {
  switch (random.below(4)) {
    case 0:
      edit_header(random, page.header);
      break;
    case 1:
      edit_bytes(random, page.levels.empty() ? page.body : page.levels);
      break;
    default:
      edit_bytes(random, page.body);
  }
}

// Puts files together anew, with or without damage.
class Rebuilder {
 public:
  Rebuilder(ByteView file, const FileReader& reader, Random& random)
      : file_(file), reader_(reader), random_(random), metadata_(reader.metadata()) {}

  Bytes rebuild(bool is_damaged) {
    is_damaged_ = is_damaged;
    out_ = file_magic;
    for (std::size_t group = 0; group < metadata_.row_groups.size(); ++group) {
      add_group(group);
    }
    Bytes footer;
    encode(metadata_, footer);
    out_ += footer;
    put_le(out_, static_cast<std::uint32_t>(footer.size()));
    out_ += file_magic;
    return std::move(out_);
  }

 private:
  void add_group(std::size_t index) {
    RowGroup& group = metadata_.row_groups[index];
    const std::size_t begin = out_.size();
    group.file_offset = static_cast<std::int64_t>(begin);
    group.total_byte_size = 0;
    for (std::size_t leaf = 0; leaf < group.columns.size(); ++leaf) {
      add_chunk(index, leaf);
      group.total_byte_size += group.columns[leaf].meta_data.total_uncompressed_size;
    }
    group.total_compressed_size = static_cast<std::int64_t>(out_.size() - begin);
  }

  void add_chunk(std::size_t group, std::size_t leaf) {
    ColumnChunk& chunk = metadata_.row_groups[group].columns[leaf];
    ColumnMetaData& column = chunk.meta_data;
    // They would say where pages were.
    chunk.offset_index_offset.reset();
    chunk.offset_index_length.reset();
    chunk.column_index_offset.reset();
    chunk.column_index_length.reset();
    column.bloom_filter_offset.reset();
    column.bloom_filter_length.reset();
    const std::size_t begin = out_.size();
    const Codec codec = codec_of(column.codec).value();
    std::int64_t loose_bytes = 0;
    bool has_data = false;
    for (const PlacedPage& placed : reader_.read_page_headers(group, leaf).value()) {
      LoosePage page = loose_page(file_, placed, codec);
      while (is_damaged_ && random_.below(3) == 0) {
        edit(random_, page);
      }
      const std::size_t at = out_.size();
      if (page.header.type == PageType::dictionary) {
        column.dictionary_page_offset = static_cast<std::int64_t>(at);
      } else if (!has_data) {
        column.data_page_offset = static_cast<std::int64_t>(at);
        has_data = true;
      }
      append_page(page, codec, out_);
      const PlacedPage now = header_at(at);
      loose_bytes +=
          static_cast<std::int64_t>(now.header_bytes) + now.header.uncompressed_page_size;
    }
    column.total_compressed_size = static_cast<std::int64_t>(out_.size() - begin);
    column.total_uncompressed_size = loose_bytes;
  }

  PlacedPage header_at(std::size_t at) const {
    const DecodedPageHeader decoded = decode_page_header(ByteView(out_).substr(at)).value();
    return {static_cast<std::int64_t>(at), decoded.header_bytes, decoded.header};
  }

  ByteView file_;
  const FileReader& reader_;
  Random& random_;
  FileMetaData metadata_;
  Bytes out_;
  bool is_damaged_ = false;
};

void fuzz(ByteView decisions) {
  InputRandom random(decisions);
  const bool is_damaged = random.below(8) != 0;
  const columnar::Schema schema = random_schema(random);
  const WriterOptions options = random_options(random);
  const columnar::RowBatch batch = random_rows(schema, random);
  const Bytes file = file_of(schema, options, batch);
  const Result<FileReader> honest = FileReader::open(ByteView(file));
  SLUICE_CHECK(honest.has_value());
  const Bytes rebuilt = Rebuilder(file, *honest, random).rebuild(is_damaged);
  const Result<FileReader> reader =
      FileReader::open(ByteView(rebuilt), {.chunk_bytes_max = memory_max});
  SLUICE_CHECK(reader.has_value());
  if (is_damaged) {
    read_all(*reader);
    return;
  }
  for (const FileReader* const undamaged : {&*honest, &*reader}) {
    expect_rows(*undamaged, batch);
    expect_silence(verify(*undamaged));
  }
}

}  // namespace

}  // namespace sluice::parquet

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  sluice::parquet::fuzz({reinterpret_cast<const char*>(data), size});
  return 0;
}
