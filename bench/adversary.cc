// Records that make guessing fail.
#include "adversary.h"

#include "base/bytes.h"
#include "base/random.h"
#include "columnar/column.h"
#include "serde/openx.h"

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <utility>

namespace sluice::bench {
namespace {

constexpr const char* columns = "timestamp timestamp, heart_rate int, note string";
constexpr const char* time_text = R"("2025-07-15T17:10:33.123456")";

struct Adversary {
  const char* name;
  std::function<void(SeededRandom&, std::size_t index, Bytes& out)> append;
};

void append_usual(std::size_t index, Bytes& out) {
  fmt::format_to(std::back_inserter(out),
                 R"({{"timestamp": {}, "heart_rate": {}, "note": "fine"}})",
                 time_text,
                 60 + index % 90);
}

void append_new_key(SeededRandom& random, std::size_t index, Bytes& out) {
  fmt::format_to(std::back_inserter(out),
                 R"({{"timestamp": {}, "heart_rate": {}, "k{:x}": "fine"}})",
                 time_text,
                 60 + index % 90,
                 random.next());
}

const Adversary adversaries[] = {
    {"a new key at the end of each record", append_new_key},
    {"a new key at the front of each record",
     [](SeededRandom& random, std::size_t index, Bytes& out) {
       fmt::format_to(std::back_inserter(out),
                      R"({{"k{:x}": "fine", "timestamp": {}, "heart_rate": {}}})",
                      random.next(),
                      time_text,
                      60 + index % 90);
     }},
    {"blanks that change",
     [](SeededRandom& random, std::size_t index, Bytes& out) {
       fmt::format_to(std::back_inserter(out),
                      R"({{"timestamp":{:{}}{}, "heart_rate":{:{}}{}, "note":{:{}}"fine"}})",
                      "",
                      random.below(12),
                      time_text,
                      "",
                      random.below(12),
                      60 + index % 90,
                      "",
                      random.below(12));
     }},
    {"nine shapes in turn",
     [](SeededRandom&, std::size_t index, Bytes& out) {
       fmt::format_to(std::back_inserter(out),
                      R"({{"timestamp": {}, "heart_rate": {}, "k{}": "fine"}})",
                      time_text,
                      60 + index % 90,
                      index % 9);
     }},
    {"an escape in every text",
     [](SeededRandom&, std::size_t index, Bytes& out) {
       fmt::format_to(std::back_inserter(out),
                      R"({{"timestamp": {}, "heart_rate": {}, "note": "fi\tne"}})",
                      time_text,
                      60 + index % 90);
     }},
    {"a hit, then a new key",
     [](SeededRandom& random, std::size_t index, Bytes& out) {
       index % 2 == 0 ? append_usual(index, out) : append_new_key(random, index, out);
     }},
    {"nine hits, then a new key", [](SeededRandom& random, std::size_t index, Bytes& out) {
       index % 10 != 9 ? append_usual(index, out) : append_new_key(random, index, out);
     }}};

Bytes text_of(const Adversary& adversary, std::size_t bytes) {
  SeededRandom random(9);
  Bytes text;
  for (std::size_t index = 0; text.size() < bytes; ++index) {
    adversary.append(random, index, text);
    text += '\n';
  }
  return text;
}

// Of this thread alone: other work on the machine would hide a tenth more or less.
double cpu_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// Processor seconds to turn the lines of a text into rows.
Result<double> convert(const columnar::Schema& schema, ByteView text, bool is_guessing) {
  constexpr std::size_t rows_max = 1024;
  SLUICE_TRY(reader, serde::OpenXReader::create(schema, {}));
  columnar::RowBatch batch(schema);
  const double start = cpu_seconds();
  while (!text.empty()) {
    if (is_guessing) {
      text.remove_prefix(reader.read_alike_lines(text, rows_max, batch).bytes);
    }
    if (!text.empty()) {
      const std::size_t end = text.find('\n');
      if (!reader.read(text.substr(0, end), batch)) {
        return fail(Fault::invalid, "a record that should be taken was refused");
      }
      text.remove_prefix(end + 1);
    }
    if (batch.rows() >= rows_max) {
      batch.clear();
    }
  }
  return cpu_seconds() - start;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

Result<std::vector<AdversaryResult>> time_adversaries(std::size_t bytes, int rounds) {
  SLUICE_TRY(schema, columnar::parse_columns(columns));
  std::vector<AdversaryResult> results;
  for (const Adversary& adversary : adversaries) {
    const Bytes text = text_of(adversary, bytes);
    std::vector<double> guessing;
    std::vector<double> full;
    for (int round = 0; round < rounds; ++round) {
      SLUICE_TRY(with, convert(schema, text, true));
      SLUICE_TRY(without, convert(schema, text, false));
      guessing.push_back(with);
      full.push_back(without);
    }
    results.push_back({adversary.name, median(std::move(guessing)), median(std::move(full))});
  }
  return results;
}

}  // namespace sluice::bench
