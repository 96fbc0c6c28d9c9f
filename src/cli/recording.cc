// A heart-rate session to send.
#include "cli/recording.h"

#include "cli/input_file.h"
#include "cli/line_reader.h"
#include "cli/quantity.h"
#include "heartrate/simulated_group.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

namespace sluice::cli {
namespace {

// Sunday, 13 July 2025, 21:25:19 in Kolkata.
constexpr std::chrono::sys_seconds session_start{std::chrono::seconds(1'752'422'119)};
constexpr std::chrono::seconds session_length{899};  // a record a second, and the first: 900
constexpr std::uint64_t session_seed = 1;

void add(Recording& recording, Bytes record) {
  recording.bytes += record.size();
  recording.records.push_back(std::move(record));
}

}  // namespace

Result<Recording> load_recording(const std::string& path) {
  SLUICE_TRY(input, InputFile::open(path));
  LineReader lines([&input](char* to, std::size_t count) { return input.read(to, count); }, {});
  Recording recording;
  for (;;) {
    SLUICE_TRY(line, lines.next());
    if (!line) {
      break;
    }
    if (!is_blank(line->text)) {
      add(recording, Bytes(line->text) + "\n");
    }
  }
  if (recording.records.empty()) {
    return fail(Fault::invalid,
                fmt::format("cannot replay {}: it has no records; give a file with a JSON record "
                            "on each line",
                            input.name()));
  }
  recording.description = printable(input.name());
  return recording;
}

Recording simulate_recording() {
  heartrate::GroupOptions options;
  options.seed = session_seed;
  options.start = session_start;
  options.duration = session_length;
  heartrate::SimulatedGroup group(heartrate::make_group(options));
  Recording recording;
  while (const auto beat = group.next_beat()) {
    add(recording, heartrate::to_record(*beat, heartrate::BeatFields::seed));
  }
  recording.description = "a 15-minute run of the simulated watch";
  return recording;
}

}  // namespace sluice::cli
