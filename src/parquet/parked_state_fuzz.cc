// Files of ours that are parked and gone on with, and states that lie behind their checksums.
//
// An input that begins with an odd byte is a state, without its checksum.  Any other is a list of
// decisions: rows, options, and where the file is parked.  Each time another writer goes on, and
// the file must be the one of a single writer, with the rows that went in.  Then the last state is
// edited: what is still taken can be gone on with, and the file that comes of it ends in values or
// errors.
#include "base/check.h"
#include "base/crc32c.h"
#include "base/input_random.h"
#include "columnar/row_picker.h"
#include "parquet/file_writer.h"
#include "parquet/memory_sink.h"
#include "parquet/parked_state.h"
#include "parquet/random_file.h"
#include "parquet/verify.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

namespace sluice::parquet {

namespace {

constexpr std::size_t memory_max = std::size_t{4} << 20;

// Goes on with a state, whatever it says, behind `kept`.
void go_on(const columnar::Schema& schema,
           const WriterOptions& options,
           const columnar::RowBatch& batch,
           ByteView kept,
           ByteView state) {
  MemorySink sink;
  SLUICE_CHECK(sink.append(kept).has_value());
  FileWriter writer(schema, options, sink);
  if (!writer.resume(state)) {
    return;
  }
  if (writer.takes_rows()) {
    SLUICE_CHECK(writer.append(batch).has_value());
    SLUICE_CHECK(writer.park().has_value());
  }
  SLUICE_CHECK(writer.finish().has_value());
  const Result<FileReader> reader =
      FileReader::open(ByteView(sink.bytes()), {.chunk_bytes_max = memory_max});
  if (reader) {
    read_all(*reader);
  }
}

struct Part {
  columnar::RowBatch rows;
  bool is_parked_before = false;
};

// The rows of all parts as one file; `state` becomes the last one, and `kept` what lies before it.
Bytes file_of(const columnar::Schema& schema,
              const WriterOptions& options,
              const std::vector<Part>& parts,
              bool has_lives,
              Bytes& kept,
              Bytes& state) {
  MemorySink sink;
  auto writer = std::make_unique<FileWriter>(schema, options, sink);
  for (const Part& part : parts) {
    if (part.is_parked_before) {
      Result<Bytes> parked = writer->park();
      SLUICE_CHECK(parked.has_value());
      state = *std::move(parked);
      kept = sink.bytes();
    }
    if (part.is_parked_before && has_lives) {
      writer = std::make_unique<FileWriter>(schema, options, sink);
      SLUICE_CHECK(writer->resume(state).has_value());
      SLUICE_CHECK(writer->takes_rows());
    }
    SLUICE_CHECK(writer->append(part.rows).has_value());
  }
  SLUICE_CHECK(writer->finish().has_value());
  return sink.bytes();
}

std::int64_t changed(Random& random, std::int64_t number) {
  switch (random.below(3)) {
    case 0:
      return static_cast<std::int64_t>(random.next());
    case 1:
      return static_cast<std::int64_t>(random.below(2000)) - 10;
    default:
      return number + (random.below(2) == 0 ? 1 : -1);
  }
}

template <class T>
T& any_of(Random& random, std::vector<T>& all) {
  return all[random.below(all.size())];
}

void edit_chunk(Random& random, ColumnMetaData& column) {
  switch (random.below(6)) {
    case 0:
      column.total_compressed_size = changed(random, column.total_compressed_size);
      break;
    case 1:
      column.data_page_offset = changed(random, column.data_page_offset);
      break;
    case 2:
      column.dictionary_page_offset = changed(random, 4);
      break;
    case 3:
      column.num_values = changed(random, column.num_values);
      break;
    case 4:
      column.codec = static_cast<CodecId>(random.below(10));
      break;
    default:
      column.statistics.reset();
  }
}

void edit_group(Random& random, RowGroup& group) {
  switch (random.below(4)) {
    case 0:
      group.num_rows = changed(random, group.num_rows);
      break;
    case 1:
      group.sorting_columns.push_back({static_cast<std::int32_t>(random.below(6)) - 1});
      break;
    case 2:
      group.total_byte_size = changed(random, group.total_byte_size);
      break;
    default:
      if (group.columns.empty()) {
        group.columns.emplace_back();
      } else {
        edit_chunk(random, any_of(random, group.columns).meta_data);
      }
  }
}

void edit(Random& random, ParkedState& state) {
  FileMetaData& metadata = state.metadata;
  switch (random.below(6)) {
    case 0:
      state.bytes = static_cast<std::uint64_t>(changed(random, 4));
      break;
    case 1:
      metadata.num_rows = changed(random, metadata.num_rows);
      break;
    case 2:
      any_of(random, metadata.schema).name += "x";
      break;
    case 3:
      any_of(random, metadata.schema).repetition = Repetition::required;
      break;
    default:
      if (metadata.row_groups.empty()) {
        metadata.row_groups.emplace_back();
      } else {
        edit_group(random, any_of(random, metadata.row_groups));
      }
  }
}

// With lies in its numbers, or with edited bytes, and the checksum that belongs to it.
Bytes edited(Random& random, Bytes state) {
  if (random.below(2) == 0) {
    Result<ParkedState> parked = decode_parked(state);
    SLUICE_CHECK(parked.has_value());
    for (std::uint64_t left = 1 + random.below(3); left > 0; --left) {
      edit(random, *parked);
    }
    return encode_parked(parked->bytes, parked->metadata, parked->tail);
  }
  state.resize(state.size() - sizeof(std::uint32_t));
  for (std::uint64_t left = 1 + random.below(4); left > 0; --left) {
    edit_bytes(random, state);
  }
  put_le(state, crc32c(state));
  return state;
}

void fuzz_decisions(ByteView decisions) {
  InputRandom random(decisions);
  const columnar::Schema schema = random_schema(random);
  WriterOptions options = random_options(random);
  options.bloom_filter_bytes_max = std::size_t{1} << (5 + random.below(8));
  for (const columnar::Field& column : schema.columns) {
    if (column.type.kind == columnar::Kind::string && random.below(2) == 0) {
      options.bloom_filter_columns.push_back({column.name});
    }
  }
  std::vector<Part> parts;
  columnar::RowBatch all(schema);
  for (std::uint64_t left = 1 + random.below(4); left > 0; --left) {
    parts.push_back({random_rows(schema, random), random.below(3) != 0});
    columnar::RowPicker(parts.back().rows).append(0, parts.back().rows.rows(), all);
  }
  Bytes kept;
  Bytes state;
  const Bytes one = file_of(schema, options, parts, false, kept, state);
  SLUICE_CHECK(file_of(schema, options, parts, true, kept, state) == one);
  const Result<FileReader> reader = FileReader::open(ByteView(one));
  SLUICE_CHECK(reader.has_value());
  expect_rows(*reader, all);
  expect_silence(verify(*reader));
  if (!state.empty()) {
    go_on(schema, options, parts.back().rows, kept, edited(random, state));
  }
}

void fuzz_state(ByteView body) {
  Bytes state(body);
  put_le(state, crc32c(state));
  const Result<ParkedState> parked = decode_parked(state);
  const columnar::Schema schema;
  go_on(schema,
        {},
        columnar::RowBatch(schema),
        Bytes(parked ? std::min<std::uint64_t>(parked->bytes, memory_max) : 0, 'p'),
        state);
}

}  // namespace

}  // namespace sluice::parquet

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const sluice::ByteView input(reinterpret_cast<const char*>(data), size);
  if (!input.empty() && (input.front() & 1) != 0) {
    sluice::parquet::fuzz_state(input.substr(1));
  } else {
    sluice::parquet::fuzz_decisions(input);
  }
  return 0;
}
