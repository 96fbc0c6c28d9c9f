// Files that do not tell the truth, for tests of what finds that out.
#pragma once

#include "parquet/batch_for_test.h"
#include "parquet/format.h"
#include "parquet/metadata.h"

#include <fmt/format.h>

#include <cmath>
#include <string>
#include <vector>

namespace sluice::parquet {

// `file` with another footer, which says where its indexes are by the old places.
inline Bytes with_metadata(ByteView file,
                           const FileMetaData& metadata,
                           std::uint64_t footer_bytes) {
  Bytes out(file.substr(0, file.size() - footer_bytes - tail_bytes));
  Bytes footer;
  encode(metadata, footer);
  out.append(footer);
  put_le(out, static_cast<std::uint32_t>(footer.size()));
  out.append(file_magic);
  return out;
}

// Three columns with nulls, lists and NaN, three pages each, a filter and a claim of order.
inline Bytes sample_file() {
  const columnar::Schema schema = schema_of("a bigint, b string, c array<double>");
  columnar::RowBatch rows(schema);
  for (int i = 0; i < 400; ++i) {
    rows.column(0).append_int64(i);
    if (i % 4 == 0) {
      rows.column(1).append_null();
    } else {
      rows.column(1).append_bytes(fmt::format("text {}", i % 11));
    }
    rows.column(2).append_double(i % 3 == 0 ? std::nan("") : i);
    rows.column(2).append_null(2, 1);
    rows.end_row();
  }
  WriterOptions options;
  options.codec = Codec::uncompressed;
  options.page_rows_max = 150;
  options.note_order = true;
  options.bloom_filter_columns = {{"b"}};
  return file_of(schema, options, {&rows});
}

inline std::string all_of(const std::vector<std::string>& lines) {
  return fmt::to_string(fmt::join(lines, "\n"));
}

}  // namespace sluice::parquet
