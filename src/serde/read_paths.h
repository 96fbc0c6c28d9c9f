// The ways that records can take into rows, for tests and fuzzers: all must come to the same.
//
// Texts are copied into memory of just their size, so that the sanitizer sees a read too far.
#pragma once

#include "base/bytes.h"
#include "json/wide.h"
#include "serde/naive_shredder.h"
#include "serde/openx.h"
#include "serde/rows_for_test.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace sluice::serde {

struct Outcome {
  std::string rows;
  std::vector<std::string> refusals;  // which record, the code, the column
  std::vector<std::string> messages;  // of the refusals
  std::size_t fast_records = 0;       // that did not need the full path

  friend bool operator==(const Outcome& left, const Outcome& right) {
    return left.rows == right.rows && left.refusals == right.refusals &&
           left.messages == right.messages;
  }
};

// How records lie in memory.
enum class Layout : bool { apart, side_by_side };

class ReadPaths {
 public:
  explicit ReadPaths(const columnar::Schema& schema, OpenXOptions options = {})
      : schema_(schema), options_(std::move(options)) {}

  // By the naive shredder; its messages are left out.
  Outcome naive(const std::vector<std::string>& records) const {
    NaiveShredder shredder(schema_, options_);
    Outcome out;
    for (std::size_t at = 0; at < records.size(); ++at) {
      if (const auto rows = shredder.rows(records[at])) {
        out.rows += *rows;
      } else {
        out.refusals.push_back(refusal(at, shredder.why()));
      }
    }
    return out;
  }

  // Every record by the full path.
  Outcome full(const std::vector<std::string>& records) const {
    Reading reading(*this, json::InstructionSet::portable);
    for (const std::string& record : records) {
      reading.read(record);
    }
    return reading.outcome();
  }

  // Records as the fast path gets them from a stream.
  Outcome fast(const std::vector<std::string>& records,
               Layout layout,
               json::InstructionSet set = json::best_instruction_set()) const {
    std::vector<std::vector<char>> memory(layout == Layout::apart ? records.size() : 1);
    std::vector<ByteView> views;
    for (std::size_t at = 0; at < records.size(); ++at) {
      std::vector<char>& into = memory[layout == Layout::apart ? at : 0];
      into.insert(into.end(), records[at].begin(), records[at].end());
    }
    std::size_t begin = 0;
    for (std::vector<char>& block : memory) {
      block.shrink_to_fit();
    }
    for (std::size_t at = 0; at < records.size(); ++at) {
      const std::size_t bytes = records[at].size();
      views.push_back(layout == Layout::apart ? ByteView(memory[at].data(), bytes)
                                              : ByteView(memory[0].data() + begin, bytes));
      begin += bytes;
    }
    Reading reading(*this, set);
    for (std::span<const ByteView> rest = views; !rest.empty(); rest = rest.subspan(1)) {
      rest = rest.subspan(reading.read_alike(rest));
      if (rest.empty()) {
        break;
      }
      reading.read(rest.front());
    }
    return reading.outcome();
  }

  // The lines of a text, at most `rows_max` of them at once.
  Outcome fast_lines(ByteView text,
                     std::size_t rows_max = 100,
                     json::InstructionSet set = json::best_instruction_set()) const {
    const std::vector<char> memory(text.begin(), text.end());
    ByteView rest(memory.data(), memory.size());
    Reading reading(*this, set);
    while (!rest.empty()) {
      const ShapedRun run = reading.read_alike_lines(rest, rows_max);
      rest.remove_prefix(run.bytes);
      if (run.records == rows_max || rest.empty()) {
        continue;
      }
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      reading.read(rest.substr(0, end));
      rest.remove_prefix(std::min(rest.size(), end + 1));
    }
    return reading.outcome();
  }

 private:
  static std::string refusal(std::size_t record, const Rejection& why) {
    return fmt::format("{} {} {}", record, why.code, why.column);
  }

  // A reader at work.
  class Reading {
   public:
    Reading(const ReadPaths& paths, json::InstructionSet set)
        : schema_(paths.schema_),
          reader_(OpenXReader::create(paths.schema_, paths.options_, set).value()),
          batch_(paths.schema_) {}

    void read(ByteView record) {
      const std::size_t before = batch_.rows();
      const auto rows = reader_.read(record, batch_);
      SLUICE_CHECK(batch_.rows() == before + rows.value_or(0));
      if (!rows) {
        outcome_.refusals.push_back(refusal(records_, rows.error()));
        outcome_.messages.push_back(rows.error().message);
      }
      ++records_;
    }

    std::size_t read_alike(std::span<const ByteView> records) {
      const std::size_t before = batch_.rows();
      return count(reader_.read_alike(records, batch_), before).records;
    }

    ShapedRun read_alike_lines(ByteView text, std::size_t rows_max) {
      const std::size_t before = batch_.rows();
      return count(reader_.read_alike_lines(text, rows_max, batch_), before);
    }

    Outcome outcome() {
      outcome_.rows = RowTexts::of(schema_, batch_);
      return std::move(outcome_);
    }

   private:
    ShapedRun count(ShapedRun run, std::size_t rows_before) {
      SLUICE_CHECK(batch_.rows() == rows_before + run.records);
      records_ += run.records;
      outcome_.fast_records += run.records;
      return run;
    }

    const columnar::Schema& schema_;
    OpenXReader reader_;
    columnar::RowBatch batch_;
    Outcome outcome_;
    std::size_t records_ = 0;
  };

  const columnar::Schema& schema_;
  OpenXOptions options_;
};

// The lines of a text; behind its last line end there is none.
inline std::vector<std::string> lines_of(ByteView text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    out.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(text.size(), end + 1));
  }
  return out;
}

}  // namespace sluice::serde
