// Beats out of lines of JSON.
#include "cli/beat_lines.h"

#include <fmt/format.h>

namespace sluice::cli {

Result<RecordedBeats> read_beat_lines(LineReader& lines) {
  RecordedBeats out;
  for (;;) {
    SLUICE_TRY(line, lines.next());
    if (!line) {
      break;
    }
    if (is_blank(line->text)) {
      continue;
    }
    auto beat = line->is_too_long
                    ? Result<heartrate::Beat>(fail(Fault::too_large, "the line is too long"))
                    : heartrate::parse_beat(line->text);
    if (beat) {
      if (out.beats.size() == beats_max) {
        return too_many_beats();
      }
      out.beats.push_back(std::move(*beat));
      continue;
    }
    out.refuse(fmt::format("line {}: {}", line->number, beat.error().message()));
    if (out.beats.empty() && out.refused == foreign_lines_max) {
      break;
    }
  }
  if (out.beats.empty()) {
    return fail(Fault::invalid,
                out.refused == 0
                    ? "it is empty"
                    : fmt::format("it holds no heart-rate records ({})", out.refused_first_why));
  }
  return out;
}

}  // namespace sluice::cli
