// JSON records to rows by the rules of the OpenX JSON SerDe, as Amazon Data Firehose runs it:
// strict JSON (RFC 8259) below, OpenX's coercions above.
//
// One record may hold several JSON objects, with or without white space between them; each becomes
// a row.  A record is taken whole or not at all: if any part of it is refused, the batch is rolled
// back to where the record began.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "columnar/column.h"
#include "columnar/type.h"
#include "serde/shaped_rows.h"

#include <cstdint>
#include <expected>
#include <map>
#include <memory>
#include <span>
#include <string>

namespace sluice::serde {

struct OpenXOptions {
  bool case_insensitive = true;      // CaseInsensitive: keys are lower-cased at every depth
  bool dots_to_underscores = false;  // ConvertDotsInJsonKeysToUnderscores
  std::map<std::string, std::string> column_to_key = {};  // ColumnToJsonKeyMappings
};

// Why a record was refused, in Firehose's words.
struct Rejection {
  std::string code;     // "DataFormatConversion.ParseError" or "DataFormatConversion.MalformedData"
  std::string message;  // as Firehose's error output carries it
  std::string column;   // the column that refused; empty when the text itself is broken
};

// Not thread-safe; holds scratch memory that is reused from record to record.
class OpenXReader {
 public:
  // Fault::unsupported names the column when the schema has a type that cannot be converted yet.
  // Mappings are looked up by column; one whose column does not exist has no effect.
  static Result<OpenXReader> create(const columnar::Schema& schema, OpenXOptions options);

  OpenXReader(OpenXReader&&) noexcept;
  OpenXReader& operator=(OpenXReader&&) noexcept;
  ~OpenXReader();

  // Appends the rows of `record` to `out` (a batch of the same schema) and returns their number, at
  // least one; or refuses the record and leaves `out` as it was.
  std::expected<std::uint32_t, Rejection> read(ByteView record, columnar::RowBatch& out);

  // Appends the rows of records that look like those before them, as many from the front as there
  // are, a row each; the next one is for read().  The same rows as read() gives, several times
  // faster.
  ShapedRun read_alike(std::span<const ByteView> records, columnar::RowBatch& out);

  // The same for the lines of a text, at most `rows_max` of them.  Lines that are whole only: those
  // with a line end.
  ShapedRun read_alike_lines(ByteView text, std::size_t rows_max, columnar::RowBatch& out);

 private:
  struct State;
  explicit OpenXReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace sluice::serde
