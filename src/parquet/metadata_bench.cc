// Footers and page headers, written and read.  Items are column chunks of the footer, or headers.
#include "base/check.h"
#include "parquet/file_reader.h"
#include "parquet/file_writer.h"
#include "parquet/memory_sink.h"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <string>

namespace sluice::parquet {

namespace {

constexpr std::size_t columns = 50;
constexpr std::size_t row_groups = 20;

// As it stands in a file of so many chunks.
FileMetaData sample_metadata() {
  std::string text;
  for (std::size_t column = 0; column < columns; ++column) {
    text += fmt::format(
        "{}column_{} {}", column == 0 ? "" : ", ", column, column % 2 == 0 ? "bigint" : "string");
  }
  const auto schema = columnar::parse_columns(text);
  SLUICE_CHECK(schema.has_value());
  columnar::RowBatch batch(*schema);
  for (std::size_t row = 0; row < row_groups; ++row) {
    for (std::size_t column = 0; column < columns; ++column) {
      if (column % 2 == 0) {
        batch.column(column).append_int64(static_cast<std::int64_t>(row * column));
      } else {
        batch.column(column).append_bytes(fmt::format("text {} of row {}", column, row));
      }
    }
    batch.end_row();
  }
  WriterOptions options;
  options.row_group_rows_max = 1;
  MemorySink sink;
  FileWriter writer(*schema, options, sink);
  SLUICE_CHECK(writer.append(batch).has_value());
  SLUICE_CHECK(writer.finish().has_value());
  const auto reader = FileReader::open(ByteView(sink.bytes()));
  SLUICE_CHECK(reader.has_value());
  return reader->metadata();
}

void report(benchmark::State& state, std::size_t items, std::size_t bytes) {
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(items));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes));
}

void footer_written(benchmark::State& state) {
  const FileMetaData metadata = sample_metadata();
  Bytes out;
  for (auto _ : state) {
    out.clear();
    encode(metadata, out);
    benchmark::DoNotOptimize(out.data());
  }
  report(state, columns * row_groups, out.size());
}

void footer_read(benchmark::State& state) {
  Bytes footer;
  encode(sample_metadata(), footer);
  for (auto _ : state) {
    benchmark::DoNotOptimize(decode_file_metadata(footer).has_value());
  }
  report(state, columns * row_groups, footer.size());
}

PageHeader sample_header() {
  PageHeader header;
  header.uncompressed_page_size = 160'006;
  header.compressed_page_size = 120'004;
  header.crc = 0xfedcba98;
  header.data = DataPageHeader{.num_values = 20'000, .encoding = Encoding::rle_dictionary};
  return header;
}

void page_header_written(benchmark::State& state) {
  const PageHeader header = sample_header();
  Bytes out;
  for (auto _ : state) {
    out.clear();
    encode(header, out);
    benchmark::DoNotOptimize(out.data());
  }
  report(state, 1, out.size());
}

void page_header_read(benchmark::State& state) {
  Bytes bytes;
  encode(sample_header(), bytes);
  for (auto _ : state) {
    benchmark::DoNotOptimize(decode_page_header(bytes).has_value());
  }
  report(state, 1, bytes.size());
}

BENCHMARK(footer_written);
BENCHMARK(footer_read);
BENCHMARK(page_header_written);
BENCHMARK(page_header_read);

}  // namespace

}  // namespace sluice::parquet
