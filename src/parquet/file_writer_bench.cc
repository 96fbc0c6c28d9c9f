// Rows into files: the two columns of a heart-rate stream, and text with few and many distinct
// values.
#include "base/check.h"
#include "base/random.h"
#include "parquet/file_writer.h"

#include <benchmark/benchmark.h>

#include <string>

namespace sluice::parquet {

namespace {

using columnar::RowBatch;
using columnar::Schema;

// A file an iteration: the same few rows again and again would suit the dictionary too well.
constexpr std::size_t file_rows = 262'144;

class NullSink final : public ByteSink {
 public:
  Result<void> append(ByteView bytes) override {
    written_ += bytes.size();
    return {};
  }

  std::size_t written() const { return written_; }

 private:
  std::size_t written_ = 0;
};

Schema schema_of(std::string_view columns) {
  Result<Schema> schema = columnar::parse_columns(columns);
  SLUICE_CHECK(schema.has_value());
  return *std::move(schema);
}

// Two beats a second with jitter, a smooth random walk; `null_percent` of the rates are missing.
RowBatch heart_rates(const Schema& schema, std::uint64_t null_percent) {
  SeededRandom random(1);
  RowBatch batch(schema);
  std::int64_t time = 1'752'599'433'123'456;
  std::int32_t rate = 89;
  for (std::size_t i = 0; i < file_rows; ++i) {
    time += 480'000 + static_cast<std::int64_t>(random.below(40'000));
    rate += static_cast<std::int32_t>(random.below(3)) - 1;
    batch.column(0).append_int64(time);
    if (random.below(100) < null_percent) {
      batch.column(1).append_null();
    } else {
      batch.column(1).append_int32(rate);
    }
    batch.end_row();
  }
  return batch;
}

RowBatch texts(const Schema& schema, std::uint64_t distinct) {
  SeededRandom random(1);
  RowBatch batch(schema);
  for (std::size_t i = 0; i < file_rows; ++i) {
    batch.column(0).append_bytes("2025-07-15T17:10:33." + std::to_string(random.below(distinct)));
    batch.end_row();
  }
  return batch;
}

void write(benchmark::State& state,
           const Schema& schema,
           const RowBatch& batch,
           const WriterOptions& options) {
  std::size_t written = 0;
  for (auto _ : state) {
    NullSink sink;
    FileWriter writer(schema, options, sink);
    SLUICE_CHECK(writer.append(batch).has_value());
    SLUICE_CHECK(writer.finish().has_value());
    written = sink.written();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(batch.rows()));
  state.counters["bytes_a_row"] = static_cast<double>(written) / static_cast<double>(batch.rows());
}

void narrow(benchmark::State& state) {
  const Schema schema = schema_of("timestamp timestamp, heart_rate int");
  WriterOptions options;
  options.codec = static_cast<Codec>(state.range(0));
  write(state, schema, heart_rates(schema, static_cast<std::uint64_t>(state.range(1))), options);
  state.SetLabel(std::string(to_string(options.codec)));
}

void text(benchmark::State& state) {
  const Schema schema = schema_of("note string");
  WriterOptions options;
  options.codec = Codec::uncompressed;
  write(state, schema, texts(schema, static_cast<std::uint64_t>(state.range(0))), options);
}

BENCHMARK(narrow)->ArgsProduct({{0, 1, 3, 4}, {0, 10}})->ArgNames({"codec", "nulls"});
BENCHMARK(text)->Arg(100)->Arg(1'000'000)->ArgName("distinct");

}  // namespace

}  // namespace sluice::parquet
