// The fast path of the converter.
#include "serde/shaped_rows.h"

#include "base/check.h"

#include <algorithm>

namespace sluice::serde {
namespace {

// A hit saves most of a full parse; a miss costs a look at each program and, with what is learned
// from the record, several parses.  So many hits pay for a miss:
constexpr std::int32_t credit_per_miss = 8;

// Savings beyond this are forgotten, and debts beyond that make guessing pause.
constexpr std::int32_t credit_max = 64;
constexpr std::int32_t credit_min = -64;

// After a pause one miss more starts the next, twice as long.
constexpr std::uint32_t pause_max = 1024;

// Rows for which room is made at once.
constexpr std::size_t chunk_rows_max = 1024;

}  // namespace

ShapedRows::ShapedRows(const columnar::Schema& schema, json::InstructionSet set)
    : runner_(row_runner(set)) {
  for (const columnar::Field& column : schema.columns) {
    known_.sinks.emplace_back(column.type);
    is_guessing_ = is_guessing_ && is_sunk(column.type.kind);
  }
}

ShapedRun ShapedRows::read(std::span<const ByteView> records, columnar::RowBatch& out) {
  ShapedRun whole;
  while (!records.empty()) {
    const std::span<const ByteView> chunk = records.first(std::min(records.size(), chunk_rows_max));
    const ShapedRun run =
        read_run(chunk.size(), out, [&] { return runner_.run_records(known_, chunk); });
    whole.records += run.records;
    whole.bytes += run.bytes;
    if (run.records < chunk.size()) {
      break;
    }
    records = records.subspan(chunk.size());
  }
  return whole;
}

ShapedRun ShapedRows::read_lines(ByteView text, std::size_t rows_max, columnar::RowBatch& out) {
  ShapedRun whole;
  while (whole.records < rows_max && !text.empty()) {
    const std::size_t chunk = std::min(rows_max - whole.records, chunk_rows_max);
    const ShapedRun run =
        read_run(chunk, out, [&] { return runner_.run_lines(known_, text, chunk); });
    whole.records += run.records;
    whole.bytes += run.bytes;
    if (run.records < chunk) {
      break;
    }
    text.remove_prefix(run.bytes);
  }
  return whole;
}

template <class Run>
ShapedRun ShapedRows::read_run(std::size_t rows_max, columnar::RowBatch& out, Run run) {
  if (pauses()) [[unlikely]] {
    return {};
  }
  if (known_.programs.empty()) {
    settle(0, true);
    return {};
  }
  for (std::size_t column = 0; column < known_.sinks.size(); ++column) {
    known_.sinks[column].open(out.column(column), rows_max);
  }
  const RunLength length = run();
  for (RowSink& sink : known_.sinks) {
    sink.close(length.rows);
  }
  out.end_rows(length.rows);
  settle(length.rows, length.has_missed);
  return {length.rows, length.bytes};
}

bool ShapedRows::pauses() {
  if (!is_guessing_) {
    return true;
  }
  if (pause_ == 0) {
    return false;
  }
  --pause_;
  return true;
}

void ShapedRows::settle(std::size_t rows, bool has_missed) {
  const auto hits = static_cast<std::int32_t>(std::min<std::size_t>(rows, 2 * credit_max));
  credit_ = std::min(credit_ + hits, credit_max);
  if (credit_ == credit_max) {
    next_pause_ = 1;
  }
  wants_to_learn_ = has_missed;
  if (!has_missed) {
    return;
  }
  credit_ -= credit_per_miss;
  if (credit_ <= credit_min) {
    credit_ = credit_min + credit_per_miss - 1;
    pause_ = next_pause_;
    next_pause_ = std::min(2 * next_pause_, pause_max);
  }
}

void ShapedRows::learn(ByteView record, json::View document, const KeyTable& keys) {
  wants_to_learn_ = false;
  if (!shape_.learn(record, document)) {
    return;
  }
  sources_.clear();
  for (std::size_t column = 0; column < known_.sinks.size(); ++column) {
    const json::View value = keys.value(column);
    const auto index = value.exists() ? shape_.index_of(value) : std::nullopt;
    if (value.exists() && !index) {
      return;
    }
    sources_.push_back(index ? static_cast<std::uint32_t>(*index) : RowProgram::no_value);
  }
  const std::size_t place = place_for(shape_);
  known_.programs[place].compile(shape_, sources_, known_.sinks);
  known_.last = place;
}

// The program that one for `shape` replaces: its own, whose values were other than expected, before
// a free place, before the oldest.
std::size_t ShapedRows::place_for(const json::Shape& shape) {
  std::size_t place = 0;
  while (place < known_.programs.size() && known_.programs[place].literals() != shape.literals()) {
    ++place;
  }
  if (place < known_.programs.size()) {
    return place;
  }
  if (place < shapes_max) {
    known_.programs.emplace_back();
    return place;
  }
  place = next_victim_;
  next_victim_ = (next_victim_ + 1) % shapes_max;
  return place;
}

}  // namespace sluice::serde
