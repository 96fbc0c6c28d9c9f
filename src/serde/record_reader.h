// Records to rows: what both SerDes offer.
//
// One record may hold several JSON objects, with or without white space between them; each becomes
// a row.  A record is taken whole or not at all: if any part of it is refused, the batch is rolled
// back to where the record began.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "columnar/column.h"
#include "columnar/type.h"
#include "serde/options.h"
#include "serde/shaped_run.h"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string>

namespace sluice::serde {

// Why a record was refused, in Firehose's words.
struct Rejection {
  std::string code;     // "DataFormatConversion.ParseError" or "DataFormatConversion.MalformedData"
  std::string message;  // as Firehose's error output carries it
  std::string column;   // the column that refused; empty when the text itself is broken
};

// Not thread-safe; holds scratch memory that is reused from record to record.  The batches it is
// given are of the schema it was made for.
class RecordReader {
 public:
  virtual ~RecordReader() = default;

  // Appends the rows of `record` to `out` and returns their number, at least one; or refuses the
  // record and leaves `out` as it was.
  virtual std::expected<std::uint32_t, Rejection> read(ByteView record,
                                                       columnar::RowBatch& out) = 0;

  // Appends the rows of records that look like those before them, as many from the front as there
  // are, a row each; the next one is for read().  The same rows as read() gives, faster.
  virtual ShapedRun read_alike(std::span<const ByteView> records, columnar::RowBatch& out) = 0;

  // The same for the lines of a text, at most `rows_max` of them.  Lines that are whole only: those
  // with a line end.
  virtual ShapedRun read_alike_lines(ByteView text,
                                     std::size_t rows_max,
                                     columnar::RowBatch& out) = 0;

 protected:
  RecordReader() = default;
  RecordReader(const RecordReader&) = default;
  RecordReader& operator=(const RecordReader&) = default;
  RecordReader(RecordReader&&) noexcept = default;
  RecordReader& operator=(RecordReader&&) noexcept = default;
};

// The SerDe that the options are for.  Fault::unsupported names the column or the option that it
// cannot do.
Result<std::unique_ptr<RecordReader>> make_reader(const columnar::Schema& schema,
                                                  const SerdeOptions& options);

}  // namespace sluice::serde
