// Any bytes: the tape, the naive reader and, where it has an answer, simdjson must agree.
#include "base/check.h"
#include "json/naive_reader.h"
#include "json/tape.h"
#include "json/writer.h"

#include <simdjson.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using sluice::json::Documents;
using sluice::json::NaiveReader;
using sluice::json::Tape;
using sluice::json::View;

void agree(std::string_view text, Documents expected) {
  static Tape tape;
  const auto parsed = tape.parse(text, expected);
  const auto naive = NaiveReader::list(text, expected == Documents::one);
  SLUICE_CHECK(parsed.has_value() == naive.has_value());
  if (!parsed) {
    SLUICE_CHECK(parsed.error().offset <= text.size());
    SLUICE_CHECK(!parsed.error().within(text).empty());
    return;
  }
  std::string listing;
  std::string written;
  for (const View document : tape.documents()) {
    NaiveReader::list(document, listing);
    sluice::json::Writer(written).value(document);
    written.push_back('\n');
  }
  SLUICE_CHECK(listing == *naive);
  SLUICE_CHECK(NaiveReader::list(written, false) == naive);
}

// simdjson knows no byte order mark; such texts are left to the naive reader.
bool is_comparable(std::string_view text) {
  return !text.starts_with("\xef\xbb\xbf");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  agree(text, Documents::one);
  agree(text, Documents::many);
  static simdjson::dom::parser parser;
  const auto verdict = parser.parse(simdjson::padded_string(text)).error();
  if (is_comparable(text) && verdict != simdjson::NUMBER_ERROR &&
      verdict != simdjson::DEPTH_ERROR) {
    Tape tape;
    SLUICE_CHECK(tape.parse(text, Documents::one).has_value() == (verdict == simdjson::SUCCESS));
  }
  return 0;
}
