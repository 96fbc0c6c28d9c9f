// A file of ours with lies in its footer: structure-aware, so that each input is a file that opens.
//
// The first bytes choose rows and options, the rest is a list of edits to numbers of the footer and
// to bytes of its indexes and filters.  Without an edit verify() finds nothing wrong; with any, it
// ends, within the memory allowed.
#include "base/check.h"
#include "parquet/file_reader.h"
#include "parquet/file_writer.h"
#include "parquet/format.h"
#include "parquet/memory_sink.h"
#include "parquet/profile.h"
#include "parquet/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <optional>
#include <utility>

namespace sluice::parquet {

namespace {

constexpr std::size_t memory_max = std::size_t{4} << 20;

// The fuzzer's bytes, one after the other; zeros behind their end.
class Input {
 public:
  explicit Input(ByteView bytes) : bytes_(bytes) {}

  bool is_at_end() const { return at_ >= bytes_.size(); }

  std::uint8_t byte() {
    return is_at_end() ? 0 : static_cast<std::uint8_t>(static_cast<unsigned char>(bytes_[at_++]));
  }

  std::size_t below(std::size_t end) { return byte() % end; }

  // Small numbers of either sign more often than others.
  std::int64_t number() {
    const std::uint8_t bytes = byte() % 9;
    std::uint64_t value = 0;
    for (std::uint8_t i = 0; i < bytes; ++i) {
      value = value << 8 | byte();
    }
    return unzigzag(value);
  }

 private:
  ByteView bytes_;
  std::size_t at_ = 0;
};

void append_row(Input& in, columnar::RowBatch& batch, std::int64_t row) {
  const std::uint8_t choice = in.byte();
  if (choice % 5 == 0) {
    batch.column(0).append_null();
  } else {
    batch.column(0).append_int64(choice % 2 == 0 ? row : choice);
  }
  batch.column(1).append_bytes(fmt::format("{:0{}}", choice, 1 + choice % 90));
  for (std::uint8_t i = 0; i < choice % 3; ++i) {
    batch.column(2).append_double(choice % 7 == 0 ? std::nan("") : choice * 0.5 - i,
                                  i == 0 ? 0 : 1);
  }
  if (choice % 3 == 0) {
    batch.column(2).append_null(choice % 2);
  }
  batch.end_row();
}

Bytes honest_file(Input& in) {
  const Result<columnar::Schema> schema =
      columnar::parse_columns("a bigint, b string, c array<double>");
  SLUICE_CHECK(schema.has_value());
  WriterOptions options = options_of(all_profiles[in.below(std::size(all_profiles))]);
  options.page_rows_max = 1 + in.below(40);
  options.row_group_rows_max = 1 + in.below(100);
  const std::uint8_t wishes = in.byte();
  options.page_index = (wishes & 1) == 0;
  options.note_order = (wishes & 2) != 0;
  if ((wishes & 4) != 0) {
    options.bloom_filter_columns = {{"a"}, {"b"}, {"c"}};
  }
  if ((wishes & 8) != 0) {
    options.sort_by = {{"b", (wishes & 16) != 0, (wishes & 32) != 0}, {"a"}};
  }
  MemorySink file;
  FileWriter writer(*schema, options, file);
  columnar::RowBatch batch(*schema);
  const std::size_t rows = in.below(150);
  for (std::size_t row = 0; row < rows; ++row) {
    append_row(in, batch, static_cast<std::int64_t>(row));
  }
  SLUICE_CHECK(writer.append(batch).has_value());
  SLUICE_CHECK(writer.finish().has_value());
  return file.bytes();
}

void edit_chunk(Input& in, ColumnChunk& chunk) {
  ColumnMetaData& column = chunk.meta_data;
  const std::int64_t number = in.number();
  const auto narrow = static_cast<std::int32_t>(number);
  switch (in.below(14)) {
    case 0:
      column.num_values = number;
      break;
    case 1:
      column.total_compressed_size = number;
      break;
    case 2:
      column.data_page_offset = number;
      break;
    case 3:
      column.dictionary_page_offset = number;
      break;
    case 4:
      column.codec = static_cast<CodecId>(narrow);
      break;
    case 5:
      chunk.offset_index_offset = number;
      break;
    case 6:
      chunk.offset_index_length = narrow;
      break;
    case 7:
      chunk.column_index_offset = number;
      break;
    case 8:
      chunk.column_index_length = narrow;
      break;
    case 9:
      column.bloom_filter_offset = number;
      break;
    case 10:
      column.bloom_filter_length.reset();
      break;
    case 11:
      column.statistics->min_value = Bytes(in.below(20), static_cast<char>(narrow));
      break;
    case 12:
      column.statistics->is_max_value_exact = true;
      break;
    default:
      column.encoding_stats.clear();
  }
}

void edit_footer(Input& in, FileMetaData& metadata) {
  const std::size_t groups = metadata.row_groups.size();
  RowGroup* group = groups == 0 ? nullptr : &metadata.row_groups[in.below(groups)];
  switch (in.below(8)) {
    case 0:
      metadata.num_rows = in.number();
      return;
    case 1:
      metadata.column_orders.clear();
      return;
    case 2:
      metadata.schema[1 + in.below(3)].logical_type.reset();
      return;
    case 3:
      metadata.created_by = "parquet-mr";
      return;
    case 4:
      if (group != nullptr) {
        group->num_rows = in.number();
      }
      return;
    case 5:
      if (group != nullptr) {
        group->sorting_columns.push_back(
            {static_cast<std::int32_t>(in.number()), in.byte() % 2 == 0, in.byte() % 2 == 0});
      }
      return;
    default:
      if (group != nullptr) {
        edit_chunk(in, group->columns[in.below(group->columns.size())]);
      }
  }
}

// The file with what the rest of the input edits; nothing for no edit.
std::optional<Bytes> edited(Input& in, Bytes file, const FileReader& reader) {
  FileMetaData metadata = reader.metadata();
  file.resize(file.size() - tail_bytes - static_cast<std::size_t>(reader.footer_bytes()));
  if (in.is_at_end()) {
    return std::nullopt;
  }
  while (!in.is_at_end()) {
    if (in.byte() % 4 == 0) {
      // Indexes and filters are the last bytes before the footer.
      const std::size_t back = 1 + in.below(256);
      char& byte = file[file.size() - std::min(back, file.size())];
      byte = static_cast<char>(in.byte());
    } else {
      edit_footer(in, metadata);
    }
  }
  Bytes footer;
  encode(metadata, footer);
  file.append(footer);
  put_le(file, static_cast<std::uint32_t>(footer.size()));
  file.append(file_magic);
  return file;
}

}  // namespace

}  // namespace sluice::parquet

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice::parquet;
  Input in({reinterpret_cast<const char*>(data), size});
  const sluice::Bytes file = honest_file(in);
  const sluice::Result<FileReader> honest = FileReader::open(sluice::ByteView(file));
  SLUICE_CHECK(honest.has_value());
  const std::optional<sluice::Bytes> lying = edited(in, file, *honest);
  if (!lying) {
    const Verification found = verify(*honest);
    SLUICE_CHECK(found.contradictions.empty());
    SLUICE_CHECK(found.unread.empty());
    return 0;
  }
  const sluice::Result<FileReader> reader = FileReader::open(
      sluice::ByteView(*lying), {.footer_bytes_max = memory_max, .chunk_bytes_max = memory_max});
  if (reader) {
    static_cast<void>(verify(*reader));
  }
  return 0;
}
