// Records that look alike through the fast path, by the loops of each instruction set, as records
// and as lines: rows and refusals are those of the full path and of the naive shredder.
//
// The first byte says what the rest is: decisions, from which a table and its records are made; or
// records as they stand, 0xff between them, for the table that is inferred from the first.
#include "base/check.h"
#include "base/input_random.h"
#include "serde/alike_records.h"
#include "serde/infer.h"
#include "serde/read_paths.h"

#include <cstdint>
#include <string>
#include <vector>

namespace sluice::serde {
namespace {

// What every way must come to.
Outcome expected(const ReadPaths& paths, const std::vector<std::string>& records) {
  Outcome full = paths.full(records);
  const Outcome naive = paths.naive(records);
  SLUICE_CHECK(full.rows == naive.rows);
  SLUICE_CHECK(full.refusals == naive.refusals);
  return full;
}

void compare(const ReadPaths& paths, const std::vector<std::string>& records, Random& random) {
  std::string text;
  for (const std::string& record : records) {
    text += record + "\n";
  }
  if (!text.empty() && random.below(2) == 0) {
    text.pop_back();
  }
  const Outcome outcome = expected(paths, records);
  const std::vector<std::string> lines = lines_of(text);
  const Outcome of_lines = lines == records ? outcome : expected(paths, lines);
  const std::size_t rows_max = 1 + random.below(50);
  const Layout layout = random.below(2) == 0 ? Layout::apart : Layout::side_by_side;
  for (const json::InstructionSet set : json::instruction_sets()) {
    SLUICE_CHECK(paths.fast(records, layout, set) == outcome);
    SLUICE_CHECK(paths.fast_lines(text, rows_max, set) == of_lines);
  }
}

OpenXOptions options_of(Random& random) {
  switch (random.below(6)) {
    case 0:
      return {.case_insensitive = false};
    case 1:
      return {.dots_to_underscores = true, .column_to_key = {{"b", "Key"}, {"key", "at"}}};
    default:
      return {};
  }
}

void fuzz_made(ByteView decisions) {
  InputRandom random(decisions);
  const OpenXOptions options = options_of(random);
  AlikeRecords alike(random);
  std::vector<std::string> records;
  for (std::uint64_t left = 2 + random.below(40); left > 0; --left) {
    records.push_back(alike.next());
  }
  compare(ReadPaths(alike.schema(), options), records, random);
}

void fuzz_given(ByteView text) {
  std::vector<std::string> given;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\xff'), text.size());
    given.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(text.size(), end + 1));
  }
  if (given.empty()) {
    return;
  }
  const ByteView first = given.front();
  const auto schema = infer_schema(std::span(&first, 1));
  if (!schema) {
    return;
  }
  std::vector<std::string> records = {given.front(), given.front()};
  for (const std::string& record : given) {
    records.insert(records.end(), {record, given.front(), record, record});
  }
  SeededRandom random(given.size());
  compare(ReadPaths(*schema), records, random);
}

}  // namespace
}  // namespace sluice::serde

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const sluice::ByteView rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 4 == 0) {
    sluice::serde::fuzz_given(rest);
  } else {
    sluice::serde::fuzz_made(rest);
  }
  return 0;
}
