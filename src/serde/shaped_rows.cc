// The fast path of the converter.
#include "serde/shaped_rows.h"

#include "base/check.h"

#include <algorithm>

namespace sluice::serde {
namespace {

// A hit saves most of a full parse; a miss costs a look at each program and, with what is learned
// from the record, several parses.  So many hits pay for a miss:
constexpr std::int32_t credit_per_miss = 12;

// Savings beyond this are forgotten, and debts beyond that make guessing pause.
constexpr std::int32_t credit_max = 64;
constexpr std::int32_t credit_min = -64;

// After a pause one miss more starts the next, twice as long.
constexpr std::uint32_t pause_max = 1024;

// Rows for which room is made at once: making room costs time, so it is made for twice as many as
// the last run had.
constexpr std::size_t chunk_rows_min = 16;
constexpr std::size_t chunk_rows_max = 1024;

}  // namespace

ShapedRows::ShapedRows(Shredder& shredder, bool lower_keys, json::InstructionSet set)
    : shredder_(shredder), runner_(row_runner(set)) {
  for (std::size_t index = 0; index < shredder.parts().size(); ++index) {
    const Shredder::Part& part = shredder.parts()[index];
    const bool is_tree = !is_sunk(part.type.kind);
    places_.push_back(
        {.is_tree = is_tree,
         .sink = static_cast<std::uint32_t>(is_tree ? known_.trees.size() : known_.fields.size())});
    if (is_tree) {
      known_.trees.emplace_back(shredder, index);
    } else {
      known_.fields.emplace_back(part.type, lower_keys);
    }
  }
}

ShapedRun ShapedRows::read(std::span<const ByteView> records, columnar::RowBatch& out) {
  ShapedRun whole;
  while (!records.empty()) {
    const std::span<const ByteView> chunk = records.first(std::min(records.size(), chunk_rows_));
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
    const std::size_t chunk = std::min(rows_max - whole.records, chunk_rows_);
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
  for (std::size_t index = 0; index < places_.size(); ++index) {
    if (!places_[index].is_tree) {
      known_.fields[places_[index].sink].open(out.column(shredder_.parts()[index].first_leaf),
                                              rows_max);
    }
  }
  for (TreeSink& sink : known_.trees) {
    sink.open(out);
  }
  const RunLength length = run();
  for (RowSink& sink : known_.fields) {
    sink.close(length.rows);
  }
  out.end_rows(length.rows);
  chunk_rows_ = std::clamp(2 * length.rows, chunk_rows_min, chunk_rows_max);
  settle(length.rows, length.has_missed);
  return {length.rows, length.bytes};
}

bool ShapedRows::pauses() {
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

void ShapedRows::learn(ByteView record) {
  wants_to_learn_ = false;
  if (!shredder_.find_parts(found_, structures_, nulls_)) {
    return;
  }
  whole_.clear();
  for (const Shredder::Found& found : found_) {
    if (found.value.is(json::Kind::object)) {
      whole_.push_back(found.value);
    }
  }
  // What one column takes whole and another by its members would hide members to come.
  for (const json::View structure : structures_) {
    for (const json::View whole : whole_) {
      if (&structure.node() == &whole.node()) {
        return;
      }
    }
  }
  RowSources sources;
  if (!shape_.learn(record, *shredder_.documents().begin(), whole_) || !find_sources(sources)) {
    return;
  }
  const std::size_t place = place_for(shape_);
  if (known_.programs[place].compile(shape_, sources, known_.fields, known_.trees)) {
    known_.last = place;
  } else {
    known_.programs.erase(known_.programs.begin() + static_cast<std::ptrdiff_t>(place));
    known_.last = 0;
  }
}

bool ShapedRows::find_sources(RowSources& sources) const {
  for (std::size_t index = 0; index < found_.size(); ++index) {
    const Shredder::Found& found = found_[index];
    RowSources::Source source{.definition = found.definition};
    if (found.value.exists()) {
      const auto value = shape_.index_of(found.value);
      if (!value) {
        return false;
      }
      source.value = static_cast<std::uint32_t>(*value);
    }
    (places_[index].is_tree ? sources.trees : sources.fields).push_back(source);
  }
  for (const json::View null : nulls_) {
    const auto value = shape_.index_of(null);
    if (!value) {
      return false;
    }
    sources.nulls.push_back(static_cast<std::uint32_t>(*value));
  }
  return true;
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
