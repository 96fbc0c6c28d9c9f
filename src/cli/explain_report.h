// What `sluice explain` prints, and the exit code that goes with it.
#pragma once

#include "cli/exit_code.h"
#include "cli/terminal.h"
#include "proof/explanation.h"

#include <string>
#include <vector>

namespace sluice::cli {

// For a person; what came from files is made printable.
std::string to_text(const std::vector<proof::Explanation>& all, const Paint& paint);

// A JSON array, documented in docs/operations.md.
std::string to_json(const std::vector<proof::Explanation>& all);

// The worst of them: ok, unknown, held, gone.
ExitCode exit_code_of(const std::vector<proof::Explanation>& all);

}  // namespace sluice::cli
