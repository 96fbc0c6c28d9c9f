// What a replay has done, as the server says it, as text and as JSON.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "cli/exit_code.h"
#include "cli/terminal.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::cli {

struct ReplayReport {
  struct Failing {
    std::uint64_t lines = 0;
    std::string message;
  };

  std::string state;  // "NONE", "RUNNING", "DONE", "STOPPED", "BROKEN"
  std::uint64_t objects = 0;
  std::uint64_t lines = 0;   // in them, not delivered before
  std::uint64_t passed = 0;  // of those
  std::uint64_t matched = 0;
  std::uint64_t delivered = 0;
  std::uint64_t not_waiting = 0;               // repairs of lines that are delivered, or unknown
  std::map<std::string, Failing> failing;      // refused again, by code
  std::map<std::string, std::uint64_t> codes;  // of a dry run: what matched
  std::vector<std::string> problems;
  std::string last_error;

  std::uint64_t still_failing() const;

  // Takes in what another one has done after this one.
  void add(const ReplayReport& other);
};

// Fault::invalid for an answer that is none.
Result<ReplayReport> parse_replay_report(ByteView answer);

std::string to_text(const ReplayReport& report,
                    std::string_view delivery_stream,
                    const Paint& paint);

// Of a dry run.
std::string to_dry_text(const ReplayReport& report,
                        std::string_view delivery_stream,
                        const Paint& paint);

// One object on a line.
std::string to_json(const ReplayReport& report, std::string_view delivery_stream);

// ok: nothing of what was asked for fails any more; gone: some does, or could not be read; failed:
// it did not come to its end.
ExitCode exit_code_of(const ReplayReport& report);

}  // namespace sluice::cli
