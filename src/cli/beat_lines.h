// Beats out of lines of JSON.
#pragma once

#include "base/result.h"
#include "cli/line_reader.h"
#include "cli/recorded_beats.h"

namespace sluice::cli {

// Reads to the end; blank lines are passed over, a line that is no beat is refused alone.
// Fault::invalid when none of the first foreign_lines_max lines, or of all, is one: the text is
// something else.
Result<RecordedBeats> read_beat_lines(LineReader& lines);

inline constexpr std::uint64_t foreign_lines_max = 100;

}  // namespace sluice::cli
