// Lines of JSON to rows: the server's converter without the server, on several threads.
//
// Texts are read one after the other and cut into blocks of whole lines; blocks are parsed side by
// side and their rows handed on in the order of the lines (base/ordered_work.h), so that any number
// of threads gives the same rows and the same rejects in the same order.  Every line is one record.
// A line that cannot be converted is counted, reported and left out; blank lines are skipped.
//
// Memory: some blocks of text with their rows, a few MiB each; of a record that is larger than a
// block, its text and the values it is parsed into.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "cli/text_blocks.h"
#include "columnar/column.h"
#include "columnar/type.h"
#include "serde/options.h"
#include "serde/record_reader.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace sluice::cli {

struct ConversionSettings {
  columnar::Schema schema;
  serde::SerdeOptions serde = serde::OpenXOptions();
  std::size_t threads = 1;  // more than conversion_threads_max bring nothing
  TextBlocks::Limits blocks = {};
};

// So many blocks are at hand at most, and with them memory.
inline constexpr std::size_t conversion_threads_max = 8;

struct ConversionCounts {
  std::uint64_t lines = 0;     // without blank ones
  std::uint64_t rows = 0;      // a line may hold several objects
  std::uint64_t rejected = 0;  // lines
  std::uint64_t bytes_in = 0;  // of text
};

// The texts.  Called by one thread at a time, not always the same.
class ConversionInput {
 public:
  ConversionInput() = default;
  ConversionInput(const ConversionInput&) = delete;
  ConversionInput& operator=(const ConversionInput&) = delete;
  virtual ~ConversionInput() = default;

  // Goes to the next text; false: there is none.
  virtual Result<bool> open_next() = 0;

  // Of the open text: up to `count` bytes to `to`; 0 at its end.
  virtual Result<std::size_t> read(char* to, std::size_t count) = 0;

  // Bytes read so far of everything there is to read: for the progress, compressed or not.
  virtual std::uint64_t bytes_read() const = 0;
};

// A line that is left out.
struct RejectedLine {
  std::size_t text = 0;      // of which text, from 0
  std::uint64_t number = 0;  // in it, from 1
  ByteView line;             // without its end; the beginning of one that is too long
};

// What becomes of it.  But for append_part() called by one thread at a time, not always the same;
// an error that is returned ends the conversion.
class ConversionOutput {
 public:
  ConversionOutput() = default;
  ConversionOutput(const ConversionOutput&) = delete;
  ConversionOutput& operator=(const ConversionOutput&) = delete;
  virtual ~ConversionOutput() = default;

  // Before anything of the next text comes.
  virtual Result<void> begin_text() = 0;

  // Rows to be taken, which stay until next_parts() says 0: how many parts of them are to be
  // appended before it is called again.  Calls of append_part() may run side by side.
  virtual Result<void> begin_rows(const columnar::RowBatch& rows) = 0;
  virtual Result<std::size_t> next_parts() = 0;
  virtual Result<void> append_part(std::size_t part) = 0;

  virtual Result<void> reject(const RejectedLine& line, const serde::Rejection& why) = 0;
  virtual Result<void> end_text() = 0;

  // Now and then: where ConversionInput::bytes_read() stood.
  virtual void progress(std::uint64_t bytes_read) = 0;
};

// Converts all texts.  Fault::unsupported when the schema has a type that cannot be converted;
// otherwise only input and output can fail.
Result<ConversionCounts> convert_texts(const ConversionSettings& settings,
                                       ConversionInput& input,
                                       ConversionOutput& output);

// One line of a rejects file, with its newline:
//   {"input":"a.json","line":3,"code":"DataFormatConversion.ParseError","column":"","reason":"…",
//    "text":"…"}
// A line that is not UTF-8 stands in "base64" instead of "text".
std::string reject_record(std::string_view input,
                          const RejectedLine& line,
                          const serde::Rejection& why);

}  // namespace sluice::cli
