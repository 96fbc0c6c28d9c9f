// Lines of JSON to a Parquet file.
#include "cli/conversion.h"

#include "base/base64.h"
#include "base/check.h"
#include "base/utf8.h"
#include "columnar/column.h"
#include "json/writer.h"
#include "parquet/file_writer.h"

namespace sluice::cli {
namespace {

// A batch goes to the writer at the first of the two; small enough to stay in the cache.
constexpr std::size_t batch_rows_max = 8192;
constexpr std::size_t batch_bytes_max = std::size_t{1} << 20;

// So many rows at once between looks at the size of the batch.
constexpr std::size_t run_rows_max = 1024;

serde::Rejection too_long() {
  return {"DataFormatConversion.ParseError", "The line is too long to be a record", ""};
}

ByteView without_carriage_return(ByteView text) {
  return text.ends_with('\r') ? text.substr(0, text.size() - 1) : text;
}

// A line that is not like the ones before it.
Result<void> convert_line(const Line& line,
                          serde::OpenXReader& reader,
                          columnar::RowBatch& batch,
                          ConversionCounts& counts,
                          const OnReject& on_reject) {
  if (is_blank(line.text)) {
    return {};
  }
  ++counts.lines;
  const auto rows = line.is_too_long ? std::unexpected(too_long()) : reader.read(line.text, batch);
  if (!rows) {
    ++counts.rejected;
    return on_reject(line, rows.error());
  }
  counts.rows += *rows;
  return {};
}

}  // namespace

Result<ConversionCounts> convert_lines(LineReader& lines,
                                       const ConversionSettings& settings,
                                       parquet::ByteSink& out,
                                       const OnReject& on_reject,
                                       const OnProgress& on_progress) {
  serde::OpenXOptions options;
  options.case_insensitive = !settings.is_case_sensitive;
  SLUICE_TRY(reader, serde::OpenXReader::create(settings.schema, options));
  parquet::WriterOptions writing;
  writing.codec = settings.codec;
  parquet::FileWriter writer(settings.schema, writing, out);
  columnar::RowBatch batch(settings.schema);
  ConversionCounts counts;
  for (;;) {
    SLUICE_TRY(text, lines.whole_lines());
    const serde::ShapedRun run = reader.read_alike_lines(text, run_rows_max, batch);
    lines.take_lines(run.bytes, run.records);
    counts.lines += run.records;
    counts.rows += run.records;
    if (run.records < run_rows_max) {
      SLUICE_TRY(line, lines.next());
      if (!line) {
        break;
      }
      SLUICE_TRY_DO(convert_line(*line, reader, batch, counts, on_reject));
    }
    if (batch.rows() >= batch_rows_max || batch.bytes_held() >= batch_bytes_max) {
      on_progress(lines.bytes_taken());
      SLUICE_TRY_DO(writer.append(batch));
      batch.clear();
    }
  }
  SLUICE_TRY_DO(writer.append(batch));
  SLUICE_TRY_DO(writer.finish());
  SLUICE_CHECK(writer.rows() == counts.rows);
  counts.bytes_in = lines.bytes_taken();
  counts.bytes_out = writer.bytes_written();
  return counts;
}

std::string reject_record(const Line& line, const serde::Rejection& why) {
  const ByteView text = without_carriage_return(line.text);
  std::string out;
  json::Writer writer(out);
  writer.begin_object();
  writer.member("line", line.number);
  writer.member("code", why.code);
  writer.member("column", why.column);
  writer.member("reason", why.message);
  if (is_utf8(text)) {
    writer.member("text", text);
  } else {
    writer.member("base64", base64_encode(text));
  }
  writer.end_object();
  out += '\n';
  return out;
}

}  // namespace sluice::cli
