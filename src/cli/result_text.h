// Results of queries as text, written while they come.
//
//   table  aligned; numbers to the right, NULL visible, cut to the terminal
//   csv    RFC 4180 with a header; NULL is nothing, an empty text is ""
//   json   an object a line; numbers and booleans as such, NULL as null
#pragma once

#include "cli/terminal.h"
#include "query/engine.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::cli {

enum class ResultFormat : std::uint8_t { table, csv, json, parquet };

// std::nullopt for a word that names none.
std::optional<ResultFormat> parse_result_format(std::string_view word);

struct ResultLayout {
  std::size_t width = 0;  // columns of the terminal; 0: nothing is cut
  Paint paint = Paint(false);
};

// Where text goes.
struct TextOutput {
  std::function<Result<void>(std::string_view)> write;  // a failure ends the query
  std::function<bool()> rewind;  // forgets what was written; false: it cannot be taken back
};

// A query's sink that remembers where the statement was wrong.
class TextSink : public query::ResultSink {
 public:
  void wrong_at(query::TextPosition position) final { wrong_ = position; }

  // Everything has come: writes what was held back.
  virtual Result<void> finish() { return {}; }

  std::optional<query::TextPosition> wrong() const { return wrong_; }

 private:
  std::optional<query::TextPosition> wrong_;
};

// ResultFormat::parquet writes no text: its sink takes the columns and no row.
std::unique_ptr<TextSink> make_text_sink(ResultFormat format,
                                         const ResultLayout& layout,
                                         TextOutput output);

}  // namespace sluice::cli
