// Pages assembled from encoded values: levels, statistics, header, checksum, and the chunk written.
#include "base/check.h"
#include "base/random.h"
#include "parquet/page_builder.h"

#include <benchmark/benchmark.h>

#include <vector>

namespace sluice::parquet {

namespace {

constexpr std::size_t page_rows = 20'000;
constexpr std::size_t chunk_pages = 10;

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

// Items are rows of eight bytes, of which `null_percent` are null.
void pages_assembled(benchmark::State& state) {
  const auto null_percent = static_cast<std::uint64_t>(state.range(0));
  const PageFormat format{.version = state.range(1) == 2 ? PageVersion::v2 : PageVersion::v1};
  const auto schema = columnar::parse_columns("n bigint");
  SLUICE_CHECK(schema.has_value());
  SeededRandom random(1);
  std::vector<std::uint8_t> levels;
  Bytes body;
  for (std::size_t row = 0; row < page_rows; ++row) {
    levels.push_back(random.below(100) < null_percent ? 0 : 1);
    if (levels.back() == 1) {
      put_le(body, random.next());
    }
  }
  DataPage page;
  page.rows = page_rows;
  page.entries = page_rows;
  page.values = body.size() / 8;
  if (null_percent > 0) {
    page.definition = levels;
  }
  page.body = body;
  page.bounds = {.has_values = true, .min = Bytes(8, '\0'), .max = Bytes(8, '\x7f')};
  Compressor compressor(Codec::uncompressed);
  PageBuilder builder(columnar::leaves_of(*schema)[0], format, compressor);
  NullSink sink;
  for (auto _ : state) {
    for (std::size_t added = 0; added < chunk_pages; ++added) {
      SLUICE_CHECK(builder.add(page).has_value());
    }
    SLUICE_CHECK(builder.flush(std::nullopt, 4, sink).has_value());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(chunk_pages * page_rows));
  state.SetBytesProcessed(static_cast<std::int64_t>(sink.written()));
}

BENCHMARK(pages_assembled)->ArgsProduct({{0, 10}, {1, 2}})->ArgNames({"nulls", "version"});

}  // namespace

}  // namespace sluice::parquet
