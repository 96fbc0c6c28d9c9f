// What reading a Parquet file whole has shown, as text and as JSON.
#pragma once

#include "cli/terminal.h"
#include "json/writer.h"
#include "parquet/verify.h"

#include <string>

namespace sluice::cli {

// What was compared, then a line for each contradiction and for each chunk that could not be read;
// of many the first ones.  All text from the file is made printable.
std::string to_text(const parquet::Verification& verification, const Paint& paint);

// One object.
void to_json(const parquet::Verification& verification, json::Writer& out);

}  // namespace sluice::cli
