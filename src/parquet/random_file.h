// Random files, for fuzzers: schemas, options and rows from decisions, and whether what was read is
// what was written.
#pragma once

#include "base/check.h"
#include "base/random.h"
#include "columnar/column.h"
#include "parquet/file_reader.h"
#include "parquet/file_writer.h"
#include "parquet/profile.h"
#include "parquet/random_rows.h"
#include "parquet/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::parquet {

inline columnar::Schema random_schema(Random& random) {
  constexpr std::string_view types[] = {"boolean",
                                        "tinyint",
                                        "smallint",
                                        "int",
                                        "bigint",
                                        "float",
                                        "double",
                                        "string",
                                        "string",
                                        "binary",
                                        "date",
                                        "timestamp",
                                        "decimal(9,2)",
                                        "decimal(18,4)",
                                        "decimal(30,3)",
                                        "array<int>",
                                        "array<string>",
                                        "array<array<double>>",
                                        "map<string,bigint>",
                                        "struct<x:int,y:struct<z:string,w:boolean>>",
                                        "array<struct<a:string,b:array<float>>>"};
  std::string columns;
  for (std::uint64_t left = 1 + random.below(4); left > 0; --left) {
    columns += fmt::format(
        "{}c{} {}", columns.empty() ? "" : ", ", left, types[random.below(std::size(types))]);
  }
  return columnar::parse_columns(columns).value();
}

inline WriterOptions random_options(Random& random) {
  constexpr Codec codecs[] = {
      Codec::uncompressed, Codec::snappy, Codec::gzip, Codec::zstd, Codec::lz4_raw};
  WriterOptions options = options_of(all_profiles[random.below(std::size(all_profiles))]);
  options.codec = codecs[random.below(std::size(codecs))];
  options.pages.version = random.below(2) == 0 ? PageVersion::v1 : PageVersion::v2;
  options.pages.compresses_everything = random.below(2) == 0;
  options.encodings.set = random.below(3) == 0 ? EncodingSet::basic : EncodingSet::all;
  options.encodings.weighs_compressed = random.below(2) == 0;
  options.dictionary = random.below(2) == 0;
  options.page_rows_max = 1 + random.below(200);
  options.row_group_rows_max = 1 + random.below(300);
  options.zstd_level = zstd_level_fast;
  return options;
}

inline columnar::RowBatch random_rows(const columnar::Schema& schema, Random& random) {
  columnar::RowBatch batch(schema);
  const RowStyle style{.null_percent = 25 * random.below(4),
                       .distinct = std::uint64_t{2} << random.below(30),
                       .list_length_max = random.below(6)};
  // Values by a generator of their own: decisions are for what is done with them.
  SeededRandom values(random.next());
  RowMaker maker(schema, values, style);
  for (std::uint64_t left = random.below(400); left > 0; --left) {
    maker.append(batch);
  }
  return batch;
}

// Levels of a column that may leave out those of entries that are all values.
inline std::vector<std::uint8_t> definitions(const columnar::Column& column) {
  return column.definition_levels().empty()
             ? std::vector<std::uint8_t>(column.entries(), column.definition_max())
             : column.definition_levels();
}

// The file has as many bytes of each as the precision needs: the last ones.
inline bool has_same_decimals(const columnar::Column& stored, const columnar::Column& whole) {
  for (std::size_t i = 0; i < whole.values(); ++i) {
    if (stored.bytes(i).empty() || !whole.bytes(i).ends_with(stored.bytes(i))) {
      return false;
    }
  }
  return true;
}

inline bool has_same_values(const columnar::Column& left, const columnar::Column& right) {
  const auto same = [&]<class T>(T) {
    return left.values() == 0 ||
           std::memcmp(left.fixed<T>(), right.fixed<T>(), left.values() * sizeof(T)) == 0;
  };
  switch (left.storage()) {
    case columnar::Storage::boolean:
      return same(std::uint8_t{});
    case columnar::Storage::int32:
    case columnar::Storage::float32:
      return same(std::uint32_t{});
    case columnar::Storage::int64:
    case columnar::Storage::float64:
      return same(std::uint64_t{});
    case columnar::Storage::bytes:
      return left.offsets() == right.offsets() && left.heap() == right.heap();
    case columnar::Storage::fixed_bytes:
      return has_same_decimals(left, right);
  }
  return false;
}

inline void expect_rows(const FileReader& reader, const columnar::RowBatch& batch) {
  for (std::size_t leaf = 0; leaf < batch.leaves().size(); ++leaf) {
    const columnar::Column& expected = batch.column(leaf);
    columnar::Leaf stored = batch.leaves()[leaf];
    columnar::Column whole(stored);
    for (std::size_t group = 0; group < reader.metadata().row_groups.size(); ++group) {
      const Result<columnar::Column> column = reader.read_column(group, leaf);
      SLUICE_CHECK(column.has_value());
      if (column->storage() != stored.storage) {
        // Timestamps of twelve bytes, and decimals in another form.
        stored.storage = column->storage();
        whole = columnar::Column(stored);
      }
      whole.append_span(*column, {0, column->entries(), 0, column->values()});
    }
    SLUICE_CHECK(whole.entries() == expected.entries());
    SLUICE_CHECK(whole.values() == expected.values());
    SLUICE_CHECK(definitions(whole) == definitions(expected));
    SLUICE_CHECK(whole.repetition_levels() == expected.repetition_levels());
    if (whole.storage() == expected.storage() && stored.type.kind != columnar::Kind::timestamp) {
      SLUICE_CHECK(has_same_values(whole, expected));
    }
  }
}

inline void edit_bytes(Random& random, Bytes& bytes) {
  // What a decoder looks at first, and most, stands in front.
  const std::size_t reach =
      random.below(2) == 0 ? std::min<std::size_t>(bytes.size(), 24) : bytes.size();
  const std::size_t at = random.below(reach + 1);
  switch (random.below(5)) {
    case 0:
      bytes.resize(at);
      break;
    case 1:
      bytes.insert(at, 1 + random.below(9), static_cast<char>(random.next() >> 56));
      break;
    case 2:
      bytes.erase(at, 1 + random.below(9));
      break;
    default:
      if (at < bytes.size()) {
        bytes[at] = static_cast<char>(random.next() >> 56);
      }
  }
}

inline void read_all(const FileReader& reader) {
  for (std::size_t group = 0; group < reader.metadata().row_groups.size(); ++group) {
    for (std::size_t leaf = 0; leaf < reader.schema().leaves.size(); ++leaf) {
      static_cast<void>(reader.read_column(group, leaf));
    }
  }
  static_cast<void>(verify(reader));
}

inline void expect_silence(const Verification& found) {
  for (const auto& findings : {found.contradictions, found.unread}) {
    for (const std::string& finding : findings) {
      fmt::print(stderr, "{}\n", finding);
    }
    SLUICE_CHECK(findings.empty());
  }
}

}  // namespace sluice::parquet
