// SQL as somebody types it: where a statement ends, and how to point into one.
#pragma once

#include "query/engine.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::cli {

// The position behind the ; that ends the first statement of `text`, which is none within quotes,
// comments and $$ strings; npos when there is none.
std::size_t statement_end(std::string_view text);

// Whether there is nothing but white space, comments and semicolons.
bool is_blank_sql(std::string_view text);

// The line and a caret below the character, each with its newline, cut to `width` columns around
// it.  `width` at least 20.
//
//   SELECT heart_rat FROM hr_data.heart_rate
//          ^
std::string pointed_at(std::string_view sql, query::TextPosition position, std::size_t width);

}  // namespace sluice::cli
